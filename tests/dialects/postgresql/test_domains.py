"""Domains: created, altered, made anew and dropped, with rows in the columns that have them, up and down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from tests.dialects.postgresql.comparing import comparison, differences
from tests.dialects.postgresql.roundtrip import nothing_to_do, round_trip

ROWS = ("INSERT INTO t (id, x) VALUES (1, '3'), (2, NULL)",)


def table(type_: Any, *parts: Callable[[], Any], **column: Any) -> Callable[[sa.MetaData], object]:
    key = sa.Column("id", sa.Integer, primary_key=True)
    return lambda metadata: sa.Table(
        "t", metadata, key._copy(), sa.Column("x", type_, **column), *(part() for part in parts)
    )


def code(base: Any = None, **what: Any) -> pg.DOMAIN:
    return pg.DOMAIN("code", base or sa.String(8), **what)


def check() -> sa.CheckConstraint:
    return sa.CheckConstraint("x <> 'k'")


def index() -> sa.Index:
    return sa.Index("ix", sa.text("lower(x)"))


def computed() -> sa.Column[Any]:
    return sa.Column("y", sa.String(9), sa.Computed("x || 'a'", persisted=True))


def nested(base: pg.DOMAIN) -> Callable[[sa.MetaData], object]:
    def model(metadata: sa.MetaData) -> None:
        inner = pg.DOMAIN("code", base.data_type, metadata=metadata)  # SQLAlchemy makes no domain for another one
        table(pg.DOMAIN("short", inner, check="VALUE <> 'x'"))(metadata)

    return model


def over_enum(*labels: str, **column: Any) -> Callable[[sa.MetaData], object]:
    def model(metadata: sa.MetaData) -> None:
        level = pg.ENUM(*labels, name="level", metadata=metadata)
        table(pg.DOMAIN("mood", level, check="VALUE <> '4'"), **column)(metadata)

    return model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            table(sa.Integer), table(pg.DOMAIN("posint", sa.Integer, check="VALUE > 0")), id="a column gets one"
        ),
        pytest.param(table(sa.Text), table(pg.DOMAIN("posint", sa.Integer, check="VALUE > 0")), id="of other values"),
        pytest.param(table(code()), table(code(default=sa.text("'x'"), not_null=True)), id="default and not null"),
        pytest.param(
            table(code()), table(code(default="x", not_null=True, constraint_name="it's")), id="a named not null"
        ),
        pytest.param(table(code(default="a%:b")), table(code(default="it's")), id="another default"),
        pytest.param(table(code(check="VALUE <> 'x'")), table(code(check="VALUE <> 'y'")), id="another condition"),
        pytest.param(table(code()), table(code(check="VALUE <> 'x'", constraint_name="not x")), id="a named condition"),
        pytest.param(table(code()), table(code(sa.String(9))), id="another length"),
        pytest.param(table(code()), table(code(sa.Integer, check="VALUE > 0")), id="another type"),
        pytest.param(table(code(collation="C")), table(code(collation="POSIX")), id="another collation"),
        pytest.param(table(code()), table(code(), server_default="z"), id="a default of the column"),
        pytest.param(
            table(code(), check, index, server_default="z"),
            table(code(sa.Text), check, index, server_default="z"),
            id="another type under a check, an index and a default",
        ),
        pytest.param(
            table(code(), computed), table(code(sa.Text), computed), id="another type under a generated column"
        ),
        pytest.param(
            table(code(), check, index, server_default="z"),
            table(code(sa.Text), check, index, server_default="w", nullable=False, comment="c"),
            id="another type, and all of its column",
        ),
        pytest.param(
            over_enum("3", "4", "5"),
            over_enum("5", "4", "3", server_default="5", nullable=False),
            id="a domain over an enum that is made anew, and all of its column",
        ),
        pytest.param(nested(code()), nested(code(sa.String(9))), id="a domain over a domain"),
        pytest.param(over_enum("3", "4", "5"), over_enum("5", "4", "3"), id="a domain over an enum that is made anew"),
        pytest.param(
            table(sa.Integer), table(pg.DOMAIN("Odd name's 50% :x", sa.Integer, check="VALUE > 0")), id="an odd name"
        ),
    ],
)
def test_a_change_of_a_domain_runs_up_and_down_with_rows(postgresql: Any, before: Any, after: Any) -> None:
    round_trip(postgresql, before, after, ROWS)


def test_the_name_of_a_domains_not_null_is_kept(postgresql: Any) -> None:
    before, after = (table(code(check="VALUE <> 'x'", not_null=True, constraint_name=name)) for name in ("one", "two"))
    round_trip(postgresql, before, after, ("INSERT INTO t VALUES (1, 'a')",))


@pytest.mark.parametrize("column", [{}, {"server_default": "{}", "nullable": False}])
def test_a_domain_that_arrays_are_made_of_gets_a_condition(postgresql: Any, column: dict[str, Any]) -> None:
    before, after = table(sa.ARRAY(code())), table(sa.ARRAY(code(check="VALUE <> 'x'")), **column)
    round_trip(postgresql, before, after, ("INSERT INTO t VALUES (1, '{a,b}')",))


def test_a_domain_of_another_schema_comes_and_goes_with_its_schema(postgresql: Any) -> None:
    postgresql.schema("other")

    def model(metadata: sa.MetaData) -> None:
        domain = pg.DOMAIN("code", sa.String(8), check="VALUE <> 'x'", schema="other")
        sa.Table("t", metadata, sa.Column("x", domain), schema="other")

    round_trip(postgresql, lambda metadata: None, model)


def test_rows_without_a_value_get_the_default_of_a_domain_that_refuses_them(postgresql: Any) -> None:
    round_trip(postgresql, table(code()), table(code(default="x", not_null=True)), ROWS)
    assert postgresql.rows("SELECT x FROM t ORDER BY id") == [("3",), ("x",)]


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("varchar(8) CHECK (VALUE IN ('a', 'b'))", code(check="VALUE IN ('a','b')")),
        (
            "varchar(8) CHECK ((VALUE)::text = ANY ((ARRAY['a'::varchar, 'b'::varchar])::text[]))",
            code(check="VALUE IN ('a','b')"),
        ),
        ("varchar(8) CONSTRAINT other CHECK (VALUE <> '')", code(check="VALUE <> ''")),
        ("varchar(8) DEFAULT NULL", code()),
        ("varchar(8) DEFAULT 'x'::text", code(default="x")),
        ('varchar(8) COLLATE "default"', code()),
    ],
)
def test_a_domain_said_in_two_ways_is_no_change(postgresql: Any, written: str, domain: Any) -> None:
    postgresql.execute(f"CREATE DOMAIN code AS {written}", "CREATE TABLE t (id serial PRIMARY KEY, x code)")
    assert nothing_to_do(postgresql, table(domain))


def test_a_domain_that_the_models_know_by_its_name_only_stays(postgresql: Any) -> None:
    postgresql.execute("CREATE TYPE mood AS ENUM ('a')", "CREATE DOMAIN feeling AS mood", "CREATE DOMAIN unused AS int")
    postgresql.execute("CREATE TABLE t (id serial PRIMARY KEY, x feeling[])")

    class Feeling(sa.types.UserDefinedType[Any]):
        def get_col_spec(self, **kw: Any) -> str:
            return "feeling[]"

    metadata = sa.MetaData()
    table(Feeling())(metadata)
    with postgresql.engine().connect() as connection:
        found = differences(comparison(connection, metadata))
    assert [(verb, key.label) for verb, key in found] == [("drop", "unused")]


def test_a_domain_that_the_server_refuses_is_not_compared(postgresql: Any) -> None:
    postgresql.execute("CREATE DOMAIN code AS varchar(8)", "CREATE TABLE t (id serial PRIMARY KEY, x code)")
    metadata = sa.MetaData()
    table(code(check="nowhere(VALUE)"))(metadata)
    with postgresql.engine().connect() as connection:
        found = comparison(connection, metadata)
    assert differences(found) == []
    assert [entry.what for entry in found.not_compared] == ["domain code"]


def test_a_domain_is_not_compared_where_the_server_makes_none_to_read(postgresql: Any) -> None:
    def model(*conditions: str) -> sa.MetaData:
        metadata = sa.MetaData()
        columns = (
            sa.Column(f"x{n}", pg.DOMAIN(f"d{n}", sa.Integer, check=check)) for n, check in enumerate(conditions)
        )
        sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
        return metadata

    model("VALUE > 0").create_all(postgresql.engine())
    with postgresql.engine().connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        found = comparison(connection, model("VALUE > 1", "VALUE > 2"))
    assert [(verb, key.label) for verb, key in differences(found)] == [("add", "t.x1"), ("add", "d1")]
    assert [entry.what for entry in found.not_compared] == ["domain d0"]
