"""The statements that a comparison's operations mean."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from autodiff.autogenerate.comparison import Compared
from autodiff.autogenerate.context import AutogenContext
from autodiff.logs import RUNS, unheard
from autodiff.operations.base import AbstractOperations, Operations
from autodiff.operations.tree import MigrateOperation, ModifyTableOps, OpContainer, single


def statements_of(compared: Compared, context: AutogenContext) -> list[str]:
    """The statements of the upgrade, as they would run on the database that was compared.

    One that cannot be known is a comment that says why.
    """
    from autodiff.runtime.migration import MigrationContext

    def run(connection: Connection) -> None:
        do(compared.upgrade, Operations(MigrationContext.configure(connection)))

    assert context.connection is not None
    with unheard(RUNS):
        try:
            rehearsed = compared.room.rehearsed(context.connection, run)
        except Exception:  # a function of the application's own, perhaps, or an operation that a plugin only renders
            rehearsed = None
        if rehearsed is not None:
            return [tidied(statement) for statement in rehearsed]
        return [line for operation in single(compared.upgrade) for line in written(operation, context)]


def do(operations: Sequence[MigrateOperation], directives: AbstractOperations) -> None:
    """Do the operations as a script would: those on one table together."""
    for operation in operations:
        if isinstance(operation, ModifyTableOps):
            with directives.batch_alter_table(operation.table_name, operation.schema) as batch:
                do(operation.ops, batch)
        elif isinstance(operation, OpContainer):
            do(operation.ops, directives)
        else:
            directives.invoke(operation)


def written(operation: MigrateOperation, context: AutogenContext) -> Iterator[str]:
    """The statements of an operation, as `upgrade --sql` would write them."""
    from autodiff.runtime.migration import MigrationContext

    buffer = io.StringIO()
    options: dict[str, Any] = {"as_sql": True, "output_buffer": buffer, "literal_binds": True}
    offline = MigrationContext.configure(dialect=context.dialect, opts=options)
    try:
        Operations(offline).invoke(operation)
    except Exception as error:
        name = getattr(operation, "directive", None) or type(operation).__name__
        yield f"-- {name}: {' '.join(str(error).split())}"
        return
    yield from (tidied(statement) for statement in buffer.getvalue().split(";\n") if statement.strip())


def tidied(statement: str) -> str:
    """Without the blanks that SQLAlchemy leaves at the ends of lines."""
    return "\n".join(line.rstrip() for line in statement.strip().split("\n"))
