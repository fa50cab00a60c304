"""What PostgreSQL refuses whatever rows there are: changes of how a table is partitioned, and of the columns of its key."""

from __future__ import annotations

from autodiff.dialects.postgresql.words import names_in
from autodiff.kinds import ColumnState, TableState
from autodiff.kinds.step import Step
from autodiff.state import Key, Snapshot

KEY = "postgresql_partition_by"
WAY_OUT = "rename the table, make the new one, INSERT … SELECT the rows (partitions first), and drop the old one"


def refusal(step: Step, before: Snapshot) -> str:
    """Why a step cannot run, and the way out; empty where nothing is known against it."""
    old, new = step.before, step.state
    if isinstance(old, TableState) and isinstance(new, TableState):
        is_other_key = dict(old.options).get(KEY) != dict(new.options).get(KEY)
        return f"PostgreSQL does not partition a table otherwise: {WAY_OUT}" if is_other_key else ""
    if not isinstance(new, ColumnState) or new.key not in partition_key(new.key.of_table, before):
        return ""
    goes = step.role == "drop" or (old is not None and {"type", "collation"} & set(old.differing(new)))
    return f"PostgreSQL keeps the columns of a partition key as they are: {WAY_OUT}" if goes else ""


def partition_key(table: Key, snapshot: Snapshot) -> set[Key]:
    """The columns that say in which partition a row is."""
    state = snapshot.get(table)
    text = dict(state.options).get(KEY, "") if isinstance(state, TableState) else ""
    return {Key("column", table.schema, table.table, name) for name in names_in(text.partition("(")[2])}
