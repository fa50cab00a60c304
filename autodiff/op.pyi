"""The operations of the run that is going on, as functions. Written by `python -m autodiff.operations.stub`."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.schema import Column, SchemaItem
from sqlalchemy.types import TypeEngine

from autodiff.operations.base import BatchOperations, Operations
from autodiff.operations.literal import DatabaseType as DatabaseType, InlineLiteral
from autodiff.operations.schemaobj import ref as ref
from autodiff.operations.tree import MigrateOperation

_T = TypeVar("_T")
_C = TypeVar("_C", bound=type)
_F = TypeVar("_F", bound=Callable[..., Any])

def add_column(
    table_name: str,
    column: Column[Any],
    *,
    schema: str | None = None,
    if_not_exists: bool | None = None,
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
    existing_rows: Any = ...,
    **kw: Any
) -> None:
    """Add a column to a table.

    Its foreign keys are added by statements of their own, an index where it says ``index=True``.

    :param table_name: the table's name.
    :param column: the column.
    :param schema: the table's schema; None for the connection's default.
    :param if_not_exists: do nothing if there is such a column.
    :param inline_references: write the foreign keys behind the column, in the same statement.
    :param inline_primary_key: write PRIMARY KEY behind the column, in the same statement.
    :param existing_rows: the column's value in the rows that are there, as a constant or as an SQL expression; None where
        they shall have NULL though there is a server default. Without it (and without a server default) a column that is
        NOT NULL is refused if there are rows.
    :param kw: accepted, and kept in `kw`, for hooks.
    """

def add_enum_value(
    name: str,
    value: str,
    *,
    schema: str | None = None,
    before: str | None = None,
    after: str | None = None,
    if_not_exists: bool = False
) -> None:
    """Add a label to an enum type; nothing where the database has no named enums.

    PostgreSQL lets no statement of the same transaction use the new label, so the transaction is committed before and
    after (as `autocommit_block` does).

    :param name: the type's name.
    :param value: the label.
    :param schema: the type's schema; None for the connection's default.
    :param before: the label that it is put before.
    :param after: the label that it is put behind; at the end, if neither is given.
    :param if_not_exists: do nothing if there is such a label.
    """

def alter_column(
    table_name: str,
    column_name: str,
    *,
    nullable: bool | None = None,
    comment: Any = False,
    server_default: Any = False,
    new_column_name: str | None = None,
    type_: Any = None,
    existing_type: Any = None,
    existing_server_default: Any = False,
    existing_nullable: bool | None = None,
    existing_comment: str | None = None,
    existing_rows: Any = ...,
    schema: str | None = None,
    **kw: Any
) -> None:
    """Change a column: type, NOT NULL, server default, comment, name.

    :param table_name: the table's name.
    :param column_name: the column's name.
    :param nullable: True allows NULL, False does not; None leaves it.
    :param comment: the comment; None drops it, False leaves it.
    :param server_default: a string, an SQL expression, `sa.Computed` or `sa.Identity`; None drops it, False leaves it.
    :param new_column_name: the new name.
    :param type_: the new type.
    :param existing_type: the type that the column has. MySQL needs all of `existing_…` that is not changed, since there
        a column is altered by writing its whole definition; so does `reverse()`.
    :param existing_nullable: does it allow NULL?
    :param existing_server_default: its server default; None if it has none.
    :param existing_comment: its comment; None if it has none.
    :param existing_rows: with ``nullable=False``: the value for rows in which the column is NULL, as a constant or as
        an SQL expression. Without it the operation is refused if there are such rows.
    :param schema: the table's schema; None for the connection's default.
    :param kw: ``autoincrement``, ``existing_autoincrement`` (MySQL), ``check``, ``existing_check`` (MariaDB: the condition
        of a CHECK that stands in the column), ``postgresql_using`` (the expression that converts what is stored),
        ``mssql_drop_check``, ``mssql_drop_default``, ``mssql_drop_foreign_key``.
    """

def alter_domain(
    name: str,
    *,
    schema: str | None = None,
    default: Any = ...,
    not_null: bool | None = None,
    not_null_name: str | None = None,
    drop_checks: Sequence[str] = (),
    add_checks: Mapping[str, str] | None = None
) -> None:
    """Change of a domain what is given; nothing where the database has none.

    Values that are stored are looked at: one that a new condition refuses stops the change. The type of a domain cannot
    be changed: its columns take the plain type, the domain is dropped and created, and they take it again.

    :param name: the domain's name.
    :param schema: the domain's schema; None for the connection's default.
    :param default: the new default, as SQL; None takes it away.
    :param not_null: does it refuse NULL?
    :param not_null_name: the name of that constraint (PostgreSQL 17); None for the server's own.
    :param drop_checks: names of conditions that go.
    :param add_checks: by name, conditions on ``VALUE`` that come, as SQL: they are taken as they are.
    """

def alter_sequence(
    name: str,
    *,
    schema: str | None = None,
    start: Any = ...,
    increment: Any = ...,
    minvalue: Any = ...,
    maxvalue: Any = ...,
    cycle: Any = ...,
    cache: Any = ...,
    data_type: Any = ...,
    owned_by: Any = ...,
    restart: int | bool | None = None
) -> None:
    """Change of a sequence what is given; None brings an option back to its default.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param start: the value at which a restart begins.
    :param increment: the step.
    :param minvalue: the smallest value.
    :param maxvalue: the greatest value.
    :param cycle: does it begin again at its end?
    :param cache: how many values a session takes at once.
    :param data_type: the type, as a SQLAlchemy type or as text (PostgreSQL; MariaDB from 11.5 on).
    :param owned_by: ``"table.column"``: it is dropped with that column (PostgreSQL).
    :param restart: the next value; True for `start`.
    """

def bulk_insert(table: Any, rows: list[dict[str, Any]], *, multiinsert: bool = True) -> None:
    """Insert rows into a table.

    :param table: what `create_table` returned, or a table made with `sqlalchemy.table()`.
    :param rows: dictionaries, by name of the column.
    :param multiinsert: all rows in one statement; False makes a statement for each, so that rows may have different
        columns or contain expressions.
    """

def create_check_constraint(
    constraint_name: str | None, table_name: str, condition: Any, *, schema: str | None = None, **kw: Any
) -> None:
    """Add a CHECK constraint to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param condition: the condition, as SQL text or as an expression.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `CheckConstraint`: ``postgresql_not_valid`` …;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

