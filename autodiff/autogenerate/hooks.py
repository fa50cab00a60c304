"""What a third-party dialect's impl says of differences: its `compare_…` and `correct_…` methods, where it has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKeyConstraint

from autodiff.kinds.step import Side
from autodiff.state import Change, Key, State

#: Which method is asked of which kind of object.
_COMPARING = {"index": "compare_indexes", "unique": "compare_unique_constraint", "check": "compare_check_constraint"}


def own(impl: Any, name: str) -> Callable[..., Any] | None:
    """A method of an impl, if a class outside of autodiff defines it."""
    method = getattr(impl, name, None)
    function = getattr(method, "__func__", method)
    module = str(getattr(function, "__module__", "autodiff"))
    return None if method is None or module.split(".")[0] == "autodiff" else method


def type_wish(opts: Mapping[str, Any], impl: Any) -> Any:
    """The wish about types: the user's, and where that leaves it open, the dialect's."""
    wish = opts.get("compare_type", True)
    hook = own(impl, "compare_type")
    if hook is None or not wish:
        return wish

    def ask(context: Any, inspected: Any, wanted: Any, inspected_type: Any, wanted_type: Any) -> Any:
        said = wish(context, inspected, wanted, inspected_type, wanted_type) if callable(wish) else None
        return hook(inspected, wanted) if said is None else said

    return ask


def default_wish(opts: Mapping[str, Any], impl: Any) -> Any:
    """The wish about server defaults: the user's, and where that leaves it open, the dialect's."""
    wish = opts.get("compare_server_default")
    wish = True if wish is None else wish
    hook = own(impl, "compare_server_default")
    if hook is None or not wish:
        return wish

    def ask(context: Any, inspected: Any, wanted: Any, found: Any, default: Any, rendered: Any) -> Any:
        said = wish(context, inspected, wanted, found, default, rendered) if callable(wish) else None
        return hook(inspected, wanted, rendered, found) if said is None else said

    return ask


def heeded(changes: Sequence[Change[State]], impl: Any, before: Side, after: Side) -> list[Change[State]]:
    """The changes without those of indexes and constraints that the dialect calls equal, or cannot judge."""
    hooks = {kind: hook for kind, name in _COMPARING.items() if (hook := own(impl, name)) is not None}
    return [change for change in changes if not _is_equal(change, hooks.get(change.kind), before, after)]


def _is_equal(change: Change[State], hook: Callable[..., Any] | None, before: Side, after: Side) -> bool:
    if hook is None or change.before is None or change.after is None:
        return False
    result = hook(after.thing(change.after), before.thing(change.before))
    return bool(result.is_equal or result.is_skip)


def corrected(changes: Sequence[Change[State]], impl: Any, before: Side, after: Side) -> list[Change[State]]:
    """The changes that are left when the dialect has taken out of both sides what its database reports otherwise."""
    left = list(changes)
    for name, kinds in _CORRECTING.items():
        if (hook := own(impl, name)) is not None:
            tables = dict.fromkeys(change.key.of_table for change in left if change.kind in kinds)
            for table in (key for key in tables if key in before.snapshot.objects and key in after.snapshot.objects):
                left = _corrected(left, hook, table, kinds, before, after)
    return left


#: Which method corrects the sets of which kinds: those of the database first, then those of the models.
_CORRECTING = {
    "correct_for_autogen_constraints": ("unique", "index"),
    "correct_for_autogen_foreignkeys": ("foreign_key",),
}


def _corrected(
    changes: Sequence[Change[State]],
    hook: Callable[..., Any],
    table: Key,
    kinds: tuple[str, ...],
    before: Side,
    after: Side,
) -> list[Change[State]]:
    there, wanted = (_things(side, table, kinds) for side in (before, after))
    sets = [{things[key] for key in things if key.kind == kind} for things in (there, wanted) for kind in kinds]
    hook(*sets)
    kept = set[Any]().union(*sets)
    found: list[Change[State]] = []
    for change in changes:
        if change.key.of_table != table or change.kind not in kinds:
            found.append(change)
            continue
        old = change.before if change.before is not None and there.get(change.before.key) in kept else None
        new = change.after if change.after is not None and wanted.get(change.after.key) in kept else None
        alike = old is not None and new is not None and _alike(there[old.key], wanted[new.key])
        if (old is not None or new is not None) and not alike:
            found.append(Change(old, new))
    return found


def _things(side: Side, table: Key, kinds: tuple[str, ...]) -> dict[Key, Any]:
    return {state.key: side.thing(state) for state in side.snapshot.parts(table) if state.key.kind in kinds}


def _alike(one: Any, other: Any) -> bool:
    """Has the dialect given both foreign keys the same options?"""
    if not isinstance(one, ForeignKeyConstraint) or not isinstance(other, ForeignKeyConstraint):
        return False
    first, second = (
        [
            fk.column_keys,
            [element.target_fullname for element in fk.elements],
            *(str(option or "").upper() for option in (fk.onupdate, fk.ondelete, fk.initially)),
            bool(fk.deferrable),
        ]
        for fk in (one, other)
    )
    return first == second
