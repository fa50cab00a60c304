"""What a parsed table or index means as a whole: two texts mean the same exactly when their facts are equal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autodiff.dialects.sqlite.expression import Node, canonical
from autodiff.dialects.sqlite.facts import (
    collation,
    column_collation,
    conflict,
    default_value,
    foreign_key,
    generated,
    index_keys,
    is_not_null,
)
from autodiff.dialects.sqlite.lexer import fold
from autodiff.dialects.sqlite.parts import (
    Check,
    ColumnDefinition,
    ForeignKey,
    IndexDefinition,
    NotNull,
    PrimaryKey,
    TableDefinition,
    Unique,
)


@dataclass(frozen=True)
class ColumnFacts:
    """:param not_null: stated, or because the column is the rowid, or in the key of a table without rowid or STRICT.
    :param default: the value after the column's affinity, or the canonical tree; None without one.
    :param generated: canonical tree, and whether it is stored.
    """

    type: str
    not_null: bool
    not_null_conflict: str | None
    default: Node | None
    collation: str
    generated: tuple[Node, bool] | None


@dataclass(frozen=True)
class TableFacts:
    options: tuple[str, ...]
    columns: Mapping[str, ColumnFacts]
    primary_key: Any
    constraints: Mapping[Any, int]


def table_facts(table: TableDefinition, parents: Mapping[str, TableDefinition] | None = None) -> TableFacts:
    """What the table is.

    :param parents: other tables by folded name, to look up the primary key that a foreign key without columns means.
    """
    constraints: Counter[Any] = Counter()
    constraints.update(("unique", part.name, key_columns(table, part), conflict(part)) for part in table.all(Unique))
    constraints.update(("check", part.name, canonical(part.condition, table.scope)) for part in table.all(Check))
    constraints.update(("foreign key", part.name, foreign_key(part, parents)) for part in table.all(ForeignKey))
    return TableFacts(
        table.options,
        {column.name: column_facts(table, column) for column in table.columns},
        primary_key(table),
        dict(constraints),
    )


def column_facts(table: TableDefinition, column: ColumnDefinition) -> ColumnFacts:
    stated = column.last(NotNull)
    return ColumnFacts(
        column.type_words,
        is_not_null(table, column),
        None if stated is None or stated.conflict == "ABORT" else stated.conflict,
        default_value(table, column),
        collation(column),
        generated(table, column),
    )


def key_columns(table: TableDefinition, part: PrimaryKey | Unique) -> tuple[tuple[str, str, bool], ...]:
    """Name, effective collation and direction of each column of a key. UNIQUE (a DESC) is UNIQUE (a)."""
    directed = isinstance(part, PrimaryKey)
    return tuple(
        (fold(key.name), key.collation or column_collation(table, key.name), key.descending and directed)
        for key in part.columns
    )


def primary_key(table: TableDefinition) -> Any:
    key = table.primary_key
    if key is None:
        return None
    return key.name, key_columns(table, key), conflict(key), key.autoincrement, table.alias is not None


@dataclass(frozen=True)
class IndexFacts:
    table: str
    unique: bool
    keys: tuple[tuple[Node, str, bool], ...]
    where: Node | None


def index_facts(index: IndexDefinition, table: TableDefinition) -> IndexFacts:
    return IndexFacts(
        fold(index.table),
        index.unique,
        tuple(index_keys(index, table)),
        None if index.where is None else canonical(index.where, table.scope),
    )
