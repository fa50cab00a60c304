"""What each database driver can tell about its own connection, beneath SQLAlchemy."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.util import await_only


class Driver:
    """A driver that we know nothing of: SQLAlchemy's own view is all there is."""

    def in_transaction(self, connection: Connection) -> bool:
        """Is the driver inside of a transaction that the server knows of?"""
        return connection.in_transaction() and not self.autocommit(connection)

    def autocommit(self, connection: Connection) -> bool:
        """Does the server commit each statement by itself?

        The driver's own flag counts: after a refused `execution_options(isolation_level="AUTOCOMMIT")` SQLAlchemy
        believes in autocommit while a real transaction goes on.
        """
        flag = getattr(dbapi(connection), "autocommit", None)
        return flag if isinstance(flag, bool) else chosen_isolation(connection) == "AUTOCOMMIT"

    def startup_pid(self, connection: Connection) -> int | None:
        """The server process that answered when the connection was opened, None where the driver does not say."""
        return None

    def thread_id(self, connection: Connection) -> int | None:
        """What a second connection has to name in KILL QUERY, None where an interrupt stops the server by itself."""
        return None


class Psycopg(Driver):
    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).info.transaction_status != 0)  # 0 = IDLE in libpq's PGTransactionStatusType

    def startup_pid(self, connection: Connection) -> int | None:
        return int(native(connection).info.backend_pid)


class Psycopg2(Psycopg):
    def startup_pid(self, connection: Connection) -> int | None:
        return int(native(connection).get_backend_pid())


class Asyncpg(Driver):
    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).is_in_transaction())

    def startup_pid(self, connection: Connection) -> int | None:
        return int(native(connection).get_server_pid())


class PyMySQL(Driver):
    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).server_status & 1)  # SERVER_STATUS_IN_TRANS

    def autocommit(self, connection: Connection) -> bool:
        return bool(native(connection).get_autocommit())

    def thread_id(self, connection: Connection) -> int | None:
        return int(native(connection).thread_id())


class AsyncMySQL(PyMySQL):
    """aiomysql and asyncmy."""

    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).get_transaction_status())


class MySQLConnector(Driver):
    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).in_transaction)

    def thread_id(self, connection: Connection) -> int | None:
        return int(native(connection).connection_id)


class MySQLdb(Driver):
    def autocommit(self, connection: Connection) -> bool:
        return bool(native(connection).get_autocommit())

    def thread_id(self, connection: Connection) -> int | None:
        return int(native(connection).thread_id())


class Sqlite3(Driver):
    def in_transaction(self, connection: Connection) -> bool:
        return bool(native(connection).in_transaction)

    def autocommit(self, connection: Connection) -> bool:
        # the driver's isolation_level=None is also the recipe for real transactions (with a "begin" event), so only
        # what was asked of SQLAlchemy counts
        return chosen_isolation(connection) == "AUTOCOMMIT"


DRIVERS: dict[str, Driver] = {
    "psycopg": Psycopg(),
    "psycopg_async": Psycopg(),
    "psycopg2": Psycopg2(),
    "asyncpg": Asyncpg(),
    "pymysql": PyMySQL(),
    "aiomysql": AsyncMySQL(),
    "asyncmy": AsyncMySQL(),
    "mysqlconnector": MySQLConnector(),
    "mysqldb": MySQLdb(),
    "pysqlite": Sqlite3(),
    "aiosqlite": Sqlite3(),
}
UNKNOWN = Driver()


def driver_of(connection: Connection) -> Driver:
    return DRIVERS.get(getattr(connection.dialect, "driver", ""), UNKNOWN)


def wait(connection: Connection, seconds: float) -> None:
    """Do nothing meanwhile; an asyncio driver's loop goes on."""
    if connection.dialect.is_async:
        await_only(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


def dbapi(connection: Connection) -> Any:
    """The DBAPI connection as SQLAlchemy uses it (an adapter in front of an asyncio driver)."""
    return connection.connection.dbapi_connection


def native(connection: Connection) -> Any:
    """The connection object of the driver itself."""
    return connection.connection.driver_connection


def chosen_isolation(connection: Connection) -> str | None:
    """The isolation level that the connection was asked to have, else the server's default."""
    level: str | None = (
        connection.get_execution_options().get("isolation_level")
        or connection.dialect._on_connect_isolation_level
        or connection.dialect.default_isolation_level
    )
    return level
