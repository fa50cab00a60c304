"""`project`: a project over the test's database."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autodiff.runtime import alias
from tests.databases.database import Database
from tests.runtime.project import Project


@pytest.fixture(autouse=True)
def has_its_words(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        database: Database = request.getfixturevalue("database")
        if importlib.util.find_spec(f"autodiff.dialects.{database.dialect}.impl") is None:
            pytest.skip(f"there are no words for {database.dialect} yet")


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
