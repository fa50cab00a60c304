"""What views, triggers, routines and events name of what goes: the server lets it go, and they fail from then on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from autodiff.dialects.mysql.dependents import (
    Place,
    Trigger,
    Written,
    bodies_of_views,
    in_full,
    places_in,
    read_triggers,
    words_in,
)
from autodiff.dialects.mysql.lexer import literal
from autodiff.dialects.mysql.session import Settings, reading, rows
from autodiff.dialects.mysql.states import Printed
from autodiff.kinds import ViewState
from autodiff.state import Key

_BEFORE_A_TABLE = frozenset({"from", "join", "into", "update", "table"})


@dataclass(frozen=True)
class Gone:
    """Tables and columns that the database has and the models have not, as texts of SQL name them."""

    keys: Mapping[tuple[Place, str | None], Key]

    @classmethod
    def of(cls, keys: Iterable[Key], database: str) -> Gone:
        """:param database: the name of the default schema."""
        found = {}
        for key in keys:
            column = None if key.kind == "table" else str(key.name).lower()
            found[(key.schema or database, str(key.table)), column] = key
        return cls(found)

    def named(self, place: Place, column: str | None = None) -> Iterator[Key]:
        key = self.keys.get((place, None if column is None else column.lower()))
        if key is not None:
            yield key


def in_use(
    connection: Connection, settings: Settings, printed: Printed, keys: Collection[Key]
) -> Mapping[Key, ViewState]:
    """What names some of these tables and columns, each with those that it names."""
    gone = Gone.of(keys, settings.database or "")
    schemas = sorted({place[0] for place, _ in gone.keys})
    with reading(connection, settings):
        bodies = dict(bodies_of_views(connection))
        triggers = list(read_triggers(connection, schemas))
        routines = list(read_routines(connection, schemas))
    found = [user_of("VIEW", place, used, settings, printed) for place, used in used_by_views(bodies, gone) if used]
    for trigger in triggers:
        if used := used_by_trigger(trigger, gone):
            user = user_of("TRIGGER", (trigger.place[0], trigger.name), used, settings, printed)
            found.append(replace(user, on=printed.table_key(*trigger.place)))
    for routine in routines:
        if used := used_in_statements(routine, routine.place[0], gone):
            found.append(user_of(routine.kind, routine.place, used, settings, printed))
    return {user.key: user for user in found}


def used_by_views(bodies: Mapping[Place, str], gone: Gone) -> Iterator[tuple[Place, frozenset[Key]]]:
    """What each view names, itself or by the views that it stands on: of those none may fail."""
    named = {view: set(places_in(body)) for view, body in bodies.items()}
    below = {view: {place for place, _ in names} & bodies.keys() for view, names in named.items()}
    for view in bodies:
        under = [view]
        for other in under:  # grows while it is walked
            under += below[other] - set(under)
        yield view, frozenset(key for each in under for name in named[each] for key in gone.named(*name))


@dataclass(frozen=True)
class Routine:
    """:param kind: `PROCEDURE`, `FUNCTION` or `EVENT`."""

    kind: str
    place: Place
    body: str
    mode: str


def read_routines(connection: Connection, schemas: Collection[str]) -> Iterator[Routine]:
    """The routines and events of some schemas whose text one may see."""
    names = ", ".join(map(literal, schemas))
    query = (
        "SELECT ROUTINE_TYPE AS kind, ROUTINE_SCHEMA AS place, ROUTINE_NAME AS name, ROUTINE_DEFINITION, SQL_MODE"
        f" FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN ({names}) UNION ALL"
        " SELECT 'EVENT', EVENT_SCHEMA, EVENT_NAME, EVENT_DEFINITION, SQL_MODE"
        f" FROM information_schema.EVENTS WHERE EVENT_SCHEMA IN ({names}) ORDER BY place, name, kind"
    )
    for kind, schema, name, body, mode in rows(connection, query):
        if body is not None:
            yield Routine(kind, (schema, name), str(body), mode)


def user_of(kind: str, place: Place, used: frozenset[Key], settings: Settings, printed: Printed) -> ViewState:
    """:param kind: `VIEW`, `TRIGGER`, `PROCEDURE`, `FUNCTION` or `EVENT`."""
    name = place[1] if kind == "VIEW" else f"{kind.lower()} {place[1]}"  # there may be a view of the same name
    key, drop = Key("view", printed.schema(place[0]), None, name), f"DROP {kind} {in_full(place, settings.database)}"
    return ViewState(key=key, drop=drop, definition=(), depends_on=used)


def used_by_trigger(trigger: Trigger, gone: Gone) -> frozenset[Key]:
    """What a trigger names: columns of its own row, and what its statements name."""
    row = (word for word in words_in(trigger) if word.is_of_the_row)
    columns = frozenset(key for word in row for key in gone.named(trigger.place, word.name))
    return columns | used_in_statements(trigger, trigger.place[0], gone)


def used_in_statements(text: Written, schema: str, gone: Gone) -> frozenset[Key]:
    """Tables that statements name, and columns of those tables; where names stand for more, it may be another's.

    :param schema: the one of tables that are named without.
    """
    words = [word for word in words_in(text) if not word.is_of_the_row]
    tables = {(word.before or schema, word.name) for word in words if word.follows.lower() in _BEFORE_A_TABLE}
    named = {key for table in tables for key in gone.named(table)}
    return frozenset(named | {key for table in tables for word in words for key in gone.named(table, word.name)})
