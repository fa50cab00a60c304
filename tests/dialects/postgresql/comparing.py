"""Models and a PostgreSQL database made comparable, for the tests of this room."""

from __future__ import annotations

import sqlalchemy as sa

from autodiff.dialects import room_of
from autodiff.dialects.room import Scope
from autodiff.reflect.models import read_models
from autodiff.state import Comparison, Key, Snapshot, State


def comparison(
    connection: sa.Connection, metadata: sa.MetaData, schemas: tuple[str | None, ...] = (None,)
) -> Comparison:
    room = room_of(connection.dialect)
    scope = Scope(schemas=schemas)
    models = read_models(metadata, connection.dialect, room.server(connection))
    return room.canonical(connection, models, room.read(connection, scope), scope)


def read(connection: sa.Connection, schemas: tuple[str | None, ...] = (None,)) -> Snapshot:
    return room_of(connection.dialect).read(connection, Scope(schemas=schemas))


def differences(found: Comparison) -> list[tuple[str, Key]]:
    """What differs: unnamed objects of the models are paired by their definition."""
    before, after = dict(found.before.objects), dict(found.after.objects)
    for key, state in list(after.items()):
        there = before.get(key) or (_alike(state, before) if state.unnamed else None)
        if there is not None and not there.differing(state):
            del before[there.key], after[key]
    verbs = {
        key: "alter" if key in before and key in after else "drop" if key in before else "add"
        for key in (*before, *after)
    }
    return sorted((verb, key) for key, verb in verbs.items())


def _alike(state: State, states: dict[Key, State]) -> State | None:
    same_place = (s for s in states.values() if s.key[:3] == state.key[:3])
    return next((s for s in same_place if not s.differing(state)), None)
