"""Review notes: what of a script needs a person's judgement, as a comment before the operation and as a line for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from autodiff.dialects.hazards import Hazards, hazards_of
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import (
    CreateCheckConstraintOp,
    CreateExcludeConstraintOp,
    CreateForeignKeyOp,
    CreatePrimaryKeyOp,
    CreateUniqueConstraintOp,
    DropConstraintOp,
)
from autodiff.operations.enum_ops import ReplaceEnumOp
from autodiff.operations.index_ops import CreateIndexOp
from autodiff.operations.schema_ops import DropSchemaOp
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation, OpContainer, single

PREFIX = "review: "

Table = tuple[str | None, str]


@dataclass(frozen=True)
class Note:
    """What is to be judged of one operation.

    :param text: the whole of it, for the script.
    :param short: a few words, for the terminal: ``a table dropped``.
    """

    text: str
    short: str


@dataclass(frozen=True)
class Facts:
    """What is known of the database that the script is for.

    :param dialect: its dialect; None if it is not known.
    :param rows: about how many rows tables have, by ``table`` or ``schema.table``. No note depends on it: the database
        that a script is made on is seldom the one that it is made for.
    :param script: what the script does besides the operation that is judged.
    """

    dialect: Dialect | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    script: Sequence[MigrateOperation] = ()

    @property
    def hazards(self) -> Hazards:
        return Hazards() if self.dialect is None else hazards_of(self.dialect)

    def count(self, table: str | None, schema: str | None) -> int | None:
        return self.rows.get(f"{schema}.{table}" if schema else str(table))

    def about(self, op: Any) -> str:
        """``about 12,400 rows``; ``its rows`` where nobody has counted, and where there are none *here*."""
        count = self.count(op.table_name, op.schema)
        return f"about {count:,} row{'' if count == 1 else 's'}" if count else "its rows"

    def type_text(self, type_: TypeEngine[Any]) -> str:
        try:
            return str(type_.compile(dialect=self.dialect)).lower()
        except Exception:
            return repr(type_)


class Review:
    """The notes of one container of operations, by operation."""

    def __init__(self, container: OpContainer, facts: Facts) -> None:
        self._notes: dict[int, Note] = {}
        self._ops = list(single(container.ops))  # kept, so that their ids stay theirs
        facts = replace(facts, script=self._ops)
        # a list: what a plugin's operation calls its schema need not be a name, nor hashable
        made = [(op.schema, op.table_name) for op in self._ops if isinstance(op, CreateTableOp)]
        for op in self._ops:
            note = None if (getattr(op, "schema", None), getattr(op, "table_name", None)) in made else _note(op, facts)
            if note is not None:
                self._notes[id(op)] = note

    def comments(self, op: MigrateOperation) -> Sequence[str]:
        """The comment lines that stand before an operation, without their ``#``."""
        note = self._notes.get(id(op))
        return () if note is None else (f"{PREFIX}{note.text}",)

    @property
    def notes(self) -> list[Note]:
        """In the order of the script."""
        return [self._notes[id(op)] for op in self._ops if id(op) in self._notes]


def listing(notes: Iterable[Note], script: str) -> str:
    """The notes in one line, each with the line of the script that it is about; empty if there are none.

    ``2 to review: a type that may not fit (line 34), a table dropped (line 36)``

    :param script: the script's text as it was written.
    """
    known = list(notes)
    lines = [number for number, line in enumerate(script.split("\n"), 1) if line.lstrip().startswith(f"# {PREFIX}")]
    places = [f"{note.short} (line {line + 1})" for note, line in zip(known, lines, strict=False)]
    places += [note.short for note in known[len(places) :]]
    return f"{len(known)} to review: {', '.join(places)}" if known else ""


def _note(op: MigrateOperation, facts: Facts) -> Note | None:
    judged = next((judge(op, facts) for kind, judge in _JUDGES.items() if isinstance(op, kind)), None)
    if not isinstance(op, MigrateOperation):  # a plugin's need not be one
        return judged
    judged = _in_use(op.held_by, judged, facts) if op.held_by else judged
    return _refused(op.refused, judged) if op.refused else judged


def _in_use(held_by: Sequence[str], judged: Note | None, facts: Facts) -> Note | None:
    # Nobody knows what a view shall show without the column: it is not made anew on a guess.
    them = "; ".join(held_by)
    held = f"{facts.hazards.in_use}: drop them before ({them}), and make anew behind it what shall stay"
    text, short = (judged.text, judged.short) if judged is not None else ("", "a type dropped")
    return _said(f"{short} that others use", text, held)


def _refused(why: str, judged: Note | None) -> Note | None:
    return _said("a step that the database refuses", judged.text if judged is not None else "", f"fails: {why}")


def _said(short: str, *parts: str) -> Note | None:
    """A note of the parts that are not empty; None if all are."""
    text = " ".join("; ".join(part for part in parts if part).split())
    # Names may hold anything; a comment is one line of what can be shown.
    return Note("".join(c if c.isprintable() else "?" for c in text), short) if text else None


