"""autodiff: schema migrations for SQLAlchemy.

Importing this package is cheap on purpose: its faces (`op`, `context`, `command`, …) are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FACES = (
    "autogenerate",
    "command",
    "config",
    "context",
    "ddl",
    "environment",
    "migration",
    "op",
    "operations",
    "runtime",
    "script",
    "util",
)


def __getattr__(name: str) -> Any:
    if name in _FACES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
