"""The indexes that InnoDB makes on its own, to back foreign keys.

A foreign key needs an index that starts with its columns. Where there is none, the server makes one, named as the
foreign key, or after the first column where that has no name; it stays when the foreign key is dropped. Such an index
is no difference as long as the foreign key that it backs is on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autodiff.dialects.mysql.lexer import quoted
from autodiff.dialects.mysql.show_create import Index, Part, TableText
from autodiff.dialects.mysql.states import covers, is_of_column
from autodiff.kinds import ForeignKeyState, IndexState
from autodiff.state import Key, Snapshot


def backing_indexes(text: TableText) -> list[Index]:
    """The indexes of a printed table that back a foreign key and look as if the server had made them."""
    names: dict[tuple[str, ...], list[str]] = {}
    for foreign_key in text.foreign_keys:
        names.setdefault(foreign_key.columns, []).append(foreign_key.name)
    return [
        index
        for index in text.indexes
        if index.family == ""
        and index.columns in names
        and index.plain
        and any(is_automatic(index.name, name, index.columns[0]) for name in names[index.columns])
        and not any(covers(other, index.columns) for other in all_keys(text) if other is not index)
    ]


def is_automatic(name: str, foreign_key: str, first: str) -> bool:
    """Is it a name that the server gives to the index of a foreign key?

    :param first: the first column of the foreign key.
    """
    return name == foreign_key or is_of_column(name, first)


def companions(snapshot: Snapshot, tables: Iterable[Key]) -> Iterator[tuple[Key, Key]]:
    """Indexes of some tables that the server makes for foreign keys, each with the first foreign key that it may be of."""
    for table in tables:
        foreign_keys = snapshot.parts_of(table, ForeignKeyState)
        for index in snapshot.parts_of(table, IndexState):
            found = (state for state in foreign_keys if _made_for(index, state))
            yield from ((index.key, foreign_key.key) for foreign_key in list(found)[:1])


def _made_for(index: IndexState, foreign_key: ForeignKeyState) -> bool:
    if index.unique or index.options or index.comment is not None:
        return False
    name = "" if foreign_key.unnamed else str(foreign_key.key.name)
    pairs = zip(index.elements, foreign_key.columns, strict=False)
    return (
        len(index.elements) == len(foreign_key.columns)
        and all(element.text in (column, quoted(column)) for element, column in pairs)
        and is_automatic(str(index.key.name), name, foreign_key.columns[0])
    )


def all_keys(text: TableText) -> Iterable[Index]:
    return text.indexes if text.primary_key is None else (text.primary_key, *text.indexes)


def without_index(text: TableText) -> set[tuple[str, ...]]:
    """The columns of foreign keys without an index: MariaDB lets a later FULLTEXT index take the place of the one it made."""
    columns = {foreign_key.columns for foreign_key in text.foreign_keys}
    return {each for each in columns if not any(covers(index, each) for index in all_keys(text))}


def implied_indexes(
    text: TableText, foreign_keys: Sequence[tuple[str | None, tuple[str, ...]]], stay: Sequence[Index] = ()
) -> list[Index]:
    """The indexes that the server will make for foreign keys that are added to a table without any.

    Of foreign keys over the same columns, the index of the last one is left. (Measured on MariaDB 10.11.)

    :param foreign_keys: name (None where the server gives it) and columns, in the order in which they are made.
    :param stay: indexes behind foreign keys that are there already, whose names nobody else can take.
    """
    longer = {columns[:end] for _, columns in foreign_keys for end in range(1, len(columns))}
    backed = {columns for _, columns in foreign_keys if any(covers(index, columns) for index in all_keys(text))}
    alone = [(name, columns) for name, columns in foreign_keys if columns not in longer | backed]
    taken = {index.name.lower() for index in (*text.indexes, *stay)} | {name.lower() for name, _ in alone if name}
    made: dict[tuple[str, ...], Index] = {}
    for name, columns in alone:
        replaced = made.pop(columns, None)
        if replaced is not None:
            taken.discard(replaced.name.lower())
        chosen = name or free_name(columns[0], taken)
        taken.add(chosen.lower())
        made[columns] = Index(chosen, "", tuple(Part(column, quoted(column)) for column in columns))
    return list(made.values())


def free_name(column: str, taken: set[str]) -> str:
    """The name that the server gives to a key over this column; `taken` is in lower case."""
    name, number = column, 1
    while name.lower() in taken or name.lower() == "primary":
        number += 1
        name = f"{column}_{number}"
    return name
