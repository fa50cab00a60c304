"""Both snapshots in the server's form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

from sqlalchemy import Connection

from autodiff.dialects.postgresql.asking import Answers, Asking, Refused
from autodiff.dialects.postgresql.fold import fold, without_length
from autodiff.dialects.postgresql.indexes import index_parts
from autodiff.dialects.postgresql.inheritance import comes_from_above, inherit
from autodiff.dialects.postgresql.planned import planned_answers
from autodiff.dialects.postgresql.questions import Check, Generated, Keys, Question, used
from autodiff.dialects.postgresql.sending import ask
from autodiff.dialects.postgresql.shadows import Shadows
from autodiff.dialects.postgresql.wanted import Wanted, changed
from autodiff.dialects.postgresql.wanted_domains import base_type, by_print, settle, unasked
from autodiff.dialects.postgresql.words import as_printed, literal
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    DomainState,
    EnumState,
    IndexState,
    PrimaryKeyState,
    TableState,
    UniqueState,
    ViewState,
)
from autodiff.state import Comparison, Key, Server, Snapshot, Sql, State

States = dict[Key, State]


def compare(connection: Connection, wanted: Wanted, server: Server, elsewhere: Elsewhere | None = None) -> Comparison:
    """Asks the server: in the connection's own session, else in a scratch database, else its planner."""
    questions = list(wanted.questions())
    try:
        return asked(connection, wanted, server, questions, "temporary tables")
    except Refused:
        if elsewhere is None:
            return planned(connection, wanted, server)
    wanted.shadows = elsewhere.shadows
    return asked(elsewhere.connection, wanted, elsewhere.server, list(wanted.questions()), "a scratch database")


class Elsewhere(NamedTuple):
    """A throw-away database to ask instead, and the types that it lacks."""

    connection: Connection
    server: Server
    shadows: Shadows


def planned(connection: Connection, wanted: Wanted, server: Server) -> Comparison:
    """See `planned`; there is no second round, since both sides were printed the same way."""
    wanted.answers = planned_answers(connection, wanted, server.settings["search_path"])
    before = dict(wanted.database.objects)
    after = {state.key: state for state in wanted.states()}
    wanted.not_compared += unasked(before, after)
    wanted.casts.update(casts_between(connection, changed_types(before, after, wanted.default_schema)))
    return finished(before, after, wanted, "the planner (EXPLAIN), since the server makes no temporary tables here")


def asked(
    connection: Connection, wanted: Wanted, server: Server, questions: Iterable[Question], how: str
) -> Comparison:
    """See `asking`, `twins`, `shadows`."""
    with Asking(connection, server, wanted.shadows.create, wanted.shadows.rename) as asking:
        wanted.answers = asking.answers
        asking.ask(questions)
        before = dict(wanted.database.objects)
        after = {state.key: state for state in wanted.states()}
        wanted.not_compared += settle(asking, wanted.shadows, before, after)
        second = SecondRound(before, after, wanted)
        is_unchanged = not second.unequal and before.keys() == after.keys()
        if not is_unchanged:
            second.expressions(asking)
            second.defaults(asking)
            wanted.casts.update(casts_between(connection, changed_types(before, after, wanted.default_schema)))
    return finished(before, after, wanted, how, is_unchanged)


def finished(before: States, after: States, wanted: Wanted, how: str, is_unchanged: bool = False) -> Comparison:
    """:param is_unchanged: both sides are known to be equal, but for what children have from their parents."""
    keep_used_types(before, after, wanted.default_schema)
    after.update({key: state for key, state in before.items() if isinstance(state, ViewState)})
    merge_uniques(before, after)
    inherits = inherit(after, before, wanted.default_schema)
    leave_inherited(before, after, wanted)
    return Comparison(
        Snapshot(before, wanted.server, canonical=True),
        Snapshot(after, wanted.server, canonical=True),
        tuple(wanted.not_compared),
        how,
        is_unchanged and not inherits,
    )


