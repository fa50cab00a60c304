"""A connection that translates schemas (one tenant each) is translated in every statement, not in CREATE TABLE alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from tests.databases.database import Database


@pytest.fixture
def tenant(database: Database) -> Iterator[sa.Connection]:
    if database.family == "sqlite":
        pytest.skip("its schemas are attached files")
    engine = sa.create_engine(database.url)
    with engine.connect() as connection:
        connection.execute(sa.schema.CreateSchema("tenant"))
        connection.commit()
        yield connection.execution_options(schema_translate_map={None: "tenant"})
        connection.rollback()
        gone = sa.MetaData()
        gone.reflect(connection, schema="tenant")
        gone.drop_all(connection)
        connection.execute(sa.schema.DropSchema("tenant"))
        connection.commit()
    engine.dispose()


def test_every_directive_works_in_the_tenants_schema(tenant: sa.Connection) -> None:
    op = Operations(MigrationContext.configure(tenant))
    op.create_table("item", sa.Column("id", sa.Integer, primary_key=True), sa.Column("n", sa.Integer))
    op.add_column("item", sa.Column("extra", sa.String(5)))
    op.create_index("ix_extra", "item", ["extra"])
    op.drop_index("ix_extra", "item")
    op.create_unique_constraint("uq_n", "item", ["n"])
    op.drop_constraint("uq_n", "item", type_="unique")
    op.alter_column("item", "extra", type_=sa.String(9), existing_type=sa.String(5), existing_nullable=True)
    op.alter_column("item", "n", new_column_name="m", existing_type=sa.Integer(), existing_nullable=True)
    op.create_table_comment("item", "a table")
    op.rename_table("item", "thing")
    op.drop_column("thing", "extra")
    inspector = sa.inspect(tenant)
    assert inspector.get_table_names(schema="tenant") == ["thing"]
    assert [column["name"] for column in inspector.get_columns("thing", schema="tenant")] == ["id", "m"]
    op.drop_table("thing")


def test_versions_are_kept_in_the_tenants_schema(tenant: sa.Connection) -> None:
    context = MigrationContext.configure(tenant, opts={"version_table_schema": "tenant"})
    context._ensure_version_table()
    assert sa.inspect(tenant).get_table_names(schema="tenant") == ["alembic_version"]
