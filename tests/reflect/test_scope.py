"""Whose is it: which schemas are looked at, and what in them belongs to the models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
from autodiff.migration import MigrationContext
from tests.databases.database import Database


@pytest.fixture
def connection(database: Database) -> Iterator[sa.Connection]:
    if database.family == "sqlite":
        pytest.skip("its schemas are attached files")
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS scope_new")
        connection.commit()
        yield connection
    engine.dispose()


def only_the_default_one(name: str | None, type_: str, parents: Any) -> bool:
    return type_ != "schema" or name is None


def differences(connection: sa.Connection, metadata: sa.MetaData, **opts: Any) -> list[tuple[Any, ...]]:
    """The words of each difference, and what is made or dropped."""
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)
    return [(diff[0], str(diff[-1] if diff[0] != "add_enum" else diff[2])) for diff in found]


@pytest.mark.parametrize("opts", [{}, {"include_schemas": True}], ids=["the default one", "all schemas"])
def test_a_schema_that_is_not_there_yet_is_made_with_its_table(connection: sa.Connection, opts: Any) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="scope_new")
    assert differences(connection, metadata, **opts) == [("add_schema", "scope_new"), ("add_table", "scope_new.t")]


@pytest.mark.parametrize("opts", [{}, {"include_schemas": True}], ids=["the default one", "all schemas"])
def test_a_schema_that_only_a_sequence_is_in_is_made(connection: sa.Connection, opts: Any) -> None:
    if not connection.dialect.supports_sequences:
        pytest.skip("has no sequences")
    metadata = sa.MetaData()
    sa.Sequence("s", schema="scope_new", metadata=metadata)
    assert [word for word, _ in differences(connection, metadata, **opts)] == ["add_schema", "add_sequence"]


def test_a_schema_that_include_name_leaves_out_is_not_made(connection: sa.Connection) -> None:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), schema="scope_new")
    assert differences(connection, metadata, include_schemas=True, include_name=only_the_default_one) == []


@pytest.fixture
def types_of_others(connection: sa.Connection) -> Iterator[sa.Connection]:
    """Another application's table, with types of its own."""
    if connection.dialect.name != "postgresql":
        pytest.skip("has no types beside its tables")
    statements = (
        "CREATE TYPE scope_enum AS ENUM ('a')",
        "CREATE DOMAIN scope_domain AS scope_enum",
        "CREATE SEQUENCE scope_sequence",
        "CREATE TYPE scope_unused AS ENUM ('a')",
        "CREATE TABLE scope_theirs (x scope_domain, y scope_enum[], z integer DEFAULT nextval('scope_sequence'))",
    )
    for statement in statements:
        connection.exec_driver_sql(statement)
    yield connection
    connection.rollback()


def not_theirs(name: Any, type_: str, parents: Any) -> bool:
    return type_ != "table" or name != "scope_theirs"


def nothing_of_theirs(thing: Any, name: Any, type_: str, reflected: bool, other: Any) -> bool:
    return type_ != "table" or name != "scope_theirs"


@pytest.mark.parametrize("opts", [{"include_name": not_theirs}, {"include_object": nothing_of_theirs}], ids=", ".join)
def test_what_a_table_that_is_left_out_stands_on_is_left_out_too(types_of_others: sa.Connection, opts: Any) -> None:
    found = compare_metadata(MigrationContext.configure(types_of_others, opts=opts), sa.MetaData())
    assert found == [("remove_enum", None, "scope_unused")]


@pytest.mark.parametrize(
    "opts", [{}, {"include_object": lambda thing, name, *told: name != "scope_nothing"}], ids=", ".join
)
def test_what_goes_with_its_last_table_goes(types_of_others: sa.Connection, opts: Any) -> None:
    found = compare_metadata(MigrationContext.configure(types_of_others, opts=opts), sa.MetaData())
    assert {diff[0] for diff in found} == {"remove_table", "remove_domain", "remove_enum", "remove_sequence"}


@pytest.fixture
def shared(connection: sa.Connection) -> Iterator[sa.Connection]:
    """A schema in which the models have one table, and others have their own things."""
    if connection.dialect.name != "postgresql":
        pytest.skip("has no types beside its tables")
    for statement in (
        "CREATE SCHEMA shared",
        "CREATE TYPE shared.mine AS ENUM ('a')",
        "CREATE DOMAIN shared.amount AS integer",
        "CREATE TABLE shared.t (id integer PRIMARY KEY, x shared.mine, y shared.amount)",
        "CREATE TYPE shared.theirs AS ENUM ('a')",
        "CREATE DOMAIN shared.their_amount AS integer",
        "CREATE SEQUENCE shared.their_numbers",
        "CREATE TABLE shared.their_table (id integer PRIMARY KEY, x shared.theirs)",
    ):
        connection.exec_driver_sql(statement)
    connection.commit()
    yield connection
    connection.rollback()
    connection.exec_driver_sql("DROP SCHEMA shared CASCADE")
    connection.commit()


def one_table() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), schema="shared")
    return metadata


def test_in_a_schema_of_others_only_what_the_models_tables_stand_on_is_dropped(shared: sa.Connection) -> None:
    found = [(word, what.rpartition(".")[2]) for word, what in differences(shared, one_table())]
    assert sorted(found) == [
        ("remove_column", "x"),
        ("remove_column", "y"),
        ("remove_domain", "amount"),
        ("remove_enum", "mine"),
    ]


def test_with_all_schemas_everything_in_them_is_the_users(shared: sa.Connection) -> None:
    words = [word for word, _ in differences(shared, one_table(), include_schemas=True)]
    assert words.count("remove_enum") == 2
    assert {"remove_table", "remove_sequence"} <= set(words)
