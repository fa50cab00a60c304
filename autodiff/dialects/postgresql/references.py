"""What the numbers in the rows of the catalogs stand for: the keys of tables, columns, types and sequences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from autodiff.dialects.postgresql.catalog import Catalog, Column
from autodiff.dialects.postgresql.names import object_name
from autodiff.state import Key


@dataclass(kw_only=True)
class References:
    """The objects of one reading by their numbers.

    :param default_schema: the schema whose keys have None.
    :param left_out: keys of tables that are autodiff's own.
    """

    catalog: Catalog
    default_schema: str | None
    left_out: frozenset[Key] = frozenset()

    def schema(self, name: str) -> str | None:
        return None if name == self.default_schema else name

    @cached_property
    def tables(self) -> dict[int, Key]:
        """Keys of the tables by object id."""
        keys = {
            row.oid: Key("table", self.schema(row.schema), row.name)
            for row in self.catalog.relations
            if row.kind in ("r", "p")
        }
        return {oid: key for oid, key in keys.items() if key not in self.left_out}

    @cached_property
    def columns(self) -> dict[int, dict[int, str]]:
        """Names of the columns by table and number."""
        names: dict[int, dict[int, str]] = {}
        for row in self.catalog.columns:
            names.setdefault(row.relation, {})[row.number] = row.name
        return names

    @cached_property
    def enums(self) -> dict[int, Key]:
        keys = {}
        for entry in self.entries("enum"):
            key = Key("enum", self.schema(entry["schema"]), None, entry["name"])
            keys[entry["oid"]] = keys[entry["array"]] = key
        for entry in self.domains_by_need():
            if entry["base_oid"] in keys:
                keys[entry["oid"]] = keys[entry["array"]] = keys[entry["base_oid"]]
        return keys

    @cached_property
    def domains(self) -> dict[int, Key]:
        keys = {}
        for entry in self.entries("domain"):
            key = Key("domain", self.schema(entry["schema"]), None, entry["name"])
            keys[entry["oid"]] = keys[entry["array"]] = key
        return keys

    def domains_by_need(self) -> Iterator[dict[str, Any]]:
        """The domains, each after the one that it stands on."""
        left = list(self.entries("domain"))
        while left:
            waiting = {entry["oid"] for entry in left}
            yield from (entry for entry in left if entry["base_oid"] not in waiting)
            left = [entry for entry in left if entry["base_oid"] in waiting]

    @cached_property
    def sequences(self) -> dict[str, dict[str, Any]]:
        """Sequences by object id as `Column.default_needs` writes it."""
        return {f"{entry['oid']}.0": entry for entry in self.entries("sequence")}

    @cached_property
    def owned(self) -> dict[tuple[int, int], list[dict[str, Any]]]:
        """Sequences by the column that owns them."""
        found: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for entry in self.entries("sequence"):
            if entry["owner"] is not None:
                found.setdefault((entry["owner"], entry["owner_column"]), []).append(entry)
        return found

    def entries(self, kind: str) -> Iterator[dict[str, Any]]:
        return (entry for found, entry in self.catalog.outside if found == kind)

    def in_order(self, kind: str) -> list[dict[str, Any]]:
        """The entries by name: the catalogs have no order of their own."""
        return sorted(self.entries(kind), key=lambda entry: (entry["schema"], entry["name"]))

    def part(self, kind: str, table: Key, name: str | None) -> Key:
        return Key(kind, table.schema, table.table, name)

    def named(self, relation: int, numbers: list[int] | None) -> tuple[str, ...]:
        names = self.columns.get(relation, {})
        return tuple(names[number] for number in numbers or () if number in names)

    def column_keys(self, table: Key, names: tuple[str, ...]) -> frozenset[Key]:
        return frozenset(self.part("column", table, name) for name in names)

    def uses(self, entry: dict[str, Any], views: dict[int, Key]) -> frozenset[Key]:
        """The tables, columns, views and types that a query or an expression uses."""
        needs: set[Key] = set()
        for oid, number in entry.get("uses") or ():
            if number is None:
                needs |= {of[oid] for of in (self.enums, self.domains) if oid in of}
            elif oid in views:
                needs.add(views[oid])
            elif oid in self.tables:
                needs |= {self.tables[oid]} | self.column_keys(self.tables[oid], self.named(oid, [number]))
        return frozenset(needs)

    def owned_under(self, keys: Mapping[Key, Key]) -> Iterator[tuple[str | None, str, str]]:
        """Sequences called after renamed tables and columns that own them: their schema, their name, the one that follows.

        The server leaves them where they are; but whoever looks for one, as SQLAlchemy does where nothing returns the
        value, makes its name up of the table's and the column's.
        """
        taken = {(row.schema, row.name) for row in self.catalog.relations}
        taken |= {(entry["schema"], entry["name"]) for entry in self.entries("sequence")}
        for (relation, number), entries in self.owned.items():
            table, column = self.tables.get(relation), self.columns.get(relation, {}).get(number)
            if table is None or column is None:
                continue
            renamed = keys.get(self.part("column", table, column), self.part("column", keys.get(table, table), column))
            old, new = (object_name(str(of[0]), str(of[1]), "seq") for of in ((table.table, column), renamed[2:]))
            for entry in entries:
                if entry["name"] == old != new and (entry["schema"], new) not in taken:
                    yield self.schema(entry["schema"]), old, new


def is_default(row: Column, sequence: dict[str, Any]) -> bool:
    """Does the column's default take the next value of the sequence?"""
    return f"{sequence['oid']}.0" in (row.default_needs or ())
