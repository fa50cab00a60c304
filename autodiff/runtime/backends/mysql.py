"""MariaDB and MySQL: GET_LOCK, statements that commit, and SHOW CREATE as witness of what an interrupted run did."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from autodiff.runtime.backends.backend import Backend
from autodiff.runtime.backends.mysql_turns import MysqlTurns, literal
from autodiff.runtime.lock import Lock, LockLost, LockRequest

# https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/ ; not for TEMPORARY
COMMITS = re.compile(
    r"""\s*(?:/\*.*?\*/\s*|--[^\n]*\n\s*)*
        (?:ALTER|CREATE(?!\s+(?:OR\s+REPLACE\s+)?TEMPORARY)|DROP(?!\s+TEMPORARY)|RENAME|TRUNCATE|ANALYZE|OPTIMIZE|REPAIR
          |CHECK\s+TABLE|FLUSH|GRANT|REVOKE|LOCK\s+TABLES|SET\s+PASSWORD|INSTALL|UNINSTALL)\b""",
    re.I | re.X | re.S,
)
NO_SUCH_THREAD = 1094
WORD = re.compile(r"`((?:[^`]|``)+)`|\"((?:[^\"]|\"\")+)\"|([\w$]+)")
QUALIFIER = re.compile(rf"(?:{WORD.pattern})\s*\.")


class MysqlBackend(Backend):
    ddl_commits = True
    keeps_adopted = False  # the first DDL statement commits it anyway

    def lock(self, request: LockRequest) -> Lock:
        return NamedLock(request)

    def commits_by_itself(self, statement: str) -> bool:
        return COMMITS.match(statement) is not None

    def take_turns(self, connection: Connection, seconds: float, is_on: Callable[[], bool]) -> Callable[[], None]:
        return MysqlTurns(connection, seconds, is_on).close

    @contextmanager
    def limited_time(self, connection: Connection, seconds: int) -> Iterator[None]:
        name, unit = ("statement", 1) if getattr(connection.dialect, "is_mariadb", False) else ("execution", 1000)
        before = connection.exec_driver_sql(f"SELECT @@SESSION.max_{name}_time").scalar()
        connection.exec_driver_sql(f"SET SESSION max_{name}_time = {seconds * unit}")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SET SESSION max_{name}_time = {before}")

    def stop_statement(self, connection: Connection, thread: int) -> None:
        """PyMySQL gives up at once on an interrupt, while the server goes on to the end of the statement."""
        pool = connection.engine.pool.recreate()  # `engine.connect()` could wait for, or be, the same connection
        other = pool.connect()
        try:
            other.cursor().execute(f"KILL QUERY {thread}")
        except connection.dialect.loaded_dbapi.Error as error:
            if error.args[:1] != (NO_SUCH_THREAD,):  # it was not in a statement, and has gone with its connection
                raise
        finally:
            other.close()
            pool.dispose()

    def fingerprint(self, connection: Connection, statement: str) -> str | None:
        """SHOW CREATE of all that the statement names.

        783 of 786 kinds of DDL change SHOW CREATE of some table; the tables that a statement changes are named in it.
        Triggers, routines and events are listed where it speaks of one: for that, the server opens every table.
        """
        lines = [f"{table}\n{shown(connection, table)}" for table in named_tables(connection, statement)]
        if PROGRAM.search(statement):
            lines.extend(repr(tuple(row)) for row in answer(connection, PROGRAMS))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


PROGRAM = re.compile(r"\b(?:TRIGGER|PROCEDURE|FUNCTION|PACKAGE|EVENT)\b", re.I)
# (MySQL 9.6 has no MD5() any more.)
PROGRAMS = """
SELECT 'trigger', trigger_name, sha2(action_statement, 256) FROM information_schema.triggers
WHERE trigger_schema = database()
UNION ALL
SELECT routine_type, routine_name, sha2(routine_definition, 256) FROM information_schema.routines
WHERE routine_schema = database()
UNION ALL
SELECT 'event', event_name, sha2(event_definition, 256) FROM information_schema.events
WHERE event_schema = database()
ORDER BY 1, 2
"""


def named_tables(connection: Connection, statement: str) -> list[str]:
    """The tables, views and sequences that are there of those that the statement may mean, quoted, in order."""
    names = literals(WORD.findall(statement))
    schemas = ["DATABASE()", *literals(QUALIFIER.findall(statement))]
    found = " UNION ".join(NAMED.format(schema, ", ".join(names)) for schema in schemas)
    return sorted(".".join(map(quoted, row)) for row in answer(connection, found))


def literals(found: list[tuple[str, str, str]]) -> list[str]:
    """What WORD finds, each once, as SQL literals; less what has letters that names cannot have."""
    words = {backtick.replace("``", "`") or double.replace('""', '"') or bare for backtick, double, bare in found}
    return [literal(word) for word in sorted(words) if max(word) <= LAST_LETTER]


# (The kind of a table is not asked for: the server would open each one that there is.)
NAMED = """
SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = {} AND table_name IN ({})"""
# https://mariadb.com/kb/en/identifier-names/ ; the server refuses to compare others with the names of tables.
LAST_LETTER = "\uffff"
IS_SEQUENCE = re.compile(r"\bSEQUENCE=1\b")


def shown(connection: Connection, table: str) -> str:
    """What SHOW CREATE says of a table, view or sequence, less what inserting rows changes."""
    definition = str(answer(connection, f"SHOW CREATE TABLE {table}")[0][1])
    if IS_SEQUENCE.search(definition):
        return str(answer(connection, f"SHOW CREATE SEQUENCE {table}")[0][1])
    return re.sub(r" AUTO_INCREMENT=\d+", "", definition)


def quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def answer(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """The rows that the driver gives: this is asked before each statement, and SQLAlchemy would take most of the time."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        return list(cursor.fetchall())
    finally:
        cursor.close()


class NamedLock(Lock):
    """GET_LOCK on the connection that runs the DDL: it stays until an orphaned statement has ended, and survives COMMIT.

    The database is part of the name, since the names are the server's; lower-case, since MySQL ignores case and
    MariaDB does not; at most 64 characters.
    """

    def __init__(self, request: LockRequest) -> None:
        super().__init__(request)
        database = self._scalar("SELECT DATABASE()")
        self.name = "ad_" + hashlib.sha256(f"{database} {request.digest}".encode()).hexdigest()[:40]

    def _scalar(self, statement: str, **parameters: object) -> object:
        value = self.connection.execute(text(statement), parameters).scalar()
        if self.request.ends_transaction:
            self.connection.rollback()
        return value

    def try_once(self) -> bool:
        return self._scalar("SELECT GET_LOCK(:name, 0)", name=self.name) == 1

    def holder(self) -> str | None:
        thread = self._scalar("SELECT IS_USED_LOCK(:name)", name=self.name)
        if thread is None:
            return None
        host = self._scalar("SELECT host FROM information_schema.processlist WHERE id = :id", id=thread)
        return f"connection {thread}" + (f" from {host}" if host else "")

    def check(self) -> None:
        mine = self.connection.exec_driver_sql(f"SELECT IS_USED_LOCK('{self.name}') = CONNECTION_ID()")
        if not mine.scalar():
            raise LockLost(
                "the migration lock is not ours any more (the connection was lost and opened again?)",
                help="run the command again",
            )

    def give_back(self) -> None:
        self._scalar("SELECT RELEASE_LOCK(:name)", name=self.name)


BACKEND = MysqlBackend()
