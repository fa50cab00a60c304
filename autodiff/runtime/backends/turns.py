"""Statements of PostgreSQL that want a table for themselves take turns with the application's queries.

ALTER TABLE waits until the last reader has gone, and whoever comes after it waits behind it: one idle transaction, and
every page of the application hangs (3.9 s measured with a reader that stays for 4 s). So it waits for a second, steps
back, lets the others go first, and tries again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection

from autodiff.runtime.drivers import wait

log = logging.getLogger(__name__)

LOCK_NOT_AVAILABLE = "55P03"
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0  # seconds

# Statements that lock a table that others may read or write; one that says itself how long it waits is left alone.
LOCKS = re.compile(
    r"""\s*(?: ALTER\s+(?:FOREIGN\s+)?(?:TABLE|INDEX|VIEW|MATERIALIZED|SEQUENCE|TRIGGER|POLICY|RULE)\b
             | DROP\s+(?:TABLE|INDEX|VIEW|MATERIALIZED|SEQUENCE|TRIGGER|POLICY|RULE)\b
             | CREATE\s+(?:UNIQUE\s+)?INDEX\b | CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b
             | CREATE\s+(?:OR\s+REPLACE\s+)?(?:POLICY|RULE|VIEW)\b | CREATE\s+TABLE\b.*\bREFERENCES\b
             | TRUNCATE\b | LOCK\b | REINDEX\b | CLUSTER\b )
        (?!.*\b(?:NOWAIT|CONCURRENTLY)\b)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
NAME = r'(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))?'
TABLE = re.compile(rf"(?:\bTABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?|\bON\s+(?:ONLY\s+)?)({NAME})", re.IGNORECASE)
MADE = re.compile(rf"\s*CREATE\s+TABLE\s+({NAME})", re.IGNORECASE)

# What somebody else has chosen (env.py, the script, the role) stays.
START = "SELECT CASE WHEN current_setting('lock_timeout') = '0' THEN set_config('lock_timeout', '{}ms', true) END"
END = "SELECT set_config('lock_timeout', '0', true)"
HOLDERS = """
SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename), a.state, to_char(a.xact_start, 'HH24:MI:SS')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = to_regclass('{}') AND l.granted AND a.pid <> pg_backend_pid() ORDER BY a.xact_start LIMIT 1
"""


class Turns:
    """Watches one connection for such statements, and carries them out.

    :param seconds: how long each try may wait.
    :param is_on: are we inside of a transaction of our own, in which a savepoint can be set?
    """

    def __init__(self, connection: Connection, seconds: float, is_on: Callable[[], bool]) -> None:
        self.connection = connection
        self.seconds = seconds
        self.is_on = is_on
        self._made: set[str] = set()
        self._listeners: dict[str, Callable[..., Any]] = {
            "do_execute": self._with_parameters,
            "do_execute_no_params": self._without,
        }
        for name, listener in self._listeners.items():
            event.listen(connection.dialect, name, listener)

    def close(self) -> None:
        for name, listener in self._listeners.items():
            event.remove(self.connection.dialect, name, listener)

    def _with_parameters(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        dialect = self.connection.dialect
        return self._tried(context, statement, lambda: dialect.do_execute(cursor, statement, parameters, context))

    def _without(self, cursor: Any, statement: str, context: Any) -> bool:
        dialect = self.connection.dialect
        return self._tried(context, statement, lambda: dialect.do_execute_no_params(cursor, statement, context))

    def _tried(self, context: Any, statement: str, execute: Callable[[], object]) -> bool:
        """Carry it out; False leaves it to SQLAlchemy."""
        if context is None or context.root_connection is not self.connection:
            return False
        is_new, made = self._is_new(statement), MADE.match(statement)
        if made is not None:
            self._made.add(made[1])
        if is_new or not LOCKS.match(statement) or not self.is_on():
            return False
        with self._cursor() as run:
            if run(START.format(max(1, round(self.seconds * 1000)))) is None:
                return False
            run("SAVEPOINT autodiff_turn", rows=False)
            self._until_done(statement, execute, run)
            run("RELEASE SAVEPOINT autodiff_turn", rows=False)
            run(END)
        return True

    def _is_new(self, statement: str) -> bool:
        """Is it about a table that this run has made? Nobody reads that yet."""
        found = TABLE.search(statement)
        return found is not None and found[1] in self._made

    def _until_done(self, statement: str, execute: Callable[[], object], run: Callable[..., Any]) -> None:
        pause, told = FIRST_PAUSE, False
        while True:
            try:
                execute()
                return
            except Exception as error:
                if LOCK_NOT_AVAILABLE not in codes(error):
                    raise
            run("ROLLBACK TO SAVEPOINT autodiff_turn", rows=False)
            if not told:
                log.warning("Waiting for %s", self._wanted(statement, run))
                told = True
            wait(self.connection, pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wanted(self, statement: str, run: Callable[..., Any]) -> str:
        """The table that is waited for, and who has it."""
        found = TABLE.search(statement)
        if found is None:
            return "a lock; the application's queries go first"
        name = found[1].replace("'", "''")
        holder = run(HOLDERS.format(name), whole=True)
        by = f": pid {holder[0]} ({holder[1]}), {holder[2]} since {holder[3]}" if holder else ""
        return f"the lock on {found[1]}{by}"

    @contextmanager
    def _cursor(self) -> Iterator[Callable[..., Any]]:
        """Runs statements of our own beneath SQLAlchemy, which neither counts nor logs them as the script's."""
        cursor: Any = self.connection.connection.cursor()

        def run(statement: str, *, rows: bool = True, whole: bool = False) -> Any:
            cursor.execute(statement)
            row = cursor.fetchone() if rows else None
            return row if whole or row is None else row[0]

        try:
            yield run
        finally:
            cursor.close()


def codes(error: Exception) -> list[object]:
    """The SQLSTATE, wherever the driver keeps it (pg8000: in a dictionary of the protocol's fields)."""
    first = next(iter(error.args), None)
    fields = [first.get("C")] if isinstance(first, dict) else []
    return [getattr(error, "sqlstate", None), getattr(error, "pgcode", None), *fields]
