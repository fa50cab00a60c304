"""Migrations from inside of a running event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from autodiff import aio
from autodiff.autogenerate import compare_metadata
from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from tests.databases.database import Database
from tests.runtime.project import Project
from tests.runtime.test_journal import FIRST
from tests.runtime.test_transactions import make_async


def test_an_async_env_runs_below_a_running_loop(make_project: Callable[..., Project], sqlite: Database) -> None:
    project = make_project(sqlite.async_url)
    make_async(project, "connect")
    project.chain("a1", "b2")

    async def main() -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        await aio.upgrade(project.config(), "head")
        ticking.cancel()
        return ticks

    assert asyncio.run(main()) > 1
    assert sqlite.rows("SELECT version_num FROM alembic_version") == [("b2",)]


def test_two_migrators_of_one_loop_wait_for_each_other(make_project: Callable[..., Project], sqlite: Database) -> None:
    project = make_project(sqlite.async_url)
    make_async(project, "connect")
    project.chain("a1", "b2", "c3")

    async def main() -> None:
        await asyncio.gather(*(aio.upgrade(project.config(), "head") for _ in range(3)))

    asyncio.run(main())
    assert sqlite.rows("SELECT version_num FROM alembic_version") == [("c3",)]


def models(*columns: sa.Column[Any]) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
    parent = sa.Column("p", sa.ForeignKey("p.id", name="fk"))
    check = sa.CheckConstraint("n > 0 and n < 10", name="ck")
    sa.Table(
        "t", metadata, parent, sa.Column("n", sa.Integer, server_default="1"), check, sa.Index("ix", "n"), *columns
    )
    return metadata


def test_a_comparison_through_an_asyncio_driver_finds_what_differs(database: Database) -> None:
    models().create_all(database.engine())

    async def found(wanted: sa.MetaData) -> list[str]:
        engine = create_async_engine(database.async_url, poolclass=sa.NullPool)
        async with engine.connect() as connection:
            diffs = await connection.run_sync(lambda c: compare_metadata(MigrationContext.configure(c), wanted))
        return [diff[0] for diff in diffs]

    assert asyncio.run(found(models())) == []
    assert asyncio.run(found(models(sa.Column("new", sa.String(9))))) == ["add_column"]


def test_a_revision_that_awaits_goes_on_where_it_stopped(
    make_project: Callable[..., Project], database: Database
) -> None:
    project = make_project(database.async_url)
    make_async(project, "connect")
    project.chain("a1")
    project.upgrade()
    database.execute("INSERT INTO t_a1 (x) VALUES (0)")
    plus = "async def plus(c):\n    await c.execute(sa.text('UPDATE t_a1 SET x = x + 1'))\nop.run_async(plus)"
    first = FIRST[database.dialect].replace("op.execute('UPDATE t_a1 SET x = x + 1')", plus)
    path = project.revision("b2", "a1", f"{first}\nop.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError, match="keeps its first 2 statements"):
        project.upgrade()
    path.write_text(path.read_text().replace("SELECT nothing", "SELECT x"))
    project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(1,)]


# The task is cancelled while the server is at this, for minutes. (MySQL ends SLEEP() by itself when the client has gone.)
SLOW = {
    "mysql": "SELECT BENCHMARK(9000000000, 1)",
    "postgresql": "SELECT pg_sleep(60)",
    "sqlite": "SELECT 1",
}


def test_a_run_that_is_cancelled_stops_on_the_server_too_and_the_next_one_does_it(
    make_project: Callable[..., Project], database: Database
) -> None:
    project = make_project(database.async_url)
    make_async(project, "connect")
    project.chain("a1")
    slow = f"async def slow(c):\n    import asyncio\n    asyncio.current_task().cancel()\n    await c.execute(sa.text('{SLOW[database.dialect]}'))\n"
    path = project.revision(
        "b2", "a1", f"{slow}op.create_table('t_b2', sa.Column('x', sa.Integer))\nop.run_async(slow)"
    )
    with pytest.raises(asyncio.CancelledError):
        project.upgrade()
    if database.dialect == "mysql":
        stopped = "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND info LIKE 'SELECT BENCHMARK%%'"
        for _ in range(100):
            if database.rows(stopped) == [(0,)]:
                break
            time.sleep(0.1)
        assert database.rows(stopped) == [(0,)]
    path.write_text(path.read_text().replace(".cancel()", "").replace(SLOW[database.dialect], "SELECT 1"))
    project.upgrade()
    assert database.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    assert set(sa.inspect(database.engine()).get_table_names()) == {"t_a1", "t_b2", "alembic_version"}
