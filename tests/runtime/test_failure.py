"""What a person is told when a migration stops, and what is left of it."""

from __future__ import annotations

import contextlib
import io
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from autodiff.runtime.failure import MigrationFailed, shortened
from tests.databases.database import Database
from tests.runtime.project import Project


def failing(project: Project, body: str) -> str:
    project.chain("a1")
    project.revision("b2", "a1", body)
    with pytest.raises(MigrationFailed) as caught:
        project.upgrade()
    text = str(caught.value)
    assert len(text.splitlines()) <= 15
    return text


def test_the_message_says_where_what_is_left_and_what_to_do(project: Project) -> None:
    text = failing(project, "op.execute('INSERT INTO t_a1 VALUES (1)')\nop.execute('SELECT nothing FROM t_a1')")
    lines = text.splitlines()
    assert lines[0] == "b2 (make b2) stopped at its 2nd of 2 statements"
    assert re.fullmatch(r"  .*project/versions/b2\.py:\d+", lines[1])
    assert lines[2] == "  SELECT nothing FROM t_a1"
    assert "nothing" in lines[3]
    at = "base (no revision)" if "postgresql" in project.url else "a1"
    assert lines[-2] == f"rolled back: the database is at {at}, as before"
    assert lines[-1] == "then: correct the rows or the script, and run  autodiff upgrade heads  again"


