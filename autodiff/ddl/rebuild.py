"""A table made anew in plain statements: create the copy, copy the rows, drop the old one, rename, indexes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKeyConstraint, Table, schema

_PREFIX = "_alembic_tmp_"


def rebuild_table(impl: Any, plan: Any) -> None:
    """Run the statements of a `TableRebuild`, or write them, in the words of `impl`."""
    final = plan.after.name
    with called(plan.after, (_PREFIX + final)[: impl.dialect.max_identifier_length]) as copy:
        impl.prep_table_for_batch(BatchTables(copy), plan.before)
        late = [fk for fk in named_foreign_keys(copy) if impl.foreign_keys_share_names]
        at_once = [fk for fk in copy.foreign_key_constraints if fk not in late]
        impl._exec(
            schema.CreateTable(copy, include_foreign_key_constraints=at_once) if late else schema.CreateTable(copy)
        )
        sources = sources_of(impl, plan)
        target = sa.table(copy.name, *(sa.column(name) for name in sources), schema=copy.schema)
        impl._exec(sa.insert(target).from_select(list(sources), sa.select(*sources.values())))
        impl._exec(schema.DropTable(plan.before))
        impl.rename_table(copy.name, plan.renamed_to or final, schema=copy.schema)
    for index in sorted(plan.after.indexes, key=lambda index: str(index.name)):
        impl._exec(schema.CreateIndex(index))
    for foreign_key in late:
        impl.add_constraint(foreign_key)


def named_foreign_keys(table: Table) -> list[ForeignKeyConstraint]:
    """Those that have a name, in its order."""
    named = [fk for fk in table.foreign_key_constraints if fk.name is not None]
    return sorted(named, key=lambda fk: str(fk.name))


@contextmanager
def called(table: Table, name: str) -> Iterator[Table]:
    """The table under another name: references to itself follow, as they do when the copy is renamed."""
    final, table.name = table.name, name
    try:
        yield table
    finally:
        table.name = final


class BatchTables:
    """What `prep_table_for_batch` is given.

    :param new_table: the copy that is going to be made.
    """

    def __init__(self, new_table: Table) -> None:
        self.new_table = new_table


def sources_of(impl: Any, plan: Any) -> dict[str, Any]:
    """By name of a new column: the expression over the old table that fills it."""
    sources = {}
    before, after = ({column.name: column for column in table.columns} for table in (plan.before, plan.after))
    for name, source in plan.copied.items():
        new = after[name]
        if not isinstance(source, str):
            sources[name] = sa.type_coerce(source, new.type).label(name)
            continue
        old = before[source]
        transfer: dict[str, Any] = {"expr": old}
        impl.cast_for_batch_migrate(old, transfer, new.type)
        sources[name] = transfer["expr"]
    return sources


def cast_if_other(old: Column[Any], transfer: dict[str, Any], new_type: Any) -> None:
    """Cast where the types are of different kinds."""
    if old.type._type_affinity is not new_type._type_affinity:
        transfer["expr"] = sa.cast(old, new_type).label(old.name)
