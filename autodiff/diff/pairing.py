"""Which unnamed object of the models is which object of the database: those with the same definition are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autodiff.state import Key, Snapshot, State
from autodiff.state.key import sort_key


def paired(before: Snapshot, after: Snapshot) -> Snapshot:
    """`after` with each unnamed object under the key of its equal in `before`, where there is one.

    Named objects are paired by name and never looked at here, but for those whose name several of `before` have. An
    unnamed one takes an equal that is unnamed too, else one that the server seems to have named, else one whose name
    nobody in `after` claims. What finds no equal gets a placeholder that no object of `before` has.
    """
    moved: dict[Key, Key] = {}
    for group in groups(before, after):
        moved.update(settle(*group))
    if not moved:
        return after
    objects = dict(
        (moved[key], state.but(key=moved[key])) if key in moved else (key, state)
        for key, state in after.objects.items()
    )
    return Snapshot(objects, after.server, canonical=after.canonical)


def groups(before: Snapshot, after: Snapshot) -> Iterable[tuple[list[State], list[State], set[Key]]]:
    """By table and kind: the unclaimed of `before`, the unnamed of `after`, and the keys that names of `after` claim."""
    repeated = {state.key._replace(name=state.called) for state in before.objects.values() if state.called}
    unnamed = {key[:3] for key, state in after.objects.items() if state.unnamed and key.name is not None}
    places = unnamed | {key[:3] for key in repeated if key in after.objects}
    present, stated = _by_place(before, places), _by_place(after, places)
    for place, states in stated.items():
        wanted = [state for state in states if state.unnamed or state.key in repeated]
        claimed = {state.key for state in states if not state.unnamed}
        unclaimed = [state for state in present.get(place, ()) if state.key not in claimed]
        yield sorted(unclaimed, key=lambda s: (not s.unnamed, not s.server_named, sort_key(s.key))), wanted, claimed


Place = tuple[str, str | None, str | None]
"""A kind, and the table in which things of this kind may lack a name."""


def _by_place(snapshot: Snapshot, places: set[Place]) -> Mapping[Place, list[State]]:
    kinds = {kind for kind, _, _ in places}
    found: dict[Place, list[State]] = {}
    for key, state in snapshot.objects.items():
        if key[0] in kinds and key[:3] in places:
            found.setdefault(key[:3], []).append(state)
    return found


def settle(present: list[State], wanted: list[State], claimed: set[Key]) -> dict[Key, Key]:
    """New keys for the unnamed of one table and kind."""
    free = {state.key: state for state in present}
    moved: dict[Key, Key] = {}
    for state in wanted:
        alike = [key for key, other in free.items() if same_definition(other, state)]
        equal = min(alike, key=lambda key: called(free[key]) != called(state), default=None)
        if equal is not None:
            moved[state.key] = equal
            del free[equal]
    taken = {state.key for state in present} | claimed | set(moved.values())
    for state in wanted:
        if state.unnamed and state.key not in moved:
            moved[state.key] = unused(state.key, taken)
            taken.add(moved[state.key])
    return moved


def called(state: State) -> str | None:
    """The name of a part of a table; None for an unnamed one."""
    return state.called if state.unnamed else state.key.name


def same_definition(one: State, other: State) -> bool:
    return type(one) is type(other) and one.but(key=other.key) == other


def unused(key: Key, taken: set[Key]) -> Key:
    number = 1
    while key._replace(name=f"~{number}") in taken:
        number += 1
    return key._replace(name=f"~{number}")
