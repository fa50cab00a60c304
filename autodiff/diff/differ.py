"""The difference of two snapshots. Pure: no database, no models, no options."""

from __future__ import annotations

from dataclasses import replace

from autodiff.diff.pairing import paired
from autodiff.state import Change, Comparison, Later, Snapshot, State


def diff(before: Snapshot, after: Snapshot) -> list[Change[State]]:
    """What leads from `before` (the database) to `after` (the models), in the order of the models, drops last.

    :raises ValueError: a snapshot is not in canonical form, so that equality would mean nothing.
    """
    for side in (before, after):
        if not side.canonical:
            raise ValueError("only snapshots in canonical form can be compared")
    found, meant = before.objects, after.objects
    wanted = [
        Change(old, state) for key, state in meant.items() if (old := found.get(key)) is not state and old != state
    ]
    dropped = [Change(state, None) for key, state in found.items() if key not in meant]
    return [*wanted, *dropped]


def settled(comparison: Comparison) -> Comparison:
    """The comparison with the unnamed objects of both sides paired by definition."""
    before, after = comparison.before, comparison.after
    if comparison.is_unchanged:  # nobody may ever want to look
        return replace(comparison, after=Later(lambda: paired(before, after).objects, after.server, canonical=True))
    return replace(comparison, after=paired(before, after))
