"""Enum types that are objects of their own (PostgreSQL's CREATE TYPE … AS ENUM)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy import Enum as EnumType
from sqlalchemy.types import ARRAY, TypeDecorator, TypeEngine

from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.enum_ops import CreateEnumOp, DropEnumOp
from autodiff.state import Change, Key, State


@dataclass(frozen=True, kw_only=True)
class EnumState(State):
    """:param labels: the values, in the order in which the database sorts them."""

    labels: tuple[str, ...]
    comment: str | None = None


def inner_types(type_: TypeEngine[Any], models: Models) -> Iterator[TypeEngine[Any]]:
    """A type and all that it is made of on this dialect: decorators' implementations, variants, items, bases."""
    variant = getattr(type_, "_variant_mapping", {}).get(models.dialect.name)
    if variant is not None:
        yield from inner_types(variant, models)
        return
    yield type_
    if isinstance(type_, TypeDecorator):
        yield from inner_types(type_.type_engine(models.dialect), models)
    elif isinstance(type_, ARRAY):
        yield from inner_types(type_.item_type, models)
    elif type_.__visit_name__ == "DOMAIN":
        yield from inner_types(type_.data_type, models)  # type: ignore[attr-defined]


def is_named_enum(type_: TypeEngine[Any], models: Models) -> bool:
    """Is this type a named type of its own on this dialect?"""
    is_enum = models.has_named_enums and isinstance(type_, EnumType)
    return bool(is_enum and getattr(type_, "native_enum", True) and type_.name)  # type: ignore[attr-defined]


def enum_schema(type_: EnumType, models: Models, column: Column[Any] | None) -> str | None:
    """The schema that the type lands in: its own, else (`inherit_schema`) that of its table."""
    if type_.schema is None and vars(type_).get("inherit_schema") and column is not None:
        return models.schema(column.table.schema)
    return models.schema(type_.schema)


def enums_of(models: Models, column: Column[Any]) -> Iterator[tuple[Key, EnumType]]:
    for type_ in inner_types(column.type, models):
        if isinstance(type_, EnumType) and is_named_enum(type_, models):
            yield Key("enum", enum_schema(type_, models, column), None, str(type_.name)), type_


def enum_keys(models: Models, column: Column[Any]) -> Iterator[Key]:
    return (key for key, _ in enums_of(models, column))


def enums_of_metadata(models: Models) -> Iterator[EnumType]:
    """Types that hang on a MetaData without any column."""
    for metadata in models.metadatas:
        if hasattr(metadata, "get_schema_objects"):  # SQLAlchemy 2.1
            yield from metadata.get_schema_objects(EnumType)
            continue
        for listener in getattr(metadata.dispatch, "before_create", ()):  # SQLAlchemy 2.0 knows them as listeners only
            target = getattr(listener, "target", None)
            if isinstance(target, EnumType):
                yield target


class EnumKind(Kind[EnumState]):
    name = "enum"
    topic = "tables"

    def summary(self, state: EnumState) -> str:
        return ", ".join(state.labels)

    def read(self, models: Models) -> Iterator[EnumState]:
        if not models.has_named_enums:
            return
        found: dict[Key, EnumType] = {}
        for table in models.tables:
            for column in table.columns:
                for key, type_ in enums_of(models, column):
                    found.setdefault(key, type_)
        for type_ in enums_of_metadata(models):
            if is_named_enum(type_, models):
                found.setdefault(Key("enum", enum_schema(type_, models, None), None, str(type_.name)), type_)
        for key, type_ in found.items():
            needs = frozenset({Key("schema", None, None, key.schema)} if key.schema else ())
            yield EnumState(key=key, labels=tuple(type_.enums), depends_on=needs, source=type_)

    def steps(self, change: Change[EnumState], sides: Sides) -> Iterator[Step]:

        key = change.key
        if change.before is None and change.after is not None:
            operation = CreateEnumOp(str(key.name), list(change.after.labels), schema=key.schema)
            yield Step(operation, "create", change.after)
        elif change.before is not None and change.after is None:
            yield Step(DropEnumOp(str(key.name), schema=key.schema), "drop", change.before)
        else:
            yield from sides.words.enum_steps(change, sides)
