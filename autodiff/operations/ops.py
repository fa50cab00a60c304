"""Face: all operations, under the name by which hooks import them."""

from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import (
    AddConstraintOp,
    CreateCheckConstraintOp,
    CreateExcludeConstraintOp,
    CreateForeignKeyOp,
    CreatePrimaryKeyOp,
    CreateUniqueConstraintOp,
    DropConstraintOp,
    RenameConstraintOp,
)
from autodiff.operations.data_ops import BulkInsertOp, ExecuteSQLOp, SqlOp
from autodiff.operations.domain_ops import AlterDomainOp, CreateDomainOp, DropDomainOp
from autodiff.operations.enum_ops import AddEnumValueOp, CreateEnumOp, DropEnumOp, RenameEnumValueOp, ReplaceEnumOp
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp, RenameIndexOp
from autodiff.operations.schema_ops import CreateSchemaOp, DropSchemaOp
from autodiff.operations.sequence_ops import AlterSequenceOp, CreateSequenceOp, DropSequenceOp
from autodiff.operations.table_ops import (
    AlterTableOp,
    CreateTableCommentOp,
    CreateTableOp,
    DropTableCommentOp,
    DropTableOp,
    RenameTableOp,
    SetTableOptionsOp,
)
from autodiff.operations.tree import (
    DowngradeOps,
    MigrateOperation,
    MigrationScript,
    ModifyTableOps,
    OpContainer,
    UpgradeOps,
)

__all__ = [
    "AddColumnOp",
    "AddConstraintOp",
    "AddEnumValueOp",
    "AlterColumnOp",
    "AlterDomainOp",
    "AlterSequenceOp",
    "AlterTableOp",
    "BulkInsertOp",
    "CreateCheckConstraintOp",
    "CreateDomainOp",
    "CreateEnumOp",
    "CreateExcludeConstraintOp",
    "CreateForeignKeyOp",
    "CreateIndexOp",
    "CreatePrimaryKeyOp",
    "CreateSchemaOp",
    "CreateSequenceOp",
    "CreateTableCommentOp",
    "CreateTableOp",
    "CreateUniqueConstraintOp",
    "DowngradeOps",
    "DropColumnOp",
    "DropConstraintOp",
    "DropDomainOp",
    "DropEnumOp",
    "DropIndexOp",
    "DropSchemaOp",
    "DropSequenceOp",
    "DropTableCommentOp",
    "DropTableOp",
    "ExecuteSQLOp",
    "MigrateOperation",
    "MigrationScript",
    "ModifyTableOps",
    "OpContainer",
    "RenameConstraintOp",
    "RenameEnumValueOp",
    "RenameIndexOp",
    "RenameTableOp",
    "ReplaceEnumOp",
    "SetTableOptionsOp",
    "SqlOp",
    "UpgradeOps",
]
