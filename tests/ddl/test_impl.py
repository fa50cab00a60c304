"""The words of a database: how they are found, subclassed, run and written."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from autodiff import ddl
from autodiff.ddl import base
from autodiff.ddl.impl import DefaultImpl, _impls
from autodiff.errors import CommandError
from autodiff.operations import Operations
from tests.operations.sql import Run, dialect_named, sql


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("sqlite", "SQLiteImpl"),
        ("postgresql", "PostgresqlImpl"),
        ("mysql", "MySQLImpl"),
        ("mariadb", "MariaDBImpl"),
        ("mssql", "MSSQLImpl"),
        ("oracle", "OracleImpl"),
    ],
)
def test_a_dialect_has_its_words(dialect: str, words: str) -> None:
    assert DefaultImpl.get_by_dialect(dialect_named(dialect)).__name__ == words


def test_the_faces_have_the_words_of_their_database() -> None:
    assert ddl.postgresql.PostgresqlImpl is DefaultImpl.get_by_dialect(dialect_named("postgresql"))
    assert ddl.mysql.MySQLModifyColumn.__name__ == "MySQLModifyColumn"
    assert ddl.base is base


class OtherDialect(type(dialect_named("postgresql"))):  # type: ignore[misc]
    name = "other"


def test_a_dialect_that_nobody_knows_gets_the_words_that_all_share() -> None:
    assert DefaultImpl.get_by_dialect(OtherDialect()) is DefaultImpl


class WordyTypes(sa.sql.compiler.GenericTypeCompiler):
    def visit_VARCHAR(self, type_: Any, **kw: Any) -> str:
        return "WORDS"


class WordyDialect(OtherDialect):
    type_compiler = WordyTypes  # as dialects named it before SQLAlchemy 2.0


def test_a_dialect_of_another_package_writes_its_own_types() -> None:
    run = Run(WordyDialect())
    with Operations.context(run) as op:
        op.create_table("t", sa.Column("a", sa.String(5)))
        op.alter_column("t", "a", type_=sa.String(7))
    assert run.written == "CREATE TABLE t ( a WORDS ); ALTER TABLE t ALTER COLUMN a TYPE WORDS;"


def test_a_dialect_of_another_package_registers_itself_and_overrides_words() -> None:
    class OtherImpl(ddl.postgresql.PostgresqlImpl):  # type: ignore[misc,name-defined]
        __dialect__ = "other"

        # As packages wrote it before there were more keywords.
        def add_column(self, table_name: str, column: Any, schema: str | None = None) -> None:
            super().add_column(table_name, column, schema=schema)

        def alter_column(self, table_name: str, column_name: str, **kw: Any) -> None:
            super().alter_column(table_name, column_name, **kw)

    @compiles(base.ColumnName, "other")
    def visit_column_name(element: base.ColumnName, compiler: Any, **kw: Any) -> str:
        table = base.alter_table(compiler, element.table_name, element.schema)
        old, new = (base.format_column_name(compiler, name) for name in (element.column_name, element.newname))
        return f"{table} CALL {old} {new}"

    try:
        run = Run(OtherDialect())
        with Operations.context(run) as op:
            op.add_column("t", sa.Column("A", sa.Integer))
            op.alter_column("t", "A", new_column_name="b", nullable=True)
    finally:
        del _impls["other"]
    assert run.written == (
        'ALTER TABLE t ADD COLUMN "A" INTEGER; ALTER TABLE t ALTER COLUMN "A" DROP NOT NULL; ALTER TABLE t CALL "A" b;'
    )


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        ("postgresql", "BEGIN; x; COMMIT;"),
        ("mssql", "BEGIN TRANSACTION; x; GO COMMIT; GO"),
        ("oracle", "SET TRANSACTION READ WRITE / x / COMMIT /"),
    ],
)
def test_a_transaction_is_written_in_the_words_of_the_database(dialect: str, wanted: str) -> None:
    run = Run(dialect_named(dialect))
    run.impl.emit_begin()
    run.impl.execute("x")
    run.impl.emit_commit()
    assert run.written == wanted


def test_separators_can_be_others() -> None:
    assert sql("mssql", lambda op: op.execute("x"), mssql_batch_separator="BREAK") == "x; BREAK"
    assert sql("oracle", lambda op: op.execute("x"), oracle_batch_separator="#") == "x #"


def test_statements_are_ended_and_followed_by_an_empty_line() -> None:
    buffer = io.StringIO()
    dialect = dialect_named("sqlite")
    DefaultImpl.get_by_dialect(dialect)(dialect, None, True, None, buffer, {}).execute("SELECT 1")
    assert buffer.getvalue() == "SELECT 1;\n\n"


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "sqlite"])
def test_a_percent_is_written_once(dialect: str) -> None:
    def directives(op: Any) -> None:
        op.execute("SELECT '50%'")
        op.create_check_constraint("ck", "t", "a LIKE '%@%'") if dialect != "sqlite" else None
        op.create_table("t", sa.Column("a", sa.String(9), server_default="100%"))

    written = sql(dialect, directives)
    assert "'50%'" in written
    assert "%%" not in written


def test_values_are_written_if_literals_are_asked_for() -> None:
    update = sa.update(sa.table("t", sa.column("a", sa.String))).values(a="it's")
    assert sql("postgresql", lambda op: op.execute(update), literal_binds=True) == "UPDATE t SET a='it''s';"


def test_literals_make_sense_in_a_script_of_sql_only() -> None:
    dialect = dialect_named("sqlite")
    with pytest.raises(CommandError, match="literal_binds"):
        DefaultImpl.get_by_dialect(dialect)(dialect, None, False, None, None, {"literal_binds": True})


def test_what_is_executed_on_the_connection_of_a_written_run_is_written() -> None:
    def directives(op: Any) -> None:
        op.get_bind().execute(sa.text("SELECT 1"))
        sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer)).create(op.get_bind(), checkfirst=False)

    assert sql("postgresql", directives) == "SELECT 1; CREATE TABLE t ( a INTEGER );"


def test_the_version_table_has_its_documented_form() -> None:
    impl = Run(dialect_named("postgresql")).impl
    table = impl.version_table_impl(version_table="v", version_table_schema="s", version_table_pk=True)
    assert (table.fullname, table.primary_key.name, table.c.version_num.type.length) == ("s.v", "v_pkc", 32)  # type: ignore[attr-defined]
    bare = impl.version_table_impl(version_table="v", version_table_schema=None, version_table_pk=False)
    assert not bare.primary_key.columns


@pytest.mark.parametrize(
    ("found", "wanted", "differ"),
    [
        (sa.String(5), sa.String(5), False),
        (sa.String(5), sa.String(6), True),
        (sa.String(5), sa.String(), False),
        (sa.NUMERIC(5, 2), sa.DECIMAL(5, 2), False),
        (sa.Integer(), sa.BigInteger(), True),
    ],
)
def test_types_are_compared_by_their_words(found: Any, wanted: Any, differ: bool) -> None:
    impl = Run(dialect_named("sqlite")).impl
    assert impl.compare_type(sa.Column("a", found), sa.Column("a", wanted)) is differ


def test_names_are_quoted_as_the_database_wants() -> None:
    compiler: Any = dialect_named("postgresql").ddl_compiler(dialect_named("postgresql"), None)
    assert base.format_table_name(compiler, "User", "my.schema") == '"my.schema"."User"'
    assert base.quote_dotted("a.B", compiler.preparer.quote) == 'a."B"'
    assert base.format_server_default(compiler, sa.text("now()")) == "now()"


@pytest.mark.parametrize("name", ["postgresql", "mysql"])
def test_percents_stay_single_in_texts_although_the_driver_had_them_doubled_before(name: str) -> None:
    dialect = dialect_named(name)
    dialect.identifier_preparer._double_percents = True  # as drivers with format parameters have it
    value = sa.literal("50%")
    table = sa.Table("t", sa.MetaData(), sa.Column("x", sa.String(9), server_default=value))
    assert "'50%%'" in str(sa.schema.CreateTable(table).compile(dialect=dialect))
    impl = Run(dialect).impl
    assert impl.render_ddl_sql_expr(value, is_server_default=True) == "'50%'"
