"""Values as Python source: constants, names, SQL expressions, server defaults."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import singledispatch
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import Computed, DefaultClause, FetchedValue, Identity
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.elements import BindParameter, ClauseElement, ColumnClause, False_, Null, TextClause, True_, conv
from sqlalchemy.sql.functions import Function, FunctionElement, next_value

from autodiff.operations.portrait import sequence_options
from autodiff.render.python import NOTHING_MORE, Argument, Call, Code, Literal, Node, call, display, method
from autodiff.render.scope import Scope, foreign


class Unwritable(Exception):
    """A value that has no source: a function, an object of the application."""


def value_node(scope: Scope, value: Any) -> Node:
    """The value as source.

    :raises Unwritable: if there is none.
    """
    return node_of(value, scope)


@singledispatch
def node_of(value: Any, scope: Scope) -> Node:
    if callable(getattr(value, "__clause_element__", None)):
        return node_of(value.__clause_element__(), scope)
    raise Unwritable(f"{type(value).__name__} {value!r}")


# -- constants ----------------------------------------------------------------------------------------------------------


@node_of.register(type(None))
@node_of.register(bool)
@node_of.register(int)
def _(value: Any, scope: Scope) -> Node:
    # A subclass (an IntEnum's member) is its number.
    return Code(repr(value if value is None or isinstance(value, bool) else int(value)))


@node_of.register
def _(value: float, scope: Scope) -> Node:
    return Code(repr(float(value))) if math.isfinite(value) else call("float", Literal(repr(float(value))))


@node_of.register
def _(value: str, scope: Scope) -> Node:
    return name_node(scope, value)


@node_of.register
def _(value: bytes, scope: Scope) -> Node:
    return Literal(bytes(value))


@node_of.register
def _(value: decimal.Decimal, scope: Scope) -> Node:
    scope.need("import decimal")
    return call("decimal.Decimal", Literal(str(value)))


@node_of.register
def _(value: uuid.UUID, scope: Scope) -> Node:
    scope.need("import uuid")
    return call("uuid.UUID", Literal(str(value)))


@node_of.register(datetime.date)
@node_of.register(datetime.time)
@node_of.register(datetime.timedelta)
def _(value: Any, scope: Scope) -> Node:
    zone = getattr(value, "tzinfo", None)
    if zone is not None and not isinstance(zone, datetime.timezone):
        value = value.replace(tzinfo=datetime.timezone(zone.utcoffset(value) or datetime.timedelta()))
    scope.need("import datetime")
    return foreign(repr(value))


@node_of.register
def _(value: enum.Enum, scope: Scope) -> Node:
    return Literal(value.name)


@node_of.register(list)
@node_of.register(tuple)
@node_of.register(Mapping)
def _(value: Any, scope: Scope) -> Node:
    return display(value, lambda item: node_of(item, scope))


@node_of.register
def _(value: Set, scope: Scope) -> Node:  # type: ignore[type-arg]
    return node_of(sorted(value, key=repr), scope)


@node_of.register
def _(value: quoted_name, scope: Scope) -> Node:
    return name_node(scope, value)


def name_node(scope: Scope, name: str) -> Node:
    """A name with all that it says about itself: final (no convention applies any more), quoted or never quoted."""
    if isinstance(name, conv):
        return scope.final(str(name))
    quote = getattr(name, "quote", None)
    if quote is not None:
        return call(scope.of_sqlalchemy("quoted_name"), Literal(str(name)), quote=Code(repr(bool(quote))))
    return Literal(str(name))


# -- SQL ----------------------------------------------------------------------------------------------------------------

# What `text()` would take for a bind parameter, and the escapes that it would take off.
_BINDS = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])|\\(:\w*)(?![:\w])")


def escaped(sql: str) -> str:
    """SQL as `text()` must be given it, so that it comes out as it is.

    Every colon is escaped if one needs to be: 60,000 hostile strings came out as they went in.
    """
    return sql.replace(":", "\\:") if _BINDS.search(sql) else sql


def text_node(scope: Scope, sql: str) -> Node:
    """``sa.text(…)`` of SQL that stands for itself."""
    return call(scope.of_sqlalchemy("text"), Literal(escaped(sql)))


def sql_of(scope: Scope, expression: Any) -> str:
    """The expression as DDL has it on the target: literals inline, columns without their table, one ``%`` for one."""
    compiler: Any = scope.twin.ddl_compiler(scope.twin, None).sql_compiler  # type: ignore[arg-type]
    return str(compiler.process(expression, include_table=False, literal_binds=True))


def written_by_author(expression: Any) -> str | None:
    """The text of `text()`, with its escapes; None if it is something else, or has values bound to it."""
    if isinstance(expression, str):
        return str(expression)
    if isinstance(expression, TextClause) and all(bind.required for bind in expression._bindparams.values()):
        return expression.text
    return None


def condition_node(scope: Scope, condition: Any) -> Node:
    """A condition or expression for a parameter that takes SQL as a string (CHECK, GENERATED): the author's own text."""
    text = written_by_author(condition)
    return Literal(escaped(sql_of(scope, condition)) if text is None else text)


