"""Columns of one shape have one definition: what compiles differently never has equal shapes, on any dialect."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.elements import quoted_name

from autodiff.kinds import twin_of
from autodiff.kinds.shape import column_shape, type_shape

DIALECTS = [mysql.dialect(), postgresql.dialect(), sqlite.dialect()]  # type: ignore[no-untyped-call]


class Tagged(sa.Column[Any]):
    """A user's own class, of which anything can be compiled."""

    inherit_cache = True


class utcnow(sa.sql.functions.FunctionElement[Any]):
    """A user's own function, of which anything can be compiled."""

    inherit_cache = True


def columns() -> list[sa.Column[Any]]:
    """Columns that differ from each other in one thing at least."""
    return [
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer),
        sa.Column("A", sa.Integer),
        sa.Column(quoted_name("a", True), sa.Integer),
        sa.Column("a", sa.BigInteger),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("a", sa.Integer, comment="x"),
        sa.Column("a", sa.Integer, comment="y"),
        sa.Column("a", sa.Integer, server_default="1"),
        sa.Column("a", sa.Integer, server_default="2"),
        sa.Column("a", sa.Integer, server_default=sa.text("1")),
        sa.Column("a", sa.Integer, server_default=sa.text("2")),
        sa.Column("a", sa.Integer, server_default=sa.true()),
        sa.Column("a", sa.Integer, server_default=sa.false()),
        sa.Column("a", sa.DateTime, server_default=sa.func.now()),
        sa.Column("a", sa.DateTime, server_default=sa.func.current_date()),
        sa.Column("a", sa.DateTime, server_default=sa.func.other()),
        sa.Column("a", sa.DateTime, server_default=sa.func.pkg.other()),
        sa.Column("a", sa.DateTime, server_default=sa.func.other(1)),
        sa.Column("a", sa.DateTime, server_default=sa.func.other(2)),
        sa.Column("a", sa.DateTime, server_default=sa.Sequence("s").next_value()),
        sa.Column("a", sa.DateTime, server_default=sa.Sequence("t").next_value()),
        sa.Column("a", sa.String),
        sa.Column("a", sa.String(1)),
        sa.Column("a", sa.String(2)),
        sa.Column("a", sa.String(2, collation="C")),
        sa.Column("a", sa.Numeric(5, 2)),
        sa.Column("a", sa.Numeric(5, 3)),
        sa.Column("a", sa.Enum("x", "y", name="e")),
        sa.Column("a", sa.Enum("y", "x", name="e")),
        sa.Column("a", sa.Enum("x", "y", name="f")),
        sa.Column("a", sa.Enum("x", "y", name="e", native_enum=False)),
        sa.Column("a", sa.Boolean),
        sa.Column("a", sa.Boolean(name="n", create_constraint=True)),
        sa.Column("a", sa.String(2).with_variant(sa.Text(), "postgresql")),
        sa.Column("a", sa.String(2).with_variant(sa.Text(), "mysql")),
        sa.Column("a", sa.Integer, sa.Computed("1 + 1")),
        sa.Column("a", sa.Integer, sa.Computed("1 + 2")),
        sa.Column("a", sa.Integer, sa.Identity(start=5)),
        sa.Column("a", sa.Integer, sa.Sequence("s")),
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("a", sa.Integer, primary_key=True, default=7),
        sa.Column("a", sa.BigInteger, primary_key=True),
        sa.Column("a", sa.String(3), primary_key=True),
        sa.Column("a", sa.Integer, sqlite_on_conflict_not_null="FAIL"),
    ]


def tables() -> list[sa.Table]:
    plain = [sa.Table("t", sa.MetaData(), column) for column in columns()]
    number = sa.Column("a", sa.Integer, primary_key=True)
    counting = sa.Table("t", sa.MetaData(), number, sqlite_autoincrement=True)
    pair = sa.Table(
        "t", sa.MetaData(), sa.Column("a", sa.Integer, primary_key=True), sa.Column("b", sa.Integer, primary_key=True)
    )
    return [*plain, counting, pair]


def ddl(table: sa.Table, dialect: Dialect) -> str:
    try:
        return str(CreateTable(table).compile(dialect=dialect))
    except (CompileError, NotImplementedError) as error:  # the dialect has no words for it
        return str(error)


def test_columns_that_differ_in_anything_have_no_common_shape() -> None:
    shapes = [column_shape(table.columns[0]) for table in tables()]
    assert [pair for pair in combinations(shapes, 2) if pair[0] is not None and pair[0] == pair[1]] == []


def test_columns_made_alike_have_one_shape() -> None:
    pairs = zip(tables(), tables(), strict=True)
    shapes = [(column_shape(one.columns[0]), column_shape(other.columns[0])) for one, other in pairs]
    assert sum(one is not None and one == other for one, other in shapes) > 25


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_dialect_that_remembers_shapes_writes_what_one_without_memory_writes(dialect: Dialect) -> None:
    remembering = twin_of(dialect)
    again = [ddl(table, remembering) for table in (*tables(), *tables())]
    assert again == [ddl(table, dialect).replace("%%", "%") for table in (*tables(), *tables())]


@pytest.mark.parametrize(
    "column",
    [
        Tagged("a", sa.Integer),
        sa.Column("a", sa.Integer, info={"compress": True}),
        sa.Column("a", sa.DateTime, server_default=utcnow()),
        sa.Column("a", sa.Integer, server_default=sa.text(":x").bindparams(x=1)),
    ],
    ids=["class", "info", "function", "parameter"],
)
def test_a_column_that_a_users_own_compiler_may_write_otherwise_has_no_shape(column: sa.Column[Any]) -> None:
    assert column_shape(sa.Table("t", sa.MetaData(), column).columns[0]) is None


def test_events_of_a_type_say_nothing_of_its_shape() -> None:
    assert type_shape(sa.Boolean()) == type_shape(sa.Boolean())
    assert type_shape(sa.Enum("x", "y")) == type_shape(sa.Enum("x", "y")) != type_shape(sa.Enum("x", "z"))
