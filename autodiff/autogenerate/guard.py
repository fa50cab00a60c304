"""Refusing to write a script that would drop most of a database, which hardly anybody ever means."""

from __future__ import annotations

from autodiff.autogenerate.comparison import Compared
from autodiff.errors import CommandError
from autodiff.kinds import TableState

# More than half of the tables, and more than two: small changes of small schemas are nobody's accident.
_SHARE = 0.5
_FEW = 2


def refuse_dropping_most(compared: Compared, *, allowed: bool) -> None:
    """:raises CommandError: the models are empty and the database is not, or most of its tables would be dropped."""
    if allowed:
        return
    present = sum(1 for _ in compared.comparison.before.of_class(TableState))
    wanted = sum(1 for _ in compared.comparison.after.of_class(TableState))
    dropped = sum(1 for change in compared.changes if change.kind == "table" and change.verb == "drop")
    if not wanted and dropped:
        raise CommandError(
            f"the models' metadata is empty, so every table of the database ({dropped}) would be dropped. "
            "Does env.py import the modules that define the models?  To do it nevertheless: --allow-drops"
        )
    if dropped > _FEW and dropped > present * _SHARE:
        raise CommandError(
            f"{dropped} of the {present} tables of the database are not in the models and would be dropped. "
            "Does env.py import all the modules that define the models?  To do it nevertheless: --allow-drops"
        )
