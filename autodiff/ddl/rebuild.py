"""A table made anew in plain statements: create the copy, copy the rows, drop the old one, rename, indexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, MetaData, Table, schema

_PREFIX = "_alembic_tmp_"


def rebuild_table(impl: Any, plan: Any) -> None:
    """Run the statements of a `TableRebuild`, or write them, in the words of `impl`."""
    copy = copy_of(plan.after, impl.dialect.max_identifier_length)
    impl.prep_table_for_batch(BatchTables(copy), plan.before)
    impl._exec(schema.CreateTable(copy))
    sources = sources_of(impl, plan)
    impl._exec(sa.insert(copy).from_select(list(sources), sa.select(*sources.values())))
    impl._exec(schema.DropTable(plan.before))
    impl.rename_table(copy.name, plan.renamed_to or plan.after.name, schema=plan.after.schema)
    for index in sorted(plan.after.indexes, key=lambda index: str(index.name)):
        impl._exec(schema.CreateIndex(index))


class BatchTables:
    """What `prep_table_for_batch` is given.

    :param new_table: the copy that is going to be made.
    """

    def __init__(self, new_table: Table) -> None:
        self.new_table = new_table


def copy_of(table: Table, longest: int) -> Table:
    """The table under the name of its copy, without indexes; references to itself stay with the name that it will have."""
    name = (_PREFIX + table.name)[:longest]
    copy = table.to_metadata(MetaData(), name=name, referred_schema_fn=_same_schema)
    copy.indexes.clear()
    return copy


def _same_schema(table: Table, to_schema: Any, constraint: Any, referred_schema: Any) -> Any:
    return referred_schema


def sources_of(impl: Any, plan: Any) -> dict[str, Any]:
    """By name of a new column: the expression over the old table that fills it."""
    sources = {}
    for name, source in plan.copied.items():
        if not isinstance(source, str):
            sources[name] = sa.type_coerce(source, plan.after.c[name].type).label(name)
            continue
        old, new = plan.before.c[source], plan.after.c[name]
        transfer: dict[str, Any] = {"expr": old}
        impl.cast_for_batch_migrate(old, transfer, new.type)
        sources[name] = transfer["expr"]
    return sources


def cast_if_other(old: Column[Any], transfer: dict[str, Any], new_type: Any) -> None:
    """Cast where the types are of different kinds."""
    if old.type._type_affinity is not new_type._type_affinity:
        transfer["expr"] = sa.cast(old, new_type).label(old.name)
