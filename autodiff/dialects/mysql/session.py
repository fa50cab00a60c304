"""The session in which the server prints: its settings, put back afterwards, and statements with several answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autodiff.dialects.mysql.lexer import literal

Rows = list[tuple[Any, ...]]

# What the printing depends on. Binary results: the server prints bytes that are no UTF-8 (a default of a binary
# column), and a driver that decodes them dies.
READING = "sql_mode = '', sql_quote_show_create = 1, character_set_results = binary"


@dataclass(frozen=True)
class Settings:
    """The server and the session as the application has them."""

    version: tuple[int, ...]
    is_mariadb: bool
    database: str | None
    sql_mode: str
    quote_show_create: str
    results: str | None
    lower_case_table_names: int
    max_allowed_packet: int

    @classmethod
    def of(cls, connection: Connection) -> Settings:
        row = connection.exec_driver_sql(
            "SELECT version(), database(), @@sql_mode, @@sql_quote_show_create, @@character_set_results,"
            " @@lower_case_table_names, @@max_allowed_packet"
        ).one()
        version, database, mode, quote, results, lower, packet = (text_of(value) for value in row)
        return cls(
            version=version_of(version or ""),
            is_mariadb="mariadb" in (version or "").lower(),
            database=database,
            sql_mode=mode or "",
            quote_show_create=quote or "1",
            results=results,
            lower_case_table_names=int(lower or 0),
            max_allowed_packet=int(packet or 0),
        )

    @property
    def lowers_names(self) -> bool:
        """Are tables and schemas known by their names in lower case?

        Kept so (1, as on Windows), or compared so and printed so in foreign keys (2, as on macOS):
        https://dev.mysql.com/doc/refman/9.4/en/identifier-case-sensitivity.html
        """
        return self.lower_case_table_names != 0

    @property
    def escapes(self) -> bool:
        """Does the application's session take a backslash in a literal for an escape?"""
        return "NO_BACKSLASH_ESCAPES" not in self.sql_mode

    @property
    def restoring(self) -> str:
        """What brings the session back to where the application had it."""
        results = "NULL" if self.results is None else self.results
        return (
            f"sql_mode = {literal(self.sql_mode)}, sql_quote_show_create = {self.quote_show_create},"
            f" character_set_results = {results}"
        )


def version_of(printed: str) -> tuple[int, ...]:
    """``10.11.19-MariaDB-…`` as numbers; the ``5.5.5-`` that old replication clients were told is left out."""
    numbers = printed.removeprefix("5.5.5-").split("-", 1)[0].split(".")
    return tuple(int(number) for number in numbers if number.isdigit())


def text_of(value: Any) -> str | None:
    """A value of a binary result as text; bytes that are no UTF-8 survive (surrogateescape)."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "surrogateescape")
    return None if value is None else str(value)


@contextmanager
def reading(connection: Connection, settings: Settings) -> Iterator[None]:
    """The session prints in the form that `show_create` reads; the application's settings come back in any case."""
    run(connection, f"SET SESSION {READING}")
    with tidied(connection, f"SET SESSION {settings.restoring}"):
        yield


@contextmanager
def tidied(connection: Connection, *statements: str) -> Iterator[None]:
    """Statements that run after a block, whatever becomes of it.

    Where the block fails, or is interrupted, that is what is told: the connection may be lost, and nothing is left to tidy.
    """
    try:
        yield
    except BaseException:
        for statement in statements:
            with suppress(SQLAlchemyError):
                run(connection, statement)
        raise
    for statement in statements:
        run(connection, statement)


def run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement, None, execution_options={"no_parameters": True}).close()


def rows(connection: Connection, statement: str) -> Rows:
    """The rows of a query, texts decoded."""
    result = connection.exec_driver_sql(statement, None, execution_options={"no_parameters": True})
    return _decoded(result) if result.returns_rows else []


def answers(connection: Connection, statement: str) -> list[Rows]:
    """The rows of each query in a compound statement."""
    found: list[Rows | None] = []
    collect(connection, statement, found)
    return [answer for answer in found if answer is not None]


def collect(connection: Connection, statement: str, into: list[Rows | None]) -> None:
    """Put what each statement in a statement gives into a list, up to the first that fails; None where it gives no rows.

    :param statement: the first thing in it gives rows (SQLAlchemy closes the cursor of one that does not).
    """
    if connection.dialect.is_async:
        # SQLAlchemy's cursor does not say whether there is a next set; the driver's does.
        driver: Any = connection.connection.dbapi_connection
        driver.run_async(partial(_collect_async, statement=statement, into=into))
        return
    result = connection.exec_driver_sql(statement, None, execution_options={"no_parameters": True})
    cursor: Any = result.cursor
    while cursor is not None:
        into.append(None if cursor.description is None else _decoded(cursor.fetchall()))
        if not cursor.nextset():
            break
    result.close()


async def _collect_async(driver: Any, statement: str, into: list[Rows | None]) -> None:
    async with driver.cursor() as cursor:
        await cursor.execute(statement)
        while True:
            into.append(None if cursor.description is None else _decoded(await cursor.fetchall()))
            if not await cursor.nextset():
                return


def _decoded(fetched: Iterable[Iterable[Any]]) -> Rows:
    return [
        tuple(text_of(value) if isinstance(value, (bytes, bytearray)) else value for value in row) for row in fetched
    ]


def number_and_message(error: DBAPIError) -> tuple[int, str]:
    """The server's number and message: drivers give them as the first two arguments of their exceptions."""
    args: tuple[Any, ...] = getattr(error.orig, "args", ())
    if len(args) >= 2 and isinstance(args[0], int):
        return args[0], str(args[1])
    return int(getattr(error.orig, "errno", 0) or 0), str(error.orig)


def block(statements: Iterable[tuple[int, str]]) -> str:
    """One compound statement of MariaDB that goes on after an error.

    An error answers with one row: the number that was given with the statement, the error's number, its message.
    """
    lines, last = [], 0
    for number, statement in statements:
        if number != last:
            lines.append(f"SET at_ = {number};")
            last = number
        lines.append(f"{statement};")
    return "\n".join(
        (
            "BEGIN NOT ATOMIC DECLARE at_ INT DEFAULT 0; DECLARE error_ INT; DECLARE message_ TEXT;",
            "DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN",
            "GET DIAGNOSTICS CONDITION 1 error_ = MYSQL_ERRNO, message_ = MESSAGE_TEXT;",
            "SELECT at_, error_, message_; END;",
            *lines,
            "END",
        )
    )
