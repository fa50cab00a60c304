"""What an operation holds, as plain JSON values: two operations are equal if their portraits are."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Mapping, Set
from functools import singledispatch
from typing import Any

from sqlalchemy import Column, Computed, FetchedValue, Identity, MetaData, Sequence, Table
from sqlalchemy.schema import (
    CheckConstraint,
    ColumnCollectionConstraint,
    Constraint,
    DefaultClause,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
)
from sqlalchemy.sql.elements import ClauseElement, TextClause
from sqlalchemy.types import TypeEngine


@singledispatch
def portrait(value: Any) -> Any:
    """`value` as JSON values (dict with string keys, list, str, int, float, bool, None)."""
    return repr(value)


@portrait.register(type(None))
@portrait.register(bool)
@portrait.register(int)
@portrait.register(float)
def _(value: Any) -> Any:
    return value


@portrait.register(str)
def _(value: str) -> Any:
    quote = getattr(value, "quote", None)
    return str(value) if quote is None else {"name": str(value), "quote": quote}


@portrait.register(decimal.Decimal)
@portrait.register(uuid.UUID)
def _(value: Any) -> Any:
    return str(value)


@portrait.register(datetime.date)
@portrait.register(datetime.time)
def _(value: Any) -> Any:
    return value.isoformat()


@portrait.register(bytes)
def _(value: bytes) -> Any:
    return value.hex()


@portrait.register(enum.Enum)
def _(value: enum.Enum) -> Any:
    return value.name


@portrait.register(list)
@portrait.register(tuple)
def _(value: Any) -> Any:
    return [portrait(item) for item in value]


@portrait.register(Set)
def _(value: Set[Any]) -> Any:
    return sorted((portrait(item) for item in value), key=repr)


@portrait.register(Mapping)
def _(value: Mapping[Any, Any]) -> Any:
    return {str(key): portrait(item) for key, item in value.items()}


@portrait.register(MetaData)
def _(value: MetaData) -> Any:
    return None


@portrait.register(TypeEngine)
def _(value: TypeEngine[Any]) -> Any:
    name = f"{type(value).__module__}.{type(value).__qualname__}"
    return {"type": name, "repr": repr(value), **_variants(value)}


def _variants(value: TypeEngine[Any]) -> dict[str, Any]:
    mapping = getattr(value, "_variant_mapping", None)
    return {"variants": portrait(dict(mapping))} if mapping else {}


@portrait.register(ClauseElement)
def _(value: ClauseElement) -> Any:
    # literal_binds: without it two conditions with different constants would look alike.
    try:
        return {"sql": str(value.compile(compile_kwargs={"literal_binds": True}))}
    except Exception:
        return {"sql": str(value), "parameters": portrait(dict(value.compile().params))}


@portrait.register(TextClause)
def _(value: TextClause) -> Any:
    bound = {name: bind.value for name, bind in value._bindparams.items() if not bind.required}
    return {"text": value.text, **({"parameters": portrait(bound)} if bound else {})}


@portrait.register(DefaultClause)
def _(value: DefaultClause) -> Any:
    return portrait(value.arg)


@portrait.register(FetchedValue)
def _(value: FetchedValue) -> Any:
    return {"default": "fetched"}


@portrait.register(Computed)
def _(value: Computed) -> Any:
    return {"computed": portrait(value.sqltext), "persisted": value.persisted}


_SEQUENCE_OPTIONS = (
    "start",
    "increment",
    "minvalue",
    "maxvalue",
    "nominvalue",
    "nomaxvalue",
    "cycle",
    "cache",
    "order",
    "on_null",
)


def sequence_options(value: Identity | Sequence) -> dict[str, Any]:
    """The options that are given, by their keywords."""
    # SQLAlchemy 2.1 keeps `order` and `on_null` as oracle_order, oracle_on_null, and takes one of the two words only.
    of_dialects = dict(getattr(value, "dialect_kwargs", {}))
    found = {name: getattr(value, name, None) for name in _SEQUENCE_OPTIONS if f"oracle_{name}" not in of_dialects}
    return {name: option for name, option in {**found, **of_dialects}.items() if option is not None}


@portrait.register(Identity)
def _(value: Identity) -> Any:
    return {"identity": {"always": bool(value.always), **portrait(sequence_options(value))}}


@portrait.register(Sequence)
def _(value: Sequence) -> Any:
    return {
        "sequence": portrait(value.name),
        "schema": portrait(value.schema),
        **portrait(sequence_options(value)),
    }


@portrait.register(ForeignKey)
def _(value: ForeignKey) -> Any:
    attributes = ("name", "onupdate", "ondelete", "deferrable", "initially", "match")
    return {"references": value._get_colspec(), **_set(value, attributes), **_dialect(value)}


def _set(value: Any, attributes: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(value, name, None) for name in attributes}
    return {name: portrait(item) for name, item in found.items() if item is not None}


def _dialect(value: Any) -> dict[str, Any]:
    return {name: portrait(item) for name, item in value.dialect_kwargs.items() if item is not None}


@portrait.register(Column)
def _(value: Column[Any]) -> Any:
    flags = ("comment", "key", "primary_key", "unique", "index", "system")
    given = {name: item for name, item in _set(value, flags).items() if item is not False}
    if given.get("key") == portrait(value.name):
        del given["key"]
    if value.table is not None:
        # There they are constraints and indexes of the table.
        given = {name: item for name, item in given.items() if name not in ("unique", "index")}
    return {
        "column": portrait(value.name),
        "type": portrait(value.type),
        "nullable": value.nullable,
        "server_default": portrait(value.server_default),
        "autoincrement": value.autoincrement,
        "foreign_keys": sorted((portrait(fk) for fk in value.foreign_keys), key=repr),
        "constraints": sorted((portrait(c) for c in value.constraints), key=repr),
        **given,
        **_dialect(value),
    }


_CONSTRAINT = ("deferrable", "initially", "comment")


def _named(value: Any) -> dict[str, Any]:
    name = value.name
    return {type(value).__name__: portrait(name) if isinstance(name, str) else None}


@portrait.register(Constraint)
def _(value: Constraint) -> Any:
    return {**_named(value), **_set(value, _CONSTRAINT), **_dialect(value)}


@portrait.register(CheckConstraint)
def _(value: CheckConstraint) -> Any:
    return {**_named(value), "condition": portrait(value.sqltext), **_set(value, _CONSTRAINT), **_dialect(value)}


@portrait.register(ColumnCollectionConstraint)
def _(value: ColumnCollectionConstraint) -> Any:
    if value.__visit_name__ == "exclude_constraint":  # its class comes with all of SQLAlchemy's PostgreSQL dialect
        return _excluding(value)
    pending = getattr(value, "_pending_colargs", None) or []
    columns = [portrait(c.name) for c in value.columns] or [portrait(getattr(c, "name", c)) for c in pending]
    return {**_named(value), "columns": columns, **_set(value, _CONSTRAINT), **_dialect(value)}


def _excluding(value: Any) -> Any:
    elements = [[portrait(expression), operator] for expression, _name, operator in value._render_exprs]
    where = portrait(value.where)
    return {**_named(value), "elements": elements, "using": value.using, "where": where, **_set(value, _CONSTRAINT)}


@portrait.register(ForeignKeyConstraint)
def _(value: ForeignKeyConstraint) -> Any:
    attributes = (*_CONSTRAINT, "onupdate", "ondelete", "match")
    return {
        **_named(value),
        "columns": [portrait(name) for name in value.column_keys],
        "references": [element._get_colspec() for element in value.elements],
        **_set(value, attributes),
        **_dialect(value),
    }


@portrait.register(Index)
def _(value: Index) -> Any:
    keys = [portrait(getattr(e, "name", None) if isinstance(e, Column) else e) for e in value.expressions]
    return {**_named(value), "keys": keys, "unique": value.unique, **_dialect(value)}


@portrait.register(Table)
def _(value: Table) -> Any:
    constraints = [c for c in value.constraints if not getattr(c, "_type_bound", False)]
    return {
        "table": portrait(value.name),
        "schema": portrait(value.schema),
        "columns": [portrait(column) for column in value.columns],
        "constraints": sorted((portrait(c) for c in constraints), key=repr),
        "indexes": sorted((portrait(i) for i in value.indexes), key=repr),
        **_set(value, ("comment",)),
        **_dialect(value),
    }


__all__ = ["portrait"]
