"""Schemas (namespaces)."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.schema_ops import CreateSchemaOp, DropSchemaOp
from autodiff.state import Change, Key, State
from autodiff.state.state import frozen


@frozen
class SchemaState(State):
    """A schema. The default schema has no state: it is always there."""


class SchemaKind(Kind[SchemaState]):
    name = "schema"
    topic = "tables"

    def read(self, models: Models) -> Iterator[SchemaState]:
        named = {models.schema(t.schema) for t in models.tables} | {models.schema(m.schema) for m in models.metadatas}
        return (SchemaState(key=Key("schema", None, None, name)) for name in sorted(named - {None}, key=str))

    def steps(self, change: Change[SchemaState], sides: Sides) -> Iterator[Step]:

        name = str(change.key.name)
        if change.after is not None:
            yield Step(CreateSchemaOp(name), "create", change.after)
        elif change.before is not None:
            yield Step(DropSchemaOp(name), "drop", change.before)
