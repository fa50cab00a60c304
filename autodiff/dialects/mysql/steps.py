"""Changes that MySQL and MariaDB want in steps of their own: AUTO_INCREMENT, generated columns, enums, keys of new columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import String

from autodiff.dialects.mysql import column_checks
from autodiff.dialects.mysql.column_checks import added_with_its_check, comes_with_a_check, whole
from autodiff.dialects.mysql.keys import Keys, leads
from autodiff.dialects.mysql.show_create import Index
from autodiff.dialects.mysql.states import is_of_column
from autodiff.kinds import CheckState, ColumnState, ForeignKeyState, IndexState, PrimaryKeyState, UniqueState
from autodiff.kinds.column import added, alone, altered, dropped
from autodiff.kinds.constraint import added_constraint, dropped_constraint
from autodiff.kinds.step import Side, Sides, Step
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Key, Snapshot, Sql, State


def column_steps(change: Change[ColumnState], sides: Sides, *, is_mariadb: bool) -> Iterator[Step] | None:
    """The steps of a column's change; None for the usual ones."""
    old, new = change.before, change.after
    if is_mariadb and new is not None and comes_with_a_check(old, new, sides):
        return added_with_its_check(old, new, sides)
    if old is not None and new is not None:
        if old.computed is not None and new.computed is None:
            return made_plain(old, new, sides)
        if changes_autoincrement(old, new, sides):
            return altered_around_autoincrement(old, new, sides)
        if new.has_values and means_places(old, new):  # what is generated is made anew
            return altered_as_text(change, old, new, sides)
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
        # It takes its values from the columns as they were, so it waits for none of them.
        between = replace(new, key=new.key._replace(name=f"{new.key.name} stored"))
        yield Step(operation, "create", new, also=(between,))
        new = replace(new, depends_on=new.depends_on | {between.key})
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


# Enums


def means_places(old: ColumnState, new: ColumnState) -> bool:
    """Does one type have labels and the other numbers, so that MODIFY would take the places of the labels for values?

    https://dev.mysql.com/doc/refman/9.4/en/enum.html, https://mariadb.com/kb/en/enum/
    """
    types = [str(state.type.canonical or state.type.text) for state in (old, new)]
    return any(map(_LABELS.match, types)) and any(map(_NUMBER.match, types))


_LABELS = re.compile("(enum|set) *[(]", re.I)
_NUMBER = re.compile("(tiny|small|medium|big)?int|integer|bool|decimal|numeric|float|double|real|year", re.I)


def altered_as_text(change: Change[ColumnState], old: ColumnState, new: ColumnState, sides: Sides) -> Iterator[Step]:
    """The column is a text on its way from numbers to labels, or back: the values stay what they say."""
    (step,) = altered(change, old, new, sides)
    last = step.operation
    assert isinstance(last, AlterColumnOp)
    existing: dict[str, Any] = {"existing_type": last.existing_type, "existing_nullable": last.existing_nullable}
    existing |= {"existing_server_default": last.existing_server_default, "existing_comment": last.existing_comment}
    existing |= {name: value for name, value in last.kw.items() if name.startswith("existing_")}
    # (Long enough for any of both, short enough for an index.)
    between = String(
        max(70, *(getattr(type_, "length", None) or 0 for type_ in (last.existing_type, last.modify_type)))
    )
    first = AlterColumnOp(last.table_name, last.column_name, schema=last.schema, modify_type=between, **existing)
    last.existing_type = between
    yield Step(first, "alter", new, old)
    yield step


# Constraints


