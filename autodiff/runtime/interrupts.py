"""Ctrl-C and SIGTERM during a run: both stop the migration the same way, and the run knows which it was."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived while migrations ran."""


class Interrupts:
    """While it is entered, SIGTERM does what Ctrl-C does; by default it would leave the server at work alone.

    A handler that is not Python's default belongs to the program around us, and stays.
    """

    def __init__(self) -> None:
        self.signal: str | None = None
        self._raised: BaseException | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is not threading.main_thread():
            return self
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._replace(signal.SIGTERM, self._on_sigterm)
        if signal.getsignal(signal.SIGINT) not in (signal.SIG_DFL, signal.SIG_IGN, None):
            self._replace(signal.SIGINT, self._on_sigint)
        if self._before:
            self._unraisable, sys.unraisablehook = sys.unraisablehook, self._on_unraisable
        return self

    def _replace(self, number: signal.Signals, handler: Any) -> None:
        self._before[number] = signal.signal(number, handler)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._before:
            sys.unraisablehook = self._unraisable

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        self.signal = "SIGTERM"
        before = self._before.get(signal.SIGINT)
        if callable(before) and before is not signal.default_int_handler:
            before(number, frame)  # asyncio's own: cancels the task instead of breaking the loop
        else:
            self._raised = Terminated("terminated")
            raise self._raised

    def _on_sigint(self, number: int, frame: FrameType | None) -> None:
        self.signal = "SIGINT"
        before = self._before[signal.SIGINT]
        try:
            before(number, frame)
        except BaseException as error:
            self._raised = error
            raise

    def _on_unraisable(self, lost: sys.UnraisableHookArgs) -> None:
        if lost.exc_value is not self._raised or self._raised is None:
            self._unraisable(lost)

    def raise_again(self) -> None:
        """What was raised for a signal is lost when it arrives in a `__del__`, where Python would only print it."""
        if self._raised is not None:
            raise self._raised

    def is_behind(self, error: BaseException) -> bool:
        """Did a signal cause this error?"""
        if isinstance(error, KeyboardInterrupt):
            self.signal = self.signal or "SIGINT"
            return True
        return self.signal is not None and isinstance(error, (asyncio.CancelledError, Exception))
