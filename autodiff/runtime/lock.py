"""One migrator at a time: asking for the lock, waiting for it, giving it back. Each database's own lock is with its backend."""

from __future__ import annotations

import hashlib
import logging
import random
import time
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from autodiff.errors import CommandError
from autodiff.runtime.drivers import wait

log = logging.getLogger(__name__)

DEFAULT_TIMEOUT = 60.0  # seconds
TELL_AFTER = 2.0  # seconds of waiting before the holder is named
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.25  # seconds between two tries

_held: ContextVar[tuple[str, ...]] = ContextVar("autodiff_locks_held", default=())


class LockTimeout(CommandError):
    """Another migrator kept the lock for longer than `lock_timeout`."""


class LockLost(CommandError):
    """The lock went away while the migrations ran."""


@dataclass(frozen=True)
class LockRequest:
    """Who asks for which lock.

    :param connection: the migration's own connection.
    :param ends_transaction: whether the transaction that a try opens may be rolled back between two tries.
    :param lasts: "session", or "transaction" where the transaction belongs to the caller.
    :param timeout: how long to wait, in seconds; 0 tries once.
    """

    connection: Connection
    version_table: str
    version_table_schema: str | None
    timeout: float
    ends_transaction: bool = True
    lasts: str = "session"

    @property
    def digest(self) -> str:
        """The lock's identity within one database: the tool and the version table."""
        identity = repr(("autodiff", self.version_table_schema or "", self.version_table))
        return hashlib.sha256(identity.encode()).hexdigest()

    @property
    def owner_key(self) -> str:
        """The lock's identity for this process."""
        return f"{self.connection.engine.url!r} {self.digest}"


class Lock:
    """A lock that is asked for again and again until it is got; subclasses say how one try goes."""

    # Is the lock gone with the transaction, so that each transaction has to ask again and read the version again?
    per_transaction = False

    def __init__(self, request: LockRequest) -> None:
        self.request = request
        self.connection = request.connection
        self._held = False

    def acquire(self) -> None:
        """Wait for the lock.

        :raises LockTimeout: after `lock_timeout` seconds, naming the holder.
        """
        refuse_reentry(self.request)
        self._wait()
        _held.set((*_held.get(), self.request.owner_key))
        self._held = True

    def _wait(self) -> None:
        began, pause, told = time.monotonic(), FIRST_PAUSE, False
        while not self.try_once():
            waited = time.monotonic() - began
            if waited >= self.request.timeout:
                raise LockTimeout(
                    f"another migrator holds the lock{self._by()} and did not finish within {self.request.timeout:g} s",
                    help="wait for it and run this again, or give --lock-timeout a longer time",
                )
            if waited > TELL_AFTER and not told:
                log.warning(
                    "Waiting for another migrator%s (up to %g s; --lock-timeout)", self._by(), self.request.timeout
                )
                told = True
            wait(self.connection, random.uniform(pause / 2, pause))
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def _by(self) -> str:
        holder = self.holder()
        return f": {holder}" if holder else ""

    def release(self) -> None:
        """Give the lock back. Called outside of any transaction of ours; never raises for a connection that is gone."""
        if self._held:
            self.forget()
            self.give_back()

    def forget(self) -> None:
        """The connection is gone, and the lock with it."""
        self._held = False
        held = list(_held.get())
        if self.request.owner_key in held:
            held.remove(self.request.owner_key)
        _held.set(tuple(held))

    def again(self) -> None:
        """Ask again, in a new transaction, for a lock that went with the last one."""
        self._wait()

    def try_once(self) -> bool:
        return True

    def holder(self) -> str | None:
        """Who has it: process, host, since when."""
        return None

    def give_back(self) -> None:
        """Undo a successful `try_once`."""

    def check(self) -> None:
        """Called before each write of a version row.

        :raises LockLost: when the lock is not ours any more.
        """


class NoLock(Lock):
    """For databases whose locks we do not know."""

    def acquire(self) -> None:
        refuse_reentry(self.request)


def refuse_reentry(request: LockRequest) -> None:
    """A migration that starts migrations of the same version table would wait for itself for ever."""
    if request.owner_key in _held.get():
        raise CommandError(
            f"migrations of {request.version_table} were started from within a migration of {request.version_table}",
            help="call the other script's function, or give the inner run a version_table of its own",
        )
