"""A statement of a script that runs only if something is there, or is not: MySQL has no IF EXISTS for indexes and constraints.

Prepared statements are what can be conditional outside of stored programs (MariaDB takes them, too):
https://dev.mysql.com/doc/refman/9.4/en/sql-prepared-statements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.dialects.mysql.lexer import literal

# The catalog's column with the name of what may be there.
INDEX, CONSTRAINT = "STATISTICS.INDEX_NAME", "TABLE_CONSTRAINTS.CONSTRAINT_NAME"


def only_if(statement: str, what: str, name: str, table: str, schema: str | None, *, there: bool) -> Iterator[str]:
    """The statements that run one if a table has an index or a constraint of the name (or has it not)."""
    owner = "DATABASE()" if schema is None else literal(schema)
    catalog, column = what.split(".")
    found = (
        f"EXISTS (SELECT 1 FROM information_schema.{catalog} WHERE TABLE_SCHEMA = {owner}"
        f" AND TABLE_NAME = {literal(table)} AND {column} = {literal(name)})"
    )
    yield f"SET @autodiff_sql = IF({'' if there else 'NOT '}{found}, {literal(statement)}, 'DO 0')"
    yield "PREPARE autodiff_statement FROM @autodiff_sql"
    yield "EXECUTE autodiff_statement"
    yield "DEALLOCATE PREPARE autodiff_statement"
