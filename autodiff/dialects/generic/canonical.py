"""Own rules for one form: names, plain types and literals for certain; expressions only where their words agree."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Column
from sqlalchemy.types import NullType

from autodiff.ddl.comparison import Comparing
from autodiff.kinds import (
    CheckState,
    ColumnState,
    IdentityValue,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    kinds,
)
from autodiff.kinds.column import ComputedValue
from autodiff.state import Comparison, Key, NotCompared, Snapshot, Sql, State

_NAME = re.compile(r"[\w$#]+")
_LITERAL = re.compile(r"'((?:[^']|'')*)'|(-? ?[\d.]+)")
_NOT_READ = "SQLAlchemy's dialect does not read what the database has of these"
_CONSTRAINT = ("comment", "options", "deferrable", "initially_deferred")
#: What our reader learns nothing about from the `Inspector`, by kind.
_UNREAD: dict[str, tuple[str, ...]] = {
    "column": ("options",),
    "primary_key": _CONSTRAINT,
    "unique": _CONSTRAINT,
    "check": _CONSTRAINT,
    "index": ("comment", "options", "where", "valid"),
    "foreign_key": ("comment", "options", "match"),
    "sequence": tuple(field.name for field in fields(SequenceState) if field.compare and field.name != "key"),
}
_TOKEN = re.compile(r"'(?:[^']|'')*'|[\w.$#]+|[^\s\w]")


def compared(
    database: Snapshot, models: Snapshot, untold: Collection[str] = (), impl: Comparing | None = None
) -> Comparison:
    """Both sides in one form; where the words of two expressions differ, they are set equal and reported.

    :param untold: kinds that the dialect does not read (and "comment", "table comment"): in tables that are there already,
        nothing can be said of them.
    :param impl: the dialect's words, which know what means the same.
    """
    before = {key: formed(state) for key, state in database.objects.items() if is_compared(key, models)}
    after: dict[Key, State] = {}
    unsure: list[NotCompared] = []
    for key in list(perhaps_constraints(before, models, untold)):
        why = f"the dialect {models.server.dialect} does not read unique constraints, and it may be the index of one"
        unsure.append(NotCompared(f"index {key.label}", why, key))
        del before[key]
    for key, state in models.objects.items():
        if key.kind in untold and (key.table is None or key.of_table in before):
            why = f"the dialect {models.server.dialect} does not read what a database has of these"
            unsure.append(NotCompared(f"{kinds[key.kind].word} {key.label}", why, key))
        else:
            after[key] = reconciled(as_read(formed(state), before.get(key), untold, unsure), before.get(key), unsure)
    if impl is not None:
        after |= {state.key: state for state in as_the_dialect_says(before, after, impl, unsure)}
    return Comparison(
        Snapshot(before, database.server, canonical=True),
        Snapshot(after, models.server, canonical=True),
        tuple(unsure),
        "rules of our own (the database is not one that autodiff knows how to ask)",
    )


def is_compared(key: Key, models: Snapshot) -> bool:
    """Of a sequence nobody says what it is for: it may count a column, so that one which the models lack stays."""
    return key.kind != "sequence" or key in models.objects


def perhaps_constraints(database: Mapping[Key, State], models: Snapshot, untold: Collection[str]) -> Iterator[Key]:
    """Unique indexes that the models do not have: where unique constraints are not read, they come as their indexes."""
    if "unique" not in untold:
        return
    for key, state in database.items():
        if isinstance(state, IndexState) and state.unique and key not in models.objects and models.get(key.of_table):
            yield key


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


def as_read(state: State, other: State | None, untold: Collection[str], unsure: list[NotCompared]) -> State:
    """The state with what the database has where the dialect reads nothing of the kind; told where the models ask for more."""
    if other is None:
        return state
    values = {name: getattr(other, name) for name in _UNREAD.get(state.key.kind, ())}
    if state.key.kind in ("table", "column") and {"comment", f"{state.key.kind} comment"} & set(untold):
        values["comment"] = getattr(other, "comment", None)
    lost = [name for name, value in values.items() if getattr(state, name) not in (None, value, False, ())]
    if isinstance(state, TableState) and isinstance(other, TableState):
        read, said = dict(other.options), dict(state.options)
        lost += ["options"] if said.keys() - read.keys() else []
        # What the models leave unsaid the server has chosen: MySQL's engine, character set, collation.
        values["options"] = tuple((name, said.get(name, value)) for name, value in other.options)
    if lost:
        unsure.append(NotCompared(f"{', '.join(lost)} of {state.key.kind} {state.key.label}", _NOT_READ, state.key))
    return state.but(**values)


def as_the_dialect_says(
    before: Mapping[Key, State], after: Mapping[Key, State], impl: Comparing, unsure: list[NotCompared]
) -> Iterator[State]:
    """The columns of the models of which the dialect knows that they mean what the database has."""
    for key, state in after.items():
        other = before.get(key)
        if not isinstance(state, ColumnState) or not isinstance(other, ColumnState):
            continue
        found = state
        if state.default is None and other.autoincrement and counts(state.source):
            found = replace(found, default=other.default)  # nextval('t_id_seq'), unique_rowid() …
        if state.identity is not None and other.identity is not None:
            found = replace(found, identity=as_told(state.identity, other.identity, impl.identity_attrs_ignore))
        if state.computed is not None and other.computed is not None:
            found = replace(found, computed=stored_as_told(state.computed, other, unsure))
        if (state.type, state.collation) != (other.type, other.collation) and not types_differ(
            state, other, impl, unsure
        ):
            found = replace(found, type=other.type, collation=other.collation)
        yield found


def counts(column: Column[Any]) -> bool:
    return column.table is not None and column is column.table._autoincrement_column


def types_differ(state: ColumnState, other: ColumnState, impl: Comparing, unsure: list[NotCompared]) -> bool:
    if isinstance(other.source, NullType):
        why = "SQLAlchemy does not know the type that the database has"
        unsure.append(NotCompared(f"type of column {state.key.label}", why, state.key))
        return False
    return impl.compare_type(Column(state.key.name, other.source), state.source)


def as_told(identity: IdentityValue, found: IdentityValue, ignored: Collection[str]) -> IdentityValue:
    """The identity with what the database says where the models say nothing, or where it cannot be relied on."""
    names = [name for name, value in vars(identity).items() if value is None or name in ignored]
    return replace(identity, **{name: getattr(found, name) for name in names})


def stored_as_told(computed: ComputedValue, other: ColumnState, unsure: list[NotCompared]) -> ComputedValue:
    """The generated value as the database has it, but for STORED or VIRTUAL where both sides say which."""
    assert other.computed is not None
    if computed.expression != other.computed.expression:
        why = "this database cannot be asked whether the two expressions mean the same"
        unsure.append(NotCompared(f"expression of column {other.key.label}", why, other.key))
    both = computed.stored is not None and other.computed.stored is not None
    return computed if both and computed.stored != other.computed.stored else other.computed


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
    verdicts = {name: _verdict(state, other, name) for name in ("condition", "default", "elements")}
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
