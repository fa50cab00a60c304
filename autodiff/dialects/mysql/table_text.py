"""A table of the database as the statement that makes it again, where SQLAlchemy's words do not reach."""

from __future__ import annotations

import re

from autodiff.dialects.mysql.block_size import added_key
from autodiff.dialects.mysql.generated import parted
from autodiff.dialects.mysql.lexer import quoted
from autodiff.dialects.mysql.read import Reading
from autodiff.dialects.mysql.show_create import OF_PERIOD, Index, TableText
from autodiff.kinds import CheckState, PrimaryKeyState, UniqueState
from autodiff.state import Key

# The lengths of a primary key's parts, for which SQLAlchemy has no argument.
OF_PRIMARY_KEYS = "mysql_length"

_HEAD = re.compile(r"CREATE TABLE `(?:[^`]|``)*` ")
_COUNTER = re.compile(r"^(\) (?:/\*!\d+ .*?\*/ )*ENGINE=\w+)(.*?) AUTO_INCREMENT=\d+", re.M)


def table_sql(reading: Reading, key: Key) -> str | None:
    text = reading.texts.get(key)
    if text is None or not is_odd(text):
        return None
    printed = _COUNTER.sub(r"\1\2", reading.raw[key])
    if any("\ud800" <= character <= "\udfff" for character in printed):
        return None  # bytes that no script can hold
    if reading.printed.default_schema is not None:
        printed = printed.replace(f"{quoted(reading.printed.default_schema)}.", "")
    schema = "" if key.schema is None else f"{quoted(key.schema)}."
    return _HEAD.sub(lambda _: f"CREATE TABLE {schema}{quoted(str(key.table))} ", printed, count=1)


def constraint_sql(reading: Reading, state: PrimaryKeyState | UniqueState | CheckState) -> str | None:
    """The statement that adds a constraint of the database for which SQLAlchemy has no words."""
    text = reading.texts.get(state.key.of_table)
    if text is None or state.source is not None:
        return None
    added = check_added(text, state) if isinstance(state, CheckState) else key_added(text, state)
    schema = "" if state.key.schema is None else f"{quoted(state.key.schema)}."
    return None if added is None else f"ALTER TABLE {schema}{quoted(str(state.key.table))} {added}"


def check_added(text: TableText, state: CheckState) -> str | None:
    """A check that is not enforced (MySQL)."""
    found = (check for check in text.checks if check.name == state.key.name and not check.enforced)
    return next((f"ADD CONSTRAINT {quoted(str(c.name))} CHECK ({c.condition}) NOT ENFORCED" for c in found), None)


def key_added(text: TableText, state: PrimaryKeyState | UniqueState) -> str | None:
    """A key with a comment or with lengths."""
    is_primary = isinstance(state, PrimaryKeyState)
    key = text.primary_key if is_primary else next((i for i in text.indexes if i.name == state.key.name), None)
    if key is None or not is_beyond_words(key):
        return None
    return added_key(key, is_primary)


def is_beyond_words(key: Index) -> bool:
    """Has a primary key or a unique one a comment, lengths or a period?"""
    return key.comment is not None or OF_PERIOD in dict(key.options) or not all(part.plain for part in key.parts)


def is_odd(text: TableText) -> bool:
    """Has it what SQLAlchemy has no words for?

    A history, a period, a check that is not enforced, a primary key with more than columns, AUTO_INCREMENT elsewhere
    than first in that, or a generated column with words behind the expression.
    """
    key = text.primary_key
    generated = (column.definition for column in text.columns if column.definition.computed is not None)
    numbered = next((column.name for column in text.columns if column.definition.autoincrement), None)
    return (
        text.option("mysql_with") is not None
        or bool(text.other)
        or not all(check.enforced for check in text.checks)
        or (key is not None and is_beyond_words(key))
        or (numbered is not None and (key is None or key.columns[0] != numbered))
        or any(parted(definition.type)[1] for definition in generated)
    )
