"""Operations on one table, collected and done together: one by one where the database can, else as one rebuild."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Index, Table

from autodiff.errors import CommandError
from autodiff.operations.draft import TableDraft
from autodiff.operations.rows import NotNull, lacks_value, refuse_not_null
from autodiff.operations.schemaobj import complete_references, leave_unnamed
from autodiff.operations.tree import MigrateOperation, under_way


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
    """

    before: Table
    after: Table
    copied: Mapping[str, Any]
    renamed_to: str | None = None
    dropped_indexes: tuple[str, ...] = ()
    created_indexes: tuple[Index, ...] = ()


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
        if self._rebuilds(operations.impl):
            rebuild = self.plan(operations)
            refuse_missing_values(operations, rebuild)
            under_way.set(tuple(self.ops))
            operations.impl.rebuild_table(rebuild)
            return
        self._look_at_places()
        for alters_columns, some in groupby(self.ops, lambda op: getattr(op, "alters_a_column", False)):
            with operations.impl.altering_together() if alters_columns else nullcontext():
                for op in some:
                    operations.invoke_in_place(op)

    def _rebuilds(self, impl: Any) -> bool:
        if self.recreate == "auto":
            return bool(impl.requires_recreate_in_batch(self))
        return self.recreate == "always"

    def _look_at_places(self) -> None:
        """A column is added where it was asked for or not at all; one that should move stays, and that is told."""
        for op in self.ops:
            if not (getattr(op, "insert_before", None) or getattr(op, "insert_after", None)):
                continue
            if getattr(op, "needs_its_place", False):
                raise CommandError(
                    "Can't specify insert_before or insert_after when using ALTER; please specify recreate='always'"
                )
            warnings.warn(
                f"a column of {self.table_name} stays where it is: only recreate='always' moves it", stacklevel=2
            )

    def plan(self, operations: Any) -> TableRebuild:
        """The operations folded into one change of the table."""
        before = self.copy_from if self.copy_from is not None else self._read(operations)
        complete_references(before)
        leave_unnamed(before)
        draft = TableDraft(before, naming_convention=self.naming_convention, context=operations.migration_context)
        for op in self.ops:
            op.apply_to(draft)  # type: ignore[attr-defined]
        draft.reorder(self.partial_reordering)
        draft.options.update(self.table_kwargs)
        after = draft.table(self.table_args)
        return TableRebuild(
            before=before,
            after=after,
            copied=draft.copied,
            dropped_indexes=tuple(draft.dropped_indexes),
            created_indexes=draft.created_indexes(after),
        )

    def _read(self, operations: Any) -> Table:
        impl = operations.impl
        if impl.as_sql:
            raise CommandError(
                f"This operation cannot proceed in --sql mode; batch mode with dialect {impl.dialect.name} requires a "
                f'live database connection with which to reflect the table "{self.table_name}". To generate a '
                'batch SQL migration script using table "move and copy", a complete Table object should be passed to the '
                '"copy_from" argument of the batch_alter_table() method so that table reflection can be skipped.'
            )
        table: Table = impl.read_table(self.table_name, self.schema, self.reflect_args, self.reflect_kwargs)
        return table


def refuse_missing_values(operations: Any, rebuild: TableRebuild) -> None:
    """Refuse a rebuild that makes columns NOT NULL for which rows have no value.

    :raises CommandError: naming table and column.
    """
    before = rebuild.before
    nullable = {column.name: column.nullable for column in before.columns}
    for column in rebuild.after.columns:
        source = rebuild.copied.get(column.name)
        if source is None and lacks_value(column):
            refuse_not_null(operations, NotNull(before.name, column.name, before.schema, nulls=False))
        elif isinstance(source, str) and not column.nullable and nullable[source]:
            refuse_not_null(operations, NotNull(before.name, source, before.schema, nulls=True))
