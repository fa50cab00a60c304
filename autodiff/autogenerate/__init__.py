"""Autogenerate: compare a database with models, and render what differs."""

from __future__ import annotations

from autodiff.autogenerate.api import (
    AutogenContext,
    RevisionContext,
    compare_metadata,
    produce_migrations,
    render_python_code,
)

__all__ = ["AutogenContext", "RevisionContext", "compare_metadata", "produce_migrations", "render_python_code"]
