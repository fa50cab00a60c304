"""The options of sequences, what the server takes where nothing is said, and where one goes on whose bounds change.

ALTER SEQUENCE refuses bounds that leave out the present value (22023), one that was never used included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from autodiff.dialects.postgresql.sending import ask
from autodiff.errors import CommandError

SEQUENCE_LIMITS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
# Options that move the bounds.
MOVING = frozenset({"data_type", "increment", "minvalue", "maxvalue"})
INTEGER_TYPES = {"int": "integer", "int2": "smallint", "int4": "integer", "int8": "bigint"}

_PRESENT = """
SELECT s.seqtypid::regtype::text AS data_type, s.seqincrement AS increment, s.seqmin AS minvalue, s.seqmax AS maxvalue,
  s.seqcycle AS cycle, s.seqstart AS start FROM pg_sequence s WHERE s.seqrelid = CAST(:name AS regclass)
"""


@dataclass(frozen=True)
class Bounds:
    """What a sequence goes through."""

    low: int
    high: int
    up: bool
    cycle: bool


def restart(connection: Connection, name: str, options: Mapping[str, Any]) -> int | bool | None:
    """What must be said besides the options for the sequence to take them: the value to go on with; True for its start.

    One that was never used starts where it is told; one that has its new bounds still before it goes on at its start;
    one that has come to its end and cycles, at its other end. None of them gives a value twice that it would not have.

    :param name: the sequence, as SQL writes it.
    :param options: what is changed; None brings an option back to its default.
    :raises CommandError: it has come past its new end.
    """
    if not MOVING & options.keys():
        return None
    row = connection.execute(sa.text(_PRESENT), {"name": name}).mappings().one_or_none()
    if row is None:
        return None
    ((at, is_called),) = ask(connection, f"SELECT last_value, is_called FROM {name}")
    bounds = changed(dict(row), options)
    if bounds.low <= at <= bounds.high:
        return None
    if (not is_called and at == row["start"]) or (at < bounds.low) == bounds.up:
        return True
    end = bounds.high if bounds.up else bounds.low
    if bounds.cycle:
        return bounds.low if bounds.up else bounds.high
    raise CommandError(
        f"sequence {name} cannot have {'MAXVALUE' if bounds.up else 'MINVALUE'} {end}: it is at {at}",
        help="restart it where values are free, in the script before this: "
        f"op.sql('ALTER SEQUENCE {name} RESTART WITH …')",
    )


def changed(present: Mapping[str, Any], options: Mapping[str, Any]) -> Bounds:
    """The bounds under other options (https://www.postgresql.org/docs/current/sql-altersequence.html)."""
    old_limit = SEQUENCE_LIMITS[present["data_type"]]
    limit = SEQUENCE_LIMITS[type_name(options["data_type"])] if "data_type" in options else old_limit
    increment = options.get("increment", present["increment"]) or 1
    low, high = (1, limit - 1) if increment > 0 else (-limit, -1)

    def bound(option: str, default: int, of_old_type: int) -> int:
        value: int | None = options.get(option, present[option])
        follows_type = option not in options and "data_type" in options and value == of_old_type
        return default if value is None or follows_type else value

    return Bounds(
        low=bound("minvalue", low, -old_limit),
        high=bound("maxvalue", high, old_limit - 1),
        up=increment > 0,
        cycle=bool(options.get("cycle", present["cycle"])),
    )


def type_name(written: Any) -> str:
    """An integer type as the server prints it."""
    if written is None:
        return "bigint"
    name = str(written() if isinstance(written, type) else written).lower()
    return INTEGER_TYPES.get(name, name)


def of_identity(identity: sa.Identity) -> dict[str, Any]:
    """What an identity says of its sequence, what it leaves unsaid included."""
    options = {name: getattr(identity, name) for name in ("increment", "minvalue", "maxvalue")}
    return {**options, "cycle": bool(identity.cycle)}


def of_column(connection: Connection, table: str, column: str) -> str | None:
    """The sequence of an identity column, as SQL writes it; None for a column without."""
    found = connection.execute(
        sa.text(
            "SELECT pg_get_serial_sequence(:table, :column) FROM pg_attribute a"
            " WHERE a.attrelid = CAST(:table AS regclass) AND a.attname = :column AND a.attidentity <> ''"
        ),
        {"table": table, "column": column},
    ).scalar()
    return None if found is None else str(found)


def sequence_options(type_: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a sequence or identity, those at the server's default for its type left out.

    https://www.postgresql.org/docs/current/sql-createsequence.html
    """
    limit = SEQUENCE_LIMITS.get(type_, 2**63)
    increment = options.get("increment") or 1
    low, high = (1, limit - 1) if increment > 0 else (-limit, -1)
    low_given = options.get("minvalue")
    high_given = options.get("maxvalue")
    first = (low if low_given is None else low_given) if increment > 0 else (high if high_given is None else high_given)
    return {
        "start": None if options.get("start") in (None, first) else options["start"],
        "increment": None if increment == 1 else increment,
        "minvalue": None if low_given in (None, low) else low_given,
        "maxvalue": None if high_given in (None, high) else high_given,
        "cycle": bool(options.get("cycle")),
        "cache": None if options.get("cache") in (None, 1) else options["cache"],
    }


def said_options(type_: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a sequence, those at the default of one that counts up from 1 left out.

    The defaults of others follow from options that may change, and ALTER SEQUENCE leaves what it does not name where it
    was: https://www.postgresql.org/docs/current/sql-altersequence.html
    """
    short = sequence_options(type_, options)
    limit = SEQUENCE_LIMITS.get(type_, 2**63)
    down = (short["increment"] or 1) < 0
    low = (-limit if down else 1) if short["minvalue"] is None else short["minvalue"]
    high = (-1 if down else limit - 1) if short["maxvalue"] is None else short["maxvalue"]
    start = (high if down else low) if short["start"] is None else short["start"]
    return short | {
        "start": None if start == 1 else start,
        "minvalue": None if low == 1 else low,
        "maxvalue": None if high == limit - 1 else high,
    }
