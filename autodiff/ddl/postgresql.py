"""Face: the words of PostgreSQL, for dialects that build on them."""

from autodiff.ddl import words as _words
from autodiff.ddl.base import visit_column_comment
from autodiff.ddl.words import *  # noqa: F403
from autodiff.dialects.postgresql.impl import (
    PostgresqlColumnType,
    PostgresqlImpl,
    visit_column_type,
    visit_identity_column,
    visit_rename_table,
)
from autodiff.operations.constraint_ops import CreateExcludeConstraintOp

__all__ = [
    "CreateExcludeConstraintOp",
    "PostgresqlColumnType",
    "PostgresqlImpl",
    "visit_column_comment",
    "visit_column_type",
    "visit_identity_column",
    "visit_rename_table",
]
__all__ += _words.__all__
