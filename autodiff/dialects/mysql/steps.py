"""Changes that MySQL and MariaDB want in steps of their own: AUTO_INCREMENT, generated columns, checks in columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autodiff.dialects.mysql.keys import Keys, leads
from autodiff.dialects.mysql.states import placeholder
from autodiff.kinds import CheckState, ColumnState, PrimaryKeyState
from autodiff.kinds.column import added, alone, altered, dropped
from autodiff.kinds.constraint import added_constraint, dropped_constraint
from autodiff.kinds.step import Side, Sides, Step
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp
from autodiff.state import Change, Key, Snapshot, State


def column_steps(change: Change[ColumnState], sides: Sides) -> Iterator[Step] | None:
    """The steps of a column's change; None for the usual ones."""
    old, new = change.before, change.after
    if old is not None and new is not None:
        if old.computed is not None and new.computed is None:
            return made_plain(old, new, sides)
        if changes_autoincrement(old, new, sides):
            return altered_around_autoincrement(old, new, sides)
    elif old is not None and old.autoincrement:
        return released(old, sides)
    elif new is not None and new.autoincrement:
        return numbered(new, sides)
    return None


# AUTO_INCREMENT: the column must be the first of a key at all times (error 1075).


def changes_autoincrement(old: ColumnState, new: ColumnState, sides: Sides) -> bool:
    return old.autoincrement != new.autoincrement or (old.autoincrement and key_changes(old, sides))


def key_changes(column: ColumnState, sides: Sides) -> bool:
    return keys_of(column, sides.before.snapshot) != keys_of(column, sides.after.snapshot)


def keys_of(column: ColumnState, snapshot: Snapshot) -> list[Keys]:
    """The keys that start with a column."""
    parts = (part for part in snapshot.parts(column.key.of_table) if isinstance(part, Keys))
    return sorted((part for part in parts if leads(part, (str(column.key.name),))), key=lambda part: str(part.key))


def altered_around_autoincrement(old: ColumnState, new: ColumnState, sides: Sides) -> Iterator[Step]:
    plain_old, plain_new = replace(old, autoincrement=False), replace(new, autoincrement=False)
    if old.autoincrement:
        yield switch(old, sides.before, on=False)
    if plain_old != plain_new:
        yield from altered(Change(plain_old, plain_new), plain_old, plain_new, sides)
    if new.autoincrement:
        yield switch(new, sides.after, on=True)


def released(old: ColumnState, sides: Sides) -> Iterator[Step]:
    """A column with AUTO_INCREMENT goes; or it stays, and only lets its key go."""
    yield switch(old, sides.before, on=False)
    if sides.after.snapshot.get(old.key) is None:
        yield dropped(old, sides)


def numbered(new: ColumnState, sides: Sides) -> Iterator[Step]:
    """A column with AUTO_INCREMENT is new: its key comes in the same statement; or it was there, and has its key back."""
    if sides.before.snapshot.get(new.key) is not None:
        yield switch(new, sides.after, on=True)
        return
    key = sides.after.snapshot.get(Key("primary_key", new.key.schema, new.key.table))
    if isinstance(key, PrimaryKeyState) and key.columns == (new.key.name,):
        column = alone(sides.after.thing(new))
        column.primary_key, column.autoincrement = True, True
        operation = AddColumnOp(str(new.key.table), column, schema=new.key.schema, inline_primary_key=True)
        yield Step(operation, "create", new, also=(key,))
    else:
        yield added(new, sides)


def switch(column: ColumnState, side: Side, *, on: bool) -> Step:
    """AUTO_INCREMENT as an object that stands on the column and its keys: so it comes after them and goes before."""
    operation = AlterColumnOp(
        str(column.key.table),
        str(column.key.name),
        schema=column.key.schema,
        autoincrement=on,
        **whole(column, side),
    )
    if not on:
        operation.kw["existing_autoincrement"] = True
    counter = replace(
        column,
        key=column.key._replace(name=f"{column.key.name} AUTO_INCREMENT"),
        depends_on=frozenset({column.key, *(key.key for key in keys_of(column, side.snapshot))}),
    )
    return Step(operation, "create" if on else "drop", counter)


def whole(column: ColumnState, side: Side) -> dict[str, Any]:
    """A column's whole definition, as MODIFY wants it."""
    thing = side.thing(column)
    return {
        "existing_type": thing.type,
        "existing_nullable": column.nullable,
        "existing_server_default": thing.server_default,
        "existing_comment": column.comment,
    }


# Generated columns


def made_plain(old: ColumnState, new: ColumnState, sides: Sides) -> Iterator[Step]:
    """A generated column keeps its values as a plain one; MODIFY does that to a stored one only (1907, 3106)."""
    stored = old
    assert old.computed is not None
    if not old.computed.stored:
        thing = alone(sides.before.thing(old))
        assert thing.computed is not None
        thing.computed.persisted = True
        yield dropped(old, sides)
        stored = replace(old, computed=replace(old.computed, stored=True))
        operation = AddColumnOp(str(old.key.table), thing, schema=old.key.schema)
        yield Step(operation, "create", stored)
    column = sides.after.thing(new)
    operation_ = AlterColumnOp(
        str(new.key.table),
        str(new.key.name),
        schema=new.key.schema,
        existing_type=column.type,
        existing_comment=new.comment,
        modify_nullable=new.nullable,
        **({} if column.server_default is None else {"modify_server_default": column.server_default}),
    )
    yield Step(operation_, "alter", new, stored)


# Checks in columns


def constraint_steps(change: Change[Any], sides: Sides) -> Iterator[Step] | None:
    """The steps of a constraint's change; None for the usual ones."""
    old = change.before
    # (One of the models that goes in a downgrade was added by the upgrade, under a name, beside the columns.)
    if isinstance(old, CheckState) and old.source is None and column_of(old) is not None:
        return column_check_steps(change, old, sides)
    if comes_with_its_column(change.after, sides):
        return iter(() if old is None else (dropped_constraint(old, sides),))
    return None


def column_of(check: CheckState) -> str | None:
    """The column that a check stands in, which has no name (MariaDB)."""
    start = placeholder("")
    name = check.key.name or ""
    return name[len(start) :] if check.unnamed and name.startswith(start) else None


def column_check_steps(change: Change[Any], check: CheckState, sides: Sides) -> Iterator[Step]:
    """Such a check goes when the column's definition is written without it; there is no DROP for it (1091)."""
    key = Key("column", check.key.schema, check.key.table, column_of(check))
    column, later = sides.before.snapshot.get(key), sides.after.snapshot.get(key)
    if isinstance(column, ColumnState) and isinstance(later, ColumnState):
        definition = whole(column, sides.before)
        definition.pop("existing_nullable")
        operation = AlterColumnOp(
            str(key.table), str(key.name), schema=key.schema, modify_nullable=column.nullable, **definition
        )
        if column.autoincrement:
            operation.kw["existing_autoincrement"] = True
        yield Step(operation, "drop", check)
    if change.after is not None:
        yield added_constraint(change.after, sides)


def comes_with_its_column(state: State | None, sides: Sides) -> bool:
    """Is it the primary key of one new column with AUTO_INCREMENT?"""
    if not isinstance(state, PrimaryKeyState) or len(state.columns) != 1:
        return False
    key = Key("column", state.key.schema, state.key.table, state.columns[0])
    column = sides.after.snapshot.get(key)
    return isinstance(column, ColumnState) and column.autoincrement and sides.before.snapshot.get(key) is None
