"""A whole database in a fixed number of statements.

The server prints all tables in one round trip (see `together` for MySQL, which has no anonymous blocks): what SHOW
CREATE TABLE prints loses nothing, while the information_schema loses partitions, parsers, index options, bytes and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from autodiff.dialects.beside import remarks
from autodiff.dialects.mysql import beside
from autodiff.dialects.mysql.backing import backing_indexes
from autodiff.dialects.mysql.lexer import NAME, literal, quoted
from autodiff.dialects.mysql.session import Rows, Settings, answers, block, rows
from autodiff.dialects.mysql.show_create import Definitions, Index, TableText
from autodiff.dialects.mysql.states import Printed, sequence
from autodiff.dialects.mysql.together import Failure, outcomes
from autodiff.dialects.room import Scope
from autodiff.kinds import IndexState, SchemaState, ViewState
from autodiff.state import Key, NotCompared, State

# A compound statement is one packet (max_allowed_packet, 16 MB by default): 10,000 tables are about 1 MB.
TABLES_IN_A_BLOCK = 10_000

SYSTEM_SCHEMAS = frozenset({"information_schema", "mysql", "performance_schema", "sys"})


@dataclass
class Reading:
    """What was read off a database.

    :param printed: turns texts into states.
    :param collations: each schema's default, by the schema's name in keys.
    :param texts: each table as printed and taken apart.
    :param raw: each table as printed.
    :param backing: the indexes of each table that only back a foreign key.
    :param unreadable: tables that the server would not print, with its error.
    :param beside: what the database holds that models have no words for.
    :param triggers: the triggers of each table, if there are any.
    """

    printed: Printed
    schemas: tuple[str, ...] = ()
    collations: dict[str | None, str] = field(default_factory=dict)
    texts: dict[Key, TableText] = field(default_factory=dict)
    raw: dict[Key, str] = field(default_factory=dict)
    backing: dict[Key, list[Index]] = field(default_factory=dict)
    sequences: list[State] = field(default_factory=list)
    unreadable: list[NotCompared] = field(default_factory=list)
    beside: list[NotCompared] = field(default_factory=list)
    has_triggers: bool = False
    triggers: dict[Key, list[ViewState]] = field(default_factory=dict)
    definitions: Definitions = field(default_factory=Definitions)


def read_database(connection: Connection, settings: Settings, scope: Scope, printed: Printed) -> Reading:
    """All tables and sequences in the scope; to be called in reading mode."""
    found = catalog(connection, settings, scope)
    collations = {row[1]: row[2] for row in found if row[0] == "charset"}
    reading = Reading(
        replace(printed, collations=collations),
        schemas=tuple(row[1] for row in found if row[0] == "schema"),
        collations={printed.schema(row[1]): row[2] for row in found if row[0] == "schema"},
    )
    names = [(row[1], row[2]) for row in found if row[0] == "table" and row[3] not in ("SEQUENCE", "VIEW")]
    wanted = [(key, name) for name in names if is_wanted(key := printed.table_key(*name), scope)]
    for (key, _), text, error in print_tables(connection, settings, wanted):
        if text is None:
            reading.unreadable.append(NotCompared(f"table {key.label}", error, key))
        else:
            taken_apart = reading.definitions.table(text)
            reading.raw[key], reading.texts[key] = text, taken_apart
            reading.backing[key] = backing_indexes(taken_apart)
    for read in read_sequences(connection, [sequence_name(row, printed) for row in found if row[3] == "SEQUENCE"]):
        if isinstance(read, NotCompared):
            reading.unreadable.append(read)
        else:
            reading.sequences.append(read)
    views = [("view", row[1], None, row[2]) for row in found if row[0] == "table" and row[3] == "VIEW"]
    others = rows(connection, beside.query(schema_list(settings, scope)))
    reading.beside.extend(remarks([*views, *others], printed.table_key, lambda key: is_wanted(key, scope)))
    reading.has_triggers = any(row[0] == "trigger" for row in others)
    return reading


def states_of(reading: Reading) -> Iterator[State]:
    """All states, without the indexes that only back a foreign key."""
    for name in reading.schemas:
        schema = reading.printed.schema(name)
        if schema is not None:
            yield SchemaState(key=Key("schema", None, None, schema))
    yield from reading.sequences
    for key, text in reading.texts.items():
        backing = {index.name for index in reading.backing[key]}
        for state in reading.printed.states(key, text):
            if not (isinstance(state, IndexState) and state.key.name in backing):
                yield state


def is_wanted(key: Key, scope: Scope) -> bool:
    if key in scope.version_tables:
        return False
    return key.schema in scope.owned or key in scope.tables


def catalog(connection: Connection, settings: Settings, scope: Scope) -> Rows:
    """Rows ``("schema", name, …)``, ``("table", schema, name, type)``, ``("charset", name, default collation, …)``."""
    wanted = schema_list(settings, scope)
    return rows(
        connection,
        "SELECT 'charset', CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME, NULL FROM information_schema.CHARACTER_SETS"
        " UNION ALL SELECT 'schema', SCHEMA_NAME, DEFAULT_COLLATION_NAME, NULL FROM information_schema.SCHEMATA"
        f" WHERE SCHEMA_NAME IN ({wanted})"
        " UNION ALL SELECT 'table', TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES"
        f" WHERE TABLE_SCHEMA IN ({wanted}) AND TABLE_TYPE <> 'SYSTEM VIEW'",
    )


def schema_list(settings: Settings, scope: Scope) -> str:
    """The names of the scope's schemas as literals."""
    names = {settings.database if schema is None else schema for schema in scope.schemas}
    return ", ".join(literal(name) for name in sorted(name for name in names if name)) or "NULL"


