"""Columns that count, that are generated, or whose default goes with a label: changed with rows, up and down."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.roundtrip import Model, round_trip, run, script

ROWS = ("INSERT INTO t (x) VALUES (3), (4)",)


def table(*columns: sa.Column[Any]) -> Model:
    return lambda metadata: sa.Table("t", metadata, sa.Column("x", sa.Integer), *(column._copy() for column in columns))


def key(*parts: Any, type_: Any = sa.Integer, **keywords: Any) -> Model:
    return table(sa.Column("id", type_, *parts, primary_key=True, **keywords))


def column(*parts: Any, type_: Any = sa.Integer, **keywords: Any) -> Model:
    return table(sa.Column("n", type_, *parts, **keywords))


def generated(expression: str = "x * 2", **keywords: Any) -> Model:
    return column(sa.Computed(expression, persisted=True), **keywords)


def over(used: Any, expression: str, type_: Any = sa.Integer, comment: str | None = None) -> Model:
    """A generated column over one of the type; both have an index."""
    made = sa.Computed(expression, persisted=True)
    return table(sa.Column("n", used, index=True), sa.Column("g", type_, made, comment=comment, index=True))


def down(**options: Any) -> sa.Identity:
    return sa.Identity(increment=-1, **options)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(table(), key(), id="a key that counts comes to a table with rows"),
        pytest.param(table(), key(type_=sa.SmallInteger), id="a small one"),
        pytest.param(table(), key(sa.Identity(always=True)), id="an identity"),
        pytest.param(column(server_default="5", nullable=False), column(sa.Identity()), id="identity for a default"),
        pytest.param(key(down()), key(sa.Identity(start=1)), id="an identity that turns round"),
        pytest.param(key(sa.Identity()), key(down(start=-1, minvalue=-9, maxvalue=0)), id="with bounds"),
        pytest.param(
            column(type_=sa.ARRAY(sa.Enum("a", "b", name="e"))),
            column(type_=sa.ARRAY(sa.Enum('c"\\', "a", "b", name="e")), server_default=sa.text("""'{"c\\"\\\\"}'""")),
            id="an array whose default is a label that goes on the way back",
        ),
        pytest.param(
            over(sa.Integer, "n * 2"),
            over(sa.Numeric, "n * 2", sa.Numeric),
            id="a generated column changes with the one that it uses",
        ),
        pytest.param(
            over(sa.Enum("a", "b", name="e"), "CASE WHEN n = 'a' THEN 1 END"),
            over(sa.Enum("b", "a", name="e"), "CASE WHEN n = 'a' THEN 1 END", comment="c"),
            id="or with its labels",
        ),
        pytest.param(
            over(sa.Integer, "n * 2"),
            table(sa.Column("n", sa.BigInteger, index=True), sa.Column("g", sa.Integer, index=True)),
            id="a generated column becomes plain while the one that it uses changes",
        ),
    ],
)
def test_a_change_runs_up_and_down_with_rows(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after, ROWS)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(generated(), column(), id="alone"),
        pytest.param(generated(nullable=False, index=True), column(index=True), id="with an index, nullable"),
        pytest.param(generated(), column(type_=sa.BigInteger, server_default="7", comment="c"), id="with all else"),
    ],
)
def test_a_generated_column_that_becomes_plain_keeps_its_values(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after, ROWS)
    up, _ = script(postgresql, after)
    run(postgresql, up)
    assert postgresql.rows("SELECT n FROM t ORDER BY n") == [(6,), (8,)]


def test_so_does_a_virtual_one(postgresql: Any) -> None:
    if int(postgresql.rows("SHOW server_version_num")[0][0]) < 180000:
        pytest.skip("PostgreSQL has virtual columns since 18")
    before = column(sa.Computed("x * 2", persisted=False))
    round_trip(postgresql, before, column(), ROWS)
    up, _ = script(postgresql, column())
    run(postgresql, up)
    assert postgresql.rows("SELECT n FROM t ORDER BY n") == [(6,), (8,)]


def test_a_column_that_is_renamed_is_converted_as_any_other(postgresql: Any) -> None:
    before = column(type_=sa.Numeric(8, 2))
    after = table(sa.Column("m", sa.Integer, info={"renamed_from": "n"}))
    round_trip(postgresql, before, after, ("INSERT INTO t (x, n) VALUES (1, 1.5)",))
    up, _ = script(postgresql, after)
    assert "using" not in up
