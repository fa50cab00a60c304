"""What a third-party dialect's impl says of differences: its `compare_…` methods are asked where it has some of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodiff.kinds.step import Side
from autodiff.state import Change, State

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
