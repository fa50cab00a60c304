"""DDL as MySQL and MariaDB say it: there a column is altered by writing its whole definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeGuard

import sqlalchemy as sa
from sqlalchemy import Connection, Index, schema
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from autodiff.ddl.base import (
    AddColumn,
    AlterTable,
    AlterTableClause,
    ColumnName,
    RenameIndex,
    alter_table,
    comment_literal,
    format_column_name,
    format_server_default,
    format_type,
    instance_of,
    rename_column,
    visit_add_column,
)
from autodiff.ddl.impl import DefaultImpl
from autodiff.dialects.mysql.conditional import CONSTRAINT, INDEX, only_if
from autodiff.dialects.mysql.defaults import (
    comes_without_default,
    default_text,
    takes_no_literal,
    updates_itself,
    wants_whole_definition,
    without_spelling,
)
from autodiff.dialects.mysql.generated import in_order
from autodiff.dialects.mysql.sequences import has_its_bounds_before_it
from autodiff.dialects.mysql.table_options import table_clauses
from autodiff.errors import CommandError, RowsInTheWay


class MySQLChangeColumn(AlterTable):
    """CHANGE: a column's new name and whole definition.

    :param default: False says nothing of it, None that there is none; so does `comment`.
    :param check: the condition of a CHECK that stands in the column.
    """

    def __init__(
        self,
        name: str,
        column_name: str,
        schema: str | None = None,
        newname: str | None = None,
        type_: Any = None,
        nullable: bool | None = None,
        default: Any = False,
        autoincrement: bool | None = None,
        comment: str | bool | None = False,
        check: Any = None,
    ) -> None:
        super().__init__(name, schema=schema)
        if type_ is None:
            raise CommandError(
                "All MySQL CHANGE/MODIFY COLUMN operations require the existing type.",
                help=f"it is missing for {name}.{column_name}: pass existing_type (and existing_nullable, existing_server_default, existing_comment)",
            )
        self.column_name = column_name
        self.newname = column_name if newname is None else newname
        self.type_: TypeEngine[Any] = instance_of(type_)
        self.nullable = nullable
        self.default = default
        self.autoincrement = autoincrement
        self.comment = comment
        self.check = check


class MySQLModifyColumn(MySQLChangeColumn):
    """MODIFY: a column's whole definition."""

    def goes_with(self, others: Sequence[MySQLModifyColumn]) -> bool:
        """Are they of the same table, and of other columns?"""
        table = (self.schema, self.table_name)
        return all((o.schema, o.table_name) == table and o.column_name != self.column_name for o in others)


class MySQLModifyColumns(AlterTable):
    """MODIFYs of several columns of one table."""

    def __init__(self, columns: Sequence[MySQLModifyColumn]) -> None:
        super().__init__(columns[0].table_name, schema=columns[0].schema)
        self.columns = columns


class MySQLAlterDefault(AlterTable):
    """ALTER COLUMN … SET DEFAULT, which leaves the rest of the definition alone."""

    def __init__(self, name: str, column_name: str, default: Any, schema: str | None = None) -> None:
        super().__init__(name, schema=schema)
        self.column_name = column_name
        self.default = default


