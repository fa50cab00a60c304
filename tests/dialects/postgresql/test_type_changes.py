"""Rows whose column gets another type: converted, up and down, or named where they do not fit."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT, DOMAIN, INET, INT4MULTIRANGE, INT4RANGE

from autodiff.errors import CommandError
from tests.dialects.postgresql.roundtrip import Model, built, round_trip, run, script, seen


def table(type_: Any, *, name: str = "t") -> Model:
    return lambda metadata: sa.Table(
        name, metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", type_)
    )


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        (BIT(4), BIT(8), "(1, B'1010'), (2, NULL)"),
        (BIT(8), BIT(4), "(1, B'10100000'), (2, NULL)"),
        (BIT(), BIT(3), "(1, B'1')"),
        (sa.ARRAY(BIT(4)), sa.ARRAY(BIT(8)), "(1, ARRAY[B'1010', NULL]), (2, NULL)"),
        (sa.ARRAY(BIT(8)), sa.ARRAY(BIT(4)), "(1, ARRAY[B'10100000', NULL]), (2, '{}')"),
        (BIT(4), BIT(8, varying=True), "(1, B'1010'), (2, NULL)"),
        (BIT(8, varying=True), BIT(4), "(1, B'1010'), (2, NULL)"),
        (sa.SmallInteger, BIT(8), "(1, 5), (2, 255), (3, NULL)"),
        (sa.Integer, BIT(32), "(1, 5), (2, -1)"),
        (BIT(8), sa.SmallInteger, "(1, B'10000001')"),
        (sa.Text, sa.ARRAY(sa.Text), "(1, 'a'), (2, ''), (3, 'b,\"c'), (4, NULL)"),
        (
            sa.ARRAY(sa.Text),
            sa.Text,
            "(1, '{a}'), (2, '{a,b}'), (3, '{}'), (4, '{NULL}'), (5, ARRAY['{x}']), (6, NULL)",
        ),
        (sa.ARRAY(sa.Integer), sa.Integer, "(1, '{1}'), (2, NULL)"),
        (sa.ARRAY(sa.Integer), sa.String(20), "(1, '{1}'), (2, '{1,2}'), (3, '{{1,2},{3,4}}')"),
        (sa.ARRAY(sa.Boolean), sa.ARRAY(sa.SmallInteger), "(1, '{t,f,NULL}')"),
        (sa.ARRAY(sa.Numeric), sa.ARRAY(sa.Boolean), "(1, '{1,0}')"),
        (INT4MULTIRANGE, INT4RANGE, "(1, '{[1,2)}'), (2, '{}'), (3, NULL)"),
        (INT4RANGE, INT4MULTIRANGE, "(1, '[1,2)'), (2, 'empty'), (3, NULL)"),
        (INET, sa.Text, "(1, '10.0.0.1'), (2, '10.0.0.0/8'), (3, '::1')"),
        (sa.Text, INET, "(1, '10.0.0.1'), (2, '10.0.0.0/8'), (3, '::1')"),
    ],
)
def test_values_come_back_as_they_were(postgresql: Any, before: Any, after: Any, rows: str) -> None:
    round_trip(postgresql, table(before), table(after), (f"INSERT INTO t VALUES {rows}",))
    run(postgresql, script(postgresql, table(after))[0])
    run(postgresql, script(postgresql, table(before))[0])
    left = postgresql.rows("SELECT id, x::text FROM t ORDER BY id")
    postgresql.execute("DELETE FROM t", f"INSERT INTO t VALUES {rows}")
    assert postgresql.rows("SELECT id, x::text FROM t ORDER BY id") == left


@pytest.mark.parametrize(
    ("before", "after", "rows", "named"),
    [
        (sa.String(9), sa.String(2), "(1, 'ab'), (2, 'it''s %s'), (3, 'long')", "'it's %s', 'long'"),
        (sa.Text, sa.Integer, "(1, '1'), (2, 'x'), (3, NULL), (4, '')", "'x', ''"),
        (sa.Numeric(8, 2), sa.Numeric(4, 2), "(1, 1), (2, 123456)", "'123456.00'"),
        (sa.BigInteger, sa.SmallInteger, "(1, 1), (2, 40000)", "'40000'"),
        (BIT(8), BIT(4), "(1, B'10100000'), (2, B'10101111')", "'10101111'"),
        (sa.ARRAY(sa.Text), sa.ARRAY(sa.Integer), "(1, '{1}'), (2, '{x,1}')", "'{x,1}'"),
        (sa.Text, sa.Enum("a", "b", name="e"), "(1, 'a'), (2, 'k')", "'k'"),
        (sa.Integer, DOMAIN("small", sa.Integer, check="VALUE < 9"), "(1, 1), (2, 10)", "'10'"),
        (sa.ARRAY(sa.Integer), sa.Integer, "(1, '{1}'), (2, '{1,2}'), (3, '{}')", "'{1,2}', '{}'"),
        (INT4MULTIRANGE, INT4RANGE, "(1, '{[1,2),[4,5)}')", "'{[1,2),[4,5)}'"),
        (sa.Integer, BIT(8), "(1, 255), (2, 256), (3, -1)", "'256', '-1'"),
        (sa.Text, sa.Integer, ", ".join(f"({n}, 'x{n}')" for n in range(9)), "'x0', 'x1', 'x2' …"),
        (sa.Text, sa.Integer, f"(1, '{'y' * 500}')", f"'{'y' * 57}…'"),
    ],
)
def test_rows_that_do_not_fit_are_named_and_nothing_is_changed(
    postgresql: Any, before: Any, after: Any, rows: str, named: str
) -> None:
    name = "50% :t"
    built(table(before, name=name)).create_all(postgresql.engine())
    postgresql.execute(f'INSERT INTO "{name}" VALUES {rows}'.replace("%", "%%"))
    was = seen(postgresql)
    with pytest.raises(CommandError) as stopped:
        run(postgresql, script(postgresql, table(after, name=name))[0])
    assert "\n" not in str(stopped.value)
    assert re.fullmatch(
        r"(1 row|\d rows) of '50% :t' ha(s|ve) a x that does not fit [^:]+: (.*)", stopped.value.message
    )
    assert stopped.value.message.endswith(f": {named}")
    assert seen(postgresql) == was


def test_a_change_of_a_type_that_fails_for_something_else_says_that(postgresql: Any) -> None:
    before = lambda metadata: sa.Table("t", metadata, sa.Column("x", sa.Numeric, unique=True))  # noqa: E731
    after = lambda metadata: sa.Table("t", metadata, sa.Column("x", sa.Integer, unique=True))  # noqa: E731
    built(before).create_all(postgresql.engine())
    postgresql.execute("INSERT INTO t VALUES (1.1), (1.2)")
    with pytest.raises(sa.exc.IntegrityError, match="x"):
        run(postgresql, script(postgresql, after)[0])
