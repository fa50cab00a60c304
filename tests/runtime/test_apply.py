"""Runs over a real database: the steps, their version rows, and what is there afterwards."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import pytest

from autodiff.errors import CommandError
from tests.databases.database import Database
from tests.runtime.project import ONLINE, Project


def versions(database: Database) -> list[str]:
    return sorted(row[0] for row in database.rows("SELECT version_num FROM alembic_version"))


def tables(database: Database) -> set[str]:
    import sqlalchemy as sa

    return set(sa.inspect(database.engine()).get_table_names())


def test_an_upgrade_makes_the_tables_and_keeps_the_last_revision(project: Project, database: Database) -> None:
    project.chain("a1", "b2", "c3")
    project.upgrade()
    assert versions(database) == ["c3"]
    assert tables(database) == {"alembic_version", "t_a1", "t_b2", "t_c3"}


def test_a_downgrade_to_base_leaves_an_empty_version_table(project: Project, database: Database) -> None:
    project.chain("a1", "b2")
    project.upgrade()
    project.downgrade("base")
    assert versions(database) == []
    assert tables(database) == {"alembic_version"}


def test_the_log_names_each_step(project: Project, caplog: pytest.LogCaptureFixture) -> None:
    project.chain("a1", "b2")
    with caplog.at_level(logging.INFO, "autodiff"):
        project.upgrade()
    lines = [record.getMessage() for record in caplog.records if record.name == "autodiff.runtime.migration"]
    assert lines[-2:] == ["Running upgrade  -> a1, make a1", "Running upgrade a1 -> b2, make b2"]


def test_looking_writes_nothing(project: Project, database: Database) -> None:
    project.chain("a1")
    assert project.look() == ()
    assert tables(database) == set()


def test_nothing_to_do_is_no_error_and_writes_nothing(project: Project, database: Database) -> None:
    project.chain("a1")
    project.upgrade()
    project.upgrade()
    assert versions(database) == ["a1"]


def test_two_heads_are_two_rows_and_a_merge_is_one(project: Project, database: Database) -> None:
    project.chain("a1")
    project.revision("b1", "a1")
    project.revision("b2", "a1")
    project.upgrade("heads")
    assert versions(database) == ["b1", "b2"]
    project.revision("m1", ("b1", "b2"))
    project.upgrade("head")
    assert versions(database) == ["m1"]
    project.downgrade("b1")
    assert versions(database) == ["b1", "b2"]


def test_a_long_id_gets_a_column_that_is_wide_enough(project: Project, database: Database) -> None:
    project.revision("r" * 40, None)
    project.upgrade()
    assert versions(database) == ["r" * 40]


def test_ids_are_stored_as_they_are(project: Project, database: Database) -> None:
    project.revision("it's", None)
    project.revision("a%4", "it's")
    project.upgrade()
    assert versions(database) == ["a%4"]


def test_the_way_of_the_version_row_stands_in_the_statements(project: Project, database: Database) -> None:
    """So that a server's log, or a listener of the application, tells which revisions ran."""
    seen: list[str] = []
    listen = 'event.listen(engine, "before_cursor_execute", lambda *told: config.attributes["seen"](told[2]))'
    project.env(listen + ONLINE)
    project.attributes["seen"] = seen.append
    project.chain("a1", "it's 50% %s x \\\\")
    project.upgrade()
    project.downgrade("base")
    rows = [
        " ".join(statement.split())
        for statement in seen
        if re.match(r"(INSERT INTO|UPDATE|DELETE FROM) alembic_version\b", statement)
    ]
    odd = "'it''s 50"
    assert "VALUES ('a1')" in rows[0]
    assert rows[1].startswith(f"UPDATE alembic_version SET version_num={odd}")
    assert rows[1].endswith("WHERE alembic_version.version_num = 'a1'")
    assert rows[2].startswith("UPDATE alembic_version SET version_num='a1' WHERE alembic_version.version_num = " + odd)
    assert rows[3].endswith("= 'a1'")
    assert versions(database) == []


def test_stamping_runs_no_script(project: Project, database: Database) -> None:
    project.chain("a1", "b2")
    project.stamp("head")
    assert versions(database) == ["b2"]
    assert tables(database) == {"alembic_version"}


