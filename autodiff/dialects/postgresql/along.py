"""Columns that are moved off a domain and back onto it when it is made anew: what is left of their own change."""

from __future__ import annotations

from autodiff.dialects.postgresql.generated import is_type_made_anew
from autodiff.kinds import ColumnState, DomainState
from autodiff.kinds.step import Sides
from autodiff.state import Change, Key


def left_of(change: Change[ColumnState], sides: Sides) -> Change[ColumnState] | None:
    """The change of a column that comes back onto its domain as it is wanted; None for one that stays where it is.

    See `kinds.domain.step_on`: the type, the collation and the default come with the domain.
    """
    before, after = change.before, change.after
    if before is None or after is None or before.computed is not None or after.computed is not None:
        return None
    domains = frozenset(key for key in before.depends_on & after.depends_on if goes_for_a_moment(key, sides))
    if not domains:
        return None
    needs = after.depends_on - domains
    moved = before.but(type=after.type, collation=after.collation, default=after.default, depends_on=needs)
    return Change(moved, after)


def goes_for_a_moment(domain: Key, sides: Sides) -> bool:
    """Is it a domain that is made anew, or that stands on a type that is?"""
    before = sides.before.snapshot
    change = Change(before.get(domain), sides.after.snapshot.get(domain))
    if not isinstance(change.before, DomainState) or change.after is None:
        return False
    under = (key for key in change.before.depends_on if key.kind in ("enum", "domain"))
    return is_type_made_anew(change, before) or any(is_made_anew(key, sides) for key in under)


def is_made_anew(type_: Key, sides: Sides) -> bool:
    before, after = sides.before.snapshot, sides.after.snapshot
    return goes_for_a_moment(type_, sides) or is_type_made_anew(Change(before.get(type_), after.get(type_)), before)
