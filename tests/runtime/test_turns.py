"""A statement that wants a table for itself takes turns with the application's queries."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.runtime.backends import mysql_turns
from tests.databases.database import Database
from tests.runtime.project import ONLINE, Project
from tests.runtime.test_transactions import make_async

PATIENT = "SET statement_timeout = '20s'"


@pytest.fixture
def project(make_project: Callable[..., Project], postgresql: Database) -> Project:
    project = make_project(postgresql.url)
    project.revision("a1", None, 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))')
    project.upgrade()
    return project


class Reader:
    """An application's session that has read the table, and sits idle in its transaction until it is told to go."""

    def __init__(self, database: Database) -> None:
        self.connection = database.engine().connect()
        self.connection.exec_driver_sql("SELECT * FROM t")

    def go(self) -> None:
        self.connection.close()


class Running(threading.Thread):
    """`upgrade` in a thread; `finish` gives what it raised."""

    def __init__(self, project: Project) -> None:
        super().__init__(daemon=True)
        self.project = project
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.project.upgrade()
        except BaseException as error:
            self.error = error

    def finish(self) -> BaseException | None:
        self.join(30)
        assert not self.is_alive()
        return self.error


def when_it_waits(caplog: Any, database: Database) -> str:
    """Waits until the migration has said that it waits, and gives what it said."""
    while True:
        said = [
            record.getMessage() for record in caplog.records if record.getMessage().startswith("Waiting for the lock")
        ]
        if said:
            return said[0]
        database.rows("SELECT pg_sleep(0.02)" if database.dialect == "postgresql" else "SELECT SLEEP(0.02)")


@pytest.mark.parametrize("options", ["", "transaction_per_migration=True"])
@pytest.mark.parametrize(
    "statement",
    [
        'op.add_column("t", sa.Column("x", sa.Integer))',
        'op.execute("ALTER TABLE t ADD COLUMN x int")',
        'op.sql("ALTER TABLE ONLY public.t ADD COLUMN x int")',
    ],
)
def test_queries_go_first_as_long_as_somebody_reads(
    project: Project, postgresql: Database, caplog: Any, statement: str, options: str
) -> None:
    project.env(options=f"table_lock_timeout=0.1, {options}")
    project.revision("b2", "a1", statement)
    goes_behind_queries(project, postgresql, caplog)


@pytest.mark.parametrize("driver", ["psycopg2", "asyncpg"])
def test_so_it_is_with_other_drivers(
    make_project: Callable[..., Project], postgresql: Database, caplog: Any, driver: str
) -> None:
    project = make_project(sa.make_url(postgresql.url).set(drivername=f"postgresql+{driver}").render_as_string(False))
    project.revision("a1", None, 'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))')
    if driver == "asyncpg":
        make_async(project, "connect")
    project.upgrade()
    project.revision("b2", "a1", 'op.add_column("t", sa.Column("x", sa.Integer))')
    goes_behind_queries(project, postgresql, caplog)


def goes_behind_queries(project: Project, postgresql: Database, caplog: Any) -> None:
    reader = Reader(postgresql)
    with caplog.at_level(logging.WARNING):
        running = Running(project)
        said = when_it_waits(caplog, postgresql)
        with postgresql.engine().connect() as other:
            other.exec_driver_sql(PATIENT)
            other.exec_driver_sql("SELECT * FROM t")
    reader.go()
    assert running.finish() is None
    assert "idle in transaction since" in said
    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    assert postgresql.rows("SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'x'") == [
        ("x",)
    ]


@pytest.mark.parametrize(
    ("online", "up"),
    [
        (ONLINE, "op.execute(\"SET LOCAL lock_timeout = '50ms'\")\nop.execute('ALTER TABLE t ADD COLUMN x int')"),
        (ONLINE, "op.execute('LOCK TABLE t NOWAIT')"),
        (
            ONLINE.replace("    context.configure", "    connection.exec_driver_sql(\"SET lock_timeout = '50ms'\")\n"
                           "    connection.commit()\n    context.configure"),
            "op.execute('ALTER TABLE t ADD COLUMN x int')",
        ),
    ],
)  # fmt: skip
def test_a_time_that_somebody_has_chosen_counts(project: Project, postgresql: Database, online: str, up: str) -> None:
    project.env(online)
    project.revision("b2", "a1", up)
    reader = Reader(postgresql)
    error = Running(project).finish()
    reader.go()
    assert isinstance(error, sa.exc.OperationalError)
    assert "wait for the transaction in the way" in str(error)
    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_rows_are_waited_for_as_ever_and_nothing_is_left_of_it(project: Project, postgresql: Database) -> None:
    project.env(options="table_lock_timeout=0.1")
    told = "op.execute('CREATE TABLE told AS SELECT current_setting($$lock_timeout$$) AS value')"
    project.revision("b2", "a1", f"op.execute('ALTER TABLE t ADD COLUMN x int')\n{told}")
    project.upgrade()
    assert postgresql.rows("SELECT value FROM told") == [("0",)]


