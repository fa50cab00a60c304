"""Migrations from inside of a running event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from autodiff import aio
from tests.databases.database import Database
from tests.runtime.project import Project
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
