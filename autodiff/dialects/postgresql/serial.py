"""Steps that give a column a sequence of its own, and take it away: SERIAL and IDENTITY."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from autodiff.dialects.postgresql.names import object_name
from autodiff.dialects.postgresql.types import SERIALS
from autodiff.dialects.postgresql.words import literal
from autodiff.kinds import ColumnState, IdentityValue
from autodiff.kinds.column import added, altered
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AddColumnOp
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.literal import DatabaseType
from autodiff.state import Change


def needs_own_steps(change: Change[ColumnState]) -> bool:
    """Does the change make, take away or retype a sequence that the column owns?"""
    before, after = change.before, change.after
    if before is None and after is not None:
        return after.autoincrement and after.type.canonical in SERIALS
    if before is None or after is None or before.computed is not None or after.computed is not None:
        return False
    if before.autoincrement != after.autoincrement or (before.identity is None) != (after.identity is None):
        return True
    return after.autoincrement and "type" in change.fields


def steps(change: Change[ColumnState], sides: Sides, quote: Callable[[str], str]) -> Iterator[Step]:
    """The usual `alter_column` between what must happen to the sequence before it and after it."""
    before, after = change.before, change.after
    assert after is not None, "not one that goes"
    if before is None:
        yield added_with_sequence(after, sides)
        return
    place = Place(after, quote)

    def sql(statement: str, there: ColumnState = before, then: ColumnState = after) -> Step:
        return Step(SqlOp(statement), "alter", then, there)

    if before.autoincrement and not after.autoincrement:
        without = replace(before, autoincrement=False)
        yield sql(place.alter("DROP DEFAULT"), then=without)
        yield sql(place.with_sequence("DROP SEQUENCE ", ""), then=without)
    same_sequence = replace(before, autoincrement=after.autoincrement)
    if same_sequence.differing(after):
        yield from altered(Change(same_sequence, after), same_sequence, after, sides)
    if after.autoincrement and not before.autoincrement:
        without = replace(after, autoincrement=False)
        made = f"CREATE SEQUENCE {place.sequence} AS {after.type.canonical} OWNED BY {place.table}.{place.column}"
        used = place.alter(f"SET DEFAULT nextval({literal(place.sequence)})")
        yield from (sql(statement, without) for statement in (made, place.set_behind_rows(IdentityValue()), used))
    elif after.autoincrement:
        yield sql(place.with_sequence("ALTER SEQUENCE ", f" AS {after.type.canonical}"))
    if after.identity is not None and before.identity is None:
        yield sql(place.set_behind_rows(after.identity))


def added_with_sequence(column: ColumnState, sides: Sides) -> Step:
    """A new column that counts. Its key comes after it, and SQLAlchemy writes SERIAL for a primary key only."""
    step = added(column, sides)
    assert isinstance(step.operation, AddColumnOp), "a column is added"
    made = step.operation.column
    made.type = DatabaseType(SERIALS[str(column.type.canonical)], affinity=made.type)
    return step


class Place:
    """A column and its table, in the words of statements."""

    def __init__(self, column: ColumnState, quote: Callable[[str], str]) -> None:
        key = column.key
        schema = f"{quote(key.schema)}." if key.schema else ""
        self.table = f"{schema}{quote(str(key.table))}"
        self.column = quote(str(key.name))
        self.name = str(key.name)
        self.sequence = f"{schema}{quote(object_name(str(key.table), self.name, 'seq'))}"

    def alter(self, what: str) -> str:
        return f"ALTER TABLE {self.table} ALTER COLUMN {self.column} {what}"

    @property
    def owned(self) -> str:
        return f"pg_get_serial_sequence({literal(self.table)}, {literal(self.name)})"

    def with_sequence(self, before: str, behind: str) -> str:
        """A statement about the column's sequence, whatever its name."""
        return f"DO $$BEGIN EXECUTE {literal(before)} || {self.owned} || {literal(behind)}; END$$"

    def set_behind_rows(self, identity: IdentityValue) -> str:
        """The sequence goes on behind the rows that are there; without rows it stays at its start."""
        down = (identity.increment or 1) < 0
        bound, step, compared = ("min", "- 1", "<=") if down else ("max", "+ 1", ">=")
        start = identity.start if identity.start is not None else (-1 if down else 1)
        last = f"{bound}({self.column})"
        return f"SELECT setval({self.owned}, {last} {step}, false) FROM {self.table} HAVING {last} {compared} {start}"
