"""Face: what is told to the person at the terminal."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from autodiff import messages
from autodiff.cli.output import FAILED
from autodiff.redact import redact
from autodiff.script.compose import comma as format_as_comma


def msg(msg: str, newline: bool = True, flush: bool = False, quiet: bool = False) -> None:
    """Print a line to stdout."""
    messages.say(msg, quiet=quiet, newline=newline)


def warn(msg: str, stacklevel: int = 2) -> None:
    """Give a UserWarning."""
    warnings.warn(msg, UserWarning, stacklevel=stacklevel)


def err(message: str, quiet: bool = False) -> NoReturn:
    """Tell a failure on stderr and end the process."""
    messages.note(f"{FAILED}{redact(message)}")
    raise SystemExit(3)


@contextmanager
def status(status_msg: str, newline: bool = False, quiet: bool = False) -> Iterator[None]:
    """Say `message ... done` around a step."""
    with messages.status(status_msg, quiet=quiet):
        yield


def write_outstream(stream: Any, *text: str | bytes, quiet: bool = False) -> None:
    """Write texts to a stream; what its encoding lacks becomes `?`."""
    if not quiet:
        messages.write(stream, *(each.decode() if isinstance(each, bytes) else each for each in text))


def obfuscate_url_pw(input_url: str) -> str:
    """A database URL with its password hidden."""
    from sqlalchemy.engine import make_url

    return redact(make_url(input_url).render_as_string(hide_password=True))


__all__ = ["err", "format_as_comma", "msg", "obfuscate_url_pw", "status", "warn", "write_outstream"]
