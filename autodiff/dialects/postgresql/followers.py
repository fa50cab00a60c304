"""Names that the server made of a table's and its columns' names: they follow when these are renamed.

The server leaves them as they are. But a database that is made from the models has the new ones; so has whoever goes by
the rule, as SQLAlchemy does for the sequence of a SERIAL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from autodiff.dialects.postgresql.names import name_of, numbered, object_name, parts_of_name
from autodiff.kinds import PrimaryKeyState
from autodiff.state import Comparison, Key, Snapshot, State

CONSTRAINTS = ("primary_key", "unique", "foreign_key", "check", "exclude")
# Behind which numbers such a name is looked for.
NUMBERS = 10


class Follower(NamedTuple):
    """A constraint of a table, by its new name, that gets another name."""

    table: Key
    old: str
    new: str


def followers(comparison: Comparison, keys: Mapping[Key, Key]) -> list[Follower]:
    """The constraints of renamed tables, and over renamed columns, that nobody but the server has named.

    :param comparison: one whose database side has the new names of tables and columns.
    :param keys: the new keys of renamed tables and columns, by the old ones.
    """
    before = comparison.before
    former = {new: old for old, new in keys.items()}
    of_tables = dict.fromkeys(new.of_table for new in former)
    said = {(state.key.schema, name_of(state)) for state in comparison.after.objects.values() if not state.unnamed}
    taken = {(state.key.schema, name) for state in before.objects.values() if (name := name_of(state))}
    found = []
    for state in (state for table in of_tables for state in before.parts(table)):
        old = name_of(state)
        new = None if old is None else new_name(state, old, before, former)
        if old is None or new is None or (state.key.schema, old) in said or (state.key.schema, new) in taken:
            continue
        taken.add((state.key.schema, new))
        found.append(Follower(state.key.of_table, old, new))
    return found


def new_name(state: State, name: str, before: Snapshot, former: Mapping[Key, Key]) -> str | None:
    """What the server would call a constraint now, if its name is what it called it before; None if that is the same."""
    parts = parts_of_name(state, before)
    if parts is None or state.key.kind not in CONSTRAINTS:
        return None
    table = state.key.of_table
    columns = [former_name(Key("column", table.schema, table.table, name), former) for name in parts[0]]
    for word in islice(numbered(parts[1]), NUMBERS):
        old = object_name(str(former.get(table, table).table), "_".join(columns) or None, word)
        if old == name:
            new = object_name(str(table.table), "_".join(parts[0]) or None, word)
            return new if new != old else None
    return None


def former_name(column: Key, former: Mapping[Key, Key]) -> str:
    return str(former.get(column, column).name)


def followed(comparison: Comparison, found: list[Follower]) -> Comparison:
    """The comparison with the new names of constraints."""
    names = {(table, old): new for table, old, new in found}
    before = Snapshot.of(
        (called(state, names) for state in comparison.before.objects.values()),
        comparison.before.server,
        canonical=comparison.before.canonical,
    )
    # An unnamed primary key of the models has the name that it has in the database.
    unnamed = (state for state in comparison.after.of_class(PrimaryKeyState) if state.unnamed)
    after = {state.key: called(state, names) for state in unnamed}
    return replace(
        comparison, before=before, after=replace(comparison.after, objects={**comparison.after.objects, **after})
    )


def called(state: State, names: Mapping[tuple[Key, str], str]) -> State:
    old = name_of(state) if state.key.table is not None and state.key.kind in CONSTRAINTS else None
    name = None if old is None else names.get((state.key.of_table, old))
    if name is None:
        return state
    return state.but(name=name) if isinstance(state, PrimaryKeyState) else state.but(key=state.key._replace(name=name))
