"""Which foreign keys use a column, and which keys can back a foreign key, said of states."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.dialects.mysql.lexer import name_of
from autodiff.kinds import ColumnState, ForeignKeyState, IndexState, PrimaryKeyState, UniqueState
from autodiff.state import Key, Snapshot

Keys = IndexState | UniqueState | PrimaryKeyState


def foreign_keys_on(column: ColumnState, snapshot: Snapshot) -> Iterator[ForeignKeyState]:
    """Foreign keys from or to a column."""
    yield from (fk for fk in foreign_keys_at(column.key.of_table, snapshot) if is_on(fk, column.key))


def is_on(foreign_key: ForeignKeyState, column: Key) -> bool:
    """Is it a foreign key from or to this column?"""
    own = foreign_key.key.of_table == column.of_table and column.name in foreign_key.columns
    return own or (foreign_key.referred == column.of_table and column.name in foreign_key.referred_columns)


def foreign_keys_at(table: Key, snapshot: Snapshot) -> Iterator[ForeignKeyState]:
    """Foreign keys from or to a table."""
    yield from snapshot.parts_of(table, ForeignKeyState)
    yield from (fk for fk in snapshot.referring(table, ForeignKeyState) if fk.key.of_table != table)


def leads(key: Keys, columns: tuple[str, ...]) -> bool:
    """Does the key start with these columns, so that a foreign key can stand on it?"""
    return key_columns(key)[: len(columns)] == columns


def key_columns(key: Keys) -> tuple[str, ...]:
    """The columns of a key, up to the first part that is no whole column."""
    if isinstance(key, (UniqueState, PrimaryKeyState)):
        return key.columns
    names: list[str] = []
    for element in key.elements:
        text = element.text.removesuffix(" DESC")
        if "(" in text and not text.startswith("`"):
            break
        names.append(name_of(text) if text.startswith("`") else text)
    return tuple(names) if not {"mysql_prefix"} & {name for name, _ in key.options} else ()
