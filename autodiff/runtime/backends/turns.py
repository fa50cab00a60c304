"""Statements that want a table for themselves take turns with the application's queries.

ALTER TABLE waits until the last reader has gone, and whoever comes after it waits behind it: one idle transaction, and
every page of the application hangs (3.9 s measured with a reader that stays for 4 s). So it waits for a second, steps
back, lets the others go first, and tries again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import event
from sqlalchemy.engine import Connection

from autodiff.runtime.drivers import wait

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.25, 2.0  # seconds

Run = Callable[..., Any]


class Turns:
    """Watches one connection for such statements, and carries them out.

    :param seconds: how long each try may wait.
    :param is_on: are we inside of a transaction of our own?
    """

    #: Statements that lock a table that others may read or write; one that says itself how long it waits is left alone.
    locks: ClassVar[re.Pattern[str]]
    #: The table that such a statement is about, and the one that a CREATE TABLE makes.
    table: ClassVar[re.Pattern[str]]
    made: ClassVar[re.Pattern[str]]

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

    # -- what a database says in its own words

    def begin(self, statement: str, run: Run) -> bool:
        """Let the next statement wait for no longer than a turn; False where it is none of our business."""
        raise NotImplementedError

    def is_refused(self, error: Exception) -> bool:
        """Has the statement waited for its turn in vain?"""
        raise NotImplementedError

    def step_back(self, run: Run) -> None:
        """After a turn in vain: hold nothing that others wait for."""

    def end(self, run: Run, *, failed: bool) -> None:
        """Let statements wait as before.

        :param failed: the statement has failed for another reason.
        """

    def holder(self, table: str, run: Run) -> str:
        """Who has the table, in words; empty where that is not known."""
        return ""

    # -- a statement

    def _with_parameters(self, cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
        dialect = self.connection.dialect
        doubled = dialect.paramstyle in ("format", "pyformat")  # each % of the text, for a driver that replaces %s
        text = statement.replace("%%", "%") if doubled else statement
        return self._tried(context, text, lambda: dialect.do_execute(cursor, statement, parameters, context))

    def _without(self, cursor: Any, statement: str, context: Any) -> bool:
        dialect = self.connection.dialect
        return self._tried(context, statement, lambda: dialect.do_execute_no_params(cursor, statement, context))

    def _tried(self, context: Any, statement: str, execute: Callable[[], object]) -> bool:
        """Carry it out; False leaves it to SQLAlchemy."""
        if context is None or context.root_connection is not self.connection:
            return False
        is_new, made = self._is_new(statement), self.made.match(statement)
        if made is not None:
            self._made.add(made[1])
        if is_new or not self.locks.match(statement) or not self.is_on():
            return False
        with self._cursor() as run:
            if not self.begin(statement, run):
                return False
            try:
                self._until_done(statement, execute, run)
            except BaseException:
                self.end(run, failed=True)
                raise
            self.end(run, failed=False)
        return True

    def _is_new(self, statement: str) -> bool:
        """Is it about a table that this run has made? Nobody reads that yet."""
        found = self.table.search(statement)
        return found is not None and found[1] in self._made

    def _until_done(self, statement: str, execute: Callable[[], object], run: Run) -> None:
        pause, told = FIRST_PAUSE, False
        while True:
            try:
                execute()
                return
            except Exception as error:
                if not self.is_refused(error):
                    raise
            self.step_back(run)
            if not told:
                log.warning("Waiting for %s", self._wanted(statement, run))
                told = True
            wait(self.connection, pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wanted(self, statement: str, run: Run) -> str:
        """The table that is waited for, and who has it."""
        found = self.table.search(statement)
        if found is None:
            return "a lock; the application's queries go first"
        holder = self.holder(found[1], run)
        return f"the lock on {found[1]}{f': {holder}' if holder else ''}"

    @contextmanager
    def _cursor(self) -> Iterator[Run]:
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
