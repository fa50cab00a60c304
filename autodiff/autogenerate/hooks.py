"""What a third-party dialect's impl says of differences: its own `compare_…` and `correct_for_autogen_…` methods are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.types import NullType

from autodiff.ddl.impl import has_own, own
from autodiff.kinds.step import Side
from autodiff.operations.schemaobj import target_of
from autodiff.state import Change, Key, State

#: Which method is asked of which kind of object.
_COMPARING = {"index": "compare_indexes", "unique": "compare_unique_constraint", "check": "compare_check_constraint"}

#: By these a dialect says which types are the same, beside `compare_type`.
_WORDS_OF_TYPES = (
    "type_synonyms",
    "type_arg_extract",
    "_tokenize_column_type",
    "_column_types_match",
    "_column_args_match",
)


def type_wish(opts: Mapping[str, Any], impl: Any) -> Any:
    """The wish about types: the user's, and where that leaves it open, the dialect's."""
    wish = opts.get("compare_type", True)
    hook = own(impl, "compare_type") or _alike(impl)
    if hook is None or not wish:
        return wish

    def ask(context: Any, inspected: Any, wanted: Any, inspected_type: Any, wanted_type: Any) -> Any:
        said = wish(context, inspected, wanted, inspected_type, wanted_type) if callable(wish) else None
        is_told = said is not None or isinstance(inspected_type, NullType)  # which no dialect has words for
        return said if is_told else hook(inspected, wanted)

    return ask


def _alike(impl: Any) -> Callable[..., Any] | None:
    """Asks a dialect that has words of its own for the same type: it may call two types equal, and no more."""
    if not any(has_own(impl, name) for name in _WORDS_OF_TYPES):
        return None
    return lambda inspected, wanted: None if impl.compare_type(inspected, wanted) else False


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
    """The changes without those that the dialect corrects: what its database reports twice, or in other words."""
    taken: set[Key] = set()
    for name, kinds, ask in _CORRECTING:
        hook = own(impl, name)
        tables = {change.key.of_table for change in changes if change.kind in kinds} if hook is not None else set()
        for table in sorted(table for table in tables if before.snapshot.get(table) and after.snapshot.get(table)):
            taken.update(ask(hook, table, before, after))
    return [change for change in changes if change.key not in taken]


def _taken_out(hook: Callable[..., Any], table: Key, before: Side, after: Side) -> Iterator[Key]:
    """Unique constraints and indexes that the method takes out of its sets."""
    given = [_things(side, table, kind) for side in (before, after) for kind in ("unique", "index")]
    kept = [set(things) for things in given]
    hook(*kept)
    for things, left in zip(given, kept, strict=True):
        yield from (key for thing, key in things.items() if thing not in left)


def _made_alike(hook: Callable[..., Any], table: Key, before: Side, after: Side) -> Iterator[Key]:
    """Foreign keys that the method takes out of its sets, and those that are the same once it has rewritten them."""
    given = found, wanted = _things(before, table, "foreign_key"), _things(after, table, "foreign_key")
    kept = set(found), set(wanted)
    hook(*kept)
    for things, left in zip(given, kept, strict=True):
        yield from (key for thing, key in things.items() if thing not in left)
    for one, key in found.items():
        for other, other_key in wanted.items():
            if _meaning(one) == _meaning(other) and (one.name == other.name or None in (one.name, other.name)):
                yield from (key, other_key)


def _things(side: Side, table: Key, kind: str) -> dict[Any, Key]:
    """SQLAlchemy's objects of a kind in a table."""
    return {side.thing(state): state.key for state in side.snapshot.parts(table) if state.key.kind == kind}


def _meaning(key: ForeignKeyConstraint) -> tuple[Any, ...]:
    targets = [target_of(element) for element in key.elements]
    actions = [action and action.upper() for action in (key.ondelete, key.onupdate, key.initially)]
    return key.column_keys, targets, actions, bool(key.deferrable)


#: Which method corrects which kinds of objects.
_CORRECTING: tuple[tuple[str, frozenset[str], Callable[..., Iterator[Key]]], ...] = (
    ("correct_for_autogen_constraints", frozenset({"unique", "index"}), _taken_out),
    ("correct_for_autogen_foreignkeys", frozenset({"foreign_key"}), _made_alike),
)
