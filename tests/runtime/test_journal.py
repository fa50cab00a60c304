"""A revision that was cut off goes on where it stopped, each statement once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from autodiff.runtime.backends import backend_of
from autodiff.runtime.journal import HalfApplied
from tests.databases.database import Database
from tests.runtime.project import Project
from tests.runtime.test_failure import RUN

# What commits in the middle of a revision: DDL on MariaDB and MySQL, an autocommit block elsewhere.
FIRST = {
    "mysql": "op.execute('UPDATE t_a1 SET x = x + 1')\nop.execute('ALTER TABLE t_a1 ADD COLUMN y INTEGER')",
    "postgresql": "op.execute('UPDATE t_a1 SET x = x + 1')\nwith op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY ix ON t_a1 (x)')",
    "sqlite": "op.execute('UPDATE t_a1 SET x = x + 1')\nwith op.get_context().autocommit_block():\n    op.execute('ALTER TABLE t_a1 ADD COLUMN y INTEGER')",
}


def half(project: Project, database: Database, then: str) -> Path:
    """a1 with a row, and b2 that adds 1, changes the schema, adds 10, and comes to `then`."""
    project.chain("a1")
    project.upgrade()
    database.execute("INSERT INTO t_a1 (x) VALUES (0)")
    return project.revision("b2", "a1", f"{FIRST[database.dialect]}\nop.execute('UPDATE t_a1 SET x = x + 10')\n{then}")


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine()).get_table_names())


def test_after_an_error_the_rest_is_done_and_nothing_twice(project: Project, database: Database) -> None:
    path = half(project, database, "op.execute('SELECT nothing FROM t_a1')")
    for _ in range(3):  # a container that is started again and again
        with pytest.raises(CommandError, match=r"left: the database is at a1, and keeps its first 2 statements"):
            project.upgrade()
        assert database.rows("SELECT x FROM t_a1") == [(1,)]
    path.write_text(path.read_text().replace("SELECT nothing", "SELECT x"))
    project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(11,)]
    assert database.rows("SELECT version_num FROM alembic_version") == [("b2",)]
    assert tables(database) == {"t_a1", "alembic_version"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_run_goes_on_where_it_was(project: Project, database: Database, when: str) -> None:
    """Killed just before, or just after, the statement that commits by itself."""
    path = half(project, database, "")
    text = path.read_text()
    line = next(line for line in text.splitlines() if "ALTER" in line or "CONCURRENTLY" in line)
    indent = line[: len(line) - len(line.lstrip())]
    kill = f"{indent}import os; os.kill(os.getpid(), 9) if os.environ.get('KILL') else None"
    path.write_text(text.replace(line, f"{kill}\n{line}" if when == "before" else f"{line}\n{kill}"))
    killed = subprocess.run(
        [sys.executable, "-c", RUN, str(project.folder), project.url],
        env={**os.environ, "KILL": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL
    project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(11,)]
    assert tables(database) == {"t_a1", "alembic_version"}


def test_another_text_in_the_done_part_is_refused(project: Project, database: Database) -> None:
    path = half(project, database, "op.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError):
        project.upgrade()
    path.write_text(path.read_text().replace("x + 1'", "x + 2'"))
    with pytest.raises(HalfApplied, match="b2 was left after 2 statements, and its script has another text there now"):
        project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(1,)]


def test_the_other_direction_is_refused_while_a_revision_is_half_applied(project: Project, database: Database) -> None:
    half(project, database, "op.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError):
        project.upgrade()
    with pytest.raises(HalfApplied, match="the upgrade of b2 was left after 2 statements"):
        project.downgrade("base")


def test_a_stamp_says_that_nothing_is_half_applied(project: Project, database: Database) -> None:
    half(project, database, "op.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError):
        project.upgrade()
    project.stamp("b2", purge=True)
    assert tables(database) == {"t_a1", "alembic_version"}
    project.downgrade("a1")
    assert database.rows("SELECT version_num FROM alembic_version") == [("a1",)]


@pytest.mark.parametrize("name", ["ux", "ux" + 70 * "_"], ids=["short", "cut by the server"])
def test_an_index_left_invalid_is_built_again(
    make_project: Callable[..., Project], postgresql: Database, name: str
) -> None:
    project = make_project(postgresql.url)
    project.chain("a1")
    project.upgrade()
    postgresql.execute("INSERT INTO t_a1 VALUES (1)", "INSERT INTO t_a1 VALUES (1)")
    project.revision(
        "b2",
        "a1",
        "with op.get_context().autocommit_block():\n"
        f"    op.execute('CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {name} ON t_a1 (x)')",
    )
    with pytest.raises(CommandError, match=r"[Dd]uplicate|could not create unique index"):
        project.upgrade()
    assert postgresql.rows(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass") == [(False,)]
    postgresql.execute("DELETE FROM t_a1")
    project.upgrade()
    assert postgresql.rows(f"SELECT indisvalid FROM pg_index WHERE indexrelid = '{name}'::regclass") == [(True,)]


# A statement that changes rows and during which the connection goes away.
CUT_OFF = {
    "mysql": "CALL inserts_and_goes()",
    "postgresql": "INSERT INTO t_a1 SELECT 1 WHERE pg_terminate_backend(pg_backend_pid())",
}


def cut_off(project: Project, database: Database, statement: str) -> None:
    """b2 does something, and is cut off in a statement that commits by itself."""
    project.chain("a1")
    project.upgrade()
    if database.dialect == "mysql":
        database.execute(
            "CREATE PROCEDURE inserts_and_goes() BEGIN INSERT INTO t_a1 VALUES (1); KILL CONNECTION_ID(); END"
        )
    project.revision(
        "b2",
        "a1",
        "with op.get_context().autocommit_block():\n"
        f"    op.execute('INSERT INTO t_a1 VALUES (7)')\n    op.execute({statement!r})",
    )


@pytest.mark.families("postgresql", "mariadb", "mysql")
def test_what_was_cut_off_and_changes_rows_is_asked_about_each_time(project: Project, database: Database) -> None:
    cut_off(project, database, CUT_OFF[database.dialect])
    asks = "keeps its 1st statement, and perhaps one more: nothing tells whether it ran, so that the next run stops"
    with pytest.raises(CommandError, match=asks) as raised:
        project.upgrade()
    assert "look whether it was done" in str(raised.value)
    assert "PendingRollbackError" not in str(raised.value)
    rows = database.rows("SELECT x FROM t_a1 ORDER BY x")
    for _ in range(2):
        with pytest.raises(CommandError, match="cannot go on by itself") as raised:
            project.upgrade()
        assert asks in str(raised.value)
        assert str(raised.value).count("look whether it was done") == 1
    assert database.rows("SELECT x FROM t_a1 ORDER BY x") == rows


def test_what_was_cut_off_and_can_be_looked_up_is_done_once(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    project = make_project(postgresql.url)
    cut_off(
        project,
        postgresql,
        "CREATE TABLE made AS SELECT x FROM t_a1 WHERE x = 7 AND pg_terminate_backend(pg_backend_pid())",
    )
    looks = "keeps its 1st statement, and perhaps one more: the next run looks whether it ran, and goes on"
    with pytest.raises(CommandError, match=looks):
        project.upgrade()
    postgresql.execute("UPDATE t_a1 SET x = 8")
    project.upgrade()
    assert postgresql.rows("SELECT x FROM t_a1") == [(8,)]
    assert tables(postgresql) == {"t_a1", "made", "alembic_version"}


def test_what_is_half_applied_is_no_difference(project: Project, database: Database) -> None:
    """The journal is autodiff's own table, as the version table is."""
    half(project, database, "op.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError):
        project.upgrade()
    assert "autodiff_journal" in tables(database)
    models = sa.MetaData()
    sa.Table("t_a1", models, autoload_with=database.engine())
    with database.engine().connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models) == []


