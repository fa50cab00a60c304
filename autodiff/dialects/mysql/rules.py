"""What autodiff knows by itself of how MariaDB and MySQL print plain things, for where the server cannot be asked.

(A transaction that is read only, a user who may make no temporary tables.) What is no plain type or literal is not
compared, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from autodiff.dialects.mysql.lexer import STRING, bare, split_list, string_of
from autodiff.dialects.mysql.show_create import TEXTUAL
from autodiff.dialects.mysql.types import WIDTHS
from autodiff.dialects.mysql.wanted import AUTOMATIC, as_foreign_key, as_plain
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    TableState,
    UniqueState,
)
from autodiff.state import Key, NotCompared, Sql, State

_TYPE = re.compile(rf"(\w+(?: PRECISION| VARYING)?)\s*(\((?:[^()']|{STRING})*\))?(.*)", re.S | re.I)
_COLLATED = re.compile(r"\s*(?:CHARACTER SET \w+)?\s*(?:COLLATE (\w+))?\s*", re.I)

# https://mariadb.com/kb/en/data-types/: other names of the same types.
_SYNONYMS = {
    "integer": "int",
    "bool": "tinyint(1)",
    "boolean": "tinyint(1)",
    "numeric": "decimal",
    "dec": "decimal",
    "fixed": "decimal",
    "double precision": "double",
    "real": "double",
    "year": "year(4)",
}
_PLAIN = frozenset(
    {"tinyint(1)", "year(4)", "float", "double", "date", "time", "datetime", "timestamp", "json", "uuid", "inet4"}
    | {"inet6", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob"}
)
_LENGTHS = {"char": "1", "binary": "1", "bit": "1"}
_NOW = re.compile(r"(?:now\(\)|current_timestamp(?:\(\))?|localtime(?:stamp)?(?:\(\))?)", re.I)


@dataclass
class Ruled:
    """:param states: the models' states of a table, as far as the rules go.
    :param notes: what they do not reach; there the state is the database's.
    """

    states: dict[Key, State] = field(default_factory=dict)
    notes: list[NotCompared] = field(default_factory=list)

    def note(self, what: str, why: str, key: Key) -> None:
        self.notes.append(NotCompared(f"{what} {key.label}", why, key))


def ruled(parts: Sequence[State], there: Mapping[Key, State], why: str, *, is_mariadb: bool) -> Ruled:
    """The states of a table of the models by rule.

    :param parts: the model's states, the table's own first.
    :param there: the database's states; the table is among them.
    :param why: why the server was not asked.
    """
    answer = Ruled()
    for state in parts:
        found = there.get(state.key)
        if isinstance(state, ForeignKeyState):
            answer.states[state.key] = as_foreign_key(state)
        elif isinstance(state, (TableState, UniqueState, PrimaryKeyState)):
            answer.states[state.key] = as_there(state, found)
        elif isinstance(state, ColumnState) and isinstance(found, ColumnState):
            answer.states[state.key] = column(state, found, answer, why, is_mariadb=is_mariadb)
        elif isinstance(state, IndexState) and isinstance(found, IndexState) and may_be(state, found):
            answer.states[state.key] = replace(found, source=state.source)
            if lengths(state) != lengths(found):
                answer.note("lengths of index", why, state.key)
        elif isinstance(state, (CheckState, IndexState)) and found is not None and not is_plain_index(state):
            answer.states[state.key] = replace(found, source=state.source)
            answer.note(state.key.kind, why, state.key)
        elif isinstance(state, CheckState) and state.unnamed:
            answer.note("unnamed check of", why, state.key.of_table)
        else:
            answer.states[state.key] = as_plain(state)
    if any(isinstance(state, CheckState) and state.unnamed for state in parts):
        answer.states |= {
            key: state for key, state in unnamed_checks(parts[0].key, there).items() if key not in answer.states
        }
    return answer


def unnamed_checks(table: Key, there: Mapping[Key, State]) -> dict[Key, State]:
    """The checks of a table that have a name of the server's, or none: any of them may be an unnamed one of the models."""
    checks = {key: state for key, state in there.items() if isinstance(state, CheckState) and key.of_table == table}
    return {key: state for key, state in checks.items() if state.unnamed or AUTOMATIC.fullmatch(key.name or "")}


_LENGTH = re.compile(r"\(\d+\)(?= DESC$|$)")


def may_be(state: IndexState, found: IndexState) -> bool:
    """Are they the same but for lengths? (The server shortens and drops some.)"""
    there = tuple(_LENGTH.sub("", element.text) for element in found.elements)
    return (
        tuple(element.text for element in state.elements) == there
        and (state.unique, state.options) == (found.unique, found.options)
        and bool(lengths(state) or lengths(found))
    )


def lengths(state: IndexState) -> list[str]:
    """The lengths of an index's parts: ``["body(30)"]``."""
    given = getattr(state.source, "dialect_kwargs", {})
    said = given.get("mysql_length") or given.get("mariadb_length")
    if said is None:
        return [element.text for element in state.elements if _LENGTH.search(element.text)]
    by_name = said if isinstance(said, Mapping) else dict.fromkeys((e.text for e in state.elements), said)
    return [f"{element.text}({by_name[element.text]})" for element in state.elements if element.text in by_name]


