"""What each operation does to the database: one function per class, in the words of the database's impl."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Table

from autodiff.ddl.existing import constraint_name, has_column, has_constraint, has_index
from autodiff.errors import CommandError
from autodiff.operations.base import Operations
from autodiff.operations.batch import Batch
from autodiff.operations.batch_words import WordsCall
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import AddConstraintOp, DropConstraintOp, RenameConstraintOp
from autodiff.operations.data_ops import BulkInsertOp, ExecuteSQLOp, SqlOp
from autodiff.operations.domain_ops import AlterDomainOp, CreateDomainOp, DropDomainOp
from autodiff.operations.enum_ops import (
    AddEnumValueOp,
    CreateEnumOp,
    DropEnumOp,
    RenameEnumValueOp,
    ReplaceEnumOp,
)
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp, RenameIndexOp
from autodiff.operations.rows import fill, refuse_not_null
from autodiff.operations.schema_ops import CreateSchemaOp, DropSchemaOp
from autodiff.operations.schemaobj import complete_self_references
from autodiff.operations.sequence_ops import AlterSequenceOp, CreateSequenceOp, DropSequenceOp
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import (
    CreateTableCommentOp,
    CreateTableOp,
    DropTableCommentOp,
    DropTableOp,
    RenameTableOp,
    SetTableOptionsOp,
)

F = TypeVar("F", bound=Callable[..., Any])


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


@Operations.implementation_for(CreateSchemaOp)
def create_schema(operations: Any, operation: CreateSchemaOp) -> None:
    operations.impl.create_schema(operation.name, if_not_exists=operation.if_not_exists)


@Operations.implementation_for(DropSchemaOp)
def drop_schema(operations: Any, operation: DropSchemaOp) -> None:
    operations.impl.drop_schema(operation.name, if_exists=operation.if_exists, cascade=operation.cascade)


# Sequences, enum types and domains


@Operations.implementation_for(CreateSequenceOp)
def create_sequence(operations: Any, operation: CreateSequenceOp) -> None:
    operations.impl.create_sequence(
        operation.name, schema=operation.schema, options=operation.options, if_not_exists=operation.if_not_exists
    )


@Operations.implementation_for(AlterSequenceOp)
def alter_sequence(operations: Any, operation: AlterSequenceOp) -> None:
    operations.impl.alter_sequence(
        operation.name, schema=operation.schema, options=operation.options, restart=operation.restart
    )


@Operations.implementation_for(DropSequenceOp)
def drop_sequence(operations: Any, operation: DropSequenceOp) -> None:
    operations.impl.drop_sequence(operation.name, schema=operation.schema, if_exists=operation.if_exists)


@Operations.implementation_for(CreateEnumOp)
def create_enum(operations: Any, operation: CreateEnumOp) -> None:
    operations.impl.create_enum(operation.name, operation.values, schema=operation.schema, comment=operation.comment)


@Operations.implementation_for(DropEnumOp)
def drop_enum(operations: Any, operation: DropEnumOp) -> None:
    operations.impl.drop_enum(operation.name, schema=operation.schema, if_exists=operation.if_exists)


@Operations.implementation_for(AddEnumValueOp)
def add_enum_value(operations: Any, operation: AddEnumValueOp) -> None:
    if not operations.impl.named_enums:
        return
    with ExitStack() as block:
        # Refused where the transaction belongs to the calling program: there the label is there from its commit on.
        with suppress(CommandError):
            block.enter_context(operations.migration_context.autocommit_block())
        operations.impl.add_enum_value(
            operation.name,
            operation.value,
            schema=operation.schema,
            before=operation.before,
            after=operation.after,
            if_not_exists=operation.if_not_exists,
        )


@Operations.implementation_for(RenameEnumValueOp)
def rename_enum_value(operations: Any, operation: RenameEnumValueOp) -> None:
    operations.impl.rename_enum_value(operation.name, operation.old, operation.new, schema=operation.schema)


@Operations.implementation_for(ReplaceEnumOp)
def replace_enum(operations: Any, operation: ReplaceEnumOp) -> None:
    operations.impl.replace_enum(
        operation.name,
        operation.values,
        schema=operation.schema,
        columns=operation.columns,
        mapping=operation.mapping,
    )


@Operations.implementation_for(CreateDomainOp)
def create_domain(operations: Any, operation: CreateDomainOp) -> None:
    operations.impl.create_domain(
        operation.name,
        operation.type_,
        schema=operation.schema,
        collation=operation.collation,
        default=operation.default,
        not_null=operation.not_null,
        not_null_name=operation.not_null_name,
        checks=operation.checks or {},
        comment=operation.comment,
    )


@Operations.implementation_for(AlterDomainOp)
def alter_domain(operations: Any, operation: AlterDomainOp) -> None:
    operations.impl.alter_domain(
        operation.name,
        schema=operation.schema,
        default=operation.default,
        not_null=operation.not_null,
        not_null_name=operation.not_null_name,
        drop_checks=operation.drop_checks,
        add_checks=operation.add_checks or {},
    )


@Operations.implementation_for(DropDomainOp)
def drop_domain(operations: Any, operation: DropDomainOp) -> None:
    operations.impl.drop_domain(operation.name, schema=operation.schema, if_exists=operation.if_exists)


# What the database has no statement for


def or_rebuild(fn: F) -> F:
    """Where the database has no statement for the operation, make the table anew."""

    @functools.wraps(fn)
    def run(operations: Any, operation: Any, *args: Any) -> Any:
        impl = operations.impl
        if impl.needs_rebuild(operation):
            if impl.as_sql or not operations.may_rebuild or not has_database(impl):
                raise NotImplementedError(impl.refused(operation))
            impl.check_rebuild(operation)
            batch = Batch(table_name=operation.table_name, schema=operation.schema, recreate="always", ops=[operation])
            return batch.run(operations)
        return fn(operations, operation, *args)

    return run  # type: ignore[return-value]


_WORDS = {"add_column": "ADD COLUMN IF NOT EXISTS", "drop_column": "DROP COLUMN IF EXISTS"}


def looks_itself(operations: Any, verb: str) -> bool:
    """Has the database no IF [NOT] EXISTS for the verb, so that autodiff looks itself?

    :raises CommandError: where only SQL is written, since nobody can look.
    """
    impl = operations.impl
    if verb not in impl.lacks_if_exists:
        return False
    if impl.as_sql and verb in _WORDS:
        raise CommandError(
            f"{impl.dialect.name} has no {_WORDS[verb]}, so that it cannot be written as SQL",
            help="leave it out, or run the migration on the database",
        )
    return has_database(impl)


def has_database(impl: Any) -> bool:
    """Is there a database to look at? (Tests put recorders in the place of a connection.)"""
    return isinstance(impl.connection, sa.Connection)


@Operations.implementation_for(SetTableOptionsOp)
@or_rebuild
def set_table_options(operations: Any, operation: SetTableOptionsOp) -> None:
    operations.impl.set_table_options(
        operation.table_name, operation.options, existing=operation.existing or {}, schema=operation.schema
    )


# Columns


@Operations.implementation_for(AddColumnOp)
def add_column(operations: Any, operation: AddColumnOp) -> None:
    if_not_exists = operation.if_not_exists
    if if_not_exists and looks_itself(operations, "add_column"):
        if has_column(operations.impl.connection, operation.table_name, operation.column.name, operation.schema):
            return
        if_not_exists = None
    _add_column(operations, operation, if_not_exists)


@or_rebuild
def _add_column(operations: Any, operation: AddColumnOp, if_not_exists: bool | None) -> None:
    if (asked := operation.asks_of_rows()) is not None and not if_not_exists:
        refuse_not_null(operations, asked)
    impl = operations.impl
    table = operations.schema_obj.table(operation.table_name, operation.column, schema=operation.schema)
    complete_self_references(table)
    column = table.columns[operation.column.key]
    filled = operation.existing_rows is not NOT_GIVEN
    must_be, default = not column.nullable, column.server_default
    if filled:
        column.nullable = True
    if operation.existing_rows is None:
        column.server_default = None  # with it, all rows would have its value
    impl.add_column(
        operation.table_name,
        column,
        schema=operation.schema,
        **given(
            if_not_exists=if_not_exists,
            inline_references=operation.inline_references,
            inline_primary_key=operation.inline_primary_key,
        ),
    )
    column.server_default = default
    if operation.existing_rows is None and default is not None:
        _default_from_now_on(operations, operation, column)
    elif filled:
        column.nullable = not must_be
        _fill_new(operations, operation, column)
    inline = bool(operation.inline_references) or impl.adds_constraints_inline
    for constraint in _beside(table, inline_references=inline, inline_checks=impl.adds_constraints_inline):
        impl.add_constraint(constraint)
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        impl.create_index(index, **given(if_not_exists=if_not_exists))
    if column.comment is not None and impl.dialect.supports_comments and not impl.dialect.inline_comments:
        impl.create_column_comment(column)


def _default_from_now_on(operations: Any, operation: AddColumnOp, column: sa.Column[Any]) -> None:
    """Give a new column its default, behind the rows that are there."""
    operations.impl.alter_column(
        operation.table_name,
        column.name,
        server_default=getattr(column.server_default, "arg", column.server_default),
        schema=operation.schema,
        existing_type=column.type,
        existing_nullable=True,
        existing_server_default=None,
        existing_comment=column.comment,
        **checks_behind(column),
    )


def _fill_new(operations: Any, operation: AddColumnOp, column: sa.Column[Any]) -> None:
    """Give a new column its value in the rows that are there, and only then NOT NULL."""
    name, schema = operation.table_name, operation.schema
    fill(operations, name, column.name, operation.existing_rows, column.type, schema=schema, nulls=False)
    if not column.nullable:
        default = column.server_default
        operations.impl.alter_column(
            name,
            column.name,
            nullable=False,
            schema=schema,
            existing_type=column.type,
            existing_nullable=True,
            existing_server_default=getattr(default, "arg", default) if default is not None else None,
            existing_comment=column.comment,
            **checks_behind(column),
        )


def checks_behind(column: sa.Column[Any]) -> dict[str, Any]:
    """The CHECK that was written behind a new column, for a statement that writes the column's definition again."""
    checks = (check for check in column.constraints if isinstance(check, sa.CheckConstraint))
    return next(({"existing_check": check.sqltext} for check in checks), {})


