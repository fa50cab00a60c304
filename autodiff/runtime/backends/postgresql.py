"""PostgreSQL: advisory locks, told apart from poolers; the catalogue as witness of what an interrupted run did."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.runtime.backends.backend import Backend
from autodiff.runtime.backends.postgresql_turns import PostgresqlTurns
from autodiff.runtime.drivers import driver_of
from autodiff.runtime.lock import Lock, LockLost, LockRequest

# A client that dies leaves its statement running on the server, which then still holds the lock; asking the socket
# now and then ends the orphan after half a second instead.  PostgreSQL 14, on Linux.
CHECK_CLIENT = "SELECT set_config('client_connection_check_interval', :interval, false)"

HOLDER = text("""
    SELECT a.pid, coalesce(nullif(a.client_hostname, ''), host(a.client_addr), 'this host') AS host,
           a.application_name AS application, to_char(a.backend_start, 'HH24:MI:SS') AS since
      FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND ((l.classid::bigint << 32) | l.objid::bigint) = :key AND l.pid <> pg_backend_pid()
    """)

# What the statements of an autocommit block can change, in one row.
SCHEMA_HASH = """
    SELECT md5(coalesce(string_agg(line, E'\\n' ORDER BY line), '')) FROM (
        SELECT concat_ws(' ', 'class', c.oid, c.relname, c.relnamespace, c.relkind, c.reltablespace, c.reloptions::text,
                         c.relpersistence, c.relispartition, i.indisvalid, i.indisready) AS line
          FROM pg_class AS c LEFT JOIN pg_index AS i ON i.indexrelid = c.oid
         WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
        UNION ALL
        SELECT concat_ws(' ', 'column', a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull)
          FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE a.attnum > 0 AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
        UNION ALL SELECT concat_ws(' ', 'default', adrelid, adnum, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
        UNION ALL SELECT concat_ws(' ', 'label', enumtypid, enumsortorder, enumlabel) FROM pg_enum
        UNION ALL SELECT concat_ws(' ', 'constraint', oid, conname, conrelid, convalidated) FROM pg_constraint
        UNION ALL SELECT concat_ws(' ', 'type', oid, typname, typnamespace) FROM pg_type
        UNION ALL SELECT concat_ws(' ', 'schema', oid, nspname) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
        UNION ALL SELECT concat_ws(' ', 'function', oid, proname, md5(prosrc)) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgname, tgenabled) FROM pg_trigger
        UNION ALL SELECT concat_ws(' ', 'extension', oid, extname, extversion) FROM pg_extension
    ) AS lines
"""

CONCURRENT_INDEX = re.compile(
    r"""\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?
        (?P<name>"(?:[^"]|"")+"|\w+)\s+ON\s+(?:ONLY\s+)?(?P<table>(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))?)""",
    re.I | re.X,
)


