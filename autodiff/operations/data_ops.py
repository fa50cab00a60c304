"""Operations on rows, and SQL as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodiff.ddl.impl import constant_defaults
from autodiff.operations.declare import operation
from autodiff.operations.tree import MigrateOperation


@operation("execute", batch=True)
class ExecuteSQLOp(MigrateOperation):
    """Execute a statement.

    :param sqltext: a SQLAlchemy construct, or a string, which is taken as `sqlalchemy.text()`: there ``:name`` is a
        parameter, and a colon that is meant as such is written ``\\\\:``. See `op.sql` for SQL that is taken as it is.
    :param execution_options: execution options of the statement.
    """

    def __init__(self, sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
        self.sqltext = sqltext
        self.execution_options = execution_options

    def to_diff_tuple(self) -> tuple[str, Any]:
        return ("execute", self.sqltext)


@operation("sql", batch=True)
class SqlOp(MigrateOperation):
    """Execute a statement exactly as it is written: ``:name``, ``%`` and ``\\\\`` mean themselves.

    :param statement: one statement.
    :param transactional: False runs it outside of the transaction, as ``CREATE INDEX CONCURRENTLY`` or ``VACUUM`` want.
    """

    def __init__(self, statement: str, *, transactional: bool = True) -> None:
        self.statement = statement
        self.transactional = transactional

    def to_diff_tuple(self) -> tuple[str, str]:
        return ("execute", self.statement)


@operation("bulk_insert")
class BulkInsertOp(MigrateOperation):
    """Insert rows into a table.

    :param table: what `create_table` returned, or a table made with `sqlalchemy.table()`.
    :param rows: dictionaries, by name of the column.
    :param multiinsert: all rows in one statement; False makes a statement for each, so that rows may have different
        columns or contain expressions.
    """

    def __init__(self, table: Any, rows: list[dict[str, Any]], *, multiinsert: bool = True) -> None:
        self.table = table
        self.rows = rows
        self.multiinsert = multiinsert

    def arguments(self, *, batch: bool = False) -> tuple[list[Any], dict[str, Any]]:
        """What the models give to columns that a row leaves out is in the rows: a script's table has no defaults."""
        (table, rows), keywords = super().arguments(batch=batch)
        return [table, [{**constant_defaults(table), **row} for row in rows]], keywords

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("bulk_insert", self.table, self.rows)
