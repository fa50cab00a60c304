"""What a person is told when a migration stops: where, at which statement, what is left, and what to do next."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from sqlalchemy.exc import DBAPIError

from autodiff.errors import CommandError, RowsInTheWay, words_of
from autodiff.runtime.lock import LockTimeout
from autodiff.runtime.remedy import remedy_of

LONGEST_SQL, LONGEST_ERROR = 4, 3  # lines; the whole message stays below 15
WIDEST = 300  # characters of a line

SECRETS = re.compile(
    r"(?:PASSWORD|IDENTIFIED\s+(?:BY(?:\s+PASSWORD)?|(?:WITH|VIA)\s+\S+\s+(?:AS|BY|USING)))\s*[=(]?\s*'((?:[^'\\]|''|\\.)*)'",
    re.I,
)


class MigrationFailed(CommandError):
    """A revision stopped. The message is the whole story; `__cause__` is the error that stopped it.

    The error raised is at the same time an instance of the cause's class, so that a program which catches
    `OperationalError` around `command.upgrade()` still does.
    """


@dataclass(frozen=True)
class Stopped:
    """Where a run stopped, and what is left.

    :param heads: where the database is now; None if it could not be asked.
    :param before: where it was before the run, and before the step that failed.
    :param left: what the database keeps of the failed revision, in words; empty when it keeps nothing.
    :param by_hand: the way out where the next run cannot go on by itself; empty where it can.
    :param command: the command that goes on.
    :param done: how many statements of the revision had changed something.
    :param statement: the one that was under way.
    :param rows: which rows stand in the way, in words.
    :param written: all statements of the revision as `--sql` writes them; empty where that cannot be told.
    """

    revision: str
    doc: str
    path: str | None
    is_upgrade: bool
    command: str
    done: int = 0
    statement: str | None = None
    written: Sequence[str] = ()
    rows: str = ""
    heads: Sequence[str] | None = None
    before: Sequence[Sequence[str]] = ()
    left: str = ""
    by_hand: str = ""
    owner_is_caller: bool = False
    interrupted_by: str | None = None
    offline: bool = False


def failure(error: BaseException, stopped: Stopped) -> MigrationFailed:
    """The error to raise for a run that was stopped by `error`."""
    message = "\n".join(told(error, stopped))
    failed = _as_the_cause(error) if not stopped.interrupted_by else MigrationFailed()
    failed.__dict__.update(getattr(error, "__dict__", {}))
    failed.args, failed.message, failed.help = (message,), message, None
    if stopped.interrupted_by:
        failed.exit_code = 143 if stopped.interrupted_by == "SIGTERM" else 130
    return failed


def _as_the_cause(error: BaseException) -> MigrationFailed:
    kind = type(error)
    if not isinstance(error, Exception) or isinstance(error, asyncio.CancelledError):
        return MigrationFailed()
    try:
        both: Any = type("MigrationFailed", (MigrationFailed, kind), {"__module__": __name__})
        made: MigrationFailed = both.__new__(both)
    except TypeError:  # a class whose layout, or whose constructor, does not allow it
        return MigrationFailed()
    return made


def told(error: BaseException, stopped: Stopped) -> list[str]:
    sql = _sql(error, stopped)
    lines = [_headline(stopped, error)]
    where = script_line(error.__traceback__, stopped.path) or stopped.path
    if where:
        lines.append("  " + shown_path(where))
    if sql:
        lines.extend("  " + line for line in shortened(sql, LONGEST_SQL))
    secrets = [found for found in SECRETS.findall(sql or "") if found]
    # our own words are as long as they have to be: the way out stands at their end
    widest = None if isinstance(error, CommandError) else WIDEST
    lines.extend("  " + line for line in shortened(reason(error, stopped), LONGEST_ERROR, widest))
    if stopped.rows:
        lines.append(f"  {stopped.rows}")
    lines.append(_state(stopped))
    lines.append(f"then: {stopped.by_hand or f'{_remedy(error, stopped)}, and run  {stopped.command}  again'}")
    return [redacted(line, secrets) for line in lines]


def _headline(stopped: Stopped, error: BaseException) -> str:
    doc = f" ({stopped.doc})" if stopped.doc else ""
    direction = "" if stopped.is_upgrade else "downgrade of "
    if stopped.offline:
        return f"{direction}{stopped.revision}{doc} stopped while its SQL was written"
    verb = f"was stopped by {stopped.interrupted_by}" if stopped.interrupted_by else "stopped"
    return f"{direction}{stopped.revision}{doc} {verb} {_point(_sql(error, stopped), stopped)}"


def _point(sql: str | None, stopped: Stopped) -> str:
    """Where among its statements: `at its 2nd of 4 statements`."""
    done, all_of_them = stopped.done, len(stopped.written)
    if sql is None:
        return f"after {counted(done)}" if done else "before its 1st statement"
    if done >= all_of_them or not _is_same(sql, stopped.written[done]):
        return f"at its {ordinal(done + 1)} statement"
    return f"at its {ordinal(done + 1)} of {all_of_them} statements" if all_of_them > 1 else "at its only statement"


def _is_same(ran: str, written: str) -> bool:
    # a driver that takes %(name)s wants each other % doubled
    texts = (" ".join(text.replace("%%", "%").split()).removesuffix(";") for text in (ran, written))
    return len(set(texts)) == 1


def _sql(error: BaseException, stopped: Stopped) -> str | None:
    statement = getattr(error, "statement", None) if isinstance(error, DBAPIError) else None
    if stopped.interrupted_by:
        return stopped.statement
    return str(statement) if statement else None


def reason(error: BaseException, stopped: Stopped) -> str:
    """The error in the words of whoever raised it."""
    if stopped.interrupted_by:
        return "terminated" if stopped.interrupted_by == "SIGTERM" else "interrupted"
    if isinstance(error, SystemExit):
        return f"the script called sys.exit({'' if error.code is None else repr(error.code)}), which would hide what was not done"
    if isinstance(error, DBAPIError):
        return words_of(error.orig)
    if isinstance(error, LockTimeout):
        return error.message
    if isinstance(error, CommandError):
        return error.message if stopped.by_hand else str(error)
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _state(stopped: Stopped) -> str:
    if stopped.offline:
        return "nothing was executed; the SQL written so far is not complete"
    if stopped.owner_is_caller:
        return "not committed: the transaction is the calling program's, which has to roll it back"
    if stopped.heads is None:
        return "unknown: the database could not be asked where it is now (`autodiff current` will tell)"
    at = ", ".join(stopped.heads) or "base (no revision)"
    if stopped.left:
        return f"left: the database is at {at}, and keeps {stopped.left}"
    as_before = ", as before" if any(set(stopped.heads) == set(before) for before in stopped.before) else ""
    return f"rolled back: the database is at {at}{as_before}"


def _remedy(error: BaseException, stopped: Stopped) -> str:
    if stopped.offline:
        return "let the script do without reading the database where context.is_offline_mode()"
    if stopped.interrupted_by:
        return "nothing has to be repaired"
    if isinstance(error, LockTimeout) and error.help:
        return error.help
    if isinstance(error, DBAPIError):
        return (
            "restore the connection"
            if error.connection_invalidated
            else remedy_of(error.orig) or "correct the rows or the script"
        )
    if isinstance(error, RowsInTheWay):
        return "correct the rows or the script"
    return "correct the script"


def script_line(traceback: TracebackType | None, path: str | None) -> str | None:
    """`file:line` of the script's innermost frame."""
    found = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if path and os.path.abspath(file) == os.path.abspath(path):
            found = f"{file}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def shown_path(path: str) -> str:
    relative = os.path.relpath(path) if os.path.isabs(path) else path
    return path if relative.startswith("..") else relative


def shortened(text: str, lines: int, widest: int | None = WIDEST) -> list[str]:
    kept = [line.rstrip() for line in text.strip().splitlines() if line.strip()]
    cut = [line if widest is None or len(line) <= widest else line[:widest] + " …" for line in kept[:lines]]
    return [*cut, f"… ({len(kept) - lines} more lines)"] if len(kept) > lines else cut


def redacted(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def counted(number: int) -> str:
    return "1 statement" if number == 1 else f"{number} statements"
