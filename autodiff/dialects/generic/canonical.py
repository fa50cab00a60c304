"""Own rules for one form: names, plain types and literals for certain; expressions only where their words agree."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from autodiff.kinds import CheckState, ColumnState, IndexState, PrimaryKeyState, kinds
from autodiff.state import Comparison, Key, NotCompared, Snapshot, Sql, State

_NAME = re.compile(r"[\w$#]+")
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(-? ?[\d.]+)")
_TOKEN = re.compile(r"'(?:[^']|'')*'|[\w.$#]+|[^\s\w]")


def compared(database: Snapshot, models: Snapshot, untold: Collection[str] = ()) -> Comparison:
    """Both sides in one form; where the words of two expressions differ, they are set equal and reported.

    :param untold: kinds that the dialect does not read: in tables that are there already, nothing can be said of them.
    """
    before = {key: formed(state) for key, state in database.objects.items()}
    after: dict[Key, State] = {}
    unsure: list[NotCompared] = []
    for key, state in models.objects.items():
        if key.kind in untold and key.of_table in before:
            why = f"the dialect {models.server.dialect} does not read what a database has of these"
            unsure.append(NotCompared(f"{kinds[key.kind].word} {key.label}", why, key))
        else:
            after[key] = reconciled(formed(state), before.get(key), unsure)
    return Comparison(
        Snapshot(before, database.server, canonical=True),
        Snapshot(after, models.server, canonical=True),
        tuple(unsure),
        "rules of our own (the database is not one that autodiff knows how to ask)",
    )


def formed(state: State) -> State:
    """The state with every piece of SQL in the form of our rules."""
    changed = {name: _formed(value) for name, value in vars(state).items() if _holds_sql(value)}
    if isinstance(state, ColumnState):
        changed["type"] = Sql(state.type.text, " ".join(state.type.text.upper().split()))
    return replace(state, **changed)


def _holds_sql(value: Any) -> bool:
    return isinstance(value, Sql) or (isinstance(value, tuple) and bool(value) and isinstance(value[0], Sql))


def _formed(value: Any) -> Any:
    return tuple(map(_formed, value)) if isinstance(value, tuple) else Sql(value.text, words(value.text))


def words(sql: str) -> str:
    """Tokens apart by one blank, outer parentheses and identifier quotes gone, letters outside of literals small."""
    tokens = [t if t.startswith("'") else t.lower() for t in _TOKEN.findall(sql) if t not in '"`[]']
    while len(tokens) > 1 and tokens[0] == "(" and tokens[-1] == ")" and _wraps(tokens):
        tokens = tokens[1:-1]
    return " ".join(tokens)


def _wraps(tokens: list[str]) -> bool:
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return number == len(tokens) - 1
    return False


def reconciled(state: State, other: State | None, unsure: list[NotCompared]) -> State:
    """A model state whose unproved differences from the database's are set equal, and told."""
    if other is None:
        return state
    if isinstance(state, PrimaryKeyState) and isinstance(other, PrimaryKeyState):
        return replace(state, name=other.name if state.unnamed else state.name)
    if isinstance(state, ColumnState) and isinstance(other, ColumnState):
        state = replace(state, autoincrement=other.autoincrement)  # few dialects tell
    if not isinstance(state, (CheckState, IndexState, ColumnState)):
        return state
    verdicts = {name: _verdict(state, other, name) for name in ("condition", "default", "elements", "where")}
    alike = [name for name, verdict in verdicts.items() if verdict in ("alike", "unsure")]
    unclear = [name for name in alike if verdicts[name] == "unsure"]
    if unclear:
        why = "this database cannot be asked whether the two expressions mean the same"
        unsure.append(NotCompared(f"{', '.join(unclear)} of {state.key.kind} {state.key.label}", why, state.key))
    return replace(state, **{name: getattr(other, name) for name in alike}) if alike else state


def _verdict(state: State, other: State, name: str) -> str:
    """Whether a field is the same on both sides, is another, means the same, or is written so that it may."""
    one, two = getattr(state, name, None), getattr(other, name, None)
    if one == two:
        return "same"
    if one is None or two is None or type(one) is not type(two):
        return "other"
    if name == "elements":
        return "other" if _plain_names(one, two) else "unsure"
    values = [_literal(sql) for sql in (one, two)]
    if None in values:
        return "unsure"
    return "alike" if values[0] == values[1] else "other"


def _plain_names(one: tuple[Sql, ...], two: tuple[Sql, ...]) -> bool:
    """Whether two lists of an index's keys differ in columns, and not in how an expression is written."""
    left, right = ({element.canonical for element in elements} for elements in (one, two))
    return all(_NAME.fullmatch(word or "") for word in left ^ right)


def _literal(sql: Sql) -> str | None:
    """What a number or a string says; quotes around a number mean nothing."""
    found = _LITERAL.fullmatch(sql.canonical or "")
    return (found[1] if found[1] is not None else found[2].replace(" ", "")) if found else None