# -- losing data --------------------------------------------------------------------------------------------------------


def _drop_table(op: DropTableOp, facts: Facts) -> Note | None:
    back = "the downgrade brings the table back, empty" if op._reverse is not None else "nothing brings it back"
    return _said("a table dropped", f"loses data: drops the table with {facts.about(op)}", back)


def _drop_column(op: Any, facts: Facts) -> Note | None:
    column = _dropped_column(op)
    if column is not None and column.computed is not None:
        return None
    back = "the downgrade brings the column back, empty"
    if column is not None and not column.nullable and column.server_default is None:
        back += " (and stops if there are rows: it is NOT NULL and has no default)"
    elif column is None:
        back = ""
    return _said("a column dropped", f"loses data: drops a column of {facts.about(op)}", back)


def _dropped_column(op: Any) -> Column[Any] | None:
    column = getattr(getattr(op, "_reverse", None), "column", None)
    return column if isinstance(column, Column) else None


def _drop_schema(op: DropSchemaOp, facts: Facts) -> Note | None:
    return _said("a schema dropped", "loses data: drops the schema with all that is in it" if op.cascade else "")


def _replace_enum(op: ReplaceEnumOp, facts: Facts) -> Note | None:
    gone = [label for label in op.existing or () if label not in op.values and label not in (op.mapping or {})]
    if not gone:
        return _said("an enum made anew", facts.hazards.type_rewrite)
    labels = ", ".join(repr(label) for label in gone)
    return _said("enum values removed", facts.hazards.type_rewrite, f"fails where a row still has {labels}")


# -- rows that may not fit ----------------------------------------------------------------------------------------------


def _add_column(op: AddColumnOp, facts: Facts) -> Note | None:
    column = op.column
    if column.identity is not None or (column.computed is not None and column.computed.persisted):
        return _said("a table rewritten", facts.hazards.computed_column)
    if column.nullable or column.server_default is not None or column.computed is not None:
        return None
    if op.existing_rows is not NOT_GIVEN:
        return None
    rows = facts.about(op)
    there = "" if rows == "its rows" else f" ({rows})"
    return _said(
        "a NOT NULL column without a value",
        f"stops where the table has rows{there}: say what they get, by existing_rows=… or a server_default",
    )


def _alter_column(op: AlterColumnOp, facts: Facts) -> Note | None:
    check = _check(op, facts) if op.kw.get("check") is not None else None
    notes = [note for note in (_alter_type(op, facts), _set_not_null(op, facts), check) if note is not None]
    if not notes:
        return None
    parts = list(dict.fromkeys(part for note in notes for part in note.text.split("; ")))
    if op.modify_type is not None and notes[0].text.startswith(facts.hazards.type_rewrite or " "):
        parts = [part for part in parts if part != facts.hazards.not_null]  # who rewrites a table reads it, too
    return Note("; ".join(parts), notes[0].short)


def _set_not_null(op: AlterColumnOp, facts: Facts) -> Note | None:
    if op.modify_nullable is not False:
        return None
    filled = op.existing_rows is not NOT_GIVEN
    fails = "" if filled else "stops where a row has NULL"
    return _said("a column that must not be NULL", facts.hazards.not_null, fails)


def _alter_type(op: AlterColumnOp, facts: Facts) -> Note | None:
    new, old = op.modify_type, op.existing_type
    if new is None:
        return None
    grows = old is not None and fits(old, new)
    in_place = old is not None and stays_in_place(old, new, facts.hazards)
    between = "" if old is None else f" ({facts.type_text(old)} to {facts.type_text(new)})"
    costs = "" if in_place else facts.hazards.type_rewrite
    fails = (
        ""
        if grows or not facts.hazards.checked_types
        else f"fails where a value does not fit{'' if costs else between}"
    )
    short = "a table rewritten" if grows else "a type that may not fit"
    return _said(short, f"{costs}{between}" if costs else "", fails)


def stays_in_place(old: TypeEngine[Any], new: TypeEngine[Any], hazards: Hazards) -> bool:
    """Does a type change without a row being written again?"""
    return fits(old, new) and hazards.grows_in_place(_plain(old), _plain(new))


def _plain(type_: TypeEngine[Any]) -> TypeEngine[Any]:
    while isinstance(type_, TypeDecorator):
        type_ = type_.impl_instance
    return type_


_BINARY = (sa.BINARY, sa.VARBINARY, sa.LargeBinary)


