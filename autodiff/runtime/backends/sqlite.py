"""SQLite: the run says BEGIN IMMEDIATE by itself, and a side file keeps migrators in turn."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from autodiff.dialects.sqlite import foreign_keys
from autodiff.errors import CommandError
from autodiff.messages import short_path
from autodiff.runtime.backends.backend import Backend
from autodiff.runtime.drivers import driver_of, native
from autodiff.runtime.lock import TELL_AFTER, Lock, LockRequest, LockTimeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("autodiff.runtime.lock")

INSTRUCTIONS_BETWEEN = 100_000  # of SQLite's virtual machine: some milliseconds
ONE_WAIT = 200  # milliseconds inside of SQLite, where neither Ctrl-C is heard nor anything can be told


class SqliteBackend(Backend):
    # an open transaction of env.py has nothing that its commit would undo
    keeps_adopted = False
    keeps_to_width = False  # https://sqlite.org/datatype3.html, section 3

    def begin(self, connection: Connection, *, is_new: bool = False) -> None:
        # Python's driver begins before DML only, so DDL would be committed statement by statement; IMMEDIATE, because a
        # transaction that reads first and writes later fails with SQLITE_BUSY_SNAPSHOT when another wrote in between
        begun = driver_of(connection).in_transaction(connection)
        if begun and is_new:  # by the engine itself, which may have said no more than BEGIN
            raw(connection, "ROLLBACK")
        if is_new or not begun:
            Patience(connection, "writes to").run(lambda: raw(connection, "BEGIN IMMEDIATE"))

    def before_run(self, connection: Connection, timeout: float) -> object:
        before = int(raw(connection, "PRAGMA busy_timeout") or 0)
        raw(connection, f"PRAGMA busy_timeout = {max(int(timeout * 1000), before)}")
        # a table that is made anew would take its children's rows along, and inside of a transaction it is too late
        foreign_keys.suspend(connection)
        hear_signals(connection, True)
        return before

    def after_run(self, connection: Connection, before: object) -> None:
        hear_signals(connection, False)
        raw(connection, f"PRAGMA busy_timeout = {before}")
        foreign_keys.resume(connection)

    def commit(self, connection: Connection) -> None:
        try:
            foreign_keys.check(connection)
        except CommandError:
            connection.rollback()
            raise
        try:
            Patience(connection, "reads").run(lambda: self._commit(connection))
        except BaseException:
            # SQLAlchemy believes that its transaction has ended, so its rollback() would not reach the driver
            if not connection.invalidated and driver_of(connection).in_transaction(connection):
                raw(connection, "ROLLBACK")
            raise

    def _commit(self, connection: Connection) -> None:
        if connection.in_transaction():
            connection.commit()
        else:
            # SQLAlchemy gave its transaction up when the first COMMIT was refused; the driver is still in it, and the
            # rows are kept
            raw(connection, "COMMIT")
            connection.rollback()

    def end_savepoint_transaction(self, connection: Connection) -> None:
        if driver_of(connection).in_transaction(connection):
            raw(connection, "COMMIT")

    def lock(self, request: LockRequest) -> Lock:
        path = database_file(request.connection)
        if not path or fcntl is None:
            return super().lock(request)
        own = "" if request.version_table == "alembic_version" else f".{request.digest[:8]}"
        return SideFileLock(request, f"{path}{own}.lock")

    def fingerprint(self, connection: Connection, statement: str) -> str | None:
        rows = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2").all()
        return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()


def hear_signals(connection: Connection, on: bool) -> None:
    """Let Ctrl-C and SIGTERM stop a long statement: Python runs their handlers only when Python code runs.

    A handler that raises inside of the callback makes SQLite interrupt the statement.
    """
    if not connection.dialect.is_async:  # there, the statement runs in a thread and the handlers do not wait for it
        native(connection).set_progress_handler(_nothing if on else None, INSTRUCTIONS_BETWEEN if on else 0)


def _nothing() -> int:
    return 0


class Patience:
    """A statement that waits for other connections to the file, in short waits: who waits is told why, and can stop it.

    :param doing: what the others do with the file.
    """

    def __init__(self, connection: Connection, doing: str) -> None:
        self.connection = connection
        self.doing = doing
        self.limit = int(raw(connection, "PRAGMA busy_timeout") or 0) / 1000

    def run(self, statement: Callable[[], object]) -> None:
        """:raises LockTimeout: when the others are not done within the connection's busy timeout."""
        raw(self.connection, f"PRAGMA busy_timeout = {min(ONE_WAIT, int(self.limit * 1000))}")
        try:
            self._run(statement)
        finally:
            if not self.connection.invalidated:
                raw(self.connection, f"PRAGMA busy_timeout = {int(self.limit * 1000)}")

    def _run(self, statement: Callable[[], object]) -> None:
        began, told = time.monotonic(), False
        while True:
            try:
                statement()
                return
            except (OperationalError, self.connection.dialect.loaded_dbapi.OperationalError) as error:
                if "locked" not in str(error):  # SQLITE_BUSY; its number is known from Python 3.11 on only
                    raise
                waited = time.monotonic() - began
                if waited >= self.limit:
                    raise self._too_long() from error
            if waited > TELL_AFTER and not told:
                log.warning("Waiting: %s (up to %g s; --lock-timeout)", self._others(), self.limit)
                told = True

    def _others(self) -> str:
        return f"another connection {self.doing} {short_path(database_file(self.connection)) or 'the database'}"

    def _too_long(self) -> LockTimeout:
        return LockTimeout(
            f"the database is locked: {self._others()} and did not end its transaction within {self.limit:g} s",
            help="end it, or give --lock-timeout a longer time",
        )


