"""What PostgreSQL refuses whatever rows there are: other partitions, other columns of their key or of a table OF a type."""

from __future__ import annotations

from collections.abc import Mapping

from autodiff.dialects.postgresql.words import identifier, names_in
from autodiff.kinds import ColumnState, TableState
from autodiff.kinds.step import Step
from autodiff.state import Key, Snapshot

KEY = "postgresql_partition_by"
WAY_OUT = "rename the table, make the new one, INSERT … SELECT the rows (partitions first), and drop the old one"


def refusal(step: Step, before: Snapshot, typed: Mapping[Key, str]) -> str:
    """Why a step cannot run, and the way out; empty where nothing is known against it.

    :param typed: the types of the tables OF a type.
    """
    old, new = step.before, step.state
    if isinstance(old, TableState) and isinstance(new, TableState):
        is_other_key = dict(old.options).get(KEY) != dict(new.options).get(KEY)
        return f"PostgreSQL does not partition a table otherwise: {WAY_OUT}" if is_other_key else ""
    if not isinstance(new, ColumnState):
        return ""
    changes = old is not None and bool({"type", "collation"} & set(old.differing(new)))
    type_ = typed.get(new.key.of_table)
    if type_ is not None and (step.role != "alter" or changes):
        return f"PostgreSQL gives the columns of a table OF {type_} from the type: {through(type_, step)}"
    if new.key not in partition_key(new.key.of_table, before):
        return ""
    goes = step.role == "drop" or changes
    return f"PostgreSQL keeps the columns of a partition key as they are: {WAY_OUT}" if goes else ""


def through(type_: str, step: Step) -> str:
    """What to say of the type instead; all tables of it follow."""
    name = identifier(str(step.key.name))
    verb = {
        "create": f"ADD ATTRIBUTE {name} …",
        "drop": f"DROP ATTRIBUTE {name}",
        "alter": f"ALTER ATTRIBUTE {name} TYPE …",
    }
    return f"say ALTER TYPE {type_} {verb[step.role]} CASCADE instead, once for all tables of it"


def partition_key(table: Key, snapshot: Snapshot) -> set[Key]:
    """The columns that say in which partition a row is."""
    state = snapshot.get(table)
    text = dict(state.options).get(KEY, "") if isinstance(state, TableState) else ""
    return {Key("column", table.schema, table.table, name) for name in names_in(text.partition("(")[2])}
