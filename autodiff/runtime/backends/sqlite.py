"""SQLite: the run says BEGIN IMMEDIATE by itself, and a side file keeps migrators in turn."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from autodiff.dialects.sqlite import foreign_keys
from autodiff.errors import CommandError
from autodiff.runtime.backends.backend import Backend
from autodiff.runtime.drivers import driver_of
from autodiff.runtime.lock import Lock, LockRequest

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

COMMIT_TRIES_FOR = 30.0  # seconds: readers in rollback-journal mode keep a COMMIT waiting


class SqliteBackend(Backend):
    # an open transaction of env.py has nothing that its commit would undo
    keeps_adopted = False
    keeps_to_width = False  # https://sqlite.org/datatype3.html, section 3

    def begin(self, connection: Connection) -> None:
        # Python's driver begins before DML only, so DDL would be committed statement by statement; IMMEDIATE, because a
        # transaction that reads first and writes later fails with SQLITE_BUSY_SNAPSHOT when another wrote in between
        if not driver_of(connection).in_transaction(connection):
            raw(connection, "BEGIN IMMEDIATE")

    def before_run(self, connection: Connection, timeout: float) -> object:
        before = int(raw(connection, "PRAGMA busy_timeout") or 0)
        raw(connection, f"PRAGMA busy_timeout = {max(int(timeout * 1000), before)}")
        # a table that is made anew would take its children's rows along, and inside of a transaction it is too late
        foreign_keys.suspend(connection)
        return before

    def after_run(self, connection: Connection, before: object) -> None:
        raw(connection, f"PRAGMA busy_timeout = {before}")
        foreign_keys.resume(connection)

    def commit(self, connection: Connection) -> None:
        try:
            foreign_keys.check(connection)
        except CommandError:
            connection.rollback()
            raise
        try:
            connection.commit()
        except OperationalError:
            # SQLITE_BUSY: SQLAlchemy has given the transaction up, the driver is still in it, and the rows are kept
            self._commit_again(connection)

    def _commit_again(self, connection: Connection) -> None:
        driver = driver_of(connection)
        end = time.monotonic() + COMMIT_TRIES_FOR
        while driver.in_transaction(connection):
            try:
                raw(connection, "COMMIT")
            except connection.dialect.loaded_dbapi.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
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
        os.ftruncate(file, 0)
        os.write(file, f"pid {os.getpid()} since {time.strftime('%H:%M:%S')}".encode())
        self._file = file
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
