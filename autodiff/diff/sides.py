"""The two sides of a plan: their snapshots with the SQLAlchemy objects behind them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table

from autodiff.dialects import Room
from autodiff.dialects.generic.tables import DatabaseTables
from autodiff.kinds import PrimaryKeyState
from autodiff.state import Key, Snapshot, State


class DatabaseSide:
    """What was read from a database; its objects are built from the states when they are asked for."""

    def __init__(self, room: Room, snapshot: Snapshot) -> None:
        self.room = room
        self.snapshot = snapshot
        self._tables = DatabaseTables(room, snapshot)

    def table(self, key: Key) -> Table:
        return self._tables.table(key)

    def thing(self, state: State) -> Any:
        return self._tables.part(state.key)

    def name(self, state: State) -> str | None:
        if isinstance(state, PrimaryKeyState):
            return state.name
        return None if state.unnamed else state.key.name


class ModelSide:
    """What the models want; its objects are the models' own."""

    def __init__(self, room: Room, snapshot: Snapshot) -> None:
        self.room = room
        self.snapshot = snapshot

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
            return self.room.auto_name(state, self.snapshot)
        return name
