"""Autogenerate: compare a database with models, and render what differs."""

from __future__ import annotations

from autodiff.autogenerate.api import (
    AutogenContext,
    RevisionContext,
    compare_metadata,
    produce_migrations,
    render_op_text,
    render_python_code,
)
from autodiff.autogenerate.rewriter import Rewriter
from autodiff.render.ops import renderers

__all__ = [
    "AutogenContext",
    "RevisionContext",
    "Rewriter",
    "compare_metadata",
    "produce_migrations",
    "render_op_text",
    "render_python_code",
    "renderers",
]
