"""The caller's session: borrowed for a moment, and given back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from autodiff.dialects.postgresql.catalog import PRINTING_PATH
from autodiff.dialects.postgresql.sending import ask, ask_nothing, in_autocommit
from autodiff.dialects.postgresql.words import literal
from autodiff.state import Server


@contextmanager
def guest(connection: Connection) -> Iterator[None]:
    """For reading: a connection that was in no transaction is left in none."""
    began = not connection.in_transaction()
    try:
        yield
    finally:
        if began and connection.in_transaction():
            connection.rollback()


@contextmanager
def printing_path(connection: Connection, server: Server) -> Iterator[None]:
    """Sets the search path under which all users' names print qualified; it is set back afterwards."""
    local = "false" if in_autocommit(connection) else "true"
    own = server.settings["search_path"]
    ask(connection, f"SELECT set_config('search_path', {literal(PRINTING_PATH)}, {local})")
    yield
    ask(connection, f"SELECT set_config('search_path', {literal(own)}, {local})")


class Rollback:
    """A transaction or savepoint in which things are tried, and that is always rolled back."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.plain = in_autocommit(connection)
        self._transaction: Any = None

    @property
    def own(self) -> bool:
        """Is it a transaction of its own, so that nothing ran in it before?"""
        return self.plain or not self._nested

    def __enter__(self) -> Rollback:
        self._nested = self.connection.in_transaction() and not self.plain
        self._begin()
        return self

    def _begin(self) -> None:
        if self.plain:
            ask_nothing(self.connection, "BEGIN")
        elif self._nested:
            self._transaction = self.connection.begin_nested()
        else:
            self._transaction = self.connection.begin()

    def again(self) -> None:
        """Rolls back what was done, after an error too, and starts anew."""
        self._end()
        self._begin()

    def _end(self) -> None:
        if self.plain:
            ask_nothing(self.connection, "ROLLBACK")
        else:
            self._transaction.rollback()

    def __exit__(self, *_: object) -> None:
        self._end()