def _beside(table: Table, *, inline_references: bool, inline_checks: bool) -> list[Any]:
    """The constraints that a column brings along and that are not written behind it."""
    kinds = {"unique_constraint"}
    if not inline_references:
        kinds.add("foreign_key_constraint")
    if not inline_checks:
        kinds |= {"check_constraint", "table_or_column_check_constraint"}
    behind = {constraint for column in table.columns for constraint in column.constraints}
    found = [c for c in table.constraints if c.__visit_name__ in kinds and c not in behind]
    return sorted(found, key=lambda constraint: constraint._creation_order)


@Operations.implementation_for(DropColumnOp)
@or_rebuild
def drop_column(operations: Any, operation: DropColumnOp) -> None:
    if_exists = operation.if_exists
    if if_exists and looks_itself(operations, "drop_column"):
        if not has_column(operations.impl.connection, operation.table_name, operation.column_name, operation.schema):
            return
        if_exists = None
    operations.impl.drop_column(
        operation.table_name,
        operation.to_column(operations.migration_context),
        schema=operation.schema,
        **given(if_exists=if_exists),
        **operation.kw,
    )


@Operations.implementation_for(AlterColumnOp)
@or_rebuild
def alter_column(operations: Any, operation: AlterColumnOp) -> None:
    if (asked := operation.asks_of_rows()) is not None:
        refuse_not_null(operations, asked)
    _drop_type_constraints(operations, operation)
    if operation.modify_nullable is False and operation.existing_rows is not NOT_GIVEN:
        _alter_around_rows(operations, operation)
    else:
        _alter(operations, operation)
    _add_type_constraints(operations, operation)


