"""What only MySQL and MariaDB need of a plan: orders, whole definitions, the names that the server will give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from autodiff.dialects.mysql.column_checks import kept
from autodiff.dialects.mysql.disturbed import stands_on
from autodiff.dialects.mysql.keys import Keys, foreign_keys_at, is_on, leads
from autodiff.dialects.mysql.lexer import DOUBLE, STRING, literal, quoted
from autodiff.dialects.mysql.show_create import OF_PERIOD, key_parts
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ForeignKeyState,
    IndexState,
    TableState,
    UniqueState,
)
from autodiff.kinds.column import without_check
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.index_ops import DropIndexOp
from autodiff.state import Change, Key, Snapshot, State


class Node(Protocol):
    """What is asked of a node of the plan (`diff.order.Node`)."""

    steps: list[Step]
    before: Snapshot
    after: Snapshot


# Orders


def edges(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Pairs (first, then) of positions in `nodes`."""
    by_table: dict[Key, list[tuple[int, Step]]] = {}
    foreign_keys: list[tuple[int, Step]] = []
    let_go: set[Key] = set()
    for position, node in enumerate(nodes):
        for step in node.steps:
            if step.key.table is not None:
                by_table.setdefault(step.key.of_table, []).append((position, step))
            if isinstance(step.state, ForeignKeyState):
                foreign_keys.append((position, step))
                let_go |= {step.key} if step.role == "drop" else set()
    for steps in by_table.values():
        before, after = nodes[steps[0][0]].before, nodes[steps[0][0]].after
        for first, one in steps:
            for then, other in steps:
                if first != then and must_precede(one, other, before, after, let_go):
                    yield first, then
    yield from in_turn_by_name(nodes)
    for position, foreign_key in foreign_keys:
        assert isinstance(foreign_key.state, ForeignKeyState)
        for table in {foreign_key.key.of_table, foreign_key.state.referred}:
            yield from around(position, foreign_key, by_table.get(table, ()))
    yield from around_numbering(nodes)


