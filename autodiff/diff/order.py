"""The order of steps: one dependency graph over all of them, rearranged as little as the database allows."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autodiff.kinds import (
    CheckState,
    ColumnState,
    ExcludeState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    UniqueState,
)
from autodiff.kinds.step import Step
from autodiff.state import Key, Snapshot, State
from autodiff.state.key import sort_key

_WORD = re.compile(r"\w+")


@dataclass
class Node:
    """Steps that stay together: one step, or all that happens to one table where a table is rebuilt as a whole."""

    steps: list[Step]
    rank: tuple[object, ...]
    before: Snapshot
    after: Snapshot

    def _made(self) -> Iterator[State]:
        for step in self.steps:
            if step.role != "drop":
                yield from (step.state, *step.also)

    def _unmade(self) -> Iterator[State]:
        for step in self.steps:
            if step.role == "drop":
                yield from (step.state, *step.also)

    @cached_property
    def makes(self) -> frozenset[Key]:
        return frozenset(state.key for state in self._made())

    @cached_property
    def unmakes(self) -> frozenset[Key]:
        return frozenset(state.key for state in self._unmade())

    @cached_property
    def alters(self) -> frozenset[Key]:
        return frozenset(step.before.key for step in self.steps if step.role == "alter" and step.before is not None)

    @cached_property
    def needs(self) -> frozenset[Key]:
        """What must be there, in its new form, before this."""
        return frozenset(key for state in self._made() for key in foundations(state, self.after)) - self.makes

    @cached_property
    def holds(self) -> frozenset[Key]:
        """What cannot go, or change, as long as this has not gone."""
        return frozenset(key for state in self._unmade() for key in foundations(state, self.before)) - self.unmakes

    @cached_property
    def let_go(self) -> frozenset[Key]:
        """What an altered object stood on before: it can go only afterwards."""
        states = (step.before for step in self.steps if step.role == "alter" and step.before is not None)
        return frozenset(key for state in states for key in foundations(state, self.before))

    @cached_property
    def frees(self) -> frozenset[tuple[str | None, ...]]:
        gone = {place for state in self._unmade() for place in places(state, self._names.get(state.key))}
        return frozenset(gone.union(*(places_left(step) for step in self.steps)))

    @cached_property
    def takes(self) -> frozenset[tuple[str | None, ...]]:
        return frozenset(place for state in self._made() for place in places(state, self._names.get(state.key)))

    @cached_property
    def _names(self) -> dict[Key, str]:
        """The names that the operations say: of what the models leave unnamed, the one that the server will give."""
        said = ((step.key, getattr(step.operation, "constraint_name", None)) for step in self.steps)
        return {key: str(name) for key, name in said if name is not None}


def foundations(state: State, snapshot: Snapshot) -> Iterator[Key]:
    """What a state stands on: what it says, the columns that its text names and their types, the key behind a foreign key."""
    for key in mentioned(state, snapshot):
        yield key
        column = snapshot.objects.get(key)
        if isinstance(column, ColumnState):
            # An enum that is made anew cannot take along an index or a check whose text compares with its labels.
            yield from (type_ for type_ in column.depends_on if type_.kind in ("enum", "domain"))


def mentioned(state: State, snapshot: Snapshot) -> Iterator[Key]:
    yield from state.depends_on
    text = expression_of(state)
    if text is not None:
        words = set(_WORD.findall(text))
        for column in snapshot.parts_of(state.key.of_table, ColumnState):
            if column.key != state.key and (column.key.name in words or str(column.key.name) in text):
                yield column.key
    if isinstance(state, ForeignKeyState):
        yield from backing_keys(state, snapshot)


def expression_of(state: State) -> str | None:
    """The SQL in which a state may name columns of its table."""
    if isinstance(state, CheckState):
        return state.condition.text
    if isinstance(state, ExcludeState):
        return state.definition.text
    if isinstance(state, IndexState):
        return " ".join(e.text for e in (*state.elements, *([state.where] if state.where else ())))
    if isinstance(state, ColumnState) and state.computed is not None:
        return state.computed.expression.text
    return None


def backing_keys(foreign_key: ForeignKeyState, snapshot: Snapshot) -> Iterator[Key]:
    """The primary key or unique that a foreign key refers to."""
    wanted = set(foreign_key.referred_columns)
    for part in snapshot.parts(foreign_key.referred):
        if isinstance(part, (PrimaryKeyState, UniqueState)) and set(part.columns) == wanted:
            yield part.key
        if isinstance(part, IndexState) and part.unique and len(part.elements) == len(wanted):
            yield part.key


def places(state: State, said: str | None = None) -> Iterator[tuple[str | None, ...]]:
    """The names that an object occupies, so that another of that name must wait.

    :param said: the name that its operation says.
    """
    key = state.key if said is None or state.key.name is None else state.key._replace(name=said)
    if key.kind in ("table", "sequence", "index"):
        yield ("relation", key.schema, key.name or key.table)
    if key.kind in ("unique", "exclude"):
        yield ("relation", key.schema, key.name)
    if isinstance(state, PrimaryKeyState) and state.name is not None:
        yield ("relation", key.schema, state.name)
    if isinstance(state, PrimaryKeyState):
        yield ("primary key", key.schema, key.table)
    if key.table is not None and key.kind != "table":
        yield ("part", key.schema, key.table, "column" if key.kind == "column" else "constraint", key.name)
    if key.kind in ("enum", "domain"):
        yield ("relation", key.schema, key.name)


def places_left(step: Step) -> set[tuple[str | None, ...]]:
    """The names that an object no longer has once it is altered."""
    if step.before is None or step.role != "alter":
        return set()
    return set(places(step.before)) - set(places(step.state))


def in_order(
    nodes: Sequence[Node], more: Callable[[Sequence[Node]], Iterable[tuple[int, int]]] | None = None
) -> list[Node]:
    """Nodes by rank, moved only where one must wait for another.

    :param more: edges of the dialect, as pairs of positions in `nodes`.
    """
    nodes = sorted(nodes, key=lambda node: node.rank)
    followers: dict[int, set[int]] = defaultdict(set)
    for first, then in [*edges(nodes), *(more(nodes) if more else ())]:
        if first != then:
            followers[first].add(then)
    waiting = [0] * len(nodes)
    for then in (then for thens in followers.values() for then in thens):
        waiting[then] += 1
    return [nodes[position] for position in drained(waiting, followers)]


def drained(waiting: list[int], followers: dict[int, set[int]]) -> Iterator[int]:
    """Positions in topological order, the lowest first; a cycle is left at its lowest member."""
    ready = [position for position, count in enumerate(waiting) if count == 0]
    left = set(range(len(waiting)))
    while left:
        position = heapq.heappop(ready) if ready else lowest_in_a_cycle(left, followers)
        if position not in left:
            continue
        left.discard(position)
        yield position
        for then in followers.get(position, ()):
            waiting[then] -= 1
            if waiting[then] == 0:
                heapq.heappush(ready, then)


def lowest_in_a_cycle(left: set[int], followers: dict[int, set[int]]) -> int:
    """The lowest member of a cycle, each position of which waits for another one that is left."""
    leaders: dict[int, int] = {}
    for position in sorted(left, reverse=True):
        leaders.update((then, position) for then in followers.get(position, ()))
    path: dict[int, None] = {}
    position = min(left)
    while position not in path:
        path[position] = None
        position = leaders[position]
    way = list(path)
    return min(way[way.index(position) :])


def edges(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Pairs (first, then) of positions."""
    makers, droppers, alterers = index(nodes, "makes"), index(nodes, "unmakes"), index(nodes, "alters")
    freers = index(nodes, "frees")
    for position, node in enumerate(nodes):
        for key in node.needs:
            yield from ((maker, position) for maker in makers.get(key, ()))
        for key in node.holds:
            yield from ((position, dropper) for dropper in (*droppers.get(key, ()), *alterers.get(key, ())))
        for key in node.let_go:
            yield from ((position, dropper) for dropper in droppers.get(key, ()))
        for place in node.takes:
            yield from ((freer, position) for freer in freers.get(place, ()))


def index(nodes: Sequence[Node], attribute: str) -> dict[object, list[int]]:
    found: dict[object, list[int]] = defaultdict(list)
    for position, node in enumerate(nodes):
        for key in getattr(node, attribute):
            found[key].append(position)
    return found


def postorder(keys: Sequence[Key], refers: dict[Key, set[Key]]) -> list[Key]:
    """Keys so that each comes after those it refers to, cycles aside; otherwise in the given order."""
    done: dict[Key, None] = {}
    begun: set[Key] = set()
    for root in keys:
        stack = [(root, iter(sorted(refers.get(root, ()), key=sort_key)))]
        if root in begun:
            continue
        begun.add(root)
        while stack:
            key, rest = stack[-1]
            following = next((k for k in rest if k not in begun), None)
            if following is None:
                done[key] = None
                stack.pop()
            else:
                begun.add(following)
                stack.append((following, iter(sorted(refers.get(following, ()), key=sort_key))))
    wanted = set(keys)
    return [key for key in done if key in wanted]
