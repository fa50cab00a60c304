"""What stands in the way of a change: it is dropped before, and made again after it.

Measured on MariaDB 10.11 and MySQL 9.7 (errors 1072, 1553, 1832, 1833, 3780).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autodiff.dialects.mysql.backing import is_automatic
from autodiff.dialects.mysql.keys import Keys, foreign_keys_at, foreign_keys_on, leads
from autodiff.dialects.mysql.names import final_name
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    UniqueState,
    ViewState,
)
from autodiff.state import Change, Key, Snapshot, State


def disturbed(change: Change[State], before: Snapshot, after: Snapshot, *, is_mariadb: bool) -> Iterable[Key]:
    """Keys of objects in `before`, whether or not they are in `after`."""
    old, new = change.before, change.after
    if isinstance(old, ColumnState) and isinstance(new, ColumnState):
        yield from by_column(change.fields, old, before, is_mariadb)
    elif isinstance(old, (IndexState, UniqueState, PrimaryKeyState)):
        yield from by_key(old, None if new is None else new, before, after, is_mariadb)


def by_column(fields: tuple[str, ...], old: ColumnState, before: Snapshot, is_mariadb: bool) -> Iterator[Key]:
    # Any change of type or charset, even a longer VARCHAR, on either side of a foreign key: 1832, 1833 (MariaDB),
    # 3780 (MySQL); NOT NULL, default and comment pass. MySQL refuses AUTO_INCREMENT, too (1833).
    refused = {"type", "collation"} | (set() if is_mariadb else {"autoincrement"})
    if refused & set(fields) or "computed" in fields:
        yield from (fk.key for fk in foreign_keys_on(old, before))
    if "computed" in fields:
        # The column is dropped and added: what uses it would shrink or go silently.
        parts = (part for part in before.parts(old.key.of_table) if old.key in part.depends_on)
        yield from (part.key for part in parts if not isinstance(part, ColumnState) or not part.has_values)


def by_key(old: Keys, new: State | None, before: Snapshot, after: Snapshot, is_mariadb: bool) -> Iterator[Key]:
    """Foreign keys that stand on an index which is dropped, unless another one can take over (1553, 1025)."""
    parts = before.parts(old.key.of_table)
    others = [part for part in parts if isinstance(part, (IndexState, UniqueState, PrimaryKeyState)) and part != old]
    for column in before.parts_of(old.key.of_table, ColumnState):
        # AUTO_INCREMENT needs a key at all times (1075): it is taken off and put on again around the change.
        if column.autoincrement and stands_alone(old, column, others):
            yield column.key
    later = [] if new is not None else takers_over(old, before, after, is_mariadb)
    for foreign_key in foreign_keys_at(old.key.of_table, before):
        for columns in stands_on(foreign_key, old):
            if not any(leads(other, columns) for other in (*others, *later)):
                yield foreign_key.key


def stands_alone(key: Keys, column: ColumnState, others: list[Keys]) -> bool:
    name = (str(column.key.name),)
    return leads(key, name) and not any(leads(other, name) for other in others)


def takers_over(old: Keys, before: Snapshot, after: Snapshot, is_mariadb: bool) -> list[Keys]:
    """What the plan makes before it drops the old one (see `changes.edges`): not what takes its name."""
    parts = [part for part in after.parts(old.key.of_table) if isinstance(part, (IndexState, UniqueState))]
    name = final_name(old, before, is_mariadb=is_mariadb)
    return [part for part in parts if final_name(part, after, is_mariadb=is_mariadb) != name]


def stands_on(foreign_key: ForeignKeyState, key: Keys) -> Iterator[tuple[str, ...]]:
    """The columns for which a foreign key uses this key: its own, those that it refers to, or none."""
    if foreign_key.key.of_table == key.key.of_table and leads(key, foreign_key.columns):
        yield foreign_key.columns
    if foreign_key.referred == key.key.of_table and leads(key, foreign_key.referred_columns):
        yield foreign_key.referred_columns


def meets_a_foreign_key(change: Change[State], snapshot: Snapshot) -> bool:
    """Does a foreign key stand on an index that gets another name, or may its own index have one of the two names?

    The server takes the index that it made along with the foreign key, or lets another one have its place, so that there
    may be none to be renamed (1176), or the name may not be free yet.
    """
    key, new = change.before, change.after
    if not isinstance(key, Keys) or new is None:
        return False
    names = {str(key.key.name).lower(), str(new.key.name).lower()}
    for foreign_key in foreign_keys_at(key.key.of_table, snapshot):
        called, first = str(foreign_key.key.name).lower(), foreign_key.columns[0].lower()
        if any(True for _ in stands_on(foreign_key, key)) or any(is_automatic(name, called, first) for name in names):
            return True
    return False


def in_the_way_of_renames(snapshot: Snapshot, columns: Sequence[Key]) -> set[Key]:
    """What MySQL does not let follow RENAME COLUMN: checks (3959), generated columns (3108), keys over expressions (3837),
    and defaults that name other columns (https://dev.mysql.com/doc/refman/9.4/en/data-type-defaults.html).

    With a generated column goes what stands on it.
    """
    found = {
        state.key
        for table in {column.of_table for column in columns}
        for state in snapshot.parts(table)
        if state.depends_on & set(columns) and has_expression(state)
    }
    waiting = found
    while waiting:
        gone = {
            key for key in waiting if not isinstance(state := snapshot.get(key), ColumnState) or not state.has_values
        }
        others = (state for state in snapshot.objects.values() if not isinstance(state, ViewState))
        waiting = {state.key for state in others if state.depends_on & gone} - found
        found = found | waiting
    return found


def has_expression(state: State) -> bool:
    if isinstance(state, IndexState):
        return any(element.text.startswith("(") for element in state.elements)
    return isinstance(state, (CheckState, ColumnState))
