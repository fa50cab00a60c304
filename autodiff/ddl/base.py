"""The DDL elements that SQLAlchemy does not have (ALTER TABLE and its kin), and the words that all databases share.

A dialect overrides an element's text with SQLAlchemy's own `@compiles(ColumnType, "mydialect")`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Computed, ForeignKeyConstraint, Identity, Integer, MetaData, Table, exc
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import DDLElement
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import String, TypeEngine


class AlterTable(DDLElement):
    """ALTER TABLE.

    :param table_name: the table's name.
    :param schema: the table's schema.
    """

    def __init__(self, table_name: str, schema: str | None = None) -> None:
        self.table_name = table_name
        self.schema = schema


class RenameTable(AlterTable):
    """ALTER TABLE … RENAME TO …"""

    def __init__(self, old_table_name: str, new_table_name: str, schema: str | None = None) -> None:
        super().__init__(old_table_name, schema=schema)
        self.new_table_name = new_table_name


class AlterColumn(AlterTable):
    """ALTER TABLE … ALTER COLUMN …

    :param name: the table's name.
    :param column_name: the column's name.
    :param existing_type: what the column is now; some databases need the whole definition again.
    """

    def __init__(
        self,
        name: str,
        column_name: str,
        schema: str | None = None,
        existing_type: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
        existing_nullable: bool | None = None,
        existing_server_default: Any = None,
        existing_comment: str | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column_name = column_name
        self.existing_type = instance_of(existing_type)
        self.existing_nullable = existing_nullable
        self.existing_server_default = existing_server_default
        self.existing_comment = existing_comment


def instance_of(type_: Any) -> Any:
    """A type, where users may give its class."""
    return type_() if isinstance(type_, type) else type_


class ColumnNullable(AlterColumn):
    """Set or drop NOT NULL."""

    def __init__(self, name: str, column_name: str, nullable: bool, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.nullable = nullable


class ColumnType(AlterColumn):
    """Change the type."""

    def __init__(self, name: str, column_name: str, type_: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.type_ = instance_of(type_)


class ColumnName(AlterColumn):
    """Rename the column."""

    def __init__(self, name: str, column_name: str, newname: str, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.newname = newname


class ColumnDefault(AlterColumn):
    """Set the server default; drop it if it is None."""

    def __init__(self, name: str, column_name: str, default: Any, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default


class ComputedColumnDefault(AlterColumn):
    """Add, change or drop the generation expression."""

    def __init__(self, name: str, column_name: str, default: Computed | None, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default


class IdentityColumnDefault(AlterColumn):
    """Add, change or drop the identity.

    :param impl: the words of the database, which know what of an identity can differ.
    """

    def __init__(self, name: str, column_name: str, default: Identity | None, impl: Any = None, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.default = default
        self.impl = impl


class ColumnComment(AlterColumn):
    """Set the comment; drop it if it is None."""

    def __init__(self, name: str, column_name: str, comment: str | None, **kw: Any) -> None:
        super().__init__(name, column_name, **kw)
        self.comment = comment


class AddColumn(AlterTable):
    """ALTER TABLE … ADD COLUMN …

    :param column: a column that belongs to a table.
    :param inline_references: write its foreign keys behind it, instead of in statements of their own.
    :param inline_primary_key: write PRIMARY KEY behind it.
    """

    def __init__(
        self,
        name: str,
        column: Column[Any],
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_not_exists = if_not_exists
        self.inline_references = inline_references
        self.inline_primary_key = inline_primary_key


class DropColumn(AlterTable):
    """ALTER TABLE … DROP COLUMN …"""

    def __init__(
        self, name: str, column: Column[Any], schema: str | None = None, if_exists: bool | None = None
    ) -> None:
        super().__init__(name, schema=schema)
        self.column = column
        self.if_exists = if_exists


class AlterTableClause(AlterTable):
    """ALTER TABLE with a clause that is written out.

    :param clause: the SQL behind the table's name; a `%` in it means itself.
    """

    def __init__(self, table_name: str, clause: str, schema: str | None = None) -> None:
        super().__init__(table_name, schema=schema)
        self.clause = clause


class RenameConstraint(AlterTable):
    """ALTER TABLE … RENAME CONSTRAINT … TO …"""

    def __init__(self, table_name: str, old_name: str, new_name: str, schema: str | None = None) -> None:
        super().__init__(table_name, schema=schema)
        self.old_name = old_name
        self.new_name = new_name


class RenameIndex(DDLElement):
    """ALTER INDEX … RENAME TO …"""

    def __init__(self, old_name: str, new_name: str, table_name: str | None = None, schema: str | None = None) -> None:
        self.old_name = old_name
        self.new_name = new_name
        self.table_name = table_name
        self.schema = schema


# Words


def quote_dotted(name: str, quote: Callable[[str], str]) -> str:
    """Each part of a dotted name quoted by itself, except where the name says how it wants to be quoted."""
    if isinstance(name, quoted_name) and name.quote is not None:
        return quote(name)
    return ".".join(quote(part) for part in name.split("."))


def format_table_name(compiler: Any, name: str, schema: str | None) -> str:
    # SQLAlchemy's own formatting, so that quoting and schema_translate_map agree with CREATE TABLE; of a `table()` it
    # does not translate the schema.
    text: str = compiler.preparer.format_table(Table(name, MetaData(), schema=schema))
    return text


def format_column_name(compiler: Any, name: str | None) -> str:
    text: str = compiler.preparer.quote(name)
    return text


def format_server_default(compiler: DDLCompiler, default: Any) -> str:
    # On PostgreSQL, a column that has a table could turn into SERIAL; this one has none.
    text = compiler.get_column_default_string(Column("x", Integer, server_default=default))
    return text or "NULL"


def format_type(compiler: DDLCompiler, type_: TypeEngine[Any]) -> str:
    return compiler.dialect.type_compiler_instance.process(type_)


def alter_table(compiler: DDLCompiler, name: str, schema: str | None) -> str:
    return f"ALTER TABLE {format_table_name(compiler, name, schema)}"


def alter_column(compiler: DDLCompiler, name: str) -> str:
    return f"ALTER COLUMN {format_column_name(compiler, name)}"


def add_column(
    compiler: DDLCompiler,
    column: Column[Any],
    if_not_exists: bool | None = None,
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
    **kw: Any,
) -> str:
    words = ["ADD COLUMN"]
    if if_not_exists:
        words.append("IF NOT EXISTS")
    words.append(column_with_constraints(compiler, column, inline_references, inline_primary_key, **kw))
    return " ".join(words)


def column_with_constraints(
    compiler: DDLCompiler,
    column: Column[Any],
    inline_references: bool | None = None,
    inline_primary_key: bool | None = None,
    **kw: Any,
) -> str:
    """The column as CREATE TABLE would write it, with the constraints that stand behind a column."""
    words = [compiler.get_column_specification(column, **kw)]
    if inline_primary_key and column.primary_key:
        words.append("PRIMARY KEY")
    words.extend(compiler.process(constraint) for constraint in _checks_of(compiler, column))
    if inline_references:
        words.extend(references(compiler, fk.constraint) for fk in column.foreign_keys if fk.constraint is not None)
    return " ".join(words)


def _checks_of(compiler: DDLCompiler, column: Column[Any]) -> list[Any]:
    rules = ((c, getattr(c, "_create_rule", None)) for c in column.constraints)
    return [c for c, rule in rules if rule is None or rule(compiler)]


def references(compiler: Any, constraint: Any) -> str:
    """The foreign key's clause as it stands behind a column: REFERENCES … ON DELETE …"""
    remote = constraint.elements[0].column
    name = ""
    if constraint.name is not None:
        formatted = compiler.preparer.format_constraint(constraint)
        name = f"CONSTRAINT {formatted} " if formatted else ""
    text = (
        f"{name}REFERENCES {compiler.preparer.format_table(remote.table)} ({compiler.preparer.format_column(remote)})"
    )
    text += compiler.define_constraint_match(constraint)
    text += compiler.define_constraint_cascades(constraint)
    return f"{text}{compiler.define_constraint_deferrability(constraint)}"