def changed_types(before: States, after: States, default_schema: str) -> set[tuple[str, str]]:
    """Pairs of types, both ways, of the columns and domains whose type changes; of domains, what they stand on.

    A column that goes and one that comes may turn out to be one that is renamed.
    """
    unequal = set()
    for key, state in after.items():
        there = before.get(key) if key[0] in ("column", "domain") else None
        if not isinstance(state, (ColumnState, DomainState)) or not isinstance(there, (ColumnState, DomainState)):
            continue
        if state.type != there.type:  # (a domain whose base changes is a state of its own)
            unequal.add((str(there.type.canonical), str(state.type.canonical)))
    unequal |= set(product(types_of_lone(before, after), types_of_lone(after, before)))
    if not unequal:
        return set()
    stored, wanted = by_print(before.values(), default_schema), by_print(after.values(), default_schema)
    bare = (
        (
            without_length(base_type(old, stored)).removesuffix("[]"),
            without_length(base_type(new, wanted)).removesuffix("[]"),
        )
        for old, new in unequal
    )
    return {pair for old, new in bare if old != new for pair in ((old, new), (new, old))}


def types_of_lone(states: States, others: States) -> set[str]:
    """The types of the columns that only one side has."""
    lone = (states[key] for key in set(states).difference(others))
    return {str(state.type.canonical) for state in lone if isinstance(state, ColumnState)}