def test_a_stamp_that_stops_says_so(make_project: Callable[..., Project], sqlite: Database) -> None:
    project = make_project(sqlite.url)
    project.chain("a1", "b2")
    project.stamp("b2")
    sqlite.execute("CREATE TRIGGER no BEFORE UPDATE ON alembic_version BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(MigrationFailed) as caught:
        project.stamp("a1")
    lines = str(caught.value).splitlines()
    assert lines[0] == "the stamp of a1 stopped at its 1st statement"
    assert lines[-1].endswith("and run  autodiff stamp a1  again")


@pytest.mark.parametrize(
    ("to", "down", "command"),
    [
        ("b2", False, "upgrade b2 --sql"),
        ("a1:b2", False, "upgrade a1:b2 --sql"),
        ("b2:a1", True, "downgrade b2:a1 --sql"),
    ],
)
def test_what_stops_while_its_sql_is_written_names_the_command_as_it_was_given(
    make_project: Callable[..., Project], to: str, down: bool, command: str
) -> None:
    project = make_project("sqlite://")
    project.chain("a1")
    body = "with op.batch_alter_table('t_a1') as batch_op:\n    batch_op.drop_column('x')"
    project.revision("b2", "a1", body, body)
    with pytest.raises(MigrationFailed) as caught:
        project.sql(to, down=down)
    lines = str(caught.value).splitlines()
    assert lines[2].endswith("so that table reflection can be skipped.")
    assert lines[-1].endswith(f"and run  autodiff {command}  again")


SURROUNDINGS = {
    "sqlite": ("PRAGMA query_only = ON", "INSERT INTO t_a1 VALUES (1)", "let this user do it"),
    "postgresql": ("SET TRANSACTION READ ONLY", "INSERT INTO t_a1 VALUES (1)", "let this user do it"),
    "mariadb": (
        "SELECT 1",
        "SET STATEMENT max_statement_time=0.05 FOR SELECT SLEEP(9)",
        "give the statement more time",
    ),
    "mysql": (
        "SET max_execution_time = 50",
        "SELECT SLEEP(1) FROM information_schema.tables",
        "give the statement more time",
    ),
}


def test_what_neither_rows_nor_script_can_help_is_told_so(project: Project, database: Database) -> None:
    before, statement, remedy = SURROUNDINGS[database.family]
    text = failing(project, f"op.execute('{before}')\nop.execute('{statement}')")
    assert text.splitlines()[-1].startswith(f"then: {remedy}"), text


def test_an_error_of_the_script_itself_is_told_by_its_type(project: Project) -> None:
    text = failing(project, "op.execute('INSERT INTO t_a1 VALUES (1)')\nraise ValueError('boom')")
    assert "stopped after 1 statement\n" in text
    assert "\n  ValueError: boom\n" in text


FOUR = """
op.create_table("t", sa.Column("x", sa.Integer), sa.Column("y", sa.String(9)))
op.execute("INSERT INTO t (x) VALUES (1)")
op.execute("INSERT INTO nowhere VALUES ('100%')")
op.drop_table("t")
"""


def test_a_script_of_operations_says_how_many_statements_it_has(project: Project) -> None:
    assert failing(project, FOUR).startswith("b2 (make b2) stopped at its 3rd of 4 statements\n")


@pytest.mark.parametrize(
    "line", ["print('twice?')", "op.get_bind()", "[op.execute('SELECT 1') for _ in '12']", "from pathlib import Path"]
)
def test_a_script_that_does_more_is_never_called_again_to_count(
    project: Project, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(project, line + FOUR).startswith("b2 (make b2) stopped at its 3rd statement\n")
    assert capsys.readouterr().out.count("twice?") == line.count("twice?")


PARENTS = """
op.create_table("p", sa.Column("id", sa.Integer, primary_key=True))
op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer),
                sa.Column("n", sa.Numeric(8, 2)), sa.Column("s", sa.String(9)))
op.execute("INSERT INTO p VALUES (1)")
op.execute("INSERT INTO t VALUES (1, 1, 12345.6, 'abcdef'), (2, 7, 1, 'abcdef'), (3, 7, -10000, 'b'), (4, NULL, NULL, NULL)")
"""
IN_THE_WAY = [
    ('create_unique_constraint("uq", T["x"])', "1 row of 't' has the same (x) as another"),
    ('create_unique_constraint("uq", T["s", "x"])', ""),
    ('create_index("ux", T["s"], unique=True)', "1 row of 't' has the same (s) as another"),
    ('create_foreign_key("fk", T"p", ["x"], ["id"])', "2 rows of 't' have no match in 'p'"),
    ('create_check_constraint("ck", T"x < 5")', "2 rows of 't' do not satisfy it"),
    ('alter_column(T"n", existing_type=sa.Numeric(8, 2), type_=sa.Numeric(6, 2))', "2 rows of 't' have a n that does not fit numeric(6, 2)"),
    ('alter_column(T"s", existing_type=sa.String(9), type_=sa.String(5))', "2 rows of 't' have a s that does not fit varchar(5)"),
    ('alter_column(T"n", existing_type=sa.Numeric(8, 2), type_=sa.SmallInteger())', ""),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "wanted"), IN_THE_WAY)
def test_the_rows_behind_an_error_are_counted(
    project: Project, database: Database, operation: str, wanted: str
) -> None:
    project.revision("a1", None, PARENTS)
    project.upgrade()
    if database.dialect == "sqlite":
        body = "with op.batch_alter_table('t') as batch_op:\n    batch_op." + operation.replace("T", "", 1)
    else:
        body = "op." + operation.replace("T", "'t', ", 1)
    project.revision("b2", "a1", body)
    if not wanted:
        return project.upgrade()
    if database.dialect == "sqlite" and ("alter_column" in operation or "foreign_key" in operation):
        return project.upgrade()  # there, values of any size fit, and nobody asks for a match
    with pytest.raises(MigrationFailed) as caught:
        project.upgrade()
    # PostgreSQL names values besides.
    assert any(line.startswith(f"  {wanted}") for line in str(caught.value).splitlines())


def test_a_look_at_the_rows_is_no_statement_of_the_revision(project: Project, database: Database) -> None:
    batch = "with op.batch_alter_table('t_a1') as batch_op:\n    batch_op"
    alter = batch if database.dialect == "sqlite" else "op"
    table = "" if database.dialect == "sqlite" else "'t_a1', "
    project.revision("a0", None, "pass")
    project.revision("a1", "a0", "op.create_table('t_a1', sa.Column('x', sa.Integer))")
    project.upgrade()
    database.execute("INSERT INTO t_a1 VALUES (NULL)")
    project.revision("b2", "a1", f"{alter}.alter_column({table}'x', existing_type=sa.Integer(), nullable=False)")
    with pytest.raises(MigrationFailed) as caught:
        project.upgrade()
    lines = str(caught.value).splitlines()
    assert lines[0] == "b2 (make b2) stopped before its 1st statement"
    assert lines[2].startswith(
        "  t_a1.x cannot be NOT NULL: 1 row of 't_a1' has NULL in it, and no value is known for them"
    )
    assert lines[-1].startswith("then: correct the rows or the script")


def test_the_time_for_counting_rows_is_not_left_on_the_session(
    make_project: Callable[..., Project], mariadb: Database
) -> None:
    project = make_project(mariadb.url)
    project.env("""
        with engine.connect() as connection:
            context.configure(connection=connection)
            try:
                connection.exec_driver_sql("SET max_statement_time = 7.5")
                context.run_migrations()
            finally:
                print("LEFT", connection.exec_driver_sql("SELECT @@SESSION.max_statement_time").scalar())
        """)
    project.revision("a1", None, "op.create_table('t', sa.Column('x', sa.Integer))")
    project.revision("b2", "a1", "op.create_check_constraint('ck', 't', 'nowhere > 0')")
    with pytest.raises(MigrationFailed), contextlib.redirect_stdout(io.StringIO()) as out:
        project.upgrade()
    assert out.getvalue() == "LEFT 7.5\n"


def test_a_driver_that_prints_tuples_is_told_in_words(make_project: Callable[..., Project], mariadb: Database) -> None:
    text = failing(make_project(mariadb.url), "op.execute('INSERT INTO nowhere VALUES (1)')")
    assert re.search(r"\n  Table '\S+\.nowhere' doesn't exist \(error 1146\)\n", text)


def test_a_script_that_exits_did_not_succeed(project: Project, database: Database) -> None:
    assert "the script called sys.exit(0)" in failing(project, "import sys\nsys.exit(0)")


def test_a_program_can_still_catch_the_databases_own_error(project: Project) -> None:
    project.revision("a1", None, "op.execute('SELECT nothing FROM nowhere')")
    with pytest.raises(sa.exc.DBAPIError) as caught:
        project.upgrade()
    assert isinstance(caught.value, CommandError)
    assert caught.value.orig is not None
    assert caught.value.__cause__ is not None


def test_a_password_in_a_failing_statement_is_not_shown(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    project = make_project(postgresql.url)
    text = failing(project, "op.execute(\"CREATE ROLE somebody PASSWORD 'hunter2' NOPE\")")
    assert "hunter2" not in text
    assert "PASSWORD '***'" in text


def test_long_sql_is_cut_by_lines() -> None:
    assert shortened("\n".join("abcdef"), 4) == ["a", "b", "c", "d", "… (2 more lines)"]


SLOW = {
    "sqlite": "import time\nprint('READY', flush=True)\ntime.sleep(20)",
    "postgresql": "print('READY', flush=True)\nop.execute('SELECT pg_sleep(20)')",
    "mysql": "print('READY', flush=True)\nop.execute('SELECT SLEEP(20)')",
}

RUN = """
import signal
import sys
from pathlib import Path
from autodiff.errors import CommandError
from tests.runtime.project import Project
# who starts the tests in the background hands on that Ctrl-C is to be ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
project = Project.__new__(Project)
project.folder, project.url, project.attributes = Path(sys.argv[1]), sys.argv[2], {}
try:
    project.upgrade()
except CommandError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


@contextlib.contextmanager
def started(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """`upgrade head` in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(project.folder), project.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as run:
        try:
            yield run
        finally:
            run.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_cleanly(project: Project, database: Database, number: signal.Signals, code: int) -> None:
    project.chain("a1")
    project.revision("b2", "a1", f"op.execute('INSERT INTO t_a1 VALUES (1)')\n{SLOW[database.dialect]}")
    with started(project) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"READY\n"
        run.send_signal(number)
        _, errors = run.communicate(timeout=60)
    text = errors.decode()
    assert run.returncode == code, text
    assert "Traceback" not in text
    assert f"b2 (make b2) was stopped by {number.name}" in text
    assert busy(database) == []
    names = sa.inspect(database.engine()).get_table_names()
    if "t_a1" in names:
        assert database.rows("SELECT x FROM t_a1") == []


LOST = """
import os, signal
class Collected:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass
Collected()
"""


@pytest.mark.parametrize("after", ["", "op.execute('INSERT INTO t_a1 VALUES (1)')"])
def test_a_signal_that_python_drops_still_ends_the_run(project: Project, database: Database, after: str) -> None:
    project.chain("a1")
    project.revision("b2", "a1", LOST + after)
    project.revision("c3", "b2", "pass")
    with started(project) as run:
        errors = run.communicate(timeout=60)[1].decode()
    assert errors.startswith("b2 (make b2) was stopped by SIGTERM before its 1st statement")
    assert run.returncode == 143
    names = sa.inspect(database.engine()).get_table_names()
    if "t_a1" in names:
        assert database.rows("SELECT x FROM t_a1") == []


def test_a_signal_after_the_connection_has_gone(make_project: Callable[..., Project], mariadb: Database) -> None:
    project = make_project(mariadb.url)
    project.revision("a1", None, "op.get_bind().invalidate()\nimport os, signal\nos.kill(os.getpid(), signal.SIGINT)")
    with started(project) as run:
        errors = run.communicate(timeout=60)[1].decode()
    assert errors.startswith("a1 (make a1) was stopped by SIGINT before its 1st statement")
    assert run.returncode == 130


ENDLESS = """
op.create_table("t", sa.Column("x", sa.Integer))
op.get_bind().connection.driver_connection.create_function("ready", 0, lambda: print("READY", flush=True))
op.execute("WITH RECURSIVE n (i) AS (SELECT ready() UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n")
"""


def test_a_signal_stops_a_long_statement_of_sqlite(make_project: Callable[..., Project], sqlite: Database) -> None:
    project = make_project(sqlite.url)
    project.chain("a1")
    project.revision("b2", "a1", ENDLESS)
    with started(project) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"READY\n"
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=20)
    assert run.returncode == 130, errors
    assert "b2 (make b2) was stopped by SIGINT at its 2nd statement" in errors.decode()
    assert "rolled back: the database is at a1, as before" in errors.decode()


def busy(database: Database) -> list[tuple[object, ...]]:
    if database.dialect == "postgresql":
        return database.rows(
            "SELECT query FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%%' AND pid <> pg_backend_pid()"
        )
    if database.dialect == "mysql":
        return database.rows("SELECT info FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%%'")
    return []
