"""Views and triggers over renamed tables and columns: the server keeps their texts, which then name what is not there.

A view fails when it is read (1356), a trigger when its table is written to (1054): measured on MariaDB 10.11 and MySQL 9.7.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection

from autodiff.dialects.mysql.lexer import DOUBLE, NAME, STRING, literal, name_of, quoted
from autodiff.dialects.mysql.read import SYSTEM_SCHEMAS
from autodiff.dialects.mysql.session import Settings, reading, rows
from autodiff.dialects.room import Remade
from autodiff.errors import CommandError
from autodiff.kinds import ViewState
from autodiff.state import Key

Place = tuple[str, str]
"""A schema's name and a table's."""


@dataclass(frozen=True)
class Names:
    """What is called otherwise: a table, and columns of it.

    :param table: the table's new name.
    :param columns: the columns' new names by the old ones, in lower case: columns are known in any case.
    """

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> str:
        return self.columns.get(name.lower(), name)


def remade(connection: Connection, settings: Settings, keys: Mapping[Key, Key], *, is_mariadb: bool) -> Remade:
    """The statements that make anew what names renamed things in its text.

    :param keys: the new keys of tables and columns by the old ones.
    """
    renamed = names_of(keys, settings.database or "")
    with reading(connection, settings):
        user = str(rows(connection, "SELECT CURRENT_USER()")[0][0])
        views = list(read_views(connection, renamed))
        triggers = list(read_triggers(connection, {schema for schema, _ in renamed}))
    try:
        pairs = [*view_pairs(views, renamed, settings, user)]
        pairs += trigger_pairs(triggers, renamed, settings, user, is_mariadb=is_mariadb)
    except CommandError as refusal:
        return Remade(refusal=refusal)
    return Remade([s for new, _ in pairs for s in new], [s for _, old in pairs for s in old])


def names_of(keys: Mapping[Key, Key], database: str) -> dict[Place, Names]:
    """By schema and old name of the tables."""
    found: dict[Place, Names] = {}
    for old, new in keys.items():
        place = (old.schema or database, str(old.table))
        there = found.get(place, Names(str(new.table)))
        if old.kind == "column" and str(old.name).lower() != str(new.name).lower():
            there = replace(there, columns={**there.columns, str(old.name).lower(): str(new.name)})
        found[place] = there
    return found


# Views: the server prints them with every name in full


@dataclass(frozen=True)
class View:
    """:param head: ``ALGORITHM=UNDEFINED``, ``DEFINER=…``, ``SQL SECURITY DEFINER``, which may be left out.
    :param body: its query, in which tables have their schema's name and columns the table's, or its alias.
    """

    place: Place
    body: str
    checked: str
    head: tuple[str, str, str] = ("", "", "")


_HEAD = re.compile(rf"CREATE (ALGORITHM=\w+) (DEFINER=(?:{NAME}@{NAME}|{NAME})) (SQL SECURITY \w+) VIEW ")


_VIEWS = (
    "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION FROM information_schema.VIEWS"
    f" WHERE TABLE_SCHEMA NOT IN ({', '.join(map(literal, sorted(SYSTEM_SCHEMAS)))}) ORDER BY 1, 2"
)


def bodies_of_views(connection: Connection) -> Iterator[tuple[Place, str]]:
    """The queries of all views, which are empty for whom may not see them."""
    for schema, name, body, _ in rows(connection, _VIEWS):
        yield (schema, name), str(body)


def read_views(connection: Connection, renamed: Mapping[Place, Names]) -> Iterator[View]:
    """The views whose text has the name of a renamed table, or of one with renamed columns."""
    tables = {quoted(table) for _, table in renamed}
    for schema, name, body, checked in rows(connection, _VIEWS):
        if any(table in str(body) for table in tables):
            shown = rows(connection, f"SHOW CREATE VIEW {quoted(schema)}.{quoted(name)}")[0][1]
            head = _HEAD.match(shown)
            yield View((schema, name), body, checked, ("", "", "") if head is None else (head[1], head[2], head[3]))


def view_pairs(
    views: Iterable[View], renamed: Mapping[Place, Names], settings: Settings, user: str
) -> Iterator[tuple[list[str], list[str]]]:
    """The statements that make each view of the new names, and of the old ones."""
    changed = {}
    for view in views:
        body = reworded(view, renamed, settings.database)
        if body != reworded(view, {}, settings.database):
            changed[view.place] = (view, body)
    for view in sorted((view for view, _ in changed.values()), key=lambda view: depth(view, changed)):
        bodies = (changed[view.place][1], reworded(view, {}, settings.database))
        new, old = (view_sql(view, body, settings, user) for body in bodies)
        yield [new], [old]


def depth(view: View, changed: Mapping[Place, tuple[View, str]]) -> int:
    """How many of the changed views stand below this one, one on the other."""
    below = (
        other for place, (other, _) in changed.items() if place != view.place and in_full(place, None) in view.body
    )
    return max((1 + depth(other, changed) for other in below), default=0)


def view_sql(view: View, body: str, settings: Settings, user: str) -> str:
    algorithm, definer, security = view.head
    words = ["CREATE OR REPLACE", algorithm, definer_unless(definer.removeprefix("DEFINER="), user), security]
    words += ["VIEW", in_full(view.place, settings.database), "AS", body]
    words.append("" if view.checked == "NONE" else f"WITH {view.checked} CHECK OPTION")
    return " ".join(word for word in words if word)


def definer_unless(definer: str, user: str) -> str:
    """The view's or the trigger's owner, where it is not who runs the script anyway (which only few may say)."""
    bare = "@".join(map(name_of, re.findall(NAME, definer)))
    return "" if bare == user else f"DEFINER={definer}"


def in_full(place: Place, database: str | None) -> str:
    schema, name = place
    return quoted(name) if schema == database else f"{quoted(schema)}.{quoted(name)}"


_PIECE = re.compile(rf"{NAME}(?:\.{NAME})*|{STRING}|\w+|\s+|.", re.S)


def reworded(view: View, renamed: Mapping[Place, Names], database: str | None) -> str:
    """The query with the new names, and without the name of the default schema, which has another one elsewhere.

    :raises CommandError: a name in it stands for more than one thing, or would.
    """
    pieces = _PIECE.findall(view.body)
    given = names_given(pieces)
    aliases = {name: place for name, places in given.items() for place in places if place in renamed}
    for name, place in aliases.items():
        if renamed[place].columns and len(given[name]) > 1:
            raise not_rewritten("view", view.place[1], place, f"as {name}, which stands for something else, too")
    for place, names in renamed.items():
        if names.table != place[1] and names.table in given and in_full(place, None) in view.body:
            raise not_rewritten(
                "view", view.place[1], place, f"and gives its new name, {names.table}, to something else"
            )
    return "".join(spelled(piece, aliases, renamed, database) if piece[0] == "`" else piece for piece in pieces)


def spelled(piece: str, aliases: Mapping[str, Place], renamed: Mapping[Place, Names], database: str | None) -> str:
    """A name with its new parts: schema.table.column, schema.table, alias.column, or any other."""
    parts = parts_of(piece)
    if len(parts) == 3 and (names := renamed.get((parts[0], parts[1]))) is not None:
        parts = [parts[0], names.table, names.column(parts[2])]
    elif len(parts) == 2 and parts[0] in aliases:
        return f"{quoted(parts[0])}.{quoted(renamed[aliases[parts[0]]].column(parts[1]))}"
    elif len(parts) == 2 and (names := renamed.get((parts[0], parts[1]))) is not None:
        parts = [parts[0], names.table]
    if len(parts) > 1 and parts[0] == database:
        parts = parts[1:]
    return ".".join(map(quoted, parts))


def parts_of(piece: str) -> list[str]:
    return [name_of(name) for name in re.findall(NAME, piece)]


def names_given(pieces: Sequence[str]) -> dict[str, set[Place]]:
    """The names that a query gives, each with the tables that it stands for; other things have no schema's name."""
    said = [piece for piece in pieces if not piece.isspace()]
    given: dict[str, set[Place]] = {}
    for before, piece in zip(["", *said], said, strict=False):
        parts = parts_of(piece) if piece[0] == "`" else []
        if len(parts) == 1 and before.lower() != "as":
            of = parts_of(before) if before[:1] == "`" else []
            given.setdefault(parts[0], set()).add((of[0], of[1]) if len(of) == 2 else ("", before))
    return given


