"""Face: which SQLAlchemy this is, and the few helpers of it that plugins and tests call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles

from autodiff.ddl.base import _fk_spec


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


__all__ = ["_fk_spec", "compiles", "sqla_2", "sqla_2_0_25", "sqla_2_1"]
