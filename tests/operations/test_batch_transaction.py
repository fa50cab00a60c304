"""A batch on a connection that is in no transaction is done as a whole, and is there for everybody afterwards."""

from __future__ import annotations

import sqlalchemy as sa

from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from tests.databases.database import Database


def test_a_batch_outside_of_a_transaction_is_committed(database: Database) -> None:
    engine = database.engine()
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a INTEGER)"))
        connection.commit()
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("t", recreate="always") as batch:
            batch.alter_column("a", type_=sa.BigInteger(), existing_type=sa.Integer())
        with engine.connect() as other:
            columns = sa.inspect(other).get_columns("t")
    engine.dispose()
    assert [str(column["type"]) for column in columns if column["name"] == "a"] == ["BIGINT"]
