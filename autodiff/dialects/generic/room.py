"""The generic room: what SQLAlchemy's `Inspector` says, in a number of calls that does not grow with the tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.types import TypeEngine

from autodiff.dialects.generic.canonical import compared
from autodiff.dialects.generic.read import read, untold, words_of
from autodiff.dialects.room import Room, Scope
from autodiff.kinds import ColumnState
from autodiff.state import Comparison, Server, Snapshot


class GenericRoom(Room):
    """Reads through the Inspector; what it cannot put into one form with certainty is reported as not compared."""

    def server(self, connection: Connection) -> Server:
        version = tuple(n for n in (self.dialect.server_version_info or ()) if isinstance(n, int))
        return Server(self.dialect.name, version, self.dialect.default_schema_name)

    def schema_names(self, connection: Connection) -> list[str]:
        names = inspect(connection).get_schema_names()
        return [name for name in names if name not in ("information_schema", self.dialect.default_schema_name)]

    def read(self, connection: Connection, scope: Scope) -> Snapshot:
        return read(self.dialect, connection, scope, self.server(connection))

    def canonical(
        self,
        connection: Connection,
        models: Snapshot,
        database: Snapshot,
        scope: Scope,
        *,
        scratch: Connection | None = None,
    ) -> Comparison:
        return compared(database, models, untold(connection, database), words_of(self.dialect, connection))

    def type_from(self, column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
        type_: TypeEngine[Any] = column.source
        return type_
