"""An index's printed definition, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.postgresql.catalog import Index
from autodiff.dialects.postgresql.words import bracketed, split_list, tokens, unquoted
from autodiff.state.state import Options

WORD = re.compile(r'[a-z_][\w$]*|"(?:[^"]|"")+"')


@dataclass(frozen=True)
class IndexParts:
    """:param elements: the keys, each as the server prints it with collation, operator class and direction.
    :param where: the predicate.
    :param options: everything else, by SQLAlchemy's keywords.
    """

    elements: tuple[str, ...]
    where: str | None = None
    options: Options = ()


def index_parts(row: Index, columns: tuple[str, ...], preparer: IdentifierPreparer) -> IndexParts:
    """:param columns: names of the columns in the index, included ones last."""
    method_and_keys = after_using(row.definition)
    plain = ", ".join(columns)
    if method_and_keys == f"btree ({plain})" and not row.options:
        return IndexParts(tuple(map(preparer.quote, columns)), options=storage(row))
    return parsed(method_and_keys, row, preparer)


def after_using(definition: str) -> str:
    """What follows ``USING``; a name may hold that word, but only in quotes."""
    if definition.count(" USING ") == 1:
        return definition.partition(" USING ")[2]
    length = 0
    for token in tokens(definition):
        length += len(token)
        if token == "USING":
            return definition[length:].lstrip()
    raise ValueError(f"no USING in {definition!r}")


def parsed(text: str, row: Index, preparer: IdentifierPreparer) -> IndexParts:
    method, _, rest = text.partition(" ")
    keys, rest = bracketed(rest)
    options = [] if method == "btree" else [("postgresql_using", method)]
    if rest.startswith(" INCLUDE ("):
        included, rest = bracketed(rest[len(" INCLUDE ") :])
        options.append(("postgresql_include", ", ".join(unquoted(name) for name in split_list(included))))
    if rest.startswith(" NULLS NOT DISTINCT"):
        options.append(("postgresql_nulls_not_distinct", "True"))
        rest = rest[len(" NULLS NOT DISTINCT") :]
    if rest.startswith(" WITH ("):
        _, rest = bracketed(rest[len(" WITH ") :])
    if rest.startswith(" TABLESPACE "):
        rest = rest[len(" TABLESPACE ") :].partition(" ")[2]
        rest = " " + rest if rest else ""
    where = rest[len(" WHERE ") :] if rest.startswith(" WHERE ") else None
    elements = tuple(_element(key, preparer) for key in split_list(keys))
    return IndexParts(elements, where, tuple(sorted([*options, *storage(row)])))


def _element(printed: str, preparer: IdentifierPreparer) -> str:
    """A key; a bare column is quoted as SQLAlchemy quotes it, whatever the server thinks of the word."""
    return preparer.quote(unquoted(printed)) if WORD.fullmatch(printed) else printed


def storage(row: Index) -> Options:
    pairs = [
        (f"postgresql_with.{name}", value) for name, _, value in (option.partition("=") for option in row.options or ())
    ]
    if row.tablespace is not None:
        pairs.append(("postgresql_tablespace", row.tablespace))
    return tuple(pairs)
