"""Face: the user's editor."""

from __future__ import annotations

from autodiff.cli.editor import open_in_editor

__all__ = ["open_in_editor"]
