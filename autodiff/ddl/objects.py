"""DDL elements for sequences and enum types, with all that SQLAlchemy's own cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement
from sqlalchemy.types import String

from autodiff.ddl.base import format_table_name, instance_of


class SequenceElement(DDLElement):
    """CREATE or ALTER SEQUENCE.

    :param options: by the directives' words: ``start``, ``increment`` …; None for the default.
    """

    def __init__(
        self,
        name: str,
        schema: str | None = None,
        *,
        options: Mapping[str, Any],
        if_not_exists: bool = False,
        restart: int | bool | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.said = options
        self.if_not_exists = if_not_exists
        self.restart = restart


class CreateSequence(SequenceElement):
    """CREATE SEQUENCE."""


class AlterSequence(SequenceElement):
    """ALTER SEQUENCE."""


class DropSequence(DDLElement):
    """DROP SEQUENCE."""

    def __init__(self, name: str, schema: str | None = None, *, if_exists: bool = False) -> None:
        self.name = name
        self.schema = schema
        self.if_exists = if_exists


_SAID = {
    "increment": "INCREMENT BY {}",
    "minvalue": "MINVALUE {}",
    "maxvalue": "MAXVALUE {}",
    "start": "START WITH {}",
    "cache": "CACHE {}",
}
_DEFAULTS = {
    "increment": "INCREMENT BY 1",
    "minvalue": "NO MINVALUE",
    "maxvalue": "NO MAXVALUE",
    "start": "START WITH 1",
    "cache": "CACHE 1",
    "cycle": "NO CYCLE",
    "owned_by": "OWNED BY NONE",
    "data_type": "AS bigint",
}


ORDER = ("data_type", "increment", "minvalue", "maxvalue", "start", "cache", "cycle", "owned_by")


def sequence_options(element: SequenceElement, compiler: Any, order: Sequence[str] = ORDER) -> list[str]:
    """The clauses of the options, in a fixed order."""
    words = []
    for option in order:
        if option in element.said:
            value = element.said[option]
            words.append(_DEFAULTS[option] if value is None else _clause(option, value, compiler))
    if element.restart is not None:
        words.append("RESTART" if element.restart is True else f"RESTART WITH {element.restart}")
    return words


def _clause(option: str, value: Any, compiler: Any) -> str:
    if option == "data_type":
        type_ = instance_of(value)
        return f"AS {type_ if isinstance(type_, str) else compiler.dialect.type_compiler_instance.process(type_)}"
    if option == "cycle":
        return "CYCLE" if value else "NO CYCLE"
    if option == "owned_by":
        parts = tuple(value.split(".")) if isinstance(value, str) else tuple(value)
        return "OWNED BY " + ".".join(compiler.preparer.quote(part) for part in parts)
    return _SAID[option].format(value)


@compiles(CreateSequence)
def visit_create_sequence(element: CreateSequence, compiler: Any, **kw: Any) -> str:
    start = "CREATE SEQUENCE IF NOT EXISTS" if element.if_not_exists else "CREATE SEQUENCE"
    name = format_table_name(compiler, element.name, element.schema)
    return " ".join([start, name, *sequence_options(element, compiler)])


@compiles(AlterSequence)
def visit_alter_sequence(element: AlterSequence, compiler: Any, **kw: Any) -> str:
    name = format_table_name(compiler, element.name, element.schema)
    return " ".join(["ALTER SEQUENCE", name, *sequence_options(element, compiler)])


@compiles(DropSequence)
def visit_drop_sequence(element: DropSequence, compiler: Any, **kw: Any) -> str:
    start = "DROP SEQUENCE IF EXISTS" if element.if_exists else "DROP SEQUENCE"
    return f"{start} {format_table_name(compiler, element.name, element.schema)}"


class EnumElement(DDLElement):
    """A statement about an enum type."""

    def __init__(self, name: str, schema: str | None = None) -> None:
        self.name = name
        self.schema = schema


class CreateEnum(EnumElement):
    """CREATE TYPE … AS ENUM"""

    def __init__(self, name: str, values: Sequence[str], schema: str | None = None) -> None:
        super().__init__(name, schema)
        self.values = values


class DropEnum(EnumElement):
    """DROP TYPE"""

    def __init__(self, name: str, schema: str | None = None, *, if_exists: bool = False) -> None:
        super().__init__(name, schema)
        self.if_exists = if_exists


class AddEnumValue(EnumElement):
    """ALTER TYPE … ADD VALUE"""

    def __init__(
        self,
        name: str,
        value: str,
        schema: str | None = None,
        *,
        before: str | None = None,
        after: str | None = None,
        if_not_exists: bool = False,
    ) -> None:
        super().__init__(name, schema)
        self.value = value
        self.before = before
        self.after = after
        self.if_not_exists = if_not_exists


class RenameEnumValue(EnumElement):
    """ALTER TYPE … RENAME VALUE"""

    def __init__(self, name: str, old: str, new: str, schema: str | None = None) -> None:
        super().__init__(name, schema)
        self.old = old
        self.new = new


class CommentOnEnum(EnumElement):
    """COMMENT ON TYPE"""

    def __init__(self, name: str, comment: str | None, schema: str | None = None) -> None:
        super().__init__(name, schema)
        self.comment = comment


def _label(compiler: Any, label: str) -> str:
    return str(compiler.sql_compiler.render_literal_value(str(label), String()))


def _type(element: EnumElement, compiler: Any) -> str:
    return format_table_name(compiler, element.name, element.schema)


@compiles(CreateEnum)
def visit_create_enum(element: CreateEnum, compiler: Any, **kw: Any) -> str:
    labels = ", ".join(_label(compiler, value) for value in element.values)
    return f"CREATE TYPE {_type(element, compiler)} AS ENUM ({labels})"


@compiles(DropEnum)
def visit_drop_enum(element: DropEnum, compiler: Any, **kw: Any) -> str:
    return f"DROP TYPE {'IF EXISTS ' if element.if_exists else ''}{_type(element, compiler)}"


@compiles(AddEnumValue)
def visit_add_enum_value(element: AddEnumValue, compiler: Any, **kw: Any) -> str:
    words = [f"ALTER TYPE {_type(element, compiler)} ADD VALUE"]
    if element.if_not_exists:
        words.append("IF NOT EXISTS")
    words.append(_label(compiler, element.value))
    if element.before is not None:
        words.append(f"BEFORE {_label(compiler, element.before)}")
    elif element.after is not None:
        words.append(f"AFTER {_label(compiler, element.after)}")
    return " ".join(words)


@compiles(RenameEnumValue)
def visit_rename_enum_value(element: RenameEnumValue, compiler: Any, **kw: Any) -> str:
    old, new = _label(compiler, element.old), _label(compiler, element.new)
    return f"ALTER TYPE {_type(element, compiler)} RENAME VALUE {old} TO {new}"


@compiles(CommentOnEnum)
def visit_comment_on_enum(element: CommentOnEnum, compiler: Any, **kw: Any) -> str:
    comment = "NULL" if element.comment is None else _label(compiler, element.comment)
    return f"COMMENT ON TYPE {_type(element, compiler)} IS {comment}"
