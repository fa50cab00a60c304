"""The stub of `autodiff.context` for type checkers, written from EnvironmentContext: `python -m autodiff.runtime.stub`."""

from __future__ import annotations

import inspect
from pathlib import Path

import black

from autodiff.runtime.environment import EnvironmentContext

HEAD = '''"""The functions of env.py. Written by `python -m autodiff.runtime.stub`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO

from sqlalchemy import MetaData
from sqlalchemy.engine import URL, Connection
from sqlalchemy.sql import Executable

from autodiff.runtime.environment import (
    CompareServerDefault,
    CompareType,
    IncludeNameFn,
    IncludeObjectFn,
    OnVersionApplyFn,
    ProcessRevisionDirectiveFn,
    RenderItemFn,
)
from autodiff.runtime.migration import MigrationContext
from autodiff.script.base import ScriptDirectory
from autodiff.settings import Config

config: Config
script: ScriptDirectory
'''


def functions() -> list[str]:
    """The names of the functions that `autodiff.context` has."""
    return [name for name, value in vars(EnvironmentContext).items() if callable(value) and not name.startswith("_")]


class Written:
    """An annotation that is shown as it was written, without quotes around it."""

    def __init__(self, text: object) -> None:
        self.text = str(text).strip("\"'")

    def __repr__(self) -> str:
        return self.text


def signature_of(name: str) -> inspect.Signature:
    signature = inspect.signature(getattr(EnvironmentContext, name))
    parameters = [each.replace(annotation=Written(each.annotation)) for each in signature.parameters.values()]
    return signature.replace(parameters=parameters[1:], return_annotation=Written(signature.return_annotation))


def stub() -> str:
    """The text of `context.pyi`."""
    lines = [HEAD]
    for name in functions():
        doc = inspect.getdoc(getattr(EnvironmentContext, name)) or ""
        lines.append(f"def {name}{signature_of(name)}:\n    {doc!r}\n")
    return black.format_str("\n".join(lines), mode=black.Mode(line_length=120, is_pyi=True))


if __name__ == "__main__":
    (Path(__file__).parents[1] / "context.pyi").write_text(stub(), encoding="utf-8")
