"""How a command declares itself to the command line: its function, its arguments, its example."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Argument(NamedTuple):
    """One argument of a command: its flags (or its name, when it is positional) and argparse's settings for it."""

    flags: tuple[str, ...]
    settings: dict[str, Any]

    @property
    def is_positional(self) -> bool:
        """Whether it has no dashes."""
        return not self.flags[0].startswith("-")

    @property
    def parameter(self) -> str:
        """The parameter of the command's function that it fills."""
        if "dest" in self.settings:
            return str(self.settings["dest"])
        long = next((flag for flag in self.flags if flag.startswith("--")), self.flags[0])
        return long.lstrip("-").replace("-", "_")


class Command(NamedTuple):
    """A command: the function that does it (its first parameter is the Config), and how it is called.

    :param run: returns None, or the exit code of the command.
    :param summary: one line of help.
    :param example: a command line that can be copied.
    :param arguments: its arguments.
    """

    run: Callable[..., Any]
    summary: str
    example: str
    arguments: tuple[Argument, ...] = ()

    @property
    def name(self) -> str:
        """What is typed for it."""
        return self.run.__name__


def argument(*flags: str, **settings: Any) -> Argument:
    """An argument, in the words of `ArgumentParser.add_argument`."""
    return Argument(flags, settings)


def flag(*flags: str, help: str) -> Argument:
    """An option without a value."""
    return Argument(flags, {"action": "store_true", "help": help})


MESSAGE = argument("-m", "--message", help="what the revision does; the first line of its docstring")
LOCK_TIMEOUT = argument(
    "--lock-timeout",
    metavar="SECONDS",
    type=float,
    help="how long to wait for another migrator; 60 by default, 0 does not wait",
)
SQL = flag("--sql", help="write the SQL to standard output instead of executing it")
TAG = argument("--tag", help="a text for env.py: context.get_tag_argument()")
VERBOSE = flag("-v", "--verbose", help="the full entry of each revision")
BRANCH_LABEL = argument("--branch-label", dest="branch_label", help="a name for the branch that begins here")
SPLICE = flag("--splice", help="allow a parent that is no head: a new branch begins there")
REV_ID = argument("--rev-id", dest="rev_id", help="the id, instead of a random one")
REVISION_HELP = "an id or its first letters, head, heads, base, LABEL@head, +N, -N, or ID+N"
