"""The suite by which dialects test themselves: it passes on the databases that we promise, and a broken dialect fails it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases.database import Database

ROOT = Path(__file__).parents[2]

CONFTEST = """
from sqlalchemy.dialects import registry
from sqlalchemy.testing.plugin.pytestplugin import *

for name in ("toy", "toy.pysqlite"):
    registry.register(name, "toydialect", "ToyDialect")
"""
SETUP = """
[sqla_testing]
requirement_cls = requirements:Requirements
profile_file = profiles.txt
"""
REQUIREMENTS = """
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements as OfSQLAlchemy
from {package}.testing.requirements import SuiteRequirements

class Requirements(OfSQLAlchemy, SuiteRequirements):
    computed_columns = property(lambda self: exclusions.open())
    identity_columns = property(lambda self: exclusions.only_on("postgresql"))
    alter_primary_key = property(lambda self: exclusions.skip_if(["sqlite", "toy"]))
    autoincrement_on_composite_pk = property(lambda self: exclusions.skip_if(["sqlite", "toy"]))
    fk_deferrable = property(lambda self: exclusions.skip_if(["mysql", "mariadb"]))
    fk_initially = property(lambda self: exclusions.skip_if(["mysql", "mariadb"]))
"""
DIALECT = """
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

class ToyDialect(SQLiteDialect_pysqlite):
    name = "toy"
    supports_statement_cache = True

from autodiff.ddl.sqlite import SQLiteImpl

class ToyImpl(SQLiteImpl):
    __dialect__ = "toy"
    {broken}
"""


def outcome(
    folder: Path, url: str, *options: str, package: str = "autodiff", broken: str = ""
) -> tuple[dict[str, int], str]:
    """How many tests passed, failed and were skipped when a dialect's author runs the suite; and what was printed."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "setup.cfg").write_text(SETUP)
    (folder / "requirements.py").write_text(REQUIREMENTS.format(package=package))
    (folder / "toydialect.py").write_text(DIALECT.format(broken=broken))
    (folder / "test_suite.py").write_text(f"from {package}.testing.suite import *\n")
    start = [] if package == "autodiff" else ["-m", "autodiff.compat", "--"]
    done = subprocess.run(
        [
            sys.executable,
            *start,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--dburi",
            url,
            *options,
            "test_suite.py",
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "PATH": "/usr/bin:/bin"},
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|errors?)", done.stdout)}
    return counts, done.stdout + done.stderr


def test_the_suite_passes(database: Database, tmp_path: Path) -> None:
    found, told = outcome(tmp_path, database.url)
    assert set(found) <= {"passed", "skipped"}, told[-3000:]
    assert found["passed"] >= 65, told[-3000:]


def test_a_dialect_that_is_not_ours_passes_with_an_impl_of_its_own(tmp_path: Path) -> None:
    found, told = outcome(tmp_path, f"toy:///{tmp_path / 'toy.db'}", "-k", "ColumnTest or IndexTest or TableTest")
    assert set(found) <= {"passed", "skipped"}, told[-3000:]
    assert found["passed"] >= 20, told[-3000:]


@pytest.mark.parametrize(
    ("broken", "fails"),
    [
        ("def drop_index(self, *args, **kw): pass", "IndexTest"),
        ("def rename_table(self, *args, **kw): pass", "test_rename_table"),
        ("def compare_type(self, *args, **kw): return False", "test_a_longer_string"),
    ],
)
def test_a_dialect_that_does_something_wrong_fails(tmp_path: Path, broken: str, fails: str) -> None:
    found, told = outcome(
        tmp_path, f"toy:///{tmp_path / 'toy.db'}", "-k", "IndexTest or TableTest or TypeTest", broken=broken
    )
    assert found.get("failed"), told[-3000:]
    assert fails in told


def test_the_names_of_alembic_testing_lead_to_it(tmp_path: Path) -> None:
    found, told = outcome(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", "-k", "BackendAlterColumnTest", package="alembic")
    assert found["passed"] >= 6, told[-3000:]


def test_a_requirement_that_is_closed_skips_its_tests(tmp_path: Path) -> None:
    found, told = outcome(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", "-k", "test_a_wider_key or test_numbers")
    assert found == {"passed": 1, "skipped": 1}, told[-3000:]
