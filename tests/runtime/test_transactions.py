"""Exit 0 means committed: every way in which an env.py, a script and a driver can share one transaction."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from tests.databases.database import Database
from tests.runtime.project import OWN_BEGIN, Project

SYNC = """
with engine.connect() as connection:
{body}
"""

# How an env.py may treat the connection around run_migrations; all of them are found in the wild.
ENVS = {
    "the template": ("", "with context.begin_transaction():\n    context.run_migrations()"),
    "no begin_transaction": ("", "context.run_migrations()"),
    "a statement before configure": (
        "connection.execute(text('SELECT 1'))",
        "with context.begin_transaction():\n    context.run_migrations()",
    ),
    "a statement before configure, no begin_transaction": (
        "connection.execute(text('SELECT 1'))",
        "context.run_migrations()",
    ),
    "a statement inside of begin_transaction": (
        "",
        "with context.begin_transaction():\n    context.execute('SELECT 1')\n    context.run_migrations()",
    ),
    "a table made before": (
        "connection.execute(text('CREATE TABLE before_us (x INTEGER)'))",
        "with context.begin_transaction():\n    context.run_migrations()",
    ),
    "the caller's with connection.begin()": (
        "",
        "with connection.begin():\n    context.run_migrations()",
    ),
    "the caller's transaction, kept": (
        "trans = connection.begin()",
        "with context.begin_transaction():\n    context.run_migrations()\ntrans.commit()",
    ),
    "a commit by env.py at the end": ("", "context.run_migrations()\nconnection.commit()"),
    "autocommit": (
        "connection = connection.execution_options(isolation_level='AUTOCOMMIT')",
        "with context.begin_transaction():\n    context.run_migrations()",
    ),
    "per migration": ("", "with context.begin_transaction():\n    context.run_migrations()"),
}

SCRIPTS = {
    "plain": "",
    "reads with SQLAlchemy": "op.get_bind().execute(sa.text('SELECT 1')).all()",
    "a session that commits": "from sqlalchemy.orm import Session\ns = Session(bind=op.get_bind())\ns.execute(sa.text('SELECT 1'))\ns.commit()",
    "a savepoint": "with op.get_bind().begin_nested():\n    op.get_bind().execute(sa.text('SELECT 1'))",
    "commits": "op.get_bind().commit()",
    "commits by text": "op.execute('COMMIT')",
}


def env_of(name: str) -> str:
    before, run = ENVS[name]
    options = "transaction_per_migration=True" if name == "per migration" else ""
    body = f"{before}\ncontext.configure(connection=connection, {options})\n{run}"
    return SYNC.replace("{body}", "\n".join("    " + line for line in body.splitlines()))


def make(project: Project, env: str, script: str) -> None:
    project.env(env_of(env))
    project.revision("a1", None, 'op.create_table("t_a1", sa.Column("x", sa.Integer))')
    up = f'op.create_table("t_b2", sa.Column("x", sa.Integer))\nop.execute("INSERT INTO t_b2 VALUES (1)")\n{SCRIPTS[script]}\nop.execute("INSERT INTO t_b2 VALUES (2)")'
    project.revision("b2", "a1", up)
    project.revision(
        "c3", "b2", 'op.create_table("t_c3", sa.Column("x", sa.Integer))\nop.execute("INSERT INTO t_c3 VALUES (1)")'
    )


def state(database: Database) -> tuple[list[str], set[str], int]:
    versions = sorted(row[0] for row in database.rows("SELECT version_num FROM alembic_version"))
    names = set(sa.inspect(database.engine()).get_table_names()) - {"alembic_version", "before_us"}
    return versions, names, len(database.rows("SELECT x FROM t_b2"))


DONE = (["c3"], {"t_a1", "t_b2", "t_c3"}, 2)


# With autocommit there is no transaction to make a savepoint in, or to commit, and the databases say so.
NEEDS_A_TRANSACTION = {"a savepoint", "commits by text"}


@pytest.mark.parametrize(
    ("env", "script"),
    [(env, script) for env in ENVS for script in SCRIPTS if env != "autocommit" or script not in NEEDS_A_TRANSACTION],
)
def test_a_run_without_an_error_is_committed(project: Project, database: Database, env: str, script: str) -> None:
    make(project, env, script)
    callers = "caller" in env
    if callers and script.startswith("commits"):
        with pytest.raises(CommandError, match=r"b2 .*the transaction of the program"):
            project.upgrade()
        return
    project.upgrade()
    assert state(database) == DONE


@pytest.mark.parametrize("env", [env for env in ENVS if env != "autocommit"])
def test_a_failing_revision_leaves_nothing_half_done(project: Project, database: Database, env: str) -> None:
    make(project, env, "plain")
    path = project.folder / "versions" / "c3.py"
    path.write_text(path.read_text().replace("INSERT INTO t_c3", "INSERT INTO nowhere"))
    with pytest.raises(CommandError, match=r"c3 \(make c3\) stopped at its 2nd of 2 statements"):
        project.upgrade()
    names = {name for name in sa.inspect(database.engine()).get_table_names() if name.startswith("t_")}
    if database.dialect == "mysql":
        assert names == {"t_a1", "t_b2", "t_c3"}
        return
    assert "t_c3" not in names
    if names:
        assert state(database) == (["b2"], {"t_a1", "t_b2"}, 2)


def test_a_failing_first_revision_of_a_run_leaves_nothing(project: Project, database: Database) -> None:
    if database.dialect == "mysql":
        pytest.skip("DDL commits there; the journal knows how far it came")
    project.chain("a1")
    project.upgrade()
    project.revision("b2", "a1", "op.execute('CREATE TABLE half (x INTEGER)')\nop.execute('SELECT nothing FROM half')")
    with pytest.raises(CommandError):
        project.upgrade()
    assert "half" not in sa.inspect(database.engine()).get_table_names()


@pytest.mark.parametrize("rollback", ["op.get_bind().rollback()", "op.execute('ROLLBACK')"])
def test_a_script_that_rolls_back_other_revisions_is_refused(
    make_project: Callable[..., Project], postgresql: Database, rollback: str
) -> None:
    project = make_project(postgresql.url)
    project.chain("a1")
    project.revision("b2", "a1", f"op.execute('CREATE TABLE half (x INTEGER)')\n{rollback}\nop.execute('SELECT 1')")
    with pytest.raises(CommandError, match="revision b2 rolls back the transaction that holds a1 as well"):
        project.upgrade()
    assert sa.inspect(postgresql.engine()).get_table_names() == []


def test_a_script_may_roll_back_what_is_its_own(project: Project, database: Database) -> None:
    project.env(options="transaction_per_migration=True")
    project.chain("a1")
    project.revision(
        "b2",
        "a1",
        "op.execute('INSERT INTO t_a1 VALUES (1)')\nop.get_bind().rollback()\nop.execute('INSERT INTO t_a1 VALUES (2)')",
    )
    project.upgrade()
    assert database.rows("SELECT x FROM t_a1") == [(2,)]
    assert database.rows("SELECT version_num FROM alembic_version") == [("b2",)]


def test_settings_made_before_configure_hold_for_the_scripts(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    postgresql.execute("CREATE SCHEMA elsewhere")
    project = make_project(postgresql.url)
    project.env("""
        with engine.connect() as connection:
            connection.execute(text("SET search_path TO elsewhere"))
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
        """)
    project.chain("a1")
    project.upgrade()
    assert set(sa.inspect(postgresql.engine()).get_table_names("elsewhere")) == {"alembic_version", "t_a1"}


def test_a_callers_transaction_is_committed_by_the_caller_alone(project: Project, database: Database) -> None:
    if database.dialect == "mysql":
        pytest.skip("DDL commits there, whoever began")
    project.env("""
        connection = config.attributes["connection"]
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()
        """)
    project.chain("a1", "b2")
    with database.engine().connect() as connection:
        transaction = connection.begin()
        project.attributes["connection"] = connection
        project.upgrade()
        assert connection.in_transaction()
        assert "t_b2" in sa.inspect(connection).get_table_names()
        transaction.rollback()
    assert sa.inspect(database.engine()).get_table_names() == []


def test_a_nested_transaction_belongs_to_the_caller(make_project: Callable[..., Project], postgresql: Database) -> None:
    project = make_project(postgresql.url)
    project.env("context.configure(connection=config.attributes['connection'])\ncontext.run_migrations()")
    project.chain("a1")
    with postgresql.engine().connect() as connection:
        connection.begin()
        savepoint = connection.begin_nested()
        project.attributes["connection"] = connection
        project.upgrade()
        savepoint.rollback()
        assert sa.inspect(connection).get_table_names() == []


def test_an_env_that_forgets_to_commit_its_own_transaction_is_told(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    project = make_project(postgresql.url)
    project.env("""
        with engine.connect() as connection:
            transaction = connection.begin()
            context.configure(connection=connection)
            context.run_migrations()
        """)
    project.chain("a1", "b2")
    with pytest.raises(CommandError, match="a1, b2 ran, and the transaction was rolled back afterwards"):
        project.upgrade()


@pytest.mark.parametrize("options", [{}, {"transaction_per_migration": True}, {"transactional_ddl": False}])
def test_a_transaction_is_open_in_the_block_where_one_spans_it(database: Database, options: dict[str, bool]) -> None:
    with database.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        seen = [connection.in_transaction()]
        with context.begin_transaction():
            seen.append(connection.in_transaction())
            with context.begin_transaction(_per_migration=True):
                seen.append(connection.in_transaction())
                with context.autocommit_block():
                    connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")
                seen.append(connection.in_transaction())
            seen.append(connection.in_transaction())
        seen.append(connection.in_transaction())
    spans = database.dialect == "postgresql" and not options
    assert seen == [False, spans, True, True, spans, False]
    assert sa.inspect(database.engine()).get_table_names() == ["t"]


def test_a_program_may_begin_after_an_autocommit_block_of_its_own(database: Database) -> None:
    with database.engine().connect() as connection:
        with MigrationContext.configure(connection).autocommit_block():
            connection.exec_driver_sql("CREATE TABLE t (x INTEGER)")
        with connection.begin():
            connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    assert database.rows("SELECT x FROM t") == [(1,)]


ASYNC = """
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine

