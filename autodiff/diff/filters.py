"""What the user does not want to hear of: filters take changes away, they never bend the comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from autodiff.diff.pairing import called
from autodiff.kinds import ColumnState
from autodiff.kinds.step import Side
from autodiff.reflect.compare import NAME_KINDS, STAND_ALONE, needed_by
from autodiff.state import Change, Key, Sql, State

ObjectFilter = Callable[[Any, str | None, str, bool, Any], bool]

# The words of `include_object`, by kind.
OBJECT_KINDS = {kind: word for kind, word in NAME_KINDS.items() if kind != "schema"}


@dataclass(frozen=True)
class Wishes:
    """The filters of `context.configure(...)`.

    :param include_object: called with object, name, kind, whether it comes from the database, and its counterpart.
    :param compare_type: False, or a function (context, database column, model column, their types) that answers True
        (they differ), False (they do not) or None (judge yourself).
    :param compare_server_default: likewise, with the two defaults.
    :param context: what these functions get as their first argument.
    """

    include_object: Sequence[ObjectFilter] = ()
    compare_type: Any = True
    compare_server_default: Any = True
    context: Any = None


def filtered(
    changes: Sequence[Change[State]],
    wishes: Wishes,
    before: Side,
    after: Side,
    companions: Mapping[Key, Key] = MappingProxyType({}),
) -> list[Change[State]]:
    """The changes that the wishes leave.

    :param companions: indexes that the database makes for foreign keys: who does not hear of one hears not of the other.
    """
    seen = (politely(change, wishes, before, after) for change in with_custom_answers(changes, wishes, before, after))
    kept = [change for change in seen if change is not None]
    if not wishes.include_object:
        return kept
    tables: dict[Key, bool] = {}
    left = [change for change in kept if wanted(change, wishes, before, after, tables)]
    unheard = {change.key for change in kept} - {change.key for change in left}
    if not unheard:
        return left
    left = [change for change in left if companions.get(change.key) not in unheard]
    needed = still_needed(left, before)
    return [change for change in left if not (change.after is None and change.key in needed)]


def still_needed(changes: Sequence[Change[State]], before: Side) -> set[Key]:
    """The types and sequences that something of the database stands on after the changes."""
    becomes = {change.key: change.after for change in changes if change.kind not in STAND_ALONE}
    staying = (becomes.get(key, state) for key, state in before.snapshot.objects.items() if key[0] not in STAND_ALONE)
    needed = needed_by((state for state in staying if state is not None), before.snapshot)
    return {key for key in needed if key[0] in STAND_ALONE}


def politely(change: Change[State], wishes: Wishes, before: Side, after: Side) -> Change[State] | None:
    """An altered column without the differences that nobody asked for; None if nothing is left."""
    if not isinstance(change.before, ColumnState) or not isinstance(change.after, ColumnState):
        return change
    old: ColumnState = change.before
    wanted: ColumnState = change.after
    new = wanted
    typed = {"type", "collation"} & set(change.fields)
    if typed and answer(wishes.compare_type, lambda ask: asked_type(ask, wishes, old, wanted, before, after)) is False:
        new = replace(new, type=old.type, collation=old.collation)
    defaulted = "default" in change.fields
    if (
        defaulted
        and answer(wishes.compare_server_default, lambda ask: asked_default(ask, wishes, old, wanted, before, after))
        is False
    ):
        new = replace(new, default=old.default)
    if new is change.after:
        return change
    return None if new == old else replace(change, after=new)


def answer(wish: Any, ask: Callable[[Callable[..., Any]], Any]) -> Any:
    return ask(wish) if callable(wish) else bool(wish)


def asked_type(ask: Callable[..., Any], wishes: Wishes, old: State, new: State, before: Side, after: Side) -> Any:
    was, is_ = before.thing(old), after.thing(new)
    return ask(wishes.context, was, is_, was.type, is_.type)


def asked_default(ask: Callable[..., Any], wishes: Wishes, old: State, new: State, before: Side, after: Side) -> Any:
    assert isinstance(old, ColumnState)
    assert isinstance(new, ColumnState)
    texts = [None if default is None else default.text for default in (old.default, new.default)]
    is_ = after.thing(new)
    model_default = None if is_.server_default is None else is_.server_default.arg
    return ask(wishes.context, before.thing(old), is_, texts[0], model_default, texts[1])


def with_custom_answers(
    changes: Sequence[Change[State]], wishes: Wishes, before: Side, after: Side
) -> Iterator[Change[State]]:
    """The changes, and those that a user's own comparison sees where ours sees none."""
    yield from changes
    if not callable(wishes.compare_type) and not callable(wishes.compare_server_default):
        return
    known = {change.key for change in changes}
    for new in after.snapshot.of_class(ColumnState):
        old = before.snapshot.get(new.key)
        if new.key in known or not isinstance(old, ColumnState):
            continue
        marked = old
        if callable(wishes.compare_type) and asked_type(wishes.compare_type, wishes, old, new, before, after):
            marked = replace(marked, type=_other(old.type))
        if (old.default or new.default) and callable(wishes.compare_server_default):
            different = asked_default(wishes.compare_server_default, wishes, old, new, before, after)
            marked = replace(marked, default=old.default and _other(old.default)) if different else marked
        if marked != old:
            yield Change(marked, new)


def _other(sql: Sql) -> Sql:
    """The same text, unequal to everything: the user's word counts more than ours."""
    return Sql(sql.text, f"{sql.canonical} (different by compare_…)")


def wanted(change: Change[State], wishes: Wishes, before: Side, after: Side, tables: dict[Key, bool]) -> bool:
    """Do the object and the table that it belongs to pass `include_object`?"""
    if change.key.table is not None:
        table = change.key.of_table
        if table not in tables:
            tables[table] = passes(table, wishes, before, after)
        if not tables[table]:
            return False
    return change.kind == "table" or passes(change.key, wishes, before, after)


def passes(key: Key, wishes: Wishes, before: Side, after: Side) -> bool:
    word = OBJECT_KINDS.get(key.kind)
    if word is None:
        return True
    old, new = before.snapshot.get(key), after.snapshot.get(key)
    was = None if old is None else thing(before, old)
    is_ = None if new is None else thing(after, new)
    state = new or old
    name = key.name if state is None else own_name(state)
    given = (is_, name, word, False, was) if is_ is not None else (was, name, word, True, None)
    return all(include(*given) for include in wishes.include_object)


def own_name(state: State) -> str | None:
    """The name that the object has; None for an unnamed one, whose key holds its place in the table."""
    return state.key.table if state.key.kind == "table" else called(state)


def thing(side: Side, state: State) -> Any:
    return side.table(state.key) if state.key.kind == "table" else side.thing(state)
