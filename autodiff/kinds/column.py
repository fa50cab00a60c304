"""Columns: type, nullability, value (default, computed, identity), collation, comment."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import Column, Computed, DefaultClause, Enum, Identity, String, text, types
from sqlalchemy.exc import CompileError
from sqlalchemy.types import SchemaType

from autodiff.errors import CommandError
from autodiff.kinds.column_type import is_plain, type_keys
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.shape import ByShape
from autodiff.kinds.step import Sides, Step, Words
from autodiff.kinds.table import keywords_given, options_of, quoted_or_none
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp, Keywords
from autodiff.operations.signature import NOT_GIVEN
from autodiff.state import Change, Key, Snapshot, Sql, State
from autodiff.state.state import Options, frozen

# The note on a change of type, unless somebody knows better.
MAY_NOT_FIT = "may not fit"


@dataclass(frozen=True)
class ComputedValue:
    """``GENERATED ALWAYS AS (expression)``.

    :param stored: True for STORED, False for VIRTUAL; None until the room has said what this server makes of nothing.
    """

    expression: Sql
    stored: bool | None = None


@dataclass(frozen=True)
class IdentityValue:
    """``GENERATED … AS IDENTITY``; sequence options at the server's default are None."""

    always: bool = False
    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool = False
    cache: int | None = None


@frozen
class ColumnState(State):
    """:param type: the type, without collation.
    :param default: the server default; None where there is none (``DEFAULT NULL`` counts as none).
    :param computed: the expression of a generated column.
    :param identity: the options of an identity column.
    :param autoincrement: SERIAL, AUTO_INCREMENT or SQLite's AUTOINCREMENT.
    :param collation: the collation, where it is not the one that the column would have anyway.
    :param options: other options of the column, by SQLAlchemy's keyword, or a word of the dialect.
    :param position: place in the table, from 0; not compared.
    """

    type: Sql
    nullable: bool = True
    default: Sql | None = None
    computed: ComputedValue | None = None
    identity: IdentityValue | None = None
    autoincrement: bool = False
    collation: str | None = None
    comment: str | None = None
    options: Options = ()
    position: int = field(default=0, compare=False)

    @property
    def has_values(self) -> bool:
        """Does it have values of its own, which are gone when it is dropped, and no added one has?"""
        return self.computed is None


def identity_of(identity: Identity) -> IdentityValue:
    return IdentityValue(
        always=bool(identity.always),
        start=identity.start,
        increment=identity.increment,
        minvalue=identity.minvalue,
        maxvalue=identity.maxvalue,
        cycle=bool(identity.cycle),
        cache=identity.cache,
    )


class ColumnKind(Kind[ColumnState]):
    name = "column"
    topic = "tables"

    def detected(self, change: Change[ColumnState]) -> Iterator[tuple[str, str]]:
        label = change.key.label
        if change.before is None or change.after is None:
            yield "tables", f"Detected {'added' if change.before is None else 'removed'} column {label!r}"
            return
        yield from (
            (_TOPICS.get(name, "tables"), _detected(name, change.before, change.after)) for name in change.fields
        )

    def summary(self, state: ColumnState) -> str:
        parts = [state.type.canonical or state.type.text]
        if state.computed is not None:
            parts.append(f"generated as {state.computed.expression.text}")
        if state.identity is not None:
            parts.append("identity")
        if not state.nullable:
            parts.append("not null")
        if state.default is not None:
            parts.append(f"default {state.default.text}")
        return " ".join(parts)

    def difference(self, change: Change[ColumnState]) -> str:
        assert change.before is not None
        assert change.after is not None
        return ", ".join(_words(name, change.before, change.after) for name in change.fields)

    def note(self, change: Change[ColumnState]) -> str:
        if change.verb == "drop":
            return "loses data"
        if change.after is not None and change.before is None and wants_value(change.after):
            return "needs a value for rows"
        if change.verb == "alter" and "type" in change.fields:
            return MAY_NOT_FIT
        if (
            change.verb == "alter"
            and "nullable" in change.fields
            and change.after is not None
            and not change.after.nullable
            and change.after.default is None
        ):
            return "fails on NULL"
        return ""

    def read(self, models: Models) -> Iterator[ColumnState]:
        known: ByShape[ColumnState] = ByShape()
        make, may_be_named = partial(self._state, models), models.has_named_types
        for table in models.tables:
            key = models.table_key(table)
            needs = frozenset({key})
            columns = [c for c in table.columns if not c.system]
            for position, column in enumerate(columns):
                named = frozenset(type_keys(models, column)) if may_be_named and not is_plain(column.type) else None
                alike = known.of(column, make)
                yield alike.but(
                    key=Key("column", key.schema, key.table, models.name(column.name)),
                    position=position,
                    depends_on=needs | named if named else needs,
                    source=column,
                )

    @staticmethod
    def _state(models: Models, column: Column[object]) -> ColumnState:
        computed, identity = column.computed, column.identity
        written = None if column.server_default is None else models.ddl.get_column_default_string(column)
        supports_identity = getattr(models.dialect, "supports_identity_columns", False)
        return ColumnState(
            key=models.part_key("column", column.table, column.name),
            type=_type_of(models, column),
            nullable=bool(column.nullable),
            default=Sql(written) if written is not None and computed is None else None,
            computed=_computed_value(models, computed) if computed is not None else None,
            identity=identity_of(identity) if identity is not None and supports_identity else None,
            autoincrement=column is getattr(column.table, "_autoincrement_column", None),
            collation=getattr(column.type, "collation", None),
            comment=column.comment,
            options=options_of(keywords_given(column), models.dialect.name),
        )

    def steps(self, change: Change[ColumnState], sides: Sides) -> Iterator[Step]:
        own = sides.words.column_steps(change, sides)
        if own is not None:
            yield from own
        elif change.before is None and change.after is not None:
            yield added(change.after, sides)
        elif change.after is None and change.before is not None:
            yield dropped(change.before, sides)
        elif change.before is not None and change.after is not None:
            yield from altered(change, change.before, change.after, sides)


