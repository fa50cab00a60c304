"""CHECKs that stand in a column's definition (MariaDB): they have no name, and come, stay and go with the definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import CheckConstraint

from autodiff.dialects.generic.tables import verbatim
from autodiff.dialects.mysql.wanted import column_of
from autodiff.kinds import CheckState, ColumnState
from autodiff.kinds.check import standing_in
from autodiff.kinds.column import added, dropped
from autodiff.kinds.constraint import added_constraint, dropped_constraint
from autodiff.kinds.step import Side, Sides, Step
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp
from autodiff.state import Change, Key, Snapshot


def column_behind(check: CheckState) -> str | None:
    """The column that a check stands in, on this side of the comparison."""
    if not check.unnamed:
        return None
    start, name = standing_in(""), check.key.name or ""
    # One of the models that is paired has the key of the database's.
    return name[len(start) :] if name.startswith(start) else column_of(check) if name.startswith("~") else None


def check_in(column: ColumnState, snapshot: Snapshot) -> CheckState | None:
    """The check that stands in a column."""
    checks = snapshot.parts_of(column.key.of_table, CheckState)
    return next((check for check in checks if column_behind(check) == column.key.name), None)


def condition_of(check: CheckState) -> Any:
    return verbatim(check.condition.text)


def kept(column: ColumnState, sides: Sides) -> dict[str, Any]:
    """What a statement that writes the column anew has to say of a check that is on both sides."""
    there, wanted = check_in(column, sides.before.snapshot), check_in(column, sides.after.snapshot)
    return {"existing_check": condition_of(there)} if there is not None and there == wanted else {}


def steps(change: Change[Any], sides: Sides) -> Iterator[Step] | None:
    """The steps of a check's change; None where none is in a column."""
    old, new = change.before, change.after
    leaves = isinstance(old, CheckState) and column_behind(old) is not None
    comes = isinstance(new, CheckState) and column_behind(new) is not None
    if not leaves and not comes:
        return None
    return _steps(old if leaves else None, new if comes else None, change, sides)


def _steps(old: CheckState | None, new: CheckState | None, change: Change[Any], sides: Sides) -> Iterator[Step]:
    if old is not None:
        yield from _left(old, sides)
    elif change.before is not None:
        yield dropped_constraint(change.before, sides)
    if new is not None:
        yield from _written(new, sides)
    elif change.after is not None:
        yield added_constraint(change.after, sides)


def _left(check: CheckState, sides: Sides) -> Iterator[Step]:
    """It goes when the definition is written without it; there is no DROP for it (1091)."""
    old, new = _columns(check, sides)
    if old is None or new is None or is_made_anew(old, new) or check_in(new, sides.after.snapshot) is not None:
        return
    yield Step(_altered(old, sides.before, check=None, existing_check=condition_of(check)), "drop", check)


def _written(check: CheckState, sides: Sides) -> Iterator[Step]:
    old, new = _columns(check, sides)
    if old is None or new is None or is_made_anew(old, new):
        return  # it comes with its column
    there = check_in(old, sides.before.snapshot)
    existing = {} if there is None else {"existing_check": condition_of(there)}
    yield Step(_altered(new, sides.after, check=condition_of(check), **existing), "create", check)


def _columns(check: CheckState, sides: Sides) -> tuple[ColumnState | None, ColumnState | None]:
    key = Key("column", check.key.schema, check.key.table, column_behind(check))
    old, new = sides.before.snapshot.get(key), sides.after.snapshot.get(key)
    return old if isinstance(old, ColumnState) else None, new if isinstance(new, ColumnState) else None


def is_made_anew(old: ColumnState, new: ColumnState) -> bool:
    """Is the column dropped and added, since what it computes changes?"""
    return old.computed != new.computed and new.computed is not None


def _altered(column: ColumnState, side: Side, **check: Any) -> AlterColumnOp:
    operation = AlterColumnOp(
        str(column.key.table), str(column.key.name), schema=column.key.schema, **whole(column, side)
    )
    operation.kw.update(check)
    if column.autoincrement:
        operation.kw["existing_autoincrement"] = True
    return operation


def whole(column: ColumnState, side: Side) -> dict[str, Any]:
    """A column's whole definition, as MODIFY wants it."""
    thing = side.thing(column)
    return {
        "existing_type": thing.type,
        "existing_nullable": column.nullable,
        "existing_server_default": thing.computed if thing.computed is not None else thing.server_default,
        "existing_comment": column.comment,
    }


def comes_with_a_check(old: ColumnState | None, new: ColumnState | None, sides: Sides) -> bool:
    """Is the column added, and a check stands in it?"""
    if new is None or (old is not None and not is_made_anew(old, new)):
        return False
    return check_in(new, sides.after.snapshot) is not None


def added_with_its_check(old: ColumnState | None, new: ColumnState, sides: Sides) -> Iterator[Step]:
    if old is not None:
        yield dropped(old, sides)
    step, check = added(new, sides), check_in(new, sides.after.snapshot)
    assert isinstance(step.operation, AddColumnOp)
    assert check is not None
    CheckConstraint(condition_of(check))._set_parent_with_dispatch(step.operation.column)
    yield replace(step, also=(check,))
