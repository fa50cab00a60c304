"""Models → operations → script text → the text executed → operations again, and the DDL of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from autodiff.kinds.kind import twin_of
from autodiff.operations import Operations
from autodiff.operations.index_ops import CreateIndexOp
from autodiff.operations.literal import DatabaseType
from autodiff.operations.schemaobj import ref
from autodiff.operations.table_ops import CreateTableOp
from autodiff.operations.tree import MigrateOperation, OpContainer
from autodiff.render.schema import is_made
from autodiff.render.scope import Plain, Scope
from autodiff.render.script import imports_block, render_ops
from autodiff.render.source import is_formatted


class Recorder(Operations):
    """Operations that are only listed."""

    DatabaseType = DatabaseType
    ref = staticmethod(ref)

    def __init__(self, run: Any) -> None:
        super().__init__(run)
        self.done: list[MigrateOperation] = []

    def invoke(self, operation: MigrateOperation) -> Any:
        self.done.append(operation)
        return None


def context(dialect: Dialect, **opts: Any) -> Plain:
    return Plain(dialect=dialect, opts=opts)


def script(ops: OpContainer, surroundings: Plain) -> str:
    """A whole script whose `upgrade()` does what `ops` say."""
    body = render_ops(ops, surroundings)
    imports = imports_block({"import sqlalchemy as sa", *surroundings.imports})
    return f"{imports}\n\n\ndef upgrade() -> None:\n    {body}\n"


def executed(text: str, dialect: Dialect, convention: Mapping[str, Any] | None = None) -> Recorder:
    """Run a script's `upgrade()`; what it does is listed."""
    opts = {"target_metadata": sa.MetaData(naming_convention=convention)} if convention else {}
    recorder = Recorder(SimpleNamespace(dialect=dialect, impl=None, opts=opts))
    namespace: dict[str, Any] = {"op": recorder}
    exec(compile(text, "script", "exec"), namespace)
    namespace["upgrade"]()
    return recorder


def creating(metadata: sa.MetaData, dialect: Dialect) -> OpContainer:
    scope = Scope(context(dialect))
    ops: list[MigrateOperation] = []
    for table in metadata.sorted_tables:
        ops.append(CreateTableOp.from_table(table))
        indexes = [index for index in table.indexes if is_made(scope, index)]
        ops.extend(CreateIndexOp.from_index(i) for i in sorted(indexes, key=lambda i: str(i.name)))
    return OpContainer(ops)


def wanted_ddl(metadata: sa.MetaData, dialect: Dialect) -> Iterator[str]:
    scope = Scope(context(dialect))
    for table in metadata.sorted_tables:
        yield from table_ddl(table, dialect)
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            if is_made(scope, index):
                yield compiled(CreateIndex(index), dialect)


def rebuilt_ddl(recorder: Recorder, dialect: Dialect) -> Iterator[str]:
    for op in recorder.done:
        if isinstance(op, CreateTableOp):
            yield from table_ddl(op.to_table(recorder.migration_context), dialect)
        elif isinstance(op, CreateIndexOp):
            yield compiled(CreateIndex(op.to_index(recorder.migration_context)), dialect)


def table_ddl(table: sa.Table, dialect: Dialect) -> Iterator[str]:
    yield compiled(CreateTable(table), dialect)
    yield f"comment {table.comment!r} {[(c.name, c.comment) for c in table.columns if c.comment is not None]}"


def compiled(element: Any, dialect: Dialect) -> str:
    return " ".join(str(element.compile(dialect=twin_of(dialect))).split())


def check(metadata: sa.MetaData, dialect: Dialect, convention: Mapping[str, Any] | None = None) -> str:
    """The script that creates the models; it is in black's form, and makes the same DDL as the models."""
    text = script(creating(metadata, dialect), context(dialect))
    assert is_formatted(text), text
    recorder = executed(text, dialect, convention)
    assert list(rebuilt_ddl(recorder, dialect)) == list(wanted_ddl(metadata, dialect)), text
    return text


def dialect_named(name: str) -> Dialect:
    made: Dialect = sa.make_url(f"{name}://").get_dialect()()
    return made
