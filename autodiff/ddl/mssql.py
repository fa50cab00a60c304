"""Face: the words of SQL Server, for dialects that build on them."""

from autodiff.ddl import words as _words
from autodiff.ddl.words import *  # noqa: F403
from autodiff.dialects.mssql.impl import (
    MSSQLImpl,
    mssql_add_column,
    visit_add_column,
    visit_column_comment,
    visit_column_default,
    visit_column_nullable,
    visit_column_type,
    visit_rename_column,
    visit_rename_table,
)

__all__ = [
    "MSSQLImpl",
    "mssql_add_column",
    "visit_add_column",
    "visit_column_comment",
    "visit_column_default",
    "visit_column_nullable",
    "visit_column_type",
    "visit_rename_column",
    "visit_rename_table",
]
__all__ += _words.__all__
