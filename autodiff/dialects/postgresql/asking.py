"""Asking the server for its own print: temporary tables are made, read by the catalog queries, and rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.postgresql.catalog import PRINTING_PATH, Catalog, Column, Index, read_temporary
from autodiff.dialects.postgresql.questions import Check, Generated, Keys, Question, Value, Whole
from autodiff.dialects.postgresql.sending import ask, ask_nothing
from autodiff.dialects.postgresql.session import Rollback
from autodiff.dialects.postgresql.twins import (
    Packing,
    Printed,
    block,
    careful_block,
    careful_statements,
    setting,
    statements,
)
from autodiff.dialects.postgresql.words import literal
from autodiff.errors import sqlstate_of
from autodiff.state import Server

# https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY = "25006"
NOT_ALLOWED = "42501"


class Refused(Exception):
    """The server does not let this session make temporary tables."""


def message_of(error: DBAPIError) -> str:
    """The first line of the server's message."""
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else "unknown error"


@dataclass
class Answers:
    """The server's prints by question, and its messages where it printed nothing."""

    values: dict[Value, Column] = field(default_factory=dict)
    texts: dict[Question, str] = field(default_factory=dict)
    indexes: dict[Keys, Index] = field(default_factory=dict)
    errors: dict[Question, str] = field(default_factory=dict)

    def take(self, packing: Packing, printed: Printed) -> None:
        for question, name in packing.names.items():
            if isinstance(question, Value):
                if name in printed.columns:
                    self.values[question] = printed.columns[name]
            elif isinstance(question, Keys):
                if name in printed.indexes:
                    self.indexes[question] = printed.indexes[name]
            elif isinstance(question, Generated):
                if name in printed.columns:
                    self.texts[question] = printed.columns[name].default or ""
            elif isinstance(question, Whole) and not question.inside:
                if name in printed.partition_keys:
                    self.texts[question] = printed.partition_keys[name]
            elif name in printed.checks:
                self.texts[question] = printed.checks[name]

    def knows(self, question: Question) -> bool:
        return question in self.values or question in self.texts or question in self.indexes


class Asking:
    """A session in which questions are asked; whatever it makes is rolled back at its end.

    :param shadows: statements that make what the models' DDL names and the database has not, or has differently, by
        made-up name.
    :param renames: statements that give the shadows their made-up names, by which their prints are known.
    """

    def __init__(
        self, connection: Connection, server: Server, shadows: Mapping[str, str], renames: Mapping[str, str]
    ) -> None:
        self.connection = connection
        self.server = server
        self.shadows = shadows
        self.renames = renames
        self.answers = Answers()
        self._rollback = Rollback(connection)
        self._ready = False
        self._number = 0

    def __enter__(self) -> Asking:
        self._rollback.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._rollback.__exit__(*error)

    def ask(self, questions: Iterable[Question]) -> None:
        """Puts the answers to the questions into `answers`.

        :raises Refused: no temporary tables here.
        """
        packing = Packing(questions, self._number)
        if not packing.names and (self._ready or not self.shadows):
            return
        try:
            self._send(block(*self._around(statements(packing.twins))))
        except DBAPIError as error:
            self._refused(error)
            self._rollback.again()
            self._ready = False
            packing = self._with_bare_types(packing)
            self._send_carefully(packing)
        self._number = packing.number
        self._ready = True
        self._read(packing)

    def _around(self, pieces: Iterable[str]) -> tuple[list[str], Iterable[str], list[str]]:
        own, printing = self.server.settings["search_path"], PRINTING_PATH
        before = [] if self._ready else [path_statement(own), *self.shadows.values()]
        after = [] if self._ready else [*self.renames.values(), path_statement(printing)]
        return before, pieces, after

    def _send(self, sql: str) -> None:
        try:
            ask_nothing(self.connection, sql)
        except DBAPIError as error:
            if sqlstate_of(error.orig) != READ_ONLY or not self._rollback.own:
                raise
            # default_transaction_read_only: only the first statement of a transaction may lift it.
            self._rollback.again()
            ask_nothing(self.connection, "SET LOCAL transaction_read_only = off")
            ask_nothing(self.connection, sql)

    def _send_carefully(self, packing: Packing) -> None:
        own, printing = path_statement(self.server.settings["search_path"]), path_statement(PRINTING_PATH)
        pieces: list[tuple[str | None, str]] = [*careful_statements(packing.twins)]
        if not self._ready:
            pieces = [(None, own), *self.shadows.items(), *pieces]
            pieces += [*((None, rename) for rename in self.renames.values()), (None, printing)]
        try:
            self._send(careful_block((), pieces, ()))
        except DBAPIError as error:
            self._refused(error)
            raise

    @staticmethod
    def _refused(error: DBAPIError) -> None:
        if sqlstate_of(error.orig) in (READ_ONLY, NOT_ALLOWED) or "plpgsql" in message_of(error):
            raise Refused(message_of(error)) from error
        if error.connection_invalidated:
            raise error

    @staticmethod
    def _with_bare_types(packing: Packing) -> Packing:
        """The questions, and each type without its default, so that a default that fails leaves the type known."""
        bare = [Value(q.type, None) for q in packing.names if isinstance(q, Value) and q.default is not None]
        return Packing([*packing.names, *bare], packing.number)

    def _read(self, packing: Packing) -> None:
        printed = Printed.of(self._catalog())
        self.answers.take(packing, printed)
        missing = {name: q for q, name in packing.names.items() if not self.answers.knows(q)}
        if missing:
            self.answers.errors.update(self._messages(missing))

    def _catalog(self) -> Catalog:
        return read_temporary(self.connection, self.server.version)

    def _messages(self, missing: Mapping[str, Question]) -> dict[Question, str]:
        names = ", ".join(f"({literal(name)}, current_setting({literal(setting(name))}, true))" for name in missing)
        rows = ask(self.connection, f"SELECT * FROM (VALUES {names}) AS failed (name, message)")
        return {missing[name]: message or "the server refused it" for name, message in rows}


def path_statement(path: str) -> str:
    return f"SELECT set_config('search_path', {literal(path)}, true)"


__all__ = ["Answers", "Asking", "Check", "Refused"]