class PostgresqlBackend(Backend):
    def before_run(self, connection: Connection, timeout: float) -> object:
        if (connection.dialect.server_version_info or (0,)) < (14,):
            return None
        try:
            before = connection.exec_driver_sql("SHOW client_connection_check_interval").scalar()
            connection.execute(text(CHECK_CLIENT), {"interval": "500ms"})
            connection.commit()
        except DBAPIError:
            connection.rollback()  # a platform that cannot, a pooler that will not
            return None
        return before

    def after_run(self, connection: Connection, before: object) -> None:
        if before is not None:
            connection.execute(text(CHECK_CLIENT), {"interval": str(before)})
            connection.commit()

    @contextmanager
    def limited_time(self, connection: Connection, seconds: int) -> Iterator[None]:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{seconds}s'")  # it ends with the transaction
        yield

    def take_turns(self, connection: Connection, seconds: float, is_on: Callable[[], bool]) -> Callable[[], None]:
        return PostgresqlTurns(connection, seconds, is_on).close

    def lock(self, request: LockRequest) -> Lock:
        if request.lasts == "session" and behind_a_pooler(request.connection):
            return TransactionLock(request)
        return SessionLock(request) if request.lasts == "session" else TransactionLock(request)

    def fingerprint(self, connection: Connection, statement: str) -> str | None:
        return connection.exec_driver_sql(SCHEMA_HASH.replace("%", "%%")).scalar()

    def is_done(self, connection: Connection, statement: str, before: str | None) -> bool | None:
        if CAN_BE_REPEATED.match(statement):
            return False
        dropped = DROPS_INDEX.match(statement)
        if dropped is None:
            return super().is_done(connection, statement, before)
        # cut off, it leaves an INVALID index, which is another schema and not what was asked for
        return connection.execute(text("SELECT to_regclass(:name) IS NULL"), {"name": dropped["name"]}).scalar()

    def clear_way(self, connection: Connection, statement: str) -> None:
        """An interrupted CREATE INDEX CONCURRENTLY leaves an INVALID index, which IF NOT EXISTS takes for the real one."""
        found = CONCURRENT_INDEX.match(statement)
        if found is None:
            return
        invalid = connection.execute(
            text(
                "SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid "
                "WHERE NOT i.indisvalid AND c.relname = CAST(CAST(:name AS text) AS name) AND i.indrelid = to_regclass(:table)"
            ),
            {"name": unquoted(found["name"]), "table": found["table"]},
        ).scalar()
        if invalid:
            connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {invalid}".replace("%", "%%"))


DROPS_INDEX = re.compile(r"\s*DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(?P<name>[^\s;,]+)", re.I)
CAN_BE_REPEATED = re.compile(r"\s*(?:VACUUM|ANALYZE|REINDEX|CLUSTER|REFRESH|CHECKPOINT)\b", re.I)


def unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def behind_a_pooler(connection: Connection) -> bool:
    """In transaction mode, the process that the driver met at start is not the one that answers now."""
    startup = driver_of(connection).startup_pid(connection)
    return startup is not None and connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != startup


class AdvisoryLock(Lock):
    """A try-lock, polled: who waits inside of pg_advisory_lock() deadlocks with CREATE INDEX CONCURRENTLY."""

    function = "pg_try_advisory_lock"

    @property
    def key(self) -> int:
        return int.from_bytes(bytes.fromhex(self.request.digest[:16]), "big", signed=True)

    def try_once(self) -> bool:
        got = bool(self.connection.execute(text(f"SELECT {self.function}(:key)"), {"key": self.key}).scalar())
        if self.request.ends_transaction:
            self.connection.rollback()
        else:
            # a statement with parameters keeps its snapshot until the next one, and CREATE INDEX CONCURRENTLY
            # of the holder waits for snapshots
            self.connection.exec_driver_sql("SET LOCAL autodiff.waiting = 'yes'")
        return got

    def holder(self) -> str | None:
        row = self.connection.execute(HOLDER, {"key": self.key}).first()
        if self.request.ends_transaction:
            self.connection.rollback()
        if row is None:
            return None
        name = f" ({row.application})" if row.application else ""
        return f"pid {row.pid}{name} on {row.host}, since {row.since}"


class SessionLock(AdvisoryLock):
    def give_back(self) -> None:
        held = self.connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self.key}).scalar()
        self.connection.commit()
        if not held:
            raise LockLost(
                "the migration lock was gone before the run ended, so another migrator may have run beside it",
                help="look for DISCARD ALL or pg_advisory_unlock_all() in the scripts, and compare `current` with what you expect",
            )


class TransactionLock(AdvisoryLock):
    """For a transaction that the caller owns, and behind a transaction pooler, where a session lock would stay for ever."""

    function = "pg_try_advisory_xact_lock"
    per_transaction = True

    def try_once(self) -> bool:
        return bool(self.connection.execute(text(f"SELECT {self.function}(:key)"), {"key": self.key}).scalar())


BACKEND = PostgresqlBackend()
