"""`autodiff show`: one revision in full."""

from __future__ import annotations

from autodiff.cli.arguments import REVISION_HELP, Command, argument
from autodiff.settings import Config


def show(config: Config, rev: str) -> None:
    """Print the full entry of a revision, or of several.

    :param rev: which; `current` and relative names ask the database.
    """
    from autodiff.cli.environment import needs_database, stored_heads
    from autodiff.script import resolve
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    stored = stored_heads(config, script) if needs_database(rev) else None
    for found in resolve.places(script.revision_map, rev, stored):
        if found is not None:
            config.print_stdout(script.get_revision(found.revision).log_entry)


COMMAND = Command(
    show,
    "show one revision in full",
    "autodiff show head",
    (argument("rev", metavar="revision", help=f"{REVISION_HELP}, current"),),
)