def test_an_ordinary_revision_has_no_journal(project: Project, database: Database) -> None:
    if database.dialect == "mysql":
        pytest.skip("DDL commits there, so each has one")
    project.chain("a1")
    project.revision("b2", "a1", "op.execute('UPDATE t_a1 SET x = 1')\nop.execute('SELECT nothing FROM t_a1')")
    with pytest.raises(CommandError):
        project.upgrade()
    assert "autodiff_journal" not in tables(database)


@pytest.mark.parametrize("end", ["op.get_bind().commit()", "op.execute('COMMIT')"])
def test_what_a_script_commits_by_itself_is_not_done_again(project: Project, database: Database, end: str) -> None:
    project.chain("a1")
    project.upgrade()
    database.execute("INSERT INTO t_a1 (x) VALUES (0)")
    path = project.revision(
        "b2", "a1", f"op.execute('UPDATE t_a1 SET x = x + 1')\n{end}\nop.execute('SELECT nothing FROM t_a1')"
    )
    with pytest.raises(CommandError, match="keeps its 1st statement"):
        project.upgrade()
    path.write_text(path.read_text().replace("SELECT nothing", "SELECT x"))
    project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(1,)]


def test_a_user_who_may_only_read_is_told_so_before_anything_runs(
    make_project: Callable[..., Project], mariadb: Database
) -> None:
    project = make_project(mariadb.url)
    project.chain("a1", "b2")
    project.upgrade("a1")
    url = sa.make_url(mariadb.url)
    name = f"{url.database}_reader"
    hosts = [f"'{name}'@'{host}'" for host in ("localhost", "%%")]
    mariadb.execute(*(f"CREATE OR REPLACE USER {user} IDENTIFIED BY 'read'" for user in hosts))
    try:
        mariadb.execute(*(f"GRANT SELECT ON {url.database}.* TO {user}" for user in hosts))
        project.url = url.set(username=name, password="read").render_as_string(hide_password=False)
        with pytest.raises(CommandError, match="cannot create the table autodiff_journal") as raised:
            project.upgrade()
        assert "let this user do it, or name another one" in str(raised.value.help)
    finally:
        mariadb.execute(*(f"DROP USER {user}" for user in hosts))
    assert mariadb.rows("SELECT version_num FROM alembic_version") == [("a1",)]


