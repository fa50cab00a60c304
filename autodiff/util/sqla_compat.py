"""Face: which SQLAlchemy this is, and the few helpers of it that plugins and tests call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ForeignKeyConstraint


def _number(part: str) -> int:
    found = re.match(r"\d+", part)
    return int(found[0]) if found else 0


_vers = tuple(_number(part) for part in sqlalchemy.__version__.split("."))
sqla_2 = _vers >= (2,)
sqla_2_0_25 = _vers >= (2, 0, 25)
sqla_2_1 = _vers >= (2, 1)


@contextmanager
def _ensure_scope_for_ddl(connection: Connection | None) -> Iterator[None]:
    """A transaction around DDL, committed at the end, unless the connection is in one already."""
    if connection is None or connection.in_transaction():
        yield
        return
    with connection.begin():
        yield


def _safe_commit_connection_transaction(connection: Connection) -> None:
    transaction = connection.get_transaction()
    if transaction is not None:
        transaction.commit()


def _safe_rollback_connection_transaction(connection: Connection) -> None:
    transaction = connection.get_transaction()
    if transaction is not None:
        transaction.rollback()


def _fk_spec(constraint: ForeignKeyConstraint) -> tuple[Any, ...]:
    """(schema, table, columns, referred schema, table, columns, onupdate, ondelete, deferrable, initially)."""
    target = constraint.elements[0].column.table
    table = constraint.parent
    return (
        table.schema,
        table.name,
        [column.name for column in constraint.columns],
        target.schema,
        target.name,
        [element.column.name for element in constraint.elements],
        constraint.onupdate,
        constraint.ondelete,
        constraint.deferrable,
        constraint.initially,
    )


__all__ = ["compiles", "sqla_2", "sqla_2_0_25", "sqla_2_1"]
