"""About how many rows the tables have that a change takes something away from."""

from __future__ import annotations

from sqlalchemy import Connection

from autodiff.autogenerate.comparison import Compared


def row_counts(compared: Compared, connection: Connection | None) -> dict[str, int]:
    """The rows of each table that is dropped or loses a column, by ``table`` or ``schema.table``."""
    new_names = {rename.new.of_table for rename in compared.renames}
    losing = {
        change.key.of_table
        for change in compared.changes
        if change.verb == "drop" and change.kind in ("table", "column")
    }
    asked = sorted(losing - new_names, key=lambda key: key.label)
    if not asked or connection is None:
        return {}
    return {key.label: count for key, count in compared.room.row_counts(connection, asked).items()}


def said(count: int) -> str:
    """``about 12,400 rows``"""
    return f"about {count:,} row{'' if count == 1 else 's'}"
