"""Columns that cannot be NOT NULL, told before a revision's first statement where the server keeps what ran before."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError

from autodiff.operations.base import BatchOperations, Operations
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import AddConstraintOp, DropConstraintOp, RenameConstraintOp
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp, RenameIndexOp
from autodiff.operations.rows import NotNull, refuse_not_null
from autodiff.operations.table_ops import (
    CreateTableCommentOp,
    CreateTableOp,
    DropTableCommentOp,
    DropTableOp,
    RenameTableOp,
    SetTableOptionsOp,
)
from autodiff.operations.tree import MigrateOperation
from autodiff.runtime.outline import Texts, list_of_operations
from autodiff.runtime.target import Target

log = logging.getLogger(__name__)

# They leave the rows of other tables as they are; of any other operation it is not known.
_LEAVE_ROWS = (
    CreateTableOp,
    DropTableOp,
    RenameTableOp,
    AddColumnOp,
    AlterColumnOp,
    DropColumnOp,
    AddConstraintOp,
    DropConstraintOp,
    RenameConstraintOp,
    CreateIndexOp,
    DropIndexOp,
    RenameIndexOp,
    CreateTableCommentOp,
    DropTableCommentOp,
    SetTableOptionsOp,
)


def refuse_ahead(step: Any, context: Target) -> None:
    """Refuse a step that would stop at a column that cannot be NOT NULL after it has changed something else.

    Only a script that is a list of operations can be looked through, and only up to the first one that may change rows.

    :raises CommandError: as the operation itself does, naming table and column.
    """
    for asked in _asked(step, context):
        try:
            refuse_not_null(Operations(context), asked)
        except DBAPIError:  # such as a table that is not there: the script itself says it at its place
            log.debug("%s.%s cannot be looked at yet", asked.table, asked.column, exc_info=True)


def _asked(step: Any, context: Target) -> list[NotNull]:
    code = step.migration_fn.__code__  # most scripts need not be read for it
    if not {"add_column", "alter_column"} & set(code.co_names) or False not in code.co_consts:
        return []
    found: list[NotNull] = []
    try:
        if any(_says_not_null(each) for each in list_of_operations(step)):
            with _Looking.context(context.writing(Texts())) as looking:
                found = looking.asked
                step.migration_fn()
    except _Enough:
        pass
    except Exception:  # what cannot be written without a database is seen when it runs
        log.debug("%s cannot be looked through", step, exc_info=True)
    return found


def _says_not_null(statement: ast.stmt) -> bool:
    words = (each for each in ast.walk(statement) if isinstance(each, ast.keyword) and each.arg == "nullable")
    return any(isinstance(each.value, ast.Constant) and each.value.value is False for each in words)


class _Enough(Exception):
    """From here on, the rows may be others than those that are there now."""


class _Looking(Operations):
    """Looks at the operations of a script instead of doing them, and keeps what they ask of the rows that are there now."""

    def __init__(self, migration_context: Any) -> None:
        super().__init__(migration_context)
        self.asked: list[NotNull] = []
        self._is_first = True  # who comes first looks for itself before anything has changed
        self._other: set[tuple[str | None, str, str | None]] = set()  # tables and columns that are not those of now

    def invoke(self, operation: MigrateOperation) -> Any:
        self._look(operation)

    @contextmanager
    def batch_alter_table(self, *args: Any, **kw: Any) -> Iterator[BatchOperations]:
        texts: Any = self.impl.output_buffer
        written: list[str] = texts.kept
        before = len(written)
        with super().batch_alter_table(*args, **kw) as batch:
            yield batch
            if len(written) > before:  # something was not collected, but done at once
                raise _Enough
            for operation in batch.batch.ops:
                self._look(operation)

    def _look(self, operation: MigrateOperation) -> None:
        if not isinstance(operation, _LEAVE_ROWS):
            raise _Enough
        asked = operation.asks_of_rows() if isinstance(operation, (AddColumnOp, AlterColumnOp)) else None
        may_be_there = getattr(operation, "if_not_exists", None)
        if asked is not None and not (self._is_first or may_be_there or self._is_other(asked)):
            self.asked.append(asked)
        self._is_first = False
        self._other.update(_made_other(operation))

    def _is_other(self, asked: NotNull) -> bool:
        table = (asked.schema, asked.table)
        return (*table, None) in self._other or (asked.nulls and (*table, asked.column) in self._other)


def _made_other(operation: Any) -> list[tuple[str | None, str, str | None]]:
    """The tables (and columns) whose rows (and values) are not those of before."""
    table = (operation.schema, str(operation.table_name))
    match operation:
        case RenameTableOp():
            return [(*table, None), (operation.schema, str(operation.new_table_name), None)]
        case CreateTableOp() | DropTableOp():
            return [(*table, None)]
        case AddColumnOp():
            return [(*table, str(operation.column.name))]
        case DropColumnOp() | AlterColumnOp():
            names = (operation.column_name, getattr(operation, "modify_name", None))
            return [(*table, str(name)) for name in names if name is not None]
    return []