def in_turn_by_name(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Names of foreign keys, and MySQL's of checks, are the database's: one comes to a table when another has let it go."""
    freed: dict[tuple[str | None, ...], list[int]] = {}
    taken: list[tuple[int, tuple[str | None, ...]]] = []
    for position, node in enumerate(nodes):
        for step in node.steps:
            for place in names_of_database(step):
                if step.role == "drop":
                    freed.setdefault(place, []).append(position)
                else:
                    taken.append((position, place))
    for position, place in taken:
        yield from ((first, position) for first in freed.get(place, ()))


def names_of_database(step: Step) -> Iterator[tuple[str | None, ...]]:
    """The names that a step frees or takes of which a database has each once."""
    for state in (step.state, *step.also):
        if isinstance(state, (ForeignKeyState, CheckState)):
            name = name_of(step) if state is step.state else state.key.name
            if name is not None and not name.startswith("~"):
                yield state.key.kind, state.key.schema, name.lower()


def around(position: int, foreign_key: Step, steps: Sequence[tuple[int, Step]]) -> Iterator[tuple[int, int]]:
    """A foreign key comes after the keys that it stands on, and goes before them."""
    assert isinstance(foreign_key.state, ForeignKeyState)
    for other, step in steps:
        if (
            isinstance(step.state, Keys)
            and step.role == foreign_key.role
            and any(True for _ in stands_on(foreign_key.state, step.state))
        ):
            yield (other, position) if step.role == "create" else (position, other)


def around_numbering(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """A column takes or loses AUTO_INCREMENT while no foreign key is on it (MySQL: 1833), one of a whole table included."""
    steps = [(position, step) for position, node in enumerate(nodes) for step in node.steps]
    switches = [(position, column) for position, step in steps if (column := switched(step)) is not None]
    for position, step in steps if switches else ():
        for state in (step.state, *step.also):
            for switch, column in switches:
                if isinstance(state, ForeignKeyState) and is_on(state, column):
                    yield (position, switch) if step.role == "drop" else (switch, position)


def switched(step: Step) -> Key | None:
    """The column whose AUTO_INCREMENT a step switches on or off."""
    operation = step.operation
    if not isinstance(operation, AlterColumnOp) or "autoincrement" not in operation.kw:
        return None
    return Key("column", operation.schema, operation.table_name, operation.column_name)


def must_precede(one: Step, other: Step, before: Snapshot, after: Snapshot, let_go: Set[Key]) -> bool:
    """Must `one` run before `other`, a step on the same table?

    :param let_go: foreign keys that the plan drops, if only to make them again.
    """
    return (
        takes_over(one, other, before, after, let_go)
        or frees_the_name(one, other)
        or makes_room_for_a_vector_index(one, other)
        or sets_the_default_collation(one, other)
        or has_the_engine(one, other)
        or lets_the_action_write(one, other)
    )


def takes_over(one: Step, other: Step, before: Snapshot, after: Snapshot, let_go: Set[Key]) -> bool:
    """A new key backs a foreign key that stays, so that the old one can go (1553 otherwise)."""
    new, old = one.state, other.state
    if one.role != "create" or other.role != "drop" or name_of(one) == name_of(other):
        return False
    if not isinstance(new, Keys) or not isinstance(old, Keys):
        return False
    return any(
        after.get(foreign_key.key) == foreign_key
        and foreign_key.key not in let_go
        and any(leads(new, columns) for columns in stands_on(foreign_key, old))
        for foreign_key in foreign_keys_at(old.key.of_table, before)
    )


def frees_the_name(one: Step, other: Step) -> bool:
    """Names of columns, indexes and constraints are compared without case."""
    if (one.key.kind == "column") != (other.key.kind == "column"):
        return False
    old, new = name_freed(one), name_taken(other)
    return old is not None and new is not None and old.lower() == new.lower()


def name_freed(step: Step) -> str | None:
    if is_rename(step):
        assert step.before is not None, "an alteration"
        return step.before.key.name
    return name_of(step) if takes_away(step) else None


def name_taken(step: Step) -> str | None:
    if is_rename(step):
        return step.key.name
    return name_of(step) if step.role == "create" and not takes_away(step) else None


def is_rename(step: Step) -> bool:
    return step.before is not None and step.before.key != step.key


def makes_room_for_a_vector_index(one: Step, other: Step) -> bool:
    """A table of MariaDB 11.8 has one vector index at most (1235)."""
    if (one.role, other.role) != ("drop", "create"):
        return False
    both = (step.state for step in (one, other))
    return all(isinstance(s, IndexState) and dict(s.options).get("mysql_prefix") == "VECTOR" for s in both)


def takes_away(step: Step) -> bool:
    """(The index behind a foreign key that is made is dropped as a part of what is made.)"""
    return step.role == "drop" or isinstance(step.operation, DropIndexOp)


def name_of(step: Step) -> str | None:
    """The name that the operation says: of what the models leave unnamed it is the server's."""
    operation: Any = step.operation
    return getattr(operation, "constraint_name", None) or getattr(operation, "index_name", None) or step.key.name


def sets_the_default_collation(one: Step, other: Step) -> bool:
    """A column without a collation of its own takes the table's when its definition is written."""
    if not isinstance(one.state, TableState) or one.role != "alter" or not isinstance(one.before, TableState):
        return False
    changes = dict(one.state.options).get("mysql_collate") != dict(one.before.options).get("mysql_collate")
    return changes and isinstance(other.state, ColumnState) and other.role != "drop"


def has_the_engine(one: Step, other: Step) -> bool:
    """What some engines have and others not is made once the engine is changed, and dropped before.

    Foreign keys, which engines without them read and forget; FULLTEXT and SPATIAL (1214, 1464); long keys (they are cut).
    """
    if one.role == "drop" and isinstance(one.state, _OF_AN_ENGINE):
        return _changes_engine(other)
    return other.role == "create" and isinstance(other.state, _OF_AN_ENGINE) and _changes_engine(one)


_OF_AN_ENGINE = (ForeignKeyState, IndexState, UniqueState)


def _changes_engine(step: Step) -> bool:
    if not isinstance(step.state, TableState) or not isinstance(step.before, TableState):
        return False
    return dict(step.state.options).get("mysql_engine") != dict(step.before.options).get("mysql_engine")


def lets_the_action_write(one: Step, other: Step) -> bool:
    """What the action of a foreign key writes to can be in no CHECK and no stored column (1901; MySQL: 3823, 1215).

    So one that goes, or becomes a plain column, goes before such a key comes, and comes when such a key has gone.
    """
    if other.role == "drop":
        return False
    goes = one.state if one.role == "drop" else one.before
    return goes is not None and (_are_at_odds(goes, other.state) or _are_at_odds(other.state, goes))


def _are_at_odds(text: State, foreign_key: State) -> bool:
    if not isinstance(foreign_key, ForeignKeyState) or not {foreign_key.onupdate, foreign_key.ondelete} & _WRITING:
        return False
    if not isinstance(text, CheckState) and not (isinstance(text, ColumnState) and text.computed is not None):
        return False
    return any(key.of_table == foreign_key.key.of_table and key.name in foreign_key.columns for key in text.depends_on)


_WRITING = {"CASCADE", "SET NULL", "SET DEFAULT"}


def replaced_backing(state: State, sides: Sides) -> bool:
    """Did the server make this index for a foreign key, and does the plan make another that serves as well?

    The server drops the one that it made as soon as the other is there.
    """
    if not isinstance(state, IndexState):
        return False
    table = state.key.of_table
    others = [part for part in sides.after.snapshot.parts(table) if isinstance(part, Keys) and part.key != state.key]
    return any(
        leads(state, foreign_key.columns) and any(leads(other, foreign_key.columns) for other in others)
        for foreign_key in sides.before.snapshot.parts_of(table, ForeignKeyState)
    )


# Options of an index that SQLAlchemy has no words for start so.
OF_INDEXES = "mysql_index_"
_WORDS = {"mysql_index_key_block_size": "KEY_BLOCK_SIZE="}


def index_sql(state: IndexState) -> str | None:
    """The statement that makes an index with a comment, or with options that SQLAlchemy has no words for."""
    own = [(name, value) for name, value in state.options if name.startswith(OF_INDEXES)]
    if not own and state.comment is None:
        return None
    options = dict(state.options)
    family = f"{options.get('mysql_prefix', 'UNIQUE' if state.unique else '')} KEY".lstrip()
    table = quoted(str(state.key.table))
    if state.key.schema is not None:
        table = f"{quoted(state.key.schema)}.{table}"
    words = [f"ALTER TABLE {table} ADD {family} {quoted(str(state.key.name))}"]
    words.append(key_parts((element.text for element in state.elements), state.options))
    if "mysql_using" in options:
        words.append(f"USING {options['mysql_using'].upper()}")
    if "mysql_with_parser" in options:
        words.append(f"WITH PARSER {quoted(options['mysql_with_parser'])}")
    words += [f"{_WORDS.get(name, '')}{value}" for name, value in own if name != OF_PERIOD]
    if state.comment is not None:
        words.append(f"COMMENT {literal(state.comment)}")
    return " ".join(words)


# Whole definitions


def existing(change: Change[ColumnState], sides: Sides) -> dict[str, Any]:
    """What MODIFY must say again, besides what every `alter_column` says: what is left out is lost."""
    old, new = change.before, change.after
    words: dict[str, Any] = {"existing_autoincrement": True} if old is not None and old.autoincrement else {}
    words |= {} if old is None else kept(old, sides)
    if new is not None and "type" in change.fields and is_json_with_own_check(new):
        words["modify_type"] = mysql.LONGTEXT(collation=new.collation)
    if old is not None and new is not None and "collation" in change.fields and new.collation is not None:
        words["existing_type"] = with_collation(without_check(sides.before.thing(old).type), old.collation)
    if new is not None and "default" in change.fields and is_time_by_expression(new):
        words["modify_server_default"] = sa.text("(now())")
    if old is not None and is_time_by_expression(old):
        words["existing_server_default"] = sa.text("(now())")
    return words


def is_time_by_expression(column: ColumnState) -> bool:
    """Is the default `(now())`, which SQLAlchemy's CREATE TABLE makes of `now()` on MySQL, and `alter_column` does not?"""
    default = column.default
    return default is not None and default.canonical == "(now())" and not default.text.startswith("(")


def with_collation(type_: sa.types.TypeEngine[Any], collation: str | None) -> sa.types.TypeEngine[Any]:
    """A text type that says its collation, though it has the table's: where that is what changes, a reader has to see it."""
    if not isinstance(type_, sa.String) or isinstance(type_, sa.Enum) or type_.collation is not None:
        return type_
    return type_.adapt(type(type_), collation=collation)


def is_json_with_own_check(column: ColumnState) -> bool:
    """A CHECK in a JSON column takes the place of json_valid() (MariaDB): such a column is a text, and is called so."""
    return column.type.canonical == "longtext" and isinstance(getattr(column.source, "type", None), sa.JSON)


_ON_UPDATE = re.compile(rf"((?:{STRING}|{DOUBLE}|[^'\"])*?)\bON\s+UPDATE\b[^'\"]*", re.I | re.S)


def value_of_default(default: sa.ClauseElement) -> sa.ClauseElement | None:
    """The default as a value: without the ON UPDATE that models write behind it; None for NULL, which is none."""
    if not isinstance(default, sa.TextClause):
        return default
    match = _ON_UPDATE.fullmatch(default.text)
    value = (default.text if match is None else match[1]).strip()
    if value.upper() == "NULL":
        return None
    return default if match is None else sa.text(value)
