"""One migrator at a time: who waits, who is told, and what is left behind."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from autodiff.runtime.lock import LockTimeout
from tests.databases.database import Database
from tests.runtime.project import ONLINE, OWN_BEGIN, Project

RUN = """
import sys
from pathlib import Path
from tests.runtime.project import ONLINE, Project
project = Project.__new__(Project)
project.folder, project.url, project.attributes = Path(sys.argv[1]), sys.argv[2], {}
project.upgrade(sys.argv[3])
"""


def start(project: Project, to: str = "heads") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(project.folder), project.url, to],
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


def counting_chain(project: Project, n: int) -> None:
    down = None
    project.revision(
        "r00",
        None,
        'op.create_table("runs", sa.Column("id", sa.Integer, primary_key=True), sa.Column("rev", sa.String(10)))',
    )
    down = "r00"
    for number in range(1, n):
        id = f"r{number:02d}"
        project.revision(
            id,
            down,
            f"op.execute(\"INSERT INTO runs (rev) VALUES ('{id}')\")\nop.create_table('t_{id}', sa.Column('x', sa.Integer))",
        )
        down = id


def test_many_processes_at_once_run_each_revision_once(project: Project, database: Database) -> None:
    counting_chain(project, 6)
    runs = [start(project) for _ in range(4)]
    outcomes = [(run.communicate(timeout=60)[1].decode(), run.returncode) for run in runs]
    assert [code for _, code in outcomes] == [0, 0, 0, 0], outcomes
    assert [row[0] for row in database.rows("SELECT rev FROM runs ORDER BY rev")] == [f"r{n:02d}" for n in range(1, 6)]
    assert database.rows("SELECT version_num FROM alembic_version") == [("r05",)]


def holding(database: Database) -> Callable[[], object]:
    """Hold the lock as another process would; the return value lets go."""
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD, database.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert run.stdout is not None
    assert run.stdout.readline() == b"held\n"
    return lambda: run.communicate(b"\n")


HOLD = textwrap.dedent("""
    import sys
    import sqlalchemy as sa
    from autodiff.runtime.backends import backend_of
    from autodiff.runtime.lock import LockRequest
    with sa.create_engine(sys.argv[1]).connect() as connection:
        lock = backend_of(connection.dialect).lock(LockRequest(connection, "alembic_version", None, 5))
        lock.acquire()
        print("held", flush=True)
        sys.stdin.readline()
        lock.release()
    """)


def test_who_waits_too_long_is_told_who_holds_the_lock(project: Project, database: Database) -> None:
    project.chain("a1")
    let_go = holding(database)
    try:
        with pytest.raises(LockTimeout, match=r"another migrator holds the lock: .*\d.* did not finish within 0\.2 s"):
            project.upgrade(lock_timeout=0.2)
    finally:
        let_go()
    project.upgrade()
    assert database.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_reading_and_having_nothing_to_do_needs_no_lock(project: Project, database: Database) -> None:
    project.chain("a1")
    project.upgrade()
    let_go = holding(database)
    try:
        assert project.look() == ("a1",)
        project.upgrade(lock_timeout=0)
    finally:
        let_go()


def test_another_version_table_has_another_lock(project: Project, database: Database) -> None:
    project.chain("a1")
    project.env(options="version_table='ours'")
    let_go = holding(database)
    try:
        project.upgrade(lock_timeout=5)
    finally:
        let_go()
    assert database.rows("SELECT version_num FROM ours") == [("a1",)]


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (["BEGIN IMMEDIATE"], "the database is locked: another connection writes to "),
        (["BEGIN", "SELECT * FROM t_a1"], "the database is locked: another connection reads "),
    ],
)
def test_a_database_file_that_others_use_is_waited_for_and_nothing_is_half_done(
    make_project: Callable[..., Project], sqlite: Database, others: list[str], words: str
) -> None:
    project = make_project(f"{sqlite.url}?timeout=0.3")
    project.chain("a1", "b2")
    project.upgrade("a1")
    other = sqlite3.connect(sqlite.rows("PRAGMA database_list")[0][2], isolation_level=None)
    for statement in others:
        other.execute(statement).fetchall()
    with pytest.raises(CommandError) as told:
        project.upgrade(lock_timeout=0.3)
    assert f"{words}" in str(told.value)
    assert "did not end its transaction within 0.3 s" in str(told.value)
    if "stopped after" in str(told.value):
        assert "rolled back: the database is at a1, as before\nthen: end it, or give --lock-timeout" in str(told.value)
    assert project.look() == ("a1",)
    other.close()
    project.upgrade()
    assert project.look() == ("b2",)


@pytest.mark.parametrize("options", ["", "transactional_ddl=True"])
def test_a_writer_is_waited_for_by_an_engine_that_says_begin_by_itself(
    make_project: Callable[..., Project], sqlite: Database, options: str
) -> None:
    project = make_project(f"{sqlite.url}?timeout=0.3")
    project.chain("a1", "b2")
    project.env(OWN_BEGIN.format(begin='connection.exec_driver_sql("BEGIN")') + ONLINE, options)
    project.upgrade("a1")
    other = sqlite3.connect(sqlite.rows("PRAGMA database_list")[0][2], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(
        CommandError, match=r"another connection writes to .* did not end its transaction within 0\.3 s"
    ):
        project.upgrade(lock_timeout=0.3)
    other.close()
    project.upgrade()
    assert project.look() == ("b2",)


def test_nothing_is_left_of_the_lock(make_project: Callable[..., Project], sqlite: Database, tmp_path: Path) -> None:
    project = make_project(sqlite.url)
    project.chain("a1")
    project.upgrade()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project", "test.db"]


def test_a_run_inside_of_a_migration_is_an_error_and_no_endless_wait(project: Project, database: Database) -> None:
    project.revision(
        "a1",
        None,
        """
        from autodiff import context
        config = context.config
        from autodiff.environment import EnvironmentContext
        script = context.script
        with EnvironmentContext(config, script, fn=lambda heads, ctx: script._upgrade_revs("heads", heads)):
            script.run_env()
        """,
    )
    with pytest.raises(CommandError, match="started from within a migration of alembic_version"):
        project.upgrade()


def test_the_lock_timeout_of_the_configuration_counts(project: Project, database: Database) -> None:
    project.chain("a1")
    project.env(options="lock_timeout='soon'")
    with pytest.raises(CommandError, match="lock_timeout is 'soon', which is no number of seconds"):
        project.upgrade()


def test_a_script_that_gives_the_lock_away_is_found_out(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    project = make_project(postgresql.url)
    project.revision("a1", None, "op.execute('SELECT pg_advisory_unlock_all()')")
    with pytest.raises(CommandError, match="the migration lock was gone before the run ended"):
        project.upgrade()


def test_create_index_concurrently_is_not_blocked_by_waiting_migrators(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    project = make_project(postgresql.url)
    project.chain("a1")
    project.revision(
        "b2",
        "a1",
        "import time\nwith op.get_context().autocommit_block():\n    time.sleep(0.5)\n"
        "    op.execute('CREATE INDEX CONCURRENTLY ix ON t_a1 (x)')",
    )
    runs = [start(project) for _ in range(3)]
    outcomes = [(run.communicate(timeout=30)[1].decode(), run.returncode) for run in runs]
    assert [code for _, code in outcomes] == [0, 0, 0], outcomes
    assert sa.inspect(postgresql.engine()).get_indexes("t_a1")[0]["name"] == "ix"
