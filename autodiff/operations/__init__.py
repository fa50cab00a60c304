"""Operations: what a migration script says, as values, and the directives `op` and `batch_op` that make them."""

from autodiff.operations import toimpl
from autodiff.operations.base import AbstractOperations, BatchOperations, Operations
from autodiff.operations.batch import TableRebuild
from autodiff.operations.literal import DatabaseType
from autodiff.operations.tree import MigrateOperation, MigrationScript

__all__ = [
    "AbstractOperations",
    "BatchOperations",
    "DatabaseType",
    "MigrateOperation",
    "MigrationScript",
    "Operations",
    "TableRebuild",
    "toimpl",
]
