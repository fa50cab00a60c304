"""What the parts of a parsed table or index mean: two texts mean the same exactly when their facts are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from autodiff.dialects.sqlite.expression import Node, canonical
from autodiff.dialects.sqlite.lexer import fold
from autodiff.dialects.sqlite.parts import (
    Collate,
    ColumnDefinition,
    Default,
    ForeignKey,
    Generated,
    IndexDefinition,
    PrimaryKey,
    TableDefinition,
    Unique,
)

BINARY = "binary"


def is_not_null(table: TableDefinition, column: ColumnDefinition) -> bool:
    if column.says_not_null or column.name == table.alias:
        return True
    return (table.without_rowid or table.strict) and fold(column.name) in table.key_names


def collation(column: ColumnDefinition) -> str:
    stated = column.last(Collate)
    return BINARY if stated is None else fold(stated.collation)


def generated(table: TableDefinition, column: ColumnDefinition) -> tuple[Node, bool] | None:
    part = column.last(Generated)
    return None if part is None else (canonical(part.expression, table.scope), part.stored)


def conflict(part: PrimaryKey | Unique) -> str | None:
    return None if part.conflict == "ABORT" else part.conflict


def column_collation(table: TableDefinition, name: str) -> str:
    column = table.column(name)
    return BINARY if column is None else collation(column)


def foreign_key(part: ForeignKey, parents: Mapping[str, TableDefinition] | None) -> Any:
    return (
        tuple(fold(name) for name in part.columns),
        fold(part.referred),
        tuple(fold(name) for name in referred_columns(part, parents)),
        None if part.ondelete == "NO ACTION" else part.ondelete,
        None if part.onupdate == "NO ACTION" else part.onupdate,
        part.deferrable and part.initially_deferred,
        part.deferrable,
    )


def referred_columns(part: ForeignKey, parents: Mapping[str, TableDefinition] | None) -> tuple[str, ...]:
    """The columns that are referred to; those of the parent's primary key where none are written."""
    parent = (parents or {}).get(fold(part.referred))
    if part.referred_columns or parent is None or parent.primary_key is None:
        return part.referred_columns
    return tuple(key.name for key in parent.primary_key.columns)


# defaults


def affinity(type_: str, strict: bool = False) -> str:
    """The affinity of a declared type (https://sqlite.org/datatype3.html#determination_of_column_affinity)."""
    upper = type_.upper()
    if "INT" in upper:
        return "integer"
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if "BLOB" in upper or not upper or (strict and upper == "ANY"):
        return "blob"
    if any(word in upper for word in ("REAL", "FLOA", "DOUB")):
        return "real"
    return "numeric"


def default_value(table: TableDefinition, column: ColumnDefinition) -> Node | None:
    """The default as a value after the column's affinity, or as a canonical tree; None for none or NULL."""
    part = column.last(Default)
    if part is None:
        return None
    return None if part.node == ("null",) else stored_value(part.node, affinity(column.type_words, table.strict))


_NUMERIC = re.compile(r"[ \t\n\v\f\r]*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t\n\v\f\r]*")


def stored_value(node: Node, affinity: str) -> Node:
    """What a column of this affinity stores when it is given this literal; other expressions as they are."""
    if node[0] == "unary" and node[1] == "+" and node[2][0] in ("int", "real", "string"):
        node = node[2]
    if node[0] not in ("int", "real", "string") or affinity == "blob":
        return node
    if affinity == "text":
        return node if node[0] == "string" else ("string", number_text(node))
    value = as_number(node[1]) if node[0] == "string" else node
    if value is None:
        return node
    return ("real", float(value[1])) if affinity == "real" else whole(value)


def as_number(text: str) -> Node | None:
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    said = match.group(1)
    if said.lstrip("+-").isdigit() and -(2**63) <= int(said) < 2**63:
        return ("int", int(said))
    return ("real", float(said))


def whole(value: Node) -> Node:
    """A real that is an integer of 64 bits is stored as one under INTEGER and NUMERIC affinity."""
    number = value[1]
    if value[0] == "real" and abs(number) < 2**63 and number == int(number):
        return ("int", int(number))
    return value


def number_text(node: Node) -> str:
    if node[0] == "int":
        return str(node[1])
    mantissa, mark, exponent = f"{node[1]:.15g}".partition("e")
    point = "" if "." in mantissa or "n" in mantissa else ".0"
    return f"{mantissa}{point}{mark}{exponent}"


# indexes


def index_keys(index: IndexDefinition, table: TableDefinition) -> Iterable[tuple[Node, str, bool]]:
    for key in index.keys:
        tree, stated = canonical(key.expression, table.scope), None
        while tree[0] == "collate":
            stated, tree = stated or tree[2], tree[1]
        yield tree, stated or _own_collation(tree, table), key.descending


def _own_collation(tree: Node, table: TableDefinition) -> str:
    own = tree[0] == "column" and len(tree) == 2
    return column_collation(table, tree[1]) if own else BINARY
