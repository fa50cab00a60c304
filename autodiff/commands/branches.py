"""`autodiff branches`: where the history forks."""

from __future__ import annotations

from autodiff.cli.arguments import VERBOSE, Command
from autodiff.settings import Config


def branches(config: Config, verbose: bool = False) -> None:
    """Print the branch points, each with the revisions that follow it.

    :param verbose: print full entries.
    """
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    for point in script.walk_revisions():
        if point.is_branch_point:
            following = (script.get_revision(id_) for id_ in point.children)
            lines = (
                f"{' ' * len(point.revision)} -> {each.cmd_format(False, include_branches=True, include_doc=verbose)}"
                for each in following
            )
            entry = point.cmd_format(verbose, include_branches=True)
            config.print_stdout("\n".join([entry, *lines, ""]))


COMMAND = Command(branches, "show where the history forks", "autodiff branches -v", (VERBOSE,))
