"""The words of one database, and the two ways to say them: to a connection, or into a stream of SQL."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any, ClassVar, TextIO

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Index, Table, schema
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.schema import Constraint, DDLElement
from sqlalchemy.types import TypeEngine

from autodiff.ddl import base, objects, rebuild
from autodiff.ddl.comparison import Comparing, Params
from autodiff.errors import CommandError

__all__ = ["DefaultImpl", "ImplMeta", "Params"]

# New dialect = one line here (or a subclass of DefaultImpl in the dialect's own package, which registers itself).
_ROOMS = {
    "postgresql": "autodiff.dialects.postgresql.impl",
    "sqlite": "autodiff.dialects.sqlite.impl",
    "mysql": "autodiff.dialects.mysql.impl",
    "mariadb": "autodiff.dialects.mysql.impl",
    "mssql": "autodiff.dialects.mssql.impl",
    "oracle": "autodiff.dialects.oracle.impl",
}

_impls: dict[str, type[DefaultImpl]] = {}


class ImplMeta(type):
    """Registers every class that names its dialect in `__dialect__`."""

    def __init__(cls, classname: str, bases: tuple[type, ...], dict_: dict[str, Any]) -> None:
        super().__init__(classname, bases, dict_)
        if "__dialect__" in dict_:
            _impls[dict_["__dialect__"]] = cls  # type: ignore[assignment]


class DefaultImpl(Comparing, metaclass=ImplMeta):
    """The words that all databases share; a dialect overrides what it says differently.

    :param dialect: SQLAlchemy's dialect.
    :param connection: where statements run; None where only SQL is wanted.
    :param as_sql: write literal SQL to `output_buffer` instead of running it.
    :param transactional_ddl: what `context.configure(transactional_ddl=…)` said; None for the dialect's own fact.
    :param output_buffer: the stream of SQL.
    :param context_opts: the options of `context.configure`.
    """

    __dialect__: ClassVar[str] = "default"
    #: Are DDL statements part of a transaction?
    transactional_ddl: bool = False
    #: Two tables cannot have foreign keys of one name: a copy of a table gets its own when the old one has gone.
    foreign_keys_share_names: bool = False
    #: The verbs for which the database has no IF [NOT] EXISTS; on a connection autodiff looks itself.
    lacks_if_exists: frozenset[str] = frozenset()
    #: Are a column's constraints written behind it in ADD COLUMN, since there is no ADD CONSTRAINT?
    adds_constraints_inline: bool = False
    #: Does making a table anew begin and end a transaction of its own?
    rebuild_has_own_transaction: bool = False
    #: Is a primary key dropped without its name?
    drops_primary_key_nameless: bool = False
    #: Are enum types objects with names?
    named_enums: bool = False
    #: Does the database have EXCLUDE constraints?
    supports_exclude: bool = False
    #: What ends a statement in a script of SQL.
    command_terminator: str = ";"
    #: What stands between statements in a script of SQL, on a line of its own.
    batch_separator: str = ""

    def __init__(
        self,
        dialect: Dialect,
        connection: Connection | None,
        as_sql: bool,
        transactional_ddl: bool | None,
        output_buffer: TextIO | None,
        context_opts: Mapping[str, Any],
    ) -> None:
        self.dialect = dialect
        self.as_sql = as_sql
        self.output_buffer = output_buffer
        self.context_opts = context_opts
        self.literal_binds = context_opts.get("literal_binds", False)
        self._script_dialect = single_percents(dialect)
        self.connection: Any = self._mock_connection() if as_sql else connection
        self.memo: dict[Any, Any] = {}
        if transactional_ddl is not None:
            self.transactional_ddl = transactional_ddl
        if self.literal_binds and not as_sql:
            raise CommandError("literal_binds=True makes sense with --sql only")

    @classmethod
    def get_by_dialect(cls, dialect: Dialect) -> type[DefaultImpl]:
        """The words of a dialect; those that all share if it has none of its own."""
        if dialect.name not in _impls and dialect.name in _ROOMS:
            import_module(_ROOMS[dialect.name])
        return _impls.get(dialect.name, DefaultImpl)

    def static_output(self, text: str) -> None:
        """Write a piece of the SQL script, followed by an empty line."""
        assert self.output_buffer is not None
        try:
            self.output_buffer.write(f"{text}\n\n")
            self.output_buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise CommandError(f"cannot write the SQL: {error.strerror or error}") from error

    def write(self, statement: str) -> None:
        """Write a statement, with what separates it from the next one."""
        self.static_output(statement)
        if self.batch_separator:
            self.static_output(self.batch_separator)

    @property
    def bind(self) -> Connection | None:
        """The connection; in a run that only writes SQL, one that writes what it is given."""
        return self.connection  # type: ignore[no-any-return]

    def _mock_connection(self) -> MockConnection:
        def write(construct: Any, *multiparams: Any, **params: Any) -> None:
            self._exec(construct)

        return MockConnection(self._script_dialect, write)

    # Execution

    def execute(self, sql: Any, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run a statement, or write it.

        :param sql: a SQLAlchemy construct; a string is taken as `sqlalchemy.text()`.
        """
        self._exec(sql, execution_options)

    def _exec(
        self,
        construct: Any,
        execution_options: Mapping[str, Any] | None = None,
        multiparams: Sequence[Mapping[str, Any]] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        if isinstance(construct, str):
            construct = sa.text(construct)
        if self.as_sql:
            if multiparams:
                raise TypeError("SQL is written one row at a time")
            self.write(self.script_text(construct, params))
            return None
        assert self.connection is not None
        connection = self.connection
        if execution_options:
            connection = connection.execution_options(**execution_options)
        return connection.execute(construct, multiparams or params or {})

    def altering_together(self) -> AbstractContextManager[None]:
        """Columns of one table are altered in the block; a database that copies the table each time may do it at once."""
        return nullcontext()

    def script_text(self, construct: Any, params: Mapping[str, Any] | None = None, *, literal: bool = False) -> str:
        """The statement as it stands in a SQL script, with its end.

        :param literal: write values into it, even if `literal_binds` was not asked for.
        """
        if params:
            construct = construct.values(**params) if hasattr(construct, "values") else construct.params(**params)
        literal = (literal or self.literal_binds or bool(params)) and not isinstance(construct, DDLElement)
        options = {"compile_kwargs": {"literal_binds": True}} if literal else {}
        compiled = construct.compile(dialect=self._script_dialect, **options)
        return str(compiled).replace("\t", "    ").strip() + self.command_terminator

    def execute_literal(self, statement: Any) -> None:
        """Run a statement, or write it with its values in it, whatever `literal_binds` says."""
        if self.as_sql:
            self.write(self.script_text(statement, literal=True))
        else:
            self.connection.execute(statement)

    def verbatim(self, statement: str) -> None:
        """Run a statement, or write it, as it is: nothing in it is a parameter or an escape."""
        if self.as_sql:
            self.write(statement.strip().removesuffix(self.command_terminator) + self.command_terminator)
        else:
            # no_parameters: the driver is called without any, so that it does not look for % either.
            self.connection.exec_driver_sql(statement, None, execution_options={"no_parameters": True})

    # Tables

    def create_table(self, table: Table, **kw: Any) -> None:
        # A type that an operation before has made (`create_enum`) is not made again.
        table.dispatch.before_create(table, self.connection, checkfirst=not self.as_sql, _ddl_runner=self)
        self._exec(schema.CreateTable(table, **kw))
        table.dispatch.after_create(table, self.connection, checkfirst=False, _ddl_runner=self)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            self._exec(schema.CreateIndex(index))
        if self.dialect.supports_comments and not self.dialect.inline_comments:
            self._comment_on_table(table)

    def _comment_on_table(self, table: Table) -> None:
        if table.comment is not None:
            self.create_table_comment(table)
        for column in table.columns:
            if column.comment is not None:
                self.create_column_comment(column)
        for constraint in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
            if not getattr(constraint, "use_alter", False):
                self._comment_on_constraint(constraint)

    def drop_table(self, table: Table, **kw: Any) -> None:
        table.dispatch.before_drop(table, self.connection, checkfirst=False, _ddl_runner=self)
        self._exec(schema.DropTable(table, **kw))
        table.dispatch.after_drop(table, self.connection, checkfirst=False, _ddl_runner=self)

    def rename_table(self, old_table_name: str, new_table_name: str, schema: str | None = None) -> None:
        self._exec(base.RenameTable(old_table_name, new_table_name, schema=schema))

    def create_table_comment(self, table: Table) -> None:
        self._exec(schema.SetTableComment(table))

    def drop_table_comment(self, table: Table) -> None:
        self._exec(schema.DropTableComment(table))

    def create_column_comment(self, column: Column[Any]) -> None:
        self._exec(schema.SetColumnComment(column))

    # Columns

    def add_column(
        self,
        table_name: str,
        column: Column[Any],
        *,
        schema: str | None = None,
        if_not_exists: bool | None = None,
        inline_references: bool | None = None,
        inline_primary_key: bool | None = None,
    ) -> None:
        self._exec(
            base.AddColumn(
                table_name,
                column,
                schema=schema,
                if_not_exists=if_not_exists,
                inline_references=inline_references,
                inline_primary_key=inline_primary_key,
            )
        )

    def drop_column(
        self,
        table_name: str,
        column: Column[Any],
        *,
        schema: str | None = None,
        if_exists: bool | None = None,
        **kw: Any,
    ) -> None:
        self._exec(base.DropColumn(table_name, column, schema=schema, if_exists=if_exists))

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
        existing_server_default: Any = None,
        existing_nullable: bool | None = None,
        existing_autoincrement: bool | None = None,
        **kw: Any,
    ) -> None:
        """Change of a column what is given.

        :param server_default: False leaves it, None drops it; so does `comment`.
        :param name: the new name.
        """
        existing = {
            "schema": schema,
            "existing_type": existing_type,
            "existing_server_default": existing_server_default,
            "existing_nullable": existing_nullable,
            "existing_comment": existing_comment,
        }
        if nullable is not None:
            self._exec(base.ColumnNullable(table_name, column_name, nullable, **existing))
        if server_default is not False:
            self._alter_default(table_name, column_name, server_default, existing)
        if type_ is not None:
            self._exec(base.ColumnType(table_name, column_name, type_, **existing))
        if comment is not False:
            self._exec(base.ColumnComment(table_name, column_name, comment, **existing))  # type: ignore[arg-type]
        # Last, since all others know the column by its old name.
        if name is not None and name != column_name:
            self._exec(base.ColumnName(table_name, column_name, name, **existing))

    def _alter_default(self, table_name: str, column_name: str, default: Any, existing: Mapping[str, Any]) -> None:
        self._exec(self.default_element(table_name, column_name, default, existing))

    def default_element(
        self, table_name: str, column_name: str, default: Any, existing: Mapping[str, Any]
    ) -> base.AlterColumn:
        """The element that makes `default` the column's server default: plain, computed or identity."""
        before = existing.get("existing_server_default")
        if isinstance(default, sa.Computed) or isinstance(before, sa.Computed):
            return base.ComputedColumnDefault(table_name, column_name, default, **existing)
        if isinstance(default, sa.Identity) or isinstance(before, sa.Identity):
            return base.IdentityColumnDefault(table_name, column_name, default, self, **existing)
        return base.ColumnDefault(table_name, column_name, default, **existing)

    # Constraints and indexes

    def add_constraint(self, const: Any, **kw: Any) -> None:
        if const._create_rule is None or const._create_rule(self):
            self._exec(schema.AddConstraint(const, **kw))
            self._comment_on_constraint(const)

    def _comment_on_constraint(self, const: Any) -> None:
        if getattr(const, "comment", None) is not None and self.dialect.supports_constraint_comments:
            self._exec(schema.SetConstraintComment(const))

    def drop_constraint(self, const: Constraint, **kw: Any) -> None:
        self._exec(schema.DropConstraint(const, **kw))

    def create_index(self, index: Index, **kw: Any) -> None:
        self._exec(schema.CreateIndex(index, **kw))

    def drop_index(self, index: Index, **kw: Any) -> None:
        self._exec(schema.DropIndex(index, **kw))

    def rename_constraint(
        self, table_name: str, old_name: str, new_name: str, *, type_: str | None = None, schema: str | None = None
    ) -> None:
        self._exec(base.RenameConstraint(table_name, old_name, new_name, schema=schema))

    def rename_index(
        self, old_name: str, new_name: str, *, table_name: str | None = None, schema: str | None = None
    ) -> None:
        self._exec(base.RenameIndex(old_name, new_name, table_name=table_name, schema=schema))

    def settle_rows(self, table_name: str, schema: str | None) -> None:
        """Rows have been changed: do what has to be done before the table can be altered."""

    def set_table_options(
        self, table_name: str, options: Mapping[str, Any], *, existing: Mapping[str, Any], schema: str | None = None
    ) -> None:
        """Change options of a table, by SQLAlchemy's words for them; those of other databases say nothing here.

        :param existing: the same options as they are.
        """

    # Schemas, sequences, enum types

    @property
    def supports_sequences(self) -> bool:
        return bool(self.dialect.supports_sequences)

    def create_schema(self, name: str, *, if_not_exists: bool = False) -> None:
        self._exec(schema.CreateSchema(name, if_not_exists=if_not_exists))

    def drop_schema(self, name: str, *, if_exists: bool = False, cascade: bool = False) -> None:
        self._exec(schema.DropSchema(name, if_exists=if_exists, cascade=cascade))

    def create_sequence(
        self, name: str, *, schema: str | None = None, options: Mapping[str, Any], if_not_exists: bool = False
    ) -> None:
        if self.supports_sequences:
            self._exec(objects.CreateSequence(name, schema, options=options, if_not_exists=if_not_exists))

    def alter_sequence(
        self,
        name: str,
        *,
        schema: str | None = None,
        options: Mapping[str, Any],
        restart: int | bool | None = None,
    ) -> None:
        if self.supports_sequences and (options or restart is not None):
            self._exec(objects.AlterSequence(name, schema, options=options, restart=restart))

    def drop_sequence(self, name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
        if self.supports_sequences:
            self._exec(objects.DropSequence(name, schema, if_exists=if_exists))

    def create_enum(
        self, name: str, values: Sequence[str], *, schema: str | None = None, comment: str | None = None
    ) -> None:
        """Nothing, where enums have no names."""

    def drop_enum(self, name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
        """Nothing, where enums have no names."""

    def add_enum_value(self, name: str, value: str, *, schema: str | None = None, **place: Any) -> None:
        """Nothing, where enums have no names."""

    def rename_enum_value(self, name: str, old: str, new: str, *, schema: str | None = None) -> None:
        """Nothing, where enums have no names."""

    def replace_enum(self, name: str, values: Sequence[str], *, schema: str | None = None, **how: Any) -> None:
        """Nothing, where enums have no names."""

    def create_domain(self, name: str, type_: Any, *, schema: str | None = None, **what: Any) -> None:
        """Nothing, where there are no domains."""

    def alter_domain(self, name: str, *, schema: str | None = None, **what: Any) -> None:
        """Nothing, where there are no domains."""

    def drop_domain(self, name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
        """Nothing, where there are no domains."""

    # Rows

    def bulk_insert(self, table: Any, rows: Sequence[Mapping[str, Any]], multiinsert: bool = True) -> None:
        """Insert rows.

        :param multiinsert: one statement for all of them, where the values allow that.
        :raises CommandError: if a row has a column that the table has not (SQLAlchemy would leave it out).
        """
        check_rows(table, rows)
        # Inline: nobody asks which numbers the rows got (RETURNING, OUTPUT).
        insert = sa.insert(table).inline()
        if self.as_sql:
            for row in rows:
                values = {**constant_defaults(table), **row}
                self._exec(insert, params={k: self._inline(table, k, v) for k, v in values.items()})
        elif rows and multiinsert and not any(_has_expression(row) for row in rows):
            self._exec(insert, multiparams=list(rows))
        else:
            for row in rows:
                self._exec(insert.values(**row))

    def _inline(self, table: Any, name: str, value: Any) -> Any:
        return value if isinstance(value, sa.ClauseElement) else sa.literal(value, table.c[name].type)

    # Batches

    def cast_for_batch_migrate(
        self, existing: Column[Any], existing_transfer: dict[str, Any], new_type: TypeEngine[Any]
    ) -> None:
        """How the rows of a column get into a column of `new_type`: set ``existing_transfer["expr"]``."""
        rebuild.cast_if_other(existing, existing_transfer, new_type)

    def prep_table_for_batch(self, batch_impl: Any, table: Table) -> None:
        """What has to happen to the old table before its copy is made."""

    def requires_recreate_in_batch(self, batch_op: Any) -> bool:
        """Do these operations need a copy of the table?"""
        return False

    def needs_rebuild(self, operation: Any) -> bool:
        """Is it an operation on a table that the database has no statement for?"""
        return False

    def read_table(
        self, name: str, schema: str | None, reflect_args: Sequence[Any], reflect_kwargs: Mapping[str, Any]
    ) -> Table:
        """The table as it is in the database.

        :param reflect_args: columns and constraints that replace those that are found.
        :param reflect_kwargs: further arguments of `Table`, such as ``listeners``.
        """
        options = {"resolve_fks": False, **reflect_kwargs}
        return Table(name, sa.MetaData(), *reflect_args, schema=schema, autoload_with=self.connection, **options)

    def refused(self, operation: Any) -> str:
        """Why the operation cannot be done without making the table anew."""
        return f"{self.dialect.name} has no statement for {operation!r}"

    def check_rebuild(self, operation: Any) -> None:
        """Refuse, before the table is made anew, what other databases refuse; called outside of batch blocks only."""

    def same_condition(self, one: str, other: str) -> bool:
        """Do two texts of a CHECK say the same? Blanks do not count."""
        return one.split() == other.split()

    def rebuild_table(self, plan: Any) -> None:
        """Make the table anew, and copy the rows.

        :param plan: a `TableRebuild`.
        """
        rebuild.rebuild_table(self, plan)

    # The run

    def start_migrations(self) -> None:
        """Called when an environment's run begins."""

    def emit_begin(self) -> None:
        """Write what begins a transaction."""
        self.static_output("BEGIN" + self.command_terminator)

    def emit_commit(self) -> None:
        """Write what ends a transaction."""
        self.static_output("COMMIT" + self.command_terminator)

    def version_table_impl(
        self, *, version_table: str, version_table_schema: str | None, version_table_pk: bool, **kw: Any
    ) -> Table:
        """The table that says at which revisions the database is."""
        column = Column("version_num", sa.String(32), nullable=False)
        table = Table(version_table, sa.MetaData(), column, schema=version_table_schema)
        if version_table_pk:
            table.append_constraint(sa.PrimaryKeyConstraint("version_num", name=f"{version_table}_pkc"))
        return table

    def autogen_column_reflect(self, inspector: Any, table: Table, column_info: Any) -> None:
        """Correct what the inspector says of a column, as a listener of the "column_reflect" event would."""

    def render_ddl_sql_expr(self, expr: Any, is_server_default: bool = False, **kw: Any) -> str:
        """An expression as DDL on this database writes it."""
        options = {"literal_binds": True, "include_table": False}
        return str(expr.compile(dialect=self._script_dialect, compile_kwargs=options))

    def render_type(self, type_obj: TypeEngine[Any], autogen_context: Any) -> str | bool:
        """The Python text of a type that only this dialect knows; False for the usual way."""
        return False


def own(impl: Any, name: str) -> Callable[..., Any] | None:
    """A method of an impl (or of its class), if a class outside of autodiff defines it."""
    return getattr(impl, name) if has_own(impl, name) else None


def has_own(impl: Any, name: str) -> bool:
    """Does a class outside of autodiff define what an impl has under this name, be it a method or a value?"""
    cls = impl if isinstance(impl, type) else type(impl)
    definer = next((each for each in cls.__mro__ if name in vars(each)), None)
    return definer is not None and definer.__module__.split(".")[0] != "autodiff"


def single_percents(dialect: Dialect) -> Dialect:
    """A copy of the dialect that writes `%` once: nothing takes the doubling back where no driver reads the text."""
    twin = copy.copy(dialect)
    twin.__dict__.pop("_type_memos", None)  # remembers how the original writes literals
    preparer = copy.copy(dialect.identifier_preparer)
    preparer.dialect = twin
    preparer._double_percents = False
    preparer._strings = {}  # what was quoted before, which copies share
    twin.identifier_preparer = preparer
    # the dialect's own: many name theirs in `type_compiler`, as before SQLAlchemy 2.0, and `type_compiler_cls` is generic
    twin.type_compiler_instance = type(dialect.type_compiler_instance)(twin)
    return twin


def check_rows(table: Any, rows: Any) -> None:
    if not isinstance(rows, (list, tuple)):
        raise TypeError("List expected: bulk_insert() takes a list of dictionaries")
    known = {column.key for column in table.columns} | {column.name for column in table.columns}
    for row in rows:
        if not isinstance(row, Mapping):
            raise TypeError("List of dictionaries expected, not other rows: bulk_insert()")
        unknown = sorted(str(name) for name in row if name not in known)
        if unknown:
            raise CommandError(
                f"bulk_insert: table {table.name!r} has no column {', '.join(map(repr, unknown))}",
                help=f"its columns are {', '.join(sorted(known))}",
            )


def constant_defaults(table: Any) -> dict[str, Any]:
    """The values that SQLAlchemy gives to columns that a row leaves out; on a connection it does so itself."""
    defaults = {c.key: getattr(c, "default", None) for c in table.columns}
    return {key: default.arg for key, default in defaults.items() if default is not None and default.is_scalar}


def _has_expression(row: Mapping[str, Any]) -> bool:
    return any(isinstance(value, sa.ClauseElement) for value in row.values())
