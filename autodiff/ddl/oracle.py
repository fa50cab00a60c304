"""Face: the words of Oracle, for dialects that build on them."""

from autodiff.ddl import words as _words
from autodiff.ddl.words import *  # noqa: F403
from autodiff.dialects.oracle.impl import (
    OracleImpl,
    visit_add_column,
    visit_column_comment,
    visit_column_default,
    visit_column_name,
    visit_column_nullable,
    visit_column_type,
    visit_identity_column,
    visit_rename_table,
)

__all__ = [
    "OracleImpl",
    "visit_add_column",
    "visit_column_comment",
    "visit_column_default",
    "visit_column_name",
    "visit_column_nullable",
    "visit_column_type",
    "visit_identity_column",
    "visit_rename_table",
]
__all__ += _words.__all__
