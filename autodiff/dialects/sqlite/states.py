"""States out of a table's definition: the same for what the database stores and for what SQLAlchemy would create."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.sqlite.expression import canonical
from autodiff.dialects.sqlite.facts import (
    BINARY,
    collation,
    conflict,
    default_value,
    index_keys,
    is_not_null,
    referred_columns,
)
from autodiff.dialects.sqlite.lexer import fold, literal
from autodiff.dialects.sqlite.parts import (
    Check,
    ColumnDefinition,
    Default,
    ForeignKey,
    Generated,
    IndexDefinition,
    IndexKey,
    NotNull,
    PrimaryKey,
    TableDefinition,
    Unique,
)
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    TableState,
    UniqueState,
)
from autodiff.state import Key, Sql, State
from autodiff.state.state import Options


@dataclass(frozen=True)
class Described:
    """One table with its indexes, and the tables beside it that its foreign keys can mean.

    :param neighbours: tables of the schema by folded name.
    :param known: columns that other tables have in the same words, by these and by whether the table is STRICT.
    """

    key: Key
    table: TableDefinition
    indexes: tuple[IndexDefinition, ...]
    neighbours: Mapping[str, TableDefinition]
    preparer: IdentifierPreparer
    known: dict[tuple[str, bool], ColumnState] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[Key, State]:
        return {state.key: state for state in self.states()}

    @cached_property
    def index_texts(self) -> Mapping[Key, str]:
        """The statements that made the indexes."""
        return {self.part("index", index.name): index.sql for index in self.indexes}

    def states(self) -> Iterator[State]:
        yield TableState(key=self.key, options=table_options(self.table))
        yield from (self.column(column, number) for number, column in enumerate(self.table.columns))
        if self.table.primary_key is not None:
            yield self.primary_key(self.table.primary_key)
        yield from (self.unique(part, named) for part, named in self._named("unique", self.table.all(Unique)))
        yield from (self.check(part, named) for part, named in self._named("check", self.table.all(Check)))
        yield from (self.index(index) for index in self.indexes)
        yield from (self.foreign_key(p, named) for p, named in self._named("foreign_key", self.table.all(ForeignKey)))

    def part(self, kind: str, name: str | None) -> Key:
        return Key(kind, self.key.schema, self.key.table, name)

    def _named(self, kind: str, parts: Iterable[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Each part with its key; one without a name, or with a name that SQLite lets occur twice, gets a placeholder."""
        found = list(parts)
        names = [part.name for part in found]
        number = 0
        for part in found:
            if part.name is not None and names.count(part.name) == 1:
                yield part, {"key": self.part(kind, part.name)}
            else:
                number += 1
                yield part, {"key": self.part(kind, f"~{number}"), "unnamed": True, "called": part.name}

    def column(self, column: ColumnDefinition, position: int = 0) -> ColumnState:
        alike = (column.text, self.table.strict)
        found = self.known.get(alike)
        if found is None:
            found = self._column(column)
            if found.computed is None:  # what its expression means depends on the other columns
                self.known[alike] = found
        return found.but(
            key=self.part("column", column.name),
            nullable=not is_not_null(self.table, column),
            position=position,
            depends_on=self.itself,
        )

    @cached_property
    def itself(self) -> frozenset[Key]:
        return frozenset({self.key})

    def _column(self, column: ColumnDefinition) -> ColumnState:
        own = collation(column)
        return ColumnState(
            key=self.part("column", column.name),
            type=Sql.printed(column.type_words),
            default=self.default(column),
            computed=self.computed(column),
            collation=None if own == BINARY else own.upper(),
            options=column_options(column),
        )

    def default(self, column: ColumnDefinition) -> Sql | None:
        part, value = column.last(Default), default_value(self.table, column)
        if part is None or value is None:
            return None
        return Sql(literal(part.value.tokens[-1].value) if part.bare else part.value.text, repr(value))

    def computed(self, column: ColumnDefinition) -> ComputedValue | None:
        part = column.last(Generated)
        if part is None:
            return None
        tree = canonical(part.expression, self.table.scope)
        return ComputedValue(Sql(part.expression.text, repr(tree)), part.stored)

    def primary_key(self, part: PrimaryKey) -> PrimaryKeyState:
        return PrimaryKeyState(
            key=self.part("primary_key", None),
            unnamed=part.name is None,
            columns=self._columns(column.name for column in part.columns),
            name=part.name,
            options=conflict_option(part),
            depends_on=self._needs(column.name for column in part.columns),
        )

    def unique(self, part: Unique, named: Mapping[str, Any]) -> UniqueState:
        return UniqueState(
            **named,
            columns=self._columns(column.name for column in part.columns),
            options=conflict_option(part),
            depends_on=self._needs(column.name for column in part.columns),
        )

    def check(self, part: Check, named: Mapping[str, Any]) -> CheckState:
        tree = canonical(part.condition, self.table.scope)
        return CheckState(**named, condition=Sql(part.condition.text, repr(tree)), depends_on=frozenset({self.key}))

    def foreign_key(self, part: ForeignKey, named: Mapping[str, Any]) -> ForeignKeyState:
        parent = self.neighbours.get(fold(part.referred))
        referred = Key("table", self.key.schema, part.referred if parent is None else parent.name)
        return ForeignKeyState(
            **named,
            columns=self._columns(part.columns),
            referred=referred,
            referred_columns=spelled_as(parent, referred_columns(part, self.neighbours)),
            ondelete=None if part.ondelete == "NO ACTION" else part.ondelete,
            onupdate=None if part.onupdate == "NO ACTION" else part.onupdate,
            deferrable=part.deferrable,
            initially_deferred=part.initially_deferred,
            depends_on=self._needs(part.columns) | {referred},
        )

    def index(self, index: IndexDefinition) -> IndexState:
        trees = list(index_keys(index, self.table))
        where = index.where
        return IndexState(
            key=self.part("index", index.name),
            elements=tuple(
                Sql(self._key_text(key, tree), repr(tree)) for key, tree in zip(index.keys, trees, strict=True)
            ),
            unique=index.unique,
            where=None if where is None else Sql(where.text, repr(canonical(where, self.table.scope))),
            depends_on=frozenset({self.key}),
        )

    def _key_text(self, key: IndexKey, tree: Any) -> str:
        """A plain column as SQLAlchemy quotes it, so that it is known to be a column; all else as written."""
        text = key.expression.text
        if tree[0][0] == "column" and len(key.expression.tokens) == 1:
            (text,) = (self.preparer.quote(name) for name in self._columns([tree[0][-1]]))
        return f"{text} DESC" if key.descending else text

    def _columns(self, names: Iterable[str]) -> tuple[str, ...]:
        return spelled_as(self.table, names)

    def _needs(self, names: Iterable[str]) -> frozenset[Key]:
        return frozenset({self.key, *(self.part("column", name) for name in self._columns(names))})


def spelled_as(table: TableDefinition | None, names: Iterable[str]) -> tuple[str, ...]:
    """Column names as the table spells them: SQLite finds them without regard to case."""
    if table is None:
        return tuple(names)
    return tuple(column.name if (column := table.column(name)) is not None else name for name in names)


def table_options(table: TableDefinition) -> Options:
    key = table.primary_key
    told = {
        "sqlite_autoincrement": "True" if key is not None and key.autoincrement else None,
        "sqlite_strict": "True" if table.strict else None,
        "sqlite_with_rowid": "False" if table.without_rowid else None,
    }
    return tuple((name, value) for name, value in told.items() if value is not None)


def column_options(column: ColumnDefinition) -> Options:
    stated = column.last(NotNull)
    said = None if stated is None or stated.conflict == "ABORT" else stated.conflict
    return () if said is None else (("sqlite_on_conflict_not_null", said),)


def conflict_option(part: PrimaryKey | Unique) -> Options:
    said = conflict(part)
    return () if said is None else (("sqlite_on_conflict", said),)
