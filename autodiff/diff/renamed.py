"""Constraints and indexes that stay, and get another name or comment, as long as nothing is in their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.dialects.room import Room
from autodiff.diff.order import places
from autodiff.diff.pairing import same_definition
from autodiff.kinds import ConstraintState, PrimaryKeyState
from autodiff.kinds.step import Sides
from autodiff.state import Change, Key, State

Staying = dict[Key, Change[State]]
"""From what is there to what is wanted of it, by the key of what is there."""


def without_staying(changes: Sequence[Change[State]], sides: Sides, room: Room) -> tuple[list[Change[State]], Staying]:
    """The changes that are left, and those of a name or a comment alone."""
    same = alike(changes, room.features.renamed)
    found = in_turn({key: change for key, change in same if room.can_be_renamed(change, sides)})
    rest = without(changes, list(found.values()))
    commented = {change.key: change for change in rest if is_commented(change)}
    return [change for change in rest if change.key not in commented], {**found, **commented}


def without(changes: Sequence[Change[State]], renames: Sequence[Change[State]]) -> Sequence[Change[State]]:
    """The changes without what goes and what comes by renames; of two that share a name, the other's half is left."""
    before = {id(rename.before) for rename in renames}
    after = {id(rename.after) for rename in renames}
    left = []
    for change in changes if renames else ():
        old = None if id(change.before) in before else change.before
        new = None if id(change.after) in after else change.after
        if old is not None or new is not None:
            left.append(Change(old, new))
    return left if renames else changes


def is_commented(change: Change[State]) -> bool:
    """Does a constraint change nothing but its comment?"""
    return isinstance(change.before, ConstraintState) and change.fields == ("comment",)


def alike(changes: Sequence[Change[State]], renamed: frozenset[str]) -> Iterator[tuple[Key, Change[State]]]:
    """What goes, with what comes in its table under another name, and is the same otherwise."""
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
    if isinstance(one, PrimaryKeyState) and isinstance(other, PrimaryKeyState):
        return one.name is not None and other.name is not None and one.but(name=other.name) == other
    return same_definition(one, other)


def in_turn(found: Staying) -> Staying:
    """Those that can be made one after the other: names that are exchanged go round in a circle."""
    left: dict[Key, tuple[set[Any], set[Any]]] = {}
    for key, change in found.items():
        assert change.before is not None, "a rename"
        assert change.after is not None, "a rename"
        frees, takes = taken(change.before), taken(change.after)
        left[key] = frees - takes, takes - frees
    while left:
        freed = [frees for frees, _ in left.values()]
        free = [key for key, (_, takes) in left.items() if not any(takes & frees for frees in freed)]
        if not free:
            break
        for key in free:
            del left[key]
    return {key: change for key, change in found.items() if key not in left}


def taken(state: State) -> set[Any]:
    """The places of an object, without the case of their names, which only some databases tell apart."""
    return {tuple(word and word.lower() for word in place) for place in places(state)}
