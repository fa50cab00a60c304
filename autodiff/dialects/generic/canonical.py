"""Own rules for one form: names, plain types and literals for certain; expressions only where their words agree."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from autodiff.kinds import CheckState, ColumnState, IndexState, PrimaryKeyState
from autodiff.state import Comparison, Key, NotCompared, Snapshot, Sql, State

_TOKEN = re.compile(r"'(?:[^']|'')*'|[\w.$#]+|[^\s\w]")


def compared(database: Snapshot, models: Snapshot) -> Comparison:
    """Both sides in one form; where the words of two expressions differ, they are set equal and reported."""
    before = {key: formed(state) for key, state in database.objects.items()}
    after: dict[Key, State] = {}
    unsure: list[NotCompared] = []
    for key, state in models.objects.items():
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
    fields = [name for name in ("condition", "default", "elements", "where") if _differ(state, other, name)]
    if isinstance(state, (CheckState, IndexState, ColumnState)) and fields:
        why = "this database cannot be asked whether the two expressions mean the same"
        unsure.append(NotCompared(f"{', '.join(fields)} of {state.key.kind} {state.key.label}", why, state.key))
        return replace(state, **{name: getattr(other, name) for name in fields})
    return state


def _differ(state: State, other: State, name: str) -> bool:
    one, two = getattr(state, name, None), getattr(other, name, None)
    return one is not None and two is not None and one != two and type(one) is type(two)
