"""SQLite's room: its tables are read from their own text, and compared as that text means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from sqlalchemy import ClauseElement, Connection, TextClause, text
from sqlalchemy.engine import URL
from sqlalchemy.types import TypeEngine

from autodiff.dialects.beside import remarks
from autodiff.dialects.room import Room, Scope
from autodiff.dialects.sqlite.canonical import compared, without_lost_names
from autodiff.dialects.sqlite.ddl import Definitions, string_of_default
from autodiff.dialects.sqlite.features import SqliteFeatures
from autodiff.dialects.sqlite.foreign_keys import ask
from autodiff.dialects.sqlite.lexer import fold, literal, quoted
from autodiff.dialects.sqlite.read import SchemaText, read_schemas, schema_names
from autodiff.dialects.sqlite.rehearsal import rehearsed, throw_away
from autodiff.dialects.sqlite.states import Described
from autodiff.dialects.sqlite.types import type_from
from autodiff.dialects.sqlite.wording import reworded
from autodiff.kinds import ColumnState, ViewState
from autodiff.kinds.column import without_expression
from autodiff.kinds.step import Sides, Step
from autodiff.state import Change, Comparison, Key, Server, Snapshot, Sql, State


class SqliteRoom(Room):
    """How SQLite pronounces things."""

    features = SqliteFeatures()

    def __init__(self, dialect: Any) -> None:
        super().__init__(dialect)
        self._definitions = Definitions()
        self._read: list[SchemaText] = []
        self._described: dict[Key, Described] = {}

    def server(self, connection: Connection) -> Server:
        ((version,),) = ask(connection, "SELECT sqlite_version()")
        return Server("sqlite", tuple(int(number) for number in version.split(".")), "main", takes_empty_names=True)

    def schema_names(self, connection: Connection) -> list[str]:
        return schema_names(connection)

    def row_counts(self, connection: Connection, tables: Sequence[Key]) -> dict[Key, int]:
        return {key: _counted(connection, key) for key in tables}

    def read(self, connection: Connection, scope: Scope) -> Snapshot:
        self._read = read_schemas(connection, scope, self._definitions)
        preparer = self.dialect.identifier_preparer
        known: dict[tuple[str, bool], ColumnState] = {}
        tables = [table for text in self._read for table in text.described(preparer, scope.version_tables, known)]
        self._described = {table.key: table for table in tables}
        states = (state for table in tables for state in table.by_key.values())
        return Snapshot.of(states, self.server(connection))

    def canonical(
        self,
        connection: Connection,
        models: Snapshot,
        database: Snapshot,
        scope: Scope,
        *,
        scratch: Connection | None = None,
    ) -> Comparison:
        unread = {key: why for text in self._read for key, why in text.unread.items()}
        comparison = compared(self.dialect, models, database, self._definitions, self._described, unread)
        others = [row for text in self._read for row in text.beside]
        said = remarks(others, _key_beside, lambda key: key not in scope.version_tables and key.schema in scope.owned)
        return replace(comparison, not_compared=(*comparison.not_compared, *said))

    def missing_file(self, url: URL) -> str | None:
        in_memory_or_uri = not url.database or url.database.startswith((":", "file:"))
        return None if in_memory_or_uri or os.path.exists(str(url.database)) else url.database

    def throw_away(self) -> AbstractContextManager[Connection]:
        return throw_away()

    def rehearsed(self, connection: Connection, run: Callable[[Connection], None]) -> list[str]:
        """What a rebuild copies, and what hangs on the table, is only known where the table is."""
        return rehearsed(connection, run)

    def type_from(self, column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
        return type_from(column.type.text, column.collation, self.dialect)

    def column_keywords(self, column: ColumnState) -> dict[str, Any]:
        return dict(column.options)

    def column_steps(self, change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
        old, new = change.before, change.after
        if old is None or new is None or old.computed is None or new.computed is not None:
            return None
        return without_expression(old, new, sides.before.thing(old), sides)

    def column_keywords_for(self, change: Change[ColumnState], sides: Sides) -> dict[str, Any]:
        """ON CONFLICT, where it changes."""
        assert change.before is not None
        assert change.after is not None
        old, new = dict(change.before.options), dict(change.after.options)
        return {name: new.get(name) for name in sorted(old | new) if old.get(name) != new.get(name)}

    def renamed(self, comparison: Comparison, keys: Mapping[Key, Key]) -> Comparison:
        return replace(comparison, after=without_lost_names(comparison, keys.values()))

    def reworded(self, sql: Sql, names: Mapping[str, str], is_key: bool) -> Sql:
        return reworded(sql, names, self.quoted)

    def value_of_default(self, default: ClauseElement) -> ClauseElement | None:
        """A bare word, also one in double quotes, is a string in a default, and a column anywhere else."""
        written = default.text.strip() if isinstance(default, TextClause) else ""
        if written.upper() == "NULL":
            return None
        word = string_of_default(written) if written else None
        return default if word is None else text(literal(word).replace(":", "\\:"))

    def with_table(self, table: Key) -> Iterable[ViewState]:
        read = next((found for found in self._read if found.schema == table.schema), None)
        triggers = {} if read is None else read.triggers.get(fold(str(table.table)), {})
        for name, sql in triggers.items():
            key = Key("view", table.schema, None, name)
            yield ViewState(key=key, drop="", definition=(sql,), depends_on=frozenset({table}))

    def constraint_keywords(self, state: State) -> dict[str, Any]:
        """ON CONFLICT, which the models may say at the column."""
        return dict(getattr(state, "options", ()))

    def edges(self, nodes: Sequence[Any]) -> Iterable[tuple[int, int]]:
        """An index may take a name that differs in case only, once the other one has gone."""
        freed = {
            fold(str(state.key.name)): position
            for position, node in enumerate(nodes)
            for step in node.steps
            if step.role == "drop"
            for state in (step.state, *step.also)
            if state.key.kind == "index"
        }
        for position, node in enumerate(nodes):
            for step in node.steps:
                name = fold(str(step.key.name))
                if step.role == "create" and step.key.kind == "index" and name in freed:
                    yield freed[name], position


__all__ = ["SqliteRoom"]


def _key_beside(schema: str, table: str | None) -> Key:
    return Key("table", schema or None, table)


def _counted(connection: Connection, table: Key) -> int:
    schema = "" if table.schema is None else f"{quoted(table.schema)}."
    ((count,),) = ask(connection, f"SELECT count(*) FROM {schema}{quoted(str(table.table))}")
    return int(count)
