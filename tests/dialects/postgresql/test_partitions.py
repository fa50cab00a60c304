"""What partitions have of their own outlives the changes of their table."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.comparing import comparison
from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, run, script

INDEXES = """
SELECT i.indrelid::regclass::text, c.relname::text, pg_get_indexdef(c.oid), c.reloptions, i.indisclustered, i.indisreplident,
       obj_description(c.oid, 'pg_class'),
       (SELECT string_agg(attnum || ':' || attstattarget, ',') FROM pg_attribute WHERE attrelid = c.oid AND attstattarget >= 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1, 2
"""
PARTITIONS = (
    'CREATE TABLE "p%%1" PARTITION OF "T\'s" FOR VALUES FROM (0) TO (9)',
    'CREATE TABLE "p 2" PARTITION OF "T\'s" DEFAULT PARTITION BY RANGE (id)',
    'CREATE TABLE a3 PARTITION OF "p 2" FOR VALUES FROM (10) TO (19)',
)
OF_INDEXES = (
    'ALTER INDEX "p%%1_pkey" RENAME TO "my %%s {k}"',
    "COMMENT ON INDEX \"my %%s {k}\" IS 'it''s 50%% {a}'",
    'ALTER TABLE "p%%1" CLUSTER ON "my %%s {k}"',
    "ALTER TABLE a3 REPLICA IDENTITY USING INDEX a3_pkey",
    'ALTER INDEX "p%%1_y_expr_idx" SET (fillfactor = 70, deduplicate_items = off)',
    "ALTER INDEX a3_y_expr_idx RESET (fillfactor)",
    "ALTER INDEX a3_y_expr_idx ALTER COLUMN 2 SET STATISTICS 44",
    "COMMENT ON INDEX \"p 2_y_expr_idx\" IS 'in the middle'",
)


def table(y: Any = None, *, expression: str = "x + 1", key: tuple[str, ...] = ("id",)) -> Model:
    def model(metadata: sa.MetaData) -> None:
        columns = [sa.Column("id", sa.Integer, nullable=False, autoincrement=False), sa.Column("y", y or sa.String(9))]
        columns.append(sa.Column("x", sa.Integer, nullable="x" not in key, autoincrement=False))
        index = sa.Index("ix", "y", sa.text(f"({expression})"), postgresql_with={"fillfactor": 60})
        of_key = sa.PrimaryKeyConstraint(*key, name="pk")
        sa.Table("T's", metadata, *columns, of_key, index, postgresql_partition_by="RANGE (id)")

    return model


def nothing(metadata: sa.MetaData) -> None:
    """No table."""


@pytest.mark.parametrize(
    ("wanted", "stay"),
    [
        pytest.param(nothing, False, id="their table is dropped"),
        pytest.param(table(sa.Text), True, id="a column of another type"),
        pytest.param(table(sa.String(20)), True, id="a longer column"),
        pytest.param(table(expression="x + 2"), False, id="another index"),
        pytest.param(table(key=("id", "x")), False, id="another key"),
    ],
)
def test_indexes_of_partitions_keep_what_they_have(postgresql: Any, wanted: Model, stay: bool) -> None:
    built(table()).create_all(postgresql.engine())
    postgresql.execute(*PARTITIONS, *OF_INDEXES)
    assert nothing_to_do(postgresql, table())
    was = postgresql.rows(INDEXES)
    up, down = script(postgresql, wanted)
    run(postgresql, up)
    assert nothing_to_do(postgresql, wanted)
    assert not stay or postgresql.rows(INDEXES) == was
    run(postgresql, down)
    assert postgresql.rows(INDEXES) == was


def test_indexes_of_partitions_that_have_nothing_of_their_own_are_not_spoken_of(postgresql: Any) -> None:
    built(table()).create_all(postgresql.engine())
    postgresql.execute(*PARTITIONS)
    was = postgresql.rows(INDEXES)
    up, down = script(postgresql, table(expression="x + 2", key=("id", "x")))
    assert "partition$" not in up + down
    run(postgresql, up)
    run(postgresql, down)
    assert postgresql.rows(INDEXES) == was


FOREIGN_TABLES = """
SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid), s.srvname::text, f.ftoptions, c.relacl::text,
       obj_description(c.oid, 'pg_class'), (SELECT attfdwoptions FROM pg_attribute WHERE attrelid = c.oid AND attname = 'y')
FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_foreign_server s ON s.oid = f.ftserver
"""
FOREIGN = (
    "CREATE FOREIGN DATA WRAPPER far",
    "CREATE SERVER \"else where\" FOREIGN DATA WRAPPER far OPTIONS (host 'h')",
    'CREATE FOREIGN TABLE "f t" PARTITION OF "T\'s" FOR VALUES FROM (20) TO (29) SERVER "else where" OPTIONS (a \'it\'\'s\')',
    "COMMENT ON FOREIGN TABLE \"f t\" IS 'f'",
    "ALTER FOREIGN TABLE \"f t\" ALTER y OPTIONS (ADD column_name 'z')",
    'GRANT SELECT ON "f t" TO PUBLIC',
)


def plain(y: Any, *, index: bool = False) -> Model:
    return lambda metadata: sa.Table(
        "T's",
        metadata,
        sa.Column("id", sa.Integer),
        sa.Column("y", y, index=index),
        postgresql_partition_by="RANGE (id)",
    )


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(nothing, id="their table is dropped"),
        pytest.param(plain(sa.BigInteger), id="another type"),
        pytest.param(plain(sa.Integer, index=True), id="an index"),
    ],
)
def test_foreign_partitions_are_let_alone_and_come_back_with_their_table(postgresql: Any, wanted: Model) -> None:
    built(plain(sa.Integer)).create_all(postgresql.engine())
    postgresql.execute(*FOREIGN)
    assert nothing_to_do(postgresql, plain(sa.Integer))
    with postgresql.engine().connect() as connection:
        said = [each.what for each in comparison(connection, built(plain(sa.Integer))).not_compared]
    assert said == ["1 foreign table (f t)", "1 partition on T's (f t)"]
    was = postgresql.rows(FOREIGN_TABLES)
    up, down = script(postgresql, wanted)
    run(postgresql, up)
    assert nothing_to_do(postgresql, wanted)
    run(postgresql, down)
    assert postgresql.rows(FOREIGN_TABLES) == was
    postgresql.execute("DROP FOREIGN DATA WRAPPER far CASCADE")
