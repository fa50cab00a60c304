"""The migration connection's transaction: who begins it, who commits it, and what a script may do to it meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.engine import Connection

from autodiff import progress
from autodiff.errors import CommandError
from autodiff.runtime.backends import Backend
from autodiff.runtime.backends.backend import ENDS_TRANSACTION, READS
from autodiff.runtime.drivers import chosen_isolation, driver_of
from autodiff.runtime.interrupts import Interrupts
from autodiff.runtime.ownership import Begins, Ownership, ownership_of


class Observer(Protocol):
    """Who counts the statements of a step (the journal)."""

    def before(self, statement: str) -> None: ...

    def after(self, statement: str) -> None: ...

    def checkpoint(self) -> None: ...


class Transactions:
    """Begins, commits and rolls back on one connection, and watches everybody else who does.

    `pending` are the revisions whose version rows are written and not committed; `lost` were rolled back by somebody
    else than us.
    """

    def __init__(self, connection: Connection, backend: Backend, begins: Begins | None) -> None:
        self.connection = connection
        self.backend = backend
        self.driver = driver_of(connection)
        self.owner: Ownership | None = None
        self.scope_open = False
        self.running = False
        self.used = False
        self.pending: list[str] = []
        self.lost: list[str] = []
        self.revision: str | None = None
        self.done = 0  # statements of the step that changed something
        self.statement: str | None = None  # the one under way
        self.in_autocommit = False
        self.rolled_back_in_step = False
        self.journal: Observer | None = None
        self.interrupts = Interrupts()
        self.at_end: list[Callable[[], None]] = []
        self._begins = begins
        self._cut = False
        self._begin_due = False
        self.thread: int | None = None
        self._own = 0
        self._listeners: list[tuple[str, Callable[..., Any]]] = []

    # -- whose it is

    @property
    def ours(self) -> bool:
        return self.owner in (Ownership.OURS, Ownership.ADOPTED)

    @property
    def each_statement_commits(self) -> bool:
        return self.in_autocommit or self.owner is Ownership.AUTOCOMMIT

    def open(self) -> None:
        """Find out whose the transaction is, and watch it from here on."""
        if self.owner is not None:
            return
        self.owner = ownership_of(self.connection, self._begins)
        self._watch()
        self.thread = self.driver.thread_id(self.connection)
        if self.owner is Ownership.ADOPTED:
            self.used = True
            self._begin_if_none()

    def close(self) -> None:
        """Stop watching; the next run classifies again."""
        for name, listener in self._listeners:
            event.remove(self.connection, name, listener)
        self._listeners.clear()
        self._begin_due = False
        self.owner, self.running, self.used, self.revision = None, False, False, None

    # -- what we do

    @contextmanager
    def own(self) -> Iterator[None]:
        """What happens inside is our doing, not a script's."""
        self._own += 1
        try:
            yield
        finally:
            self._own -= 1

    def begin(self) -> None:
        """Begin the transaction that revisions run in, unless one is open or none is wanted."""
        if self.owner is Ownership.AUTOCOMMIT or self.in_autocommit:
            return
        is_new = self.ours and self._begin_if_none()
        self._begin_due = False
        # a transaction that a SELECT opened may be SQLAlchemy's alone
        self.backend.begin(self.connection, is_new=is_new)

    def begin_for_reading(self) -> None:
        """Begin as SQLAlchemy does; no lock is taken until it is known that something is to be written."""
        if self.ours:
            self._begin_if_none()

    def _begin_if_none(self) -> bool:
        """Begin unless a transaction is open; say whether that was done."""
        if self.connection.get_transaction() is not None:
            return False
        with self.own():
            self.connection.begin()
        return True

    def commit(self) -> None:
        """Commit what is ours; a caller's transaction is left alone."""
        if self.owner is Ownership.AUTOCOMMIT:
            self.backend.end_savepoint_transaction(self.connection)
            self.pending.clear()
        if not self.ours:
            return
        if self.connection.get_transaction() is not None:
            with self.own():
                self.backend.commit(self.connection)
        self.pending.clear()
        self.used = False

    def rollback(self) -> None:
        """Roll back what is ours; a caller's transaction is left alone."""
        if not self.ours:
            return
        with self.own():
            self.connection.rollback()
        self.pending.clear()
        self.used = False

    def end(self, after_error: bool = False) -> None:
        """Run what waits for the end of the transaction: giving the lock back, restoring the session.

        :param after_error: there is an error already, and none of ours may take its place.
        """
        waiting, self.at_end = self.at_end, []
        for act in reversed(waiting):
            with self.own():
                try:
                    act()
                except Exception:
                    if not after_error:
                        raise

    @property
    def alive(self) -> bool:
        """Is this still the session that the run began with? A connection that was cut opens another at its next use."""
        if self.connection.closed or self.connection.invalidated:
            self._cut = True
        return not self._cut

    # -- what others do

    def _watch(self) -> None:
        self._listeners = [
            ("begin", self._on_begin),
            ("commit", self._on_commit),
            ("rollback", self._on_rollback),
            ("before_cursor_execute", self._on_statement),
            ("after_cursor_execute", self._after_statement),
        ]
        for name, listener in self._listeners:
            event.listen(self.connection, name, listener)

    def _on_begin(self, connection: Connection) -> None:
        # listeners of the connection are called before those of the engine, and one of those may say BEGIN by itself
        # (SQLAlchemy's recipe for SQLite), so ours waits for the transaction's first statement
        self._begin_due = self.running and not self.in_autocommit and self.owner is not Ownership.AUTOCOMMIT

    def _begin_if_due(self, connection: Connection) -> None:
        """Without a transaction of SQLAlchemy, its listeners are still at their "begin" event."""
        if self._begin_due and connection.get_transaction() is not None:
            self._begin_due = False
            self.backend.begin(connection)

    def _on_commit(self, connection: Connection) -> None:
        if self._own or self.in_autocommit:
            return
        if self.revision is not None and self.owner is Ownership.CALLERS:
            raise self._not_yours("commits")
        if self.journal is not None and self.ours:
            with self.own():
                self.journal.checkpoint()
        self.pending.clear()

    def _on_rollback(self, connection: Connection) -> None:
        if self._own or self.in_autocommit:
            return
        if self.revision is not None:
            self._refuse_rollback()
            self.rolled_back_in_step = True
        self.lost.extend(self.pending)
        self.pending.clear()

    def _refuse_rollback(self) -> None:
        if self.owner is Ownership.CALLERS:
            raise self._not_yours("rolls back")
        if self.pending:
            raise CommandError(
                f"revision {self.revision} rolls back the transaction that holds {', '.join(self.pending)} as well",
                help="take the rollback() out of the script, or configure(transaction_per_migration=True)",
            )

    def _not_yours(self, verb: str) -> CommandError:
        return CommandError(
            f"revision {self.revision} {verb} the transaction of the program that runs the migrations",
            help="take it out of the script, or give env.py a connection without an open transaction",
        )

    def _on_statement(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        self._begin_if_due(connection)
        if self._own:
            return
        self.interrupts.raise_again()
        self.used = True
        self.statement = statement
        progress.detail(statement)
        if self.journal is not None:
            with self.own():
                self.journal.before(statement)
        ends = ENDS_TRANSACTION.match(statement)
        if ends is None or self.revision is None or self.each_statement_commits:
            return
        if self.owner is Ownership.CALLERS:
            raise self._not_yours(f"says {ends[1].upper()} to")
        if ends[1].upper() in ("ROLLBACK", "ABORT"):
            self._refuse_rollback()
        elif self.journal is not None:
            with self.own():
                self.journal.checkpoint()

    def _after_statement(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if self._own:
            return
        self.statement = None
        self.done += not READS.match(statement)
        if self.journal is not None:
            with self.own():
                self.journal.after(statement)
        if self.in_autocommit or not self.ours or not self.running:
            return
        ends = ENDS_TRANSACTION.match(statement)
        if ends is None or self.driver.in_transaction(connection):
            return
        # the script ended the transaction by text: SQLAlchemy, and an adapter in front of an asyncio driver, have to know
        if ends[1].upper() in ("COMMIT", "END"):
            connection.commit()
        else:
            connection.rollback()

    # -- outside of any transaction

    @contextmanager
    def autocommit(self) -> Iterator[None]:
        """Commit, let each statement commit itself, then begin again.

        The level before is read before the switch: read later it would be AUTOCOMMIT, and stay for the rest of the run.
        """
        before = chosen_isolation(self.connection)
        if self.journal is not None:
            with self.own():
                self.journal.checkpoint()
        self.commit()
        self.connection.execution_options(isolation_level="AUTOCOMMIT")
        self.in_autocommit = True
        self.connection.begin()  # SQLAlchemy's word only: `in_transaction()` is true, as scripts know it
        try:
            yield
        finally:
            with self.own():
                self._leave_autocommit(before)

    def _leave_autocommit(self, before: str | None) -> None:
        if not self.alive:
            # The next use opens another one, without the level; all else would hide why this one is gone.
            self.connection.rollback()
            self.in_autocommit = False
            return
        self.backend.end_savepoint_transaction(self.connection)
        self.connection.commit()  # the level is refused while SQLAlchemy thinks of a transaction
        self.connection.execution_options(isolation_level=before)
        self.in_autocommit = False


class Scope:
    """What `begin_transaction()` gives: leaving it commits what is ours, or rolls it back after an error.

    A scope inside of another ends only the transaction that it began itself.
    """

    def __init__(self, transactions: Transactions, read_only: bool, begins: bool = True) -> None:
        """
        :param begins: whether a transaction is begun at once; otherwise the first statement begins it.
        """
        self._transactions = transactions
        self._read_only = read_only
        self._outermost = not transactions.scope_open
        transactions.open()
        self._began = begins and not transactions.connection.in_transaction()
        if self._outermost:
            transactions.scope_open = True
        if self._began:
            transactions.begin_for_reading()

    @property
    def is_active(self) -> bool:
        return self._transactions.connection.in_transaction()

    def commit(self) -> None:
        self._leave(self._transactions.rollback if self._read_only else self._transactions.commit)

    def rollback(self) -> None:
        self._leave(self._transactions.rollback)

    close = rollback

    def _leave(self, act: Callable[[], None], after_error: bool = False) -> None:
        if not self._outermost:
            if self._began:
                self._began = False
                act()
            return
        self._outermost = self._transactions.scope_open = False
        try:
            act()
        except BaseException:
            self._transactions.end(after_error=True)
            raise
        self._transactions.end(after_error)

    def __enter__(self) -> Scope:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self._leave(self._transactions.rollback, after_error=True)
