"""What autodiff says while it works: status lines on stdout, notes and warnings on stderr."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from autodiff.errors import CommandError


def write(stream: TextIO | None, *texts: str) -> None:
    """Write texts to a stream; a character that its encoding lacks becomes `?` instead of an error.

    :param stream: None, as `sys.stdout` is when it was closed by the shell, swallows everything. One that says
        that it has no encoding gets ASCII; io.StringIO, which says so too, has no need of one.
    :raises CommandError: when there is no room for them.
    """
    if stream is None:
        return
    with _told_if_full():
        for text in texts:
            stream.write(text if text.isascii() else _writable(text, stream))


def _writable(text: str, stream: TextIO) -> str:
    encoding = None if isinstance(stream, io.StringIO) else getattr(stream, "encoding", "utf-8") or "ascii"
    return text.encode(encoding, "replace").decode(encoding) if isinstance(encoding, str) else text


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


def _flush(stream: TextIO | None) -> None:
    if stream is not None:
        with _told_if_full():
            stream.flush()


@contextmanager
def _told_if_full() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CommandError(f"cannot write the output: {error.strerror or error}") from error


def say(text: str, *, quiet: bool = False, newline: bool = True) -> None:
    """Print one line of a command's report to stdout, unless it is to be quiet."""
    if not quiet:
        write(sys.stdout, text, "\n" if newline else "")
        _flush(sys.stdout)


def note(text: str) -> None:
    """Print a remark to stderr, where it does not mix with a command's result."""
    with suppress(CommandError, BrokenPipeError):  # the remark may be that stdout is full
        _flush(sys.stdout)
    write(sys.stderr, text, "\n")
    _flush(sys.stderr)


@contextmanager
def status(text: str, *, quiet: bool = False, newline: bool = False) -> Iterator[None]:
    """Say `text ... done` around a step, or `text ... FAILED` when it raises.

    :param newline: the step says something itself, so that its end has a line of its own.
    """
    say(f"{text} ..." if newline else f"{text} ... ", quiet=quiet, newline=newline)
    indent = "  " if newline else ""
    try:
        yield
    except BaseException:
        say(f"{indent}FAILED", quiet=quiet)
        raise
    say(f"{indent}done", quiet=quiet)


def short_path(path: str | os.PathLike[str]) -> str:
    """A path as a person at this prompt would write it: relative if it is below the current directory."""
    full = os.fspath(path)
    try:
        here = os.path.join(os.getcwd(), "")
    except OSError:  # the current directory is gone
        return full
    absolute = os.path.abspath(full)
    return absolute[len(here) :] if absolute.startswith(here) else full
