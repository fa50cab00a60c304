"""Generated columns: one that becomes plain keeps its values; one under which a type changes is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autodiff.dialects.postgresql.changes import is_replaced
from autodiff.kinds import ColumnState
from autodiff.kinds.column import added, alone, dropped, without_expression
from autodiff.kinds.domain import is_remade
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AddColumnOp
from autodiff.state import Change, Snapshot, State


def becomes_plain(change: Change[Any], snapshot: Snapshot) -> bool:
    """Is it one whose expression goes, on a server that can drop it (PostgreSQL 13)?"""
    before, after = change.before, change.after
    if not isinstance(before, ColumnState) or not isinstance(after, ColumnState):
        return False
    return before.computed is not None and after.computed is None and snapshot.server.version >= (13,)


def is_made_anew(change: Change[Any], before: Snapshot, after: Snapshot) -> bool:
    """Does it change together with the type of a column that its expression uses (0A000), or with its own enum or domain?"""
    old, new = change.before, change.after
    if not isinstance(old, ColumnState) or not isinstance(new, ColumnState) or None in (old.computed, new.computed):
        return False
    columns = [state for key in (old.key, *old.depends_on) if isinstance(state := before.get(key), ColumnState)]
    types = {key for column in columns for key in column.depends_on if key.kind in ("enum", "domain")}
    return any(retyped(column, after.get(column.key)) for column in columns if column.key != old.key) or any(
        is_type_made_anew(Change(before.get(key), after.get(key)), before) for key in types
    )


def is_type_made_anew(change: Change[Any], before: Snapshot) -> bool:
    return is_replaced(change) or is_remade(change, before)


def retyped(old: State | None, new: State | None) -> bool:
    if not isinstance(old, ColumnState) or not isinstance(new, ColumnState):
        return False
    return (old.type, old.collation) != (new.type, new.collation)


def made_anew(change: Change[ColumnState], sides: Sides) -> Iterator[Step]:
    assert change.before is not None, "an alteration"
    assert change.after is not None, "an alteration"
    yield dropped(change.before, sides)
    yield added(change.after, sides)


def made_plain(change: Change[ColumnState], sides: Sides) -> Iterator[Step]:
    """DROP EXPRESSION (https://www.postgresql.org/docs/current/sql-altertable.html), then the rest.

    A virtual column has no values, and is made stored before.
    """
    before, after = change.before, change.after
    assert before is not None, "an alteration"
    assert before.computed is not None, "a generated column"
    assert after is not None, "an alteration"
    existing, stored = alone(sides.before.thing(before)), before
    assert existing.computed is not None, "a generated column"
    if not before.computed.stored:
        yield dropped(before, sides)
        existing.computed.persisted = True
        stored = replace(before, computed=replace(before.computed, stored=True))
        yield Step(AddColumnOp(str(before.key.table), existing, schema=before.key.schema), "create", stored)
    yield from without_expression(stored, after, existing, sides)
