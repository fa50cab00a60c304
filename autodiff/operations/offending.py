"""How many rows are against an operation that a database has refused: asked afterwards, to be told beside its error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.types import TypeEngine

from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.constraint_ops import CreateCheckConstraintOp, CreateForeignKeyOp, CreateUniqueConstraintOp
from autodiff.operations.index_ops import CreateIndexOp
from autodiff.operations.rows import ENOUGH, rows_in_words
from autodiff.operations.tree import MigrateOperation

# Rows that are wanted, and what is said of them: the table, the verb for one row and for several, the rest.
Against = tuple[Any, str, tuple[str, str], str]
HAVE = ("has", "have")


def rows_against(operations: Iterable[MigrateOperation], connection: Connection) -> str:
    """``2 rows of 'orders' have no match in 'customers'``; empty where there are none, or where it cannot be told."""
    for operation in operations:
        ask = next((ask for kind, ask in _ASKS.items() if isinstance(operation, kind)), None)
        against = ask(operation, connection) if ask is not None else None
        if against is None:
            continue
        rows, table, verbs, rest = against
        counted = sa.select(sa.func.count()).select_from(rows.limit(ENOUGH).subquery())
        count = connection.execute(counted).scalar() or 0
        if count:
            return f"{rows_in_words(count)} of {table!r} {verbs[count != 1]} {rest}"
    return ""


def _table(name: str, schema: str | None, columns: Iterable[str]) -> Any:
    return sa.table(name, *(sa.column(column) for column in dict.fromkeys(columns)), schema=schema)


def _one(*names: Any) -> Any:
    return sa.select(sa.literal(1).label("one")).select_from(*names)


def _same(op: CreateUniqueConstraintOp | CreateIndexOp, connection: Connection) -> Against | None:
    columns = [column for column in op.columns if isinstance(column, str)]
    if len(columns) != len(op.columns) or (isinstance(op, CreateIndexOp) and (not op.unique or _is_partial(op))):
        return None
    table = _table(op.table_name, op.schema, columns)
    values = [table.c[column] for column in columns]
    # one row of each group is what the others are too many of
    place = sa.func.row_number().over(partition_by=values, order_by=values).label("place")
    placed = sa.select(place).where(*(value.is_not(None) for value in values)).subquery()
    rows = _one(placed).where(placed.c.place > 1)
    return rows, op.table_name, HAVE, f"the same ({', '.join(columns)}) as another"


def _is_partial(op: CreateIndexOp) -> bool:
    return any(name.endswith("_where") for name in op.kw)


def _without_match(op: CreateForeignKeyOp, connection: Connection) -> Against:
    here = _table(op.table_name, op.schema, op.local_cols).alias("here")
    there = _table(op.referent_table, op.kw.get("referent_schema"), op.remote_cols).alias("there")
    pairs = [here.c[local] == there.c[remote] for local, remote in zip(op.local_cols, op.remote_cols, strict=True)]
    rows = _one(here).where(*(here.c[local].is_not(None) for local in op.local_cols), ~sa.exists().where(*pairs))
    return rows, op.table_name, HAVE, f"no match in {op.referent_table!r}"


def _unsatisfied(op: CreateCheckConstraintOp, connection: Connection) -> Against:
    condition = op.condition
    fails = sa.text(f"NOT ({condition})") if isinstance(condition, str) else sa.not_(condition)
    rows = _one(_table(op.table_name, op.schema, ())).where(fails)
    return rows, op.table_name, ("does", "do"), "not satisfy it"


def _unfitting(op: AlterColumnOp, connection: Connection) -> Against | None:
    new, old = op.modify_type, op.existing_type
    value: Any = sa.column(op.column_name)
    too_much = _does_not_fit(value, old, new) if isinstance(new, TypeEngine) else None
    if too_much is None or new is None:
        return None
    rows = _one(_table(op.table_name, op.schema, ())).where(too_much)
    type_ = new.compile(dialect=connection.dialect).lower()
    return rows, op.table_name, HAVE, f"a {op.column_name} that does not fit {type_}"


def _does_not_fit(value: Any, old: Any, new: TypeEngine[Any]) -> Any:
    """The condition by which a value is too long, or too large, for the new type; None where that is not all."""
    if isinstance(new, sa.String) and not isinstance(new, sa.Enum) and new.length and isinstance(old, sa.String):
        return sa.func.char_length(value) > new.length
    if not isinstance(old, (sa.Integer, sa.Numeric)):
        return None
    if isinstance(new, sa.Integer):
        bits = 16 if isinstance(new, sa.SmallInteger) else 64 if isinstance(new, sa.BigInteger) else 32
        return ~value.between(sa.literal_column(str(-(2 ** (bits - 1)))), sa.literal_column(str(2 ** (bits - 1) - 1)))
    if isinstance(new, sa.Numeric) and not isinstance(new, sa.Float) and new.precision is not None:
        digits = new.precision - (new.scale or 0)
        return sa.func.abs(sa.func.round(value, new.scale or 0)) >= sa.literal_column(str(10**digits))
    return None


_ASKS: dict[type[MigrateOperation], Callable[[Any, Connection], Against | None]] = {
    CreateUniqueConstraintOp: _same,
    CreateIndexOp: _same,
    CreateForeignKeyOp: _without_match,
    CreateCheckConstraintOp: _unsatisfied,
    AlterColumnOp: _unfitting,
}