def create_domain(
    name: str,
    type_: Any,
    *,
    schema: str | None = None,
    collation: str | None = None,
    default: str | None = None,
    not_null: bool = False,
    not_null_name: str | None = None,
    checks: Mapping[str, str] | None = None,
    comment: str | None = None
) -> None:
    """Create a domain: a type with a default and conditions of its own; nothing where the database has none.

    :param name: the domain's name.
    :param type_: the type that it stands on, as a SQLAlchemy type or as text.
    :param schema: the domain's schema; None for the connection's default.
    :param collation: the collation; None for the type's own.
    :param default: the default, as SQL: it is taken as it is.
    :param not_null: does it refuse NULL?
    :param not_null_name: the name of that constraint (PostgreSQL 17); None for the server's own.
    :param checks: by name, conditions on ``VALUE``, as SQL: they are taken as they are.
    :param comment: a comment on the domain.
    """

def create_enum(name: str, values: Sequence[str], *, schema: str | None = None, comment: str | None = None) -> None:
    """Create an enum type; nothing where the database has no named enums.

    :param name: the type's name.
    :param values: its labels, in order.
    :param schema: the type's schema; None for the connection's default.
    :param comment: a comment on the type.
    """

def create_exclude_constraint(
    constraint_name: str | None,
    table_name: str,
    *elements: tuple[Any, str],
    where: Any = None,
    schema: str | None = None,
    **kw: Any
) -> None:
    """Add an EXCLUDE constraint to a table (PostgreSQL).

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param elements: pairs of an expression and an operator, such as ``(sa.column("room"), "=")``.
    :param where: the condition of the rows that it is about.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `postgresql.ExcludeConstraint`: ``using``, ``ops``, ``deferrable``, ``initially``.
    """

def create_foreign_key(
    constraint_name: str | None,
    source_table: str,
    referent_table: str,
    local_cols: list[str],
    remote_cols: list[str],
    *,
    onupdate: str | None = None,
    ondelete: str | None = None,
    deferrable: bool | None = None,
    initially: str | None = None,
    match: str | None = None,
    source_schema: str | None = None,
    referent_schema: str | None = None,
    **dialect_kw: Any
) -> None:
    """Add a foreign key to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param source_table: the table that refers.
    :param referent_table: the table that is referred to; it may be the same.
    :param local_cols: names of the columns that refer.
    :param remote_cols: names of the columns that are referred to.
    :param onupdate: ``"CASCADE"``, ``"SET NULL"`` …
    :param ondelete: ``"CASCADE"``, ``"SET NULL"`` …
    :param deferrable: may it be checked at the end of the transaction?
    :param initially: ``"DEFERRED"`` or ``"IMMEDIATE"``.
    :param match: ``"FULL"`` …
    :param source_schema: schema of the table that refers.
    :param referent_schema: schema of the table that is referred to.
    :param dialect_kw: further arguments of `ForeignKeyConstraint`: ``postgresql_not_valid`` …
    """

