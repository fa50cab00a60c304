"""What autodiff says while it works: status lines on stdout, notes and warnings on stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


def write(stream: TextIO, *texts: str) -> None:
    """Write texts to a stream; a character that its encoding lacks becomes `?` instead of an error."""
    for text in texts:
        encoding = getattr(stream, "encoding", None)
        stream.write(text.encode(encoding, "replace").decode(encoding) if isinstance(encoding, str) else text)


class Encoded:
    """A stream of bytes that takes text."""

    def __init__(self, stream: io.RawIOBase | io.BufferedIOBase, encoding: str) -> None:
        self.stream = stream
        self.encoding = encoding

    def write(self, text: str) -> int:
        return self.stream.write(text.encode(self.encoding)) or 0

    def flush(self) -> None:
        self.stream.flush()


def text_stream(stream: Any, encoding: str | None) -> Any:
    """The stream; one of bytes so that text can be written to it.

    :param encoding: that of the text; UTF-8 if None.
    """
    return Encoded(stream, encoding or "utf-8") if isinstance(stream, io.RawIOBase | io.BufferedIOBase) else stream


def say(text: str, *, quiet: bool = False, newline: bool = True) -> None:
    """Print one line of a command's report to stdout, unless it is to be quiet."""
    if not quiet:
        write(sys.stdout, text, "\n" if newline else "")
        sys.stdout.flush()


def note(text: str) -> None:
    """Print a remark to stderr, where it does not mix with a command's result."""
    sys.stdout.flush()
    write(sys.stderr, text, "\n")
    sys.stderr.flush()


@contextmanager
def status(text: str, *, quiet: bool = False) -> Iterator[None]:
    """Say `text ... done` around a step, or `text ... FAILED` when it raises."""
    say(f"{text} ... ", quiet=quiet, newline=False)
    try:
        yield
    except BaseException:
        say("FAILED", quiet=quiet)
        raise
    say("done", quiet=quiet)


def short_path(path: str | os.PathLike[str]) -> str:
    """A path as a person at this prompt would write it: relative if it is below the current directory."""
    full = os.fspath(path)
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the current directory is gone
        return full
    absolute = os.path.abspath(full)
    return absolute[len(here) :] if absolute.startswith(here) else full