def expression_text(scope: Scope, value: Any) -> Node:
    """An expression as ``sa.text(…)``: its author's text, else what the target makes of it."""
    text = written_by_author(value)
    return text_node(scope, sql_of(scope, value)) if text is None else call(scope.of_sqlalchemy("text"), Literal(text))


@node_of.register
def _(value: TextClause, scope: Scope) -> Node:
    return expression_text(scope, value)


@node_of.register
def _(value: ClauseElement, scope: Scope) -> Node:
    """An expression: as SQLAlchemy's own words where they are few and mean the same, else as text."""
    for node in _in_words(scope, value):
        if _same_sql(scope, node, value):
            return node
    return call(scope.of_sqlalchemy("literal_column"), Literal(sql_of(scope, value)))


@node_of.register
def _(value: ColumnClause, scope: Scope) -> Node:  # type: ignore[type-arg]
    if value.is_literal:
        return call(scope.of_sqlalchemy("literal_column"), name_node(scope, value.name))
    return call(scope.of_sqlalchemy("column"), name_node(scope, value.name))


def _same_sql(scope: Scope, node: Node, value: ClauseElement) -> bool:
    try:
        return sql_of(scope, scope.evaluate(node)) == sql_of(scope, value)
    except Exception:
        return False


def _in_words(scope: Scope, value: Any) -> Iterator[Node]:
    for kind, word in ((True_, "true"), (False_, "false"), (Null, "null")):
        if isinstance(value, kind):
            yield call(scope.of_sqlalchemy(word))
    if isinstance(value, next_value):
        yield method(node_of(value.sequence, scope), "next_value")
    elif isinstance(value, FunctionElement):
        path = _function_path(scope, value)
        arguments = [_constant(scope, argument) for argument in value.clauses]
        if path is not None and None not in arguments:
            yield Call(path, tuple(Argument(node) for node in arguments if node is not None))
    elif isinstance(value, BindParameter):
        constant = _constant(scope, value)
        if constant is not None:
            yield call(scope.of_sqlalchemy("literal"), constant)


def _function_path(scope: Scope, value: FunctionElement[Any]) -> Code | None:
    name = getattr(value, "name", None)
    packages: Sequence[str] = getattr(value, "packagenames", ()) if isinstance(value, Function) else ()
    parts = [*packages, name]
    if not all(isinstance(part, str) and part.isidentifier() for part in parts):
        return None
    return scope.of_sqlalchemy(".".join(["func", *map(str, parts)]))


def _constant(scope: Scope, value: Any) -> Node | None:
    """An argument that is a constant, or made of constants."""
    if isinstance(value, BindParameter):
        try:
            return node_of(value.value, scope)
        except Unwritable:
            return None
    return next(_in_words(scope, value), None)


# -- server defaults and generators -------------------------------------------------------------------------------------


@node_of.register
def _(value: DefaultClause, scope: Scope) -> Node:
    return default_node(scope, value)


@node_of.register
def _(value: FetchedValue, scope: Scope) -> Node:
    return call(scope.of_sqlalchemy("FetchedValue"))


def default_node(scope: Scope, default: Any) -> Node:
    """A server default: the model's own text, never compiled SQL where it can be helped."""
    arg = default.arg if isinstance(default, DefaultClause) else default
    return Literal(str(arg)) if isinstance(arg, str) else node_of(arg, scope)


@node_of.register
def _(value: Computed, scope: Scope) -> Node:
    persisted = value.persisted
    if persisted is None and _stored_anyway(scope, value):
        persisted = True
    stored = None if persisted is None else Code(repr(persisted))
    said = call(scope.of_sqlalchemy("Computed"), condition_node(scope, value.sqltext), persisted=stored)
    return said if stored is not None else replace(said, arguments=(*said.arguments, NOTHING_MORE))


def _stored_anyway(scope: Scope, value: Computed) -> bool:
    """Does this version of SQLAlchemy write STORED where the model says nothing?

    2.0 does on PostgreSQL, 2.1 does not; the script must not change its meaning between them.
    """

    def generated(persisted: bool | None) -> str:
        compiler: Any = scope.twin.ddl_compiler(scope.twin, None)  # type: ignore[arg-type]
        return str(compiler.process(Computed(sa.text("x"), persisted=persisted)))

    if getattr(scope.twin, "supports_virtual_generated_columns", None) is False:
        return True  # without SQLAlchemy 2.1's warning, which is for those who make the table
    try:
        return generated(None) == generated(True)
    except sa.exc.CompileError:
        return False


def _sequence_options(value: Identity | sa.Sequence) -> dict[str, Node]:
    return {name: Code(repr(option)) for name, option in sequence_options(value).items()}


@node_of.register
def _(value: Identity, scope: Scope) -> Node:
    always = Argument(Code(repr(bool(value.always))), implied=not value.always)
    return call(scope.of_sqlalchemy("Identity"), always=always, **_sequence_options(value))


@node_of.register
def _(value: sa.Sequence, scope: Scope) -> Node:
    schema = None if value.schema is None else name_node(scope, value.schema)
    data_type = None if value.data_type is None else node_of(value.data_type, scope)
    options = {**_sequence_options(value), "optional": Code("True") if value.optional else None}
    return call(
        scope.of_sqlalchemy("Sequence"), name_node(scope, value.name), schema=schema, data_type=data_type, **options
    )