def create_index(
    index_name: str | None,
    table_name: str,
    columns: Sequence[Any],
    *,
    schema: str | None = None,
    unique: bool = False,
    if_not_exists: bool | None = None,
    **kw: Any
) -> None:
    """Create an index on a table.

    :param index_name: the index's name; None for the naming convention's.
    :param table_name: the table's name.
    :param columns: names of columns, columns, `sa.text()`, or expressions such as ``sa.func.lower(sa.column("name"))``.
    :param schema: the table's schema; None for the connection's default.
    :param unique: may a value occur only once?
    :param if_not_exists: do nothing if there is such an index.
    :param kw: further arguments of `Index`: ``postgresql_using``, ``postgresql_where``, ``postgresql_concurrently``,
        ``mysql_length``, ``sqlite_where`` …
    """

def create_primary_key(
    constraint_name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None, **kw: Any
) -> None:
    """Add a primary key to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param columns: names of the columns.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `PrimaryKeyConstraint`: ``deferrable``, ``initially``, ``postgresql_…``;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

def create_schema(name: str, *, if_not_exists: bool = False) -> None:
    """Create a schema; nothing where the database has none (SQLite).

    :param name: the schema's name.
    :param if_not_exists: do nothing if there is such a schema.
    """

def create_sequence(
    name: str,
    *,
    schema: str | None = None,
    start: int | None = None,
    increment: int | None = None,
    minvalue: int | None = None,
    maxvalue: int | None = None,
    cycle: bool | None = None,
    cache: int | None = None,
    data_type: Any = None,
    owned_by: str | tuple[str, ...] | None = None,
    if_not_exists: bool = False
) -> None:
    """Create a sequence; nothing where the database has none.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param start: the first value.
    :param increment: the step.
    :param minvalue: the smallest value.
    :param maxvalue: the greatest value.
    :param cycle: does it begin again at its end?
    :param cache: how many values a session takes at once.
    :param data_type: the type, as a SQLAlchemy type or as text (PostgreSQL; MariaDB from 11.5 on).
    :param owned_by: ``"table.column"``: it is dropped with that column (PostgreSQL).
    :param if_not_exists: do nothing if there is such a sequence.
    """

def create_table(
    table_name: str,
    *columns: SchemaItem,
    schema: str | None = None,
    if_not_exists: bool | None = None,
    final_names: bool = False,
    **kw: Any
) -> Table:
    """Create a table, with its indexes and comments.

    The answer is the `Table`, which `bulk_insert` takes.

    :param table_name: the table's name.
    :param columns: columns, constraints and indexes.
    :param schema: the table's schema; None for the connection's default.
    :param if_not_exists: do nothing if there is such a table.
    :param final_names: apply no naming convention: what has no name stays unnamed.
    :param kw: further arguments of `Table`: ``comment``, ``info``, ``prefixes``, ``mysql_engine`` …
    """

def create_table_comment(
    table_name: str, comment: str | None, *, schema: str | None = None, existing_comment: str | None = None
) -> None:
    """Set the comment of a table.

    :param table_name: the table's name.
    :param comment: the comment.
    :param existing_comment: the comment that it has; needed to undo the operation.
    :param schema: the table's schema; None for the connection's default.
    """

def create_unique_constraint(
    constraint_name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None, **kw: Any
) -> None:
    """Add a unique constraint to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param columns: names of the columns.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `UniqueConstraint`: ``deferrable``, ``initially``, ``postgresql_nulls_not_distinct`` …;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

def drop_column(
    table_name: str, column_name: str, *, schema: str | None = None, if_exists: bool | None = None, **kw: Any
) -> None:
    """Drop a column of a table.

    :param table_name: the table's name.
    :param column_name: the column's name.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such column.
    :param kw: ``mssql_drop_check``, ``mssql_drop_default``, ``mssql_drop_foreign_key``: drop the constraint first that
        SQL Server made for the column.
    """