def test_arguments_of_run_migrations_reach_the_scripts(project: Project, database: Database) -> None:
    path = project.revision("a1", None)
    path.write_text(
        path.read_text().replace(
            "def upgrade():\n    pass", 'def upgrade(name):\n    op.create_table(name, sa.Column("x", sa.Integer))'
        )
    )
    project.env("""
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations(name="given")
        """)
    project.upgrade()
    assert "given" in tables(database)


@pytest.mark.parametrize(
    ("given", "wanted", "words"),
    [
        ("", "x", "b2.py: upgrade() of revision b2 cannot be called: missing a required argument: 'x'"),
        ("engine_name='one'", "", "cannot be called: got an unexpected keyword argument 'engine_name'"),
    ],
)
def test_a_script_that_wants_other_arguments_is_refused_before_anything_runs(
    project: Project, database: Database, given: str, wanted: str, words: str
) -> None:
    project.env(f"""
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations({given})
        """)
    project.chain("a1", "b2")
    for id_, arguments in (("a1", "**kw"), ("b2", wanted)):
        path = project.folder / "versions" / f"{id_}.py"
        path.write_text(path.read_text().replace("upgrade()", f"upgrade({arguments})"))
    with pytest.raises(CommandError) as told:
        project.upgrade()
    assert words in str(told.value)
    assert tables(database) == set()


def test_callbacks_see_each_step_before_it_is_committed(project: Project, database: Database) -> None:
    project.chain("a1", "b2")
    project.env("""
        def note(ctx, step, heads, run_args):
            config.attributes["seen"].append((step.up_revision_id, step.is_upgrade, sorted(heads)))
        with engine.connect() as connection:
            context.configure(connection=connection, on_version_apply=note)
            with context.begin_transaction():
                context.run_migrations()
        """)
    seen = project.attributes["seen"] = []
    project.upgrade()
    assert seen == [("a1", True, ["a1"]), ("b2", True, ["b2"])]


@pytest.mark.parametrize("row", ["''", "'   '"])
def test_a_row_that_is_no_id_is_named(project: Project, database: Database, row: str) -> None:
    project.chain("a1")
    project.upgrade()
    database.execute(f"UPDATE alembic_version SET version_num = {row}")
    with pytest.raises(CommandError, match=r"alembic_version holds .* no revision id; .*stamp --purge"):
        project.upgrade()


def test_a_version_table_without_its_column_is_named(project: Project, database: Database) -> None:
    project.chain("a1")
    database.execute("CREATE TABLE alembic_version (x INTEGER)")
    with pytest.raises(CommandError, match="cannot read the column version_num of the version table alembic_version"):
        project.upgrade()


def test_a_revision_that_stands_there_twice_is_refused_before_anything_runs(
    project: Project, database: Database
) -> None:
    project.chain("a1", "b2")
    database.execute(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
        "INSERT INTO alembic_version VALUES ('a1')",
        "INSERT INTO alembic_version VALUES ('a1')",
    )
    with pytest.raises(CommandError, match=r"expected to match one row when updating 'a1' to 'b2'.*2 found"):
        project.upgrade()
    assert tables(database) == {"alembic_version"}


LOW = """
with engine.connect() as connection:
    connection.exec_driver_sql("SET ROLE pg_monitor")
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""


def test_who_may_not_is_told_at_which_table_and_what_to_do(
    make_project: Callable[..., Project], postgresql: Database
) -> None:
    schema = postgresql.rows("SELECT current_schema()")[0][0]
    postgresql.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO pg_monitor')
    project = make_project(postgresql.url, online=LOW)
    project.chain("a1")
    with pytest.raises(
        CommandError, match=r"cannot create the version table alembic_version: permission .*; let this user"
    ):
        project.upgrade()
    assert project.look() == ()
    project.env()
    project.upgrade()
    project.env(LOW)
    with pytest.raises(CommandError, match=r"cannot read .* table alembic_version: permission .*; let this user"):
        project.look()


def test_purge_takes_unknown_rows_away(project: Project, database: Database) -> None:
    project.chain("a1")
    project.upgrade()
    database.execute("UPDATE alembic_version SET version_num = 'gone'")
    project._run(lambda script: lambda heads, context: script._stamp_revs("a1", ()), purge=True)
    assert versions(database) == ["a1"]


def test_another_version_table_is_used(project: Project, database: Database) -> None:
    project.chain("a1")
    project.env(options="version_table='order'")
    project.upgrade()
    assert "order" in tables(database)
    assert "alembic_version" not in tables(database)
