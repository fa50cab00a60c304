"""`autodiff explain`: why something differs."""

from __future__ import annotations

from collections.abc import Sequence

from autodiff.cli.arguments import Command, argument
from autodiff.commands.diff import SCRATCH_URL
from autodiff.settings import Config


def explain(
    config: Config,
    only: str | None = None,
    rename: Sequence[str] | None = None,
    scratch_url: str | None = None,
) -> int:
    """Print for each difference the models' form, the database's form, both as they were compared, what the database
    was asked, and how not to hear of it again. Nothing is written.

    :param only: what is called so: a table, ``table.column``, an index, a constraint.
    :param rename: `old=new` names of tables or columns that were renamed.
    :param scratch_url: an empty database of the same kind, which is asked where this one makes no temporary tables.
    :returns: 1 if there are differences, 0 if there are none.
    """
    from autodiff.autogenerate.explaining import explain as explained
    from autodiff.cli.environment import compared
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found = compared(config, script, lambda context, _: explained(context, only), rename, scratch_url)
    for each in found:
        for line in each.lines():
            config.print_stdout("%s", line)
    return int(any(each.explanations for each in found))


COMMAND = Command(
    explain,
    "why something differs",
    "autodiff explain orders.total",
    (
        argument(
            "only",
            nargs="?",
            default=None,
            metavar="NAME",
            help="only what is called so: a table, table.column, a constraint",
        ),
        argument("--rename", action="append", metavar="OLD=NEW", help="a table (or table.column) that was renamed"),
        SCRATCH_URL,
    ),
)
