"""What a database has and the comparison does not cover is said."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.diff.differ import diff, settled
from autodiff.reflect.compare import Database, Question

FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$"


def said(database: Any, metadata: sa.MetaData, **how: Any) -> list[str]:
    with database.engine().connect() as connection:
        found = settled(Database(connection).compared(Question(metadata, **how)))
    assert diff(found.before, found.after) == []
    return [note.what for note in found.not_compared]


def a_table(schema: str | None = None) -> sa.MetaData:
    metadata = sa.MetaData()
    columns = (sa.Column("id", sa.Integer, primary_key=True, autoincrement=True), sa.Column("x", sa.Text))
    constraints = (
        sa.CheckConstraint("x <> ''", name="ck"),
        sa.UniqueConstraint("x", name="uq"),
        sa.ForeignKeyConstraint(["id"], [f"{schema}.t.id" if schema else "t.id"], name="fk"),
    )
    table = sa.Table("t", metadata, *columns, *constraints, sa.Index("ix", "x"), schema=schema)
    sa.Index("ix2", sa.func.lower(table.c.x))
    return metadata


@pytest.mark.parametrize(
    ("statements", "wanted"),
    [
        ([], []),
        (
            [FUNCTION, "CREATE TRIGGER tr BEFORE INSERT ON t EXECUTE FUNCTION f()"],
            ["1 trigger on t (tr)", "1 function (f)"],
        ),
        (
            [
                FUNCTION,
                "CREATE TRIGGER b BEFORE INSERT ON t EXECUTE FUNCTION f()",
                "CREATE TRIGGER a BEFORE UPDATE ON t EXECUTE FUNCTION f()",
                "ALTER TABLE t DISABLE TRIGGER b",
            ],
            ["2 triggers on t (a, b (disabled))", "1 function (f)"],
        ),
        (["CREATE POLICY p ON t", "CREATE POLICY q ON t"], ["2 policies on t (p, q)"]),
        (["ALTER TABLE t ENABLE ROW LEVEL SECURITY"], ["1 setting on t (ROW LEVEL SECURITY)"]),
        (["CREATE RULE r AS ON INSERT TO t DO NOTHING"], ["1 rule on t (r)"]),
        (["CREATE STATISTICS s ON id, x FROM t"], ["1 statistics object on t (s)"]),
        (["CREATE PUBLICATION p FOR TABLE t"], ["1 publication on t (p)"]),
        (["GRANT SELECT ON t TO PUBLIC"], ["1 grant on t (SELECT to PUBLIC)"]),
        (["GRANT UPDATE (x) ON t TO PUBLIC"], ["1 grant on t (UPDATE (x) to PUBLIC)"]),
        (["ALTER TABLE t ALTER x SET STORAGE external"], ["1 setting on t (STORAGE of x)"]),
        (["ALTER TABLE t ALTER x SET STATISTICS 7"], ["1 setting on t (STATISTICS of x)"]),
        (["ALTER TABLE t ALTER x SET (n_distinct = 5)"], ["1 setting on t (n_distinct=5 of x)"]),
        (["ALTER TABLE t REPLICA IDENTITY FULL"], ["1 setting on t (REPLICA IDENTITY)"]),
        (["ALTER TABLE t CLUSTER ON ix"], ["1 setting on t (CLUSTER of ix)"]),
        (["COMMENT ON INDEX ix IS 'x'"], ["1 setting on t (COMMENT of ix)"]),
        (
            ["ALTER TABLE t DROP CONSTRAINT ck", "ALTER TABLE t ADD CONSTRAINT ck CHECK (x <> '') NOT VALID"],
            ["1 setting on t (NOT VALID of ck)"],
        ),
        (["ALTER INDEX ix2 ALTER 1 SET STATISTICS 9"], ["1 setting on t (STATISTICS of ix2)"]),
        (["ALTER TABLE t DISABLE TRIGGER ALL"], ["1 setting on t (DISABLE TRIGGER of fk)"]),
        (["ALTER INDEX uq SET (fillfactor = 70)"], ["1 setting on t (WITH (fillfactor=70) of uq)"]),
        (["ALTER SEQUENCE t_id_seq INCREMENT 5"], ["1 sequence on t (t_id_seq)"]),
        (["CREATE SEQUENCE s OWNED BY t.id"], ["1 sequence on t (s owned by id)"]),
        (["CREATE PUBLICATION p FOR ALL TABLES"], ["1 publication (p for all tables)"]),
        (["CREATE PUBLICATION p FOR TABLES IN SCHEMA public"], ["1 publication (p for its tables)"]),
        (["GRANT CREATE ON SCHEMA public TO pg_monitor"], ["1 grant (CREATE on schema public to pg_monitor)"]),
        (
            ["ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC"],
            ["1 default privilege (SELECT to PUBLIC)"],
        ),
        (
            ["CREATE OPERATOR ## (leftarg = int, rightarg = int, procedure = int4pl)"],
            ["1 operator (##)"],
        ),
        (["CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)"], ["1 text search configuration (c)"]),
        (["CREATE VIEW v AS SELECT id FROM t"], ["1 view (v)"]),
        (["CREATE MATERIALIZED VIEW v AS SELECT id FROM t"], ["1 materialized view (v)"]),
        (["CREATE TYPE pair AS (a int, b int)"], ["1 composite type (pair)"]),
        (["CREATE TYPE span AS RANGE (subtype = text)"], ["1 range type (span)"]),
        (
            [f"CREATE PROCEDURE p{n}() LANGUAGE sql AS ''" for n in range(7)],
            ["7 procedures (p0, p1, p2, p3, p4 and 2 more)"],
        ),
    ],
)
def test_what_no_state_covers_is_not_called_equal(postgresql: Any, statements: list[str], wanted: list[str]) -> None:
    a_table().create_all(postgresql.engine())
    postgresql.execute(*statements)
    assert sorted(said(postgresql, a_table())) == sorted(wanted)


def test_extensions_and_schemas_that_are_left_out_are_not_told_of(postgresql: Any) -> None:
    postgresql.schema("other")
    a_table("other").create_all(postgresql.engine())
    postgresql.execute(
        "CREATE EXTENSION hstore",
        "CREATE TABLE other.u (id int)",
        "CREATE RULE r AS ON INSERT TO other.u DO NOTHING",
        "CREATE RULE r AS ON INSERT TO other.t DO NOTHING",
    )
    assert said(postgresql, a_table("other")) == ["1 rule on other.t (r)"]