def _alter(operations: Any, operation: AlterColumnOp) -> None:
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


def _alter_around_rows(operations: Any, operation: AlterColumnOp) -> None:
    """Type and default first, then the rows, then NOT NULL and the new name."""
    first, last = copy.copy(operation), copy.copy(operation)
    first.modify_nullable = first.modify_name = None
    first.existing_nullable = True
    last.modify_type, last.modify_server_default, last.modify_comment = None, False, False
    if operation.modify_type is not None:
        last.existing_type = operation.modify_type
    if operation.modify_server_default is not False:
        last.existing_server_default = operation.modify_server_default
    if operation.modify_comment is not False:
        last.existing_comment = operation.modify_comment
    last.kw = {name: value for name, value in operation.kw.items() if name != "postgresql_using"}
    if first.has_changes():
        _alter(operations, first)
    type_ = operation.modify_type if operation.modify_type is not None else operation.existing_type
    fill(
        operations,
        operation.table_name,
        operation.column_name,
        operation.existing_rows,
        type_,
        schema=operation.schema,
        nulls=True,
    )
    _alter(operations, last)


def _drop_type_constraints(operations: Any, operation: AlterColumnOp) -> None:
    if operation.modify_type is None:
        return
    for constraint in operations.schema_obj.checks_of_type(
        operation.table_name, operation.column_name, operation.existing_type, schema=operation.schema
    ):
        rule = constraint._create_rule
        if isinstance(constraint.name, str) and (rule is None or rule(operations.impl)):
            operations.impl.drop_constraint(constraint)