def run(connection):
    context.configure(connection=connection{options})
    with context.begin_transaction():
        context.run_migrations()

async def main():
    engine = create_async_engine(config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
{body}
    await engine.dispose()

asyncio.run(main())
"""
ASYNC_BODIES = {
    "connect": "async with engine.connect() as connection:\n    await connection.run_sync(run)",
    "begin": "async with engine.begin() as connection:\n    await connection.run_sync(run)",
    "a statement before": "async with engine.connect() as connection:\n    await connection.execute(text('SELECT 1'))\n    await connection.run_sync(run)",
}


def make_async(project: Project, body: str) -> None:
    indented = "\n".join("    " + line for line in ASYNC_BODIES[body].splitlines())
    project.env(ASYNC.replace("{body}", indented).replace("{options}", ""))


@pytest.mark.parametrize("body", ASYNC_BODIES)
@pytest.mark.parametrize("script", SCRIPTS)
def test_an_asyncio_driver_commits_likewise(
    make_project: Callable[..., Project], database: Database, body: str, script: str
) -> None:
    project = make_project(database.async_url)
    make(project, "the template", script)
    make_async(project, body)
    if body == "begin" and script.startswith("commits"):
        with pytest.raises(CommandError, match="the transaction of the program"):
            project.upgrade()
        return
    project.upgrade()
    assert state(database) == DONE


# What begins a transaction where the engine says so by itself: as in SQLAlchemy's recipe, and its variations.
BEGINS = {
    "by the driver": 'connection.exec_driver_sql("BEGIN")',
    "after another statement": 'connection.exec_driver_sql("PRAGMA cache_size = 2000")\n    connection.exec_driver_sql("BEGIN EXCLUSIVE")',
    "by SQLAlchemy": 'connection.execute(text("BEGIN"))',
}


@pytest.mark.parametrize("begin", BEGINS)
@pytest.mark.parametrize("env", [env for env in ENVS if env != "autocommit"])
@pytest.mark.parametrize("script", SCRIPTS)
def test_an_engine_that_says_begin_to_sqlite_by_itself_commits_likewise(
    make_project: Callable[..., Project], sqlite: Database, begin: str, env: str, script: str
) -> None:
    project = make_project(sqlite.url)
    make(project, env, script)
    project.env(OWN_BEGIN.format(begin=BEGINS[begin]) + env_of(env))
    if "caller" in env and script.startswith("commits"):
        with pytest.raises(CommandError, match="the transaction of the program"):
            project.upgrade()
        return
    project.upgrade()
    assert state(sqlite) == DONE


# PRAGMA foreign_keys does nothing inside of a transaction: prefect's env.py goes out of one and into the next, by text.
BY_TEXT = """
context.configure(connection=connection, transaction_per_migration=True)
for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
    context.execute(statement)
with context.begin_transaction():
    context.run_migrations()
for statement in ("END", "PRAGMA foreign_keys=ON", "BEGIN IMMEDIATE"):
    context.execute(statement)
print(connection.exec_driver_sql("PRAGMA foreign_keys").scalar())
"""


@pytest.mark.parametrize("begin", BEGINS)
@pytest.mark.parametrize("again", [False, True])
def test_an_env_may_end_and_begin_by_text_around_the_run(
    make_project: Callable[..., Project],
    sqlite: Database,
    begin: str,
    again: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = make_project(sqlite.url)
    make(project, "the template", "plain")
    if again:
        project.upgrade()
    body = "\n".join("    " + line for line in BY_TEXT.splitlines())
    project.env(OWN_BEGIN.format(begin=BEGINS[begin]) + SYNC.replace("{body}", body))
    project.upgrade()
    assert capsys.readouterr().out == "1\n"
    assert state(sqlite) == DONE


@pytest.mark.parametrize("env", ENVS)
def test_psycopg2_commits_likewise(make_project: Callable[..., Project], postgresql: Database, env: str) -> None:
    url = sa.make_url(postgresql.url).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    project = make_project(url)
    make(project, env, "plain")
    project.upgrade()
    assert state(postgresql) == DONE
