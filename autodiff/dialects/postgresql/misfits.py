"""Rows that a new type does not take, looked up when the server has refused it: what it says names neither table nor row."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.postgresql.sending import ask_nothing, in_autocommit
from autodiff.errors import RowsInTheWay, sqlstate_of
from autodiff.operations.rows import ENOUGH, rows_in_words

# Data exceptions, and what a domain's NOT NULL and CHECK say (https://www.postgresql.org/docs/current/errcodes-appendix.html).
ABOUT_ROWS = ("22", "23502", "23514")
RAISED = "P0001"
NAMED, WIDEST = 3, 60
PATIENCE = "5 seconds"

# Each row is stored in a column of the new type, until many were refused, or it took too long. What was found is told as
# an error: nothing of it stays, and nobody who counts statements takes it for one of the script's.
_LOOK = """
DO {body}
DECLARE
    here record;
    named text[] := '{{}}';
    refused int := 0;
    is_all bool := TRUE;
    started timestamptz := clock_timestamp();
BEGIN
    CREATE TEMP TABLE "~fit~" (value {type_});
    FOR here IN SELECT tableoid, ctid, {column}::text AS said FROM {table} LOOP
        BEGIN
            INSERT INTO "~fit~" SELECT {using} FROM {table} WHERE tableoid = here.tableoid AND ctid = here.ctid;
        EXCEPTION WHEN OTHERS THEN
            refused := refused + 1;
            IF cardinality(named) < {named} AND here.said <> ALL (named) THEN named := named || here.said; END IF;
        END;
        is_all := refused < {enough} AND clock_timestamp() < started + interval '{patience}';
        EXIT WHEN NOT is_all;
    END LOOP;
    RAISE EXCEPTION '%', json_build_array(refused, is_all, to_json(named));
END{body}
"""


def change_type(impl: Any, element: Any, *, table: str, column: str, type_: str, using: str | None) -> None:
    """Change a column's type.

    :param element: the statement.
    :param table, column, type_, using: the same in words of SQL.
    :raises RowsInTheWay: with the rows that do not fit, if there are such.
    """
    connection = impl.connection
    if impl.as_sql or not isinstance(connection, Connection) or in_autocommit(connection):
        impl._exec(element)
        return
    try:
        with connection.begin_nested():
            impl._exec(element)
    except DBAPIError as error:
        if not (sqlstate_of(error.orig) or "").startswith(ABOUT_ROWS):
            raise
        found = misfits(connection, table, column, type_, using or column)
        if not found:
            raise
        raise RowsInTheWay(
            found.against(element.table_name, element.column_name, type_),
            help="change those rows first, or convert them with postgresql_using",
        ) from error


@dataclass(frozen=True)
class Misfits:
    """:param count: how many rows there are, if `is_all`; else some of them.
    :param named: some of their values.
    """

    count: int
    is_all: bool
    named: Sequence[str]

    def against(self, table: str, column: str, type_: str) -> str:
        rows = rows_in_words(self.count) if self.is_all or self.count == ENOUGH else f"{self.count} or more rows"
        verb = "has" if rows == "1 row" else "have"
        values = (
            f": {', '.join(map(said, self.named))}{' …' if self.count > len(self.named) else ''}" if self.named else ""
        )
        return f"{rows} of {table!r} {verb} a {column} that does not fit {type_.lower()}{values}"


def misfits(connection: Connection, table: str, column: str, type_: str, using: str) -> Misfits | None:
    """The rows that cannot be stored in the type; None where there are none, or where it cannot be told."""
    words = {"body": "$autodiff$", "named": NAMED, "enough": ENOUGH, "patience": PATIENCE}
    look = _LOOK.format(type_=type_, column=column, table=table, using=using, **words)
    try:
        with connection.begin_nested():
            ask_nothing(connection, look)
    except DBAPIError as error:
        told = re.search(r"\[.*\]", str(error.orig))
        if told and sqlstate_of(error.orig) == RAISED:
            count, is_all, named = json.loads(told[0])
            return Misfits(count, is_all, named) if count else None
    return None


def said(value: str) -> str:
    text = value.replace("\n", "\\n")
    return f"'{text}'" if len(text) + 2 <= WIDEST else f"'{text[: WIDEST - 3]}…'"
