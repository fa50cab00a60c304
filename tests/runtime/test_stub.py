"""Type checkers see what env.py may call."""

from __future__ import annotations

from pathlib import Path

import autodiff
from autodiff.runtime.stub import stub


def test_the_stub_of_context_is_what_the_environment_has() -> None:
    """If not: `python -m autodiff.runtime.stub`."""
    assert (Path(autodiff.__file__).parent / "context.pyi").read_text() == stub()
