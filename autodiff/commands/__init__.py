"""The commands: one file each, found by their files. A file states `COMMAND`, and the function that it runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module

from autodiff.cli.arguments import Command


def names() -> list[str]:
    """The names of all commands, sorted."""
    here = os.path.dirname(__file__)
    return sorted(
        {name.partition(".")[0] for name in os.listdir(here) if name.endswith((".py", ".pyc")) and name[0] != "_"}
    )


def all_commands() -> Iterator[Command]:
    """All commands, by name."""
    yield from map(command, names())


def command(name: str) -> Command:
    """The command of this name."""
    found: Command = import_module(f"{__name__}.{name}").COMMAND
    return found
