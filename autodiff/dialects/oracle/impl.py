"""DDL as Oracle says it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler

from autodiff.ddl.base import (
    AddColumn,
    AlterColumn,
    ColumnComment,
    ColumnDefault,
    ColumnName,
    ColumnNullable,
    ColumnType,
    IdentityColumnDefault,
    RenameTable,
    alter_table,
    column_with_constraints,
    comment_literal,
    comment_start,
    format_column_name,
    format_server_default,
    format_type,
    rename_column,
    rename_to,
)
from autodiff.ddl.impl import DefaultImpl


class OracleImpl(DefaultImpl):
    """The words of Oracle."""

    __dialect__ = "oracle"
    transactional_ddl = False
    batch_separator = "/"
    command_terminator = ""
    lacks_if_exists = frozenset({"add_column", "create_index"})
    type_synonyms = (
        *DefaultImpl.type_synonyms,
        {"VARCHAR", "VARCHAR2"},
        {"BIGINT", "INTEGER", "SMALLINT", "DECIMAL", "NUMERIC", "NUMBER"},
        {"DOUBLE", "FLOAT", "DOUBLE_PRECISION"},
    )
    identity_attrs_ignore = ()

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.batch_separator = self.context_opts.get("oracle_batch_separator", self.batch_separator)

    def emit_begin(self) -> None:
        self.write("SET TRANSACTION READ WRITE")

    def emit_commit(self) -> None:
        self.write("COMMIT")


def _modify(element: AlterColumn, compiler: DDLCompiler) -> str:
    start = alter_table(compiler, element.table_name, element.schema)
    return f"{start} MODIFY {format_column_name(compiler, element.column_name)}"


@compiles(AddColumn, "oracle")
def visit_add_column(element: AddColumn, compiler: DDLCompiler, **kw: Any) -> str:
    column = column_with_constraints(
        compiler, element.column, element.inline_references, element.inline_primary_key, **kw
    )
    return f"{alter_table(compiler, element.table_name, element.schema)} ADD {column}"


@compiles(ColumnNullable, "oracle")
def visit_column_nullable(element: ColumnNullable, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{_modify(element, compiler)} {'NULL' if element.nullable else 'NOT NULL'}"


@compiles(ColumnType, "oracle")
def visit_column_type(element: ColumnType, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{_modify(element, compiler)} {format_type(compiler, element.type_)}"


@compiles(ColumnName, "oracle")
def visit_column_name(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_column(element, compiler)


@compiles(ColumnDefault, "oracle")
def visit_column_default(element: ColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    default = "NULL" if element.default is None else format_server_default(compiler, element.default)
    return f"{_modify(element, compiler)} DEFAULT {default}"


@compiles(ColumnComment, "oracle")
def visit_column_comment(element: ColumnComment, compiler: DDLCompiler, **kw: Any) -> str:
    # Oracle has no NULL for it: an empty text takes the comment away.
    return f"{comment_start(element, compiler)} {comment_literal(compiler, element.comment or '')}"


@compiles(RenameTable, "oracle")
def visit_rename_table(element: RenameTable, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_to(element, compiler)


@compiles(IdentityColumnDefault, "oracle")
def visit_identity_column(element: IdentityColumnDefault, compiler: Any, **kw: Any) -> str:
    if element.default is None:
        return f"{_modify(element, compiler)} DROP IDENTITY"
    column: Column[Any] = Column("x", sa.Integer, element.default)
    return f"{_modify(element, compiler)} {compiler.visit_identity_column(column.identity).strip()}"
