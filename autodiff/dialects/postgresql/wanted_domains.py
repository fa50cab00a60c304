"""The models' domains in the server's form: made in pg_temp for a moment, and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import CreateDomainType
from sqlalchemy.sql.compiler import DDLCompiler

from autodiff.dialects.postgresql.asking import Asking
from autodiff.dialects.postgresql.catalog import TEMPORARY, TYPES, query
from autodiff.dialects.postgresql.names import object_name, own_name
from autodiff.dialects.postgresql.read import default_sql
from autodiff.dialects.postgresql.sending import ask, ask_nothing
from autodiff.dialects.postgresql.shadows import Shadows
from autodiff.dialects.postgresql.twins import careful_block
from autodiff.dialects.postgresql.words import as_printed, identifier
from autodiff.kinds import DomainCheck, DomainState
from autodiff.state import Key, NotCompared, Sql, State

Entries = Mapping[str, Mapping[str, Any]]
States = dict[Key, State]


def definition(domain: Any, ddl: DDLCompiler) -> str:
    """What follows AS in the CREATE DOMAIN of a model."""
    preparer: Any = ddl.preparer
    start = f"CREATE DOMAIN {preparer.format_type(domain)} AS "
    return str(ddl.process(CreateDomainType(domain))).removeprefix(start).strip()


def read_entries(connection: Connection, version: tuple[int, ...]) -> Entries:
    """The session's own domains by name."""
    rows = ask(connection, query(TYPES, TEMPORARY, version))
    entries = (json.loads(entry) for kind, entry in rows if kind == "domain")
    return {entry["name"]: entry for entry in entries}


def settle(asking: Asking, shadows: Shadows, before: States, after: States) -> list[NotCompared]:
    """Puts the server's forms into the models' domains; what it refused to make is taken as the database has it."""
    wanted = [(marker, after[key]) for marker, key in shadows.domains.items() if key in after]
    if not wanted:
        return []
    entries = read_entries(asking.connection, asking.server.version)
    unknown: list[NotCompared] = []
    for marker, state in wanted:
        assert isinstance(state, DomainState)
        if marker in entries:
            after[state.key] = settled(state, entries[marker], before.get(state.key), shadows)
        else:
            unknown += as_it_is(state, before, after, "the server refused it")
    second_print(asking, shadows, before, after)
    for _, state in wanted:
        after[state.key] = with_names(after[state.key], before.get(state.key))
    return unknown


def unasked(before: States, after: States) -> list[NotCompared]:
    """The models' domains where the server makes none for us to read."""
    why = "this takes a temporary domain, and the server makes none here"
    found: list[NotCompared] = []
    for state in [state for state in after.values() if isinstance(state, DomainState)]:
        found += as_it_is(state, before, after, why)
        after[state.key] = with_names(after[state.key], before.get(state.key))
    return found


def as_it_is(state: DomainState, before: States, after: States, why: str) -> Iterator[NotCompared]:
    """A domain that could not be asked is taken as the database has it, else as it is written."""
    there = before.get(state.key)
    if isinstance(there, DomainState):
        after[state.key] = replace(there, source=state.source, depends_on=state.depends_on)
        yield NotCompared(f"domain {state.key.label}", why, state.key)
        return
    checks = tuple(replace(check, condition=Sql.printed(check.condition.text)) for check in state.checks)
    type_, default = Sql.printed(state.type.text), state.default and Sql.printed(state.default.text)
    after[state.key] = replace(state, checks=checks, type=type_, default=default)


def settled(state: DomainState, entry: Mapping[str, Any], there: State | None, shadows: Shadows) -> DomainState:
    default = default_sql(entry["default"])
    printed = [condition for _, condition in entry["checks"] or ()]
    return replace(
        state,
        type=state.type.as_printed(shadows.settled(entry["base"])),
        collation=entry["collation"],
        not_null=entry["not_null"],
        not_null_name=not_null_name(state, entry, there),
        default=default and (state.default or default).as_printed(shadows.settled(str(default.canonical))),
        checks=tuple(
            DomainCheck(check.name, check.condition.as_printed(shadows.settled(text)))
            for check, text in zip(state.checks, printed, strict=True)
        ),
        comment=there.comment if isinstance(there, DomainState) else None,
    )