@pytest.mark.families("mariadb", "mysql")
@pytest.mark.parametrize(
    ("make", "drop"),
    [
        ("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.x = 1", "DROP TRIGGER tr"),
        ("CREATE PROCEDURE p() SELECT 1", "drop procedure p"),
        ("CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1", "DROP FUNCTION f"),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO SET @x = 1", "DROP EVENT e"),
        ("CREATE VIEW v AS SELECT x FROM t", "DROP VIEW v"),
        ("CREATE INDEX i ON t (x)", "DROP INDEX i ON t"),
        ("CREATE TABLE `o``dd` (x INTEGER COMMENT '\U00020000')", "DROP TABLE IF EXISTS nothing, `o``dd`"),
        ("ALTER TABLE `t``t` ADD COLUMN y INTEGER", "ALTER TABLE `t``t` DROP COLUMN y"),
        ("RENAME TABLE t TO u", "ALTER TABLE u RENAME TO t"),
    ],
)
def test_whether_a_statement_was_done_is_told_by_what_it_makes_and_drops(
    database: Database, make: str, drop: str
) -> None:
    with database.engine().connect() as connection:
        backend = backend_of(connection.dialect)
        connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")
        connection.exec_driver_sql("CREATE TABLE `t``t` (x INTEGER)")
        for statement in (make, drop):
            before = backend.fingerprint(connection, statement)
            assert backend.is_done(connection, statement, before) is False
            connection.exec_driver_sql(statement)
            assert backend.is_done(connection, statement, before) is True


@pytest.mark.families("mariadb", "mysql")
def test_whether_a_statement_was_done_is_told_of_tables_in_other_schemas_too(database: Database) -> None:
    other = f"{sa.make_url(database.url).database}_other"
    database.execute(f"CREATE SCHEMA {other}")
    try:
        with database.engine().connect() as connection:
            backend = backend_of(connection.dialect)
            for statement in (
                f"CREATE TABLE {other}.t (x INTEGER)",
                f"ALTER TABLE `{other}` . t ADD COLUMN y INTEGER",
                f"RENAME TABLE {other}.t TO {other}.u",
                f"DROP TABLE {other}.u",
            ):
                before = backend.fingerprint(connection, statement)
                assert backend.is_done(connection, statement, before) is False
                connection.exec_driver_sql(statement)
                assert backend.is_done(connection, statement, before) is True
    finally:
        database.execute(f"DROP SCHEMA {other}")


def test_whether_a_sequence_was_altered_is_told_by_its_definition(mariadb: Database) -> None:
    mariadb.execute("CREATE SEQUENCE s INCREMENT BY 5")
    with mariadb.engine().connect() as connection:
        backend = backend_of(connection.dialect)
        before = backend.fingerprint(connection, "ALTER SEQUENCE s INCREMENT BY 3")
        connection.exec_driver_sql("ALTER SEQUENCE s INCREMENT BY 3")
        assert backend.is_done(connection, "ALTER SEQUENCE s INCREMENT BY 3", before) is True
