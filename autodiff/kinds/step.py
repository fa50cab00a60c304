"""The steps that a change means: operations, and what each makes, takes away or alters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from sqlalchemy import ClauseElement, Table

from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Key, Snapshot, State

Role = Literal["create", "drop", "alter"]


@dataclass(frozen=True)
class Step:
    """One operation with its place in the order.

    :param operation: the operation.
    :param role: whether it makes, drops or alters the object.
    :param state: the object that it makes (create, alter: as it is afterwards) or drops (as it was).
    :param before: for an altered object: as it was.
    """

    operation: MigrateOperation
    role: Role
    state: State
    before: State | None = None
    also: tuple[State, ...] = ()

    @property
    def key(self) -> Key:
        return self.state.key


class Side(Protocol):
    """One snapshot with its objects as SQLAlchemy has them."""

    snapshot: Snapshot

    def table(self, key: Key) -> Table:
        """The whole table of that key."""

    def thing(self, state: State) -> Any:
        """The column, constraint, index, enum or sequence of a state."""

    def name(self, state: State) -> str | None:
        """The name that the object has, or will have; None where it has none and none can be foretold."""

    def said(self, name: str) -> str:
        """A name as an operation has to say it, so that no naming convention is applied to it again."""


class Words(Protocol):
    """What a kind asks a dialect's room while it plans (see `dialects.room.Room`)."""

    def column_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step] | None:
        """The steps of a column's change, where this database needs its own; None for the usual ones."""

    def column_keywords_for(self, change: Change[Any], sides: Sides) -> dict[str, Any]:
        """Keywords that an `alter_column` needs here besides the usual ones (``postgresql_using`` …)."""

    def value_of_default(self, default: ClauseElement) -> ClauseElement | None:
        """What new rows get by a default of this expression, as a value of an UPDATE; None where that is no value."""

    def constraint_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step] | None:
        """The steps of a constraint's change, where this database needs its own; None for the usual ones."""

    def constraint_keywords(self, state: State) -> dict[str, Any]:
        """Keywords that an operation that adds a constraint needs besides those of the models' constraint."""

    def options_set_later(self, options: Any) -> dict[str, Any]:
        """Options of a new table that SQLAlchemy's `Table` does not take, and that are set once it is there."""

    def table_sql(self, table: Key) -> str | None:
        """The statement that makes a table of the database, keys included, for which SQLAlchemy has no words."""

    def with_table(self, table: Key) -> Iterable[Any]:
        """What goes with a table of the database, and comes back with it, although models have no words for it."""

    def index_sql(self, state: Any) -> str | None:
        """The statement that makes an index for which SQLAlchemy has no words; None for all others."""

    def goes_by_itself(self, state: State, sides: Sides) -> bool:
        """May an index that the plan drops be gone by then, because the database drops it on its own?"""

    def quoted(self, name: str) -> str:
        """A name as statements write it."""

    def enum_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step]:
        """The steps of a change of an enum's labels."""


@dataclass(frozen=True)
class Sides:
    """What a plan leads from and to, and the words of the database that it is for."""

    before: Side
    after: Side
    words: Words

    @cached_property
    def has_naming_convention(self) -> bool:
        """Do the models have a naming convention, which a script's run applies to what it leaves unnamed?"""
        states = (*self.before.snapshot.objects.values(), *self.after.snapshot.objects.values())
        sources = (state.source for state in states if state.key.kind == "table")
        metadata = next((table.metadata for table in sources if table is not None), None)
        return metadata is not None and bool(set(metadata.naming_convention) - {"ix"})
