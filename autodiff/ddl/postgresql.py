"""Face: the words of PostgreSQL, for dialects that build on them."""

from autodiff.ddl.base import ColumnComment, ColumnName, ColumnType, IdentityColumnDefault, RenameTable
from autodiff.dialects.postgresql.impl import (
    PostgresqlColumnType,
    PostgresqlImpl,
    visit_column_comment,
    visit_column_type,
    visit_identity_column,
    visit_rename_table,
)
from autodiff.operations.constraint_ops import CreateExcludeConstraintOp

__all__ = [
    "ColumnComment",
    "ColumnName",
    "ColumnType",
    "CreateExcludeConstraintOp",
    "IdentityColumnDefault",
    "PostgresqlColumnType",
    "PostgresqlImpl",
    "RenameTable",
    "visit_column_comment",
    "visit_column_type",
    "visit_identity_column",
    "visit_rename_table",
]
