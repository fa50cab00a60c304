"""NOT NULL and the rows that are there: filled with a value, or refused before anything changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Connection

from autodiff.errors import CommandError, RowsInTheWay
from autodiff.operations.literal import DatabaseType

ENOUGH = 1000  # rows that are counted; who has more of them needs no number


def rows_in_words(count: int) -> str:
    """`3 rows`, where no more than ENOUGH were counted."""
    return "1 row" if count == 1 else f"{count} rows" if count < ENOUGH else f"{ENOUGH:,} or more rows"


def expression(value: Any, type_: Any = None) -> Any:
    """A value of `existing_rows` as an SQL expression."""
    return value if isinstance(value, sa.ClauseElement) else sa.literal(value, type_)


def fill(operations: Any, table: str, column: str, value: Any, type_: Any, *, schema: str | None, nulls: bool) -> None:
    """UPDATE the rows.

    :param nulls: only those in which the column is NULL.
    """
    target = sa.table(table, sa.column(column, type_), schema=schema)
    statement = sa.update(target).values({target.c[column]: expression(value, type_)})
    if nulls:
        # (Of a DOMAIN, SQLAlchemy 2.1 does not know the operators, and warns.)
        statement = statement.where(sa.column(column).is_(None))
    operations.impl.execute_literal(statement)
    operations.impl.settle_rows(table, schema)


@dataclass(frozen=True)
class NotNull:
    """What an operation asks of the rows that are there: that a column has a value in each of them.

    :param nulls: the column is there, and may be NULL in them; else it is new, and has a value in none.
    """

    table: str
    column: str
    schema: str | None
    nulls: bool


def refuse_not_null(operations: Any, asked: NotNull) -> None:
    """Refuse to make a column NOT NULL for which rows have no value.

    :raises CommandError: naming table and column (RowsInTheWay for rows with NULL). (Where only SQL is written, nobody can look.)
    """
    # Tests of projects and plugins put recorders in the place of a connection: they have no rows.
    if operations.impl.as_sql or not isinstance(operations.impl.connection, Connection):
        return
    target = sa.table(asked.table, sa.column(asked.column), schema=asked.schema)
    found = sa.select(sa.literal(1).label("one")).select_from(target).limit(ENOUGH if asked.nulls else 1)
    if asked.nulls:
        found = found.where(target.c[asked.column].is_(None))
    count = operations.impl.connection.execute(sa.select(sa.func.count()).select_from(found.subquery())).scalar()
    if count:
        there = f"{rows_in_words(count)} of {asked.table!r} {'has' if count == 1 else 'have'} NULL in it"
        rows = there if asked.nulls else f"table {asked.table!r} has rows"
        refused = RowsInTheWay if asked.nulls else CommandError  # rows without NULL are no fault of the rows
        raise refused(
            f"{asked.table}.{asked.column} cannot be NOT NULL: {rows}, and no value is known for them",
            help="pass existing_rows=<value or SQL expression>, or a server_default",
        )


def lacks_value(column: Column[Any]) -> bool:
    """Would a new column of this kind be empty in the rows that are there, and must not be?"""
    return (
        not column.nullable
        and column.server_default is None
        and column.computed is None
        and column.identity is None
        and not _numbers_itself(column)
    )


def _numbers_itself(column: Column[Any]) -> bool:
    """May the database fill it: a key that counts (SERIAL, AUTO_INCREMENT), or a type in its own words (``serial``)?"""
    counts = column.primary_key and column.autoincrement is not False and not column.foreign_keys
    return isinstance(column.type, DatabaseType) or (counts and column.type._type_affinity is sa.Integer)
