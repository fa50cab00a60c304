"""The models in the form in which SQLite keeps a schema: SQLAlchemy's own CREATE text, read by the same grammar.

Nothing is asked of the database: a parsed text says all, and equal trees mean equal (see `expression`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from autodiff.dialects.sqlite.ddl import index_definition, table_definition
from autodiff.dialects.sqlite.expression import canonical, expression
from autodiff.dialects.sqlite.parts import TableDefinition
from autodiff.dialects.sqlite.states import Described
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    SchemaState,
    TableState,
    UniqueState,
)
from autodiff.state import Comparison, Key, NotCompared, Snapshot, State

HOW = "SQLAlchemy's CREATE statements and the stored ones, read by one grammar"


class Canonical:
    """The models' tables as SQLite would keep them.

    :param stored: the database's definitions by key: a text that is stored already need not be read again.
    """

    def __init__(self, dialect: Dialect, models: Snapshot, stored: Mapping[Key, TableDefinition]) -> None:
        self.dialect = dialect
        self.models = models
        self.stored = stored

    def states(self) -> Iterator[State]:
        for state in self.models.of_class(TableState):
            yield from self.table(state)

    def table(self, state: TableState) -> Iterator[State]:
        definition = self.definition(state)
        described = Described(state.key, definition, (), {}, self.dialect.identifier_preparer)
        found = {made.key: made for made in described.states()}
        for part in (state, *self.models.parts(state.key)):
            yield self.formed(part, found, described)

    def definition(self, state: TableState) -> TableDefinition:
        sql = str(CreateTable(state.source).compile(dialect=self.dialect)).strip()
        stored = self.stored.get(state.key)
        return stored if stored is not None and stored.sql == sql else table_definition(sql)

    def formed(self, state: State, found: Mapping[Key, State], described: Described) -> State:
        """The model's state with what SQLite would keep of it."""
        if isinstance(state, TableState):
            return kept(state, found[state.key], "options", comment=None)
        if isinstance(state, ColumnState):
            fields = ("type", "nullable", "default", "computed", "collation", "options")
            made = found[state.key]
            return kept(state, made, *fields, autoincrement=False, identity=None, comment=None)
        if isinstance(state, PrimaryKeyState):
            return kept(state, found[state.key], "columns", "options", "name", "unnamed", comment=None)
        if isinstance(state, CheckState):
            tree = canonical(expression(state.condition.text), described.table.scope)
            return replace(state, condition=state.condition.as_printed(repr(tree)), options=(), comment=None)
        if isinstance(state, UniqueState):
            return replace(state, options=self.conflict(state, found), comment=None)
        if isinstance(state, ForeignKeyState):
            # SQLite reads MATCH and takes every foreign key as MATCH SIMPLE.
            return replace(state, match=None, options=(), comment=None)
        return self.index(state, described) if isinstance(state, IndexState) else state

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
        sql = str(CreateIndex(state.source).compile(dialect=self.dialect))
        made = described.index(index_definition(sql))
        return replace(state, elements=made.elements, unique=made.unique, where=made.where, options=(), comment=None)


def kept(state: State, made: State, *fields: str, **fixed: Any) -> State:
    """The state with these fields of the other one."""
    return replace(state, **{name: getattr(made, name) for name in fields}, **fixed)


def compared(
    dialect: Dialect,
    models: Snapshot,
    database: Snapshot,
    stored: Mapping[Key, TableDefinition],
    unread: Mapping[Key, str],
) -> Comparison:
    """Both sides in one form; a table whose stored text is not understood is on neither side, and reported."""
    after = Canonical(dialect, models, stored).states()
    left_out = tuple(NotCompared(f"table {key.label}", why, key) for key, why in unread.items())
    return Comparison(
        without(database.objects.values(), database, unread),
        without(after, models, unread),
        left_out,
        HOW,
    )


def without(states: Any, snapshot: Snapshot, unread: Mapping[Key, str]) -> Snapshot:
    kept_ones = (s for s in states if not isinstance(s, SchemaState) and s.key.of_table not in unread)
    return Snapshot.of(kept_ones, snapshot.server, canonical=True)
