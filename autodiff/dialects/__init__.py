"""The rooms of the databases: each says how one database pronounces things.

A room is found by SQLAlchemy's dialect name; a dialect that no room is named after, or that reads its database in a way
of its own, gets the generic one, which reads through SQLAlchemy's `Inspector`. Third-party rooms register under the entry point group ``autodiff.dialects``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from sqlalchemy.engine import Dialect

if TYPE_CHECKING:  # running revisions takes the words of the operations, and never the room
    from autodiff.dialects.room import Room

# New dialect = one package and one line here.
ROOMS = {
    "postgresql": "autodiff.dialects.postgresql.room:PostgresqlRoom",
    "sqlite": "autodiff.dialects.sqlite.room:SqliteRoom",
    "mysql": "autodiff.dialects.mysql.room:MysqlRoom",
    "mariadb": "autodiff.dialects.mysql.room:MysqlRoom",
}
GENERIC = "autodiff.dialects.generic:GenericRoom"


def room_of(dialect: Dialect) -> Room:
    """The room of a dialect (initialised by a connection, where there is one)."""
    path = GENERIC if reads_in_its_own_way(dialect) else ROOMS.get(dialect.name)
    if path is None:
        found = [entry.value for entry in entry_points(group="autodiff.dialects") if entry.name == dialect.name]
        path = found[0] if found else GENERIC
    module, _, name = path.partition(":")
    room: Room = getattr(import_module(module), name)(dialect)
    return room


_READING = (
    "get_columns",
    "get_pk_constraint",
    "get_unique_constraints",
    "get_check_constraints",
    "get_indexes",
    "get_foreign_keys",
)


def reads_in_its_own_way(dialect: Dialect) -> bool:
    """Does a subclass of one of SQLAlchemy's own dialects, under the same name, read tables by code of its own?

    A server that only speaks the protocol of another has other catalogs; what its dialect says of it is believed.
    """
    if dialect.name not in ROOMS:
        return False
    methods = (getattr(dialect, prefix + name[4:], None) for name in _READING for prefix in ("get_", "get_multi_"))
    return not all(str(method.__module__).startswith("sqlalchemy.") for method in methods if method is not None)


__all__ = ["room_of"]
