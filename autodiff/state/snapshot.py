"""All states at one moment, and two of them made comparable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from autodiff.state.key import Key
from autodiff.state.server import Server
from autodiff.state.state import State

S = TypeVar("S", bound=State)


@dataclass(frozen=True)
class NotCompared:
    """Something that the comparison cannot answer for: it is said, never taken as equal.

    :param what: the object, in people's words (``"check ck_total of orders"``, ``"2 grants on orders"``).
    :param why: the reason: the server's error, or that autodiff does not cover it.
    :param key: the object's key, where it has one.
    """

    what: str
    why: str
    key: Key | None = None


@dataclass(frozen=True)
class Snapshot:
    """Objects by key. Iteration order is the order of creation for models, and of reading for databases.

    :param canonical: every `Sql` in it carries the database's own form; only such snapshots can be diffed.
    """

    objects: Mapping[Key, State]
    server: Server
    canonical: bool = False

    @classmethod
    def of(cls, states: Iterable[State], server: Server, *, canonical: bool = False) -> Snapshot:
        return cls({state.key: state for state in states}, server, canonical)

    def get(self, key: Key) -> State | None:
        return self.objects.get(key)

    def of_class(self, state_class: type[S]) -> Iterator[S]:
        found = self._of_classes.get(state_class)
        if found is None:
            found = tuple(state for state in self.objects.values() if isinstance(state, state_class))
            self._of_classes[state_class] = found
        return iter(found)  # type: ignore[arg-type]

    @cached_property
    def _of_classes(self) -> dict[type[State], tuple[State, ...]]:
        return {}

    @cached_property
    def _parts(self) -> Mapping[tuple[str | None, str | None], tuple[State, ...]]:
        """By schema and table."""
        parts: dict[tuple[str | None, str | None], list[State]] = {}
        for state in self.objects.values():
            kind, schema, table, _ = state.key
            if table is not None and kind != "table":
                parts.setdefault((schema, table), []).append(state)
        return {table: tuple(states) for table, states in parts.items()}

    def parts(self, table: Key) -> tuple[State, ...]:
        """The columns, constraints and indexes of a table."""
        return self._parts.get((table.schema, table.table), ())

    @cached_property
    def _referring(self) -> Mapping[Key, tuple[State, ...]]:
        """By the table that they refer to."""
        found: dict[Key, list[State]] = {}
        for state in self.objects.values():
            if state.key[0] == "foreign_key":
                found.setdefault(state.referred, []).append(state)  # type: ignore[attr-defined]
        return {table: tuple(states) for table, states in found.items()}

    def referring(self, table: Key, state_class: type[S]) -> tuple[S, ...]:
        """The foreign keys of whatever table that refer to a table."""
        return tuple(state for state in self._referring.get(table, ()) if isinstance(state, state_class))

    def parts_of(self, table: Key, state_class: type[S]) -> tuple[S, ...]:
        return tuple(state for state in self.parts(table) if isinstance(state, state_class))


class Later(Snapshot):
    """A snapshot whose objects are made when somebody asks for them.

    :param objects: makes them; or they themselves (`dataclasses.replace` has them).
    """

    def __init__(
        self, objects: Callable[[], Mapping[Key, State]] | Mapping[Key, State], server: Server, canonical: bool = False
    ) -> None:
        make = objects if callable(objects) else lambda: objects
        self.__dict__.update(_make=make, server=server, canonical=canonical)

    @cached_property
    def objects(self) -> Mapping[Key, State]:
        make: Callable[[], Mapping[Key, State]] = self.__dict__["_make"]
        return make()


@dataclass(frozen=True)
class Comparison:
    """A database and models in one canonical form.

    :param before: the database.
    :param after: the models.
    :param not_compared: what could not be asked or is not covered.
    :param how: how canonical forms were obtained, in a few words for the report (``"temporary tables"``).
    :param is_unchanged: the database prints both sides in the same words: there is nothing to look for.
    """

    before: Snapshot
    after: Snapshot
    not_compared: tuple[NotCompared, ...] = ()
    how: str = field(default="")
    is_unchanged: bool = False
