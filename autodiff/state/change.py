"""One difference: an object before (in the database) and after (in the models)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from autodiff.state.key import Key
from autodiff.state.state import State

S_co = TypeVar("S_co", bound=State, covariant=True)
Verb = Literal["add", "drop", "alter"]


@dataclass(frozen=True)
class Change(Generic[S_co]):
    """:param before: the state in the database; None where the object is added.
    :param after: the state in the models; None where it is dropped.
    """

    before: S_co | None
    after: S_co | None

    @property
    def key(self) -> Key:
        state = self.after or self.before
        assert state is not None, "a change has a side"
        return state.key

    @property
    def kind(self) -> str:
        return self.key.kind

    @property
    def verb(self) -> Verb:
        return "add" if self.before is None else "drop" if self.after is None else "alter"

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that differ; empty for an added or dropped object."""
        return self.before.differing(self.after) if self.before is not None and self.after is not None else ()

    def swapped(self) -> Change[S_co]:
        """The same difference seen from the other side, as a downgrade sees it."""
        return Change(self.after, self.before)
