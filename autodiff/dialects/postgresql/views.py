"""The statements that make a view again, and give back the rights on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.words import grant, identifier, literal, where_role_is_there


def creation(view: str, entry: dict[str, Any]) -> Iterator[str]:
    """The statements that make a view again, with what hangs on it."""
    word = "MATERIALIZED VIEW" if entry["materialized"] else "VIEW"
    options = f" WITH ({entry['options']})" if entry["options"] else ""
    populated = "" if entry["populated"] else " WITH NO DATA"
    yield f"CREATE {word} {view}{options} AS {entry['definition'].strip().rstrip(';')}{populated}"
    yield from entry["indexes"] or ()
    for column, default in entry["defaults"] or ():
        yield f"ALTER VIEW {view} ALTER COLUMN {identifier(column)} SET DEFAULT {default}"
    if entry["owner"] is not None:
        yield where_role_is_there(f"ALTER {word} {view} OWNER TO {identifier(entry['owner'])}")
    if entry["comment"] is not None:
        yield f"COMMENT ON {word} {view} IS {literal(entry['comment'])}"
    for column, comment in entry["comments"] or ():
        yield f"COMMENT ON COLUMN {view}.{identifier(column)} IS {literal(comment)}"


def grants(view: str, entry: dict[str, Any]) -> Iterator[str]:
    for privilege, role, grantable in [*(entry["grants"] or ()), *(entry["column_grants"] or ())]:
        yield grant(privilege, view, role, grantable)
