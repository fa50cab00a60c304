"""The databases that the tests run on: found in the right order, empty at each start, gone at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import sqlalchemy as sa

from tests.databases import find
from tests.databases.database import Database
from tests.databases.find import Source, sources

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def left_open() -> Iterator[list[Any]]:
    """Connections that a test forgot, as another process would."""
    connections: list[Any] = []
    yield connections
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_its_database_empty(database: Database, turn: int) -> None:
    assert sa.inspect(database.engine()).get_table_names() == []
    database.execute("CREATE TABLE left_over (id INTEGER)", "INSERT INTO left_over VALUES (1)")
    assert database.rows("SELECT id FROM left_over") == [(1,)]


@pytest.mark.parametrize("turn", [1, 2])
def test_types_schemas_and_open_transactions_of_the_last_test_are_gone(
    postgresql: Database, turn: int, left_open: list[Any]
) -> None:
    assert postgresql.rows("SELECT count(*) FROM pg_type WHERE typname = 'mood'") == [(0,)]
    postgresql.schema("extra")
    postgresql.execute("CREATE TYPE mood AS ENUM ('sad')", "CREATE EXTENSION citext")
    postgresql.execute(f"ALTER ROLE {sa.make_url(postgresql.url).username} SET search_path = extra")
    url = sa.make_url(postgresql.url)
    connection = psycopg.connect(str(url.set(drivername="postgresql")))
    connection.execute("CREATE TABLE locked (id INTEGER)")
    left_open.append(connection)


@pytest.mark.parametrize("turn", [1, 2])
def test_databases_made_beside_the_test_s_own_are_gone(mariadb: Database, turn: int, left_open: list[Any]) -> None:
    schema = mariadb.schema("extra")
    mariadb.execute(f"CREATE TABLE {schema}.t (id INTEGER)")
    arguments, words = mariadb.engine().dialect.create_connect_args(sa.make_url(mariadb.url))
    connection = pymysql.connect(*arguments, **words)
    connection.cursor().execute(f"INSERT INTO {schema}.t VALUES (1)")
    left_open.append(connection)


def test_a_second_database_is_another_one(database: Database) -> None:
    other = database.another()
    other.execute("CREATE TABLE t (id INTEGER)")
    assert sa.inspect(database.engine()).get_table_names() == []


def test_a_named_url_wins_over_what_the_machine_has() -> None:
    url = "postgresql+psycopg://me@db/test"
    assert sources("postgresql", {"AUTODIFF_TEST_POSTGRESQL": url}) == [Source("postgresql", "url", url)]


def test_off_means_no_server() -> None:
    assert sources("mariadb", {"AUTODIFF_TEST_MARIADB": "off"}) == []


def test_an_image_may_be_named() -> None:
    asked = {"AUTODIFF_TEST_MYSQL": "docker:mysql:8.4"}
    assert sources("mysql", asked) == [Source("mysql", "docker", "mysql:8.4")]


def test_a_folder_without_a_server_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="no postgres is there"):
        sources("postgresql", {"AUTODIFF_TEST_POSTGRESQL": str(tmp_path)})


def test_two_sources_of_one_major_are_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b", "c", "d")]
    for folder, version in zip(folders, ("18.6", "18.1", "15.3", "14.2"), strict=True):
        folder.mkdir()
        program = folder / "postgres"
        program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    monkeypatch.setattr(find, "_folders", lambda family: iter(folders))
    assert [source.version for source in sources("postgresql", {})] == ["18.6", "15.3"]


def test_nothing_is_left_after_the_test_run_is_killed(postgresql: Database, tmp_path: Path) -> None:
    source = next(s for s in sources("postgresql") if s.id == postgresql.id)
    program = (
        "import sys, time; from tests.databases.find import Source; from tests.databases.private import Server\n"
        f"server = Server({source!r}); print(server.url, flush=True); time.sleep(600)"
    )
    run = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    url = sa.make_url(run.stdout.readline().strip())
    folder = Path(str(url.query["host"]))
    assert (folder / "data").is_dir()
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    run.stdout.close()
    until = time.monotonic() + 20
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not folder.exists()
