"""What each operation does to the database: one function per class, in the words of the database's impl."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.types import SchemaType

from autodiff.operations.base import Operations
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import AddConstraintOp, DropConstraintOp
from autodiff.operations.data_ops import BulkInsertOp, ExecuteSQLOp, SqlOp
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp
from autodiff.operations.table_ops import (
    CreateTableCommentOp,
    CreateTableOp,
    DropTableCommentOp,
    DropTableOp,
    RenameTableOp,
)


def given(**kw: Any) -> dict[str, Any]:
    """The keywords that say something: a subclass of `DefaultImpl` need not know the others."""
    return {name: value for name, value in kw.items() if value is not None}


# Tables


@Operations.implementation_for(CreateTableOp)
def create_table(operations: Any, operation: CreateTableOp) -> Table:
    table = operation.to_table(operations.migration_context)
    operations.impl.create_table(table, **given(if_not_exists=operation.if_not_exists))
    return table


@Operations.implementation_for(DropTableOp)
def drop_table(operations: Any, operation: DropTableOp) -> None:
    table = operation.to_table(operations.migration_context)
    operations.impl.drop_table(table, **given(if_exists=operation.if_exists))


@Operations.implementation_for(RenameTableOp)
def rename_table(operations: Any, operation: RenameTableOp) -> None:
    operations.impl.rename_table(operation.table_name, operation.new_table_name, schema=operation.schema)


@Operations.implementation_for(CreateTableCommentOp)
def create_table_comment(operations: Any, operation: CreateTableCommentOp) -> None:
    operations.impl.create_table_comment(operation.to_table(operations.migration_context))


@Operations.implementation_for(DropTableCommentOp)
def drop_table_comment(operations: Any, operation: DropTableCommentOp) -> None:
    operations.impl.drop_table_comment(operation.to_table(operations.migration_context))


# Columns


@Operations.implementation_for(AddColumnOp)
def add_column(operations: Any, operation: AddColumnOp) -> None:
    table = operations.schema_obj.table(operation.table_name, operation.column, schema=operation.schema)
    column = table.columns[operation.column.key]
    operations.impl.add_column(
        operation.table_name,
        column,
        schema=operation.schema,
        **given(
            if_not_exists=operation.if_not_exists,
            inline_references=operation.inline_references,
            inline_primary_key=operation.inline_primary_key,
        ),
    )
    for constraint in _beside(table, inline_references=bool(operation.inline_references)):
        operations.impl.add_constraint(constraint)
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        operations.impl.create_index(index, **given(if_not_exists=operation.if_not_exists))
    dialect = operations.impl.dialect
    if column.comment is not None and dialect.supports_comments and not dialect.inline_comments:
        operations.impl.create_column_comment(column)


def _beside(table: Table, *, inline_references: bool) -> list[Any]:
    """The constraints that a column brings along and that are not written behind it."""
    found = sorted(table.constraints, key=lambda constraint: constraint._creation_order)
    kinds = {"unique_constraint", "check_constraint", "table_or_column_check_constraint"}
    if not inline_references:
        kinds.add("foreign_key_constraint")
    return [c for c in found if c.__visit_name__ in kinds and c not in _of_columns(table)]


def _of_columns(table: Table) -> set[Any]:
    return {constraint for column in table.columns for constraint in column.constraints}


@Operations.implementation_for(DropColumnOp)
def drop_column(operations: Any, operation: DropColumnOp) -> None:
    column = operation.to_column(operations.migration_context)
    operations.impl.drop_column(
        operation.table_name,
        column,
        schema=operation.schema,
        **given(if_exists=operation.if_exists),
        **operation.kw,
    )


@Operations.implementation_for(AlterColumnOp)
def alter_column(operations: Any, operation: AlterColumnOp) -> None:
    _drop_type_constraints(operations, operation)
    operations.impl.alter_column(
        operation.table_name,
        operation.column_name,
        nullable=operation.modify_nullable,
        server_default=operation.modify_server_default,
        name=operation.modify_name,
        type_=operation.modify_type,
        schema=operation.schema,
        existing_type=operation.existing_type,
        existing_server_default=operation.existing_server_default,
        existing_nullable=operation.existing_nullable,
        comment=operation.modify_comment,
        existing_comment=operation.existing_comment,
        **operation.kw,
    )
    _add_type_constraints(operations, operation)


def _type_constraints(operations: Any, operation: AlterColumnOp, type_: Any, column: str) -> list[Any]:
    """The CHECKs that a type such as `Boolean(create_constraint=True)` brings along, those with a name."""
    if not isinstance(type_, SchemaType):
        return []
    table = operations.schema_obj.table(operation.table_name, sa.Column(column, type_), schema=operation.schema)
    return [c for c in table.constraints if getattr(c, "_type_bound", False)]


def _drop_type_constraints(operations: Any, operation: AlterColumnOp) -> None:
    if operation.modify_type is None:
        return
    for constraint in _type_constraints(operations, operation, operation.existing_type, operation.column_name):
        if isinstance(constraint.name, str) and _made(operations, constraint):
            operations.impl.drop_constraint(constraint)


def _add_type_constraints(operations: Any, operation: AlterColumnOp) -> None:
    if operation.modify_type is None:
        return
    name = operation.modify_name or operation.column_name
    for constraint in _type_constraints(operations, operation, operation.modify_type, name):
        operations.impl.add_constraint(constraint)


def _made(operations: Any, constraint: Any) -> bool:
    rule = constraint._create_rule
    return rule is None or bool(rule(operations.impl))


# Constraints


@Operations.implementation_for(AddConstraintOp)
def create_constraint(operations: Any, operation: AddConstraintOp) -> None:
    operations.impl.add_constraint(operation.to_constraint(operations.migration_context))


@Operations.implementation_for(DropConstraintOp)
def drop_constraint(operations: Any, operation: DropConstraintOp) -> None:
    constraint = operations.schema_obj.dropped_constraint(
        operation.constraint_name, operation.table_name, operation.constraint_type, schema=operation.schema
    )
    operations.impl.drop_constraint(constraint, **given(if_exists=operation.if_exists))


# Indexes


@Operations.implementation_for(CreateIndexOp)
def create_index(operations: Any, operation: CreateIndexOp) -> None:
    index = operation.to_index(operations.migration_context)
    operations.impl.create_index(index, **given(if_not_exists=operation.if_not_exists))


@Operations.implementation_for(DropIndexOp)
def drop_index(operations: Any, operation: DropIndexOp) -> None:
    index = operation.to_index(operations.migration_context)
    operations.impl.drop_index(index, **given(if_exists=operation.if_exists))


# Rows and SQL


@Operations.implementation_for(BulkInsertOp)
def bulk_insert(operations: Any, operation: BulkInsertOp) -> None:
    operations.impl.bulk_insert(operation.table, operation.rows, multiinsert=operation.multiinsert)


@Operations.implementation_for(ExecuteSQLOp)
def execute_sql(operations: Any, operation: ExecuteSQLOp) -> None:
    operations.migration_context.impl.execute(operation.sqltext, execution_options=operation.execution_options)


@Operations.implementation_for(SqlOp)
def sql(operations: Any, operation: SqlOp) -> None:
    if operation.transactional:
        operations.impl.verbatim(operation.statement)
    else:
        with operations.migration_context.autocommit_block():
            operations.impl.verbatim(operation.statement)
