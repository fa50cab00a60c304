"""`autodiff heads`: the revisions that nothing comes after."""

from __future__ import annotations

from autodiff.cli.arguments import VERBOSE, Command, flag
from autodiff.settings import Config


def heads(config: Config, verbose: bool = False, resolve_dependencies: bool = False) -> None:
    """Print the heads of the scripts.

    :param verbose: print full entries.
    :param resolve_dependencies: leave out heads that another branch depends on.
    """
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    for id_ in script.get_heads(consider_depends_on=resolve_dependencies):
        config.print_stdout(script.get_revision(id_).cmd_format(verbose, include_branches=True, tree_indicators=False))


COMMAND = Command(
    heads,
    "show the heads: the revisions that nothing comes after",
    "autodiff heads",
    (VERBOSE, flag("--resolve-dependencies", help="leave out heads that another branch depends on")),
)
