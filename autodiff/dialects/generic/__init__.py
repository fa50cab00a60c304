"""The room of any SQLAlchemy dialect that we do not know: read through SQLAlchemy's `Inspector`, compared by own rules."""

from __future__ import annotations

from autodiff.dialects.generic.room import GenericRoom

__all__ = ["GenericRoom"]
