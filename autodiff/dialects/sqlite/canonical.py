"""The models in the form in which SQLite keeps a schema: SQLAlchemy's own CREATE text, read by the same grammar.

Nothing is asked of the database: a parsed text says all, and equal trees mean equal (see `expression`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy.engine import Dialect

from autodiff.dialects.sqlite.ddl import Definitions
from autodiff.dialects.sqlite.expression import canonical, expression
from autodiff.dialects.sqlite.states import Described
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    TableState,
    UniqueState,
    twin_of,
)
from autodiff.kinds.create_table import TableWriter
from autodiff.state import Comparison, Key, NotCompared, Snapshot, State

S = TypeVar("S", bound=State)

HOW = "SQLAlchemy's CREATE statements and the stored ones, read by one grammar"


@dataclass(frozen=True)
class Canonical:
    """The models' tables as SQLite would keep them.

    :param definitions: what has read the database's texts, and remembers them.
    :param stored: the database's tables by key: a text that is stored already says what it says there.
    """

    dialect: Dialect
    models: Snapshot
    definitions: Definitions
    stored: Mapping[Key, Described]

    @cached_property
    def writer(self) -> TableWriter:
        return TableWriter(twin_of(self.dialect))

    def states(self) -> Iterator[State]:
        for state in self.models.of_class(TableState):
            yield from self.table(state)

    def table(self, state: TableState) -> Iterator[State]:
        described = self.described(state)
        for part in (state, *self.models.parts(state.key)):
            yield self.formed(part, described.by_key, described)

    def described(self, state: TableState) -> Described:
        sql = self.writer.text(state.source)
        stored = self.stored.get(state.key)
        if stored is not None and stored.table.sql == sql:
            return stored
        return Described(state.key, self.definitions.table(sql), (), {}, self.dialect.identifier_preparer)

    def formed(self, state: State, found: Mapping[Key, State], described: Described) -> State:
        """The model's state with what SQLite would keep of it."""
        if isinstance(state, TableState):
            return kept(state, found[state.key], "options", comment=None)
        if isinstance(state, ColumnState):
            made = found[state.key]
            if described is self.stored.get(described.key):
                return made.standing_for(state.source)
            return made.but(source=state.source, depends_on=state.depends_on, position=state.position)
        if isinstance(state, PrimaryKeyState):
            made = kept(state, found[state.key], "columns", "options", "name", "unnamed", comment=None)
            return self.under_its_name(made, described) if made.unnamed else made
        if isinstance(state, CheckState):
            condition = state.condition.as_printed(self.condition(state, described))
            return state.but(condition=condition, options=(), comment=None)
        if isinstance(state, UniqueState):
            return state.but(options=self.conflict(state, found), comment=None)
        if isinstance(state, ForeignKeyState):
            # SQLite reads MATCH and takes every foreign key as MATCH SIMPLE.
            return state.but(match=None, options=(), comment=None)
        return self.index(state, described) if isinstance(state, IndexState) else state

    def under_its_name(self, state: PrimaryKeyState, described: Described) -> PrimaryKeyState:
        """A key that has no name in the models may have any in the database, unless a new AUTOINCREMENT takes it away."""
        stored = self.stored.get(described.key)
        if stored is None or gets_autoincrement(stored.by_key.get(stored.key), described.by_key.get(described.key)):
            return state
        there = stored.by_key.get(state.key)
        same = isinstance(there, PrimaryKeyState) and there.columns == state.columns
        return kept(state, there, "name") if there is not None and same else state

    def condition(self, state: CheckState, described: Described) -> str:
        """The canonical form of a CHECK: as it is in the table's text, where it can be told by its name there."""
        made = described.by_key.get(state.key)
        if isinstance(made, CheckState) and not state.unnamed and made.condition.text == state.condition.text:
            return str(made.condition.canonical)
        return repr(canonical(expression(state.condition.text), described.table.scope))

    def conflict(self, state: UniqueState, found: Mapping[Key, State]) -> Any:
        """ON CONFLICT, which a column's `sqlite_on_conflict_unique` can say as well."""
        alike = [
            made
            for made in found.values()
            if isinstance(made, UniqueState)
            and made.columns == state.columns
            and (made.unnamed or made.key == state.key)
            and made.unnamed == state.unnamed
        ]
        return alike[0].options if alike else ()

    def index(self, state: IndexState, described: Described) -> IndexState:
        sql = self.writer.index(state.source)
        stored = described.index_texts.get(state.key)
        made = described.by_key[state.key] if stored == sql else described.index(self.definitions.index(sql))
        assert isinstance(made, IndexState)
        return state.but(elements=made.elements, unique=made.unique, where=made.where, options=(), comment=None)


def kept(state: S, made: State, *fields: str, **fixed: Any) -> S:
    """The state with these fields of the other one."""
    return state.but(**{name: getattr(made, name) for name in fields}, **fixed)


def compared(
    dialect: Dialect,
    models: Snapshot,
    database: Snapshot,
    definitions: Definitions,
    stored: Mapping[Key, Described],
    unread: Mapping[Key, str],
) -> Comparison:
    """Both sides in one form; a table whose stored text is not understood is on neither side, and reported."""
    after = Canonical(dialect, models, definitions, stored).states()
    left_out = tuple(NotCompared(f"table {key.label}", why, key) for key, why in unread.items())
    return Comparison(
        without(database.objects.values(), database, unread),
        without(after, models, unread),
        left_out,
        HOW,
    )


def without(states: Iterable[State], snapshot: Snapshot, unread: Mapping[Key, str]) -> Snapshot:
    found = {state.key: state for state in states if state.key[0] != "schema"}
    if unread:
        found = {key: state for key, state in found.items() if key.of_table not in unread}
    return Snapshot(found, snapshot.server, canonical=True)


def without_lost_names(comparison: Comparison, tables: Iterable[Key]) -> Snapshot:
    """The models, in which the keys of these tables have no name where a new AUTOINCREMENT takes it away."""
    before, after = comparison.before, comparison.after
    nameless: dict[Key, State] = {}
    for table in tables:
        key = after.get(table._replace(kind="primary_key"))
        if isinstance(key, PrimaryKeyState) and key.unnamed and gets_autoincrement(before.get(table), after.get(table)):
            nameless[key.key] = key.but(name=None)
    return replace(after, objects={**after.objects, **nameless}) if nameless else after


def gets_autoincrement(old: State | None, new: State | None) -> bool:
    return has_autoincrement(new) and not has_autoincrement(old)


def has_autoincrement(table: State | None) -> bool:
    return isinstance(table, TableState) and "sqlite_autoincrement" in dict(table.options)
