"""`--sql`: the text that is written instead of being executed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autodiff.errors import CommandError
from tests.runtime.project import Project

URLS = {"postgresql": "postgresql+psycopg://h/d", "sqlite": "sqlite:///x.db"}


@pytest.fixture
def postgres(make_project: Callable[..., Project]) -> Project:
    project = make_project(URLS["postgresql"], options="literal_binds=True")
    project.chain("a1", "b2")
    return project


def lines(sql: str) -> list[str]:
    return [line for line in sql.splitlines() if line]


def test_an_upgrade_from_nothing_makes_the_version_table(postgres: Project) -> None:
    assert lines(postgres.sql("a1")) == [
        "BEGIN;",
        "CREATE TABLE alembic_version (",
        "    version_num VARCHAR(32) NOT NULL, ",
        "    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)",
        ");",
        "-- Running upgrade  -> a1",
        "CREATE TABLE t_a1 (",
        "    x INTEGER",
        ");",
        "INSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;",
        "COMMIT;",
    ]


def test_a_range_starts_where_it_says(postgres: Project) -> None:
    sql = postgres.sql("a1:b2")
    assert "CREATE TABLE alembic_version" not in sql
    assert "UPDATE alembic_version SET version_num='b2' WHERE alembic_version.version_num = 'a1';" in sql


def test_each_revision_has_a_transaction_of_its_own_if_asked(make_project: Callable[..., Project]) -> None:
    project = make_project(URLS["postgresql"], options="transaction_per_migration=True")
    project.chain("a1", "b2")
    kept = [line for line in lines(project.sql()) if line in ("BEGIN;", "COMMIT;") or line.startswith("-- ")]
    assert kept == [
        *("BEGIN;", "-- Running upgrade  -> a1", "COMMIT;"),
        *("BEGIN;", "-- Running upgrade a1 -> b2", "COMMIT;"),
    ]


def test_a_database_without_transactional_ddl_gets_no_begin(make_project: Callable[..., Project]) -> None:
    project = make_project(URLS["sqlite"])
    project.chain("a1")
    assert "BEGIN" not in project.sql()


def test_an_autocommit_block_ends_the_transaction_and_begins_another(postgres: Project) -> None:
    postgres.revision("c3", "b2", "with op.get_context().autocommit_block():\n    op.execute('VACUUM')")
    kept = lines(postgres.sql("b2:c3"))
    assert kept[:5] == ["BEGIN;", "-- Running upgrade b2 -> c3", "COMMIT;", "VACUUM;", "BEGIN;"]


def test_a_downgrade_to_base_keeps_the_version_table(postgres: Project) -> None:
    sql = postgres.sql("b2:base", down=True)
    assert "DROP TABLE t_a1;" in sql
    assert "DELETE FROM alembic_version WHERE alembic_version.version_num = 'a1';" in sql
    assert "DROP TABLE alembic_version" not in sql


def test_an_id_with_a_quote_is_a_literal(postgres: Project) -> None:
    postgres.revision("it's", "b2")
    assert "SET version_num='it''s'" in postgres.sql("b2:it's")


def test_what_is_executed_on_the_bind_is_written(postgres: Project) -> None:
    postgres.revision("c3", "b2", "op.get_bind().execute(sa.text('SELECT 1'))")
    assert "SELECT 1;" in postgres.sql("b2:c3")


def test_purge_needs_a_database(postgres: Project) -> None:
    with pytest.raises(CommandError, match="--purge needs a database"):
        postgres.sql("a1", purge=True)


def test_a_script_that_reads_from_the_database_is_told_that_there_is_none(postgres: Project) -> None:
    postgres.revision("c3", "b2", "op.get_bind().execute(sa.text('SELECT 1')).scalar()")
    with pytest.raises(CommandError) as caught:
        postgres.sql("b2:c3")
    text = str(caught.value)
    assert text.startswith("c3 (make c3) stopped while its SQL was written\n")
    assert "c3.py:" in text
    assert "nothing was executed" in text
