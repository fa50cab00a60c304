"""The whole schema out of `sqlite_master`: one statement per schema, whatever the number of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.beside import Row
from autodiff.dialects.room import Scope
from autodiff.dialects.sqlite.ddl import Definitions, is_virtual
from autodiff.dialects.sqlite.foreign_keys import ask
from autodiff.dialects.sqlite.lexer import NotUnderstood, fold, quoted
from autodiff.dialects.sqlite.parts import IndexDefinition, TableDefinition
from autodiff.dialects.sqlite.states import Described
from autodiff.dialects.sqlite.stored import qualified
from autodiff.kinds import ColumnState
from autodiff.state import Key

# The tables that a virtual table keeps its data in; SQLite before 3.37 does not tell which these are.
_SHADOW = re.compile(r"_(data|idx|content|docsize|config|segments|segdir|stat|node|rowid|parent)$")


@dataclass
class SchemaText:
    """What one schema stores.

    :param unread: by key, why a table's text was not understood.
    :param beside: what models have no words for: views, virtual tables, triggers.
    :param triggers: the statements that make each table's triggers, by the table's folded name.
    """

    schema: str | None
    tables: dict[str, TableDefinition] = field(default_factory=dict)
    indexes: dict[str, list[IndexDefinition]] = field(default_factory=dict)
    unread: dict[Key, str] = field(default_factory=dict)
    beside: list[Row] = field(default_factory=list)
    triggers: dict[str, dict[str, str]] = field(default_factory=dict)

    def described(
        self, preparer: IdentifierPreparer, skipped: frozenset[Key], known: dict[tuple[str, bool], ColumnState]
    ) -> Iterator[Described]:
        """The tables but those that are skipped; what is known of columns is added to."""
        for name, table in self.tables.items():
            key = Key("table", self.schema, table.name)
            if key not in skipped:
                yield Described(key, table, tuple(self.indexes.get(name, ())), self.tables, preparer, known)


def schema_names(connection: Connection) -> list[str]:
    """The attached databases."""
    return [name for _, name, _ in ask(connection, "PRAGMA database_list") if name not in ("main", "temp")]


def read_schemas(connection: Connection, scope: Scope, definitions: Definitions) -> list[SchemaText]:
    attached = {"main", *schema_names(connection)}
    return [read_schema(connection, schema, definitions) for schema in scope.schemas if (schema or "main") in attached]


def read_schema(connection: Connection, schema: str | None, definitions: Definitions) -> SchemaText:
    """The definitions of a schema's tables and indexes."""
    place = quoted(schema or "main")
    rows = ask(connection, f"SELECT type, name, tbl_name, sql FROM {place}.sqlite_master ORDER BY rowid")
    found = SchemaText(schema)
    shadows = shadow_tables(connection, schema, rows)
    for kind, name, owner, sql in rows:
        # The prefix is reserved; what has no text backs a constraint.
        if sql is None or name.startswith("sqlite_") or fold(owner) in shadows:
            continue
        if kind == "table" and not is_virtual(sql):
            take_table(found, name, sql, definitions)
        elif kind == "index":
            found.indexes.setdefault(fold(owner), []).append(definitions.index(sql))
        else:
            found.beside.append((BESIDE[kind], schema or "", owner if kind == "trigger" else None, name))
        if kind == "trigger":
            found.triggers.setdefault(fold(owner), {})[name] = sql if schema is None else qualified(sql, schema)
    return found


BESIDE = {"table": "virtual table", "view": "view", "trigger": "trigger"}


def take_table(found: SchemaText, name: str, sql: str, definitions: Definitions) -> None:
    try:
        found.tables[fold(name)] = definitions.table(sql)
    except NotUnderstood as error:
        found.unread[Key("table", found.schema, name)] = str(error)


def shadow_tables(connection: Connection, schema: str | None, rows: list[tuple[str, str, str, str]]) -> frozenset[str]:
    """Folded names of the tables that belong to virtual tables."""
    virtual = [fold(name) for kind, name, _, sql in rows if kind == "table" and sql and is_virtual(sql)]
    if not virtual:
        return frozenset()
    try:
        told = ask(connection, f"PRAGMA {quoted(schema or 'main')}.table_list")
    except connection.dialect.loaded_dbapi.Error:
        told = []
    if told:
        return frozenset(fold(row[1]) for row in told if row[2] == "shadow")
    names = [fold(name) for kind, name, _, _ in rows if kind == "table"]
    return frozenset(name for name in names if _SHADOW.search(name) and _SHADOW.sub("", name) in virtual)
