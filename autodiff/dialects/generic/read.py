"""States through SQLAlchemy's `Inspector`, one call per kind and schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.types import NullType, TypeEngine

from autodiff.ddl.impl import DefaultImpl, own
from autodiff.dialects.room import Scope
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    ForeignKeyState,
    IdentityValue,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
    twin_of,
)
from autodiff.kinds.foreign_key import action
from autodiff.kinds.table import options_of
from autodiff.state import Key, Server, Snapshot, Sql, State

_IDENTITY = ("start", "increment", "minvalue", "maxvalue", "cache")


def read(dialect: Dialect, connection: Connection, scope: Scope, server: Server) -> Snapshot:
    """All states of the scope. A dialect that does not know a kind (`NotImplementedError`) has none of it."""
    correct = own(words_of(dialect, connection), "autogen_column_reflect")
    reader = Reader(dialect, inspect(connection), server, correct)
    return Snapshot.of((state for schema in scope.schemas for state in reader.schema(schema)), server)


def words_of(dialect: Dialect, connection: Connection) -> DefaultImpl:
    """The dialect's own words, to ask what it says of columns and types."""
    return DefaultImpl.get_by_dialect(dialect)(dialect, connection, False, None, None, {})


_SINGLE = {
    "unique": "get_unique_constraints",
    "check": "get_check_constraints",
    "index": "get_indexes",
    "foreign_key": "get_foreign_keys",
    "table comment": "get_table_comment",
}


def untold(connection: Connection, database: Snapshot) -> frozenset[str]:
    """The kinds of which the snapshot has none because the dialect does not read them; "comment", "table comment"."""
    table = next((key for key in database.objects if key.kind == "table"), None)
    if table is None:
        return frozenset()
    missing = _SINGLE.keys() - {key.kind for key in database.objects}
    ask = inspect(connection)
    silent = {kind for kind in missing if not _tells(getattr(ask, _SINGLE[kind]), table.table, table.schema)}
    if not _tells(ask.get_sequence_names, table.schema):
        silent.add("sequence")
    return frozenset(silent) | (frozenset() if connection.dialect.supports_comments else {"comment", "table comment"})


def _tells(method: Callable[..., Any], *given: str | None) -> bool:
    try:
        method(*given)
    except NotImplementedError:
        return False
    return True


