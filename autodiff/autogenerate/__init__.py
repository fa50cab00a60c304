"""Autogenerate: compare a database with models, and render what differs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from autodiff.autogenerate.api import (
    AutogenContext,
    RevisionContext,
    compare_metadata,
    produce_migrations,
    render_op_text,
    render_python_code,
)
from autodiff.autogenerate.extensions import comparators
from autodiff.autogenerate.rewriter import Rewriter
from autodiff.render.ops import renderers

__all__ = [
    "AutogenContext",
    "RevisionContext",
    "Rewriter",
    "comparators",
    "compare_metadata",
    "produce_migrations",
    "render_op_text",
    "render_python_code",
    "renderers",
]


def __getattr__(name: str) -> Any:
    """The modules below, which nobody need import to reach, and what old programs find here."""
    if name in ("api", "compare", "render", "rewriter"):
        return import_module(f"{__name__}.{name}")
    if name in ("_produce_net_changes", "_render_migration_diffs"):
        return getattr(import_module(f"{__name__}.compare" if "net" in name else f"{__name__}.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
