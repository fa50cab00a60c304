"""From one model to another on one connection: the script of a change, run as env.py does; models made as often as needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table
from sqlalchemy.dialects import mysql

from autodiff.autogenerate import produce_migrations, render_python_code
from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from tests.witness import difference, lines

Model = Callable[[sa.MetaData], object]


def built(model: Model) -> sa.MetaData:
    metadata = sa.MetaData()
    model(metadata)
    return metadata


def context(connection: sa.Connection, metadata: sa.MetaData, **options: Any) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"target_metadata": metadata, **options})


def scripts(connection: sa.Connection, metadata: sa.MetaData, **options: Any) -> tuple[str, str]:
    """The bodies of upgrade() and downgrade()."""
    own = context(connection, metadata, **options)
    script = produce_migrations(own, metadata)
    up, down = (
        render_python_code(ops, migration_context=own) if not ops.is_empty() else ""
        for ops in (script.upgrade_ops, script.downgrade_ops)
    )
    return up, down


def run(connection: sa.Connection, metadata: sa.MetaData, body: str) -> None:
    own = context(connection, metadata)
    names = {"op": Operations(own), "sa": sa, "mysql": mysql}
    exec(compile("if True:\n    " + body.strip(), "<script>", "exec"), names)
    connection.commit()


def t(*items: Any, name: str = "t", **keywords: Any) -> Model:
    """The model of one table with a key; an item that is a function is called for it, so that it can be made twice."""

    def model(metadata: sa.MetaData) -> None:
        made = [item() for item in items]
        Table(name, metadata, Column("id", Integer, primary_key=True), *made, **keywords)

    return model


def both(*models: Model) -> Model:
    return lambda metadata: [model(metadata) for model in models]


def walk(connection: sa.Connection, before: Model, after: Model, *rows: str | sa.Insert) -> None:
    """Up and down, twice: each time it is what the models make on their own, nothing is left to do, all rows are there.

    :param rows: the statements that fill the tables; without any, each gets two rows of defaults.
    """
    built(after).create_all(connection)
    wanted = lines(connection)
    built(after).drop_all(connection)
    built(before).create_all(connection)
    start = lines(connection)
    for row in rows or [table.insert().values({}) for table in built(before).sorted_tables for _ in range(2)]:
        connection.execute(sa.text(row) if isinstance(row, str) else row)
    connection.commit()
    assert scripts(connection, built(before)) == ("", "")
    up, down = scripts(connection, built(after))
    kept = [table for table in built(before).sorted_tables if table.name in built(after).tables]
    counts = [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in kept]
    for _ in range(2):
        run(connection, built(after), up)
        assert difference(lines(connection), wanted) == []
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(after), down)
        assert difference(lines(connection), start) == []
        assert scripts(connection, built(before)) == ("", "")
    assert counts == [connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() for table in kept]
