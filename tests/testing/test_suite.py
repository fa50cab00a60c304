"""A package with a dialect of its own runs `autodiff.testing.suite` as it runs SQLAlchemy's, under either name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases.database import Database

ROOT = Path(__file__).parents[2]
FILES = {
    "conftest.py": "from sqlalchemy.testing.plugin.pytestplugin import *\n",
    "setup.cfg": "[tool:pytest]\npython_files = test_*.py\n[sqla_testing]\nrequirement_cls = needs:Requirements\n"
    "profile_file = profiles.txt\n[db]\ndefault = sqlite://\n",
    "needs.py": """
from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements as SQLAlchemys
from {package}.testing.requirements import SuiteRequirements

class Requirements(SQLAlchemys, SuiteRequirements):
    @property
    def alter_column(self):
        return exclusions.skip_if("sqlite")

    alter_constraints = alter_column

    @property
    def computed_columns(self):
        return exclusions.open()

    @property
    def identity_columns(self):
        return exclusions.only_on("postgresql")
""",
    "test_suite.py": """
from {package}.testing.suite import *
from {package}.testing.suite import BackendAlterColumnTest as _BackendAlterColumnTest

class BackendAlterColumnTest(_BackendAlterColumnTest):
    pass
""",
}


def outcome(folder: Path, url: str, package: str, *arguments: str) -> tuple[int, int]:
    """How many tests passed, and how many were skipped. None may fail."""
    for name, text in FILES.items():
        (folder / name).write_text(text.replace("{package}", package))
    command = [sys.executable, "-m", "autodiff.compat", "--", "pytest", "-q", "-p", "no:cacheprovider", "--dburi", url]
    done = subprocess.run(
        [*command, *arguments, "test_suite.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout
    passed, skipped = (re.search(rf"(\d+) {word}", last) for word in ("passed", "skipped"))
    return (int(passed[1]) if passed else 0, int(skipped[1]) if skipped else 0)


def test_the_suite_passes_on_each_database(database: Database, tmp_path: Path) -> None:
    passed, skipped = outcome(tmp_path, database.url, "autodiff")
    assert passed + skipped == 29
    assert passed >= {"sqlite": 14, "postgresql": 29, "mariadb": 27}.get(database.family, 20)


@pytest.mark.parametrize("kind", ["AlterColumn", "Transaction"])
def test_it_is_there_under_alembics_name_too(kind: str, tmp_path: Path) -> None:
    passed, skipped = outcome(tmp_path, f"sqlite:///{tmp_path}/a.db", "alembic", "-k", kind)
    assert passed + skipped > 0
