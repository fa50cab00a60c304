"""`project`: a project with models over the test's database."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.autogenerate.project import Project
from tests.databases.database import Database


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return Project(tmp_path / "project", str(database.url))
