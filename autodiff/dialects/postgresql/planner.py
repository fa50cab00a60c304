"""What the planner makes of expressions: a print that needs no table, no privilege and no write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from autodiff.dialects.postgresql.sending import ask, ask_nothing
from autodiff.dialects.postgresql.twins import do
from autodiff.dialects.postgresql.words import literal


@dataclass(frozen=True)
class Plan:
    """:param output: the expressions as the planner prints them; empty where the server refused the query.
    :param message: the server's message in that case.
    """

    output: tuple[str, ...] = ()
    message: str = ""


def plans(connection: Connection, queries: Sequence[str]) -> list[Plan]:
    """The plan's output for each query; an error in one does not touch the others.

    ``EXPLAIN`` folds calls of immutable functions only: ``nextval`` is not run.
    """
    if not queries:
        return []
    lines = []
    for number, query in enumerate(queries):
        output, message = literal(f"autodiff.f{number}"), literal(f"autodiff.m{number}")
        explained = literal(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {query}")
        lines.append(
            f"BEGIN EXECUTE {explained} INTO plan;"
            f" PERFORM set_config({output}, (plan->0->'Plan'->'Output')::text, true);"
            f" EXCEPTION WHEN OTHERS THEN PERFORM set_config({output}, '', true);"
            f" PERFORM set_config({message}, SQLERRM, true); END;"
        )
    ask_nothing(connection, do(lines, "DECLARE plan json;"))
    rows = ask(
        connection,
        "SELECT current_setting('autodiff.f' || n, true), current_setting('autodiff.m' || n, true)"
        f" FROM generate_series(0, {len(queries) - 1}) AS n ORDER BY n",
    )
    return [Plan(tuple(json.loads(output))) if output else Plan(message=message or "") for output, message in rows]
