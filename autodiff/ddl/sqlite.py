"""Face: the words of SQLite, for dialects that build on them."""

from autodiff.ddl.base import ColumnName, RenameTable
from autodiff.dialects.sqlite.impl import SQLiteImpl, visit_column_name, visit_rename_table

__all__ = ["ColumnName", "RenameTable", "SQLiteImpl", "visit_column_name", "visit_rename_table"]
