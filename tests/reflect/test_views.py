"""A view among the models (SQLAlchemy 2.1 keeps it in `MetaData.tables`) is no table that is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
from autodiff.migration import MigrationContext
from tests.databases.database import Database

CreateView = getattr(sa, "CreateView", None) or getattr(sa.schema, "CreateView", None)


def models() -> sa.MetaData:
    metadata = sa.MetaData()
    table = sa.Table("item", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    CreateView(sa.select(table.c.id).where(table.c.n > 1), "item_view", metadata=metadata)
    return metadata


@pytest.fixture
def connection(database: Database) -> Iterator[sa.Connection]:
    if CreateView is None:
        pytest.skip("SQLAlchemy 2.0 has no views among its tables")
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_a_view_is_not_added_and_not_removed(connection: sa.Connection) -> None:
    metadata = models()
    assert "item_view" in metadata.tables
    found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [str(diff[1].name) for diff in found if diff[0] == "add_table"] == ["item"]  # type: ignore[index,union-attr]
    metadata.create_all(connection)
    assert sa.inspect(connection).get_view_names() == ["item_view"]
    assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert compare_metadata(MigrationContext.configure(connection), only_the_table()) == []


def only_the_table() -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("item", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    return metadata
