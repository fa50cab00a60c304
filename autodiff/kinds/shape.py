"""What the DDL of a type or of a column depends on, as a value: what has equal shapes compiles to equal text.

Of the columns of a large schema most have one of a few shapes; what is worked out for one serves for all of them
(measured with 1,000 tables: compiling CREATE TABLE was a third of a comparison on MariaDB).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, DefaultClause, Sequence, TextClause
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import False_, True_
from sqlalchemy.sql.functions import AnsiFunction, Function, now
from sqlalchemy.types import TypeEngine

T = TypeVar("T")


def type_shape(type_: TypeEngine[Any]) -> Any:
    """The class and the attributes; it may hold values without a hash."""
    own = type_.__dict__
    if "dispatch" not in own:
        return (type(type_), *own.items())
    # Boolean and Enum: their events are their own, and say nothing of the DDL; labels are in lists and mappings.
    return (type(type_), *((name, _hashable(value)) for name, value in own.items() if name != "dispatch"))


def _hashable(value: Any) -> Any:
    if type(value) is list:
        return tuple(value)
    return tuple(value.items()) if type(value) is dict else value


def by_shape(of_type: Callable[[TypeEngine[Any]], T]) -> Callable[[TypeEngine[Any]], T]:
    """The function of a type, called once for each shape."""
    known: dict[Any, T] = {}

    def answer(type_: TypeEngine[Any]) -> T:
        shape = type_shape(type_)
        try:
            found = known.get(shape)
        except TypeError:
            return of_type(type_)
        if found is None:
            found = known[shape] = of_type(type_)
        return found

    return answer


def column_shape(column: Column[Any]) -> Any:
    """What the definition of a column says; None for one of which more can be said than is looked at here.

    (Columns of a primary key of several: what is written of them depends on the others. A subclass of Column, options of
    a dialect, `info`, which a user's own compiler may look at …) It may hold values without a hash.
    """
    own = column.__dict__
    if type(column) is not Column or own.get("dialect_options") or own.get("info"):
        return None
    if own["computed"] is not None or own["identity"] is not None or isinstance(own["default"], Sequence):
        return None
    in_key: Any = False
    if own["primary_key"]:
        in_key = _key_shape(column)
        if in_key is None:
            return None
    elif own["table"]._autoincrement_column is column:
        return None
    written = own["server_default"]
    default = None if written is None else _default_shape(written)
    if default is None and written is not None:
        return None
    name = own["name"]
    return name, getattr(name, "quote", None), own["nullable"], in_key, default, own["comment"], type_shape(own["type"])


def _key_shape(column: Column[Any]) -> Any:
    """What being the whole primary key says of a column: does it count up, and by which of SQLite's ways?"""
    table = column.table
    if len(table.primary_key.columns) != 1 or column.foreign_keys:
        return None
    counts_for_ever = "dialect_options" in table.__dict__ and table.dialect_options["sqlite"]["autoincrement"]
    return table._autoincrement_column is column, column.autoincrement, column.default is None, bool(counts_for_ever)


class Shapes:
    """The shapes of columns, each worked out once, as values that are quick to look up."""

    def __init__(self) -> None:
        self._of_columns: dict[int, tuple[Column[Any], object | None]] = {}
        self._known: dict[Any, object] = {}

    def of(self, column: Column[Any]) -> object | None:
        """Equal for columns of one shape; None where nothing can be shared."""
        found = self._of_columns.get(id(column))
        if found is None:  # the column is kept too, so that no other one can get its id
            found = self._of_columns[id(column)] = column, self._shared(column_shape(column))
        return found[1]

    def _shared(self, shape: Any) -> object | None:
        try:
            return None if shape is None else self._known.setdefault(shape, object())
        except TypeError:  # it holds values without a hash
            return None


_shapes: ContextVar[Shapes | None] = ContextVar("shapes", default=None)


@contextlib.contextmanager
def columns_at_rest() -> Iterator[None]:
    """Nobody changes a column meanwhile: what is worked out of one holds until the end."""
    token = _shapes.set(Shapes())
    try:
        yield
    finally:
        _shapes.reset(token)


class ByShape(Generic[T]):
    """What was made of columns, once for each shape."""

    def __init__(self) -> None:
        self._known: dict[Any, T] = {}

    def of(self, column: Column[Any], make: Callable[[Column[Any]], T]) -> T:
        shapes = _shapes.get()
        shape = column_shape(column) if shapes is None else shapes.of(column)
        if shape is None:
            return make(column)
        try:
            found = self._known.get(shape)
        except TypeError:
            return make(column)
        if found is None:
            found = self._known[shape] = make(column)
        return found


def _default_shape(default: Any) -> Any:
    """The text of a server default, or the function that it calls without arguments."""
    argument: Any = default.arg if type(default) is DefaultClause else None
    if type(argument) is str:
        return str, argument
    if type(argument) is TextClause and not argument._bindparams:
        return TextClause, argument.text
    if isinstance(argument, (True_, False_)):
        return (type(argument),)
    if _says_only_its_name(argument) and not len(argument.clauses):
        return type(argument), argument.packagenames, argument.name, getattr(argument.name, "quote", None)
    return None


def _says_only_its_name(function: Any) -> bool:
    """Not so a function with more in it than arguments, such as the `next_value` of a sequence, or a user's own class."""
    if type(function) is Function or type(function) is now:
        return True
    return isinstance(function, AnsiFunction) and type(function).__module__ == AnsiFunction.__module__


def remember_columns(dialect: Dialect) -> None:
    """Let a dialect write each shape of column once. One whose compiler is not SQLAlchemy's own stays as it is."""
    compiler: Any = dialect.ddl_compiler
    if not compiler.__module__.startswith("sqlalchemy.dialects."):
        return
    known: ByShape[str] = ByShape()
    known_first: ByShape[str] = ByShape()

    class Remembering(compiler):  # type: ignore[misc]
        def get_column_specification(self, column: Column[Any], **options: Any) -> str:
            if options == _FIRST:
                return known_first.of(column, self._first_specification)
            if any(options.values()):
                return str(compiler.get_column_specification(self, column, **options))
            return known.of(column, self._specification)

        def _specification(self, column: Column[Any]) -> str:
            return str(compiler.get_column_specification(self, column))

        def _first_specification(self, column: Column[Any]) -> str:
            return str(compiler.get_column_specification(self, column, first_pk=True))

    dialect.ddl_compiler = Remembering


_FIRST = {"first_pk": True}
