"""CREATE TABLE and CREATE INDEX of a model, as SQLAlchemy writes them, in half the time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable
from sqlalchemy.sql.compiler import DDLCompiler


class TableWriter:
    """Writes tables with one compiler, without a `CreateColumn` for each column.

    Where CREATE TABLE is not SQLAlchemy's own affair (a user's `@compiles`, a dialect's own `visit_create_table`) it
    writes nothing, and says so in `is_able`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.compiler: Any = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type]
        self.is_able = not any(
            hasattr(element, "_compiler_dispatcher") for element in (CreateTable, CreateColumn)
        ) and all(
            getattr(type(self.compiler), name) is getattr(DDLCompiler, name)
            for name in ("visit_create_table", "visit_create_column", "create_table_constraints")
        )
        self._options: dict[object, str] | None = {} if is_sqlalchemys(self.compiler.post_create_table) else None

    def text(self, table: Table) -> str:
        """The whole statement."""
        if not self.is_able:
            return str(CreateTable(table).compile(dialect=self.compiler.dialect)).strip()
        prefixes = "".join(f"{prefix} " for prefix in getattr(table, "_prefixes", ()))
        suffix = self.compiler.create_table_suffix(table)
        head = f"CREATE {prefixes}TABLE {self.compiler.preparer.format_table(table)} {f'{suffix} ' if suffix else ''}"
        return f"{head}{self.body(table, None)}{self.options(table)}".strip()

    def body(self, table: Table, foreign_keys: tuple[()] | None) -> str:
        """What stands in the parentheses, with them.

        :param foreign_keys: an empty tuple to leave them out; None for all.
        """
        lines, in_key = [], False
        written, processed = self.compiler.get_column_specification, self.compiler.process
        for column in table.columns:
            if column.system:
                continue
            if column.primary_key and not in_key:
                line, in_key = written(column, first_pk=True), True
            else:
                line = written(column)
            lines.append(" ".join([line, *map(processed, column.constraints)]) if column.constraints else line)
        constraints = self.compiler.create_table_constraints(table, _include_foreign_key_constraints=foreign_keys)
        parts = [*lines, constraints] if constraints else lines
        inside = ", \n\t".join(parts)
        return f"(\n\t{inside}\n)" if parts else "(\n)"

    def index(self, index: Index) -> str:
        """CREATE INDEX."""
        return str(self.compiler.process(CreateIndex(index)))

    def options(self, table: Table) -> str:
        """What stands behind the parentheses; written once for all tables that say the same."""
        if self._options is None:
            return str(self.compiler.post_create_table(table))
        said = (table.comment, *table.dialect_kwargs.items())
        try:
            found = self._options.get(said)
        except TypeError:  # a value without a hash
            return str(self.compiler.post_create_table(table))
        if found is None:
            found = self._options[said] = str(self.compiler.post_create_table(table))
        return found


def is_sqlalchemys(method: Any) -> bool:
    """Is it of a dialect of SQLAlchemy's own?"""
    return str(method.__module__).startswith("sqlalchemy.")
