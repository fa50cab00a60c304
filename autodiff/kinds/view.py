"""Views (and triggers, policies, rules), as far as they stand in the way of changes: not compared, but made again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.data_ops import SqlOp
from autodiff.state import Change, Key, Snapshot, State
from autodiff.state.state import frozen


@frozen
class ViewState(State):
    """:param drop: the statement that drops it.
    :param definition: the statements that make it again, with its indexes and comments.
    :param grants: the statements that give others their rights on it again; not compared.
    :param on: the table that it goes with.
    :param goes_along: it goes with a column that it uses, instead of holding it.
    """

    drop: str
    definition: tuple[str, ...]
    grants: tuple[str, ...] = field(default=(), compare=False)
    on: Key | None = field(default=None, compare=False)
    goes_along: bool = field(default=False, compare=False)


def went_along(state: State, snapshot: Snapshot) -> bool:
    """Has it gone with a column that the snapshot does not have?"""
    if not isinstance(state, ViewState) or not state.goes_along:
        return False
    return any(key.kind == "column" and key not in snapshot.objects for key in state.depends_on)


class Holders:
    """What keeps an object from being dropped: the server drops nothing that a view, or the like, uses."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._over: dict[Key, list[ViewState]] = {}
        for view in snapshot.of_class(ViewState):
            for key in view.depends_on if not view.goes_along else ():
                self._over.setdefault(key, []).append(view)

    def of(self, key: Key) -> list[ViewState]:
        return [view for view in self._over.get(key, ()) if view.on != key]


class ViewKind(Kind[ViewState]):
    name = "view"
    topic = "tables"

    def read(self, models: Models) -> Iterator[ViewState]:
        """None: the models' views are not compared."""
        return iter(())

    def steps(self, change: Change[ViewState], sides: Sides) -> Iterator[Step]:
        if change.before is not None:
            yield Step(SqlOp(change.before.drop), "drop", change.before)
        if change.after is not None:
            statements = (*change.after.definition, *change.after.grants)
            yield from (Step(SqlOp(statement), "create", change.after) for statement in statements)
