"""Domains: types with a default and conditions of their own (PostgreSQL's CREATE DOMAIN)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import DOMAIN

from autodiff.kinds.column import ColumnState
from autodiff.kinds.column_type import columns_with_types, domains_in, enums_in, types_of_metadata
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.domain_ops import AlterDomainOp, CreateDomainOp, DropDomainOp
from autodiff.operations.literal import DatabaseType
from autodiff.state import Change, Key, Snapshot, Sql, State
from autodiff.state.state import frozen


@dataclass(frozen=True)
class DomainCheck:
    """:param name: the constraint's name; empty until the room has said which one the server gives."""

    name: str
    condition: Sql


@frozen
class DomainState(State):
    """:param type: the type that it stands on, without collation.
    :param collation: the collation, where it is not the type's own.
    :param not_null_name: the name of NOT NULL, where it is not the server's own.
    :param checks: the conditions, sorted by name.
    """

    type: Sql
    collation: str | None = None
    not_null: bool = False
    not_null_name: str | None = None
    default: Sql | None = None
    checks: tuple[DomainCheck, ...] = ()
    comment: str | None = None


class DomainKind(Kind[DomainState]):
    name = "domain"
    topic = "tables"

    def summary(self, state: DomainState) -> str:
        parts = [state.type.canonical or state.type.text]
        if state.default is not None:
            parts.append(f"default {state.default.text}")
        if state.not_null:
            parts.append("not null")
        return " ".join([*parts, *(f"check ({check.condition.text})" for check in state.checks)])

    def read(self, models: Models) -> Iterator[DomainState]:
        if not models.has_named_types:
            return
        found: dict[Key, DomainState] = {}
        for column in columns_with_types(models):
            self._collect(models, column.type, column, found)
        for metadata in models.metadatas:
            for type_ in types_of_metadata(metadata, DOMAIN):
                self._collect(models, type_, None, found)
        yield from found.values()

    def _collect(self, models: Models, type_: Any, column: Column[Any] | None, found: dict[Key, DomainState]) -> None:
        """The domains in a type, those that others stand on first."""
        for key, domain in reversed(list(domains_in(models, type_, column))):
            if key not in found:
                found[key] = self._state(models, key, domain, column)

    @staticmethod
    def _state(models: Models, key: Key, domain: DOMAIN, column: Column[Any] | None) -> DomainState:
        needs = {Key("schema", None, None, key.schema)} if key.schema else set()
        needs |= {enum for enum, _ in enums_in(models, domain.data_type, column)}
        needs |= {base for base, _ in [*domains_in(models, domain.data_type, column)][:1]}
        named = domain.constraint_name is not None and not domain.not_null
        checks: tuple[DomainCheck, ...] = ()
        if domain.check is not None:
            condition = Sql(models.expression_text(domain.check))
            checks = (DomainCheck(str(domain.constraint_name) if named else "", condition),)
        return DomainState(
            key=key,
            type=Sql(models.type_text(domain.data_type)),
            collation=domain.collation,
            not_null=bool(domain.not_null),
            not_null_name=str(domain.constraint_name) if domain.not_null and domain.constraint_name else None,
            default=None if domain.default is None else Sql(models.ddl.render_default_string(domain.default)),
            checks=checks,
            depends_on=frozenset(needs),
            source=domain,
        )

    def steps(self, change: Change[DomainState], sides: Sides) -> Iterator[Step]:
        before, after = change.before, change.after
        if before is not None and after is not None and not is_remade(change, sides.before.snapshot):
            yield from altered(before, after, sides)
            return
        if before is not None:
            yield from (step_off(before, old, sides) for old, _ in columns_that_stay(change.key, sides))
            yield Step(DropDomainOp(str(before.key.name), schema=before.key.schema), "drop", before)
        if after is not None:
            yield Step(created(after), "create", after)
            there = sides.before.snapshot.get(change.key)
            if isinstance(there, DomainState):
                yield from (step_on(there, old, new, sides) for old, new in columns_that_stay(change.key, sides))

    def note(self, change: Change[DomainState]) -> str:
        before, after = change.before, change.after
        if before is None or after is None:
            return ""
        stricter = (after.not_null and not before.not_null) or bool(set(after.checks) - set(before.checks))
        return "may not fit" if stricter or before.type != after.type else ""


def is_remade(change: Change[Any], before: Snapshot) -> bool:
    """Must the domain be dropped and created?

    Its type cannot be altered; and a domain that arrays are made of takes no new condition (0A000).
    """
    old, new = change.before, change.after
    if not isinstance(old, DomainState) or not isinstance(new, DomainState):
        return False
    if old.type != new.type or old.collation != new.collation:
        return True
    stricter = (new.not_null and not old.not_null) or bool(set(new.checks) - set(old.checks))
    return stricter and any(is_array(column) for column in columns_of(old.key, before))


def columns_of(type_: Key, snapshot: Snapshot) -> Iterator[ColumnState]:
    """The columns that have the domain or enum, or arrays of it."""
    return (column for column in snapshot.of_class(ColumnState) if type_ in column.depends_on)


