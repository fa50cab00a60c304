"""A live database and the models, read and brought into one canonical form."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Connection, MetaData

from autodiff import progress
from autodiff.dialects import room_of
from autodiff.dialects.room import Room, Scope, everything
from autodiff.kinds.shape import columns_at_rest
from autodiff.reflect.models import read_models
from autodiff.state import Comparison, Key, Later, NotCompared, Server, Snapshot, State

NameFilter = Callable[[str | None, str, Mapping[str, str | None]], bool]

# The words of `include_name`, by kind.
NAME_KINDS = {
    "schema": "schema",
    "table": "table",
    "column": "column",
    "index": "index",
    "unique": "unique_constraint",
    "foreign_key": "foreign_key_constraint",
    "check": "check_constraint",
}


@dataclass(frozen=True)
class Question:
    """What to compare.

    :param metadata: the models.
    :param include_schemas: look for the user's objects in every schema (else in the default one, and for the models'
        own tables in the schemas that they name).
    :param include_name: the user's filter of names, asked before an object of the database is looked at.
    :param version_tables: keys of autodiff's own tables.
    """

    metadata: MetaData | Sequence[MetaData]
    include_schemas: bool = False
    include_name: NameFilter = everything
    version_tables: frozenset[Key] = frozenset()


class Database:
    """One database, looked at through the room of its dialect."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.room: Room = room_of(connection.dialect)

    @cached_property
    def server(self) -> Server:
        return self.room.server(self.connection)

    def scope(self, question: Question, models: Snapshot) -> Scope:
        """The schemas and tables to read."""
        tables = frozenset(key for key in models.objects if key.kind == "table")
        named = {key.name if key.kind == "schema" else key.schema for key in models.objects}
        found: set[str | None] = {None}
        if question.include_schemas:
            found |= (self._others - self._foreign(question, models)) | named  # named: it need not be there yet
        owned = {schema for schema in found if question.include_name(schema, "schema", {})}
        return Scope(
            schemas=tuple(sorted(owned | (named if not question.include_schemas else named & owned), key=str)),
            owned=frozenset(owned),
            tables=tables,
            version_tables=frozenset(self._key(key) for key in question.version_tables),
            include_name=question.include_name,
        )

    @cached_property
    def _others(self) -> set[str]:
        """The schemas beside the default one."""
        return set(self.room.schema_names(self.connection)) - {self.server.default_schema or ""}

    def _foreign(self, question: Question, models: Snapshot) -> set[str]:
        """Schemas that are other applications' databases, so that nothing in them is proposed to be dropped.

        Where a schema is a whole database of the server, one that no model names is somebody else's, unless
        `include_name` chooses among schemas (a filter that lets the server's own ones pass does not).
        """
        if not question.include_schemas or not self.room.features.schemas_are_databases:
            return set()
        if not question.include_name("information_schema", "schema", {}):
            return set()
        return self._others - {key.name if key.kind == "schema" else key.schema for key in models.objects}

    def _key(self, key: Key) -> Key:
        return key._replace(schema=None) if key.schema == self.server.default_schema else key

    def compared(self, question: Question, *, scratch: Connection | None = None) -> Comparison:
        """The database and the models in one canonical form."""
        with without_collection(), columns_at_rest():
            return self._compared(question, scratch)

    def _compared(self, question: Question, scratch: Connection | None) -> Comparison:
        progress.at("reading the models")
        models = read_models(question.metadata, self.connection.dialect, self.server)
        scope = self.scope(question, models)
        progress.at(f"reading the database, with {len(scope.tables)} tables in the models")
        found = self.room.read(self.connection, scope)
        database = Later(partial(within, found, scope, models), found.server, found.canonical)
        foreign = self._foreign(question, models)
        models = replace(models, objects=wanted(models, scope))
        progress.at(f"comparing {len(models.objects)} objects of the models with the database's")
        comparison = self.room.canonical(self.connection, models, database, scope, scratch=scratch)
        notes = [note for note in comparison.not_compared if note.key is None or covers(scope, note.key)]
        if foreign:
            what = f"database {', '.join(repr(name) for name in sorted(foreign))}"
            notes.append(NotCompared(what, "no model names it; a schema filter in include_name lets it in"))
        return replace(comparison, not_compared=tuple(notes))


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """No garbage collection meanwhile: hundreds of thousands of values are made and all of them kept, so that looking
    for garbage costs as much as all the rest (measured with 1,000 tables) and finds none."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        age()
        gc.enable()


def age() -> None:
    """What was made counts as old: else the first collection afterwards would look through all of it at once."""
    if not gc.get_freeze_count():  # else it would thaw what the application has frozen
        gc.freeze()
        gc.unfreeze()


def wanted(models: Snapshot, scope: Scope) -> dict[Key, Any]:
    """The models' states, those of schemas that `include_name` leaves out aside, and of autodiff's own tables."""
    schemas = set(scope.schemas)
    own = {(key.schema, key.table) for key in scope.version_tables}
    return {
        key: state
        for key, state in models.objects.items()
        if key[1] in schemas and (key[1], key[2]) not in own and not (key[0] == "schema" and key[3] not in schemas)
    }


def within(database: Snapshot, scope: Scope, models: Snapshot) -> dict[Key, Any]:
    """The database's states that the scope covers.

    A schema that the models do not name is no difference: who made it is not known, other things may live in it, and
    on MySQL dropping it would drop them all.
    """
    own = {(key.schema, key.table) for key in scope.version_tables}
    owned = scope.owned if scope.include_name is everything else frozenset()  # there, all but autodiff's own tables
    covered = {
        key: state
        for key, state in database.objects.items()
        if ((key[1] in owned and (key[1], key[2]) not in own and key[0] != "schema") or covers(scope, key))
        and (key[0] != "schema" or key in models.objects)
    }
    for key in somebody_elses(database, covered, scope, models):
        del covered[key]
    return covered


# They are the user's where a model has them; else it depends on what stands on them.
STAND_ALONE = ("enum", "domain", "sequence")


def somebody_elses(database: Snapshot, covered: Mapping[Key, Any], scope: Scope, models: Snapshot) -> Iterator[Key]:
    """Types and sequences that no model has, and that tables outside of the scope stand on.

    Also those that no table of the scope stands on, in a schema that is looked at for the models' own tables alone.
    """
    alone = {key for key in covered if key[0] in STAND_ALONE} - {*models.objects}
    if not alone:
        return
    outside = (state for key, state in database.objects.items() if key not in covered)
    foreign = {key for key in alone if key[1] not in scope.owned} | (alone & needed_by(outside, database))
    if foreign:
        yield from foreign - needed_by((covered[key] for key in covered if key not in foreign), database)


def needed_by(states: Iterable[State], snapshot: Snapshot) -> set[Key]:
    """What the states stand on, and what that stands on."""
    needed: set[Key] = set()
    waiting = [key for state in states for key in state.depends_on]
    while waiting:
        key = waiting.pop()
        if key not in needed:
            needed.add(key)
            state = snapshot.get(key)
            waiting += state.depends_on if state is not None and key[0] in STAND_ALONE else ()
    return needed


def covers(scope: Scope, key: Key) -> bool:
    if key.kind == "schema":
        return key.name in scope.schemas
    table = key.of_table if key.table is not None else None
    if key.schema not in scope.owned and table not in scope.tables:
        return table is None and key.schema in scope.schemas
    if table in scope.version_tables:
        return False
    return passes(scope.include_name, key)


def passes(include_name: NameFilter, key: Key) -> bool:
    """Does the user's filter let this name, and the names of what it belongs to, pass?"""
    if include_name is everything:
        return True
    parents: dict[str, str | None] = {"schema_name": key.schema}
    if key.table is not None:
        qualified = f"{key.schema}.{key.table}" if key.schema else key.table
        parents["schema_qualified_table_name"] = qualified
        if not include_name(key.table, "table", parents):
            return False
        parents = {**parents, "table_name": key.table}
    word = NAME_KINDS.get(key.kind)
    if word is None or key.kind == "table" or key.name is None:
        return True
    return bool(include_name(key.name, word, parents))
