"""A change of models on a PostgreSQL database with rows: written, run, judged by the second witness, and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from autodiff import op
from autodiff.autogenerate import produce_migrations, render_python_code
from autodiff.migration import MigrationContext
from autodiff.operations import DatabaseType, Operations
from tests import witness
from tests.databases.database import Database

Model = Callable[[sa.MetaData], object]


def built(model: Model) -> sa.MetaData:
    metadata = sa.MetaData()
    model(metadata)
    return metadata


def seen(database: Database) -> list[str]:
    with database.engine().connect() as connection:
        return witness.lines(connection)


def emptied(database: Database) -> None:
    database.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")


def script(database: Database, model: Model) -> tuple[str, str]:
    """The body of upgrade and of downgrade that lead to the models."""
    with database.engine().connect() as connection:
        found = produce_migrations(MigrationContext.configure(connection), built(model))
    assert found.upgrade_ops is not None
    assert found.downgrade_ops is not None
    return render_python_code(found.upgrade_ops), render_python_code(found.downgrade_ops)


def run(database: Database, body: str) -> None:
    scope: dict[str, Any] = {"op": op, "sa": sa, "postgresql": postgresql, "DatabaseType": DatabaseType}
    exec("def go():\n    " + body + "\n", scope)
    with database.engine().connect() as connection:
        context = MigrationContext.configure(connection)
        with context.begin_transaction(), Operations.context(context):
            scope["go"]()
        connection.commit()


def nothing_to_do(database: Database, model: Model) -> bool:
    return all("op." not in body for body in script(database, model))


def round_trip(database: Database, before: Model, after: Model, rows: Sequence[str] = ()) -> tuple[str, str]:
    """Up and down between two models; the script's two halves."""
    engine = database.engine()
    built(after).create_all(engine)
    wanted = seen(database)
    assert nothing_to_do(database, after), script(database, after)
    emptied(database)
    built(before).create_all(engine)
    start = seen(database)
    assert nothing_to_do(database, before), script(database, before)
    if rows:
        database.execute(*rows)
    up, down = script(database, after)
    run(database, up)
    assert not (found := witness.difference(seen(database), wanted)), found
    assert nothing_to_do(database, after), script(database, after)
    run(database, down)
    assert not (found := witness.difference(seen(database), start)), found
    assert nothing_to_do(database, before), script(database, before)
    return up, down
