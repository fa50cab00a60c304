"""What is generated from the declarations is what the declarations say."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from autodiff.operations.declare import declared
from autodiff.operations.stub import STUBS
from autodiff.operations.tree import MigrateOperation


@pytest.mark.parametrize("path", STUBS, ids=lambda path: path.name)
def test_the_stubs_are_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == STUBS[path](), "run: python -m autodiff.operations.stub"


@pytest.mark.parametrize("op_class", declared(batch=False), ids=lambda op_class: op_class.directive)
def test_every_parameter_of_a_directive_is_documented(op_class: type[MigrateOperation]) -> None:
    said = set(re.findall(r"^:param (\w+):", inspect.cleandoc(op_class.__doc__ or ""), re.MULTILINE))
    assert {f.name for f in op_class.fields if f.belongs(False) or f.belongs(True)} <= said