def casts_between(connection: Connection, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    """How pg_cast converts these types; nothing of a type that is still to be made."""
    if not pairs:
        return {}
    values = ", ".join(f"({literal(old)}, {literal(new)})" for old, new in sorted(pairs))
    rows = ask(
        connection,
        f"SELECT p.old, p.new, k.castcontext::text FROM (VALUES {values}) AS p (old, new)"
        " JOIN pg_catalog.pg_cast k ON k.castsource = to_regtype(p.old) AND k.casttarget = to_regtype(p.new)",
    )
    return {(old, new): context for old, new, context in rows}


class SecondRound:
    """What is unequal after one print is printed once more, both sides over the models' types.

    A print is not always a fixed point (`varchar IN (…)`, `a BETWEEN … AND …`), the second one is: of 232 conditions
    12 changed at the second print, none at the third.
    """

    def __init__(self, before: States, after: States, wanted: Wanted) -> None:
        self.before = before
        self.after = after
        self.wanted = wanted
        self.answers: Answers = wanted.answers
        self.unequal = [(before[key], state) for key, state in after.items() if before.get(key, state) != state]

    def types(self, table: Key) -> dict[str, str]:
        """The models' types as the server printed them, made-up names included."""
        types = {}
        for name, written in self.wanted.types.get(table, {}).items():
            value = self.wanted.values.get(Key("column", table.schema, table.table, name))
            row = self.answers.values.get(value) if value is not None else None
            types[name] = written if row is None else with_collation(row.type, row.collation)
        return types

    def expressions(self, asking: Asking) -> None:
        pairs = [*self._checks(), *self._computed(), *self._indexes()]
        if not pairs:
            return
        asked = [(side, state, self._question(state)) for side, state in pairs]
        asking.ask(question for _, _, question in asked)
        for side, state, question in asked:
            self._take(side, state, question)

    def _checks(self) -> Iterator[tuple[States, State]]:
        """Checks of a table that found no equal one, if there are such on both sides."""
        models = by_table(state for state in self.after.values() if isinstance(state, CheckState))
        stored = by_table(state for state in self.before.values() if isinstance(state, CheckState))
        for table in models.keys() & stored.keys():
            there, here = unmatched(stored[table], models[table])
            if there and here:
                yield from ((self.before, state) for state in there)
                yield from ((self.after, state) for state in here)

    def _computed(self) -> Iterator[tuple[States, State]]:
        for there, state in self.unequal:
            if not isinstance(state, ColumnState) or not isinstance(there, ColumnState):
                continue
            if state.computed and there.computed and state.computed.expression != there.computed.expression:
                yield self.before, there
                yield self.after, state

    def _indexes(self) -> Iterator[tuple[States, State]]:
        for there, state in self.unequal:
            if not isinstance(state, IndexState) or not isinstance(there, IndexState):
                continue
            if (state.elements, state.where) != (there.elements, there.where):
                yield self.before, there
                yield self.after, state

    def _question(self, state: State) -> Check | Generated | Keys:
        types = self.types(state.key.of_table)
        if isinstance(state, CheckState):
            text = self.wanted.shadows.unsettled(str(state.condition.canonical))
            return Check(text, used(text, types))
        if isinstance(state, ColumnState):
            assert state.computed is not None, "chosen for its expression"
            own = types.pop(str(state.key.name))
            text = self.wanted.shadows.unsettled(str(state.computed.expression.canonical))
            return Generated(text, own, used(text, types))
        assert isinstance(state, IndexState), "nothing else is asked twice"
        text = self.wanted.shadows.unsettled(index_text(state))
        return Keys(text, used(text, types))

    def _take(self, side: States, state: State, question: Check | Generated | Keys) -> None:
        settled = self.wanted.shadows.settled
        if isinstance(question, Keys):
            if question in self.answers.indexes:
                assert isinstance(state, IndexState), "only an index asks for keys"
                row = self.answers.indexes[question]
                parts = index_parts(row._replace(definition=settled(row.definition)), ("~",), self.wanted.ddl.preparer)
                elements = tuple(
                    element.as_printed(printed) for element, printed in zip(state.elements, parts.elements, strict=True)
                )
                where = state.where and parts.where and state.where.as_printed(parts.where)
                side[state.key] = changed(state, elements=elements, where=where or None)
            return
        printed = self.answers.texts.get(question)
        if printed is None:
            return
        printed = settled(printed)
        if isinstance(state, CheckState):
            side[state.key] = changed(state, condition=state.condition.as_printed(printed))
        elif isinstance(state, ColumnState) and state.computed is not None:
            computed = ComputedValue(state.computed.expression.as_printed(printed), state.computed.stored)
            side[state.key] = changed(state, computed=computed)

    def defaults(self, asking: Asking) -> None:
        """Defaults that differ in print only (the cast that a type change left in one) are folded by the planner."""
        pairs: list[tuple[Key, Sql, Sql, str]] = []
        for there, state in self.unequal:
            if not isinstance(state, (ColumnState, DomainState)) or not isinstance(there, (ColumnState, DomainState)):
                continue
            if state.default is None or there.default is None or state.default == there.default:
                continue
            if state.type == there.type and "autoincrement" not in there.differing(state):
                pairs.append((state.key, there.default, state.default, str(state.type.canonical)))
        if not pairs:
            return
        unsettled = self.wanted.shadows.unsettled
        folded = fold(
            asking.connection, [(unsettled(str(d.canonical)), unsettled(str(m.canonical)), t) for _, d, m, t in pairs]
        )
        for (key, stored, wanted, _), equal in zip(pairs, folded, strict=True):
            if equal:
                self.after[key] = changed(self.after[key], default=wanted.as_printed(str(stored.canonical)))


def by_table(checks: Iterable[CheckState]) -> dict[Key, list[CheckState]]:
    found: dict[Key, list[CheckState]] = {}
    for check in checks:
        found.setdefault(check.key.of_table, []).append(check)
    return found


def unmatched(there: list[CheckState], here: list[CheckState]) -> tuple[list[CheckState], list[CheckState]]:
    """The checks without an equal one: named ones by name first, unnamed ones by condition."""
    by_name = {state.key: state for state in there}
    left = []
    for state in (s for s in here if not s.unnamed):
        found = by_name.get(state.key)
        if found is not None and found.condition == state.condition:
            del by_name[state.key]
        else:
            left.append(state)
    for state in (s for s in here if s.unnamed):
        equal = next((key for key, found in by_name.items() if found.condition == state.condition), None)
        if equal is not None:
            del by_name[equal]
        else:
            left.append(state)
    return list(by_name.values()), left


def with_collation(type_: str, collation: str | None) -> str:
    if collation is None:
        return type_
    return f'{type_} COLLATE {collation if "." in collation else chr(34) + collation + chr(34)}'


def index_text(index: IndexState) -> str:
    """A printed index as it can be made again, from its method on."""
    options = dict(index.options)
    keys = ", ".join(str(element.canonical) for element in index.elements)
    where = f" WHERE {index.where.canonical}" if index.where is not None else ""
    return f"USING {options.get('postgresql_using', 'btree')} ({keys}){where}"


def merge_uniques(before: States, after: States) -> None:
    """Uniques that CREATE TABLE makes one of: two over the same columns, or one over the primary key's.

    The later of two goes away if the database has none for it (ALTER TABLE would have made both).
    """
    made: dict[tuple[Any, ...], int] = {}
    for state in before.values():
        if isinstance(state, UniqueState):
            made[definition(state)] = made.get(definition(state), 0) + 1
    primary = {definition(state) for state in after.values() if isinstance(state, PrimaryKeyState)}
    groups: dict[tuple[Any, ...], list[UniqueState]] = {}
    for state in after.values():
        if isinstance(state, UniqueState):
            groups.setdefault(definition(state), []).append(state)
    for meaning, states in groups.items():
        wanted = len(states) + (meaning in primary)
        if wanted < 2 or states[0].key.of_table not in before:
            continue
        there = made.get(meaning, 0)
        keep = max(there, 0 if meaning in primary else 1)
        named_there = [state for state in states if state.key in before]
        # CREATE TABLE gives the one that it makes the name that is given first.
        others = sorted((state for state in states if state.key not in before), key=lambda state: state.unnamed)
        for state in [*named_there, *others][keep:]:
            del after[state.key]


def definition(state: UniqueState | PrimaryKeyState) -> tuple[Any, ...]:
    """What makes two unique constraints of a table the same index to CREATE TABLE."""
    return (state.key.of_table, state.columns, state.deferrable, state.initially_deferred, state.options)


def keep_used_types(before: States, after: States, default_schema: str) -> None:
    """An enum or a domain that the models do not know, but whose name a column of theirs has for a type, stays."""
    known = {key[1:] for key in after if key.kind in ("enum", "domain")}
    named = {
        f"{as_printed(key.schema or default_schema)}.{as_printed(str(key.name))}": key
        for key, state in before.items()
        if isinstance(state, (EnumState, DomainState)) and key[1:] not in known
    }
    if not named:
        return
    for state in list(after.values()):
        if isinstance(state, (ColumnState, DomainState)):
            key = named.get(str(state.type.canonical).removesuffix("[]"))
            while key is not None and key not in after:
                after[key] = before[key]
                key = next((need for need in before[key].depends_on if need in named.values()), None)


def leave_inherited(before: States, after: States, wanted: Wanted) -> None:
    """A child's inherited columns belong to its parent: where the models leave them out they are no difference, and a
    child that is made again gets them from there (but for those that a key or condition of its own names)."""
    if not wanted.inherited | wanted.merged:
        return
    own = [state for key, state in before.items() if key not in wanted.inherited]
    named = {need for state in own for need in state.depends_on if state.key.of_table == need.of_table}
    for key in wanted.inherited:
        table = after.get(key.of_table)
        is_child = isinstance(table, TableState) and "postgresql_inherits" in dict(table.options)
        if (key not in after and is_child) or (table is None and key not in named):
            before.pop(key, None)
    for key in wanted.merged:  # no table can let go what it has from a parent too
        if key not in after and comes_from_above(key, after, wanted.default_schema):
            before.pop(key, None)
