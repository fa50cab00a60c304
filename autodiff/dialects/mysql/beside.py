"""What a database holds that models have no words for: triggers, views, routines, events, grants. It is said, not compared."""

from __future__ import annotations

# Rows ("beside", kind, schema, table or None, name); a query each, without SQL that joins (slow on MySQL).
_QUERIES = (
    ("trigger", "EVENT_OBJECT_TABLE", "TRIGGER_NAME", "TRIGGERS", "EVENT_OBJECT_SCHEMA"),
    ("grant", "TABLE_NAME", "GRANTEE", "TABLE_PRIVILEGES", "TABLE_SCHEMA"),
    ("column grant", "TABLE_NAME", "GRANTEE", "COLUMN_PRIVILEGES", "TABLE_SCHEMA"),
    ("routine", "NULL", "ROUTINE_NAME", "ROUTINES", "ROUTINE_SCHEMA"),
    ("event", "NULL", "EVENT_NAME", "EVENTS", "EVENT_SCHEMA"),
)


def query(schemas: str) -> str:
    """:param schemas: the schemas' names as a list of literals.

    Rows are kind, schema, table (None where it belongs to none), name.
    """
    parts = (
        f"SELECT DISTINCT '{kind}', {schema}, {table}, {name} FROM information_schema.{source}"
        f" WHERE {schema} IN ({schemas})"
        for kind, table, name, source, schema in _QUERIES
    )
    return " UNION ALL ".join(parts)