class Reader:
    """:param correct: called with what the inspector says of a column, to correct it."""

    def __init__(
        self,
        dialect: Dialect,
        inspector: Inspector,
        server: Server,
        correct: Callable[[Inspector, Table, dict[str, Any]], None] | None = None,
    ) -> None:
        self.dialect = dialect
        self.twin = twin_of(dialect)
        self.inspector = inspector
        self.server = server
        self.correct = correct

    def schema(self, schema: str | None) -> Iterator[State]:
        """The states of one schema."""
        comments = self._ask("get_multi_table_comment", schema)
        options = self._ask("get_multi_table_options", schema)
        for table in self.inspector.get_table_names(schema=schema):
            comment = comments.get((schema, table), {}).get("text")
            given = options_of(options.get((schema, table)) or {}, self.dialect.name)
            yield TableState(key=Key("table", schema, table), comment=comment, options=given)
        yield from self._each("get_multi_columns", schema, self._column)
        yield from self._one("get_multi_pk_constraint", schema, self._primary_key)
        yield from self._each("get_multi_unique_constraints", schema, self._unique)
        yield from self._each("get_multi_check_constraints", schema, self._check)
        yield from self._each("get_multi_indexes", schema, self._index)
        yield from self._each("get_multi_foreign_keys", schema, self._foreign_key)
        for name in sorted(self._ask("get_sequence_names", schema)):
            yield SequenceState(key=Key("sequence", schema, None, name))

    def _ask(self, method: str, schema: str | None) -> Any:
        try:
            return getattr(self.inspector, method)(schema=schema)
        except NotImplementedError:
            return {}

    def _each(self, method: str, schema: str | None, make: Any) -> Iterator[State]:
        for (_, table), entries in sorted(self._ask(method, schema).items(), key=lambda item: str(item[0])):
            for number, entry in enumerate(entries):
                state = make(Key("table", schema, table), entry, number)
                if state is not None:
                    yield state

    def _one(self, method: str, schema: str | None, make: Any) -> Iterator[State]:
        for (_, table), entry in self._ask(method, schema).items():
            if entry and entry.get("constrained_columns"):
                yield make(Key("table", schema, table), entry)

    def _column(self, table: Key, given: Mapping[str, Any], number: int) -> ColumnState:
        entry = dict(given)
        parent = Table(str(table.table), MetaData(), schema=table.schema)
        parent.dispatch.column_reflect(
            self.inspector, parent, entry
        )  # listeners on the class `Table`, as geoalchemy2's
        if self.correct is not None:
            self.correct(self.inspector, parent, entry)
        computed, identity = entry.get("computed"), entry.get("identity")
        default = entry.get("default")
        return ColumnState(
            key=Key("column", table.schema, table.table, entry["name"]),
            type=Sql(self._type(entry["type"])),
            nullable=bool(entry["nullable"]),
            default=Sql(str(default)) if default is not None and not computed else None,
            computed=ComputedValue(Sql(computed["sqltext"]), computed.get("persisted")) if computed else None,
            identity=self._identity(identity) if identity else None,
            autoincrement=entry.get("autoincrement") is True,
            comment=entry.get("comment"),
            position=number,
            source=entry["type"],
        )

    def _type(self, type_: TypeEngine[Any]) -> str:
        return "NULL" if isinstance(type_, NullType) else str(type_.compile(dialect=self.twin))

    @staticmethod
    def _identity(entry: Mapping[str, Any]) -> IdentityValue:
        given = {name: entry.get(name) for name in _IDENTITY}
        return IdentityValue(always=bool(entry.get("always")), cycle=bool(entry.get("cycle")), **given)

    def _name(self, kind: str, table: Key, entry: Mapping[str, Any], number: int) -> dict[str, Any]:
        name = entry.get("name")
        return {"key": Key(kind, table.schema, table.table, name or f"~{number + 1}"), "unnamed": name is None}

    def _primary_key(self, table: Key, entry: Mapping[str, Any]) -> PrimaryKeyState:
        columns = tuple(entry["constrained_columns"])
        return PrimaryKeyState(
            key=Key("primary_key", table.schema, table.table), columns=columns, name=entry.get("name")
        )

    def _unique(self, table: Key, entry: Mapping[str, Any], number: int) -> UniqueState:
        return UniqueState(**self._name("unique", table, entry, number), columns=tuple(entry["column_names"]))

    def _check(self, table: Key, entry: Mapping[str, Any], number: int) -> CheckState:
        return CheckState(**self._name("check", table, entry, number), condition=Sql(entry["sqltext"]))

    def _index(self, table: Key, entry: Mapping[str, Any], number: int) -> IndexState | None:
        if entry.get("duplicates_constraint"):
            return None
        quote = self.twin.identifier_preparer.quote
        texts = entry.get("expressions") or [quote(name) for name in entry["column_names"]]
        return IndexState(
            **self._name("index", table, entry, number),
            elements=tuple(Sql(text) for text in texts),
            unique=bool(entry["unique"]),
        )

    def _foreign_key(self, table: Key, entry: Mapping[str, Any], number: int) -> ForeignKeyState:
        options = entry.get("options") or {}
        schema = entry.get("referred_schema")
        referred = Key("table", None if schema == self.server.default_schema else schema, entry["referred_table"])
        initially = str(options.get("initially") or "").upper()
        return ForeignKeyState(
            **self._name("foreign_key", table, entry, number),
            columns=tuple(entry["constrained_columns"]),
            referred=referred,
            referred_columns=tuple(entry["referred_columns"]),
            ondelete=action(options.get("ondelete")),
            onupdate=action(options.get("onupdate")),
            deferrable=bool(options.get("deferrable")),
            initially_deferred=initially == "DEFERRED",
            depends_on=frozenset({referred}),
        )
