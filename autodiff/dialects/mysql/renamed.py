"""What the server does to a renamed table besides: its own names follow, and its indexes behind foreign keys stay its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autodiff.dialects.mysql.backing import free_name
from autodiff.dialects.mysql.canonical import index_of
from autodiff.dialects.mysql.keys import Keys, leads
from autodiff.dialects.mysql.lexer import DOUBLE, NAME, STRING, name_of, quoted
from autodiff.dialects.mysql.read import Reading
from autodiff.dialects.mysql.show_create import Index, Part
from autodiff.dialects.mysql.states import is_of_column
from autodiff.kinds import CheckState, ForeignKeyState, IndexState
from autodiff.state import Comparison, Key, Snapshot, State


def renamed(reading: Reading, comparison: Comparison, keys: Mapping[Key, Key]) -> Comparison:
    """Both sides as they are after RENAME TABLE.

    The comparison took the table's foreign keys for ones that go with it, and the indexes behind them with them; those
    of the new table for ones that come with it.

    :param comparison: its `before` has the new names of its tables and columns already.
    :param keys: the new keys of renamed tables and columns, by the old ones.
    """
    before, after = dict(comparison.before.objects), dict(comparison.after.objects)
    for old, new in keys.items():
        if old.kind != "table" or old not in reading.texts:
            continue
        columns = {str(o.name): str(n.name) for o, n in keys.items() if n.kind == "column" and n.of_table == new}
        there = [in_columns(index, columns) for index in reading.backing[old]]
        wanted = made_for(new, comparison.after)
        rename_parts(before, there, old, new)
        stay = [index for index in there if may_stay(index, wanted, new, before, after)]
        reading.texts[new], reading.raw[new], reading.backing[new] = reading.texts[old], reading.raw[old], stay
        gone = (reading.printed.index(new, index) for index in there if index not in stay)
        before.update({state.key: state for state in gone})
        backed = {index.columns for index in stay}
        come = (reading.printed.index(new, index) for index in wanted.values() if index.columns not in backed)
        after.update({state.key: replace(state, source=index_of(after[new].source, state)) for state in come})
    return replace(
        comparison,
        before=Snapshot.of(before.values(), comparison.before.server, canonical=comparison.before.canonical),
        after=Snapshot.of(after.values(), comparison.after.server, canonical=comparison.after.canonical),
    )


def rename_parts(states: dict[Key, State], behind: Sequence[Index], old: Key, new: Key) -> None:
    """Give the parts of a renamed table the names that they have then, and leave the indexes behind foreign keys out."""
    names = {index.name for index in behind}
    for key in [key for key in states if key.of_table == new and key.name is not None]:
        state = states.pop(key)
        if not isinstance(state, IndexState) or key.name not in names:
            state = named_after(state, str(old.table), str(new.table))
            states[state.key] = state


def in_columns(index: Index, renamed: Mapping[str, str]) -> Index:
    """A plain index over columns that have other names now."""
    names = (renamed.get(column, column) for column in index.columns)
    return replace(index, parts=tuple(Part(name, quoted(name)) for name in names))


def named_after(state: State, old: str, new: str) -> State:
    """``t_ibfk_1`` and ``t_chk_1`` take the table's new name."""
    name = str(state.key.name)
    for kind, start in ((ForeignKeyState, f"{old}_ibfk_"), (CheckState, f"{old}_chk_")):
        if isinstance(state, kind) and name.startswith(start) and name[len(start) :].isdecimal():
            changed: Any = replace(state, key=state.key._replace(name=new + name[len(old) :]))
            return changed  # type: ignore[no-any-return]
    return state


def made_for(table: Key, models: Snapshot) -> dict[tuple[str, ...], Index]:
    """The indexes that the server makes for the models' foreign keys, by columns."""
    keys = [part for part in models.parts(table) if isinstance(part, Keys)]
    taken = {str(key.key.name).lower() for key in keys}
    made: dict[tuple[str, ...], Index] = {}
    for foreign_key in models.parts_of(table, ForeignKeyState):
        columns = foreign_key.columns
        if columns in made or any(leads(key, columns) for key in keys):
            continue
        name = free_name(columns[0], taken) if foreign_key.unnamed else str(foreign_key.key.name)
        taken.add(name.lower())
        made[columns] = Index(name, "", tuple(Part(column, quoted(column)) for column in columns))
    return made


def may_stay(
    index: Index,
    wanted: Mapping[tuple[str, ...], Index],
    table: Key,
    before: Mapping[Key, State],
    after: Mapping[Key, State],
) -> bool:
    """Is the index behind the models' foreign key too? One that is added anew sees to its index itself."""
    if index.columns not in wanted:
        return False
    name, first = wanted[index.columns].name, index.columns[0]
    if name == index.name or (is_of_column(name, first) and is_of_column(index.name, first)):
        return True
    foreign_keys = [s for s in after.values() if isinstance(s, ForeignKeyState) and s.key.of_table == table]
    mine = [s for s in foreign_keys if s.columns == index.columns]
    return not any(like(state, before) for state in mine)


def like(state: ForeignKeyState, before: Mapping[Key, State]) -> bool:
    """Does the database have that foreign key?"""
    found = before.get(state.key)
    others = (s for s in before.values() if isinstance(s, ForeignKeyState) and s.key.of_table == state.key.of_table)
    candidates = others if state.unnamed else (s for s in (found,) if isinstance(s, ForeignKeyState))
    return any(replace(s, key=state.key, unnamed=state.unnamed, called=state.called) == state for s in candidates)


_TOKEN = re.compile(rf"{NAME}|{STRING}|{DOUBLE}|.", re.S)


def reworded(text: str, names: Mapping[str, str], quote: Callable[[str], str], *, is_key: bool) -> str:
    """A printed expression, or a key of an index (``a``, ``a(5) DESC``), with the new names of its columns.

    :param quote: quotes the name of a key, which is not always quoted; in expressions all names are.
    """
    if is_key and not text.startswith("("):
        for old, new in names.items():
            for spelled in (quote(old), quoted(old)):
                if text.startswith(spelled) and text[len(spelled) :][:1] in ("", " ", "("):
                    return quote(new) + text[len(spelled) :]
        return text
    pieces = (match[0] for match in _TOKEN.finditer(text))
    return "".join(
        quoted(names[name_of(piece)]) if piece.startswith("`") and name_of(piece) in names else piece
        for piece in pieces
    )