def places_in(body: str) -> Iterator[tuple[Place, str | None]]:
    """The tables that a view's query names, and columns of them."""
    pieces = _PIECE.findall(body)
    given = names_given(pieces)
    for piece in pieces:
        match parts_of(piece) if piece[0] == "`" else []:
            case [schema, table, column]:
                yield (schema, table), column
            case [first, second]:
                yield (first, second), None
                yield from ((place, second) for place in given.get(first, ()))


def not_rewritten(kind: str, name: str, place: Place, how: str) -> CommandError:
    return CommandError(
        f"{kind} {name} uses table {place[1]}, of which something is renamed, {how}: autodiff does not rewrite that",
        help=f"drop the {kind} before, and make it again after the rename (SHOW CREATE {kind.upper()} {name} prints it)",
    )


# Triggers: the server keeps what their authors wrote


@dataclass(frozen=True)
class Trigger:
    """:param order: ``FOLLOWS …`` or ``PRECEDES …`` another trigger of the same moment, if there is one."""

    name: str
    place: Place
    moment: str
    body: str
    mode: str
    definer: str
    order: str = ""


def read_triggers(connection: Connection, schemas: Iterable[str]) -> Iterator[Trigger]:
    query = (
        "SELECT TRIGGER_NAME, EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION),"
        " ACTION_STATEMENT, SQL_MODE, DEFINER FROM information_schema.TRIGGERS"
        f" WHERE TRIGGER_SCHEMA IN ({', '.join(map(literal, sorted(schemas)))}) ORDER BY 2, 3, 4, ACTION_ORDER"
    )
    found = [
        Trigger(n, (s, t), moment, body, mode, definer)
        for n, s, t, moment, body, mode, definer in rows(connection, query)
    ]
    for place, trigger in enumerate(found):
        others = [other for other in found if (other.place, other.moment) == (trigger.place, trigger.moment)]
        before, after = others[: others.index(trigger)], others[others.index(trigger) + 1 :]
        order = f"FOLLOWS {quoted(before[-1].name)}" if before else f"PRECEDES {quoted(after[0].name)}" if after else ""
        yield replace(found[place], order=order)


