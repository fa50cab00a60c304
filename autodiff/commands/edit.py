"""`autodiff edit`: open a revision's file in an editor."""

from __future__ import annotations

from autodiff.cli.arguments import REVISION_HELP, Command, argument
from autodiff.errors import CommandError
from autodiff.settings import Config


def edit(config: Config, rev: str) -> None:
    """Open the files of a revision, or of several, in $EDITOR.

    :param rev: which; `current` and relative names ask the database.
    """
    from autodiff.cli.editor import open_in_editor
    from autodiff.cli.environment import needs_database, stored_heads
    from autodiff.script import resolve
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    stored = stored_heads(config, script) if needs_database(rev) else None
    found = [each for each in resolve.places(script.revision_map, rev, stored) if each is not None]
    if not found:
        raise CommandError(
            "No current revisions" if rev == "current" else f"No revision files indicated by symbol '{rev}'"
        )
    for each in found:
        open_in_editor(script.get_revision(each.revision).path)


COMMAND = Command(
    edit,
    "open a revision's file in $EDITOR",
    "autodiff edit head",
    (argument("rev", metavar="revision", help=f"{REVISION_HELP}, current"),),
)
