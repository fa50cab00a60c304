"""Which types grow where they stand, so that no row is written again, per database: as measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

# MySQL and MariaDB write a string's length in one byte up to 255 bytes, and in two above.
_ONE_BYTE = 255
# As many labels has an ENUM whose values take one byte; a SET takes a byte for eight.
_ENUM_STEP, _SET_STEP = 255, 8
# Bytes of a character where the type does not say its character set: as many as latin1 has, and as utf8mb4.
_WIDTHS = (1, 4)


def on_postgresql(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Strings, and numerics of the same scale (measured on 15.18 by `relfilenode`)."""
    if isinstance(old, sa.String) and isinstance(new, sa.String):
        return not isinstance(old, sa.Enum) and not isinstance(new, (sa.Enum, sa.CHAR))
    if isinstance(old, sa.Numeric) and isinstance(new, sa.Numeric):
        return new.precision is None or (old.scale or 0) == (new.scale or 0)
    return False


def on_mysql(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    """Labels that are appended, and strings whose length takes as many bytes as before.

    Measured on MySQL 9.7 and MariaDB 10.11 and 11.8 by `ALTER TABLE …, ALGORITHM=…`: each is INSTANT or INPLACE, and
    all other changes of a type copy the table, as those of a character set do.
    """
    if getattr(old, "collation", None) != getattr(new, "collation", None):
        return False
    if _appends(old, new):
        return True
    length, wanted = _varying_length(old), _varying_length(new)
    if length is None or wanted is None or isinstance(old, sa.VARBINARY) != isinstance(new, sa.VARBINARY):
        return False
    widths = (1,) if isinstance(old, sa.VARBINARY) else _WIDTHS
    return all((length * width > _ONE_BYTE) == (wanted * width > _ONE_BYTE) for width in widths)


def _appends(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    if old.__visit_name__ != new.__visit_name__:
        return False
    before, after = _labels(old), _labels(new)
    step = _SET_STEP if _is_set(old) else _ENUM_STEP
    same_size = (len(before) - 1) // step == (len(after) - 1) // step
    return bool(before) and list(after[: len(before)]) == list(before) and same_size


def _labels(type_: TypeEngine[Any]) -> Sequence[str]:
    if isinstance(type_, sa.Enum):
        return type_.enums if type_.native_enum else ()
    return getattr(type_, "values", ()) if _is_set(type_) else ()


def _is_set(type_: TypeEngine[Any]) -> bool:
    return type_.__visit_name__ == "SET"


def _varying_length(type_: TypeEngine[Any]) -> int | None:
    """The length of a VARCHAR or VARBINARY; None of another type (TEXT, CHAR, ENUM …)."""
    if isinstance(type_, sa.VARBINARY):
        return type_.length
    if not isinstance(type_, sa.String) or isinstance(type_, (sa.Text, sa.CHAR)) or _is_set(type_):
        return None
    return None if isinstance(type_, sa.Enum) and type_.native_enum else type_.length
