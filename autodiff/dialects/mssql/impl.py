"""DDL as SQL Server says it."""

from __future__ import annotations

import warnings
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from autodiff.ddl.base import (
    AddColumn,
    ColumnComment,
    ColumnDefault,
    ColumnName,
    ColumnNullable,
    ColumnType,
    RenameConstraint,
    RenameIndex,
    RenameTable,
    alter_start,
    alter_table,
    column_with_constraints,
    comment_literal,
    format_column_name,
    format_server_default,
    format_table_name,
    format_type,
)
from autodiff.ddl.impl import DefaultImpl
from autodiff.errors import CommandError

_MAY_BECOME_NULL = (
    "MS-SQL ALTER COLUMN operations that specify type_= should also specify a nullable= or existing_nullable= argument "
    "to avoid implicit conversion of NOT NULL columns to NULL."
)


class MSSQLImpl(DefaultImpl):
    """The words of SQL Server."""

    __dialect__ = "mssql"
    transactional_ddl = True
    batch_separator = "GO"
    lacks_if_exists = frozenset({"add_column", "create_index"})
    type_synonyms = (*DefaultImpl.type_synonyms, {"VARCHAR", "NVARCHAR"})
    identity_attrs_ignore = (*DefaultImpl.identity_attrs_ignore, "minvalue", "maxvalue", "nominvalue", "nomaxvalue")

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.batch_separator = self.context_opts.get("mssql_batch_separator", self.batch_separator)
        if self._script_dialect.default_schema_name is None:
            # Extended properties name the schema; without a connection it is the one that logins have by default.
            self._script_dialect.default_schema_name = "dbo"

    def emit_begin(self) -> None:
        self.static_output("BEGIN TRANSACTION" + self.command_terminator)

    def emit_commit(self) -> None:
        self.write("COMMIT" + self.command_terminator)

    def create_schema(self, name: str, *, if_not_exists: bool = False) -> None:
        statement = f"CREATE SCHEMA {self.dialect.identifier_preparer.quote_schema(name)}"
        if if_not_exists:
            # SQL Server wants CREATE SCHEMA alone in its batch.
            quoted, inner = name.replace("'", "''"), statement.replace("'", "''")
            statement = f"IF SCHEMA_ID(N'{quoted}') IS NULL EXEC('{inner}')"
        self.verbatim(statement)

    def drop_schema(self, name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
        self._exec(sa.schema.DropSchema(name, if_exists=if_exists))

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: TypeEngine[Any] | None = None,
        schema: str | None = None,
        comment: str | bool | None = False,
        existing_comment: str | None = None,
        existing_type: TypeEngine[Any] | None = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        **kw: Any,
    ) -> None:
        existing = {
            "schema": schema,
            "existing_type": existing_type,
            "existing_nullable": existing_nullable,
            "existing_comment": existing_comment,
        }
        dropped = False
        known_default = None if existing_server_default is False else existing_server_default
        if type_ is not None and server_default is not False and known_default is not None:
            # A column with a default does not change its type.
            self._drop_object(table_name, column_name, "sys.default_constraints", schema)
            existing_server_default, dropped = False, True
        if type_ is not None:
            # SQL Server takes NULL or NOT NULL from the same statement, and NULL if it says nothing.
            said = existing_nullable if nullable is None else nullable
            if said is None:
                warnings.warn(_MAY_BECOME_NULL, UserWarning, stacklevel=2)
            self._exec(ColumnType(table_name, column_name, type_, **{**existing, "existing_nullable": said}))
        elif nullable is not None:
            self._exec(ColumnNullable(table_name, column_name, nullable, **existing))
        if comment is not False:
            self._exec(ColumnComment(table_name, column_name, comment, **existing))  # type: ignore[arg-type]
        if server_default is not False and not (server_default is None and dropped):
            self._change_default(table_name, column_name, server_default, existing_server_default, schema)
        if name is not None and name != column_name:
            self._exec(ColumnName(table_name, column_name, name, **existing))

    def _change_default(
        self, table_name: str, column_name: str, default: Any, existing: Any, schema: str | None
    ) -> None:
        known = None if existing is False else existing
        element = self.default_element(
            table_name, column_name, default, {"schema": schema, "existing_server_default": known}
        )
        if not isinstance(element, ColumnDefault):
            self._exec(element)
            return
        if known is not None or default is None:
            self._drop_object(table_name, column_name, "sys.default_constraints", schema)
        if default is not None:
            self._exec(element)

    def drop_column(
        self,
        table_name: str,
        column: Column[Any],
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        if kw.pop("mssql_drop_default", False):
            self._drop_object(table_name, column.name, "sys.default_constraints", schema)
        if kw.pop("mssql_drop_check", False):
            self._drop_object(table_name, column.name, "sys.check_constraints", schema)
        if kw.pop("mssql_drop_foreign_key", False):
            self._exec(_DropForeignKey(table_name, column.name, schema))
        super().drop_column(table_name, column, schema=schema, if_exists=if_exists, **kw)

    def _drop_object(self, table_name: str, column_name: str, catalog: str, schema: str | None) -> None:
        self._exec(_DropObject(table_name, column_name, catalog, schema))

    def bulk_insert(self, table: Any, rows: Any, multiinsert: bool = True) -> None:
        if not self._fills_identity(table, rows):
            super().bulk_insert(table, rows, multiinsert)
            return
        name = self.dialect.identifier_preparer.format_table(table)
        self._exec(sa.text(f"SET IDENTITY_INSERT {name} ON".replace(":", "\\:")))
        super().bulk_insert(table, rows, multiinsert)
        self._exec(sa.text(f"SET IDENTITY_INSERT {name} OFF".replace(":", "\\:")))

    def _fills_identity(self, table: Any, rows: Any) -> bool:
        """Do the rows give values for the identity column? Of a table made with `sa.table()` nobody knows."""
        # On a connection SQLAlchemy itself sets IDENTITY_INSERT.
        if not self.as_sql or not rows:
            return False
        if not isinstance(table, sa.Table):
            return True
        column = table._autoincrement_column
        return column is not None and any(column.key in row for row in rows)


class _DropObject(sa.schema.DDLElement):
    """Drops the constraint that SQL Server made for a column, under a name of its own."""

    def __init__(self, table_name: str, column_name: str, catalog: str, schema: str | None) -> None:
        self.table_name = table_name
        self.column_name = column_name
        self.catalog = catalog
        self.schema = schema


class _DropForeignKey(sa.schema.DDLElement):
    """Drops the foreign key of a column."""

    def __init__(self, table_name: str, column_name: str, schema: str | None) -> None:
        self.table_name = table_name
        self.column_name = column_name
        self.schema = schema


def _literals(element: Any, compiler: Any) -> tuple[str, str, str]:
    table = format_table_name(compiler, element.table_name, element.schema)
    column = element.column_name.replace("'", "''")
    return table, table.replace("'", "''"), column


@compiles(_DropObject, "mssql")
def _drop_object(element: _DropObject, compiler: DDLCompiler, **kw: Any) -> str:
    _, quoted, column = _literals(element, compiler)
    return (
        "declare @const_name varchar(256)\n"
        f"select @const_name = QUOTENAME([name]) from {element.catalog}\n"
        f"where parent_object_id = object_id('{quoted}')\n"
        f"and col_name(parent_object_id, parent_column_id) = '{column}'\n"
        f"exec('alter table {quoted} drop constraint ' + @const_name)"
    )


@compiles(_DropForeignKey, "mssql")
def _drop_foreign_key(element: _DropForeignKey, compiler: DDLCompiler, **kw: Any) -> str:
    _, quoted, column = _literals(element, compiler)
    return (
        "declare @const_name varchar(256)\n"
        "select @const_name = QUOTENAME([name]) from\n"
        "sys.foreign_keys fk join sys.foreign_key_columns fkc\n"
        "on fk.object_id=fkc.constraint_object_id\n"
        f"where fkc.parent_object_id = object_id('{quoted}')\n"
        f"and col_name(fkc.parent_object_id, fkc.parent_column_id) = '{column}'\n"
        f"exec('alter table {quoted} drop constraint ' + @const_name)"
    )


def mssql_add_column(compiler: DDLCompiler, column: Column[Any], **kw: Any) -> str:
    return f"ADD {column_with_constraints(compiler, column, **kw)}"


@compiles(AddColumn, "mssql")
def visit_add_column(element: AddColumn, compiler: DDLCompiler, **kw: Any) -> str:
    added = mssql_add_column(
        compiler,
        element.column,
        inline_references=element.inline_references,
        inline_primary_key=element.inline_primary_key,
        **kw,
    )
    return f"{alter_table(compiler, element.table_name, element.schema)} {added}"


@compiles(ColumnNullable, "mssql")
def visit_column_nullable(element: ColumnNullable, compiler: DDLCompiler, **kw: Any) -> str:
    if element.existing_type is None:
        raise CommandError(
            "MS-SQL ALTER COLUMN operations with NULL or NOT NULL require the existing_type or a new type_ be passed.",
            help=f"say what {element.table_name}.{element.column_name} is, with existing_type=",
        )
    type_ = format_type(compiler, element.existing_type)
    return f"{alter_start(element, compiler)} {type_} {'NULL' if element.nullable else 'NOT NULL'}"


@compiles(ColumnType, "mssql")
def visit_column_type(element: ColumnType, compiler: DDLCompiler, **kw: Any) -> str:
    words = {True: " NULL", False: " NOT NULL", None: ""}
    type_ = format_type(compiler, element.type_)
    return f"{alter_start(element, compiler)} {type_}{words[element.existing_nullable]}"


@compiles(ColumnDefault, "mssql")
def visit_column_default(element: ColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    start = alter_table(compiler, element.table_name, element.schema)
    default = format_server_default(compiler, element.default)
    return f"{start} ADD DEFAULT {default} FOR {format_column_name(compiler, element.column_name)}"


@compiles(ColumnName, "mssql")
def visit_rename_column(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    table = format_table_name(compiler, element.table_name, element.schema)
    column = format_column_name(compiler, element.column_name)
    old = f"{table}.{column}".replace("'", "''")
    return f"EXEC sp_rename '{old}', {format_column_name(compiler, element.newname)}, 'COLUMN'"


@compiles(RenameTable, "mssql")
def visit_rename_table(element: RenameTable, compiler: DDLCompiler, **kw: Any) -> str:
    old = format_table_name(compiler, element.table_name, element.schema).replace("'", "''")
    return f"EXEC sp_rename '{old}', {format_column_name(compiler, element.new_table_name)}"


@compiles(ColumnComment, "mssql")
def visit_column_comment(element: ColumnComment, compiler: Any, **kw: Any) -> str:
    schema = element.schema or compiler.dialect.default_schema_name or "dbo"
    where = (
        f"'schema', {compiler.preparer.quote_schema(schema)}, "
        f"'table', {format_column_name(compiler, element.table_name)}, "
        f"'column', {format_column_name(compiler, element.column_name)}"
    )
    if element.comment is None:
        return f"exec sp_dropextendedproperty 'MS_Description', {where}"
    word = "add" if element.existing_comment is None else "update"
    return f"exec sp_{word}extendedproperty 'MS_Description', N{comment_literal(compiler, element.comment)}, {where}"


@compiles(RenameIndex, "mssql")
def visit_rename_index(element: RenameIndex, compiler: DDLCompiler, **kw: Any) -> str:
    table = format_table_name(compiler, str(element.table_name), element.schema)
    old = f"{table}.{format_column_name(compiler, element.old_name)}".replace("'", "''")
    return f"EXEC sp_rename '{old}', {format_column_name(compiler, element.new_name)}, 'INDEX'"


@compiles(RenameConstraint, "mssql")
def visit_rename_constraint(element: RenameConstraint, compiler: DDLCompiler, **kw: Any) -> str:
    old = format_table_name(compiler, element.old_name, element.schema).replace("'", "''")
    return f"EXEC sp_rename '{old}', {format_column_name(compiler, element.new_name)}, 'OBJECT'"