def columns_that_stay(domain: Key, sides: Sides) -> Iterator[tuple[ColumnState, ColumnState]]:
    """Columns that have the domain before and after, as they are on both sides; generated ones are made anew anyway."""
    for old in columns_of(domain, sides.before.snapshot):
        new = sides.after.snapshot.get(old.key)
        if isinstance(new, ColumnState) and domain in new.depends_on and old.computed is None and new.computed is None:
            yield old, new


def is_array(column: ColumnState) -> bool:
    return str(column.type.canonical).endswith("[]")


def created(state: DomainState) -> CreateDomainOp:
    return CreateDomainOp(
        str(state.key.name),
        state.type.text,
        schema=state.key.schema,
        collation=state.collation,
        default=None if state.default is None else state.default.text,
        not_null=state.not_null,
        not_null_name=state.not_null_name,
        checks=named(state.checks),
        comment=state.comment,
    )


def named(checks: Iterable[DomainCheck]) -> dict[str, str] | None:
    return {check.name: check.condition.text for check in checks} or None


def altered(before: DomainState, after: DomainState, sides: Sides) -> Iterator[Step]:
    """The alterations; before a domain refuses NULL, rows get its default, if it has one."""
    name, schema = str(after.key.name), after.key.schema
    keywords: dict[str, Any] = {}
    gone = [check.name for check in before.checks if check not in after.checks]
    if gone:
        keywords["drop_checks"] = gone
    if before.default != after.default:
        keywords["default"] = None if after.default is None else after.default.text
    stricter: dict[str, Any] = {}
    if (before.not_null, before.not_null_name) != (after.not_null, after.not_null_name):
        stricter |= {"not_null": after.not_null, "not_null_name": after.not_null_name}
        if before.not_null and after.not_null:
            keywords["not_null"] = False
    come = named(check for check in after.checks if check not in before.checks)
    if come:
        stricter["add_checks"] = come
    fills = list(fills_of(before, after, sides))
    if not fills and "not_null" not in keywords:
        yield Step(AlterDomainOp(name, schema=schema, **keywords, **stricter), "alter", after, before)
        return
    if keywords:
        yield Step(AlterDomainOp(name, schema=schema, **keywords), "alter", after, before)
    yield from (Step(SqlOp(fill), "alter", after, before) for fill in fills)
    yield Step(AlterDomainOp(name, schema=schema, **stricter), "alter", after, before)


def fills_of(before: DomainState, after: DomainState, sides: Sides) -> Iterator[str]:
    """Statements that give rows without a value the one that new rows get."""
    if before.not_null or not after.not_null:
        return
    for old, new in columns_that_stay(after.key, sides):
        if is_array(old) or not old.nullable or (after.default is None and new.default is None):
            continue
        column = sides.words.quoted(str(old.key.name))
        table = sides.words.quoted(str(old.key.table))
        place = f"{sides.words.quoted(old.key.schema)}.{table}" if old.key.schema else table
        yield f"UPDATE {place} SET {column} = DEFAULT WHERE {column} IS NULL"


def between(domain: DomainState, column: ColumnState, snapshot: Snapshot) -> ColumnState:
    """The column while the domain is being made anew: of the plain type, without a default."""
    plain, needs = innermost(domain, snapshot)
    brackets = "[]" if is_array(column) else ""
    type_ = Sql(plain.text + brackets, f"{plain.canonical}{brackets}")
    return replace(column, type=type_, default=None, depends_on=(column.depends_on - {domain.key}) | needs)


def innermost(domain: DomainState, snapshot: Snapshot) -> tuple[Sql, frozenset[Key]]:
    """The type that a domain stands on, domains under it passed by, and the enum that this is."""
    under = next((snapshot.get(key) for key in domain.depends_on if key.kind == "domain"), None)
    if isinstance(under, DomainState) and not str(domain.type.canonical).endswith("[]"):
        return innermost(under, snapshot)
    return domain.type, frozenset(key for key in domain.depends_on if key.kind == "enum")


def step_off(domain: DomainState, column: ColumnState, sides: Sides) -> Step:
    old, plain = sides.before.thing(column), between(domain, column, sides.before.snapshot)
    # An enum under the domain is there, in whatever form: what is being made of it comes later.
    plain = replace(plain, depends_on=frozenset(key for key in plain.depends_on if key.kind != "enum"))
    keywords = {} if column.default is None else {"modify_server_default": None}
    operation = AlterColumnOp(
        str(column.key.table),
        str(column.key.name),
        schema=column.key.schema,
        modify_type=DatabaseType(plain.type.text),
        existing_type=old.type,
        existing_nullable=column.nullable,
        existing_server_default=old.server_default,
        **keywords,
    )
    return Step(operation, "alter", plain, column)


def step_on(domain: DomainState, old: ColumnState, new: ColumnState, sides: Sides) -> Step:
    plain, wanted = between(domain, old, sides.before.snapshot), sides.after.thing(new)
    keywords = sides.words.column_keywords_for(Change(plain, new), sides)
    operation = AlterColumnOp(
        str(new.key.table),
        str(new.key.name),
        schema=new.key.schema,
        modify_type=wanted.type,
        existing_type=DatabaseType(plain.type.text),
        existing_nullable=old.nullable,
        **keywords,
    )
    return Step(operation, "alter", new, plain)
