"""docs/env.md names every option of configure() and every function of the environment."""

from __future__ import annotations

from pathlib import Path

from autodiff.runtime.environment import KNOWN_ELSEWHERE, option_names
from autodiff.runtime.stub import functions

PAGE = (Path(__file__).parents[2] / "docs" / "env.md").read_text()


def test_every_option_is_described() -> None:
    missing = [name for name in {*option_names(), *KNOWN_ELSEWHERE} if f"`{name}" not in PAGE]
    assert missing == []


def test_every_function_is_named() -> None:
    assert [name for name in functions() if f"{name}(" not in PAGE] == []
