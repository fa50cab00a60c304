"""Runs directives and gives back the SQL that they write."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from autodiff.ddl.impl import DefaultImpl
from autodiff.operations import Operations


def dialect_named(name: str) -> Dialect:
    dialect: Dialect = sa.make_url(f"{name}://").get_dialect()()
    return dialect


class Run:
    """A run of operations, as a migration context is one: into SQL, or on a connection."""

    def __init__(self, dialect: Dialect, connection: sa.Connection | None = None, **opts: Any) -> None:
        self.dialect = dialect
        self.opts: Mapping[str, Any] = opts
        self.as_sql = connection is None
        self.buffer = io.StringIO()
        words = DefaultImpl.get_by_dialect(dialect)
        self.impl = words(dialect, connection, self.as_sql, None, self.buffer, opts)

    @property
    def bind(self) -> Any:
        return self.impl.bind

    def autocommit_block(self) -> AbstractContextManager[None]:
        return nullcontext()

    @property
    def written(self) -> str:
        """The SQL, with one blank between words."""
        return " ".join(self.buffer.getvalue().split())


def sql(dialect: str, directives: Callable[[Any], Any], **opts: Any) -> str:
    """The SQL that the directives write for a dialect."""
    run = Run(dialect_named(dialect), **opts)
    with Operations.context(run) as operations:
        directives(operations)
    return run.written