def raw(connection: Connection, statement: str) -> Any:
    """Run a statement beneath SQLAlchemy, so that it neither begins a transaction nor is seen by listeners."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None
    finally:
        cursor.close()


def database_file(connection: Connection) -> str:
    """The path of the main database, '' for one in memory."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute("PRAGMA database_list")
        return next((str(row[2] or "") for row in cursor.fetchall() if row[1] == "main"), "")
    finally:
        cursor.close()


class SideFileLock(Lock):
    """flock on a file beside the database: free at once after kill -9, and never a lock on the database itself.

    fcntl on the database's own file is out of the question: closing any descriptor of it drops SQLite's locks
    (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
    Where no file can be made or locked (read-only directory, NFS), BEGIN IMMEDIATE is all there is, and each
    transaction reads the version again.
    """

    def __init__(self, request: LockRequest, path: str) -> None:
        super().__init__(request)
        self.path = path
        self._file: int | None = None

    def try_once(self) -> bool:
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError:
            self.per_transaction = True
            return True
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except OSError:
            os.close(file)
            self.per_transaction = True
            return True
        if not self._is_current(file):
            os.close(file)
            return self.try_once()
        self._file = file
        with suppress(OSError):  # who holds it is a courtesy that a full disk may refuse
            os.ftruncate(file, 0)
            os.write(file, f"pid {os.getpid()} since {time.strftime('%H:%M:%S')}".encode())
        return True

    def _is_current(self, file: int) -> bool:
        """The last holder unlinks the file before it lets go, so what we locked may be a file without a name."""
        try:
            return os.path.samestat(os.fstat(file), os.stat(self.path))
        except FileNotFoundError:
            return False

    def forget(self) -> None:
        super().forget()
        self.give_back()

    def again(self) -> None:
        """BEGIN IMMEDIATE was the lock."""

    def holder(self) -> str | None:
        try:
            with open(self.path, encoding="utf-8", errors="replace") as file:
                return file.read(100) or None
        except OSError:
            return None

    def give_back(self) -> None:
        if self._file is None:
            return
        with suppress(OSError):
            os.unlink(self.path)
        os.close(self._file)
        self._file = None


BACKEND = SqliteBackend()
