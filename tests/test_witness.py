"""The second witness sees what the example application's versions change, and nothing where nothing changed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from fixtures import shop
from tests import witness
from tests.databases.database import Database


def built(database: Database, version: int, schema: str | None) -> list[str]:
    engine = database.engine(poolclass=NullPool)
    metadata = shop.metadata(version, schema)
    metadata.create_all(engine)
    with engine.connect() as connection:
        found = witness.lines(connection, [schema] if schema else [])
    metadata.drop_all(engine)
    return found


@pytest.mark.parametrize("version", shop.VERSIONS[1:])
def test_each_version_of_the_shop_differs_from_the_one_before(database: Database, version: int) -> None:
    schema = None if database.family == "sqlite" else database.schema("hr")
    before, after = built(database, version - 1, schema), built(database, version, schema)
    assert witness.difference(after, before)
    assert witness.difference(after, built(database, version, schema)) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE t ALTER COLUMN b SET DEFAULT 2",
        "ALTER TABLE t ALTER COLUMN b DROP NOT NULL",
        "ALTER TABLE t ALTER COLUMN b TYPE bigint",
        "ALTER TABLE t DROP CONSTRAINT positive",
        "ALTER TYPE mood ADD VALUE 'new'",
        "CREATE INDEX i ON t (b)",
        "COMMENT ON COLUMN t.b IS 'said'",
        "CREATE SEQUENCE s",
        "ALTER TABLE t ADD UNIQUE (b)",
    ],
)
def test_the_witness_sees_a_change_on_postgresql(postgresql: Database, change: str) -> None:
    postgresql.execute(
        "CREATE TYPE mood AS ENUM ('sad')",
        "CREATE TABLE t (a serial PRIMARY KEY, b int NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (b > 0), m mood)",
    )
    assert_seen(postgresql, change)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE t ALTER COLUMN b SET DEFAULT 2",
        "ALTER TABLE t MODIFY b bigint NOT NULL DEFAULT 1",
        "ALTER TABLE t DROP CONSTRAINT positive",
        "ALTER TABLE t COMMENT 'said'",
        "CREATE SEQUENCE s",
        "ALTER TABLE t ADD UNIQUE (b)",
    ],
)
def test_the_witness_sees_a_change_on_mariadb(mariadb: Database, change: str) -> None:
    mariadb.execute("CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL DEFAULT 1, CONSTRAINT positive CHECK (b > 0))")
    assert_seen(mariadb, change)


@pytest.mark.parametrize(
    "made",
    [
        "a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 2 CONSTRAINT positive CHECK (b > 0)",
        "a INTEGER PRIMARY KEY, b INT DEFAULT 1 CONSTRAINT positive CHECK (b > 0)",
        "a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (b > 1)",
        "a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 1 CHECK (b > 0)",
        "a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 1 UNIQUE CONSTRAINT positive CHECK (b > 0)",
        "a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 1 REFERENCES t (a) CONSTRAINT positive CHECK (b > 0)",
    ],
)
def test_the_witness_sees_another_table_on_sqlite(sqlite: Database, made: str) -> None:
    sqlite.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b INT NOT NULL DEFAULT 1 CONSTRAINT positive CHECK (b > 0))")
    assert_seen(sqlite, "DROP TABLE t", f"CREATE TABLE t ({made})")


def assert_seen(database: Database, *change: str) -> None:
    before = said(database)
    database.execute(*change)
    assert witness.difference(said(database), before)


def said(database: Database) -> list[str]:
    with database.engine(poolclass=NullPool).connect() as connection:
        assert isinstance(connection, sa.Connection)
        return witness.lines(connection)
