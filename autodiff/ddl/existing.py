"""What a database has already: for IF [NOT] EXISTS where it is no word of the database, and for nameless constraints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from autodiff.errors import CommandError


def has_column(connection: Connection, table: str, column: str, schema: str | None) -> bool:
    return any(found["name"] == column for found in sa.inspect(connection).get_columns(table, schema=schema))


def has_index(connection: Connection, table: str | None, index: str, schema: str | None) -> bool:
    inspector = sa.inspect(connection)
    tables = [table] if table else inspector.get_table_names(schema=schema)
    return any(found["name"] == index for name in tables for found in inspector.get_indexes(name, schema=schema))


def has_constraint(connection: Connection, table: str, constraint: str, type_: str | None, schema: str | None) -> bool:
    kinds = [type_] if type_ else ["primary", "unique", "foreignkey", "check"]
    return any(found["name"] == constraint for kind in kinds for found in constraints(connection, table, kind, schema))


def constraints(connection: Connection, table: str, type_: str, schema: str | None) -> list[dict[str, Any]]:
    """The constraints of one type, as SQLAlchemy's inspector gives them."""
    inspector = sa.inspect(connection)
    found: Any
    if type_ == "primary":
        found = [inspector.get_pk_constraint(table, schema=schema)]
    elif type_ == "unique":
        found = inspector.get_unique_constraints(table, schema=schema)
    elif type_ == "foreignkey":
        found = inspector.get_foreign_keys(table, schema=schema)
    elif type_ == "check":
        found = inspector.get_check_constraints(table, schema=schema)
    else:
        raise CommandError(
            f"a nameless constraint is found by type_ 'primary', 'unique', 'foreignkey' or 'check', not {type_!r}"
        )
    return [dict(constraint) for constraint in found]


def constraint_name(
    connection: Connection,
    table: str,
    type_: str,
    schema: str | None,
    *,
    columns: Sequence[str] | None = None,
    condition: str | None = None,
) -> str:
    """The name in the database of a constraint that the script knows by its columns or by its condition.

    :raises CommandError: if there is none, or more than one.
    """
    found = [c for c in constraints(connection, table, type_, schema) if _is_it(c, type_, columns, condition)]
    what = f"check ({condition})" if condition is not None else f"{type_} on ({', '.join(columns or ())})"
    if len(found) == 1 and found[0]["name"] is not None:
        return str(found[0]["name"])
    if found:
        names = ", ".join(str(constraint["name"]) for constraint in found)
        raise CommandError(f"{what} is ambiguous on table {table!r}: {names}", help="name the one to drop")
    raise CommandError(f"table {table!r} has no constraint: {what}")


def _is_it(constraint: dict[str, Any], type_: str, columns: Sequence[str] | None, condition: str | None) -> bool:
    if condition is not None:
        return _plain(constraint.get("sqltext", "")) == _plain(condition)
    found = constraint.get("constrained_columns", constraint.get("column_names"))
    return (type_ == "primary" and not columns) or found == list(columns or ())


def _plain(condition: str) -> str:
    """The condition without blanks that say nothing and parentheses around all of it."""
    text = " ".join(condition.split())
    while text.startswith("(") and text.endswith(")") and _balanced(text[1:-1]):
        text = text[1:-1].strip()
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0
