"""Are two defaults the same value? The planner folds what is immutable; nothing is run."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from autodiff.dialects.postgresql.planner import plans


def without_length(type_: str) -> str:
    """A printed type without its modifier."""
    bare = re.sub(r"\s*\([^)]*\)", "", type_)
    if bare.startswith("character") and not bare.startswith("character varying"):
        return bare.replace("character", "bpchar", 1)
    if bare == "bit" or bare.startswith("bit["):
        return bare.replace("bit", '"bit"', 1)
    return bare


def fold(connection: Connection, pairs: Sequence[tuple[str, str, str]]) -> list[bool]:
    """For each pair of defaults and their column's type: does the planner make the same of both?"""
    queries = []
    for left, right, type_ in pairs:
        bare = without_length(type_)
        queries.append(f"SELECT ({left})::{bare}, ({right})::{bare}")
    return [len(set(plan.output)) == 1 for plan in plans(connection, queries)]