class MySQLImpl(DefaultImpl):
    """The words of MySQL."""

    __dialect__ = "mysql"
    transactional_ddl = False
    foreign_keys_share_names = True  # https://mariadb.com/kb/en/foreign-keys/
    drops_primary_key_nameless = True
    type_synonyms = (
        *DefaultImpl.type_synonyms,
        {"BOOL", "TINYINT"},
        {"JSON", "LONGTEXT"},
    )
    type_arg_extract = (r"character set ([\w\-_]+)", r"collate ([\w\-_]+)")

    def compare_type(self, inspector_column: Column[Any], metadata_column: Column[Any]) -> bool:
        # What dialects and hooks are told; a comparison of models asks the server, and heeds the order.
        found, wanted = inspector_column.type, metadata_column.type
        if isinstance(found, sa.Enum) and isinstance(wanted, sa.Enum) and found.native_enum and wanted.native_enum:
            return set(found.enums) != set(wanted.enums)
        return super().compare_type(inspector_column, metadata_column)

    def defaults_differ(self, column: Column[Any], found: str | None, wanted: str | None) -> bool:
        return without_spelling(found) != without_spelling(wanted)

    @property
    def is_mariadb(self) -> bool:
        return bool(getattr(self.dialect, "is_mariadb", False))

    @property
    def lacks_if_exists(self) -> frozenset[str]:  # type: ignore[override]
        return frozenset() if self.is_mariadb else _MYSQL_LACKS

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: TypeEngine[Any] | None = None,
        schema: str | None = None,
        autoincrement: bool | None = None,
        comment: str | bool | None = False,
        existing_comment: str | None = None,
        existing_type: TypeEngine[Any] | None = None,
        existing_server_default: Any = False,
        existing_nullable: bool | None = None,
        existing_autoincrement: bool | None = None,
        check: Any = False,
        existing_check: Any = None,
        **kw: Any,
    ) -> None:
        self._refuse_special(table_name, column_name, server_default, existing_server_default)
        if is_enum(type_) and is_enum(existing_type):
            self._refuse_lost_labels(sa.table(table_name, sa.column(column_name), schema=schema), existing_type, type_)
        renamed = name is not None and name != column_name
        written_anew = nullable is not None or type_ is not None or autoincrement is not None
        definition = written_anew or comment is not False or check is not False
        if not definition and not renamed:
            if server_default is False:
                return
            whole = wants_whole_definition(server_default, existing_type, is_mariadb=self.is_mariadb) or (
                server_default is None and bool(existing_nullable) and self._takes_no_literal(existing_type)
            )
            if not whole and not (existing_type is not None and updates_itself(existing_server_default)):
                default = sa.text("NULL") if server_default is None and existing_nullable else server_default
                self._exec(MySQLAlterDefault(table_name, column_name, default, schema=schema))
                return
        if renamed and not definition and server_default is False and existing_type is None:
            self._exec(MySQLRenameColumn(table_name, column_name, str(name), schema=schema))
            return
        change = MySQLChangeColumn if renamed or not definition else MySQLModifyColumn
        numbered = bool(autoincrement and not existing_autoincrement)
        with self._keeping_zero(table_name, column_name, schema) if numbered else nullcontext():
            self._exec(
                change(
                    table_name,
                    column_name,
                    schema=schema,
                    newname=name,
                    type_=type_ if type_ is not None else existing_type,
                    nullable=first_known(nullable, existing_nullable, True),
                    default=server_default if server_default is not False else existing_server_default,
                    autoincrement=first_known(autoincrement, existing_autoincrement),
                    comment=comment if comment is not False else existing_comment,
                    check=check if check is not False else existing_check,
                )
            )

    def _takes_no_literal(self, type_: Any) -> bool:
        if type_ is None or self.is_mariadb:
            return False
        return takes_no_literal(self.dialect.type_compiler_instance.process(instance_of(type_)))

    @contextmanager
    def _keeping_zero(self, table_name: str, column_name: str, schema: str | None) -> Iterator[None]:
        """A row 0 keeps its key: AUTO_INCREMENT would give it a new one, which no foreign key follows.

        https://mariadb.com/kb/en/auto_increment/#using-zero
        """
        column: Any = sa.column(column_name)
        table = sa.table(table_name, column, schema=schema)
        zero = sa.select(sa.literal(1)).select_from(table).where(column == sa.literal_column("0")).limit(1)
        if self.as_sql or self._exec(zero).first() is None:
            yield
            return
        mode = str(self._exec("SELECT @@SESSION.sql_mode").scalar())
        self._exec(f"SET SESSION sql_mode = '{mode},NO_AUTO_VALUE_ON_ZERO'")
        try:
            yield
        finally:
            self._exec(f"SET SESSION sql_mode = '{mode}'")

    @contextmanager
    def altering_together(self) -> Iterator[None]:
        """MODIFYs that follow each other are one statement, which copies the table once (and fails as a whole)."""
        self._modified = []
        try:
            yield
            self._modify_together()
        finally:
            self._modified = None

    #: The MODIFYs that wait for others of their table; None where each runs on its own.
    _modified: list[MySQLModifyColumn] | None = None

    def _modify_together(self) -> None:
        waiting, self._modified = self._modified, None
        if waiting:
            super()._exec(waiting[0] if len(waiting) == 1 else MySQLModifyColumns(waiting))
        self._modified = None if waiting is None else []

    def _exec(self, construct: Any, *args: Any, **kw: Any) -> Any:
        if self._modified is None:
            return super()._exec(construct, *args, **kw)
        if not isinstance(construct, MySQLModifyColumn) or not construct.goes_with(self._modified):
            self._modify_together()
        if isinstance(construct, MySQLModifyColumn):
            self._modified.append(construct)
            return None
        return super()._exec(construct, *args, **kw)

    def execute_literal(self, statement: Any) -> None:
        self._modify_together()
        super().execute_literal(statement)

    def _refuse_special(self, table_name: str, column_name: str, default: Any, existing: Any) -> None:
        """Identity does not exist here, and a generation expression is a matter of drop and add."""
        existing = None if existing is False else existing
        if default is False:
            return
        element = self.default_element(table_name, column_name, default, {"existing_server_default": existing})
        if not isinstance(element, sa.schema.DDLElement) or type(element).__name__ == "ColumnDefault":
            return
        element.compile(dialect=self.dialect)

    def _refuse_lost_labels(self, table: Any, old: sa.Enum, new: sa.Enum) -> None:
        """Rows that have a label which the ENUM loses: the server says not which (1265), or empties them (not strict)."""
        kept = {label.casefold() for label in new.enums}
        gone = [label for label in old.enums if label.casefold() not in kept]
        if not gone or self.as_sql or not isinstance(self.connection, Connection):
            return
        (column,) = table.columns
        found = self.connection.execute(sa.select(column).where(column.in_(gone)).distinct()).scalars()
        if lost := ", ".join(sorted(repr(str(label)) for label in found)):
            raise RowsInTheWay(
                f"{table.name}.{column.name} has rows with {lost}, which its ENUM loses", help="change those rows first"
            )

    def create_table(self, table: Table, **kw: Any) -> None:
        for column in table.columns:
            self._without_refused_not_null(column)
        super().create_table(table, **kw)

    def add_column(self, table_name: str, column: Column[Any], **kw: Any) -> None:
        self._without_refused_not_null(column)
        default = column.server_default
        if isinstance(default, sa.DefaultClause) and self._comes_without(default, column):
            self._add_column_then_default(table_name, column, default, **kw)
        else:
            super().add_column(table_name, column, **kw)

    def _comes_without(self, default: sa.DefaultClause, column: Column[Any]) -> bool:
        if self.is_mariadb:
            return False
        compiler: Any = self.dialect.ddl_compiler(self.dialect, None)
        text = format_server_default(compiler, default)
        return comes_without_default(format_type(compiler, column.type), text, bool(column.nullable))

    def _add_column_then_default(
        self, table_name: str, column: Column[Any], default: sa.DefaultClause, **kw: Any
    ) -> None:
        nullable, column.server_default, column.nullable = column.nullable, None, True
        try:
            super().add_column(table_name, column, **kw)
        finally:
            column.server_default, column.nullable = default, nullable
        table = sa.table(table_name, sa.column(column.name), schema=kw.get("schema"))
        self._exec(sa.update(table).values({column.name: default.arg}))
        self.alter_column(
            table_name,
            column.name,
            schema=kw.get("schema"),
            nullable=nullable,
            server_default=default,
            existing_type=column.type,
            existing_comment=column.comment,
        )

    def _without_refused_not_null(self, column: Column[Any]) -> None:
        # https://mariadb.com/kb/en/generated-columns/: "NOT NULL is not supported"; models that are mapped with
        # annotations say it of every column, and SQLAlchemy leaves it out there.
        if column.computed is not None and self.is_mariadb:
            column.nullable = True

    def prep_table_for_batch(self, batch_impl: Any, table: Table) -> None:
        """Free the names of checks, which are one name space per database on MySQL.

        https://dev.mysql.com/doc/refman/8.4/en/create-table-check-constraints.html
        """
        if self.is_mariadb:
            return
        for constraint in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
            if constraint.name is not None and isinstance(constraint, CheckConstraint):
                self.drop_constraint(constraint)

    def drop_constraint(self, const: Constraint, **kw: Any) -> None:
        if type(const) is Constraint:
            raise NotImplementedError("No generic 'DROP CONSTRAINT' in MySQL - please specify constraint type")
        if kw.get("if_exists") and self.is_mariadb:
            self._exec(MariaDBDropConstraint(const))
        elif kw.get("if_exists") and self.as_sql:
            name = "PRIMARY" if isinstance(const, PrimaryKeyConstraint) else str(const.name)
            self._write_if(CONSTRAINT, name, const.table, schema.DropConstraint(const), there=True)
        else:
            self._exec(schema.DropConstraint(const))

    def _write_if(self, what: str, name: str, table: Table, element: schema.DDLElement, *, there: bool) -> None:
        """Write a statement that looks in the catalog first, as autodiff itself does on a database."""
        statement = self.script_text(element).strip().removesuffix(self.command_terminator)
        for each in only_if(statement, what, name, str(table.name), table.schema, there=there):
            self.verbatim(each)

    def rename_constraint(
        self, table_name: str, old_name: str, new_name: str, *, type_: str | None = None, schema: str | None = None
    ) -> None:
        """A unique constraint is its index; the others have no RENAME, and are dropped and added."""
        if type_ == "unique":
            self.rename_index(old_name, new_name, table_name=table_name, schema=schema)
            return
        if self.as_sql or type_ not in ("foreignkey", "check"):
            raise CommandError(
                f"{self.dialect.name} cannot rename constraint {old_name!r} of table {table_name!r}",
                help="drop it and add it under its new name; type_='unique', 'foreignkey' and 'check' work on a database",
            )
        table = self.read_table(table_name, schema, (), {})
        found = [c for c in table.constraints if c.name == old_name]
        if not found:
            raise CommandError(f"table {table_name!r} has no constraint {old_name!r}")
        self.drop_constraint(found[0])
        found[0].name = new_name
        self.add_constraint(found[0])

    @property
    def supports_sequences(self) -> bool:
        # SQLAlchemy learns it from the server; without one it is the dialect's name that says it.
        return self.is_mariadb

    def alter_sequence(
        self,
        name: str,
        *,
        schema: str | None = None,
        options: Mapping[str, Any],
        restart: int | bool | None = None,
    ) -> None:
        if restart is None and self.supports_sequences and not self.as_sql and isinstance(self.connection, Connection):
            place = self.dialect.identifier_preparer.format_table(sa.table(name, schema=schema))
            restart = has_its_bounds_before_it(self.connection, place, options) or None
        super().alter_sequence(name, schema=schema, options=options, restart=restart)

    def drop_schema(self, name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
        """A schema is a database here, which would go with all that is in it: without CASCADE it must be empty."""
        if not cascade and not self.as_sql:
            assert self.connection is not None
            held = "SELECT count(*) FROM information_schema.tables WHERE table_schema = :name"
            count = self.connection.execute(sa.text(held), {"name": name}).scalar()
            if count:
                raise CommandError(
                    f"schema {name!r} is a database that is not empty (tables and views: {count})",
                    help="drop them first, or pass cascade=True to drop all that is in it",
                )
        self._exec(schema.DropSchema(name, if_exists=if_exists))

    def set_table_options(
        self, table_name: str, options: Mapping[str, Any], *, existing: Mapping[str, Any], schema: str | None = None
    ) -> None:
        clauses = list(table_clauses(options, is_mariadb=self.is_mariadb))
        # The engine that a table comes from keeps its own options: they go after it.
        late = [clause for clause in clauses if clause == "PAGE_CHECKSUM=DEFAULT"]
        alone = [clause for clause in clauses if clause.endswith(" PARTITIONING") or clause.startswith("PARTITION BY ")]
        first = [clause for clause in clauses if clause not in (*late, *alone)]
        if any(clause.startswith("KEY_BLOCK_SIZE=") for clause in first) and not self.as_sql:
            first += self._keys_made_anew(table_name, schema)
        for some in (first, late, alone):
            if some:
                self._exec(AlterTableClause(table_name, ", ".join(some), schema=schema))

    def _keys_made_anew(self, table_name: str, schema: str | None) -> list[str]:
        from autodiff.dialects.mysql.block_size import keys_made_anew

        preparer = self._script_dialect.identifier_preparer  # of single percent signs
        return keys_made_anew(self.connection, preparer.format_table(sa.table(table_name, schema=schema)))

    def create_index(self, index: Index, **kw: Any) -> None:
        index = with_lengths(index, self.dialect.identifier_preparer)
        if kw.get("if_not_exists") and self.as_sql and not self.is_mariadb:
            assert index.table is not None
            self._write_if(INDEX, str(index.name), index.table, schema.CreateIndex(index), there=False)
        else:
            super().create_index(index, **kw)

    def drop_index(self, index: Index, **kw: Any) -> None:
        if kw.get("if_exists") and self.as_sql and not self.is_mariadb:
            assert index.table is not None
            self._write_if(INDEX, str(index.name), index.table, schema.DropIndex(index), there=True)
        else:
            super().drop_index(index, **kw)


_MYSQL_LACKS = frozenset({"add_column", "drop_column", "create_index", "drop_index", "drop_constraint"})


class MariaDBImpl(MySQLImpl):
    """The words of MariaDB."""

    __dialect__ = "mariadb"


class MySQLRenameColumn(ColumnName):
    """RENAME COLUMN, which keeps the definition."""

    def __init__(self, name: str, column_name: str, newname: str, schema: str | None = None) -> None:
        super().__init__(name, column_name, newname, schema=schema)


class MariaDBDropConstraint(schema.DDLElement):
    """DROP … IF EXISTS of a constraint (MariaDB)."""

    def __init__(self, constraint: Any) -> None:
        self.constraint = constraint


def is_enum(type_: Any) -> TypeGuard[sa.Enum]:
    """Is it an ENUM of the server's, and not a string with a CHECK?"""
    return isinstance(type_, sa.Enum) and type_.native_enum


def first_known(*values: Any) -> Any:
    """The first value that is not None."""
    return next((value for value in values if value is not None), None)


def with_lengths(index: Index, preparer: Any) -> Index:
    """The index with its `mysql_length` written into its keys, if it has keys that are no columns.

    SQLAlchemy asks every key for its name then.
    """
    lengths = index.dialect_kwargs.get("mysql_length") or index.dialect_kwargs.get("mariadb_length")
    if not isinstance(lengths, Mapping) or all(isinstance(e, sa.Column) for e in index.expressions):
        return index
    keys = [_with_length(key, lengths, preparer) for key in index.expressions]
    options = {name: value for name, value in index.dialect_kwargs.items() if not name.endswith("_length")}
    return Index(index.name, *keys, unique=index.unique, _table=index.table, **options)


def _with_length(key: Any, lengths: Mapping[Any, int], preparer: Any) -> Any:
    length = lengths.get(getattr(key, "name", None))
    return key if length is None else sa.text(f"{preparer.quote(key.name)}({length})")


@compiles(AddColumn, "mysql", "mariadb")
def _add_column(element: AddColumn, compiler: DDLCompiler, **kw: Any) -> str:
    added, computed = visit_add_column(element, compiler, **kw), element.column.computed
    if computed is None:
        return added
    return in_order(added, format_type(compiler, element.column.type), compiler.process(computed))


@compiles(MySQLModifyColumn, "mysql", "mariadb")
def _modify(element: MySQLModifyColumn, compiler: DDLCompiler, **kw: Any) -> str:
    return f"{alter_table(compiler, element.table_name, element.schema)} {modified(element, compiler)}"


@compiles(MySQLModifyColumns, "mysql", "mariadb")
def _modify_together(element: MySQLModifyColumns, compiler: DDLCompiler, **kw: Any) -> str:
    clauses = ", ".join(modified(column, compiler) for column in element.columns)
    return f"{alter_table(compiler, element.table_name, element.schema)} {clauses}"


def modified(element: MySQLModifyColumn, compiler: DDLCompiler) -> str:
    return f"MODIFY {format_column_name(compiler, element.column_name)} {definition(element, compiler)}"


@compiles(MySQLChangeColumn, "mysql", "mariadb")
def _change(element: MySQLChangeColumn, compiler: DDLCompiler, **kw: Any) -> str:
    old, new = (format_column_name(compiler, name) for name in (element.column_name, element.newname))
    start = alter_table(compiler, element.table_name, element.schema)
    return f"{start} CHANGE {old} {new} {definition(element, compiler)}"


def definition(element: MySQLChangeColumn, compiler: Any) -> str:
    """What stands behind a column's name."""
    type_ = format_type(compiler, element.type_)
    words = [type_, "NULL" if element.nullable else "NOT NULL"]
    if element.autoincrement:
        words.append("AUTO_INCREMENT")
    if isinstance(element.default, sa.Computed):
        expression = compiler.process(element.default)
        words[:2] = [in_order(f"{type_} {expression}", type_, expression)]
        # https://mariadb.com/kb/en/generated-columns/: "NOT NULL is not supported"; MySQL has it.
        if not element.nullable and not compiler.dialect.is_mariadb:
            words.append("NOT NULL")
    elif element.default is not False and element.default is not None:
        words.append(f"DEFAULT {default_text(compiler, element.default)}")
    if element.comment:
        words.append(f"COMMENT {comment_literal(compiler, str(element.comment))}")
    if element.check is not None:
        condition = compiler.sql_compiler.process(text_of(element.check), include_table=False, literal_binds=True)
        words.append(f"CHECK ({condition})")
    return " ".join(words)


def text_of(condition: Any) -> Any:
    return sa.text(condition) if isinstance(condition, str) else condition


@compiles(MySQLAlterDefault, "mysql", "mariadb")
def _alter_default(element: MySQLAlterDefault, compiler: DDLCompiler, **kw: Any) -> str:
    start = alter_table(compiler, element.table_name, element.schema)
    column = format_column_name(compiler, element.column_name)
    if element.default is None:
        return f"{start} ALTER COLUMN {column} DROP DEFAULT"
    return f"{start} ALTER COLUMN {column} SET DEFAULT {default_text(compiler, element.default)}"


@compiles(ColumnName, "mysql", "mariadb")
def visit_column_name(element: ColumnName, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_column(element, compiler)


_DROPPED: tuple[tuple[type, str], ...] = (
    (ForeignKeyConstraint, "FOREIGN KEY IF EXISTS {name}"),
    (PrimaryKeyConstraint, "PRIMARY KEY"),
    (UniqueConstraint, "INDEX IF EXISTS {name}"),
    (CheckConstraint, "CONSTRAINT IF EXISTS {name}"),
)


@compiles(MariaDBDropConstraint, "mysql", "mariadb")
def _drop(element: MariaDBDropConstraint, compiler: Any, **kw: Any) -> str:
    constraint = element.constraint
    words = next(words for kind, words in _DROPPED if isinstance(constraint, kind))
    name = compiler.preparer.format_constraint(constraint)
    return f"ALTER TABLE {compiler.preparer.format_table(constraint.table)} DROP {words.format(name=name)}"


@compiles(RenameIndex, "mysql", "mariadb")
def _rename_index(element: RenameIndex, compiler: DDLCompiler, **kw: Any) -> str:
    old, new = (format_column_name(compiler, name) for name in (element.old_name, element.new_name))
    return f"{alter_table(compiler, str(element.table_name), element.schema)} RENAME INDEX {old} TO {new}"
