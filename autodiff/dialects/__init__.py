"""The rooms of the databases: each says how one database pronounces things.

A room is found by SQLAlchemy's dialect name; a dialect that no room is named after gets the generic one, which reads
through SQLAlchemy's `Inspector`. Third-party rooms register under the entry point group ``autodiff.dialects``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points

from sqlalchemy.engine import Dialect

from autodiff.dialects.room import Room

# New dialect = one package and one line here.
ROOMS = {
    "postgresql": "autodiff.dialects.postgresql:PostgresqlRoom",
    "sqlite": "autodiff.dialects.sqlite:SqliteRoom",
    "mysql": "autodiff.dialects.mysql:MysqlRoom",
    "mariadb": "autodiff.dialects.mysql:MysqlRoom",
}
GENERIC = "autodiff.dialects.generic:GenericRoom"


def room_of(dialect: Dialect) -> Room:
    """The room of a dialect (initialised by a connection, where there is one)."""
    path = ROOMS.get(dialect.name)
    if path is None:
        found = [entry.value for entry in entry_points(group="autodiff.dialects") if entry.name == dialect.name]
        path = found[0] if found else GENERIC
    module, _, name = path.partition(":")
    room: Room = getattr(import_module(module), name)(dialect)
    return room


__all__ = ["Room", "room_of"]
