"""Rows that a new type does not take, looked up when the server has refused it: what it says names neither table nor row."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.postgresql.sending import ask_nothing, in_autocommit
from autodiff.errors import RowsInTheWay

# Data exceptions, and what a domain's NOT NULL and CHECK say (https://www.postgresql.org/docs/current/errcodes-appendix.html).
ABOUT_ROWS = ("22", "23502", "23514")
RAISED = "P0001"
NAMED, WIDEST = 3, 60

# Each row is stored in a column of the new type, until some were refused. What was found is told as an error: nothing of
# it stays, and nobody who counts statements takes it for one of the script's.
_LOOK = """
DO {body}
DECLARE
    here record;
    found text[] := '{{}}';
BEGIN
    CREATE TEMP TABLE "~fit~" (value {type_});
    FOR here IN SELECT tableoid, ctid, {column}::text AS said FROM {table} LOOP
        BEGIN
            INSERT INTO "~fit~" SELECT {using} FROM {table} WHERE tableoid = here.tableoid AND ctid = here.ctid;
        EXCEPTION WHEN OTHERS THEN
            found := found || here.said;
            EXIT WHEN cardinality(found) > {named};
        END;
    END LOOP;
    RAISE EXCEPTION '%', array_to_json(found);
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
        if not code_of(error).startswith(ABOUT_ROWS):
            raise
        found = misfits(connection, table, column, type_, using or column)
        if not found:
            raise
        named = ", ".join(map(said, found[:NAMED]))
        more = " and others" if len(found) > NAMED else ""
        raise RowsInTheWay(
            f"{element.table_name}.{element.column_name} cannot become {type_}: there are rows with {named}{more}",
            help="change those rows first, or convert them with postgresql_using",
        ) from error


def misfits(connection: Connection, table: str, column: str, type_: str, using: str) -> list[str | None]:
    """Some values that cannot be stored in the type; none where that cannot be told."""
    look = _LOOK.format(body="$autodiff$", type_=type_, column=column, table=table, using=using, named=NAMED)
    try:
        with connection.begin_nested():
            ask_nothing(connection, look)
    except DBAPIError as error:
        told = re.search(r"\[.*\]", str(error.orig))
        return list(dict.fromkeys(json.loads(told[0]))) if told and code_of(error) == RAISED else []
    return []


def said(value: str | None) -> str:
    if value is None:
        return "NULL"
    text = value.replace("\n", "\\n")
    return f"'{text}'" if len(text) + 2 <= WIDEST else f"'{text[: WIDEST - 3]}…'"


def code_of(error: DBAPIError) -> str:
    """The SQLSTATE, wherever the driver keeps it."""
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None) or "")
