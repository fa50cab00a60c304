"""What the DDL of a type or of a column depends on, as a value: what has equal shapes compiles to equal text.

Of the columns of a large schema most have one of a few shapes; what is worked out for one serves for all of them
(measured with 1,000 tables: compiling CREATE TABLE was a third of a comparison on MariaDB).
"""

from __future__ import annotations

from collections.abc import Callable
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

    (Columns of a primary key: what is written of them depends on the table. A subclass of Column, options of a dialect,
    `info`, which a user's own compiler may look at …) It may hold values without a hash.
    """
    own = column.__dict__
    if type(column) is not Column or own["primary_key"] or own.get("dialect_options") or own.get("info"):
        return None
    if own["computed"] is not None or own["identity"] is not None or own["table"]._autoincrement_column is column:
        return None
    if isinstance(own["default"], Sequence):
        return None
    written = own["server_default"]
    default = None if written is None else _default_shape(written)
    if default is None and written is not None:
        return None
    name = own["name"]
    return name, getattr(name, "quote", None), own["nullable"], default, own["comment"], type_shape(own["type"])


class ByShape(Generic[T]):
    """What was made of columns, once for each shape."""

    def __init__(self) -> None:
        self._known: dict[Any, T] = {}

    def of(self, column: Column[Any], make: Callable[[], T]) -> T:
        shape = column_shape(column)
        if shape is None:
            return make()
        try:
            found = self._known.get(shape)
        except TypeError:
            return make()
        if found is None:
            found = self._known[shape] = make()
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

    class Remembering(compiler):  # type: ignore[misc]
        def get_column_specification(self, column: Column[Any], **options: Any) -> str:
            def make() -> str:
                return str(compiler.get_column_specification(self, column, **options))

            # `first_pk` is said of columns of a primary key, which have no shape.
            return make() if any(options.values()) else known.of(column, make)

    dialect.ddl_compiler = Remembering
