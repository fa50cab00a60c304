"""Models that SQLAlchemy has read from the database itself (`MetaData.reflect()`) are no difference."""

from __future__ import annotations

import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
from autodiff.migration import MigrationContext
from tests.databases.database import Database


def test_models_that_were_read_from_the_database_are_no_difference(database: Database) -> None:
    models = sa.MetaData()
    sa.Table(
        "a",
        models,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20), server_default="none", nullable=False),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("made_at", sa.DateTime, server_default=sa.func.now()),
        sa.Column("kind", sa.Enum("x", "y", name="kind")),
        sa.UniqueConstraint("name", name="a_name"),
        sa.CheckConstraint("price > 3", name="a_price"),
        sa.Index("a_price_name", "price", "name"),
    )
    sa.Table(
        "b",
        models,
        sa.Column("i", sa.Integer),
        sa.Column("j", sa.Integer),
        sa.Column("a_id", sa.ForeignKey("a.id", ondelete="CASCADE")),
        sa.PrimaryKeyConstraint("i", "j", name="b_key"),
    )
    read = sa.MetaData()
    with database.engine().connect() as connection:
        models.create_all(connection)
        connection.commit()
        read.reflect(connection)
        context = MigrationContext.configure(connection, opts={"target_metadata": read})
        assert compare_metadata(context, read) == []
