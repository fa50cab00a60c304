"""Constraints and indexes that change nothing but their name: they are renamed, where the database can do that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.dialects.room import Room
from autodiff.diff.order import places
from autodiff.diff.pairing import same_definition
from autodiff.kinds import CheckState, ForeignKeyState, PrimaryKeyState
from autodiff.state import Change, Key, State

Renamed = dict[Key, Change[State]]
"""From what is there to what is wanted under another name, by the key of what is there."""


def without_renamed(changes: Sequence[Change[State]], room: Room) -> tuple[list[Change[State]], Renamed]:
    """The changes that are left, and the renames."""
    found = in_turn(dict(alike(changes, room.features.renamed)))
    if not found:
        return list(changes), {}
    before = {id(change.before) for change in found.values()}
    after = {id(change.after) for change in found.values()}
    left = (
        Change(
            None if id(change.before) in before else change.before,
            None if id(change.after) in after else change.after,
        )
        for change in changes
    )
    return [change for change in left if change.before is not None or change.after is not None], found


def alike(changes: Sequence[Change[State]], renamed: frozenset[str]) -> Iterator[tuple[Key, Change[State]]]:
    """What goes with what comes in its table under another name, and is the same otherwise."""
    of_kinds = [change for change in changes if change.kind in renamed]
    new: dict[tuple[str | None, ...], list[State]] = {}
    for state in (change.after for change in of_kinds):
        if state is not None and not state.unnamed:
            new.setdefault(state.key[:3], []).append(state)
    for old in (change.before for change in of_kinds):
        if old is None or old.unnamed:
            continue
        there = new.get(old.key[:3], [])
        same = next((state for state in there if is_same(old, state)), None)
        if same is not None:
            there.remove(same)
            yield old.key, Change(old, same)


def is_same(one: State, other: State) -> bool:
    if isinstance(one, (CheckState, ForeignKeyState)) and isinstance(other, (CheckState, ForeignKeyState)):
        one = one.but(options=other.options)  # of whether the rows were looked at, a name says nothing
    if isinstance(one, PrimaryKeyState) and isinstance(other, PrimaryKeyState):
        return one.name is not None and other.name is not None and one.but(name=other.name) == other
    return same_definition(one, other)


def in_turn(found: Renamed) -> Renamed:
    """Those that can be made one after the other: names that are exchanged go round in a circle."""
    left: dict[Key, tuple[set[Any], set[Any]]] = {}
    for key, change in found.items():
        assert change.before is not None, "a rename"
        assert change.after is not None, "a rename"
        frees, takes = set(places(change.before)), set(places(change.after))
        left[key] = frees - takes, takes - frees
    while left:
        freed = [frees for frees, _ in left.values()]
        free = [key for key, (_, takes) in left.items() if not any(takes & frees for frees in freed)]
        if not free:
            break
        for key in free:
            del left[key]
    return {key: change for key, change in found.items() if key not in left}