def _type_of(models: Models, column: Column[Any]) -> Sql:
    """:raises CommandError: the type has no words on this dialect, or there is none."""
    try:
        return Sql(models.type_text(column.type))
    except CompileError as error:
        raise _without_type(models, column, error) from error


def _without_type(models: Models, column: Column[Any], error: CompileError) -> CommandError:
    name = f"column {models.table_key(column.table).label}.{column.name}"
    if not isinstance(column.type, types.NullType):
        return CommandError(f"{name} cannot be made on {models.dialect.name}: {error}")
    if column.foreign_keys:
        targets = ", ".join(sorted(str(key.target_fullname) for key in column.foreign_keys))
        return CommandError(
            f"{name} has the type of {targets}, which target_metadata does not have",
            help="import the module that defines the table that it refers to, in env.py",
        )
    return CommandError(f"{name} has no type", help="give it one, for example Integer")


_TOPICS = {"type": "types", "collation": "types", "nullable": "constraints", "comment": "comments"}
_TOPICS |= dict.fromkeys(("default", "computed", "identity"), "server_defaults")


def _detected(name: str, before: ColumnState, after: ColumnState) -> str:
    """The log line of one differing field."""
    label = after.key.label
    if name == "type":
        return f"Detected type change from {_type_in_python(before)} to {_type_in_python(after)} on {label!r}"
    if name == "nullable":
        return f"Detected {'NULL' if after.nullable else 'NOT NULL'} on column {label!r}"
    if name == "default":
        return f"Detected server default on column {label!r}"
    if name == "comment":
        return f"Detected column comment {label!r}"
    return f"Detected {name} change from {_said(getattr(before, name))} to {_said(getattr(after, name))} on {label!r}"


# The standard's long names of types, in the word that SQLAlchemy has for them.
_IN_PYTHON = {"CHARACTER VARYING": "VARCHAR", "CHARACTER": "CHAR", "DOUBLE PRECISION": "DOUBLE_PRECISION"}


def _type_in_python(state: ColumnState) -> str:
    """The type as SQLAlchemy writes it: ``String(length=10)`` in the models, ``VARCHAR(length=10)`` in the database."""
    if state.source is not None:  # a column of the models; of a database that SQLAlchemy reads, the type alone
        return repr(getattr(state.source, "type", state.source))
    said = _said(state.type)
    named = re.fullmatch(r"([A-Za-z][A-Za-z ]*\b)(?:\(([\d, ]+)\))?", said)
    word = named[1].upper() if named else ""
    known = getattr(types, _IN_PYTHON.get(word, word), None) if word else None
    if named is None or known is None:
        return said
    try:
        return repr(known(*(int(number) for number in (named[2] or "").split(",") if number.strip())))
    except TypeError:
        return said


