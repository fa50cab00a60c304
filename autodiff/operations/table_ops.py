"""Operations on whole tables: create, drop, rename, comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Annotated, Any

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import NULLTYPE

from autodiff.operations.declare import operation
from autodiff.operations.draft import TableDraft
from autodiff.operations.schemaobj import SchemaObjects, schema_objects
from autodiff.operations.signature import Kept, OnlyForClass, SchemaName, Spread, TableName
from autodiff.operations.tree import MigrateOperation


class AlterTableOp(MigrateOperation):
    """An operation on a table that exists.

    :param table_name: the table's name.
    :param schema: the table's schema; None for the connection's default.
    """

    def __init__(self, table_name: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema


class RenamePartOp(AlterTableOp):
    """Another name for a part of a table.

    :param old_name: the name that it has.
    :param new_name: the name that it gets.
    """

    #: What makes the same difference by drop and add: a comparison tells it so, as its readers know it.
    instead_of: Sequence[MigrateOperation] = ()

    def __init__(self, old_name: str, new_name: str, table_name: str, *, schema: str | None = None) -> None:
        super().__init__(table_name, schema=schema)
        self.old_name = old_name
        self.new_name = new_name

    def diff_tuples(self) -> Iterator[Any]:
        if not self.instead_of:
            yield self.to_diff_tuple()
        for each in self.instead_of:
            yield from each.diff_tuples()


@operation("create_table")
class CreateTableOp(MigrateOperation):
    """Create a table, with its indexes and comments.

    The answer is the `Table`, which `bulk_insert` takes.

    :param table_name: the table's name.
    :param columns: columns, constraints and indexes.
    :param schema: the table's schema; None for the connection's default.
    :param if_not_exists: do nothing if there is such a table.
    :param final_names: apply no naming convention: what has no name stays unnamed.
    :param kw: further arguments of `Table`: ``comment``, ``info``, ``prefixes``, ``mysql_engine`` …
    """

    def __init__(
        self,
        table_name: str,
        columns: Annotated[Sequence[SchemaItem], Spread()],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        final_names: bool = False,
        _namespace_metadata: MetaData | None = None,
        _constraints_included: bool = False,
        **kw: Annotated[Any, Kept("table_kw")],
    ) -> None:
        self.table_name = table_name
        self.columns = columns
        self.schema = schema
        self.if_not_exists = if_not_exists
        self.final_names = final_names
        self.info = kw.pop("info", {})
        self.comment: str | None = kw.pop("comment", None)
        self.prefixes: Sequence[str] | None = kw.pop("prefixes", None)
        self.kw = kw
        self._namespace_metadata = _namespace_metadata
        self._constraints_included = _constraints_included

    @property
    def table_kw(self) -> dict[str, Any]:
        """All further arguments of `Table`."""
        given = {"comment": self.comment, "prefixes": self.prefixes or None, "info": self.info or None}
        return {**self.kw, **{name: value for name, value in given.items() if value is not None}}

    def reverse(self) -> DropTableOp:
        return DropTableOp.from_table(self.to_table(), _namespace_metadata=self._namespace_metadata)

    def to_diff_tuple(self) -> tuple[str, Table]:
        return ("add_table", self.to_table())

    @classmethod
    def from_table(cls, table: Table, *, _namespace_metadata: MetaData | None = None) -> CreateTableOp:
        """The operation that creates `table` (its indexes apart)."""
        said = (c for c in table.constraints if not getattr(c, "_type_bound", False) and not _is_empty_key(c))
        constraints = sorted(said, key=lambda constraint: constraint._creation_order)
        return cls(
            table.name,
            [*table.columns, *constraints],
            schema=table.schema,
            _namespace_metadata=_namespace_metadata or table.metadata,
            _constraints_included=True,
            comment=table.comment,
            info=dict(table.info),
            prefixes=list(table._prefixes),
            **table.dialect_kwargs,
        )

    def to_table(self, migration_context: Any = None) -> Table:
        """The table that the operation creates."""
        maker = SchemaObjects() if self.final_names else schema_objects(migration_context)
        return maker.table(
            self.table_name,
            *self.columns,
            schema=self.schema,
            constraints_included=self._constraints_included,
            **self.table_kw,
        )


def _is_empty_key(constraint: Any) -> bool:
    return isinstance(constraint, PrimaryKeyConstraint) and not constraint.columns and constraint.name is None


@operation("drop_table")
class DropTableOp(MigrateOperation):
    """Drop a table.

    :param table_name: the table's name.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such table.
    :param table_kw: further arguments of `Table`.
    :param kw: the same, as keywords.
    """

    def __init__(
        self,
        table_name: str,
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        table_kw: Annotated[MutableMapping[Any, Any] | None, OnlyForClass()] = None,
        _reverse: CreateTableOp | None = None,
        **kw: Any,
    ) -> None:
        self.table_name = table_name
        self.schema = schema
        self.if_exists = if_exists
        self.table_kw: dict[Any, Any] = {**(table_kw or {}), **kw}
        self.comment = self.table_kw.pop("comment", None)
        self.info = self.table_kw.pop("info", {})
        self.prefixes = self.table_kw.pop("prefixes", None)
        self._reverse = _reverse

    @property
    def kw(self) -> dict[Any, Any]:
        """Nothing more: all is in `table_kw`, which dropping does not need."""
        return {}

    def reverse(self) -> CreateTableOp:
        return CreateTableOp.from_table(self.to_table(), _namespace_metadata=self._namespace())

    def _namespace(self) -> MetaData | None:
        return self._reverse._namespace_metadata if self._reverse is not None else None

    #: What the comparison knows to go with the table.
    _indexes: tuple[Index, ...] = ()

    def to_diff_tuple(self) -> tuple[str, Table]:
        return ("remove_table", self.to_table())

    def diff_tuples(self) -> Iterator[Any]:
        """One for each index, too: DROP TABLE drops them, but those who read the tuples look for each."""
        yield from (("remove_index", index) for index in self._indexes)
        yield self.to_diff_tuple()

    @classmethod
    def from_table(cls, table: Table, *, _namespace_metadata: MetaData | None = None) -> DropTableOp:
        """The operation that drops `table`, and knows how to bring it back."""
        made = CreateTableOp.from_table(table, _namespace_metadata=_namespace_metadata)
        return cls(table.name, schema=table.schema, table_kw=made.table_kw, _reverse=made)

    def to_table(self, migration_context: Any = None) -> Table:
        """The table that is dropped; without columns, if they are not known."""
        if self._reverse is not None:
            return self._reverse.to_table(migration_context)
        given = {"comment": self.comment, "prefixes": self.prefixes, "info": self.info or None}
        kw = {**self.table_kw, **{name: value for name, value in given.items() if value is not None}}
        return schema_objects(migration_context).table(self.table_name, schema=self.schema, **kw)


@operation("rename_table")
class RenameTableOp(AlterTableOp):
    """Rename a table.

    :param old_table_name: the name that it has.
    :param new_table_name: the name that it gets.
    :param schema: the table's schema; it stays there.
    """

    def __init__(
        self, old_table_name: Annotated[str, Kept("table_name")], new_table_name: str, *, schema: str | None = None
    ) -> None:
        super().__init__(old_table_name, schema=schema)
        self.new_table_name = new_table_name

    def reverse(self) -> RenameTableOp:
        return RenameTableOp(self.new_table_name, self.table_name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("rename_table", self.schema, self.table_name, self.new_table_name)


def _table_with(name: str, schema: str | None, comment: str | None) -> Table:
    return SchemaObjects().table(name, schema=schema, comment=comment)


@operation("create_table_comment", batch=True)
class CreateTableCommentOp(AlterTableOp):
    """Set the comment of a table.

    :param table_name: the table's name.
    :param comment: the comment.
    :param existing_comment: the comment that it has; needed to undo the operation.
    :param schema: the table's schema; None for the connection's default.
    """

    def __init__(
        self,
        table_name: TableName,
        comment: str | None,
        *,
        schema: SchemaName = None,
        existing_comment: str | None = None,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.comment = comment
        self.existing_comment = existing_comment

    def reverse(self) -> CreateTableCommentOp | DropTableCommentOp:
        if self.existing_comment is None:
            return DropTableCommentOp(self.table_name, existing_comment=self.comment, schema=self.schema)
        return CreateTableCommentOp(
            self.table_name, self.existing_comment, existing_comment=self.comment, schema=self.schema
        )

    def to_table(self, migration_context: Any = None) -> Table:
        return _table_with(self.table_name, self.schema, self.comment)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_table_comment", self.to_table(), self.existing_comment)

    def apply_to(self, table: TableDraft) -> None:
        table.options["comment"] = self.comment


@operation("drop_table_comment", batch=True)
class DropTableCommentOp(AlterTableOp):
    """Drop the comment of a table.

    :param table_name: the table's name.
    :param existing_comment: the comment that it has; needed to undo the operation.
    :param schema: the table's schema; None for the connection's default.
    """

    def __init__(
        self, table_name: TableName, *, schema: SchemaName = None, existing_comment: str | None = None
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.existing_comment = existing_comment

    def reverse(self) -> CreateTableCommentOp:
        return CreateTableCommentOp(self.table_name, self.existing_comment, schema=self.schema)

    def to_table(self, migration_context: Any = None) -> Table:
        return _table_with(self.table_name, self.schema, None)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("remove_table_comment", self.to_table())

    def apply_to(self, table: TableDraft) -> None:
        table.options["comment"] = None


@operation("set_table_options", batch=True)
class SetTableOptionsOp(AlterTableOp):
    """Change options of a table.

    :param table_name: the table's name.
    :param schema: the table's schema; None for the connection's default.
    :param existing: the same options as they are; needed to undo the operation.
    :param options: by SQLAlchemy's words: ``mysql_engine``, ``mysql_charset``, ``mysql_collate``, ``mysql_row_format`` …;
        ``postgresql_with``, ``postgresql_unlogged``, ``postgresql_tablespace``; ``sqlite_strict``,
        ``sqlite_with_rowid``. None is the default. Those of other databases say nothing.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        table_name: TableName,
        *,
        schema: SchemaName = None,
        existing: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.existing = existing
        self.options = options

    def reverse(self) -> SetTableOptionsOp:
        if self.existing is None:
            raise ValueError(f"options of table {self.table_name!r} cannot be set back: they are not known")
        before = {name: self.existing.get(name) for name in self.options}
        return SetTableOptionsOp(self.table_name, schema=self.schema, existing=dict(self.options), **before)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return self.modified("modify_table_options", self.schema, self.table_name, self.existing, self.options)

    def apply_to(self, table: TableDraft) -> None:
        table.options.update({name: value for name, value in self.options.items() if name != "prefixes"})
        if "prefixes" in self.options:
            table.prefixes = list(self.options["prefixes"] or ())


def placeholder_column(name: str) -> Column[Any]:
    """A column of which only the name is known."""
    return Column(name, NULLTYPE)


__all__ = [
    "AlterTableOp",
    "CreateTableCommentOp",
    "CreateTableOp",
    "DropTableCommentOp",
    "DropTableOp",
    "RenameTableOp",
    "SetTableOptionsOp",
    "placeholder_column",
]