def not_null_name(state: DomainState, entry: Mapping[str, Any], there: State | None) -> str | None:
    """The name that the models give to NOT NULL, else the database's; none on a server that has no place for it."""
    if entry["not_null_name"] is None:
        return None
    if state.not_null_name is None:
        return there.not_null_name if isinstance(there, DomainState) else None
    return own_name(str(state.key.name), state.not_null_name)


def with_names(state: State, there: State | None) -> DomainState:
    """The domain with a name for each of its checks: that of an equal one in the database, else the server's."""
    assert isinstance(state, DomainState)
    wanted = {check.condition for check in state.checks}
    left = {check.condition: check.name for check in there.checks} if isinstance(there, DomainState) else {}
    taken = {check.name for check in state.checks} | {name for equal, name in left.items() if equal in wanted}
    checks = []
    for check in state.checks:
        name = check.name or left.get(check.condition) or automatic_name(str(state.key.name), taken)
        checks.append(replace(check, name=name))
        taken.add(name)
    return replace(state, checks=tuple(sorted(checks, key=lambda check: check.name)))


def automatic_name(domain: str, taken: Iterable[str]) -> str:
    taken, number = set(taken), 0
    while (name := object_name(domain, None, f"check{number or ''}")) in taken:
        number += 1
    return name


def second_print(asking: Asking, shadows: Shadows, before: States, after: States) -> None:
    """What differs is printed once more, both sides over the models' type: a print is not always a fixed point."""
    unequal = []
    for key in shadows.domains.values():
        there, state = before.get(key), after.get(key)
        if isinstance(there, DomainState) and isinstance(state, DomainState) and differ(there, state):
            unequal.append((there, state))
    if not unequal:
        return
    pieces, names = [], {}
    for number, pair in enumerate(unequal):
        base = shadows.unsettled(str(pair[1].type.canonical))
        for letter, states, side in zip("ab", (before, after), pair, strict=True):
            name = f"~d{number}{letter}~"
            names[name] = (states, side)
            pieces.append((None, f"CREATE DOMAIN pg_temp.{identifier(name)} AS {base}{tail(side, shadows)}"))
    ask_nothing(asking.connection, careful_block((), pieces, ()))
    entries = read_entries(asking.connection, asking.server.version)
    for name, (states, side) in names.items():
        if name in entries:
            states[side.key] = reprinted(side, entries[name], shadows)


def differ(one: DomainState, other: DomainState) -> bool:
    conditions = [sorted(str(check.condition.canonical) for check in side.checks) for side in (one, other)]
    return one.default != other.default or conditions[0] != conditions[1]


def tail(state: DomainState, shadows: Shadows) -> str:
    collation = state.collation
    parts = [] if collation is None else [f"COLLATE {collation if '.' in collation else identifier(collation)}"]
    if state.default is not None:
        parts.append(f"DEFAULT {shadows.unsettled(str(state.default.canonical))}")
    for number, check in enumerate(state.checks):
        parts.append(f"CONSTRAINT c{number:03} CHECK ({shadows.unsettled(str(check.condition.canonical))})")
    return "".join(f" {part}" for part in parts)


def reprinted(state: DomainState, entry: Mapping[str, Any], shadows: Shadows) -> DomainState:
    default = default_sql(entry["default"])
    checks = tuple(
        replace(check, condition=check.condition.as_printed(shadows.settled(text)))
        for check, (_, text) in zip(state.checks, entry["checks"] or (), strict=True)
    )
    if state.default is None or default is None:
        return replace(state, checks=checks)
    return replace(state, checks=checks, default=state.default.as_printed(shadows.settled(str(default.canonical))))


def base_type(printed: str, domains: Mapping[str, DomainState]) -> str:
    """The printed type without domains: what its values are."""
    brackets = ""
    while True:
        bare = printed.removesuffix("[]")
        if bare not in domains:
            return printed + brackets
        brackets += printed[len(bare) :]
        printed = str(domains[bare].type.canonical)


def by_print(states: Iterable[State], default_schema: str) -> dict[str, DomainState]:
    """The domains by the name that is printed for them."""
    return {
        f"{as_printed(state.key.schema or default_schema)}.{as_printed(str(state.key.name))}": state
        for state in states
        if isinstance(state, DomainState)
    }
