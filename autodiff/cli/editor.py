"""The user's editor, opened on a file."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from shutil import which

from autodiff.errors import CommandError

FALLBACKS = ("editor", "sensible-editor", "nano", "vim", "vi", "notepad.exe")


def open_in_editor(filename: str, environ: Mapping[str, str] | None = None) -> None:
    """Open a file in $VISUAL or $EDITOR, else in an editor of the system; wait until it is closed.

    CommandError when there is none, or when it ends with an error.
    """
    command = next(_editors(os.environ if environ is None else environ), None)
    if command is None:
        raise CommandError("no editor was found", help="set EDITOR to the command that starts yours")
    try:
        code = subprocess.run([*command, filename], check=False).returncode
    except OSError as error:
        raise CommandError(f"Error executing editor ({command[0]}: {error.strerror or error})") from error
    if code:
        raise CommandError(f"Error executing editor ({shlex.join(command)} ended with exit code {code})")


def _editors(environ: Mapping[str, str]) -> Iterator[list[str]]:
    """The commands that can be started, the user's choice first."""
    for name in ("VISUAL", "EDITOR"):
        words = shlex.split(environ.get(name, ""), posix=os.name != "nt")
        if words and which(words[0], path=environ.get("PATH")):
            yield words
    for name in FALLBACKS:
        found = which(name, path=environ.get("PATH"))
        if found:
            yield [found]
