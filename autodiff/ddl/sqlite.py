"""Face: the words of SQLite, for dialects that build on them."""

from autodiff.ddl import words as _words
from autodiff.ddl.words import *  # noqa: F403
from autodiff.dialects.sqlite.impl import SQLiteImpl, visit_column_name, visit_rename_table

__all__ = ["SQLiteImpl", "visit_column_name", "visit_rename_table"]
__all__ += _words.__all__