def trigger_pairs(
    triggers: Iterable[Trigger], renamed: Mapping[Place, Names], settings: Settings, user: str, *, is_mariadb: bool
) -> Iterator[tuple[list[str], list[str]]]:
    for trigger in triggers:
        refuse_mentions(trigger, renamed)
        names = renamed.get(trigger.place)
        body = trigger.body if names is None else with_new_columns(trigger, names)
        if names is not None and body != trigger.body:
            moved = replace(trigger, place=(trigger.place[0], names.table), body=body)
            new, old = (trigger_sql(each, settings, user, is_mariadb=is_mariadb) for each in (moved, trigger))
            yield new, old


_WORD = re.compile(rf"{NAME}|{STRING}|{DOUBLE}|/\*.*?\*/|--\s[^\n]*|\#[^\n]*|[\w$]+|\s+|.", re.S)


class Written(Protocol):
    """A text as its author wrote it, and the mode that it was written for."""

    @property
    def body(self) -> str: ...

    @property
    def mode(self) -> str: ...


@dataclass(frozen=True)
class Word:
    """A name in the text of a trigger, a routine or an event.

    :param place: of which piece it is.
    :param before: the name in front of it, up to a dot.
    :param follows: the word in front of all that.
    """

    place: int
    name: str
    before: str = ""
    follows: str = ""

    @property
    def is_of_the_row(self) -> bool:
        return self.before.lower() in ("new", "old")


