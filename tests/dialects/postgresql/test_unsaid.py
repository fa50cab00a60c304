"""What SQLAlchemy has no words for is no difference, and a constraint keeps it when it is made anew: NOT VALID, PERIOD …"""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DATERANGE, INT4RANGE

from tests.dialects.postgresql.roundtrip import Model, nothing_to_do, run, script

SEEN = """
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'),
       (SELECT indisreplident FROM pg_index WHERE indexrelid = conindid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n' ORDER BY 1, 2
"""
TABLES = (
    "CREATE TABLE p (id int CONSTRAINT p_pkey PRIMARY KEY)",
    "CREATE TABLE t (x int, y int)",
    "INSERT INTO t VALUES (-1, 5)",
)
NOT_VALID = (
    *TABLES,
    "ALTER TABLE t ADD CHECK (x > 0) NOT VALID, ADD FOREIGN KEY (y) REFERENCES p ON DELETE CASCADE NOT VALID",
    "COMMENT ON CONSTRAINT t_x_check ON t IS 'it''s {a} 5%% :b'",
    "COMMENT ON CONSTRAINT t_y_fkey ON t IS 'mine'",
)
INHERITED = (
    *TABLES,
    "ALTER TABLE t ADD CHECK (x > 0) NO INHERIT NOT VALID, ADD FOREIGN KEY (y) REFERENCES p NOT VALID",
)
ENFORCED = (*TABLES, "ALTER TABLE t ADD CHECK (x > 0) NOT ENFORCED, ADD FOREIGN KEY (y) REFERENCES p NOT ENFORCED")


def tables(
    x: Any = sa.Integer,
    y: Any = sa.Integer,
    *,
    names: tuple[Any, ...] = (None, None),
    actions: Any = "CASCADE",
    **more: Any,
) -> Model:
    """Two tables with a CHECK and a foreign key; `more` are comments of these."""

    def model(metadata: sa.MetaData) -> None:
        sa.Table("p", metadata, sa.Column("id", y, primary_key=True, autoincrement=False))
        check = sa.CheckConstraint("x > 0", name=names[0], comment=more.get("check"))
        key = sa.ForeignKeyConstraint(["y"], ["p.id"], name=names[1], ondelete=actions, comment=more.get("key"))
        sa.Table("t", metadata, sa.Column("x", x), sa.Column("y", y), check, key)

    return model


SAID = {"check": "it's {a} 5% :b", "key": "mine"}
NAMED = ("t_x_check", "t_y_fkey")


def without_t(metadata: sa.MetaData) -> None:
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False))


def without_x(metadata: sa.MetaData) -> None:
    without_t(metadata)
    sa.Table("t", metadata, sa.Column("y", sa.ForeignKey("p.id", ondelete="CASCADE", comment="mine")))


@pytest.mark.parametrize("names", [NAMED, (None, None)])
@pytest.mark.parametrize(
    ("statements", "options"),
    [(NOT_VALID, SAID), (INHERITED, {"actions": None}), (ENFORCED, {"actions": None})],
    ids=["NOT VALID", "NO INHERIT", "NOT ENFORCED"],
)
def test_it_is_no_difference(postgresql: Any, names: Any, statements: tuple[str, ...], options: Any) -> None:
    made(postgresql, statements)
    assert nothing_to_do(postgresql, tables(names=names, **options))


