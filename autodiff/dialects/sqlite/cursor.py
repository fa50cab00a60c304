"""The driver's own cursor, and the transaction that a change of a table runs in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.sqlite import foreign_keys


class Cursor:
    """The driver's cursor; its errors are SQLAlchemy's, with the statement that failed."""

    def __init__(self, connection: Connection) -> None:
        self.dialect = connection.dialect
        self.cursor = connection.connection.cursor()

    def run(self, sql: str, parameters: tuple[Any, ...] = ()) -> int:
        """Run a statement; the number of rows that it changed."""
        error: Any = self.dialect.loaded_dbapi.Error
        try:
            self.cursor.execute(sql, parameters)
        except error as cause:
            raise DBAPIError.instance(sql, parameters, cause, error, dialect=self.dialect) from cause
        return int(self.cursor.rowcount)

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        self.run(sql, parameters)
        return list(self.cursor.fetchall())

    def value(self, sql: str, parameters: tuple[Any, ...] = ()) -> Any:
        """The first column of the first row; None without a row."""
        rows = self.rows(sql, parameters)
        return rows[0][0] if rows else None

    def works(self, sql: str) -> bool:
        """Does SQLite take this statement?"""
        try:
            self.rows(sql)
        except DBAPIError:
            return False
        return True


@contextmanager
def transaction(connection: Connection) -> Iterator[Cursor]:
    """The transaction that is open, else one of our own with enforcement off.

    Either way foreign keys are checked: at the end here, or by whoever suspended them, before his COMMIT.
    """
    cursor = Cursor(connection)
    if not foreign_keys.in_transaction(connection):
        with _own(connection, cursor):
            yield cursor
    elif foreign_keys.suspended(connection) is None and not foreign_keys.enforced(connection):
        known = foreign_keys.violations(connection)
        yield cursor
        foreign_keys.tell_new(foreign_keys.violations(connection) - known, refuse=False)
    else:
        yield cursor


@contextmanager
def _own(connection: Connection, cursor: Cursor) -> Iterator[None]:
    held = foreign_keys.suspended(connection) is not None
    foreign_keys.suspend(connection)
    try:
        # Text begins and ends a transaction in every autocommit mode of the driver; its commit() does not.
        cursor.run("BEGIN IMMEDIATE")
        yield
        foreign_keys.check(connection)
        cursor.run("COMMIT")
    finally:
        if foreign_keys.in_transaction(connection):
            cursor.run("ROLLBACK")
        if not held:
            foreign_keys.resume(connection)


@contextmanager
def legacy_alter_table(cursor: Cursor) -> Iterator[None]:
    """RENAME TABLE then touches the table alone: no view or trigger is parsed, no child sent elsewhere."""
    before = cursor.value("PRAGMA legacy_alter_table")
    cursor.run("PRAGMA legacy_alter_table=1")
    try:
        yield
    finally:
        cursor.run(f"PRAGMA legacy_alter_table={int(before or 0)}")
