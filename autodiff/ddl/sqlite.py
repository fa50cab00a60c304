"""Face: the words of SQLite, for dialects that build on them."""

from autodiff.ddl.base import (
    AddColumn,
    AlterColumn,
    ColumnComment,
    ColumnDefault,
    ColumnName,
    ColumnNullable,
    ColumnType,
    DropColumn,
    IdentityColumnDefault,
    RenameTable,
    add_column,
    alter_column,
    alter_table,
    drop_column,
    format_column_name,
    format_server_default,
    format_table_name,
    format_type,
)
from autodiff.ddl.impl import DefaultImpl
from autodiff.dialects.sqlite.impl import SQLiteImpl, visit_column_name, visit_rename_table

__all__ = [
    "AddColumn",
    "AlterColumn",
    "ColumnComment",
    "ColumnDefault",
    "ColumnName",
    "ColumnNullable",
    "ColumnType",
    "DefaultImpl",
    "DropColumn",
    "IdentityColumnDefault",
    "RenameTable",
    "SQLiteImpl",
    "add_column",
    "alter_column",
    "alter_table",
    "drop_column",
    "format_column_name",
    "format_server_default",
    "format_table_name",
    "format_type",
    "visit_column_name",
    "visit_rename_table",
]