def drop_constraint(
    constraint_name: str | None,
    table_name: str,
    type_: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    columns: Sequence[str] | None = None,
    condition: str | None = None,
    **kw: Any
) -> None:
    """Drop a constraint of a table.

    :param constraint_name: its name; None for one that has no name, which is then found by `columns` or `condition`.
    :param table_name: the table's name.
    :param type_: ``"foreignkey"``, ``"primary"``, ``"unique"``, ``"check"`` or ``"exclude"``; MySQL needs it.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such constraint.
    :param columns: names of the constraint's columns, in order: finds an unnamed one in the database.
    :param condition: the condition of an unnamed CHECK, as the database prints it.
    :param kw: accepted, and kept in `kw`, for hooks.
    """

def drop_domain(name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
    """Drop a domain; nothing where the database has none.

    :param name: the domain's name.
    :param schema: the domain's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such domain.
    """

def drop_enum(name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
    """Drop an enum type; nothing where the database has no named enums.

    :param name: the type's name.
    :param schema: the type's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such type.
    """

def drop_index(
    index_name: str,
    table_name: str | None = None,
    *,
    schema: str | None = None,
    if_exists: bool | None = None,
    **kw: Any
) -> None:
    """Drop an index.

    :param index_name: the index's name.
    :param table_name: the table's name; needed where indexes belong to their table (MySQL, SQL Server).
    :param schema: the index's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such index.
    :param kw: further arguments of `Index`: ``postgresql_concurrently``.
    """

def drop_schema(name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
    """Drop a schema; nothing where the database has none (SQLite).

    :param name: the schema's name.
    :param if_exists: do nothing if there is no such schema.
    :param cascade: drop what is in it too; without it a schema that is not empty is refused.
    """

def drop_sequence(name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
    """Drop a sequence; nothing where the database has none.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such sequence.
    """

def drop_table(table_name: str, *, schema: str | None = None, if_exists: bool | None = None, **kw: Any) -> None:
    """Drop a table.

    :param table_name: the table's name.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such table.
    :param kw: the same, as keywords.
    """

def drop_table_comment(table_name: str, *, schema: str | None = None, existing_comment: str | None = None) -> None:
    """Drop the comment of a table.

    :param table_name: the table's name.
    :param existing_comment: the comment that it has; needed to undo the operation.
    :param schema: the table's schema; None for the connection's default.
    """

def execute(sqltext: Any, *, execution_options: Mapping[str, Any] | None = None) -> None:
    """Execute a statement.

    :param sqltext: a SQLAlchemy construct, or a string, which is taken as `sqlalchemy.text()`: there ``:name`` is a
        parameter, and a colon that is meant as such is written ``\\\\:``. See `op.sql` for SQL that is taken as it is.
    :param execution_options: execution options of the statement.
    """

def rename_constraint(
    table_name: str, old_name: str, new_name: str, *, type_: str | None = None, schema: str | None = None
) -> None:
    """Rename a constraint of a table.

    :param table_name: the table's name.
    :param old_name: the name that it has.
    :param new_name: the name that it gets.
    :param type_: ``"foreignkey"``, ``"primary"``, ``"unique"``, ``"check"``; needed where the database drops and adds it.
    :param schema: the table's schema; None for the connection's default.
    """

def rename_enum_value(name: str, old: str, new: str, *, schema: str | None = None) -> None:
    """Rename a label of an enum type; rows, defaults and conditions follow.

    :param name: the type's name.
    :param old: the label as it is.
    :param new: the label as it shall be.
    :param schema: the type's schema; None for the connection's default.
    """

def rename_index(old_name: str, new_name: str, *, table_name: str | None = None, schema: str | None = None) -> None:
    """Rename an index.

    :param old_name: the name that it has.
    :param new_name: the name that it gets.
    :param table_name: the table's name; needed where indexes belong to their table (MySQL, SQL Server), and on SQLite.
    :param schema: the index's schema; None for the connection's default.
    """

def rename_table(old_table_name: str, new_table_name: str, *, schema: str | None = None) -> None:
    """Rename a table.

    :param old_table_name: the name that it has.
    :param new_table_name: the name that it gets.
    :param schema: the table's schema; it stays there.
    """

def replace_enum(
    name: str,
    values: Sequence[str],
    *,
    schema: str | None = None,
    columns: Sequence[Any] = (),
    mapping: Mapping[str, str] | None = None,
    existing: Sequence[str] | None = None
) -> None:
    """Give an enum type other labels: some removed, renamed, or in another order.

    The type is made anew beside the old one and all columns are moved to it, with their rows and defaults; comment,
    owner and grants of the type are kept. Rows whose label the new type does not have are refused before anything
    changed.

    :param name: the type's name.
    :param values: its labels, in order.
    :param schema: the type's schema; None for the connection's default.
    :param columns: the columns that have the type, as ``("table", "column")``, ``("table", "column", default)``,
        ``"schema.table.column"``, or a dictionary with ``table``, ``column``, ``schema``, ``default``, ``array``. On a
        database they are found by themselves; SQL that is written needs them.
    :param mapping: by old label, the label that its rows get.
    :param existing: the labels that it has; needed to undo the operation.
    """

def set_table_options(
    table_name: str, *, schema: str | None = None, existing: Mapping[str, Any] | None = None, **options: Any
) -> None:
    """Change options of a table.

    :param table_name: the table's name.
    :param schema: the table's schema; None for the connection's default.
    :param existing: the same options as they are; needed to undo the operation.
    :param options: by SQLAlchemy's words: ``mysql_engine``, ``mysql_charset``, ``mysql_collate``, ``mysql_row_format`` …;
        ``postgresql_with``, ``postgresql_unlogged``, ``postgresql_tablespace``; ``sqlite_strict``,
        ``sqlite_with_rowid``. None is the default. Those of other databases say nothing.
    """

def sql(statement: str, *, transactional: bool = True) -> None:
    """Execute a statement exactly as it is written: ``:name``, ``%`` and ``\\\\`` mean themselves.

    :param statement: one statement.
    :param transactional: False runs it outside of the transaction, as ``CREATE INDEX CONCURRENTLY`` or ``VACUUM`` want.
    """

def batch_alter_table(
    table_name: str,
    schema: str | None = None,
    recreate: Literal["auto", "always", "never"] = "auto",
    partial_reordering: Sequence[tuple[str, ...]] | None = None,
    copy_from: Table | None = None,
    table_args: tuple[Any, ...] = (),
    table_kwargs: Mapping[str, Any] = ...,
    reflect_args: tuple[Any, ...] = (),
    reflect_kwargs: Mapping[str, Any] = ...,
    naming_convention: Mapping[str, str] | None = None,
) -> AbstractContextManager[BatchOperations]:
    """Collect operations on one table, and do them together at the end of the with block.

    Where the database can alter the table, they run one by one; on MySQL and MariaDB `alter_column`s that follow each
    other are one statement, which copies the table once.

    :param recreate: ``"auto"`` makes a copy of the table where the database cannot alter it, ``"always"``, ``"never"``.
    :param partial_reordering: tuples of column names that shall follow each other in the copy.
    :param copy_from: how the table is now, instead of reading that from the database (needed with ``--sql``).
    :param table_args: further constraints for the copy.
    :param table_kwargs: further arguments for the copy's `Table`.
    :param reflect_args: columns and constraints that replace those that are read from the database.
    :param reflect_kwargs: arguments for reading the table, such as ``listeners``.
    :param naming_convention: names for constraints that have none in the database, so that they can be dropped.
    """

def f(name: str) -> str:
    """Mark a name as final: no naming convention is applied to it."""

def get_bind() -> Connection:
    """The connection of the run; with ``--sql``, one that writes what it is told to execute."""

def get_context() -> Any:
    """The migration context of the run."""

def implementation_for(op_cls: type[MigrateOperation], replace: bool = False) -> Callable[[_F], _F]:
    """Decorate the function that does what the operation says: ``fn(operations, operation)``.

    :param replace: put it in the place of one that is there.
    """

def inline_literal(value: Any, type_: TypeEngine[Any] | None = None) -> InlineLiteral:
    """A value that is written into the SQL instead of being passed beside it."""

def invoke(operation: MigrateOperation) -> Any:
    """Do what the operation says.

    :returns: whatever its implementation returns (`create_table` returns the `Table`).
    """

def register_operation(name: str, sourcename: str | None = None) -> Callable[[_C], _C]:
    """Decorate an operation's class: its classmethod `name` (or `sourcename`) becomes a directive."""

def run_async(async_function: Callable[..., Awaitable[_T]], *args: Any, **kw_args: Any) -> _T:
    """Call a coroutine function with an `AsyncConnection` on the transaction of the run.

    :raises ValueError: if the driver is not an asynchronous one.
    :raises NotImplementedError: in a run that only writes SQL.
    """
