"""Whose transaction is it? A connection is asked before a run, and the answer says who begins and who commits."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from enum import Enum
from types import FrameType
from weakref import WeakKeyDictionary

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, TwoPhaseTransaction
from sqlalchemy.pool import NullPool

from autodiff.runtime.drivers import driver_of


class Ownership(Enum):
    """Who begins, who commits, and what a script may do to the transaction."""

    OURS = "nothing is open: we begin, we commit"
    ADOPTED = "a statement before us opened a transaction that nobody holds: it goes on, we commit"
    CALLERS = "the caller began it on purpose: the caller commits"
    AUTOCOMMIT = "each statement is committed by the server"


class Begins:
    """Remembers, for the connections of one run of an environment, which transactions SQLAlchemy began by itself."""

    def __init__(self) -> None:
        self._by_itself: WeakKeyDictionary[Connection, bool] = WeakKeyDictionary()

    def note(self, connection: Connection) -> None:
        self._by_itself[connection] = began_by_itself(sys._getframe(1))

    def by_itself(self, connection: Connection) -> bool | None:
        """None: the transaction is older than the run."""
        return self._by_itself.get(connection)


_watching: ContextVar[Begins | None] = ContextVar("autodiff_begins", default=None)


def watch_begins() -> Begins:
    """Watch every transaction that begins from now on in this context.

    SQLAlchemy keeps no mark of how a transaction came about, so the stack is asked while it begins.
    """
    if not event.contains(Engine, "begin", _note_begin):
        # for good: taking a listener away while another thread dispatches would break that thread
        event.listen(Engine, "begin", _note_begin)
    begins = Begins()
    _watching.set(begins)
    return begins


def _note_begin(connection: Connection) -> None:
    begins = _watching.get()
    if begins is not None:
        begins.note(connection)


def began_by_itself(frame: FrameType | None) -> bool:
    for _ in range(16):
        if frame is None:
            return False
        if frame.f_code.co_name == "_autobegin":
            return True
        frame = frame.f_back
    return False


def ownership_of(connection: Connection, begins: Begins | None = None) -> Ownership:
    """Classify the connection as it is now.

    :param begins: what was seen of the begins in this run, if it was watched.
    """
    driver = driver_of(connection)
    if driver.autocommit(connection):
        return Ownership.AUTOCOMMIT
    transaction = connection.get_transaction()
    if transaction is None:
        return Ownership.ADOPTED if driver.in_transaction(connection) else Ownership.OURS
    if connection.get_nested_transaction() is not None or isinstance(transaction, TwoPhaseTransaction):
        return Ownership.CALLERS
    if connection._trans_context_manager is not None:
        return Ownership.CALLERS
    del transaction
    by_itself = begins.by_itself(connection) if begins is not None else None
    if by_itself is None:
        by_itself = not held_by_somebody(connection)
    return Ownership.ADOPTED if by_itself else Ownership.CALLERS


def held_by_somebody(connection: Connection) -> bool:
    """Does anybody but the connection keep a reference to its transaction?

    Sees a kept `trans = conn.begin()`, a Session and an AsyncTransaction; misses only a `conn.begin()` whose result
    nobody keeps.
    """
    if not hasattr(sys, "getrefcount"):
        return True
    return sys.getrefcount(connection._transaction) > _references_when_nobody_holds()


def _references_when_nobody_holds() -> int:
    with create_engine("sqlite://", poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        return sys.getrefcount(connection._transaction)
