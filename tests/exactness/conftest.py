"""A story is run on the databases that it is told of."""

from __future__ import annotations

import pytest

from tests.exactness.stories import Story


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if _is_told(item)]


def _is_told(item: pytest.Item) -> bool:
    given = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if "path" not in given or "database" not in given or item.path.name != "test_stories.py":
        return True
    family = getattr(given["database"], "family", given["database"])
    return family in Story.read(given["path"]).families
