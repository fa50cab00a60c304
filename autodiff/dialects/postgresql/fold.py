"""Are two defaults the same value? The planner folds what is immutable; nothing is run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from autodiff.dialects.postgresql.asking import Asking
from autodiff.dialects.postgresql.catalog import ask
from autodiff.dialects.postgresql.session import ask_nothing
from autodiff.dialects.postgresql.twins import do
from autodiff.dialects.postgresql.words import literal


def without_length(type_: str) -> str:
    """A printed type without its modifier."""
    bare = re.sub(r"\s*\([^)]*\)", "", type_)
    if bare.startswith("character") and not bare.startswith("character varying"):
        return bare.replace("character", "bpchar", 1)
    if bare == "bit" or bare.startswith("bit["):
        return bare.replace("bit", '"bit"', 1)
    return bare


def fold(asking: Asking, pairs: Sequence[tuple[str, str, str]]) -> list[bool]:
    """For each pair of defaults and their column's type: does the planner make the same of both?

    ``EXPLAIN`` folds calls of immutable functions only: ``nextval`` is not run.
    """
    lines = []
    for number, (left, right, type_) in enumerate(pairs):
        bare = without_length(type_)
        query = f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) SELECT ({left})::{bare}, ({right})::{bare}"
        name = literal(f"autodiff.f{number}")
        lines.append(
            f"BEGIN EXECUTE {literal(query)} INTO plan;"
            f" PERFORM set_config({name}, (plan->0->'Plan'->'Output')::text, true);"
            f" EXCEPTION WHEN OTHERS THEN PERFORM set_config({name}, '', true); END;"
        )
    ask_nothing(asking.connection, do(lines, "DECLARE plan json;"))
    rows = ask(
        asking.connection,
        "SELECT n, current_setting('autodiff.f' || n, true) FROM generate_series(0, "
        f"{len(pairs) - 1}) AS n ORDER BY n",
    )
    return [is_same(text) for _, text in rows]


def is_same(output: str | None) -> bool:
    left, right = json.loads(output) if output else (0, 1)
    return bool(left == right)
