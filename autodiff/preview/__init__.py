"""A comparison told to people and machines; each format is one file that registers itself."""

from __future__ import annotations

from autodiff.preview import json, markdown, text
from autodiff.preview.report import Report, formats

__all__ = ["Report", "formats", "json", "markdown", "text"]