def _words(name: str, before: ColumnState, after: ColumnState) -> str:
    """One differing field of a column, before and after."""
    if name == "nullable":
        return "NOT NULL → NULL" if after.nullable else "NULL → NOT NULL"
    old, new = getattr(before, name), getattr(after, name)
    if name == "comment":
        return f"comment {quoted_or_none(old)} → {quoted_or_none(new)}"
    if name == "default" and _as_written(old) != _as_written(new):
        return f"default {_as_written(old)} → {_as_written(new)}"
    label = "" if name == "type" else f"{name} "
    return f"{label}{_said(old)} → {_said(new)}"


def _as_written(default: Sql | None) -> str:
    """A default for people; the form in which it is compared may be a tree."""
    return "none" if default is None else default.text


def _said(value: Any) -> str:
    if isinstance(value, Sql):
        return value.canonical or value.text
    if isinstance(value, ComputedValue):
        return f"{value.expression.text}{' stored' if value.stored else ''}"
    return "none" if value is None or value == () else str(value)


def added(state: ColumnState, sides: Sides) -> Step:
    column = alone(sides.after.thing(state))
    is_null = has_to_be_null(state, sides.before.snapshot, sides.after.snapshot)
    value = None if is_null else value_for_rows(state, column)
    operation = AddColumnOp(str(state.key.table), column, schema=state.key.schema, existing_rows=value)
    operation._own_column = (column, sides.after.thing(state))
    return Step(operation, "create", state)


def dropped(state: ColumnState, sides: Sides) -> Step:
    key = state.key
    own = sides.before.thing(state)
    column = alone(own)
    gone = AddColumnOp(str(key.table), column, schema=key.schema)
    gone._own_column = (column, own)
    return Step(DropColumnOp(gone.table_name, column.name, schema=key.schema, _reverse=gone), "drop", state)


def altered(change: Change[ColumnState], before: ColumnState, after: ColumnState, sides: Sides) -> Iterator[Step]:
    """An `alter_column`; a column whose expression changes is dropped and added, since its values follow from others."""
    if (before.computed is None) != (after.computed is None) or "computed" in change.fields:
        yield dropped(before, sides)
        yield added(after, sides)
        return
    old, new = sides.before.thing(before), sides.after.thing(after)
    keywords: dict[str, Any] = {
        "existing_type": without_check(old.type) if _SETS_TYPE & set(change.fields) else old.type,
        "existing_nullable": before.nullable,
        "existing_server_default": old.server_default,
        "existing_comment": before.comment,
    }
    keywords |= modifications(change.fields, after, new, sides.words)
    keywords |= sides.words.column_keywords_for(change, sides)
    operation = AlterColumnOp(str(after.key.table), str(before.key.name), schema=after.key.schema, **keywords)
    operation.kw = Keywords(operation.kw, autoincrement_said(new))
    yield Step(operation, "alter", after, before)


def without_expression(before: ColumnState, after: ColumnState, existing: Column[Any], sides: Sides) -> Iterator[Step]:
    """A generated column loses its expression and keeps its values; then the rest is altered.

    :param existing: the generated column.
    """
    operation = AlterColumnOp(
        str(before.key.table),
        str(before.key.name),
        schema=before.key.schema,
        modify_server_default=None,
        existing_type=existing.type,
        existing_nullable=before.nullable,
        existing_server_default=existing.computed,
    )
    needs = frozenset(key for key in before.depends_on if key.kind != "column")
    plain = replace(before, computed=None, default=None, identity=None, depends_on=needs)
    yield Step(operation, "alter", plain, before)
    if plain.differing(after):
        for step in altered(Change(plain, after), plain, after, sides):
            assert isinstance(step.operation, AlterColumnOp), "a plain column is altered"
            step.operation.existing_server_default = None
            yield step


def autoincrement_said(column: Column[Any]) -> dict[str, bool]:
    """Whether the column counts, where the models say so, or SQLAlchemy makes it so."""
    said = column.autoincrement
    if not isinstance(said, bool) and column is getattr(column.table, "_autoincrement_column", None):
        said = True
    return {"autoincrement": said} if isinstance(said, bool) else {}


_SETS_TYPE = {"type", "collation"}


