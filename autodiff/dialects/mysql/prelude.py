"""What a script for MariaDB must say before all else: that tables with a history are altered on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.kinds import TableState
from autodiff.operations.data_ops import ExecuteSQLOp
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Snapshot

# A versioned table refuses ALTER (error 4119) until the session says what becomes of its history; KEEP alters the old
# rows with the others: https://mariadb.com/kb/en/system-versioned-tables/#system_versioning_alter_history
KEEP_HISTORY = "SET SESSION system_versioning_alter_history = 'KEEP'"


def prelude(changes: Sequence[Change[Any]], before: Snapshot) -> Iterator[MigrateOperation]:
    gone = {change.key for change in changes if change.kind == "table" and change.after is None}
    tables = {change.key.of_table for change in changes if change.key.table is not None} - gone
    if any(is_versioned(before.get(table)) for table in tables):
        yield ExecuteSQLOp(KEEP_HISTORY)


def is_versioned(state: object) -> bool:
    return isinstance(state, TableState) and "SYSTEM VERSIONING" in dict(state.options).get("mysql_with", "")