def constraint_steps(
    change: Change[Any],
    sides: Sides,
    backing: Mapping[Key, Sequence[Index]],
    statement: Callable[[PrimaryKeyState | UniqueState | CheckState], str | None],
    *,
    is_mariadb: bool,
) -> Iterator[Step] | None:
    """The steps of a constraint's change; None for the usual ones.

    :param backing: the indexes of each table of the database that only back a foreign key.
    :param statement: the one that adds a constraint for which SQLAlchemy has no words.
    """
    if change.kind == "foreign_key":
        return foreign_key_steps(change, sides, backing.get(change.key.of_table, ()))
    new = change.after
    if isinstance(new, (PrimaryKeyState, UniqueState, CheckState)) and (sql := statement(new)) is not None:
        return added_by_statement(change, new, sql, sides)
    if change.kind == "check":
        return column_checks.steps(change, sides) if is_mariadb else None
    if comes_with_its_column(change.after, sides):
        return iter(() if change.before is None else (dropped_constraint(change.before, sides),))
    return None


def added_by_statement(change: Change[Any], new: State, sql: str, sides: Sides) -> Iterator[Step]:
    if change.before is not None:
        yield dropped_constraint(change.before, sides)
    yield Step(SqlOp(sql), "create", new)


def foreign_key_steps(change: Change[ForeignKeyState], sides: Sides, backing: Sequence[Index]) -> Iterator[Step]:
    old, new = change.before, change.after
    if old is not None:
        yield dropped_constraint(old, sides)
    if old is not None and (new is None or new.columns != old.columns):
        yield from index_left_behind(old, sides, backing)
        old = None
    if new is not None:
        yield added_constraint(new, sides)
        yield from index_behind(old, new, sides, backing)


def index_behind(
    changed: ForeignKeyState | None, new: ForeignKeyState, sides: Sides, backing: Sequence[Index]
) -> Iterator[Step]:
    """The index behind a foreign key that is dropped and added, which is to have the right name.

    An index that the server made for an earlier foreign key is replaced by one that is called as the new one; an index
    that was made by hand, or came with a dump, stays. So the right one is made, and the other dropped, if need be.
    """
    parts = sides.before.snapshot.parts_of(new.key.of_table, ForeignKeyState)
    old = next((part for part in parts if part.columns == new.columns), None)
    there = next((index.name for index in backing if index.columns == new.columns), None)
    if there is None:
        return
    others = [part for part in sides.after.snapshot.parts(new.key.of_table) if isinstance(part, Keys)]
    kept = (part for part in others if sides.before.snapshot.get(part.key) == part)
    if any(part.key.name == there for part in kept):  # the server takes the one that it made, models or no models
        made = there if new.unnamed else str(new.key.name)
        yield from index_called(there, made, new, sides, always=False)
        return
    if any(leads(part, new.columns) for part in others):
        return
    if old is None:  # an engine without foreign keys has the index all the same
        yield from named_as_before(new, there, sides)
        return
    wanted, present = backing_name(new, sides.before, there), backing_name(old, sides.after, there)
    if changed is None and new.source is None and staying(new, sides):  # the way back of `index_left_behind`
        present = left_name(there, staying(new, sides))
    if wanted == sides.after.name(new) and not staying(new, sides) and is_in_the_way(present, new, sides):
        yield index_released(present, old, sides)
        return
    yield from index_called(wanted, present, new, sides, always=wanted != sides.after.name(new))


def is_in_the_way(index: str, new: ForeignKeyState, sides: Sides) -> bool:
    """Does a foreign key come whose name differs from that of an index in nothing but the case (1061)?"""
    names = (sides.after.name(key) or "" for key in sides.after.snapshot.parts_of(new.key.of_table, ForeignKeyState))
    return any(name != index and name.lower() == index.lower() for name in names)


def index_released(name: str, foreign_key: ForeignKeyState, sides: Sides) -> Step:
    """The index behind a foreign key goes with it, and a new one comes with the other."""
    key = foreign_key.key._replace(kind="index", name=name)
    index = IndexState(key=key, elements=tuple(map(Sql.printed, foreign_key.columns)))
    table, schema = str(key.table), key.schema
    operation = DropIndexOp(sides.before.said(name), table_name=table, schema=schema, if_exists=True)
    return Step(operation, "drop", index)


