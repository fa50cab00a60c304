"""Orders that only PostgreSQL needs of a plan: foreign keys and the keys that go, LOGGED and UNLOGGED, names of sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from autodiff.dialects.postgresql.names import object_name
from autodiff.kinds import (
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
)
from autodiff.kinds.step import Step
from autodiff.state import Key, Snapshot, State


class Node(Protocol):
    """What is asked of a node of the plan (`diff.order.Node`)."""

    steps: list[Step]
    before: Snapshot
    after: Snapshot

    @property
    def needs(self) -> frozenset[Key]:
        """What must be there before this."""

    @property
    def holds(self) -> frozenset[Key]:
        """What cannot change as long as this has not gone."""


def edges(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Pairs (first, then) of positions in `nodes`."""
    yield from behind_keys_that_go(nodes)
    yield from logged_in_turn(nodes)
    yield from expressions_that_go(nodes)
    yield from names_of_sequences(nodes)


def behind_keys_that_go(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """A foreign key comes when the other keys over its target have gone: it would hold on to one of them (2BP01).

    (The server takes the first unique index over the columns that it finds.)
    """
    going: dict[Key, list[tuple[int, frozenset[str]]]] = {}
    for position, state in unmade(nodes):
        columns = key_columns(state)
        if columns:
            going.setdefault(state.key.of_table, []).append((position, columns))
    if not going:
        return
    for position, state in made(nodes):
        if isinstance(state, ForeignKeyState):
            wanted = frozenset(state.referred_columns)
            yield from ((first, position) for first, columns in going.get(state.referred, ()) if columns == wanted)


def key_columns(state: State) -> frozenset[str]:
    """The columns of a key that a foreign key can stand on; none of anything else."""
    if isinstance(state, (PrimaryKeyState, UniqueState)):
        return frozenset(state.columns)
    if isinstance(state, IndexState) and state.unique:
        return frozenset(str(key.name) for key in state.depends_on if key.kind == "column")
    return frozenset()


def expressions_that_go(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """The type of a column changes when the expressions over it have gone (0A000)."""
    going: dict[Key, list[int]] = {}
    for position, node in enumerate(nodes):
        for step in node.steps:
            old, new = step.before, step.state
            if isinstance(old, ColumnState) and isinstance(new, ColumnState) and old.computed and not new.computed:
                for key in old.depends_on:
                    going.setdefault(key, []).append(position)
    if not going:
        return
    for position, node in enumerate(nodes):
        for step in node.steps:
            if step.role == "alter" and isinstance(step.state, ColumnState):
                yield from ((first, position) for first in going.get(step.key, ()))


def names_of_sequences(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """A column gets a sequence of its own when no other has its name any more, and lets its own go before another gets it."""
    going = sequences_by_name(unmade(nodes))
    coming = sequences_by_name(made(nodes))
    for position, node in enumerate(nodes) if going or coming else ():
        for step in node.steps:
            before, after = owned_sequences([step.before]), owned_sequences([step.state, *step.also])
            before, after = (after, set()) if step.role == "drop" else (before, after)
            yield from ((going[name], position) for name in after - before if name in going)
            yield from ((position, coming[name]) for name in before - after if name in coming)


def sequences_by_name(found: Iterable[tuple[int, State]]) -> dict[tuple[str | None, str], int]:
    return {
        (state.key.schema, str(state.key.name)): place for place, state in found if isinstance(state, SequenceState)
    }


def owned_sequences(states: Iterable[State | None]) -> set[tuple[str | None, str]]:
    """What the server calls the sequences of columns that are SERIAL or IDENTITY."""
    columns = (state for state in states if isinstance(state, ColumnState) and (state.autoincrement or state.identity))
    return {(key.schema, object_name(str(key.table), str(key.name), "seq")) for key in (c.key for c in columns)}


def logged_in_turn(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """No logged table refers to an unlogged one: the one that is referred to becomes LOGGED first, and UNLOGGED last."""
    becoming: dict[Key, tuple[int, bool]] = {}
    for position, node in enumerate(nodes):
        for step in node.steps:
            if isinstance(step.before, TableState) and isinstance(step.state, TableState):
                before, after = is_unlogged(step.before), is_unlogged(step.state)
                if before != after:
                    becoming[step.key] = (position, after)
    if not becoming:
        return
    for foreign_key in {*nodes[0].before.of_class(ForeignKeyState), *nodes[0].after.of_class(ForeignKeyState)}:
        one, other = becoming.get(foreign_key.key.of_table), becoming.get(foreign_key.referred)
        if one is not None and other is not None and one[1] == other[1]:
            yield (one[0], other[0]) if one[1] else (other[0], one[0])
    for position, state in unmade(nodes):
        yield from ((position, turn) for turn, _ in turns_at(state, becoming))
    for position, state in made(nodes):
        yield from ((turn, position) for turn, _ in turns_at(state, becoming))


def turns_at(state: State, becoming: dict[Key, tuple[int, bool]]) -> Iterable[tuple[int, bool]]:
    """The turns of the tables at both ends of a foreign key."""
    if not isinstance(state, ForeignKeyState):
        return ()
    return [becoming[table] for table in {state.key.of_table, state.referred} if table in becoming]


def is_unlogged(table: TableState) -> bool:
    return "UNLOGGED" in dict(table.options).get("prefixes", "")


def made(nodes: Sequence[Node]) -> Iterator[tuple[int, State]]:
    """What steps make, each with the step's position."""
    return _states(nodes, ("create", "alter"))


def unmade(nodes: Sequence[Node]) -> Iterator[tuple[int, State]]:
    return _states(nodes, ("drop",))


def _states(nodes: Sequence[Node], roles: tuple[str, ...]) -> Iterator[tuple[int, State]]:
    for position, node in enumerate(nodes):
        for step in node.steps:
            if step.role in roles:
                yield from ((position, state) for state in (step.state, *step.also))
