"""Face: which Python this is."""

from __future__ import annotations

import os
import sys

is_posix = os.name == "posix"
py310 = sys.version_info >= (3, 10)
py311 = sys.version_info >= (3, 11)
py312 = sys.version_info >= (3, 12)
py313 = sys.version_info >= (3, 13)
py314 = sys.version_info >= (3, 14)

__all__ = ["is_posix", "py310", "py311", "py312", "py313", "py314"]