def test_another_error_is_the_statement_s_own(project: Project, postgresql: Database) -> None:
    project.revision("b2", "a1", "op.execute('ALTER TABLE t ADD COLUMN id int')")
    with pytest.raises(sa.exc.ProgrammingError, match='column "id" of relation "t" already exists'):
        project.upgrade()
    project.revision("b2", "a1", "op.execute('ALTER TABLE t ADD COLUMN x int')")
    project.upgrade()
    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("b2",)]


def test_what_an_earlier_run_has_done_is_left_out(project: Project, postgresql: Database) -> None:
    alter = "op.execute('ALTER TABLE t ADD COLUMN x int')"
    index = "op.execute('CREATE INDEX CONCURRENTLY ix ON later (x)')"
    project.revision("b2", "a1", f"{alter}\nwith op.get_context().autocommit_block():\n    {index}")
    with pytest.raises(sa.exc.ProgrammingError, match='relation "later" does not exist'):
        project.upgrade()
    postgresql.execute("CREATE TABLE later (x int)")
    project.upgrade()
    assert postgresql.rows("SELECT version_num FROM alembic_version") == [("b2",)]


# MariaDB


@pytest.fixture
def maria_project(make_project: Callable[..., Project], mariadb: Database) -> Project:
    project = make_project(mariadb.url)
    project.revision("a1", None, 'op.create_table("t%", sa.Column("id", sa.Integer, primary_key=True))\n'
                     'op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))')  # fmt: skip
    project.upgrade()
    return project


@pytest.mark.parametrize(
    "statement",
    [
        'op.add_column("t", sa.Column("x", sa.Integer))',
        'op.execute("ALTER TABLE `t` ADD COLUMN x int")',
        'op.create_index("x", "t", ["id"])',
        'op.execute("CREATE TABLE IF NOT EXISTS t (id int)")\nop.add_column("t", sa.Column("x", sa.Integer))',
    ],
)
def test_on_mariadb_too_queries_go_first(
    maria_project: Project, mariadb: Database, caplog: Any, statement: str
) -> None:
    told = "op.execute('CREATE TABLE told AS SELECT @@SESSION.lock_wait_timeout AS value')"
    maria_project.revision("b2", "a1", f"{statement}\n{told}")
    (before,) = mariadb.rows("SELECT @@SESSION.lock_wait_timeout")
    reader = Reader(mariadb)
    with caplog.at_level(logging.WARNING):
        running = Running(maria_project)
        when_it_waits(caplog, mariadb)
        with mariadb.engine().connect() as other:
            other.exec_driver_sql("SET lock_wait_timeout = 20")
            other.exec_driver_sql("SELECT * FROM t")
    reader.go()
    assert running.finish() is None
    assert mariadb.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    assert mariadb.rows("SELECT value FROM told") == [before], "the session waits as before"


@pytest.mark.parametrize(
    "up", ["op.execute('SET lock_wait_timeout = 1')\nop.execute('{}')", "op.execute('{} WAIT 1')"], ids=["SET", "WAIT"]
)
def test_on_mariadb_too_a_time_that_somebody_has_chosen_counts(
    maria_project: Project, mariadb: Database, up: str
) -> None:
    alter = "ALTER TABLE t WAIT 1 ADD COLUMN x int" if "WAIT" in up else "ALTER TABLE t ADD COLUMN x int"
    maria_project.revision("b2", "a1", up.replace("{} WAIT 1", alter).replace("{}", alter))
    reader = Reader(mariadb)
    error = Running(maria_project).finish()
    reader.go()
    assert isinstance(error, sa.exc.OperationalError)
    assert "wait for the transaction in the way" in str(error)
    assert mariadb.rows("SELECT version_num FROM alembic_version") == [("a1",)]


@pytest.mark.parametrize(("large", "value"), [(0, None), (10**9, 1)])
def test_the_copy_of_a_large_table_is_not_begun_again(
    maria_project: Project, mariadb: Database, monkeypatch: pytest.MonkeyPatch, large: int, value: int | None
) -> None:
    monkeypatch.setattr(mysql_turns, "LARGE", large)
    waits: list[int] = []
    waited_for = mysql_turns.MysqlTurns.end

    def end(turns: Any, run: Any, *, failed: bool) -> None:
        waits.append(run("SELECT @@SESSION.lock_wait_timeout"))
        waited_for(turns, run, failed=failed)

    monkeypatch.setattr(mysql_turns.MysqlTurns, "end", end)
    maria_project.revision("b2", "a1", "op.execute('ALTER TABLE `t%` ADD COLUMN x int')")
    maria_project.upgrade()
    assert waits == ([] if value is None else [value])


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("t", (None, "'t'")),
        ("`a b`.`c``d`", ("'a b'", "'c`d'")),
        ("s . `it's`", ("'s'", "'it''s'")),
        ("`b\\s`", (None, "'b\\\\s'")),
    ],
)
def test_a_table_is_looked_up_by_its_name(written: str, wanted: tuple[str | None, str]) -> None:
    assert mysql_turns.parts_of(written) == wanted
