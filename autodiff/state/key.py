"""The identity of an object: two snapshots pair their objects by key."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """Kind and place of one object.

    :param kind: the name of the kind: ``"table"``, ``"column"``, ``"check"`` …
    :param schema: the schema; None is the database's default schema, whatever way it was written.
    :param table: the table that the object belongs to; a table's own name for the table itself; None outside of tables.
    :param name: the object's name; None for a table and for a primary key (there is one per table).
    """

    kind: str
    schema: str | None = None
    table: str | None = None
    name: str | None = None

    @property
    def of_table(self) -> Key:
        """The key of the table that this object belongs to."""
        return Key("table", self.schema, self.table)

    @property
    def label(self) -> str:
        """The object's dotted name, as people say it: ``schema.table.column``."""
        return ".".join(part for part in (self.schema, self.table, self.name) if part)


def sort_key(key: Key) -> tuple[str, str, str, str]:
    """A total order over keys (None sorts as the empty string)."""
    return (key.kind, key.schema or "", key.table or "", key.name or "")
