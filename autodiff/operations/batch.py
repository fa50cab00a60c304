"""Operations on one table, collected and done together: one by one where the database can, else as one rebuild."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Index, Table

from autodiff.operations.tree import MigrateOperation


@dataclass(frozen=True, kw_only=True)
class TableRebuild:
    """A table as it is, and as it shall be.

    :param before: the table as it is.
    :param after: the table as it shall be, under its own name, with all its indexes.
    :param copied: by name of a new column, where its values come from: an old column's name, or an SQL expression
        over old columns. Columns that are not named get their default.
    :param renamed_to: the name that the table gets in the end, if another one.
    :param dropped_indexes: names of indexes that were dropped.
    :param created_indexes: indexes of `after` that are new.
    :param native: the operations, if the database can do each of them without a copy; else empty.
    """

    before: Table
    after: Table
    copied: Mapping[str, Any]
    renamed_to: str | None = None
    dropped_indexes: tuple[str, ...] = ()
    created_indexes: tuple[Index, ...] = ()
    native: tuple[MigrateOperation, ...] = ()


@dataclass(kw_only=True)
class Batch:
    """What the with-line of `batch_alter_table` said, and the operations of its block."""

    table_name: str
    schema: str | None = None
    recreate: str = "auto"
    partial_reordering: tuple[tuple[str, ...], ...] = ()
    copy_from: Table | None = None
    table_args: tuple[Any, ...] = ()
    table_kwargs: dict[str, Any] = field(default_factory=dict)
    reflect_args: tuple[Any, ...] = ()
    reflect_kwargs: dict[str, Any] = field(default_factory=dict)
    naming_convention: Mapping[str, str] | None = None
    ops: list[MigrateOperation] = field(default_factory=list)

    def run(self, operations: Any) -> None:
        """Do the collected operations."""
        for op in self.ops:
            operations.invoke(op)
