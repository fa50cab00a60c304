"""`batch_op.impl`: what a plugin's operation says to it is collected, as what a directive says is."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from autodiff.operations.batch import Batch
from autodiff.operations.draft import TableDraft, kind_of
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.tree import MigrateOperation

#: Methods of `DefaultImpl` that change a table.
COLLECTED = (
    "add_column",
    "drop_column",
    "alter_column",
    "add_constraint",
    "drop_constraint",
    "create_index",
    "drop_index",
)


class WordsCall(MigrateOperation):
    """A call of a method of the impl that waits for the end of the batch."""

    def __init__(self, method: str, args: tuple[Any, ...], kw: dict[str, Any]) -> None:
        self.method = method
        self.args = args
        self.kw = kw

    def run(self, impl: Any) -> None:
        getattr(impl, self.method)(*self.args, **self.kw)

    def apply_to(self, table: TableDraft) -> None:
        _APPLY[self.method](table, *self.args, **self.kw)


def _alter(table: TableDraft, _table_name: str, column_name: str, **kw: Any) -> None:
    table.alter_column(
        SimpleNamespace(
            column_name=column_name,
            modify_type=kw.get("type_"),
            modify_nullable=kw.get("nullable"),
            modify_comment=kw.get("comment", False),
            modify_server_default=kw.get("server_default", False),
            modify_name=kw.get("name"),
            existing_rows=NOT_GIVEN,
            insert_before=kw.get("insert_before"),
            insert_after=kw.get("insert_after"),
            kw={name: kw[name] for name in ("autoincrement",) if kw.get(name) is not None},
        )
    )


_APPLY: dict[str, Callable[..., None]] = {
    "add_column": lambda table, _name, column, **kw: table.add_column(column),
    "drop_column": lambda table, _name, column, **kw: table.drop_column(column.name),
    "alter_column": _alter,
    "add_constraint": lambda table, constraint, **kw: table.add_constraint(constraint),
    "drop_constraint": lambda table, constraint, **kw: table.drop_constraint(
        table.constraint(constraint.name, kind_of(constraint))
    ),
    "create_index": lambda table, index, **kw: table.add_index(index),
    "drop_index": lambda table, index, **kw: table.drop_index(index.name),
}


class BatchWords:
    """The impl as operations of a batch see it.

    :param impl: the words of the database.
    """

    def __init__(self, impl: Any, batch: Batch) -> None:
        self._impl = impl
        self._batch = batch
        self.table_name = batch.table_name
        self.schema = batch.schema

    def __getattr__(self, name: str) -> Any:
        if name not in COLLECTED:
            return getattr(self._impl, name)

        def collect(*args: Any, **kw: Any) -> None:
            self._batch.ops.append(WordsCall(name, args, kw))

        return collect
