"""DDL as SQLite says it; what it has no statement for is a rebuild of the table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import Constraint
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.sql.elements import TextClause

from autodiff.ddl.base import AddColumn, ColumnName, RenameTable, add_column, alter_table, rename_column, rename_to
from autodiff.ddl.impl import DefaultImpl
from autodiff.dialects.sqlite.lexer import fold
from autodiff.errors import CommandError
from autodiff.operations.batch_words import WordsCall
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import AddConstraintOp, CreateForeignKeyOp, DropConstraintOp, RenameConstraintOp
from autodiff.operations.draft import TableDraft
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import SetTableOptionsOp

_REFUSED = (
    "No support for ALTER of {what} in SQLite dialect. Please refer to the batch mode feature which allows for SQLite "
    "migrations using a copy-and-move strategy."
)


def _unquoted_number(text: str) -> str:
    """A number without its quotes: the column's affinity takes them off, too."""
    bare = text[1:-1] if len(text) > 2 and text[0] == text[-1] == "'" else text
    return bare if bare.lstrip("-").isdigit() else text


class SQLiteImpl(DefaultImpl):
    """The words of SQLite."""

    __dialect__ = "sqlite"
    # autodiff begins its transactions itself on SQLite, but what `transactional_ddl` says to scripts is the documented fact.
    transactional_ddl = False
    lacks_if_exists = frozenset({"add_column", "drop_column"})
    adds_constraints_inline = True
    rebuild_has_own_transaction = True

    def needs_rebuild(self, operation: Any) -> bool:
        """https://sqlite.org/lang_altertable.html has ADD, DROP and RENAME COLUMN, and each with conditions."""
        if isinstance(operation, AddColumnOp):
            return not is_added_natively(operation)
        if isinstance(operation, DropColumnOp):
            return not self.as_sql
        if isinstance(operation, AlterColumnOp):
            return changes_definition(operation)
        if isinstance(operation, WordsCall):
            return operation.method in ("drop_column", "alter_column", "add_constraint", "drop_constraint")
        if isinstance(operation, SetTableOptionsOp):
            return any(name.startswith("sqlite_") for name in operation.options)
        return isinstance(operation, (AddConstraintOp, CreateForeignKeyOp, DropConstraintOp, RenameConstraintOp))

    def requires_recreate_in_batch(self, batch_op: Any) -> bool:
        placed = any(getattr(op, "insert_before", None) or getattr(op, "insert_after", None) for op in batch_op.ops)
        if placed or batch_op.partial_reordering or batch_op.table_args or batch_op.table_kwargs:
            return True
        return any(
            self.needs_rebuild(op) or isinstance(op, DropColumnOp) or adds_foreign_key(op) for op in batch_op.ops
        )

    def refused(self, operation: Any) -> str:
        constraints = isinstance(operation, (AddConstraintOp, CreateForeignKeyOp, DropConstraintOp, RenameConstraintOp))
        what = (
            "constraints" if constraints else "table options" if isinstance(operation, SetTableOptionsOp) else "columns"
        )
        return _REFUSED.format(what=what)

    def render_ddl_sql_expr(self, expr: Any, is_server_default: bool = False, **kw: Any) -> str:
        text = super().render_ddl_sql_expr(expr, is_server_default=is_server_default, **kw)
        # https://sqlite.org/lang_createtable.html#the_default_clause: an expression wants parentheses.
        wants = is_server_default and not isinstance(expr, TextClause) and not text.startswith("(")
        return f"({text})" if wants else text

    def defaults_differ(self, column: Column[Any], found: str | None, wanted: str | None) -> bool:
        if found is None or wanted is None or found == wanted:
            return found != wanted
        return not self.same_condition(*(f"({_unquoted_number(text)})" for text in (found, wanted)))

    def check_rebuild(self, operation: Any) -> None:
        """SQLite takes a foreign key to a table that does not exist, and from then on refuses the rows."""
        if isinstance(operation, AddColumnOp) or (isinstance(operation, DropColumnOp) and not operation.if_exists):
            self._have_refused(operation)
        if not isinstance(operation, CreateForeignKeyOp):
            return
        # a key never leaves its schema: https://sqlite.org/lang_attach.html
        if not sa.inspect(self.connection).has_table(operation.referent_table, schema=operation.schema):
            raise CommandError(
                f"foreign key {operation.constraint_name!r} of table {operation.table_name!r} refers to table "
                f"{operation.referent_table!r}, which does not exist",
                help="make that table first, or correct its name",
            )

    def _have_refused(self, operation: AddColumnOp | DropColumnOp) -> None:
        """Have SQLite itself refuse a column that is there (or is not): scripts catch its error, and know its words."""
        adds = isinstance(operation, AddColumnOp)
        name = str(operation.column.name if isinstance(operation, AddColumnOp) else operation.column_name)
        try:
            columns = sa.inspect(self.connection).get_columns(operation.table_name, schema=operation.schema)
        except NoSuchTableError:
            columns = []
        if not columns or (fold(name) in {fold(column["name"]) for column in columns}) is adds:
            preparer = self.dialect.identifier_preparer
            table = preparer.format_table(sa.Table(operation.table_name, sa.MetaData(), schema=operation.schema))
            verb = "ADD" if adds else "DROP"
            self.connection.exec_driver_sql(f"ALTER TABLE {table} {verb} COLUMN {preparer.quote(name)}")

    def read_table(
        self, name: str, schema: str | None, reflect_args: Sequence[Any], reflect_kwargs: Mapping[str, Any]
    ) -> sa.Table:
        """The table out of its stored text; what the with-line says about reflection is for SQLAlchemy's."""
        if reflect_args or reflect_kwargs:
            return super().read_table(name, schema, reflect_args, reflect_kwargs)
        from autodiff.dialects.sqlite.tables import read_table

        return read_table(self.connection, name, schema)

    def same_condition(self, one: str, other: str) -> bool:
        """Do two texts of a CHECK mean the same? (A name in double quotes is taken as a column's.)"""
        from autodiff.dialects.sqlite.expression import same_expression

        return same_expression(one, other)

    def rebuild_table(self, plan: Any) -> None:
        if self.as_sql:
            super().rebuild_table(plan)
            return
        from autodiff.dialects.sqlite.rebuild import rebuild

        rebuild(self.connection, plan)

    def cast_for_batch_migrate(self, existing: Column[Any], existing_transfer: dict[str, Any], new_type: Any) -> None:
        """Nothing: the column's affinity converts what it can without loss, where CAST would turn 'abc' into 0."""

    def add_constraint(self, const: Any, **kw: Any) -> None:
        self._refuse_constraint(const)

    def drop_constraint(self, const: Constraint, **kw: Any) -> None:
        self._refuse_constraint(const)

    def _refuse_constraint(self, const: Any) -> None:
        rule = getattr(const, "_create_rule", None)
        if rule is None or rule(self):
            raise NotImplementedError(_REFUSED.format(what="constraints"))

    def alter_column(self, table_name: str, column_name: str, **kw: Any) -> None:
        changed = kw.get("nullable") is not None or kw.get("type_") is not None
        if changed or kw.get("server_default", False) is not False:
            raise NotImplementedError(_REFUSED.format(what="columns"))
        name = kw.get("name")
        if name is not None and name != column_name:
            self._exec(ColumnName(table_name, column_name, name, schema=kw.get("schema")))

    def rename_index(
        self, old_name: str, new_name: str, *, table_name: str | None = None, schema: str | None = None
    ) -> None:
        """Drop it and create it anew: SQLite cannot rename an index."""
        if self.as_sql:
            raise CommandError(
                f"SQLite cannot rename index {old_name!r}; its definition can be looked up in a database, but not written as SQL",
                help="drop it and create it under its new name",
            )
        catalog = (
            f"{self.dialect.identifier_preparer.quote_schema(schema)}.sqlite_master" if schema else "sqlite_master"
        )
        found = sa.text(f"SELECT tbl_name FROM {catalog} WHERE type = 'index' AND name = :name")
        table = table_name or self.connection.scalar(found, {"name": old_name})
        if table is None:
            raise CommandError(f"there is no index {old_name!r}")
        draft = TableDraft(self.read_table(table, schema, (), {}))
        draft.rename_index(old_name, new_name)
        for index in draft.created_indexes(draft.table()):
            self._exec(sa.schema.CreateIndex(index))
        self._exec(sa.schema.DropIndex(sa.Index(old_name, _table=sa.Table(table, sa.MetaData(), schema=schema))))

    def rename_table(self, old_table_name: str, new_table_name: str, schema: str | None = None) -> None:
        """A change of case alone takes two steps, since SQLite knows the name already."""
        if fold(old_table_name) == fold(new_table_name):
            between = f"{new_table_name}__renamed"
            super().rename_table(old_table_name, between, schema)
            old_table_name = between
        super().rename_table(old_table_name, new_table_name, schema)

    def create_schema(self, name: str, *, if_not_exists: bool = False) -> None:
        """A schema is an attached file here, which nobody creates."""

    def drop_schema(self, name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
        """A schema is an attached file here, which nobody drops."""

    def set_table_options(self, table_name: str, options: Any, *, existing: Any, schema: str | None = None) -> None:
        """STRICT and WITHOUT ROWID are said when the table is made."""

    def create_table_comment(self, table: sa.Table) -> None:
        """SQLite stores no comments."""

    def drop_table_comment(self, table: sa.Table) -> None:
        """SQLite stores no comments."""


def changes_definition(op: AlterColumnOp) -> bool:
    """Does it change more than the name, the comment, or what SQLite does not have?"""
    said = op.modify_type is not None or op.modify_nullable is not None or op.modify_server_default is not False
    return said or any(name.startswith("sqlite_") for name in op.kw)


def is_added_natively(op: AddColumnOp) -> bool:
    """May ADD COLUMN say this column, whatever rows there are?"""
    column = op.column
    if column.primary_key or (column.unique and not column.index) or op.existing_rows is not NOT_GIVEN:
        return False
    if column.computed is not None:
        return not column.computed.persisted
    constant = is_constant(column.server_default)
    if column.foreign_keys and column.server_default is not None:
        return False
    if column.server_default is None:
        return bool(column.nullable)
    return constant


_CONSTANT = re.compile(r"\s*(?: '(?:[^']|'')*' | [-+]?[\d.]+(?:e[-+]?\d+)? | NULL | TRUE | FALSE )\s*$", re.I | re.X)


def is_constant(default: Any) -> bool:
    """Is it a server default that ADD COLUMN takes? (No CURRENT_TIMESTAMP, nothing in parentheses.)"""
    value = getattr(default, "arg", None)
    if isinstance(value, str):
        return True
    text = getattr(value, "text", None)
    return text is not None and bool(_CONSTANT.match(text)) and not re.match(r"\s*NULL\s*$", text, re.I)


@compiles(AddColumn, "sqlite")
def visit_add_column(element: AddColumn, compiler: DDLCompiler, **kw: Any) -> str:
    # SQLite has no ADD CONSTRAINT, but takes a column's own constraints behind it.
    added = add_column(
        compiler,
        element.column,
        if_not_exists=element.if_not_exists,
        inline_references=True,
        inline_primary_key=element.inline_primary_key,
        **kw,
    )
    words = [added, *(compiler.process(check) for check in type_checks(compiler, element.column))]
    return f"{alter_table(compiler, element.table_name, element.schema)} {' '.join(words)}"


def type_checks(compiler: DDLCompiler, column: Column[Any]) -> list[Any]:
    """The CHECKs that the column's type brings along."""
    if column.table is None:
        return []
    bound = [c for c in column.table.constraints if getattr(c, "_type_bound", False)]
    return [c for c in bound if c._create_rule is None or c._create_rule(compiler)]


@compiles(RenameTable, "sqlite")
def visit_rename_table(element: RenameTable, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_to(element, compiler)


@compiles(ColumnName, "sqlite")
def visit_column_name(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_column(element, compiler)


def adds_foreign_key(op: Any) -> bool:
    """SQLAlchemy's inspector finds the name of a foreign key only behind the columns, where ADD COLUMN cannot write it."""
    return isinstance(op, AddColumnOp) and bool(op.column.foreign_keys)