@pytest.mark.parametrize(
    ("statements", "after"),
    [
        pytest.param(NOT_VALID, without_t, id="a table that is dropped"),
        pytest.param(NOT_VALID, without_x, id="a column that is dropped"),
        pytest.param(NOT_VALID, tables(sa.BigInteger, sa.Numeric, **SAID), id="a column that is retyped"),
        pytest.param(NOT_VALID, tables(sa.Numeric, names=NAMED, **SAID), id="a condition that reads otherwise then"),
        pytest.param(NOT_VALID, tables(names=NAMED, actions="SET NULL", **SAID), id="a key that is changed"),
        pytest.param(NOT_VALID, tables(names=NAMED, check="another"), id="other comments"),
        pytest.param(INHERITED, without_t, id="a table that is dropped, NO INHERIT"),
        pytest.param(
            INHERITED, tables(sa.Numeric, names=NAMED, actions=None), id="a column that is retyped, NO INHERIT"
        ),
        pytest.param(ENFORCED, without_t, id="a table that is dropped, NOT ENFORCED"),
        pytest.param(
            ENFORCED, tables(sa.BigInteger, sa.Numeric, actions=None), id="a column that is retyped, NOT ENFORCED"
        ),
    ],
)
def test_it_is_kept_with_rows_that_do_not_fit(postgresql: Any, statements: tuple[str, ...], after: Model) -> None:
    made(postgresql, statements)
    goes_and_comes_back(postgresql, after)


TEMPORAL = (
    """CREATE TABLE p (id int4range, during daterange, n int,
       CONSTRAINT pk PRIMARY KEY (id, during WITHOUT OVERLAPS) WITH (fillfactor = 50))""",
    """CREATE TABLE c (id int4range, during daterange, n int,
       CONSTRAINT fk FOREIGN KEY (id, PERIOD during) REFERENCES p (id, PERIOD during) DEFERRABLE,
       CONSTRAINT uq UNIQUE (id, during WITHOUT OVERLAPS))""",
    "COMMENT ON CONSTRAINT fk ON c IS 'it''s {a}'",
    "COMMENT ON CONSTRAINT uq ON c IS 'mine'",
    "ALTER TABLE p REPLICA IDENTITY USING INDEX pk",
    "INSERT INTO p VALUES ('[1,2)', '[2020-01-01,2021-01-01)'), ('[1,2)', '[2021-01-01,2022-01-01)')",
    "INSERT INTO c VALUES ('[1,2)', '[2020-02-01,2021-02-01)')",
)


def periods(*, tables: str = "pc", keys: bool = True, columns: bool = True, n: Any = sa.Integer) -> Model:
    """What models can say of these tables, or some of it."""

    def model(metadata: sa.MetaData) -> None:
        for table in tables:
            over = ("id", "during") if columns or table == "p" else ()
            types = {"id": INT4RANGE, "during": DATERANGE}
            mine = [sa.Column(name, types[name], nullable=table == "c") for name in over] + [sa.Column("n", n)]
            if over and keys and table == "p":
                mine.append(sa.PrimaryKeyConstraint(*over, name="pk"))
            elif over and keys:
                far = [f"p.{name}" for name in over]
                mine.append(sa.ForeignKeyConstraint(over, far, name="fk", deferrable=True, comment="it's {a}"))
                mine.append(sa.UniqueConstraint(*over, name="uq", comment="mine"))
            sa.Table(table, metadata, *mine)

    return model


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(periods(tables=""), id="tables that are dropped"),
        pytest.param(periods(tables="p"), id="a table that is dropped"),
        pytest.param(periods(keys=False), id="keys that are dropped"),
        pytest.param(periods(columns=False), id="columns that are dropped"),
        pytest.param(periods(n=sa.BigInteger), id="another column"),
    ],
)
def test_keys_over_time_come_back_as_such(postgresql: Any, after: Model) -> None:
    if postgresql.rows("SELECT current_setting('server_version_num')::int < 180000")[0][0]:
        pytest.skip("WITHOUT OVERLAPS came with PostgreSQL 18")
    postgresql.execute(*TEMPORAL)
    assert nothing_to_do(postgresql, periods())
    goes_and_comes_back(postgresql, after)


def goes_and_comes_back(database: Any, after: Model) -> None:
    was = database.rows(SEEN)
    up, down = script(database, after)
    run(database, up)
    assert nothing_to_do(database, after)
    run(database, down)
    assert database.rows(SEEN) == was


def made(database: Any, statements: tuple[str, ...]) -> None:
    if statements is ENFORCED and database.rows("SELECT current_setting('server_version_num')::int < 180000")[0][0]:
        pytest.skip("NOT ENFORCED came with PostgreSQL 18")
    database.execute(*statements)