def index_called(
    wanted: str, present: str, foreign_key: ForeignKeyState, sides: Sides, *, always: bool
) -> Iterator[Step]:
    """The index behind a foreign key, which is there under one name or the other, gets the name that is wanted."""
    table: dict[str, Any] = {"table_name": str(foreign_key.key.table), "schema": foreign_key.key.schema}
    columns = list(foreign_key.columns)
    if present != wanted or always:
        yield beside(
            foreign_key, CreateIndexOp(sides.after.said(wanted), columns=columns, if_not_exists=True, **table), 1
        )
    if present != wanted:
        yield beside(foreign_key, DropIndexOp(sides.before.said(present), if_exists=True, **table), 2)


def named_as_before(new: ForeignKeyState, there: str, sides: Sides) -> Iterator[Step]:
    """The index that the server calls as the foreign key that comes back gets the name again that it had."""
    called = sides.after.name(new)
    if new.source is None and called is not None:
        yield from index_called(there, called, new, sides, always=False)


def index_left_behind(old: ForeignKeyState, sides: Sides, backing: Sequence[Index]) -> Iterator[Step]:
    """A foreign key goes, and another one over the same columns stays: with the index that is called as the last one."""
    there = next((index.name for index in backing if index.columns == old.columns), None)
    stay = staying(old, sides)
    keys = (part for part in sides.after.snapshot.parts(old.key.of_table) if isinstance(part, Keys))
    if there is None or not stay or any(leads(key, old.columns) for key in keys):
        return
    if old.source is None:
        present, wanted = there, left_name(there, stay)
    else:
        present, wanted = goes_by_column(there, old.columns[0]) if old.unnamed else str(old.key.name), there
    left = replace(old, key=old.key._replace(name=f"{old.key.name} that leaves"))
    yield from index_called(wanted, present, left, sides, always=False)


def staying(foreign_key: ForeignKeyState, sides: Sides) -> list[ForeignKeyState]:
    """The foreign keys over the same columns that are on both sides, as the models say them."""
    parts = sides.after.snapshot.parts_of(foreign_key.key.of_table, ForeignKeyState)
    pairs = ((part, sides.before.snapshot.get(part.key)) for part in parts if part.columns == foreign_key.columns)
    both = ((new, old) for new, old in pairs if isinstance(old, ForeignKeyState) and old.columns == new.columns)
    return [old if new.source is None else new for new, old in both]


def left_name(there: str, stay: Sequence[ForeignKeyState]) -> str:
    """The name of the index behind foreign keys over the same columns when one has gone."""
    last = stay[-1]
    if is_of_column(there, last.columns[0]) or any(there == state.key.name for state in stay):
        return there
    return last.columns[0] if last.unnamed else str(last.key.name)


def backing_name(state: ForeignKeyState, other: Side, there: str) -> str:
    """The name of the index behind a foreign key.

    :param there: the name that it has in the database.
    """
    same = other.snapshot.get(state.key)
    stays = isinstance(same, ForeignKeyState) and same.columns == state.columns
    if state.source is None or (stays and not state.unnamed):
        return there
    return goes_by_column(there, state.columns[0]) if state.unnamed else str(state.key.name)


def goes_by_column(there: str, column: str) -> str:
    return there if is_of_column(there, column) else column


def beside(foreign_key: ForeignKeyState, operation: MigrateOperation, place: int) -> Step:
    """An operation on the index behind a foreign key, as an object that stands on that."""
    name = f"{foreign_key.key.name} index"
    before = {foreign_key.key} if place == 1 else {foreign_key.key, foreign_key.key._replace(name=f"{name} 1")}
    behind = replace(foreign_key, key=foreign_key.key._replace(name=f"{name} {place}"), depends_on=frozenset(before))
    return Step(operation, "create", behind)


def comes_with_its_column(state: State | None, sides: Sides) -> bool:
    """Is it the primary key of one new column with AUTO_INCREMENT?"""
    if not isinstance(state, PrimaryKeyState) or len(state.columns) != 1:
        return False
    key = Key("column", state.key.schema, state.key.table, state.columns[0])
    column = sides.after.snapshot.get(key)
    return isinstance(column, ColumnState) and column.autoincrement and sides.before.snapshot.get(key) is None
