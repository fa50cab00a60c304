"""Types of the models' columns: what they are made of, and which of it are objects of their own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, MetaData
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.types import ARRAY, TypeDecorator, TypeEngine

from autodiff.kinds.kind import Models
from autodiff.state import Key

T = TypeVar("T")


@cache
def _may_hold_more(class_: Any) -> bool:
    return issubclass(class_, (TypeDecorator, ARRAY, DOMAIN, EnumType))


def is_plain(type_: TypeEngine[Any]) -> bool:
    """Is the type made of nothing else, and no object of its own?"""
    class_: Any = type(type_)
    return not getattr(type_, "_variant_mapping", None) and not _may_hold_more(class_)


def columns_with_types(models: Models) -> Iterator[Column[Any]]:
    """The columns whose types may be objects of their own, or be made of such."""
    for table in models.tables:
        for column in table.columns:
            if not is_plain(column.type):
                yield column


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
    elif isinstance(type_, DOMAIN):
        yield from inner_types(type_.data_type, models)


def is_named_enum(type_: TypeEngine[Any], models: Models) -> bool:
    """Is this type a named type of its own on this dialect?"""
    is_enum = models.has_named_types and isinstance(type_, EnumType)
    return bool(is_enum and getattr(type_, "native_enum", True) and type_.name)  # type: ignore[attr-defined]


def schema_of_type(type_: Any, models: Models, column: Column[Any] | None) -> str | None:
    """The schema that the type lands in: its own, else (`inherit_schema`) that of its table."""
    if type_.schema is None and vars(type_).get("inherit_schema") and column is not None:
        return models.schema(column.table.schema)
    return models.schema(type_.schema)


def enums_of(models: Models, column: Column[Any]) -> Iterator[tuple[Key, EnumType]]:
    return enums_in(models, column.type, column)


def enums_in(models: Models, whole: TypeEngine[Any], column: Column[Any] | None) -> Iterator[tuple[Key, EnumType]]:
    """The enums that a type is made of.

    :param column: the column that has the type; None for one that hangs on a MetaData.
    """
    for type_ in inner_types(whole, models):
        if isinstance(type_, EnumType) and is_named_enum(type_, models):
            yield Key("enum", schema_of_type(type_, models, column), None, models.name(type_.name)), type_


def domains_in(models: Models, whole: TypeEngine[Any], column: Column[Any] | None) -> Iterator[tuple[Key, DOMAIN]]:
    """The domain that a type, or its items' type, is; then the one that this stands on, and so on."""
    if models.has_named_types:
        for type_ in inner_types(whole, models):
            if isinstance(type_, DOMAIN):
                yield Key("domain", schema_of_type(type_, models, column), None, models.name(type_.name)), type_


def type_keys(models: Models, column: Column[Any]) -> Iterator[Key]:
    """The enums that a column's type is made of, and the domain that it is."""
    yield from (key for key, _ in enums_of(models, column))
    yield from (key for key, _ in [*domains_in(models, column.type, column)][:1])


def types_of_metadata(metadata: MetaData, type_class: type[T]) -> Iterator[T]:
    """Types of a class that hang on a MetaData without any column."""
    if hasattr(metadata, "get_schema_objects"):  # SQLAlchemy 2.1
        yield from metadata.get_schema_objects(type_class)
        return
    for listener in getattr(metadata.dispatch, "before_create", ()):  # SQLAlchemy 2.0 knows them as listeners only
        target = getattr(listener, "target", None)
        if isinstance(target, type_class):
            yield target