def modifications(fields: tuple[str, ...], after: ColumnState, new: Column[Any], words: Words) -> dict[str, Any]:
    """The `modify_…` keywords of an AlterColumnOp for the fields that differ."""
    wanted: dict[str, Any] = {}
    if _SETS_TYPE & set(fields):
        wanted["modify_type"] = without_check(new.type)
    if "nullable" in fields:
        wanted["modify_nullable"] = after.nullable
        if not after.nullable:
            wanted["existing_rows"] = value_for_nulls(after, new, words)
    if {"default", "identity"} & set(fields):
        wanted["modify_server_default"] = new.server_default if new.identity is None else new.identity
    if "comment" in fields:
        wanted["modify_comment"] = after.comment
    if "autoincrement" in fields:
        wanted["autoincrement"] = after.autoincrement
    return wanted


def without_check(type_: Any) -> Any:
    """A type that brings no CHECK along: in a comparison the CHECK is an object of its own, with its own operation."""
    if not isinstance(type_, SchemaType) or not getattr(type_, "create_constraint", False):
        return type_
    plain = copy.copy(type_)
    plain.create_constraint = False  # type: ignore[attr-defined]
    return plain


def wants_value(state: ColumnState) -> bool:
    """Does nobody say what rows that are there already get in this column, which may not be NULL?"""
    filled = state.default or state.computed or state.identity or state.autoincrement
    source = state.source
    return not (state.nullable or filled) and source is not None and value_for_rows(state, source) is NOT_GIVEN


def is_null_at_first(state: Any) -> bool:
    """Is the column, when it is added, NULL in the rows that are there?"""
    return state.nullable and not (state.default or state.computed or state.identity or state.autoincrement)


def has_to_be_null(state: ColumnState, before: Snapshot, after: Snapshot) -> bool:
    """Would the rows that are there all be the same to a unique key, if they got the new column's default?"""
    if not state.nullable or not is_one_value(state.default):
        return False
    columns = after.parts_of(state.key.of_table, ColumnState)
    alike = {column.key for column in columns if column.key not in before.objects and is_one_value(column.default)}
    keys = (part for part in after.parts(state.key.of_table) if is_unique_key(part))
    wholly_new = ({key for key in part.depends_on if key.kind == "column"} for part in keys)
    return any(state.key in used and used <= alike for used in wholly_new)


def is_unique_key(part: Any) -> bool:
    """Does it let several rows have NULL, but no two the same?"""
    is_unique = part.key.kind == "unique" or (getattr(part, "unique", False) and part.where is None)
    return is_unique and not any(name.endswith("_nulls_not_distinct") for name, _ in part.options)


_QUOTED_OR_CAST = re.compile(r"'(?:[^']|'')*'|::[\w\s\"]+(?:\([\d,]+\))?|\b(?:now|current_\w+)\(\d*\)", re.I)


def is_one_value(default: Sql | None) -> bool:
    """Do all rows get the same from a default? (Of a function nobody knows.)"""
    return default is not None and "(" not in _QUOTED_OR_CAST.sub("", default.text)


def value_for_rows(state: ColumnState, column: Column[Any]) -> Any:
    """What rows that are there already get in a column that may not be NULL: the model's scalar default.

    NOT_GIVEN where the database fills it in itself, or where nobody knows a value (then the operation stops if there are
    rows).
    """
    if (
        state.nullable
        or column.server_default is not None
        or column.computed is not None
        or column.identity is not None
    ):
        return NOT_GIVEN
    default = column.default
    return getattr(default, "arg", NOT_GIVEN) if default is not None and default.is_scalar else NOT_GIVEN


def alone(column: Column[Any]) -> Column[Any]:
    """The column without what is an object of its own: foreign keys, CHECKs, `unique`, `index`."""
    own = column._copy()
    if getattr(column.type, "native_enum", False) and not getattr(column.type, "create_constraint", False):
        own.type = column.type  # SQLAlchemy's copy of a mysql.ENUM forgets its charset
    own.foreign_keys = set()
    own.constraints = set()
    own.unique = own.index = None
    own.primary_key = False
    return own


def _computed_value(models: Models, computed: Computed) -> ComputedValue:
    return ComputedValue(Sql(models.expression_text(computed.sqltext)), computed.persisted)


def value_for_nulls(state: ColumnState, column: Column[Any], words: Words) -> Any:
    """What rows get in which a column is NULL that may no longer be: the value that new rows get, if one is known."""
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return value_for_rows(state, column)
    if not isinstance(default.arg, str):
        value = words.value_of_default(default.arg)
        return value_for_rows(state, column) if value is None else value
    if isinstance(column.type, String) and not isinstance(column.type, Enum):
        return default.arg
    escaped = default.arg.replace("'", "''").replace(":", "\\:")
    return text(f"'{escaped}'")
