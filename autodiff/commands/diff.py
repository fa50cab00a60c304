"""`autodiff diff`: what `revision --autogenerate` would do, told to people and programs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from autodiff.cli.arguments import Command, argument, flag
from autodiff.settings import Config


def diff(
    config: Config,
    format: str = "text",
    color: str = "auto",
    verbose: bool = False,
    rename: Sequence[str] | None = None,
    scratch_url: str | None = None,
) -> int:
    """Print the differences between the database and the models. Nothing is written.

    :param format: text, markdown, sql, python or json.
    :param color: auto (on a terminal), always or never.
    :param verbose: name each object that was not compared, with the reason.
    :param rename: `old=new` names of tables or columns that were renamed.
    :param scratch_url: an empty database of the same kind, which is asked where this one makes no temporary tables.
    :returns: 1 if there are differences, 0 if there are none.
    """
    from autodiff.autogenerate.told import Told, tell, written
    from autodiff.cli.environment import compared
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)

    def told_of(context: Any, heads: Collection[str]) -> Told:
        found = tell(context, position(script, heads)).prepared(format)
        return found if set(heads) == set(script.get_heads()) else found.with_way_on(BEHIND)

    told = compared(config, script, told_of, rename, scratch_url)
    for each in told:
        config.print_stdout("%s", written(each, format, colour=coloured(color, config), verbose=verbose).rstrip("\n"))
    return int(any(each.report.lines for each in told))


# `revision --autogenerate` would refuse such a database.
BEHIND = "The database is not at the head, so that some may be of revisions to come: autodiff upgrade heads"


def position(script: Any, heads: Collection[str]) -> str:
    """Where the database is in the history."""
    if not heads:
        return "base (no revision)"
    wanted = set(script.get_heads())
    return ", ".join(f"{head}{_standing(head, wanted, script)}" for head in sorted(heads))


def _standing(id_: str, heads: set[str], script: Any) -> str:
    if id_ in heads:
        return " (head)"
    return "" if id_ in script.revision_map.by_id else " (no script has this id)"


def coloured(color: str, config: Config) -> bool:
    """Whether colour is wanted: the option, else FORCE_COLOR and NO_COLOR, else whether a person looks."""
    import os

    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or config.stdout.isatty()


FORMAT = argument(
    "--format",
    default="text",
    choices=("text", "markdown", "sql", "python", "json"),
    help="for people, a pull request, a database, a script or a program",
)
SCRATCH_URL = argument(
    "--scratch-url",
    dest="scratch_url",
    metavar="URL",
    help="an empty database to ask where this one makes no temporary tables",
)
COLOR = argument("--color", default="auto", choices=("auto", "always", "never"), help="colour; auto: on a terminal")

COMMAND = Command(
    diff,
    "what `revision --autogenerate` would do",
    "autodiff diff --format markdown",
    (
        FORMAT,
        COLOR,
        flag("-v", "--verbose", help="name each object that was not compared, with the reason"),
        argument("--rename", action="append", metavar="OLD=NEW", help="a table (or table.column) that was renamed"),
        SCRATCH_URL,
    ),
)
