"""Telling of a script that would drop most of a database, which hardly anybody ever means."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from autodiff.autogenerate.comparison import Compared
from autodiff.errors import CommandError
from autodiff.kinds import TableState
from autodiff.operations.table_ops import DropTableOp
from autodiff.operations.tree import MigrateOperation, single

# More than half of the tables, and more than two: small changes of small schemas are nobody's accident.
_SHARE = 0.5
_FEW = 2

log = logging.getLogger(__name__)


def guard(compared: Compared, operations: Iterable[MigrateOperation], *, allowed: bool | None) -> None:
    """Refuse to drop most tables where somebody can insist; a program that does not say whether it may is warned.

    :param operations: what hooks have left of the comparison's operations: what would be written.
    :param allowed: None where a program, that has no `--allow-drops`, asks.
    :raises CommandError: the models are empty and the database is not, or most of its tables would be dropped.
    """
    found = None if allowed else dropping_most(compared, operations)
    if found and allowed is None:
        log.warning("%s", found)
    elif found:
        raise CommandError(f"{found}  To do it nevertheless: --allow-drops")


def dropping_most(compared: Compared, operations: Iterable[MigrateOperation]) -> str | None:
    """What is about to happen, where that is most of the tables."""
    present = sum(1 for _ in compared.comparison.before.of_class(TableState))
    wanted = sum(1 for _ in compared.comparison.after.of_class(TableState))
    dropped = sum(1 for operation in single(operations) if isinstance(operation, DropTableOp))
    if not wanted and dropped:
        return (
            f"the models' metadata is empty, so every table of the database ({dropped}) would be dropped. "
            "Does env.py import the modules that define the models?"
        )
    if dropped > _FEW and dropped > present * _SHARE:
        return (
            f"{dropped} of the {present} tables of the database are not in the models and would be dropped. "
            "Does env.py import all the modules that define the models?"
        )
    return None