def drop_column(compiler: DDLCompiler, name: str, if_exists: bool | None = None, **kw: Any) -> str:
    return f"DROP COLUMN {'IF EXISTS ' if if_exists else ''}{format_column_name(compiler, name)}"


def _fk_spec(constraint: ForeignKeyConstraint) -> tuple[Any, ...]:
    """(schema, table, columns, referred schema, table, columns, onupdate, ondelete, deferrable, initially)."""
    target = constraint.elements[0].column.table
    table = constraint.parent
    return (
        table.schema,
        table.name,
        [column.name for column in constraint.columns],
        target.schema,
        target.name,
        [element.column.name for element in constraint.elements],
        constraint.onupdate,
        constraint.ondelete,
        constraint.deferrable,
        constraint.initially,
    )


def rename_to(element: RenameTable, compiler: DDLCompiler) -> str:
    """ALTER TABLE s.t RENAME TO new: for databases that take no schema before the new name."""
    new = format_column_name(compiler, element.new_table_name)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {new}"


def rename_column(element: ColumnName, compiler: DDLCompiler) -> str:
    """ALTER TABLE t RENAME COLUMN old TO new"""
    old, new = (format_column_name(compiler, name) for name in (element.column_name, element.newname))
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME COLUMN {old} TO {new}"


