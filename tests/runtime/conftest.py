"""`project`: a project over the test's database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autodiff.runtime import alias
from tests.databases.database import Database
from tests.runtime.project import Project


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return Project(tmp_path / "project", database.url)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    def make(url: str, name: str = "project", **arguments: Any) -> Project:
        return Project(tmp_path / name, url, **arguments)

    return make


@pytest.fixture(autouse=True)
def no_alias_left() -> Iterator[None]:
    yield
    alias.uninstall()