def as_there(state: State, found: State | None) -> State:
    """What the models do not say is as in the database; what they say must be so."""
    if isinstance(state, TableState) and isinstance(found, TableState):
        said = {name: value for name, value in state.options if name in dict(found.options)}
        kept = {name: said.get(name, value) for name, value in found.options}
        kept = {name: found_value(found, name, value) for name, value in kept.items()}
        return replace(state, options=tuple(sorted(kept.items())), comment=state.comment or None)
    if isinstance(state, PrimaryKeyState):
        return replace(state, name=None)
    return state


def found_value(found: TableState, name: str, value: str) -> str:
    """Options are compared without case."""
    there = dict(found.options)[name]
    return there if there.lower() == value.lower() else value


def is_plain_index(state: State) -> bool:
    return isinstance(state, IndexState) and not state.options and not any("(" in e.text for e in state.elements)


def column(state: ColumnState, found: ColumnState, answer: Ruled, why: str, *, is_mariadb: bool) -> ColumnState:
    printed, collation = type_by_rule(state.type.text, is_mariadb=is_mariadb)
    type_, default, computed = found.type, found.default, found.computed
    if printed is not None:
        type_ = state.type.as_printed(printed)
    elif state.type.text.lower() != (found.type.canonical or "").lower():
        answer.note("type of", why, state.key)
    if state.computed is not None or found.computed is not None:
        if (state.computed is None) != (found.computed is None):
            computed = state.computed
        else:
            answer.note("expression of", why, state.key)
    else:
        known, value = default_by_rule(state.default, type_.canonical or "", is_mariadb=is_mariadb)
        if known:
            default = None if value is None or state.default is None else state.default.as_printed(value)
        elif state.default is None or found.default is None or state.default.text != found.default.canonical:
            answer.note("default of", why, state.key)
    in_key = not found.nullable and state.source is not None and state.source.primary_key
    return replace(
        state,
        type=type_,
        default=default,
        computed=computed,
        nullable=state.nullable and not in_key,
        collation=collation or found.collation if has_collation(type_) else None,
        comment=state.comment or None,
        options=found.options,
    )


def has_collation(type_: Sql) -> bool:
    return re.split(r"[ (]", type_.canonical or "", maxsplit=1)[0] in TEXTUAL


def type_by_rule(written: str, *, is_mariadb: bool) -> tuple[str | None, str | None]:
    """A type as it is printed (None where the rules do not know it), and its collation."""
    match = _TYPE.fullmatch(written.strip())
    if match is None:
        return None, None
    name, arguments, rest = match[1].lower(), match[2], match[3]
    name = _SYNONYMS.get(name, name)
    collated = _COLLATED.fullmatch(rest) if rest else None
    collation = collated[1] if collated else None
    signs = sorted(rest.lower().split(), reverse=True) if rest and collated is None else []
    if set(signs) - {"unsigned", "zerofill"}:
        return None, None
    members = [argument.strip() for argument in split_list(arguments)] if arguments else []
    return plain_type(name, members, ["unsigned"] if "unsigned" in signs else [], is_mariadb), collation


def plain_type(name: str, members: list[str], signs: list[str], is_mariadb: bool) -> str | None:
    suffix = "".join(f" {sign}" for sign in signs)
    if name in WIDTHS:
        width = members or ([str(WIDTHS[name][bool(signs)])] if is_mariadb else [])
        return f"{name}({width[0]}){suffix}" if width else f"{name}{suffix}"
    if name == "decimal":
        precision, scale = [*members, *("10", "0")[len(members) :]][:2]
        return f"decimal({precision},{scale}){suffix}"
    if name in ("enum", "set"):
        return f"{name}({','.join(members)})"
    if name in _PLAIN and not members:
        return f"{name}{suffix}"
    if name in ("varchar", "varbinary", *_LENGTHS):
        return f"{name}({members[0] if members else _LENGTHS.get(name, '')})"
    if name in ("datetime", "timestamp", "time") and members:
        return f"{name}({members[0]})" if members[0] != "0" else name
    return None


def default_by_rule(default: Sql | None, type_: str, *, is_mariadb: bool) -> tuple[bool, str | None]:
    """Is the default one that the rules know, and how it is printed then."""
    if default is None or default.text.strip().upper() == "NULL":
        return True, None
    text = bare(default.text)
    base = re.split(r"[ (]", type_, maxsplit=1)[0]
    if _NOW.fullmatch(text) and "(" not in type_:
        return True, "current_timestamp()" if is_mariadb else "CURRENT_TIMESTAMP"
    if text.lower() in ("true", "false") and base in WIDTHS:
        text = "1" if text.lower() == "true" else "0"
    if re.fullmatch(STRING, text, re.S):
        value = string_of(text)
        if base in ("char", "varchar"):
            return True, "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
        text = value
    number = number_of(text, base, type_)
    if number is None:
        return False, None
    return True, number if is_mariadb else f"'{number}'"


def number_of(text: str, base: str, type_: str) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if base in WIDTHS and value == value.to_integral_value():
        return str(int(value))
    if base == "decimal":
        scale = int(split_list(type_[len("decimal") :].split(" ")[0])[1])
        return f"{value:.{scale}f}" if value == round(value, scale) else None
    return None
