"""One measurement, in a process of its own: `python measure.py TOOL CASE URL TABLES` prints JSON.

It is run by the interpreter of the tool that it measures, and imports nothing of the other.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path = [entry for entry in sys.path if entry != str(Path(__file__).parent)]

from benchmarks import models  # noqa: E402


def main(tool: str, case: str, url: str, tables: int) -> dict[str, Any]:
    engine = sa.create_engine(url)
    statements: list[str] = []
    metadata = models.metadata(tables)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        count(connection, statements)
        work = CASES[tool, case](connection, metadata)
        connection.rollback()
        statements.clear()
        start = time.process_time()
        found = work()
        cpu = time.process_time() - start
    engine.dispose()
    return {"cpu": cpu, "statements": len(statements), "found": found}


def count(connection: sa.Connection, statements: list[str]) -> None:
    """Note each statement; SQLite's driver says itself what it runs, what goes past SQLAlchemy included."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.set_trace_callback(statements.append)
    else:
        sa.event.listen(connection, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))


def compare(tool: str) -> Callable[[sa.Connection, sa.MetaData], Callable[[], Any]]:
    """The no-change diff as each tool does it by default; `found` is the number of differences.

    Alembic then compares neither server defaults nor checks; autodiff compares all.
    """

    def prepare(connection: sa.Connection, metadata: sa.MetaData) -> Callable[[], Any]:
        migration, autogenerate = import_module(f"{tool}.migration"), import_module(f"{tool}.autogenerate")
        context = migration.MigrationContext.configure(connection)
        return lambda: len(autogenerate.compare_metadata(context, metadata))

    return prepare


def script(tool: str) -> Callable[[sa.Connection, sa.MetaData], Callable[[], Any]]:
    """The text of a script that makes all tables, in black's form; `found` is its number of lines."""

    def prepare(connection: sa.Connection, metadata: sa.MetaData) -> Callable[[], Any]:
        migration, autogenerate = import_module(f"{tool}.migration"), import_module(f"{tool}.autogenerate")
        context = migration.MigrationContext.configure(connection)

        def work() -> int:
            operations = autogenerate.produce_migrations(context, metadata).upgrade_ops
            text = "def upgrade() -> None:\n    " + autogenerate.render_python_code(operations) + "\n"
            return len((_black(text) if tool == "alembic" else text).splitlines())

        if tool == "alembic":
            _black("")
        return work

    return prepare


def _black(text: str) -> str:
    import black

    return black.format_str(text, mode=black.Mode(line_length=120))


def floor_compare(connection: sa.Connection, metadata: sa.MetaData) -> Callable[[], Any]:
    """SQLAlchemy's own bulk reflection, with nothing done with what it reads."""

    def work() -> int:
        inspector = sa.inspect(connection)
        inspector.get_multi_columns()
        inspector.get_multi_pk_constraint()
        inspector.get_multi_foreign_keys()
        inspector.get_multi_unique_constraints()
        inspector.get_multi_check_constraints()
        inspector.get_multi_indexes()
        inspector.get_multi_table_comment()
        return 0

    if connection.dialect.name == "sqlite":  # it has no comments to read
        sa.Inspector.get_multi_table_comment = lambda *_: {}  # type: ignore[method-assign]
    return work


def floor_script(connection: sa.Connection, metadata: sa.MetaData) -> Callable[[], Any]:
    """The DDL of the same tables, compiled by SQLAlchemy."""
    tables = metadata.sorted_tables
    return lambda: sum(
        len(str(sa.schema.CreateTable(table).compile(dialect=connection.dialect)).splitlines()) for table in tables
    )


CASES: dict[tuple[str, str], Callable[[sa.Connection, sa.MetaData], Callable[[], Any]]] = {
    ("autodiff", "compare"): compare("autodiff"),
    ("alembic", "compare"): compare("alembic"),
    ("floor", "compare"): floor_compare,
    ("autodiff", "script"): script("autodiff"),
    ("alembic", "script"): script("alembic"),
    ("floor", "script"): floor_script,
}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))))
