"""SQLAlchemy types that compile to exactly what MariaDB or MySQL printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

from autodiff.dialects.mysql.lexer import split_list, string_of
from autodiff.dialects.mysql.show_create import TEXTUAL
from autodiff.kinds import ColumnState, TableState
from autodiff.operations.literal import DatabaseType
from autodiff.state import Snapshot

_WORDS = re.compile(r"(\w+(?: precision)?)(\(.*\))?((?: unsigned| zerofill)*)", re.S)

# The display width that an integer gets when none is written: signed, unsigned. MySQL 8.0.19 prints none.
WIDTHS = {"tinyint": (4, 3), "smallint": (6, 5), "mediumint": (9, 8), "int": (11, 10), "bigint": (20, 20)}
_GENERIC_INTEGERS: dict[str, Callable[[], TypeEngine[Any]]] = {
    "tinyint": mysql.TINYINT,
    "smallint": sa.SmallInteger,
    "mediumint": mysql.MEDIUMINT,
    "int": sa.Integer,
    "bigint": sa.BigInteger,
}
_INTEGERS: dict[str, Any] = {
    "tinyint": mysql.TINYINT,
    "smallint": mysql.SMALLINT,
    "mediumint": mysql.MEDIUMINT,
    "int": mysql.INTEGER,
    "bigint": mysql.BIGINT,
}
_PLAIN: dict[str, Callable[[], TypeEngine[Any]]] = {
    "tinyint(1)": sa.Boolean,
    "float": sa.Float,
    "double": sa.Double,
    "date": sa.Date,
    "time": sa.Time,
    "datetime": sa.DateTime,
    "timestamp": sa.TIMESTAMP,
    "year": mysql.YEAR,
    "year(4)": mysql.YEAR,
    "blob": sa.LargeBinary,
    "tinyblob": mysql.TINYBLOB,
    "mediumblob": mysql.MEDIUMBLOB,
    "longblob": mysql.LONGBLOB,
    "json": sa.JSON,
    "uuid": sa.UUID,
}
_WITH_FRACTION: dict[str, Any] = {"datetime": mysql.DATETIME, "timestamp": mysql.TIMESTAMP, "time": mysql.TIME}
_WITH_LENGTH: dict[str, Any] = {"binary": sa.BINARY, "varbinary": sa.VARBINARY, "bit": mysql.BIT}
_TEXTS: dict[str, Any] = {
    "text": sa.Text,
    "tinytext": mysql.TINYTEXT,
    "mediumtext": mysql.MEDIUMTEXT,
    "longtext": mysql.LONGTEXT,
    "varchar": sa.String,
    "char": sa.CHAR,
}


def type_from(column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
    """The type of a column that was read from the database; a `DatabaseType` with its text where no class says it."""
    printed = column.type.canonical or column.type.text
    collation = own_collation(column, snapshot)
    match = _WORDS.fullmatch(printed)
    made = None
    if match is not None:
        name, arguments, signs = match.groups()
        if name in TEXTUAL:
            made = textual(name, split_list(arguments) if arguments else [], collation)
        elif not signs and printed in _PLAIN:
            made = _PLAIN[printed]()
        else:
            made = numeric(name, split_list(arguments) if arguments else [], signs.split())
    if made is not None:
        return made
    return DatabaseType(printed if collation is None else f"{printed} COLLATE {collation}")


def own_collation(column: ColumnState, snapshot: Snapshot) -> str | None:
    """The collation of a column, if it is not the table's."""
    table = snapshot.get(column.key.of_table)
    usual = dict(table.options).get("mysql_collate") if isinstance(table, TableState) else None
    return None if column.collation == usual else column.collation


def textual(name: str, arguments: list[str], collation: str | None) -> TypeEngine[Any] | None:
    if name in ("enum", "set"):
        return enumerated(name, arguments, collation)
    length = [int(argument) for argument in arguments]
    if name == "text" and length:
        return None
    made: TypeEngine[Any] = _TEXTS[name](*length, **({} if collation is None else {"collation": collation}))
    return made


def enumerated(name: str, arguments: list[str], collation: str | None) -> TypeEngine[Any] | None:
    labels = [string_of(argument) for argument in arguments]
    # SQLAlchemy doubles quotes in labels but leaves backslashes; a SET cannot say an empty member without a flag.
    if any("\\" in label for label in labels) or (name == "set" and "" in labels):
        return None
    if name == "set":
        return mysql.SET(*labels, **({} if collation is None else {"collation": collation}))
    # SQLAlchemy's copies of a mysql.ENUM forget its collation.
    return sa.Enum(*labels) if collation is None else None


def numeric(name: str, arguments: list[str], signs: list[str]) -> TypeEngine[Any] | None:
    numbers = [int(argument) for argument in arguments if argument.isdigit()]
    unsigned, zerofill = "unsigned" in signs, "zerofill" in signs
    if name in WIDTHS:
        return integer(name, numbers, unsigned, zerofill)
    if name == "decimal" and len(numbers) == 2:
        precision, scale = numbers
        if zerofill:
            return None
        return mysql.NUMERIC(precision, scale, unsigned=True) if unsigned else sa.Numeric(precision, scale)
    if signs or len(numbers) != 1:
        return None
    if name in _WITH_FRACTION:
        fraction: TypeEngine[Any] = _WITH_FRACTION[name](fsp=numbers[0])
        return fraction
    # SQLAlchemy takes a length of 0 for none.
    return _WITH_LENGTH[name](numbers[0]) if name in _WITH_LENGTH and numbers[0] else None


def integer(name: str, width: list[int], unsigned: bool, zerofill: bool) -> TypeEngine[Any]:
    usual = not width or (not zerofill and width[0] == WIDTHS[name][unsigned])
    if usual and not unsigned and not zerofill:
        return _GENERIC_INTEGERS[name]()
    options: dict[str, Any] = {} if usual else {"display_width": width[0]}
    if unsigned:
        options["unsigned"] = True
    if zerofill:
        options["zerofill"] = True
    made: TypeEngine[Any] = _INTEGERS[name](**options)
    return made
