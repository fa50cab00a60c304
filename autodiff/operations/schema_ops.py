"""Operations on schemas (namespaces)."""

from __future__ import annotations

from autodiff.operations.declare import operation
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation


@operation("create_schema")
class CreateSchemaOp(MigrateOperation):
    """Create a schema; nothing where the database has none (SQLite).

    :param name: the schema's name.
    :param if_not_exists: do nothing if there is such a schema.
    """

    stands_for = CreateTableOp

    def __init__(self, name: str, *, if_not_exists: bool = False) -> None:
        self.name = name
        self.if_not_exists = if_not_exists

    def reverse(self) -> DropSchemaOp:
        return DropSchemaOp(self.name)

    def to_diff_tuple(self) -> tuple[str, str]:
        return ("add_schema", self.name)


@operation("drop_schema")
class DropSchemaOp(MigrateOperation):
    """Drop a schema; nothing where the database has none (SQLite).

    :param name: the schema's name.
    :param if_exists: do nothing if there is no such schema.
    :param cascade: drop what is in it too; without it a schema that is not empty is refused.
    """

    stands_for = DropTableOp

    def __init__(self, name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
        self.name = name
        self.if_exists = if_exists
        self.cascade = cascade

    def reverse(self) -> CreateSchemaOp:
        return CreateSchemaOp(self.name)

    def to_diff_tuple(self) -> tuple[str, str]:
        return ("remove_schema", self.name)
