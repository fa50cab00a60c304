"""Revision files: the graph, the plans through it, the directory, and the writing of new ones."""

from __future__ import annotations

from autodiff.script.base import Script, ScriptDirectory

__all__ = ["Script", "ScriptDirectory"]
