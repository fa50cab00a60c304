"""One line on the terminal that says what long work is at, and how far; it is erased as soon as something else is said."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from autodiff.messages import write

if TYPE_CHECKING:
    from threading import Thread

PATIENCE, PERIOD = 2.0, 0.5  # seconds: how long nothing is shown, and how often the line is drawn after that
ERASE = "\r\x1b[K"

_shown: ContextVar[Line | None] = ContextVar("autodiff_progress", default=None)


def at(stage: str) -> None:
    """Say what is being done from now on."""
    line = _shown.get()
    if line is not None:
        line.at(stage)


def detail(text: str) -> None:
    """Say what of the stage is being done now."""
    line = _shown.get()
    if line is not None:
        line.detail = text


@contextmanager
def shown() -> Iterator[None]:
    """Long work inside of the block is shown, if a person sits at the terminal."""
    if not is_wanted():
        yield
        return
    line = Line(sys.stderr)
    before = (sys.stdout, sys.stderr)
    # What is said meanwhile, by whomever, goes through these, so that it never stands beside the line.
    sys.stdout, sys.stderr = (Beside(stream, line) if stream.isatty() else stream for stream in before)
    token = _shown.set(line)
    try:
        yield
    finally:
        _shown.reset(token)
        line.end()
        sys.stdout, sys.stderr = before


def is_wanted() -> bool:
    if sys.stdout is None or sys.stderr is None or os.environ.get("TERM") == "dumb":
        return False
    return sys.stderr.isatty()


class Line:
    """The line, drawn by a thread of its own, since the work is inside of a statement for most of the time.

    :param stream: the terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        from threading import Event, Lock

        self.stream = stream
        self.stage = self.detail = ""
        self.began = 0.0
        self.at_margin = True  # is the cursor at the beginning of a line?
        self._is_drawn = False
        self._lock = Lock()
        self._ended = Event()
        self._thread: Thread | None = None

    def at(self, stage: str) -> None:
        self.stage, self.detail = stage, ""
        if self._thread is None:
            from threading import Thread

            self.began = time.monotonic()
            self._thread = Thread(target=self._draw_again_and_again, name="autodiff-progress", daemon=True)
            self._thread.start()

    def end(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self._erase()

    def text(self, seconds: float, width: int) -> str:
        """`applying 3f2a9c1d7e40 (2 of 5): statement 3: ALTER TABLE …, 14 s`, as wide as the terminal."""
        end = f", {seconds:.0f} s"
        words = " ".join((f"{self.stage}: {self.detail}" if self.detail else self.stage).split())
        room = width - len(end) - 1
        return (words if len(words) <= room else words[: max(room - 2, 0)] + " …") + end

    def write(self, stream: TextIO, text: str) -> int:
        """Write something else to the terminal."""
        with self._lock:
            self._erase()
            written = stream.write(text)
            self.at_margin = text.endswith("\n") if text else self.at_margin
            return written

    def _draw_again_and_again(self) -> None:
        pause = PATIENCE
        while not self._ended.wait(pause):
            pause = PERIOD
            with self._lock, suppress(OSError, ValueError):
                self._draw()

    def _draw(self) -> None:
        if not self.at_margin:  # behind a question, or a `Generating … `
            return
        text = self.text(time.monotonic() - self.began, os.get_terminal_size(self.stream.fileno()).columns or 80)
        write(self.stream, ERASE, text)
        self.stream.flush()
        self._is_drawn = True

    def _erase(self) -> None:
        if self._is_drawn:
            with suppress(OSError, ValueError):
                self.stream.write(ERASE)
                self.stream.flush()
            self._is_drawn = False


class Beside:
    """A stream to the terminal; what is written to it takes the place of the line."""

    def __init__(self, stream: TextIO, line: Line) -> None:
        self._stream = stream
        self._line = line

    def write(self, text: str) -> int:
        return self._line.write(self._stream, text)

    def writelines(self, lines: Any) -> None:
        self.write("".join(lines))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
