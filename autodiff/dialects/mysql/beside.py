"""What a database holds that models have no words for: triggers, views, routines, events, grants. It is said, not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from autodiff.state import Key, NotCompared

# Rows ("beside", kind, schema, table or None, name); a query each, without SQL that joins (slow on MySQL).
_QUERIES = (
    ("trigger", "EVENT_OBJECT_TABLE", "TRIGGER_NAME", "TRIGGERS", "EVENT_OBJECT_SCHEMA"),
    ("grant", "TABLE_NAME", "GRANTEE", "TABLE_PRIVILEGES", "TABLE_SCHEMA"),
    ("column grant", "TABLE_NAME", "GRANTEE", "COLUMN_PRIVILEGES", "TABLE_SCHEMA"),
    ("routine", "NULL", "ROUTINE_NAME", "ROUTINES", "ROUTINE_SCHEMA"),
    ("event", "NULL", "EVENT_NAME", "EVENTS", "EVENT_SCHEMA"),
)
_OF_PEOPLE = ("grant", "column grant")

Row = tuple[str, str, "str | None", str]


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


def remarks(
    found: Iterable[Row], key_of: Callable[[str, str | None], Key], is_wanted: Callable[[Key], bool]
) -> Iterator[NotCompared]:
    """One remark for each kind of thing on a table, or in a schema.

    :param key_of: the key of a table, or of a schema's name alone.
    """
    names: dict[tuple[str, Key], list[str]] = {}
    for kind, schema, table, name in found:
        key = key_of(schema, table)
        if is_wanted(key):
            names.setdefault((kind, key), []).append(name)
    for (kind, key), some in sorted(names.items(), key=lambda item: (str(item[0][1]), item[0][0])):
        listed = ", ".join(sorted(some))
        plural = "" if len(some) == 1 else "s"
        whose = f"to {listed}" if kind in _OF_PEOPLE else listed
        where = f" on table {key.label}" if key.table is not None else f" of schema {key.schema}" if key.schema else ""
        what = f"{kind}{plural} {whose}{where}"
        why = f"models have no words for {'it' if len(some) == 1 else 'them'}"
        yield NotCompared(what, why, key if key.table is not None else None)
