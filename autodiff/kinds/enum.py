"""Enum types that are objects of their own (PostgreSQL's CREATE TYPE … AS ENUM)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Enum as EnumType

from autodiff.kinds.column_type import columns_with_types, enums_of, is_named_enum, schema_of_type, types_of_metadata
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.enum_ops import CreateEnumOp, DropEnumOp
from autodiff.state import Change, Key, State
from autodiff.state.state import frozen


@frozen
class EnumState(State):
    """:param labels: the values, in the order in which the database sorts them."""

    labels: tuple[str, ...]
    comment: str | None = None


class EnumKind(Kind[EnumState]):
    name = "enum"
    topic = "tables"

    def summary(self, state: EnumState) -> str:
        return ", ".join(state.labels)

    def read(self, models: Models) -> Iterator[EnumState]:
        if not models.has_named_types:
            return
        found: dict[Key, EnumType] = {}
        for column in columns_with_types(models):
            for key, type_ in enums_of(models, column):
                found.setdefault(key, type_)
        for type_ in (type_ for metadata in models.metadatas for type_ in types_of_metadata(metadata, EnumType)):
            if is_named_enum(type_, models):
                found.setdefault(Key("enum", schema_of_type(type_, models, None), None, models.name(type_.name)), type_)
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
