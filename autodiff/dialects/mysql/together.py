"""Many statements in one round trip, on MySQL, which has no compound statements outside of stored programs.

A session takes statements with semicolons between them if its driver has said so, when it connected or later:
https://dev.mysql.com/doc/c-api/9.4/en/mysql-set-server-option.html. The first that fails ends the row. Where the driver
or the server does not know it, each statement is sent alone.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate, takewhile
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.mysql.lexer import TOKEN
from autodiff.dialects.mysql.session import Rows, Settings, collect, number_and_message, rows, run, tidied

Failure = tuple[int, str]
"""An error's number and its message."""

# SQLAlchemy closes the cursor of a statement without rows, so that nothing behind it could be read.
OPENING = "SELECT NULL"
BETWEEN = "\n;\n"  # on a line of its own: a comment at the end of a statement ends there


def outcomes(connection: Connection, settings: Settings, statements: Sequence[str]) -> Iterator[Rows | Failure]:
    """The rows of each statement (none where it gives none), or its error; the others go on."""
    done, most = 0, len(statements)
    while done < len(statements):
        row = leading(statements[done : done + most], settings)
        found: list[Rows | Failure] = list(in_one_go(connection, row))
        # Where one fails the next ones may, and what stands behind them would be sent in vain.
        most = max(1, len(found))
        if len(found) < len(row):
            # The one that failed, or any if the session takes one only: alone it is as good as ever, or says why not.
            found.append(alone(connection, row[len(found)]))
        if not isinstance(found[-1], tuple):
            most *= 4
        yield from found
        done += len(found)


def alone(connection: Connection, statement: str) -> Rows | Failure:
    try:
        return rows(connection, statement) if is_one(statement) else prepared(connection, statement)
    except DBAPIError as error:
        return number_and_message(error)


def prepared(connection: Connection, statement: str) -> Rows:
    """Run what may be two statements as one, or not at all; some drivers' sessions would run both."""
    connection.exec_driver_sql("SET @autodiff_sql = %s", (statement,))
    with tidied(connection, "SET @autodiff_sql = NULL"):
        run(connection, "PREPARE autodiff_statement FROM @autodiff_sql")
        with tidied(connection, "DEALLOCATE PREPARE autodiff_statement"):
            return rows(connection, "EXECUTE autodiff_statement")


def leading(statements: Sequence[str], settings: Settings) -> Sequence[str]:
    """As many of the first statements as go together; one at least."""
    # A packet is counted in bytes, of which a character has four at most.
    sizes = accumulate(4 * (len(statement) + len(BETWEEN)) for statement in statements)
    fitting = sum(1 for _ in takewhile(lambda size: size < settings.max_allowed_packet, sizes))
    return statements[: max(1, sum(1 for _ in takewhile(is_one, statements[:fitting])))]


_COMMENT = re.compile(r"\\|--|#|/\*")


def is_one(statement: str) -> bool:
    """Is it one statement for certain?

    A semicolon that somebody's text has outside of quotes must not end it here, as it does not where it is sent alone;
    what backslashes and comments do to quotes depends on the session.
    """
    if ";" not in statement:
        return True
    return not _COMMENT.search(statement) and all(token[0] != ";" for token in TOKEN.finditer(statement))


def in_one_go(connection: Connection, statements: Sequence[str]) -> Sequence[Rows]:
    """The rows of the statements up to the first that fails; nothing if it is one, or the session takes one only."""
    found: list[Rows | None] = []
    if len(statements) > 1:
        with taken_together(connection) as is_able:
            if is_able:
                # Who asks sends the one that failed alone, and gets its error in the ordinary way.
                with suppress(DBAPIError, connection.dialect.loaded_dbapi.Error):
                    collect(connection, BETWEEN.join((OPENING, *statements)), found)
    return [answer or [] for answer in found[1:]]


@contextmanager
def taken_together(connection: Connection) -> Iterator[bool]:
    """Does the session take several statements in one, meanwhile?"""
    driver: Any = connection.connection.driver_connection
    switch = SWITCHES.get(connection.dialect.driver)
    if switch is None or driver.client_flag & MULTI_STATEMENTS:
        yield switch is not None or connection.dialect.driver in ALWAYS_ABLE
        return
    error = connection.dialect.loaded_dbapi.Error
    try:
        switch(driver, MULTI_STATEMENTS_ON)
    except (error, AttributeError):  # something between us and the server, or another driver, does not know the command
        yield False
        return
    try:
        yield True
    finally:
        with suppress(error):  # of a connection that is lost
            switch(driver, MULTI_STATEMENTS_OFF)


COM_SET_OPTION, MULTI_STATEMENTS_ON, MULTI_STATEMENTS_OFF = 0x1B, 0, 1
MULTI_STATEMENTS = 1 << 16  # CLIENT_MULTI_STATEMENTS: what a driver says when it connects


def with_pymysql(driver: Any, option: int) -> None:
    """PyMySQL has no words for this command, though all that it takes to send it."""
    driver._execute_command(COM_SET_OPTION, struct.pack("<H", option))
    driver._read_packet()


def with_mysqlclient(driver: Any, option: int) -> None:
    driver.set_server_option(option)


SWITCHES: dict[str, Callable[[Any, int], None]] = {"pymysql": with_pymysql, "mysqldb": with_mysqlclient}
ALWAYS_ABLE = frozenset({"aiomysql", "asyncmy"})  # they say so when they connect
