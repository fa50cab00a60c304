"""`autodiff heads`: the revisions that nothing comes after."""

from __future__ import annotations

from autodiff.cli.arguments import VERBOSE, Command, flag
from autodiff.errors import SeveralHeads
from autodiff.settings import Config


def heads(config: Config, verbose: bool = False, resolve_dependencies: bool = False, single: bool = False) -> None:
    """Print the heads of the scripts.

    :param verbose: print full entries.
    :param resolve_dependencies: leave out heads that another branch depends on.
    :param single: insist on one head, as a pull request that is merged beside another may bring a second one.
    :raises SeveralHeads: there are more.
    """
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    found = script.get_heads(consider_depends_on=resolve_dependencies)
    for id_ in found:
        config.print_stdout(script.get_revision(id_).cmd_format(verbose, include_branches=True, tree_indicators=False))
    if single and len(found) > 1:
        raise SeveralHeads(f"there are {len(found)} heads", help="`autodiff merge heads` joins them")


COMMAND = Command(
    heads,
    "show the heads: the revisions that nothing comes after",
    "autodiff heads",
    (
        VERBOSE,
        flag("--resolve-dependencies", help="leave out heads that another branch depends on"),
        flag("--single", help="exit with 1 if there is more than one, for CI"),
    ),
)
