"""`autodiff current`: where the database is."""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import Command, argument, flag
from autodiff.errors import DatabaseNotAtHead
from autodiff.settings import Config


def current(config: Config, check_heads: bool = False, verbose: bool = False) -> None:
    """Print the revisions that the database is at. Nothing is written.

    :param check_heads: DatabaseNotAtHead unless they are all heads.
    :param verbose: print full entries, and which database it is.
    """
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)

    def show(heads: tuple[str, ...], context: Any) -> list[Any]:
        if check_heads and set(script.get_heads(consider_depends_on=True)) - set(heads):
            raise DatabaseNotAtHead("Database is not on all head revisions", help="autodiff upgrade heads")
        if verbose:
            config.print_stdout("Current revision(s) for %s:", _database(context))
        for line in _lines(script, heads, verbose):
            config.print_stdout(line)
        if context.connection is not None:
            _tell_half_applied(context)
        return []

    run_environment(config, script, show, read_only=True)


def _lines(script: Any, heads: tuple[str, ...], verbose: bool) -> list[str]:
    known = tuple(id_ for id_ in heads if id_ in script.revision_map.by_id)
    found = sorted(script.get_all_current(known), key=lambda each: str(each.revision))
    unknown = [f"{id_} (no script has this id)" for id_ in heads if id_ not in known]
    nowhere = ["base (no revision)"] if verbose and not heads else []
    return [each.cmd_format(verbose) for each in found] + unknown + nowhere


def _tell_half_applied(context: Any) -> None:
    """A revision that a failure has left between two others is neither of them."""
    from autodiff.messages import note
    from autodiff.runtime.journal import half_applied

    for entry in half_applied(context, context.connection):
        kept = entry.kept(f"`autodiff {entry.direction}`")
        note(f"{entry.revision} is half applied: of its {entry.direction} the database keeps {kept}")


def _database(context: Any) -> str:
    from autodiff.redact import redact

    if context.connection is None:
        return "no database"
    return redact(context.connection.engine.url.render_as_string(hide_password=True))


COMMAND = Command(
    current,
    "show where the database is",
    "autodiff current -v",
    (
        flag("-v", "--verbose", help="the full entry of each revision, and which database it is"),
        argument(
            "-c",
            "--check-heads",
            dest="check_heads",
            action="store_true",
            help="exit with 1 unless the database is at all heads",
        ),
    ),
)