# What is said in every database that has no words of its own


@compiles(RenameTable)
def visit_rename_table(element: RenameTable, compiler: DDLCompiler, **kw: Any) -> str:
    new = format_table_name(compiler, element.new_table_name, element.schema)
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME TO {new}"


@compiles(AddColumn)
def visit_add_column(element: AddColumn, compiler: DDLCompiler, **kw: Any) -> str:
    added = add_column(
        compiler,
        element.column,
        if_not_exists=element.if_not_exists,
        inline_references=element.inline_references,
        inline_primary_key=element.inline_primary_key,
        **kw,
    )
    return f"{alter_table(compiler, element.table_name, element.schema)} {added}"


@compiles(DropColumn)
def visit_drop_column(element: DropColumn, compiler: DDLCompiler, **kw: Any) -> str:
    dropped = drop_column(compiler, element.column.name, if_exists=element.if_exists, **kw)
    return f"{alter_table(compiler, element.table_name, element.schema)} {dropped}"


def alter_start(element: AlterColumn, compiler: DDLCompiler) -> str:
    """ALTER TABLE t ALTER COLUMN c"""
    table_part = alter_table(compiler, element.table_name, element.schema)
    return f"{table_part} {alter_column(compiler, element.column_name)}"


@compiles(ColumnNullable)
def visit_column_nullable(element: ColumnNullable, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{alter_start(element, compiler)} {'DROP' if element.nullable else 'SET'} NOT NULL"


@compiles(ColumnType)
def visit_column_type(element: ColumnType, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{alter_start(element, compiler)} TYPE {format_type(compiler, element.type_)}"


@compiles(ColumnName)
def visit_column_name(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    old, new = (format_column_name(compiler, name) for name in (element.column_name, element.newname))
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME {old} TO {new}"


@compiles(ColumnDefault)
def visit_column_default(element: ColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    if element.default is None:
        return f"{alter_start(element, compiler)} DROP DEFAULT"
    return f"{alter_start(element, compiler)} SET DEFAULT {format_server_default(compiler, element.default)}"


@compiles(ComputedColumnDefault)
def visit_computed_column(element: ComputedColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    raise exc.CompileError(
        'Adding or removing a "computed" construct, e.g. GENERATED ALWAYS AS, to or from an existing column is not '
        f"supported in this dialect ({element.table_name}.{element.column_name}); drop the column and add it again"
    )


@compiles(IdentityColumnDefault)
def visit_identity_column(element: IdentityColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    raise exc.CompileError(
        'Adding, removing or modifying an "identity" construct, e.g. GENERATED AS IDENTITY, to or from an existing '
        f"column is not supported in this dialect ({element.table_name}.{element.column_name})"
    )


@compiles(ColumnComment)
def visit_column_comment(element: ColumnComment, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{comment_start(element, compiler)} {comment_literal(compiler, element.comment)}"


def comment_start(element: ColumnComment, compiler: DDLCompiler) -> str:
    table_part = format_table_name(compiler, element.table_name, element.schema)
    return f"COMMENT ON COLUMN {table_part}.{format_column_name(compiler, element.column_name)} IS"


def comment_literal(compiler: Any, comment: str | None) -> str:
    return "NULL" if comment is None else str(compiler.sql_compiler.render_literal_value(comment, String()))


@compiles(RenameConstraint)
def visit_rename_constraint(element: RenameConstraint, compiler: DDLCompiler, **kw: Any) -> str:
    old, new = (format_column_name(compiler, name) for name in (element.old_name, element.new_name))
    return f"{alter_table(compiler, element.table_name, element.schema)} RENAME CONSTRAINT {old} TO {new}"


@compiles(RenameIndex)
def visit_rename_index(element: RenameIndex, compiler: DDLCompiler, **kw: Any) -> str:
    old = format_table_name(compiler, element.old_name, element.schema)
    return f"ALTER INDEX {old} RENAME TO {format_column_name(compiler, element.new_name)}"


@compiles(AlterTableClause)
def visit_alter_table_clause(element: AlterTableClause, compiler: Any, **kw: Any) -> str:
    clause = element.clause.replace("%", "%%") if compiler.preparer._double_percents else element.clause
    return f"{alter_table(compiler, element.table_name, element.schema)} {clause}"
