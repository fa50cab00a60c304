"""Operations on indexes: create, drop, rename."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from sqlalchemy import Index

from autodiff.operations.declare import operation
from autodiff.operations.draft import TableDraft
from autodiff.operations.schemaobj import schema_objects
from autodiff.operations.signature import SaidByBatch, SchemaName, TableName
from autodiff.operations.table_ops import AlterTableOp, RenamePartOp


@operation("create_index", batch=True)
class CreateIndexOp(AlterTableOp):
    """Create an index on a table.

    :param index_name: the index's name; None for the naming convention's.
    :param table_name: the table's name.
    :param columns: names of columns, columns, `sa.text()`, or expressions such as ``sa.func.lower(sa.column("name"))``.
    :param schema: the table's schema; None for the connection's default.
    :param unique: may a value occur only once?
    :param if_not_exists: do nothing if there is such an index.
    :param kw: further arguments of `Index`: ``postgresql_using``, ``postgresql_where``, ``postgresql_concurrently``,
        ``mysql_length``, ``sqlite_where`` …
    """

    def __init__(
        self,
        index_name: str | None,
        table_name: TableName,
        columns: Sequence[Any],
        *,
        schema: SchemaName = None,
        unique: bool = False,
        if_not_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.index_name = index_name
        self.columns = columns
        self.unique = unique
        self.if_not_exists = if_not_exists
        self.kw = kw

    def reverse(self) -> DropIndexOp:
        return DropIndexOp.from_index(self.to_index())

    def to_diff_tuple(self) -> tuple[str, Index]:
        return ("add_index", self.to_index())

    @classmethod
    def from_index(cls, index: Index) -> CreateIndexOp:
        """The operation that creates `index`."""
        assert index.table is not None
        columns = list(index.expressions)  # columns as such: functions of plugins look at their types
        name = index.name if isinstance(index.name, str) else None
        options = _by_name(index.dialect_kwargs, index)
        return cls(name, index.table.name, columns, schema=index.table.schema, unique=index.unique, **options)

    def to_index(self, migration_context: Any = None) -> Index:
        """The index that the operation creates."""
        made = schema_objects(migration_context)
        return made.index(
            self.index_name, self.table_name, self.columns, schema=self.schema, unique=self.unique, **self.kw
        )

    def apply_to(self, table: TableDraft) -> None:
        if self.if_not_exists and table.has_index(self.index_name):
            return
        table.add_index(self.to_index(table.context))


def _by_name(options: Mapping[str, Any], index: Index) -> dict[str, Any]:
    """The options with columns by name, where SQLAlchemy looks them up by key (``…_ops``, ``…_include``)."""
    names = {key: column.name for key, column in index.table.c.items()} if index.table is not None else {}

    def renamed(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {names.get(key, key): item for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [names.get(item, item) if isinstance(item, str) else item for item in value]
        return value

    return {n: renamed(value) if n.endswith(("_ops", "_include")) else value for n, value in options.items()}


@operation("drop_index", batch=True)
class DropIndexOp(AlterTableOp):
    """Drop an index.

    :param index_name: the index's name.
    :param table_name: the table's name; needed where indexes belong to their table (MySQL, SQL Server).
    :param schema: the index's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such index.
    :param kw: further arguments of `Index`: ``postgresql_concurrently``.
    """

    def __init__(
        self,
        index_name: str,
        table_name: Annotated[str | None, SaidByBatch("table")] = None,
        *,
        schema: SchemaName = None,
        if_exists: bool | None = None,
        _reverse: CreateIndexOp | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)  # type: ignore[arg-type]
        self.index_name = index_name
        self.if_exists = if_exists
        self.kw = kw
        self._reverse = _reverse

    def reverse(self) -> CreateIndexOp:
        return CreateIndexOp.from_index(self.to_index())

    def to_diff_tuple(self) -> tuple[str, Index]:
        return ("remove_index", self.to_index())

    @classmethod
    def from_index(cls, index: Index) -> DropIndexOp:
        """The operation that drops `index`, and knows how to bring it back."""
        assert index.table is not None
        created = CreateIndexOp.from_index(index)
        return cls(
            index.name,  # type: ignore[arg-type]
            index.table.name,
            schema=index.table.schema,
            _reverse=created,
            **index.dialect_kwargs,
        )

    def to_index(self, migration_context: Any = None) -> Index:
        """The index that is dropped; its columns are not known if it was not read from somewhere."""
        made = schema_objects(migration_context)
        columns = self._reverse.columns if self._reverse is not None else ["x"]
        options = {"unique": self._reverse.unique, **self.kw} if self._reverse is not None else self.kw
        table_name = self.table_name or "no_table"
        return made.index(self.index_name, table_name, columns, schema=self.schema, **options)

    def apply_to(self, table: TableDraft) -> None:
        table.drop_index(self.index_name, if_exists=bool(self.if_exists))


@operation("rename_index", batch=True)
class RenameIndexOp(RenamePartOp):
    """Rename an index.

    :param old_name: the name that it has.
    :param new_name: the name that it gets.
    :param table_name: the table's name; needed where indexes belong to their table (MySQL, SQL Server), and on SQLite.
    :param schema: the index's schema; None for the connection's default.
    """

    def __init__(
        self,
        old_name: str,
        new_name: str,
        *,
        table_name: Annotated[str | None, SaidByBatch("table")] = None,
        schema: SchemaName = None,
    ) -> None:
        super().__init__(old_name, new_name, table_name, schema=schema)  # type: ignore[arg-type]

    def reverse(self) -> RenameIndexOp:
        return RenameIndexOp(self.new_name, self.old_name, table_name=self.table_name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[object, ...]:
        return ("rename_index", self.schema, self.table_name, self.old_name, self.new_name)

    def apply_to(self, table: TableDraft) -> None:
        table.rename_index(self.old_name, self.new_name)