Named = tuple[Key, tuple[str, str]]


def print_tables(
    connection: Connection, settings: Settings, tables: Sequence[Named]
) -> Iterator[tuple[Named, str | None, str]]:
    """Each table with its text, or with None and the server's error."""
    for table, answer in zip(tables, shown(connection, settings, [show(name) for _, name in tables]), strict=True):
        if isinstance(answer, tuple):
            yield table, None, answer[1]
        else:
            yield table, answer[0][1], ""


def shown(connection: Connection, settings: Settings, statements: Sequence[str]) -> Iterator[Rows | Failure]:
    """What each SHOW statement answers."""
    if not settings.is_mariadb:
        yield from outcomes(connection, settings, statements)
        return
    for start in range(0, len(statements), TABLES_IN_A_BLOCK):
        some = statements[start : start + TABLES_IN_A_BLOCK]
        for answer in answers(connection, block((0, statement) for statement in some)):
            yield (int(answer[0][1]), str(answer[0][2])) if len(answer[0]) == 3 else answer


def show(name: tuple[str, str]) -> str:
    return f"SHOW CREATE TABLE {quoted(name[0])}.{quoted(name[1])}"


def sequence_name(row: tuple[Any, ...], printed: Printed) -> tuple[Key, str]:
    """A sequence's key, and its name in full, quoted."""
    schema, name = row[1], row[2]
    return Key("sequence", printed.schema(schema), None, name), f"{quoted(schema)}.{quoted(name)}"


_SEQUENCE = re.compile(
    rf"CREATE SEQUENCE (?:{NAME}\.)?{NAME} (?:as (?P<type>\w+(?: unsigned)?) )?start with (?P<start>-?\d+)"
    r" minvalue (?P<low>-?\d+) maxvalue (?P<high>-?\d+) increment by (?P<increment>-?\d+)"
    r" (?:nocache|cache (?P<cache>\d+)) (?P<cycle>no)?cycle",
    re.S,
)


def read_sequences(connection: Connection, names: Sequence[tuple[Key, str]]) -> Iterator[State | NotCompared]:
    """Only MariaDB has sequences. (As a table, which it is too, a sequence does not say its type.)

    :param names: the keys, and the names in full, quoted.
    """
    shown = answers(connection, block((0, f"SHOW CREATE SEQUENCE {name}") for _, name in names)) if names else []
    for (key, _), (answer, *_) in zip(names, shown, strict=True):
        match = None if len(answer) == 3 else _SEQUENCE.match(answer[1])
        if match is None:
            yield NotCompared(f"sequence {key.label}", str(answer[-1]), key)
            continue
        numbers = (int(match[word] or 0) for word in ("start", "low", "high", "increment", "cache"))
        yield sequence(key, *numbers, cycle=match["cycle"] is None, data_type=match["type"])
