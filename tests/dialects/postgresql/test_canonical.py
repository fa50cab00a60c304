"""Models and databases in PostgreSQL's own form: what is the same is equal, what differs is not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from autodiff.state import Key
from tests.dialects.postgresql.comparing import comparison, differences


def models(*parts: Any, **options: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, *parts, **options)
    return metadata


def found(database: Any, metadata: sa.MetaData) -> list[tuple[str, str]]:
    with database.engine().connect() as connection:
        result = comparison(connection, metadata)
    assert result.not_compared == ()
    return [(verb, f"{key.kind} {key.label}") for verb, key in differences(result)]


@pytest.mark.parametrize(
    ("written", "type_", "default"),
    [
        ("varchar(20) default 'a'", sa.String(20), "a"),
        ("varchar(20) default 'a'::text", sa.String(20), "a"),
        ("bigint default 5", sa.BigInteger, "5"),
        ("timestamp default '2020-01-01'::date", sa.DateTime, "2020-01-01 00:00:00"),
        ("timestamp default now()", sa.DateTime, sa.func.now()),
        ("varchar(20) default null", sa.String(20), None),
        ("int", sa.Integer, sa.null()),
        ("numeric(5)", sa.Numeric(5, 0), None),
        ("text[] default '{}'", sa.ARRAY(sa.Text), "{}"),
        ("float(24)", sa.REAL, None),
        ("varchar(9) default '50%'", sa.String(9), "50%"),
        ("varchar(9) default E'a\\\\b:c'", sa.String(9), "a\\b:c"),
    ],
)
def test_a_column_said_in_two_ways_is_no_change(postgresql: Any, written: str, type_: Any, default: Any) -> None:
    postgresql.execute(f"create table t (c {written})".replace("%", "%%"))
    assert found(postgresql, models(sa.Column("c", type_, server_default=default))) == []


@pytest.mark.parametrize(
    ("written", "type_", "default"),
    [
        ("varchar(20)", sa.String(21), None),
        ("numeric(8, 2)", sa.Numeric(8, 3), None),
        ("timestamp(3)", sa.DateTime, None),
        ("int default 5", sa.Integer, "6"),
        ("int default 5", sa.Integer, None),
        ("int", sa.Integer, "0"),
        ("varchar(9) default 'it'", sa.String(9), "it''s"),
        ('text collate "C"', sa.Text, None),
        ("timestamptz", sa.DateTime, None),
        ("text[]", sa.ARRAY(sa.Integer), None),
        ("serial", sa.Integer, None),
    ],
)
def test_a_column_that_differs_is_seen(postgresql: Any, written: str, type_: Any, default: Any) -> None:
    postgresql.execute(f"create table t (c {written})")
    assert found(postgresql, models(sa.Column("c", type_, server_default=default))) == [("alter", "column t.c")]


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("x in (1, 2, 3)", "x = any (array[1, 2, 3])"),
        ("x > 0", "x>0"),
        ("s in ('a', 'b')", "s IN ('a','b')"),
        # These are no fixed points: what the server printed is printed differently when it is read again.
        ("(s)::text = any ((array['a'::varchar, 'b'::varchar])::text[])", "s in ('a', 'b')"),
        ("(((x >= 1) and (x <= 2)) and (y > 0))", "x between 1 and 2 and y > 0"),
        ("s not like '50%'", "s NOT LIKE '50%'"),
        ("t.x > 0", "x > 0"),
    ],
)
@pytest.mark.parametrize("name", ["ck", None])
def test_a_condition_said_in_two_ways_is_no_change(postgresql: Any, stored: str, written: str, name: Any) -> None:
    named = "constraint ck " if name else ""
    postgresql.execute(f"create table t (x int, y int, s varchar(9), {named}check ({stored}))".replace("%", "%%"))
    for condition in (written, stored):
        columns = (sa.Column("x", sa.Integer), sa.Column("y", sa.Integer), sa.Column("s", sa.String(9)))
        assert found(postgresql, models(*columns, sa.CheckConstraint(condition, name=name))) == []


@pytest.mark.parametrize(
    ("stored", "written"),
    [("x > 0", "x >= 0"), ("x > 0 and y > 0", "x > 0 or y > 0"), ("(x + y) * 2 > 0", "x + y * 2 > 0")],
)
def test_another_condition_is_seen(postgresql: Any, stored: str, written: str) -> None:
    postgresql.execute(f"create table t (x int, y int, constraint ck check ({stored}))")
    columns = (sa.Column("x", sa.Integer), sa.Column("y", sa.Integer))
    changed = found(postgresql, models(*columns, sa.CheckConstraint(written, name="ck")))
    assert changed == [("alter", "check t.ck")]


def test_labels_that_are_new_can_be_used_at_once(postgresql: Any) -> None:
    postgresql.execute("create type mood as enum ('a', 'b')", "create table t (m mood default 'a', check (m <> 'a'))")
    column = sa.Column("m", sa.Enum("a", "b", "c", name="mood"), server_default="c")
    wanted = models(column, sa.CheckConstraint("m <> 'c'", name="t_m_check"))
    assert found(postgresql, wanted) == [
        ("alter", "check t.t_m_check"),
        ("alter", "column t.m"),
        ("alter", "enum mood"),
    ]


def test_only_the_labels_differ_where_only_they_do(postgresql: Any) -> None:
    postgresql.execute(
        "create type mood as enum ('a', 'b')", "create table t (m mood default 'a', check (m <> 'a'), n mood[])"
    )
    mood = sa.Enum("a", "b", "c", name="mood")
    wanted = models(
        sa.Column("m", mood, server_default="a"), sa.Column("n", sa.ARRAY(mood)), sa.CheckConstraint("m <> 'a'")
    )
    assert found(postgresql, wanted) == [("alter", "enum mood")]


def test_two_equal_uniques_are_the_one_that_create_table_makes_of_them(postgresql: Any) -> None:
    wanted = models(
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("x", sa.Integer, unique=True),
        sa.UniqueConstraint("x", name="uq"),
        sa.UniqueConstraint("id"),
    )
    wanted.create_all(postgresql.engine())
    assert found(postgresql, wanted) == []


def test_what_the_server_cannot_read_is_said_and_is_no_change(postgresql: Any) -> None:
    postgresql.execute(
        "create function f(int) returns bool language sql immutable as 'select $1 > 0'",
        "create table t (x int default 1, y int, constraint ck check (f(x)), constraint ck2 check (y > 1))",
    )
    wanted = models(
        sa.Column("x", sa.Integer, server_default="1"),
        sa.Column("y", sa.Integer),
        sa.CheckConstraint("g(x)", name="ck"),
        sa.CheckConstraint("y > 2", name="ck2"),
    )
    with postgresql.engine().connect() as connection:
        result = comparison(connection, wanted)
    refused, function = result.not_compared
    assert (refused.key, refused.why) == (Key("check", None, "t", "ck"), "function g(integer) does not exist")
    assert function.what == "1 function (f)"
    assert differences(result) == [("alter", Key("check", None, "t", "ck2"))]


def test_no_trace_is_left(postgresql: Any) -> None:
    postgresql.execute("create sequence s", "create table t (x int default nextval('s'), check (x > 0))")
    wanted = models(
        sa.Column("x", sa.Integer, server_default=sa.text("nextval('s'::regclass)")),
        sa.Column("m", sa.Enum("a", name="mood")),
        sa.CheckConstraint("x >= 0"),
    )
    with postgresql.engine().connect() as connection:
        comparison(connection, wanted)
        assert not connection.in_transaction()
        comparison(connection, wanted)
        temporary = "select count(*) from pg_class where relnamespace = pg_my_temp_schema()"
        assert connection.exec_driver_sql(temporary).scalar() == 0
        assert connection.exec_driver_sql("select is_called from s").scalar() is False
        connection.exec_driver_sql("create table mine (x int)")
        comparison(connection, wanted)
        assert connection.exec_driver_sql("select count(*) from mine").scalar() == 0


@pytest.mark.parametrize("options", [{"isolation_level": "AUTOCOMMIT"}, {"isolation_level": "SERIALIZABLE"}])
def test_the_isolation_level_is_the_callers_affair(postgresql: Any, options: dict[str, str]) -> None:
    postgresql.execute("create table t (x int, check (x > 0))")
    wanted = models(sa.Column("x", sa.Integer), sa.CheckConstraint("x>0"))
    with postgresql.engine(**options).connect() as connection:
        path = connection.exec_driver_sql("show search_path").scalar()
        result = comparison(connection, wanted)
        assert differences(result) == []
        assert connection.exec_driver_sql("show search_path").scalar() == path
        temporary = "select count(*) from pg_class where relnamespace = pg_my_temp_schema()"
        assert connection.exec_driver_sql(temporary).scalar() == 0


def test_a_session_that_is_read_only_by_default_is_asked_all_the_same(postgresql: Any) -> None:
    postgresql.execute("create table t (x int, check (x > 0))")
    wanted = models(sa.Column("x", sa.Integer), sa.CheckConstraint("x>0"))
    options = {"options": "-c default_transaction_read_only=on"}
    with postgresql.engine(connect_args=options).connect() as connection:
        assert differences(comparison(connection, wanted)) == []


def test_an_unchanged_database_is_seen_in_twelve_statements(postgresql: Any) -> None:
    metadata = sa.MetaData()
    for number in range(30):
        sa.Table(
            f"t{number}",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("x", sa.Integer, server_default=str(number)),
            sa.Column("s", sa.String(number + 1)),
            sa.CheckConstraint("length(s) > 3"),
            sa.Index(f"ix{number}", sa.text("lower(s)")),
        )
    engine = postgresql.engine()
    metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("select 1")
        seen: list[str] = []
        sa.event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        assert differences(comparison(connection, metadata)) == []
    assert len(seen) <= 13, seen


@pytest.mark.parametrize(
    "type_",
    [pg.JSONB(), pg.INET(), pg.TSTZRANGE(), pg.ARRAY(sa.String(5)), pg.INTERVAL(fields="DAY TO SECOND"), sa.Uuid()],
)
def test_a_type_of_postgresql_is_itself(postgresql: Any, type_: Any) -> None:
    wanted = models(sa.Column("c", type_))
    wanted.create_all(postgresql.engine())
    assert found(postgresql, wanted) == []
