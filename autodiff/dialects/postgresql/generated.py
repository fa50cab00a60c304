"""A generated column that becomes a plain one: it keeps its values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autodiff.kinds import ColumnState
from autodiff.kinds.column import alone, altered, dropped
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp
from autodiff.state import Change, Snapshot


def becomes_plain(change: Change[Any], snapshot: Snapshot) -> bool:
    """Is it one whose expression goes, on a server that can drop it (PostgreSQL 13)?"""
    before, after = change.before, change.after
    if not isinstance(before, ColumnState) or not isinstance(after, ColumnState):
        return False
    return before.computed is not None and after.computed is None and snapshot.server.version >= (13,)


def steps(change: Change[ColumnState], sides: Sides) -> Iterator[Step]:
    """DROP EXPRESSION (https://www.postgresql.org/docs/current/sql-altertable.html), then the rest.

    A virtual column has no values, and is made stored before.
    """
    before, after = change.before, change.after
    assert before is not None, "an alteration"
    assert before.computed is not None, "a generated column"
    assert after is not None, "an alteration"
    table, schema = str(before.key.table), before.key.schema
    existing, stored = alone(sides.before.thing(before)), before
    assert existing.computed is not None, "a generated column"
    if not before.computed.stored:
        yield dropped(before, sides)
        existing.computed.persisted = True
        stored = replace(before, computed=replace(before.computed, stored=True))
        yield Step(AddColumnOp(table, existing, schema=schema), "create", stored)
    operation = AlterColumnOp(
        table,
        str(before.key.name),
        schema=schema,
        modify_server_default=None,
        existing_type=existing.type,
        existing_nullable=before.nullable,
        existing_server_default=existing.computed,
    )
    plain = replace(before, computed=None, default=None, identity=None)
    yield Step(operation, "alter", plain, stored)
    if plain.differing(after):
        for step in altered(Change(plain, after), plain, after, sides):
            assert isinstance(step.operation, AlterColumnOp), "a plain column is altered"
            step.operation.existing_server_default = None
            yield step
