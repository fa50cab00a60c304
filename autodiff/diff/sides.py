"""The two sides of a plan: their snapshots with the SQLAlchemy objects behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import MetaData, Table
from sqlalchemy.schema import conv

from autodiff.dialects import Room
from autodiff.dialects.generic.tables import DatabaseTables
from autodiff.kinds import PrimaryKeyState
from autodiff.state import Key, Snapshot, State

N = TypeVar("N", str, "str | None")


def renames_what_is_named(metadatas: Sequence[MetaData]) -> bool:
    """Does a naming convention change names that are given (``ck_%(table_name)s_%(constraint_name)s``)?"""
    rules = (rule for metadata in metadatas for rule in metadata.naming_convention.values())
    return any("%(constraint_name)s" in str(rule) for rule in rules)


def final(name: N) -> N:
    """A name that no naming convention is applied to any more, and that two things of a table may have."""
    return name if name is None else conv(name)


class DatabaseSide:
    """What was read from a database; its objects are built from the states when they are asked for.

    :param final_names: names are said to be final, so that no naming convention is applied to them again.
    """

    def __init__(self, room: Room, snapshot: Snapshot, *, final_names: bool = False) -> None:
        self.room = room
        self.snapshot = snapshot
        self.final_names = final_names
        self._tables = DatabaseTables(room, snapshot)

    def table(self, key: Key) -> Table:
        return self._tables.table(key)

    def thing(self, state: State) -> Any:
        return self._tables.part(state.key)

    def name(self, state: State) -> str | None:
        name = state.name if isinstance(state, PrimaryKeyState) else state.called if state.unnamed else state.key.name
        return final(name) if state.called else self.said(name)

    def said(self, name: N) -> N:
        return final(name) if self.final_names else name


class ModelSide:
    """What the models want; its objects are the models' own."""

    def __init__(self, room: Room, snapshot: Snapshot, *, final_names: bool = False) -> None:
        self.room = room
        self.snapshot = snapshot
        self.final_names = final_names

    def table(self, key: Key) -> Table:
        state = self.snapshot.get(key)
        assert state is not None, f"no table {key.label} in the models"
        table: Table = state.source
        return table

    def thing(self, state: State) -> Any:
        return state.source

    def name(self, state: State) -> str | None:
        """The name in the models, else that of the equal object in the database, else the one that the server will give."""
        name = state.name if isinstance(state, PrimaryKeyState) else state.key.name
        if name is None or name.startswith("~"):
            name = state.called or self.room.auto_name(state, self.snapshot)
        return final(name) if state.called else self.said(name)

    def said(self, name: N) -> N:
        return final(name) if self.final_names else name
