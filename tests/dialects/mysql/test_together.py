"""MySQL is asked many things in one round trip: each answers for itself, and none says more than it would alone."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa
from pymysql.constants import CLIENT
from sqlalchemy.ext.asyncio import create_async_engine

from autodiff.dialects.mysql import together
from autodiff.dialects.mysql.session import Settings
from autodiff.dialects.mysql.together import is_one, leading, outcomes
from tests.dialects.mysql.test_canonical import comparison, connected

pytestmark = pytest.mark.families("mysql")

SETTINGS = Settings((9, 4), False, "app", "", "1", None, 0, max_allowed_packet=1000)


@pytest.mark.parametrize(
    ("statement", "one"),
    [
        ("create table t (x int)", True),
        ("create table `a;b` (x int default ';' comment \"it''s; so\")", True),
        ("create table t (x int check (x > 0;))", False),
        ("create table t (x int check (x > 0)); drop table t", False),
        (r"create table t (x int comment '\'; drop table t')", False),
        ("create table t (x int /* it's; */)", False),
        ("create table t (x int -- it's; \n)", False),
    ],
)
def test_a_semicolon_outside_of_quotes_may_end_a_statement(statement, one):
    assert is_one(statement) is one


@pytest.mark.parametrize(
    ("statements", "together"),
    [
        (["select 1"] * 3, 3),
        (["select 1", "select 2; select 3", "select 4"], 1),
        (["select 2; select 3", "select 4"], 1),
        ([f"select '{'x' * 100}'"] * 3, 2),
        ([f"select '{'x' * 1000}'"] * 3, 1),
    ],
)
def test_as_many_go_together_as_fit_into_a_packet(statements, together):
    assert len(leading(statements, SETTINGS)) == together


MIXED = [
    "set @x = 1",
    "select @x, 'é'",
    "select no_such_column",
    "select 2 -- two",
    "select 3; select 4",
    "select ';' -- one; statement",
    "select 5 /* not closed",
    "select 6",
    "select '",
    "select 7",
]
ANSWERS = [[], [(1, "é")], 1054, [(2,)], 1064, [(";",)], 1064, [(6,)], 1064, [(7,)]]


@pytest.mark.parametrize("client_flag", [0, CLIENT.MULTI_STATEMENTS])
@pytest.mark.parametrize("drivers", [together.SWITCHES, {}])
def test_each_statement_answers_for_itself(mysql, monkeypatch, client_flag, drivers):
    monkeypatch.setattr(together, "SWITCHES", drivers)
    with mysql.engine(connect_args={"client_flag": client_flag}).connect() as connection:
        found = list(outcomes(connection, Settings.of(connection), MIXED))
    assert [answer[0] if isinstance(answer, tuple) else answer for answer in found] == ANSWERS


@pytest.mark.parametrize(
    ("statements", "sent"),
    [
        (["select 1"] * 500, 1),
        (["select x"] * 50, 51),
        ([*["select 1"] * 100, "select x", *["select 1"] * 100], 3),
        ([*["select x"] * 3, *["select 1"] * 100], 9),
    ],
)
def test_where_one_fails_the_next_ones_are_fewer(mysql, statements, sent):
    with connected(mysql) as connection:
        settings, counted = Settings.of(connection), []
        sa.event.listen(connection, "before_cursor_execute", lambda c, cursor, said, *rest: counted.append(said))
        assert len(list(outcomes(connection, settings, statements))) == len(statements)
    assert len(counted) == sent


def test_the_session_takes_one_statement_again_afterwards(mysql):
    with connected(mysql) as connection:
        assert list(outcomes(connection, Settings.of(connection), ["select 1", "select 2"])) == [[(1,)], [(2,)]]
        with pytest.raises(sa.exc.ProgrammingError, match="1064"):
            connection.exec_driver_sql("select 1; select 2")


def many(*items: sa.schema.SchemaItem) -> sa.MetaData:
    """Three tables, and the things in the second."""
    metadata = sa.MetaData()
    for number in range(3):
        sa.Table(f"t{number}", metadata, sa.Column("id", sa.Integer, primary_key=True), *(items if number == 1 else ()))
    return metadata


@pytest.mark.parametrize("client_flag", [0, CLIENT.MULTI_STATEMENTS])
@pytest.mark.parametrize("condition", ["id > 0)); drop table t2; -- ", "id > 0; drop table t2;", "id >", "id > 0 /*"])
def test_a_text_of_the_models_that_is_no_condition_spoils_no_other_table(mysql, condition, client_flag):
    many().create_all(mysql.engine())
    with mysql.engine(connect_args={"client_flag": client_flag}).connect() as connection:
        found = comparison(connection, many(sa.CheckConstraint(condition)))
    assert [note.key.table for note in found.not_compared] == ["t1"]
    assert mysql.rows("show tables") == [("t0",), ("t1",), ("t2",)]


def test_an_asynchronous_driver_asks_many_things_at_once_too(mysql):
    many().create_all(mysql.engine())
    statements: list[str] = []

    async def compared() -> bool:
        engine = create_async_engine(mysql.async_url)
        sa.event.listen(
            engine.sync_engine, "before_cursor_execute", lambda c, cursor, said, *rest: statements.append(said)
        )
        async with engine.connect() as connection:
            found = await connection.run_sync(comparison, many())
        await engine.dispose()
        return found.is_unchanged

    assert asyncio.run(compared())
    assert statements
    assert not [statement for statement in statements if statement.startswith("SHOW CREATE TABLE")]
