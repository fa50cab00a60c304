"""The names that the server gives to what has none.

As `makeObjectName` and `ChooseConstraintName` do (src/backend/commands/indexcmds.c, catalog/pg_constraint.c): table,
columns and a word, shortened to 63 bytes, with a number behind it while the name is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autodiff.dialects.postgresql.words import LONGEST, bracketed, split_list, tokens, unquoted
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ExcludeState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    UniqueState,
)
from autodiff.state import Key, Snapshot, State


def object_name(table: str, columns: str | None, word: str) -> str:
    """Table and columns are shortened in turn, the longer one first."""
    first, second = table.encode(), (columns or "").encode()
    room = LONGEST - len(word) - 1 - (1 if columns else 0)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = [first.decode(errors="ignore"), *([second.decode(errors="ignore")] if columns else []), word]
    return "_".join(parts)


def own_name(domain: str, name: str | None) -> str | None:
    """The name of a domain's NOT NULL (PostgreSQL 17); None for the one that the server gives."""
    return None if name == object_name(domain, None, "not_null") else name


def columns_in(state: CheckState, snapshot: Snapshot) -> list[str]:
    """The columns that a condition names."""
    names = {str(column.key.name) for column in snapshot.parts_of(state.key.of_table, ColumnState)}
    text = state.condition.canonical or state.condition.text
    words = (token[1:-1].replace('""', '"') if token.startswith('"') else token for token in tokens(text))
    return list(dict.fromkeys(word for word in words if word in names))


def parts_of_name(state: State, snapshot: Snapshot) -> tuple[Sequence[str], str] | None:
    """The columns and the word in the name of a constraint or index without one."""
    if isinstance(state, PrimaryKeyState):
        return (), "pkey"
    if isinstance(state, UniqueState):
        return state.columns, "key"
    if isinstance(state, ForeignKeyState):
        return state.columns, "fkey"
    if isinstance(state, CheckState):
        columns = columns_in(state, snapshot)
        return (columns if len(columns) == 1 else ()), "check"
    if isinstance(state, IndexState):
        return [element.text.strip('"') for element in state.elements], "idx"
    if isinstance(state, ExcludeState):
        return list(element_names(state)), "excl"
    return None


def element_names(state: ExcludeState) -> Iterator[str]:
    """What the elements of an EXCLUDE constraint are called in its name: a function by its own, another expression `expr`."""
    text = state.definition.canonical or state.definition.text
    keys = bracketed(text[text.index("(") :])[0]
    names = {str(key.name) for key in state.depends_on if key.kind == "column"}
    for key in split_list(keys):
        element = unquoted(key.rpartition(" WITH ")[0])
        function = re.match(r"(\w+)\(", element)
        yield (
            element
            if element in names
            else function[1] if function else next((name for name in names if element.startswith(f"{name} ")), "expr")
        )


def automatic_names(snapshot: Snapshot) -> dict[Key, str]:
    """Names for all of a snapshot's constraints and indexes that have none."""
    taken = {(state.key.schema, name) for state in snapshot.objects.values() if (name := name_of(state))}
    names: dict[Key, str] = {}
    for state in snapshot.objects.values():
        parts = parts_of_name(state, snapshot) if name_of(state) is None else None
        if parts is None:
            continue
        for word in numbered(parts[1]):
            name = object_name(str(state.key.table), "_".join(parts[0]) or None, word)
            if (state.key.schema, name) not in taken:
                names[state.key] = name
                taken.add((state.key.schema, name))
                break
    return names


def name_of(state: State) -> str | None:
    if isinstance(state, PrimaryKeyState):
        return state.name
    name = state.key.name or state.key.table
    return None if name is None or name.startswith("~") else name


def numbered(word: str) -> Iterator[str]:
    yield word
    number = 1
    while True:
        yield f"{word}{number}"
        number += 1
