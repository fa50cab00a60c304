"""Operations of plugins that are not MigrateOperations (declarative-extensions' are not) go through every command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autodiff.autogenerate import comparators
from tests.autogenerate.project import ENV, Project
from tests.databases.database import Database

PLUGIN = """
from autodiff.autogenerate import comparators, renderers


class MakeRow:
    def __init__(self, value):
        self.value = value

    def reverse(self):
        return UnmakeRow(self.value)

    def to_diff_tuple(self):
        return ("make_row", self.value)


class UnmakeRow(MakeRow):
    def reverse(self):
        return MakeRow(self.value)


renderers.dispatch_for(MakeRow)(lambda context, op: f'op.execute("INSERT INTO things VALUES ({op.value})")')
renderers.dispatch_for(UnmakeRow)(lambda context, op: f'op.execute("DELETE FROM things WHERE id = {op.value}")')


@comparators.dispatch_for("schema")
def rows(context, ops, schemas):
    there = sa.inspect(context.connection).has_table("things")
    if not there or context.connection.execute(sa.text("SELECT count(*) FROM things")).scalar() == 0:
        ops.ops.append(MakeRow(7))


sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))
"""


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    """What models.py registers goes away again."""
    before = {key: list(entries) for key, entries in comparators._registry.items()}
    yield
    comparators._registry.clear()
    comparators._registry.update(before)


@pytest.fixture
def with_rewriter(project: Project) -> Project:
    project.models(PLUGIN)
    options = "target_metadata=metadata, process_revision_directives=Rewriter()"
    env = ENV.replace("target_metadata=metadata", options)
    (project.folder / "migrations/env.py").write_text("from autodiff.autogenerate.rewriter import Rewriter\n" + env)
    return project


@pytest.mark.parametrize(
    ("format", "said"),
    [
        ("text", "+ plugin MakeRow    make_row 7"),
        ("markdown", "make_row 7"),
        ("json", "make_row 7"),
        ("sql", "-- MakeRow: "),
        ("python", 'op.execute("INSERT INTO things VALUES (7)")'),
    ],
)
def test_a_preview_has_them(with_rewriter: Project, database: Database, format: str, said: str) -> None:
    database.execute("CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY)")
    ran = with_rewriter.run("diff", "--format", format)
    assert ran.code == 1, "there is nothing but what the plugin has found"
    assert said in ran.out


def test_drift_tells_them(with_rewriter: Project, database: Database) -> None:
    database.execute("CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY)")
    ran = with_rewriter.run("drift", "--against", "models")
    assert ran.code == 1
    assert "- plugin MakeRow    make_row 7, not found" in ran.out


def test_check_tells_them(with_rewriter: Project) -> None:
    ran = with_rewriter.run("check")
    assert ran.code == 1
    assert "('make_row', 7)" in ran.err


def test_a_script_runs_them_both_ways(with_rewriter: Project, database: Database) -> None:
    database.execute("CREATE TABLE things (id INTEGER NOT NULL PRIMARY KEY)")
    with_rewriter.did("revision", "--autogenerate", "-m", "rows")
    with_rewriter.did("upgrade", "head")
    assert database.rows("SELECT id FROM things") == [(7,)]
    with_rewriter.did("downgrade", "base")
    assert database.rows("SELECT id FROM things") == []
