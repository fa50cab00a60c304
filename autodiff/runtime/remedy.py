"""What to do about a driver's error whose cause is not the rows: privileges, room, locks, time limits, what is there already."""

from __future__ import annotations

import re

from autodiff.errors import sqlstate_of

_MAY_NOT, _FULL = "let this user do it, or name another one in the url", "make room for the database"
_THERE = "take away what is there, or say by `autodiff stamp REVISION` what the database has already"
_LOCKED, _TOO_LONG = "wait for the transaction in the way", "give the statement more time"
# Codes of PostgreSQL (appendix A of its manual), MySQL and MariaDB (error reference), SQLite (rescode.html)
_REMEDIES: dict[object, str] = {
    **dict.fromkeys(("42501", "25006", 1044, 1142, 1143, 1227, 1290, 1792, 1836, "SQLITE_READONLY"), _MAY_NOT),
    **dict.fromkeys(("53100", 1021, 1114, "SQLITE_FULL"), _FULL),
    **dict.fromkeys(("55P03", "40P01", 1205, 1213, "SQLITE_BUSY", "SQLITE_LOCKED"), _LOCKED),
    **dict.fromkeys(("57014", 1969, 3024), _TOO_LONG),
    **dict.fromkeys(("42P06", "42P07", "42701", "42710", 1050, 1060, 1061, 1826, "SQLITE_ERROR there"), _THERE),
}
_SQLITE = {
    "attempt to write a readonly database": "SQLITE_READONLY",
    "database or disk is full": "SQLITE_FULL",
    "database is locked": "SQLITE_BUSY",
    "database table is locked": "SQLITE_LOCKED",
}
_THERE_IN_SQLITE = re.compile(r"(?:table|view|index|trigger) .+ already exists|duplicate column name: .+", re.S)


def remedy_of(error: BaseException | None) -> str | None:
    """What to do about it, as a phrase; None for the many errors that only the statement can help."""
    first = next(iter(getattr(error, "args", ())), None)
    # a number of MySQL's; of SQLite's errors the text, as Python 3.10 has no number for them
    own = _in_sqlite(first) if isinstance(first, str) else first if isinstance(first, int) else None
    return _REMEDIES.get(sqlstate_of(error)) or _REMEDIES.get(own)


def _in_sqlite(text: str) -> str:
    return "SQLITE_ERROR there" if _THERE_IN_SQLITE.fullmatch(text) else _SQLITE.get(text, text)
