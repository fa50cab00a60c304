"""What is generated from the declarations is what the declarations say."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodiff.operations.reference import reference, undocumented
from autodiff.operations.stub import STUBS

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_the_stubs_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == STUBS[path](), "run: python -m autodiff.operations.stub"


def test_the_reference_page_is_up_to_date() -> None:
    assert (
        PAGE.read_text(encoding="utf-8") == reference()
    ), "run: python -m autodiff.operations.reference > docs/operations.md"


def test_every_parameter_of_every_directive_is_documented() -> None:
    assert undocumented() == []
