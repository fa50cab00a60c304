"""The questions that a run puts to a database, with the answers for one that we know nothing of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection

from autodiff.runtime.lock import Lock, LockRequest, NoLock

# Statements that change nothing that a later run could find done.
READS = re.compile(
    r"\s*(?:/\*.*?\*/\s*|--[^\n]*\n\s*)*\(*\s*"
    r"(?:SELECT|SHOW|DESCRIBE|DESC|EXPLAIN|PRAGMA|SET|USE|VALUES|TABLE|BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT"
    r"|RELEASE|DISCARD|RESET|LISTEN|FETCH|DECLARE|CLOSE|DEALLOCATE|PREPARE)\b",
    re.I | re.S,
)
ENDS_TRANSACTION = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*(COMMIT|END|ROLLBACK|ABORT)\b(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)", re.I
)


class Backend:
    """A database of which SQLAlchemy's dialect is all we have."""

    # Does the server commit by itself around DDL?  MySQL, MariaDB, Oracle: yes.
    ddl_commits = False
    # Does a transaction that env.py opened hold something that must go on (SET LOCAL, a temporary table ON COMMIT DROP)?
    keeps_adopted = True

    # Does a VARCHAR(n) refuse what is longer than n?
    keeps_to_width = True

    def begin(self, connection: Connection, *, is_new: bool = False) -> None:
        """Called when SQLAlchemy has begun a transaction of the run.

        :param is_new: its first statement is still to come.
        """

    def before_run(self, connection: Connection, timeout: float) -> object:
        """Set the session up for a run, outside of a transaction; the answer is given back to `after_run`."""
        return None

    def after_run(self, connection: Connection, before: object) -> None:
        """Undo `before_run`."""

    def take_turns(self, connection: Connection, seconds: float, is_on: Callable[[], bool]) -> Callable[[], None]:
        """Let statements wait for a table in turns with others' queries, where a waiting one would hold those up.

        :param seconds: how long a turn takes.
        :param is_on: are we inside of a transaction of our own?
        :return: what ends it.
        """
        return lambda: None

    def commit(self, connection: Connection) -> None:
        connection.commit()

    def end_savepoint_transaction(self, connection: Connection) -> None:
        """Under AUTOCOMMIT: end what a SAVEPOINT of a script left open."""

    def lock(self, request: LockRequest) -> Lock:
        return NoLock(request)

    @contextmanager
    def limited_time(self, connection: Connection, seconds: int) -> Iterator[None]:
        """Inside, within one transaction, each statement takes no longer than this; behind it, as long as before."""
        yield

    def stop_statement(self, connection: Connection, thread: int) -> None:
        """Stop what the server is still doing for a client that gave up.

        :param thread: the driver's `thread_id`, from when the connection was alive.
        """

    def commits_by_itself(self, statement: str) -> bool:
        """Does the server commit the open transaction because of this statement?"""
        return False

    def fingerprint(self, connection: Connection, statement: str) -> str | None:
        """A hash of the schema that the statement can change; None where it cannot be told."""
        return None

    def is_done(self, connection: Connection, statement: str, before: str | None) -> bool | None:
        """Was a statement of a run that was cut off carried out?

        :param before: the fingerprint from before it.
        :return: None where it cannot be told.
        """
        now = self.fingerprint(connection, statement)
        return None if now is None or before is None else now != before

    def clear_way(self, connection: Connection, statement: str) -> None:
        """Take away what an interrupted earlier try of the statement left behind."""


BACKEND = Backend()
