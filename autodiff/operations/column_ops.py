"""Operations on columns: add, drop, alter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from sqlalchemy import ClauseElement, Column, literal
from sqlalchemy.types import TypeEngine

from autodiff.ddl.base import instance_of
from autodiff.operations.declare import operation
from autodiff.operations.draft import TableDraft
from autodiff.operations.rows import NotNull, lacks_value
from autodiff.operations.signature import (
    NOT_GIVEN,
    Called,
    OnlyInBatch,
    SchemaName,
    TableName,
)
from autodiff.operations.table_ops import AlterTableOp, placeholder_column


@operation("add_column", batch=True)
class AddColumnOp(AlterTableOp):
    """Add a column to a table.

    Its foreign keys are added by statements of their own, an index where it says ``index=True``.

    :param table_name: the table's name.
    :param column: the column.
    :param schema: the table's schema; None for the connection's default.
    :param if_not_exists: do nothing if there is such a column.
    :param inline_references: write the foreign keys behind the column, in the same statement.
    :param inline_primary_key: write PRIMARY KEY behind the column, in the same statement.
    :param existing_rows: the column's value in the rows that are there, as a constant or as an SQL expression; None where
        they shall have NULL though there is a server default. Without it (and without a server default) a column that is
        NOT NULL is refused if there are rows.
    :param insert_before: the column that it is put before, where the table is made anew.
    :param insert_after: the column that it is put behind, where the table is made anew.
    :param kw: accepted, and kept in `kw`, for hooks.
    """

    #: A column is added where it was asked for, or not at all.
    needs_its_place = True

    def __init__(
        self,
        table_name: TableName,
        column: Column[Any],
        *,
        schema: SchemaName = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
        existing_rows: Any = NOT_GIVEN,
        insert_before: Annotated[str | None, OnlyInBatch()] = None,
        insert_after: Annotated[str | None, OnlyInBatch()] = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column = column
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key
        self.existing_rows = existing_rows
        self.insert_before = insert_before
        self.insert_after = insert_after
        self.kw = kw

    #: What the comparison made it from: the column that it adds, and the one that belongs to its table.
    _own_column: tuple[Any, Any] = (None, None)

    def reverse(self) -> DropColumnOp:
        dropped = DropColumnOp.from_column_and_tablename(self.schema, self.table_name, self.column)
        dropped.if_exists = self.if_not_exists
        return dropped

    def to_diff_tuple(self) -> tuple[Any, ...]:
        copied, column = self._own_column
        return ("add_column", self.schema, self.table_name, column if self.column is copied else self.column)

    def to_column(self) -> Column[Any]:
        return self.column

    def asks_of_rows(self) -> NotNull | None:
        """What it asks of the rows that are there; None where it needs no value, or brings it along."""
        if self.existing_rows is not NOT_GIVEN or not lacks_value(self.column):
            return None
        return NotNull(self.table_name, self.column.name, self.schema, nulls=False)

    @classmethod
    def from_column(cls, col: Column[Any]) -> AddColumnOp:
        """The operation that adds `col` to its table."""
        return cls(col.table.name, col, schema=col.table.schema)

    @classmethod
    def from_column_and_tablename(cls, schema: str | None, tname: str, col: Column[Any]) -> AddColumnOp:
        return cls(tname, col, schema=schema)

    def apply_to(self, table: TableDraft) -> None:
        if self.if_not_exists and self.column.name in table.columns:
            return
        table.add_column(self.column, before=self.insert_before, after=self.insert_after)
        if self.inline_primary_key or self.column.primary_key:
            table.extend_primary_key(self.column.name)
        if self.existing_rows is not NOT_GIVEN:
            table.copied[self.column.name] = as_expression(self.existing_rows)


def as_expression(value: Any) -> Any:
    """A value as an SQL expression."""
    return value if isinstance(value, ClauseElement) else literal(value)


@operation("drop_column", batch=True)
class DropColumnOp(AlterTableOp):
    """Drop a column of a table.

    :param table_name: the table's name.
    :param column_name: the column's name.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such column.
    :param kw: ``mssql_drop_check``, ``mssql_drop_default``, ``mssql_drop_foreign_key``: drop the constraint first that
        SQL Server made for the column.
    """

    def __init__(
        self,
        table_name: TableName,
        column_name: str,
        *,
        schema: SchemaName = None,
        if_exists: bool | None = None,
        _reverse: AddColumnOp | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column_name = column_name
        self.if_exists = if_exists
        self.kw = kw
        self._reverse = _reverse

    def reverse(self) -> AddColumnOp:
        if self._reverse is None:
            raise ValueError("operation is not reversible; original column is not present")
        added = AddColumnOp.from_column_and_tablename(self.schema, self.table_name, self._reverse.column)
        added.if_not_exists = self.if_exists
        return added

    def to_diff_tuple(self) -> tuple[Any, ...]:
        column = self.to_column() if self._reverse is None else self._reverse.to_diff_tuple()[3]
        return ("remove_column", self.schema, self.table_name, column)

    def to_column(self, migration_context: Any = None) -> Column[Any]:
        """The column that is dropped; only its name, if the rest is not known."""
        return self._reverse.column if self._reverse is not None else placeholder_column(self.column_name)

    @classmethod
    def from_column_and_tablename(cls, schema: str | None, tname: str, col: Column[Any]) -> DropColumnOp:
        """The operation that drops `col`, and knows how to bring it back."""
        added = AddColumnOp.from_column_and_tablename(schema, tname, col)
        return cls(tname, col.name, schema=schema, _reverse=added)

    def apply_to(self, table: TableDraft) -> None:
        if self.if_exists and self.column_name not in table.columns:
            return
        table.drop_column(self.column_name)


class Keywords(dict[str, Any]):
    """The further keywords of an operation, and what hooks may ask for besides: that is neither written nor done.

    :param known: what is answered to `[…]` and `get`, but is no item.
    """

    def __init__(self, said: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        super().__init__(said)
        self.known = known

    def __missing__(self, name: str) -> Any:
        return self.known[name]

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, self.known.get(name, default))


@operation("alter_column", batch=True)
class AlterColumnOp(AlterTableOp):
    """Change a column: type, NOT NULL, server default, comment, name.

    :param table_name: the table's name.
    :param column_name: the column's name.
    :param modify_nullable: True allows NULL, False does not; None leaves it.
    :param modify_comment: the comment; None drops it, False leaves it.
    :param modify_server_default: a string, an SQL expression, `sa.Computed` or `sa.Identity`; None drops it, False leaves it.
    :param modify_name: the new name.
    :param modify_type: the new type.
    :param existing_type: the type that the column has. MySQL needs all of `existing_…` that is not changed, since there
        a column is altered by writing its whole definition; so does `reverse()`.
    :param existing_nullable: does it allow NULL?
    :param existing_server_default: its server default; None if it has none.
    :param existing_comment: its comment; None if it has none.
    :param existing_rows: with ``nullable=False``: the value for rows in which the column is NULL, as a constant or as
        an SQL expression. Without it the operation is refused if there are such rows.
    :param schema: the table's schema; None for the connection's default.
    :param insert_before: the column that it is put before, where the table is made anew.
    :param insert_after: the column that it is put behind, where the table is made anew.
    :param kw: ``autoincrement``, ``existing_autoincrement`` (MySQL), ``check``, ``existing_check`` (MariaDB: the condition
        of a CHECK that stands in the column), ``postgresql_using`` (the expression that converts what is stored),
        ``mssql_drop_check``, ``mssql_drop_default``, ``mssql_drop_foreign_key``.
    """

    #: Several that follow each other in a batch may be one statement.
    alters_a_column = True

    def __init__(
        self,
        table_name: TableName,
        column_name: str,
        *,
        modify_nullable: Annotated[bool | None, Called("nullable")] = None,
        modify_comment: Annotated[Any, Called("comment")] = False,
        modify_server_default: Annotated[Any, Called("server_default")] = False,
        modify_name: Annotated[str | None, Called("new_column_name")] = None,
        modify_type: Annotated[Any, Called("type_")] = None,
        existing_type: Any = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_comment: str | None = None,
        existing_rows: Any = NOT_GIVEN,
        schema: SchemaName = None,
        insert_before: Annotated[str | None, OnlyInBatch()] = None,
        insert_after: Annotated[str | None, OnlyInBatch()] = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.column_name = column_name
        self.modify_nullable = modify_nullable
        self.modify_comment = modify_comment
        self.modify_server_default = modify_server_default
        self.modify_name = modify_name
        self.modify_type: TypeEngine[Any] | None = instance_of(modify_type)
        self.existing_type: TypeEngine[Any] | None = instance_of(existing_type)
        self.existing_server_default = existing_server_default
        self.existing_nullable = existing_nullable
        self.existing_comment = existing_comment
        self.existing_rows = existing_rows
        self.insert_before = insert_before
        self.insert_after = insert_after
        self.kw = kw

    def has_changes(self) -> bool:
        """Does it change anything?"""
        return (
            self.modify_nullable is not None
            or self.modify_server_default is not False
            or self.modify_type is not None
            or self.modify_comment is not False
            or self.modify_name is not None
            or any(name.startswith("modify_") for name in self.kw)
        )

    def asks_of_rows(self) -> NotNull | None:
        """What it asks of the rows that are there; None where a column may be NULL, or gets a value in them."""
        if self.existing_rows is not NOT_GIVEN or self.modify_nullable is not False:
            return None
        return NotNull(self.table_name, self.column_name, self.schema, nulls=True)

    def to_diff_tuple(self) -> list[tuple[Any, ...]]:
        """One tuple per aspect: ``("modify_type", schema, table, column, {"existing_…": …}, old, new)``."""
        existing = {
            "existing_type": self.existing_type,
            "existing_nullable": self.existing_nullable,
            "existing_server_default": self.existing_server_default,
            "existing_comment": self.existing_comment,
        }
        if self.existing_server_default is None and self.modify_server_default is False:
            existing["existing_server_default"] = False  # there is none, and none is wanted
        where = (self.schema, self.table_name, self.column_name)
        changed = {
            "modify_type": ("existing_type", self.modify_type, self.modify_type is not None),
            "modify_nullable": ("existing_nullable", self.modify_nullable, self.modify_nullable is not None),
            "modify_default": (
                "existing_server_default",
                self.modify_server_default,
                self.modify_server_default is not False,
            ),
            "modify_comment": ("existing_comment", self.modify_comment, self.modify_comment is not False),
        }
        tuples: list[tuple[Any, ...]] = [
            (word, *where, {k: v for k, v in existing.items() if k != own}, existing[own], new)
            for word, (own, new, given) in changed.items()
            if given
        ]
        if "check" in self.kw:
            tuples.append(("modify_check", *where, existing, self.kw.get("existing_check"), self.kw["check"]))
        return tuples

    def reverse(self) -> AlterColumnOp:
        reversed_op = AlterColumnOp(
            self.table_name,
            self.modify_name or self.column_name,
            schema=self.schema,
            modify_name=self.column_name if self.modify_name else None,
            insert_before=self.insert_before,
            insert_after=self.insert_after,
            **self._other_keywords_reversed(),
        )
        self._swap("type", None, reversed_op)
        self._swap("nullable", None, reversed_op)
        self._swap("server_default", False, reversed_op)
        self._swap_comment(reversed_op)
        return reversed_op

    def _swap(self, aspect: str, unchanged: Any, into: AlterColumnOp) -> None:
        new, old = getattr(self, f"modify_{aspect}"), getattr(self, f"existing_{aspect}")
        if new is unchanged:
            setattr(into, f"existing_{aspect}", old)
        else:
            setattr(into, f"modify_{aspect}", old)
            setattr(into, f"existing_{aspect}", new)

    def _swap_comment(self, into: AlterColumnOp) -> None:
        if self.modify_comment is False:
            into.existing_comment = self.existing_comment
        else:
            into.modify_comment = self.existing_comment
            into.existing_comment = self.modify_comment

    def _other_keywords_reversed(self) -> dict[str, Any]:
        """`autoincrement` and `existing_autoincrement` change places, and so on; `postgresql_using` is not for the way back."""
        kw = {name: value for name, value in self.kw.items() if name != "postgresql_using"}
        for name in list(self.kw):
            old = name.replace("modify_", "existing_") if name.startswith("modify_") else f"existing_{name}"
            if name in kw and old in self.kw:
                kw[name], kw[old] = self.kw[old], self.kw[name]
        return kw

    def apply_to(self, table: TableDraft) -> None:
        table.alter_column(self)