def words_in(text: Written) -> Iterator[Word]:
    last = before = follows = ""
    for place, piece in enumerate(_WORD.findall(text.body)):
        if piece.isspace() or piece.startswith(("/*", "--", "#")):
            continue
        name = name_in(piece, text.mode)
        if name is not None:
            is_second = last == "."
            follows = follows if is_second else last
            yield Word(place, name, before if is_second else "", follows)
            before = name
        last = piece


def name_in(piece: str, mode: str) -> str | None:
    if piece[0] == "`":
        return name_of(piece)
    if piece[0] == '"':
        return piece[1:-1].replace('""', '"') if "ANSI_QUOTES" in mode else None
    return piece if re.fullmatch(r"[\w$]+", piece) else None


def triggers_by_table(
    connection: Connection,
    settings: Settings,
    schemas: Iterable[str],
    key_of: Callable[[str, str], Key],
    *,
    is_mariadb: bool,
) -> dict[Key, list[ViewState]]:
    """The triggers, which go with their table, as what comes back with it; to be called in reading mode.

    :param key_of: the key of a table.
    """
    user = str(rows(connection, "SELECT CURRENT_USER()")[0][0])
    found: dict[Key, list[ViewState]] = {}
    for trigger in read_triggers(connection, schemas):
        table = key_of(*trigger.place)
        # They come back one after the other, in their order.
        made = tuple(trigger_sql(replace(trigger, order=""), settings, user, is_mariadb=is_mariadb, is_there=False))
        key = Key("view", table.schema, None, f"{trigger.name} on {table.table}")
        found.setdefault(table, []).append(ViewState(key=key, drop="", definition=made, depends_on=frozenset({table})))
    return found


def refuse_mentions(trigger: Trigger, renamed: Mapping[Place, Names]) -> None:
    """A name that is not the row's own (NEW, OLD) may be of any table, or a variable: what could be meant is not touched."""
    said = {word.name.lower() for word in words_in(trigger) if not word.is_of_the_row}
    for place, names in renamed.items():
        if place[1].lower() in said and (names.table != place[1] or names.columns.keys() & said):
            raise not_rewritten("trigger", trigger.name, place, "in a statement of its own")


def with_new_columns(trigger: Trigger, names: Names) -> str:
    pieces = _WORD.findall(trigger.body)
    for word in words_in(trigger):
        if word.is_of_the_row and word.name.lower() in names.columns:
            pieces[word.place] = quoted(names.column(word.name))
    return "".join(pieces)


def trigger_sql(
    trigger: Trigger, settings: Settings, user: str, *, is_mariadb: bool, is_there: bool = True
) -> list[str]:
    """The statements that make a trigger anew, under the mode that its text was written for."""
    schema = trigger.place[0]
    name = in_full((schema, trigger.name), settings.database)
    at = trigger.definer.rpartition("@")
    definer = "@".join(quoted(part) for part in (at[0], at[2]) if part)
    start = "CREATE OR REPLACE" if is_mariadb and is_there else "CREATE"
    words = [start, definer_unless(definer, user), "TRIGGER", name, trigger.moment, "ON"]
    words += [in_full(trigger.place, settings.database), "FOR EACH ROW", trigger.order, trigger.body]
    made = " ".join(word for word in words if word)
    statements = [made] if is_mariadb or not is_there else [f"DROP TRIGGER {name}", made]
    if trigger.mode == settings.sql_mode:
        return statements
    keep = "SET @autodiff_sql_mode = @@SESSION.sql_mode"
    mode = "'" + trigger.mode + "'"
    return [keep, f"SET SESSION sql_mode = {mode}", *statements, "SET SESSION sql_mode = @autodiff_sql_mode"]
