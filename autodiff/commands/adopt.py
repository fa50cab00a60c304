"""`autodiff adopt`: does a project that was written for Alembic run as it is?"""

from __future__ import annotations

from autodiff.cli.arguments import Command, flag
from autodiff.settings import Config


def adopt(config: Config, write: bool = False) -> int:
    """Look at the configuration, env.py, the template, the scripts and the plugins, and say what is found.

    No database is asked, and nothing is changed unless `write` is given.

    :param write: let env.py and the template import from autodiff by its own name.
    :returns: 1 if something stands in the way, 0 if not.
    """
    from autodiff.commands._adoption import counted, in_the_way, look, rewrites
    from autodiff.messages import short_path
    from autodiff.script.base import ScriptDirectory

    found = list(look(config))
    for each in found:
        config.print_stdout("%s", f"{each.topic:<15}{'! ' if each.in_the_way else ''}{each.in_the_way or each.text}")
    config.print_stdout("")
    obstacles = in_the_way(found)
    if obstacles:
        config.print_stdout("%s", f"{len(obstacles)} in the way (marked with !). Nothing is changed.")
        return 1
    changes = list(rewrites(ScriptDirectory.from_config(config)))
    for path, lines, change in changes:
        if write:
            change()
        done = "changed" if write else "would change"
        config.print_stdout(
            "%s", f"{done}  {short_path(path)}: from alembic import … says autodiff ({counted(lines, 'line')})"
        )
    config.print_stdout("%s", "The project runs as it is: autodiff upgrade head")
    if changes and not write:
        config.print_stdout("%s", NOTHING_CHANGED)
    return 0


NOTHING_CHANGED = (
    "\nNothing is changed; autodiff adopt --write does what is listed. The scripts stay as they are in any case."
)

COMMAND = Command(
    adopt,
    "does a project that was written for Alembic run as it is?",
    "autodiff adopt",
    (flag("--write", help="let env.py and the template import from autodiff by its own name"),),
)
