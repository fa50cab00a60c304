"""A table's KEY_BLOCK_SIZE and its keys, which keep what was the table's when they were made."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from autodiff.dialects.mysql.lexer import literal, quoted
from autodiff.dialects.mysql.session import Settings, reading, rows
from autodiff.dialects.mysql.show_create import OF_PERIOD, Definitions, Index, key_parts

_OWN = "mysql_index_key_block_size"
_WORDS = {"mysql_using": "USING ", "mysql_with_parser": "WITH PARSER "}


def keys_made_anew(connection: Connection, table: str) -> list[str]:
    """The clauses of ALTER TABLE that let the keys follow the table; those with a size of their own stay.

    In one statement with the option no foreign key and no AUTO_INCREMENT misses its key (measured on MariaDB 10.11).

    :param table: the table's name, quoted, with its schema.
    """
    settings = Settings.of(connection)
    with reading(connection, settings):
        text = Definitions().table(rows(connection, f"SHOW CREATE TABLE {table}")[0][1])
    keys = [*([text.primary_key] if text.primary_key else []), *text.indexes]
    return [clause for key in keys if _OWN not in dict(key.options) for clause in _anew(key, key is text.primary_key)]


def _anew(key: Index, is_primary: bool) -> Iterator[str]:
    yield f"DROP {called(key, is_primary)}"
    yield added_key(key, is_primary)


def called(key: Index, is_primary: bool) -> str:
    return "PRIMARY KEY" if is_primary else f"KEY {quoted(key.name)}"


def added_key(key: Index, is_primary: bool) -> str:
    """The clause of ALTER TABLE that adds a key as it was printed."""
    name = called(key, is_primary)
    words = ["ADD", key.family, name, key_parts((part.text for part in key.parts), key.options)]
    words += [f"{_WORDS.get(option, '')}{value}" for option, value in key.options if option != OF_PERIOD]
    if key.comment is not None:
        words.append(f"COMMENT {literal(key.comment)}")
    return " ".join(word for word in words if word)