def _add_type_constraints(operations: Any, operation: AlterColumnOp) -> None:
    if operation.modify_type is None:
        return
    name = operation.modify_name or operation.column_name
    for constraint in operations.schema_obj.checks_of_type(
        operation.table_name, name, operation.modify_type, schema=operation.schema
    ):
        operations.impl.add_constraint(constraint)


# Constraints


@Operations.implementation_for(AddConstraintOp)
@or_rebuild
def create_constraint(operations: Any, operation: AddConstraintOp) -> None:
    if operation.constraint_type == "exclude" and not operations.impl.supports_exclude:
        raise CommandError(
            f"{operations.impl.dialect.name} has no EXCLUDE constraints "
            f"({operation.constraint_name} on {operation.table_name})"
        )
    operations.impl.add_constraint(operation.to_constraint(operations.migration_context))


@Operations.implementation_for(DropConstraintOp)
@or_rebuild
def drop_constraint(operations: Any, operation: DropConstraintOp) -> None:
    impl, schema = operations.impl, operation.schema
    name = operation.constraint_name
    if name is None and not impl.adds_constraints_inline:
        name = _name_of(operations, operation)
    if_exists = operation.if_exists
    if if_exists and looks_itself(operations, "drop_constraint"):
        assert name is not None
        if not has_constraint(impl.connection, operation.table_name, name, operation.constraint_type, schema):
            return
        if_exists = None
    constraint = operations.schema_obj.dropped_constraint(
        name, operation.table_name, operation.constraint_type, schema=schema
    )
    impl.drop_constraint(constraint, **given(if_exists=if_exists))


def _name_of(operations: Any, operation: DropConstraintOp) -> str | None:
    """The name that the database gave to a constraint without one."""
    type_, table = operation.constraint_type, operation.table_name
    if type_ == "primary" and operations.impl.drops_primary_key_nameless:
        return None
    if type_ is None or (operation.columns is None and operation.condition is None and type_ != "primary"):
        raise CommandError(
            f"a constraint of table {table!r} shall be dropped that has no name",
            help="name it, or say which one: type_='unique', columns=['a', 'b']",
        )
    if operations.impl.as_sql:
        raise CommandError(
            f"a constraint of table {table!r} shall be dropped that has no name; "
            "it can be looked up in a database, but not be written as SQL",
            help="name it",
        )
    return constraint_name(
        operations.impl.connection,
        table,
        type_,
        operation.schema,
        columns=operation.columns,
        condition=operation.condition,
    )


@Operations.implementation_for(RenameConstraintOp)
@or_rebuild
def rename_constraint(operations: Any, operation: RenameConstraintOp) -> None:
    operations.impl.rename_constraint(
        operation.table_name,
        operation.old_name,
        operation.new_name,
        type_=operation.type_,
        schema=operation.schema,
    )


# Indexes


@Operations.implementation_for(CreateIndexOp)
def create_index(operations: Any, operation: CreateIndexOp) -> None:
    index = operation.to_index(operations.migration_context)
    if_not_exists = operation.if_not_exists
    if if_not_exists and looks_itself(operations, "create_index"):
        if has_index(operations.impl.connection, operation.table_name, str(index.name), operation.schema):
            return
        if_not_exists = None
    operations.impl.create_index(index, **given(if_not_exists=if_not_exists))


@Operations.implementation_for(DropIndexOp)
def drop_index(operations: Any, operation: DropIndexOp) -> None:
    if_exists = operation.if_exists
    if if_exists and looks_itself(operations, "drop_index"):
        if not has_index(operations.impl.connection, operation.table_name, operation.index_name, operation.schema):
            return
        if_exists = None
    index = operation.to_index(operations.migration_context)
    operations.impl.drop_index(index, **given(if_exists=if_exists))


@Operations.implementation_for(RenameIndexOp)
def rename_index(operations: Any, operation: RenameIndexOp) -> None:
    operations.impl.rename_index(
        operation.old_name, operation.new_name, table_name=operation.table_name, schema=operation.schema
    )


@Operations.implementation_for(WordsCall)
def words_call(operations: Any, operation: WordsCall) -> None:
    operation.run(operations.impl)


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
