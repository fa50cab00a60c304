"""`autodiff explain`: why something differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

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
    from autodiff.autogenerate.context import AutogenContext
    from autodiff.autogenerate.explaining import Explained
    from autodiff.autogenerate.explaining import explain as explained
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found: list[Explained] = []

    def compare(heads: Collection[str], migration_context: Any) -> list[Any]:
        own = {"renames": tuple(rename or ()), "scratch_url": scratch_url}
        context = AutogenContext(migration_context, opts={**migration_context.opts, **own})
        found.append(explained(context, only))
        return []

    run_environment(config, script, compare, read_only=True)
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
