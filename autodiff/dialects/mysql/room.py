"""The room of MySQL and MariaDB: how they print, read, compare and change schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from autodiff.dialects.mysql.backing import companions
from autodiff.dialects.mysql.canonical import UNSAID, compared
from autodiff.dialects.mysql.changes import (
    OF_INDEXES,
    edges,
    existing,
    index_sql,
    replaced_backing,
    value_of_default,
)
from autodiff.dialects.mysql.column_checks import column_behind
from autodiff.dialects.mysql.dependents import remade, triggers_by_table
from autodiff.dialects.mysql.disturbed import disturbed, in_the_way_of_renames, meets_a_foreign_key
from autodiff.dialects.mysql.features import MysqlFeatures
from autodiff.dialects.mysql.lexer import without_escapes
from autodiff.dialects.mysql.names import auto_name
from autodiff.dialects.mysql.prelude import prelude
from autodiff.dialects.mysql.read import SYSTEM_SCHEMAS, Reading, read_database, states_of
from autodiff.dialects.mysql.renamed import renamed, reworded
from autodiff.dialects.mysql.session import Settings, reading, rows
from autodiff.dialects.mysql.states import ENFORCED, Printed
from autodiff.dialects.mysql.steps import column_steps, constraint_steps
from autodiff.dialects.mysql.table_text import OF_PRIMARY_KEYS, constraint_sql, table_sql
from autodiff.dialects.mysql.types import type_from
from autodiff.dialects.room import Remade, Room, Scope, everything
from autodiff.kinds import CheckState, ColumnState, IndexState, PrimaryKeyState, UniqueState, ViewState
from autodiff.kinds.step import Sides, Step
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Comparison, Key, Later, Server, Snapshot, Sql, State


class MysqlRoom(Room):
    """MySQL, and MariaDB as a feature set of it."""

    features = MysqlFeatures()

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.is_mariadb = bool(getattr(dialect, "is_mariadb", False))
        self._settings: Settings | None = None
        self._reading: Reading | None = None

    def settings(self, connection: Connection) -> Settings:
        if self._settings is None:
            self._settings = Settings.of(connection)
        return self._settings

    def printed(self, settings: Settings) -> Printed:
        return Printed(
            self.twin.identifier_preparer,
            settings.database,
            is_mysql=not settings.is_mariadb,
            lowers=settings.lowers_names,
            escapes=settings.escapes,
        )

    # Reading

    def server(self, connection: Connection) -> Server:
        settings = self.settings(connection)
        return Server(
            dialect=self.dialect.name,
            version=settings.version,
            default_schema=settings.database,
            lowers_table_names=settings.lowers_names,
            settings={"lower_case_table_names": str(settings.lower_case_table_names), "sql_mode": settings.sql_mode},
        )

    def schema_names(self, connection: Connection) -> list[str]:
        default = self.settings(connection).database
        names = [row[0] for row in rows(connection, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1")]
        return [name for name in names if name != default and name.lower() not in SYSTEM_SCHEMAS]

    def row_counts(self, connection: Connection, tables: Sequence[Key]) -> dict[Key, int]:
        default = self.settings(connection).database
        asked = (
            "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_ROWS IS NOT NULL"
        )
        found = {(schema, name): int(count) for schema, name, count in rows(connection, asked)}
        wanted = {key: found.get((key.schema or default, key.table)) for key in tables}
        return {key: count for key, count in wanted.items() if count is not None}

    def read(self, connection: Connection, scope: Scope) -> Snapshot:
        settings = self.settings(connection)
        with reading(connection, settings):
            self._reading = reading_ = read_database(connection, settings, scope, self.printed(settings))
            if reading_.has_triggers:
                places = {key.schema or settings.database or "" for key in reading_.texts}
                reading_.triggers = triggers_by_table(
                    connection, settings, places, reading_.printed.table_key, is_mariadb=self.is_mariadb
                )
        return Later(lambda: {state.key: state for state in states_of(reading_)}, self.server(connection))

    # Canonical forms

    def canonical(
        self,
        connection: Connection,
        models: Snapshot,
        database: Snapshot,
        scope: Scope,
        *,
        scratch: Connection | None = None,
    ) -> Comparison:
        if self._reading is None:
            self.read(connection, scope)
        assert self._reading is not None
        settings = self.settings(connection)
        everything_is_heard = scope.include_name is everything
        return compared(
            connection, self.dialect, settings, models, database, self._reading, scratch, everything_is_heard
        )

    def companions(self, snapshot: Snapshot, tables: Collection[Key]) -> Mapping[Key, Key]:
        return dict(companions(snapshot, tables))

    def renamed(self, comparison: Comparison, keys: Mapping[Key, Key]) -> Comparison:
        return comparison if self._reading is None else renamed(self._reading, comparison, keys)

    def reworded(self, sql: Sql, names: Mapping[str, str], is_key: bool) -> Sql:
        text = reworded(sql.text, names, self.quoted, is_key=is_key)
        return Sql(text, None if sql.canonical is None else reworded(sql.canonical, names, self.quoted, is_key=is_key))

    def in_the_way_of_renames(self, snapshot: Snapshot, columns: Sequence[Key]) -> Iterable[Key]:
        return () if self.is_mariadb else in_the_way_of_renames(snapshot, columns)

    def remade(self, connection: Connection, keys: Mapping[Key, Key]) -> Remade:
        found = remade(connection, self.settings(connection), keys, is_mariadb=self.is_mariadb)
        return (
            found
            if self.settings(connection).escapes
            else replace(
                found, forth=list(map(without_escapes, found.forth)), back=list(map(without_escapes, found.back))
            )
        )

    # Objects for scripts

    def type_from(self, column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
        return type_from(column, snapshot)

    def option_keyword(self, name: str) -> str | None:
        if name.startswith(OF_INDEXES) or name in UNSAID or name in (OF_PRIMARY_KEYS, ENFORCED):
            return None
        # The dialect that mariadb:// names takes mariadb_… only.
        return name.replace("mysql_", "mariadb_", 1) if self.dialect.name == "mariadb" else name

    def column_of_check(self, state: CheckState) -> str | None:
        return column_behind(state)

    # Planning

    def prelude(self, changes: Sequence[Change[Any]], before: Snapshot) -> Iterable[MigrateOperation]:
        return prelude(changes, before)

    def auto_name(self, state: State, snapshot: Snapshot) -> str | None:
        return auto_name(state, snapshot, is_mariadb=self.is_mariadb)

    def column_keywords_for(self, change: Change[ColumnState], sides: Sides) -> dict[str, Any]:
        return existing(change, sides)

    def value_of_default(self, default: ClauseElement) -> ClauseElement | None:
        return value_of_default(default)

    def column_steps(self, change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
        return column_steps(change, sides, is_mariadb=self.is_mariadb)

    def constraint_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step] | None:
        assert self._reading is not None
        statement = partial(self._constraint_sql, self._reading)
        return constraint_steps(change, sides, self._reading.backing, statement, is_mariadb=self.is_mariadb)

    def table_sql(self, table: Key) -> str | None:
        return None if self._reading is None else self._in_session(table_sql(self._reading, table))

    def with_table(self, table: Key) -> Iterable[ViewState]:
        found = [] if self._reading is None else self._reading.triggers.get(table, [])
        return [
            replace(each, definition=tuple(str(self._in_session(sql)) for sql in each.definition)) for each in found
        ]

    def _constraint_sql(self, reading: Reading, state: PrimaryKeyState | UniqueState | CheckState) -> str | None:
        return self._in_session(constraint_sql(reading, state))

    def index_sql(self, state: IndexState) -> str | None:
        return self._in_session(index_sql(state))

    def _in_session(self, sql: str | None) -> str | None:
        """A statement for the application's session, which may take backslashes in literals as they are."""
        escapes = self._reading is None or self._reading.printed.escapes
        return sql if sql is None or escapes else without_escapes(sql)

    def goes_by_itself(self, state: State, sides: Sides) -> bool:
        return replaced_backing(state, sides)

    def can_be_renamed(self, change: Change[State], sides: Sides) -> bool:
        return not any(meets_a_foreign_key(change, side.snapshot) for side in (sides.before, sides.after))

    def edges(self, nodes: Sequence[Any]) -> Iterable[tuple[int, int]]:
        return edges(nodes)

    def disturbed(self, change: Change[State], before: Snapshot, after: Snapshot) -> Iterable[Key]:
        return disturbed(change, before, after, is_mariadb=self.is_mariadb)