def fits(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Does every value of the old type fit the new one? (False: perhaps not.)"""
    old, new = _plain(old), _plain(new)
    if isinstance(new, sa.Enum):
        return isinstance(old, sa.Enum) and set(old.enums) <= set(new.enums)
    if isinstance(old, sa.Enum):
        return isinstance(new, sa.String) and new.length is None
    for family in ((sa.String,), _BINARY):
        if isinstance(new, family):
            length = getattr(old, "length", None) if isinstance(old, family) else None
            return new.length is None or (length is not None and new.length >= length)
    if _rank(old) is not None and _rank(new) is not None:
        return (_rank(old) or 0) <= (_rank(new) or 0)
    if isinstance(old, sa.Numeric) and isinstance(new, sa.Numeric) and not isinstance(new, sa.Float):
        return _holds(old, new)
    return repr(old) == repr(new)


def _rank(type_: TypeEngine[Any]) -> int | None:
    """The size of an integer type."""
    if isinstance(type_, sa.BigInteger):
        return 2
    if isinstance(type_, sa.SmallInteger):
        return 0
    return 1 if isinstance(type_, sa.Integer) else None


def _holds(old: Any, new: Any) -> bool:
    if new.precision is None:
        return True
    if old.precision is None:
        return False
    scale, wanted = old.scale or 0, new.scale or 0
    return bool(scale <= wanted and old.precision - scale <= new.precision - wanted)


def _unique(op: Any, facts: Facts) -> Note | None:
    columns = ", ".join(map(str, op.columns))
    costs = facts.hazards.key
    fails = "" if _are_null(op, op.columns, facts) else f"fails where rows have the same ({columns})"
    return _said("a unique constraint on rows that are there", costs, fails)


def _primary_key(op: CreatePrimaryKeyOp, facts: Facts) -> Note | None:
    columns = ", ".join(map(str, op.columns))
    fails = f"fails where rows have the same ({columns}), or NULL"
    return _said("a primary key on rows that are there", facts.hazards.key, fails)


def _foreign_key(op: CreateForeignKeyOp, facts: Facts) -> Note | None:
    if _not_validated(op):
        return None
    holds = _holds_before(op, facts) or _are_null(op, op.local_cols, facts)
    fails = "" if holds else f"fails where a row has no match in {op.referent_table!r}"
    return _said("a foreign key on rows that are there", facts.hazards.foreign_key, fails)


def _check(op: Any, facts: Facts) -> Note | None:
    if _not_validated(op):
        return None
    costs = facts.hazards.check
    return _said("a check on rows that are there", costs, "fails where a row does not satisfy it")


def _not_validated(op: Any) -> bool:
    return any(name.endswith("_not_valid") and value for name, value in op.kw.items())


def _index(op: CreateIndexOp, facts: Facts) -> Note | None:
    concurrent = any(name.endswith("_concurrently") and value for name, value in op.kw.items())
    costs = "" if concurrent else facts.hazards.index
    if not op.unique:
        return _said("an index that writes wait for", costs)
    fails = "" if _are_null(op, op.columns, facts) else "fails where rows have the same values"
    return _said("a unique index on rows that are there", costs, fails)


def _are_null(op: Any, columns: Iterable[Any], facts: Facts) -> bool:
    """Is one of the columns NULL in each row, because the same script adds it so?"""
    names = {str(column) for column in columns}
    return any(
        isinstance(other, AddColumnOp)
        and (other.schema, other.table_name) == (op.schema, op.table_name)
        and other.column.name in names
        and other.column.nullable
        and _is_null_in_rows(other)
        for other in facts.script
    )


def _is_null_in_rows(op: AddColumnOp) -> bool:
    if op.existing_rows is not NOT_GIVEN:
        return op.existing_rows is None
    return op.column.server_default is None and op.column.computed is None


def _holds_before(op: CreateForeignKeyOp, facts: Facts) -> bool:
    """Does the script take a foreign key away that says the same of the rows?"""
    taken = (other._reverse for other in facts.script if isinstance(other, DropConstraintOp))
    return any(
        isinstance(key, CreateForeignKeyOp) and _says_of_rows(key) == _says_of_rows(op) and not _not_validated(key)
        for key in taken
    )


def _says_of_rows(key: CreateForeignKeyOp) -> tuple[Any, ...]:
    columns = [str(name) for name in (*key.local_cols, *key.remote_cols)]
    return (key.schema, key.table_name, columns, key.referent_schema, key.referent_table, key.kw.get("match"))


_Judge = Callable[[Any, Facts], Note | None]
_JUDGES: dict[type[MigrateOperation], _Judge] = {
    DropTableOp: _drop_table,
    DropColumnOp: _drop_column,
    DropSchemaOp: _drop_schema,
    ReplaceEnumOp: _replace_enum,
    AddColumnOp: _add_column,
    AlterColumnOp: _alter_column,
    CreateUniqueConstraintOp: _unique,
    CreatePrimaryKeyOp: _primary_key,
    CreateForeignKeyOp: _foreign_key,
    CreateCheckConstraintOp: _check,
    CreateExcludeConstraintOp: _check,
    CreateIndexOp: _index,
}

__all__ = ["Facts", "Note", "Review", "fits", "listing"]
