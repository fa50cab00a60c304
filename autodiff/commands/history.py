"""`autodiff history`: the revisions, newest first."""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import Command, argument, flag
from autodiff.errors import CommandError
from autodiff.settings import Config


def history(
    config: Config, rev_range: str | None = None, verbose: bool = False, indicate_current: bool = False
) -> None:
    """Print the revisions, newest first.

    :param rev_range: `[start]:[end]`, both included.
    :param verbose: print full entries.
    :param indicate_current: mark what the database is at; it is asked, and nothing is written.
    """
    from autodiff.cli.environment import stored_heads
    from autodiff.script.base import ScriptDirectory

    start, end = _ends(rev_range)
    script = ScriptDirectory.from_config(config)
    stored: tuple[str, ...] | None = None
    if indicate_current or _is_current(start) or _is_current(end):
        stored = stored_heads(config, script)
    elif config.get_alembic_boolean_option("revision_environment"):
        _run_quietly(config, script)
    marked = {each.revision for each in script.get_all_current(stored)} if stored and indicate_current else set()
    for each in _range(script, start, end, stored):
        each._db_current_indicator = each.revision in marked
        config.print_stdout(each.cmd_format(verbose, include_branches=True, include_doc=True, include_parents=True))


def _ends(rev_range: str | None) -> tuple[str | None, str | None]:
    if rev_range is None:
        return None, None
    start, colon, end = rev_range.partition(":")
    if not colon or ":" in end:
        raise CommandError(
            f"History range requires [start]:[end], [start]:, or :[end], not '{rev_range}'",
            help="for example: autodiff history -r ab12:head",
        )
    return start.strip() or None, end.strip() or None


def _is_current(name: str | None) -> bool:
    from autodiff.script.resolve import parse

    return name is not None and parse(name).name == "current"


def _range(script: Any, start: str | None, end: str | None, stored: tuple[str, ...] | None) -> Any:
    """The revisions between two names. `-2` as a start counts from the end, `+2` as an end from the start."""
    from autodiff.script import resolve
    from autodiff.script.graph import RangeNotAncestorError

    graph = script.revision_map
    uppers, lowers = resolve.ends(graph, end or "heads", start or "base", stored, strict=False)
    try:
        return resolve.between(graph, uppers, lowers, inclusive=True, implicit_base=False)
    except RangeNotAncestorError as error:
        raise CommandError(
            f"Requested range {start}:{end or 'heads'} does not refer to ancestor/descendant revisions "
            "along the same branch"
        ) from error


def _run_quietly(config: Config, script: Any) -> None:
    from autodiff.cli.environment import run_environment

    run_environment(config, script, lambda heads, context: [], read_only=True, run_required=False)


COMMAND = Command(
    history,
    "list the revisions, newest first",
    "autodiff history -r ab12:head",
    (
        argument(
            "-r", "--rev-range", help="START:END, both included; either may be left out; 'current' is the database's"
        ),
        flag("-v", "--verbose", help="the full entry of each revision"),
        flag("-i", "--indicate-current", help="mark what the database is at"),
    ),
)
