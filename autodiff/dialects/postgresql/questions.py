"""What the server is asked about the models: the smallest pieces of DDL, each asked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autodiff.dialects.postgresql.words import identifier, names_in

Columns = tuple[tuple[str, str], ...]
"""Columns that an expression may name: name and type."""

# Words of SQL that mean the same everywhere: text made of these, of columns, literals and operators names no
# function and no type, so that it cannot mean something else under another search path.
PLAIN_WORDS = frozenset({"and", "or", "not", "is", "null", "true", "false", "between", "distinct", "from"})


class Value(NamedTuple):
    """A column: how are its type and its default printed?"""

    type: str
    default: str | None


class Check(NamedTuple):
    """A condition over columns of a table.

    :param own: the table's name, where the text may name the table itself.
    """

    text: str
    columns: Columns
    own: str | None = None


class Generated(NamedTuple):
    """The expression of a generated column."""

    text: str
    type: str
    columns: Columns
    own: str | None = None


class Keys(NamedTuple):
    """An index, from its method or its keys on (``USING gin (doc) WHERE …``)."""

    text: str
    columns: Columns
    own: str | None = None


class Whole(NamedTuple):
    """Something that needs a table of its own: an EXCLUDE constraint, a partition key.

    :param inside: a clause between the brackets.
    :param behind: a clause behind them.
    """

    inside: str
    behind: str
    columns: Columns


Question = Value | Check | Generated | Keys | Whole
Expression = (Check, Generated, Keys)


def used(text: str, columns: Mapping[str, str]) -> Columns:
    """The columns, by name, that a text may name (more than it does is no harm)."""
    return tuple((name, columns[name]) for name in sorted(names_in(text) & columns.keys()))


def own_name(text: str, table: str, columns: Iterable[str]) -> str | None:
    """The table's name if the text may mean the table by it: a row of it, or a column with its table's name."""
    names = names_in(text)
    if table not in names:
        return None
    spellings = (f"{table}.", f"{identifier(table)}.")
    return table if table not in columns or any(spelling in text for spelling in spellings) else None


def is_plain(text: str, columns: Iterable[str]) -> bool:
    """Does the text name nothing but columns?"""
    return "::" not in text and names_in(text) <= {*columns, *PLAIN_WORDS}
