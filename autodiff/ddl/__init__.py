"""DDL: the elements that SQLAlchemy lacks, and the words of each database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autodiff.ddl import base, impl
from autodiff.ddl.impl import DefaultImpl

_FACES = ("mssql", "mysql", "oracle", "postgresql", "sqlite")


def __getattr__(name: str) -> Any:
    if name in _FACES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["DefaultImpl", "base", "impl"]
