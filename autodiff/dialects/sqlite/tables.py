"""One table of the database as a SQLAlchemy `Table`, out of its stored text."""

from __future__ import annotations

from sqlalchemy import Connection, Table

from autodiff.dialects.generic.tables import DatabaseTables
from autodiff.dialects.sqlite.cursor import Cursor
from autodiff.dialects.sqlite.ddl import table_definition
from autodiff.dialects.sqlite.lexer import fold, quoted
from autodiff.dialects.sqlite.parts import ForeignKey, TableDefinition
from autodiff.dialects.sqlite.room import SqliteRoom
from autodiff.dialects.sqlite.states import Described
from autodiff.dialects.sqlite.stored import read_stored
from autodiff.state import Key, Server, Snapshot


def read_table(connection: Connection, name: str, schema: str | None) -> Table:
    """The table with its constraints and indexes, those without a name included.

    :raises CommandError: there is no such table, or its text is not understood.
    """
    cursor = Cursor(connection)
    stored = read_stored(cursor, schema or "main", name)
    key = Key("table", schema, stored.table.name)
    parents = dict(_parents(cursor, schema or "main", stored.table))
    room = SqliteRoom(connection.dialect)
    described = Described(
        key, stored.table, tuple(stored.indexes.values()), parents, connection.dialect.identifier_preparer
    )
    return DatabaseTables(room, Snapshot.of(described.states(), Server("sqlite"))).table(key)


def _parents(cursor: Cursor, schema: str, table: TableDefinition) -> list[tuple[str, TableDefinition]]:
    """The tables that the foreign keys refer to, to know the columns of those that name none."""
    found = [(fold(table.name), table)]
    for name in {fold(part.referred) for part in table.all(ForeignKey)} - {fold(table.name)}:
        sql = cursor.value(
            f"SELECT sql FROM {quoted(schema)}.sqlite_master WHERE type = 'table' AND lower(name) = lower(?)", (name,)
        )
        if sql is not None:
            found.append((name, table_definition(sql)))
    return found
