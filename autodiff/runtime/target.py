"""What the version table and the run of the steps have to know of the migration context that they work for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import Table
from sqlalchemy.engine import Connection, Dialect

from autodiff.runtime.backends import Backend
from autodiff.runtime.transactions import Transactions


class Environment(Protocol):
    """The environment that a context was configured in."""

    config: Any


class Target(Protocol):
    """A migration context, as the rooms below it see it."""

    dialect: Dialect
    impl: Any
    as_sql: bool
    purge: bool
    opts: dict[str, Any]
    version_table: str
    version_table_schema: str | None
    on_version_apply_callbacks: tuple[Callable[..., None], ...]
    backend: Backend
    transactions: Transactions | None
    _version: Table
    _transaction_per_migration: bool

    @property
    def config(self) -> Any: ...

    def require_connection(self) -> Connection: ...

    def get_current_heads(self) -> tuple[str, ...]: ...

    def writing(self, buffer: Any) -> Target: ...

    def plan(self, heads: tuple[str, ...]) -> list[Any]: ...

    def begin_transaction(self, _per_migration: bool = False) -> AbstractContextManager[Any]: ...

    def _ensure_version_table(self, purge: bool = False) -> None: ...
