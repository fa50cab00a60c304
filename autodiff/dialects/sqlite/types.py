"""SQLAlchemy types that compile to exactly the type that a column has in the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from autodiff.dialects.sqlite.lexer import NotUnderstood, quoted, tokens
from autodiff.operations.literal import DatabaseType

_PLAIN: dict[str, type[TypeEngine[Any]]] = {
    "INTEGER": sa.Integer,
    "BIGINT": sa.BigInteger,
    "SMALLINT": sa.SmallInteger,
    "TEXT": sa.Text,
    "VARCHAR": sa.String,
    "CHAR": sa.CHAR,
    "NVARCHAR": sa.NVARCHAR,
    "NCHAR": sa.NCHAR,
    "REAL": sa.REAL,
    "FLOAT": sa.Float,
    "DOUBLE": sa.Double,
    "NUMERIC": sa.Numeric,
    "DECIMAL": sa.DECIMAL,
    "BOOLEAN": sa.Boolean,
    "DATE": sa.Date,
    "TIME": sa.Time,
    "DATETIME": sa.DateTime,
    "TIMESTAMP": sa.TIMESTAMP,
    "BLOB": sa.LargeBinary,
    "JSON": sa.JSON,
}


def type_from(declared: str, collation: str | None, dialect: Dialect) -> TypeEngine[Any]:
    """The type of a column.

    :param declared: in capitals with single blanks, as states have it; empty for a column without a type.
    """
    suffix = f' COLLATE "{collation}"' if collation else ""
    try:
        found = candidate(declared, collation)
        if found is not None and found.compile(dialect=dialect) == declared + suffix:
            return found
    except (NotUnderstood, TypeError):
        pass
    return DatabaseType((declared + (f" COLLATE {quoted(collation)}" if collation else "")).strip())


def candidate(declared: str, collation: str | None) -> TypeEngine[Any] | None:
    """The class of that name with the numbers in parentheses as its arguments."""
    words = tokens(declared)
    made = _PLAIN.get(words[0].text) if words else None
    if made is None:
        return None
    numbers = [int(token.text) for token in words[1:] if token.kind == "number" and token.text.isdigit()]
    if len(numbers) > (2 if issubclass(made, sa.Numeric) else 1):
        return None
    given: dict[str, Any] = {"collation": collation} if collation and issubclass(made, sa.String) else {}
    return made(*numbers, **given)
