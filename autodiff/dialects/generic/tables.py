"""SQLAlchemy tables that create what was read from a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import conv
from sqlalchemy.sql.base import DialectKWArgs
from sqlalchemy.types import TypeEngine

from autodiff.dialects.room import Room
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ConstraintState,
    ExcludeState,
    ForeignKeyState,
    IdentityValue,
    IndexState,
    PrimaryKeyState,
    TableState,
    UniqueState,
)
from autodiff.kinds.table import in_stored_order
from autodiff.state import Key, Snapshot, State
from autodiff.state.state import Options

# What text() would take for a bind parameter, and the backslash that it would eat.
_BIND = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])|\\(:\w*)(?![:\w])")


def verbatim(sql: str) -> TextClause:
    """A text() that compiles to exactly this SQL: where one colon would be read as a parameter, all are escaped."""
    return text(sql.replace(":", r"\:") if _BIND.search(sql) else sql)


class DatabaseTables:
    """The tables of one snapshot as SQLAlchemy objects, made when they are asked for, in one MetaData of their own."""

    def __init__(self, room: Room, snapshot: Snapshot) -> None:
        self.room = room
        self.snapshot = snapshot
        self.metadata = MetaData()
        self._bare: dict[Key, Table] = {}
        self._whole: set[Key] = set()

    def table(self, key: Key) -> Table:
        """The whole table, constraints and indexes included."""
        table = self.bare(key)
        if key not in self._whole:
            self._whole.add(key)
            for state in self.snapshot.parts(key):
                self._attach(table, state)
        return table

    def bare(self, key: Key) -> Table:
        """The table with its columns only."""
        if key not in self._bare:
            state = self.snapshot.get(key)
            assert isinstance(state, TableState)
            assert key.table is not None
            columns = sorted(self.snapshot.parts_of(key, ColumnState), key=lambda column: column.position)
            self._bare[key] = Table(
                key.table,
                self.metadata,
                *(self._column(column) for column in columns),
                schema=key.schema,
                comment=state.comment,
                **{
                    keyword: value
                    for keyword, value in self._keywords(in_stored_order(state)).items()
                    if is_taken(keyword)
                },
            )
        return self._bare[key]

    def part(self, key: Key) -> Any:
        """The column, constraint or index of a key."""
        table = self.table(key.of_table)
        if key.kind == "column":
            return table.columns[str(key.name)]
        return self._parts[key]

    @property
    def _parts(self) -> dict[Key, Any]:
        return self.__dict__.setdefault("_part_of_key", {})  # type: ignore[no-any-return]

    def _column(self, column: ColumnState) -> Column[Any]:
        primary = self.snapshot.get(Key("primary_key", column.key.schema, column.key.table))
        key = primary if isinstance(primary, PrimaryKeyState) and column.key.name in primary.columns else None
        type_ = self.room.type_from(column, self.snapshot)
        return Column(
            str(column.key.name),
            type_,
            *self._values(column),
            nullable=self.room.is_made_nullable(column),
            comment=column.comment,
            autoincrement=self._autoincrement(column, key, type_),
            server_default=None if column.default is None else verbatim(column.default.text),
            **self.room.column_keywords(column),
        )

    def _autoincrement(self, column: ColumnState, primary: PrimaryKeyState | None, type_: TypeEngine[Any]) -> Any:
        """'auto' where SQLAlchemy would guess right anyway, so that scripts stay short."""
        if primary is None or column.identity is not None or not self.room.features.plain_integer_keys:
            return "auto"
        alone = len(primary.columns) == 1
        if not column.autoincrement:
            return False if alone else "auto"
        keys = self.snapshot.parts_of(column.key.of_table, ForeignKeyState)
        leads = any(column.key.name in key.columns for key in keys)
        plain = issubclass(type_._type_affinity or object, Integer) and column.default is None and not leads
        return "auto" if alone and plain else True

    def _values(self, column: ColumnState) -> list[Any]:
        if column.computed is not None:
            return [Computed(verbatim(column.computed.expression.text), persisted=column.computed.stored)]
        return [] if column.identity is None else [identity_from(column.identity)]

    def _attach(self, table: Table, state: State) -> None:
        if isinstance(state, ColumnState):
            return
        made = self._constraint(table, state) if isinstance(state, ConstraintState) else self._index(table, state)
        if made is None:
            return
        column = self.room.column_of_check(state) if isinstance(state, CheckState) else None
        if column is not None:
            made._set_parent_with_dispatch(table.c[column])
        elif not isinstance(made, Index):
            table.append_constraint(made)
        self._parts[state.key] = made

    def _constraint(self, table: Table, state: ConstraintState) -> Any:
        name = state.called if state.unnamed else state.key.name
        if isinstance(state, PrimaryKeyState):
            name = state.name
        common: dict[str, Any] = {"name": None if name is None else conv(name), **self._keywords(state.options)}
        if state.comment is not None:
            common["comment"] = state.comment
        if state.deferrable:
            common |= {"deferrable": True, "initially": "DEFERRED" if state.initially_deferred else None}
        if isinstance(state, PrimaryKeyState):
            return PrimaryKeyConstraint(*(table.c[name] for name in state.columns), **common)
        if isinstance(state, UniqueState):
            return UniqueConstraint(*(table.c[name] for name in state.columns), **common)
        if isinstance(state, CheckState):
            return CheckConstraint(verbatim(state.condition.text), **common)
        if isinstance(state, ForeignKeyState):
            return self._foreign_key(table, state, common)
        if isinstance(state, ExcludeState):
            return self.room.exclude_from(state, table)
        return None

    def _foreign_key(self, table: Table, state: ForeignKeyState, common: dict[str, Any]) -> ForeignKeyConstraint:
        referred = self._referred(state)
        return ForeignKeyConstraint(
            [table.c[name] for name in state.columns],
            [referred.c[name] for name in state.referred_columns],
            ondelete=state.ondelete,
            onupdate=state.onupdate,
            match=state.match,
            **common,
        )

    def _referred(self, state: ForeignKeyState) -> Table:
        """The table that a foreign key leads to; a stub where it was not read (another schema)."""
        key = state.referred
        if self.snapshot.get(key) is not None:
            return self.bare(key)
        stub = self._bare.setdefault(key, Table(str(key.table), MetaData(), schema=key.schema))
        for name in state.referred_columns:
            if name not in stub.c:
                stub.append_column(Column(name))
        return stub

    def _index(self, table: Table, state: State) -> Index | None:
        if not isinstance(state, IndexState):
            return None
        quoted: dict[str, Any] = {self.room.quoted(column.name): column for column in table.columns}
        by_name: dict[str, Any] = {column.name: column for column in table.columns}
        elements = [quoted.get(e.text, by_name.get(e.text, verbatim(e.text))) for e in state.elements]
        keywords = self._keywords(in_stored_order(state))
        if state.where is not None:
            keywords[f"{self.room.dialect.name}_where"] = verbatim(state.where.text)
        index = Index(None if state.unnamed else conv(str(state.key.name)), *elements, unique=state.unique, **keywords)
        if index.table is None:  # only texts: nothing told the index where it belongs
            index._set_parent(table)
        return index

    def _keywords(self, options: Options) -> dict[str, Any]:
        said = ((self.room.option_keyword(name), value) for name, value in options)
        keywords = keywords_of(tuple((name, value) for name, value in said if name is not None))
        return self.room.keywords_said(keywords, self.snapshot.server)


def is_taken(keyword: str) -> bool:
    """Does `Table` take the keyword? (SQLAlchemy 2.0 has no `postgresql_with`.)"""
    dialect, _, argument = keyword.partition("_")
    known = DialectKWArgs._kw_registry[dialect] if argument else None
    if known is None:
        return True
    return any(not {argument, "*"}.isdisjoint(known.get(base, ())) for base in Table.__mro__)


def keywords_of(options: Options) -> dict[str, Any]:
    """Options as keyword arguments: ``a.b`` pairs become a mapping, lists and booleans become themselves again."""
    keywords: dict[str, Any] = {}
    for name, value in options:
        outer, dot, inner = name.partition(".")
        if dot:
            keywords.setdefault(outer, {})[inner] = value
        elif name == "prefixes":
            keywords[name] = value.split()
        elif name.endswith("_include"):
            keywords[name] = value.split(", ")
        else:
            keywords[name] = {"True": True, "False": False}.get(value, value)
    return keywords


def identity_from(value: IdentityValue) -> Identity:
    given: Mapping[str, Any] = {
        "start": value.start,
        "increment": value.increment,
        "minvalue": value.minvalue,
        "maxvalue": value.maxvalue,
        "cycle": value.cycle or None,
        "cache": value.cache,
    }
    return Identity(always=value.always, **{name: entry for name, entry in given.items() if entry is not None})
