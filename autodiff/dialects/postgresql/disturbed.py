"""What stands in the way of a change on PostgreSQL, and is therefore made anew around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.changes import same_operators
from autodiff.dialects.postgresql.fold import without_length
from autodiff.dialects.postgresql.generated import becomes_plain, is_made_anew
from autodiff.dialects.postgresql.inheritance import Families
from autodiff.kinds import (
    CheckState,
    ColumnState,
    DomainState,
    EnumState,
    ExcludeState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    UniqueState,
    ViewState,
)
from autodiff.kinds.domain import columns_of, is_remade
from autodiff.state import Change, Key, Snapshot, State

DIRECTION = re.compile(r"( DESC| ASC)?( NULLS (FIRST|LAST))?$")


def disturbed(
    change: Change[State], before: Snapshot, after: Snapshot, families: Families, is_replaced: bool = False
) -> Iterator[Key]:
    """Keys of the objects of `before` that have to go for a moment.

    :param is_replaced: the change is one of an enum that has to be made anew.
    """
    there = change.before
    if isinstance(there, EnumState):
        if is_replaced:
            yield from disturbed_by_type(there.key, before, families)
    elif isinstance(there, DomainState):
        if is_remade(change, before) or (change.after is None and there.key in after.objects):
            yield from disturbed_by_type(there.key, before, families)
    elif isinstance(there, ColumnState):
        yield from disturbed_by_column(change, there, before, after)
    elif isinstance(there, ViewState):
        yield from views_over(there.key, before)
    elif isinstance(there, (PrimaryKeyState, UniqueState)):
        yield from referring(there.key.of_table, there.columns, before)
    elif isinstance(there, IndexState) and there.unique:
        yield from referring(there.key.of_table, tuple(element.text for element in there.elements), before)


def disturbed_by_type(type_: Key, before: Snapshot, families: Families) -> Iterator[Key]:
    """What hangs on the columns of an enum or domain that is made anew, and the domains that stand on it."""
    for column in (each for own in columns_of(type_, before) for each in families.with_inherited(own)):
        yield from parts_with_text(column, before)
        yield from foreign_keys_over(column, before)
        yield from views_over(column.key, before)
        if column.computed is not None and column.key in before.objects:
            yield column.key
    yield from views_over(type_, before)
    yield from (domain.key for domain in before.of_class(DomainState) if type_ in domain.depends_on)


def disturbed_by_column(change: Change[Any], there: ColumnState, before: Snapshot, after: Snapshot) -> Iterator[Key]:
    if change.after is None:
        if there.key in after.objects:  # it comes back: so must what goes with it
            yield from views_over(there.key, before)
            yield from parts_using(there.key, before)
            yield from foreign_keys_over(there, before)
        return
    keeps_its_place = becomes_plain(change, before) and there.computed is not None and there.computed.stored
    if ("computed" in change.fields and not keeps_its_place) or is_made_anew(change, before, after):
        yield from views_over(there.key, before)
        yield from parts_using(there.key, before)
        yield from foreign_keys_over(there, before)
    elif {"type", "collation"} & set(change.fields):
        yield from views_over(there.key, before)
        old, new = str(there.type.canonical), str(change.after.type.canonical)
        only_length = without_length(old) == without_length(new) and "collation" not in change.fields
        for part in parts_with_text(there, before):
            if not (only_length and keeps_its_text(before.objects[part], after.objects.get(part))):
                yield part
        if not same_operators(old, new) or "collation" in change.fields:
            yield from foreign_keys_over(there, before)


def views_over(key: Key, snapshot: Snapshot) -> Iterator[Key]:
    """The views, triggers and the like that use a column, a type or another view."""
    return (view.key for view in snapshot.of_class(ViewState) if key in view.depends_on)


def parts_using(column: Key, snapshot: Snapshot) -> Iterator[Key]:
    """Everything in the table that names the column: it goes with the column."""
    for part in snapshot.parts(column.of_table):
        if part.key != column and column in part.depends_on:
            yield part.key


def parts_with_text(column: ColumnState, snapshot: Snapshot) -> Iterator[Key]:
    """What holds the column in a parsed expression, with the casts of its type: plain indexes and keys do not."""
    for part in snapshot.parts(column.key.of_table):
        if part.key == column.key or column.key not in part.depends_on:
            continue
        if (
            isinstance(part, (CheckState, ExcludeState))
            or (isinstance(part, ColumnState) and part.computed)
            or (isinstance(part, IndexState) and (part.where is not None or not over_columns(part)))
        ):
            yield part.key


def keeps_its_text(part: State, wanted: State | None) -> bool:
    """Does a CHECK or an index stay, word for word, when only the length of its column's type changes?

    ALTER COLUMN TYPE parses the printed text again, which gives the same text (580 expressions, PostgreSQL 15 and 18),
    but for an array in it: `(ARRAY['a'::varchar])::text[]` comes back as `ARRAY[('a'::varchar)::text]`.
    """
    if isinstance(part, CheckState):
        texts = [part.condition]
    elif isinstance(part, IndexState):
        texts = [*part.elements, *([part.where] if part.where else [])]
    else:
        return False
    is_bare = not part.settings and (wanted is None or not wanted.settings)
    return part == wanted and is_bare and not any("ARRAY[" in str(text.canonical) for text in texts)


def over_columns(index: IndexState) -> bool:
    """Is every key of the index a column, without an operator class of its own?"""
    names = {str(key.name) for key in index.depends_on if key.kind == "column"}
    spellings = {*names, *(f'"{name}"' for name in names)}
    return all(DIRECTION.sub("", element.text) in spellings for element in index.elements)


def foreign_keys_over(column: ColumnState, snapshot: Snapshot) -> Iterator[Key]:
    """Foreign keys from and to the column."""
    table = column.key.of_table
    own, others = snapshot.parts_of(table, ForeignKeyState), snapshot.referring(table, ForeignKeyState)
    yield from dict.fromkeys(state.key for state in (*own, *others) if column.key in state.depends_on)


def referring(table: Key, columns: tuple[str, ...], snapshot: Snapshot) -> Iterator[Key]:
    """Foreign keys that stand on a key."""
    for state in snapshot.referring(table, ForeignKeyState):
        if sorted(state.referred_columns) == sorted(columns):
            yield state.key
