"""The dialect of somebody else's package: what it does not tell is no difference, and its own words for types count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Computed, Identity, Index, Integer, MetaData, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql, registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect

from autodiff.autogenerate import compare_metadata
from autodiff.ddl.impl import DefaultImpl, _impls
from autodiff.ddl.postgresql import PostgresqlImpl
from autodiff.ddl.sqlite import SQLiteImpl
from autodiff.migration import MigrationContext


class Foreign(SQLiteDialect_pysqlite):
    """SQLite under another name: unique constraints come as indexes, and a column `x` is as `told` says."""

    name = "foreign"
    supports_statement_cache = True
    supports_identity_columns = True
    told: dict[str, Any] = {}
    construct_arguments = [
        (sa.Table, {"engine": None}),
        (sa.Index, {"where": None}),
        (sa.Column, {"distkey": None}),
        (sa.UniqueConstraint, {"deferred": None}),
        (sa.PrimaryKeyConstraint, {"rely": None}),
    ]
    get_multi_columns = DefaultDialect.get_multi_columns
    get_multi_indexes = DefaultDialect.get_multi_indexes

    def get_columns(self, *args: Any, **kw: Any) -> Any:
        columns = super().get_columns(*args, **kw)
        for column in columns:
            if column["name"] == "x":
                column.update(self.told)
        return columns

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        indexes = connection.exec_driver_sql(f"PRAGMA index_list({table_name})").fetchall()
        return [
            {
                "name": "uq" if name.startswith("sqlite_autoindex") else name,
                "column_names": [row[2] for row in connection.exec_driver_sql(f"PRAGMA index_info({name})")],
                "unique": bool(unique),
            }
            for _, name, unique, *_ in indexes
        ]

    def get_unique_constraints(self, *args: Any, **kw: Any) -> Any:
        raise NotImplementedError

    get_multi_unique_constraints = get_unique_constraints


class PostgresqlOfOthers(PGDialect_psycopg):
    name = "otherpg"
    supports_statement_cache = True


registry.register("foreign", __name__, "Foreign")
registry.register("otherpg", __name__, "PostgresqlOfOthers")


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Connection]:
    monkeypatch.setitem(_impls, "foreign", DefaultImpl)
    engine = sa.create_engine("foreign://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def models(*parts: Any, **kw: Any) -> MetaData:
    metadata = MetaData()
    Table("t", metadata, *parts, **kw)
    return metadata


def found(connection: sa.Connection, metadata: MetaData) -> list[str]:
    diffs = compare_metadata(MigrationContext.configure(connection), metadata)
    return [diff[0][0] if isinstance(diff, list) else diff[0] for diff in diffs]


def numbered(*parts: Any) -> MetaData:
    return models(Column("id", Integer, primary_key=True), Column("x", Integer), Column("y", Integer), *parts)


def unique(name: str | None = "uq") -> UniqueConstraint:
    return UniqueConstraint("x", name=name)


@pytest.mark.parametrize(
    ("there", "wanted", "difference"),
    [
        ([unique()], [unique()], []),
        ([unique(None)], [unique(None)], []),
        ([unique()], [], []),
        ([unique()], [Index("uq", "x", unique=True)], []),
        ([Index("ix", "x", unique=True)], [], []),
        ([Index("ix", "x")], [], ["remove_index"]),
        ([unique()], [unique(), Index("ix", "y", unique=True)], ["add_index"]),
    ],
)
def test_a_unique_index_may_be_that_of_a_constraint_that_the_dialect_does_not_read(
    connection: sa.Connection, there: list[Any], wanted: list[Any], difference: list[str]
) -> None:
    numbered(*there).create_all(connection)
    assert found(connection, numbered(*wanted)) == difference


class Speaking(DefaultImpl):
    __dialect__ = "foreign"
    type_synonyms = (*DefaultImpl.type_synonyms, {"FLOAT", "DOUBLE"})
    identity_attrs_ignore = ("start",)


class Lenient(DefaultImpl):
    __dialect__ = "foreign"

    def _column_types_match(self, inspector_params: Any, metadata_params: Any) -> bool:
        return True


@pytest.mark.parametrize(
    ("impl", "told", "wanted", "differs"),
    [
        (DefaultImpl, sa.VARCHAR(), sa.String(20), False),
        (DefaultImpl, sa.VARCHAR(20), sa.String(), False),
        (DefaultImpl, sa.VARCHAR(20), sa.String(30), True),
        (DefaultImpl, sa.NUMERIC(38, 0), sa.Numeric(), False),
        (DefaultImpl, sa.NUMERIC(10, 2), sa.Numeric(10, 4), True),
        (DefaultImpl, sa.DECIMAL(10, 2), sa.Numeric(10, 2), False),
        (DefaultImpl, sa.DOUBLE_PRECISION(), sa.Double(), False),
        (DefaultImpl, sa.INTEGER(), sa.BigInteger(), True),
        (DefaultImpl, sa.VARCHAR(20, collation="nocase"), sa.String(20), False),
        (DefaultImpl, sa.VARCHAR(20, collation="nocase"), sa.String(20, collation="binary"), True),
        (DefaultImpl, sa.types.NullType(), sa.Integer(), False),
        (DefaultImpl, sa.DOUBLE(), sa.Float(), True),
        (Speaking, sa.DOUBLE(), sa.Float(), False),
        (Speaking, sa.DOUBLE(), sa.Integer(), True),
        (Lenient, sa.INTEGER(), sa.BigInteger(), False),
        (Lenient, sa.VARCHAR(20), sa.String(30), True),
    ],
)
def test_types_are_compared_as_the_dialect_says(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch, impl: Any, told: Any, wanted: Any, differs: bool
) -> None:
    monkeypatch.setitem(_impls, "foreign", impl)
    monkeypatch.setattr(Foreign, "told", {"type": told})
    numbered().create_all(connection)
    metadata = models(Column("id", Integer, primary_key=True), Column("x", wanted), Column("y", Integer))
    assert found(connection, metadata) == (["modify_type"] if differs else [])


FULL = {"always": False, "start": 1, "increment": 1, "minvalue": 1, "maxvalue": 99, "cycle": False, "cache": 1}


@pytest.mark.parametrize(
    ("impl", "told", "wanted", "difference"),
    [
        (DefaultImpl, {"identity": FULL}, Identity(), []),
        (DefaultImpl, {"identity": FULL}, Identity(start=1, maxvalue=99), []),
        (DefaultImpl, {"identity": FULL}, Identity(start=5), ["modify_default"]),
        (Speaking, {"identity": FULL}, Identity(start=5), []),
        (DefaultImpl, {"identity": FULL}, Identity(always=True), ["modify_default"]),
        (DefaultImpl, {"computed": {"sqltext": "y + 1", "persisted": True}}, Computed("y + 1"), []),
        (DefaultImpl, {"computed": {"sqltext": "(Y+1)"}}, Computed("y + 1", persisted=True), []),
        (DefaultImpl, {"computed": {"sqltext": "y + 1"}}, Computed("(y) + 1"), []),
        (
            DefaultImpl,
            {"computed": {"sqltext": "y + 1", "persisted": True}},
            Computed("y + 1", persisted=False),
            ["remove_column", "add_column"],
        ),
    ],
)
def test_of_a_generated_value_that_is_compared_which_both_sides_say(
    connection: sa.Connection,
    monkeypatch: pytest.MonkeyPatch,
    impl: Any,
    told: dict[str, Any],
    wanted: Any,
    difference: list[str],
) -> None:
    monkeypatch.setitem(_impls, "foreign", impl)
    monkeypatch.setattr(Foreign, "told", told)
    numbered().create_all(connection)
    x = Column("x", Integer, wanted, nullable=True)
    assert found(connection, models(Column("id", Integer, primary_key=True), x, Column("y", Integer))) == difference


def test_comments_and_options_that_the_dialect_does_not_read_are_no_difference(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "CREATE TABLE t (id INTEGER NOT NULL, x INTEGER, PRIMARY KEY (id), CONSTRAINT uq UNIQUE (x))"
    )
    connection.exec_driver_sql("CREATE INDEX ix ON t (x)")
    wanted = models(
        Column("id", Integer),
        Column("x", Integer, comment="counted", foreign_distkey=True),
        sa.PrimaryKeyConstraint("id", foreign_rely=True),
        UniqueConstraint("x", name="uq", foreign_deferred=True),
        Index("ix", "x", foreign_where="x > 0"),
        comment="things",
        foreign_engine="columns",
    )
    assert found(connection, wanted) == []


class SynonymsOnSqlite(SQLiteImpl):
    __dialect__ = "tests_synonyms"
    type_synonyms = (*SQLiteImpl.type_synonyms, {"INTEGER", "BIGINT"})


@pytest.mark.parametrize(("wanted", "differs"), [(sa.BigInteger(), False), (sa.Integer(), False), (sa.Text(), True)])
def test_synonyms_of_an_impl_count_on_a_database_that_we_know(sqlite: Any, wanted: Any, differs: bool) -> None:
    with sqlite.engine().connect() as connection:
        models(Column("x", Integer)).create_all(connection)
        context = MigrationContext.configure(connection)
        context.impl = SynonymsOnSqlite(connection.dialect, connection, False, None, None, context.opts)
        assert bool(compare_metadata(context, models(Column("x", wanted)))) is differs


def everything() -> MetaData:
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True), comment="parents")
    Table(
        "t",
        metadata,
        Column("id", sa.BigInteger, Identity(), primary_key=True),
        Column("x", Integer, nullable=False, comment="counted"),
        Column("p", sa.ForeignKey("p.id", ondelete="CASCADE", name="fk"), index=True),
        Column("e", sa.Enum("a", "b", name="letters")),
        Column("b", sa.Boolean, server_default=sa.true()),
        Column("s", sa.String(10), server_default="its", unique=True),
        Column("j", postgresql.JSONB, server_default=sa.text("'{}'::jsonb")),
        Column("a", postgresql.ARRAY(sa.Text)),
        Column("ts", sa.DateTime(timezone=True), server_default=sa.func.now()),
        Column("n", sa.Numeric(10, 2)),
        Column("f", sa.Float),
        Column("c", Integer, Computed("x + 1", persisted=True)),
        Column("q", Integer, server_default=sa.Sequence("q_seq", metadata=metadata).next_value()),
        Index("ix_hash", "x", postgresql_using="hash"),
        Index("ix_some", "x", postgresql_where=sa.text("x > 5")),
        Index("ix_lower", sa.text("lower(s)")),
        UniqueConstraint("x", "p", name="uq"),
        sa.CheckConstraint("x > 0", name="ck"),
    )
    return metadata


def test_a_dialect_that_is_postgresql_under_another_name_finds_what_it_has_made(
    postgresql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_impls, "otherpg", PostgresqlImpl)
    url = sa.make_url(postgresql.url).set(drivername="otherpg")
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        everything().create_all(connection)
        assert found(connection, everything()) == []
        wanted = everything()
        sa.Sequence("another", metadata=wanted)
        assert found(connection, wanted) == ["add_sequence"]
        connection.rollback()
    engine.dispose()
