"""Where the server makes no temporary tables: its planner, or a throw-away database, is asked instead, and that is said."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from autodiff.diff.differ import diff, settled
from autodiff.reflect.compare import Database, Question

STATUS = sa.Enum("new", "paid", name="order_status")


def orders(**changed: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    said = {
        "total": sa.Column("total", sa.Numeric(8, 2), server_default="0", nullable=False),
        "code": sa.Column("code", sa.String(20), server_default=sa.text("'a' || 'b'")),
        "twice": sa.Column("twice", sa.Numeric, sa.Computed("total * 2", persisted=True)),
        "status": sa.Column("status", STATUS, server_default="new"),
        "tags": sa.Column("tags", pg.ARRAY(sa.Text), server_default="{}"),
        "at": sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        "positive": sa.CheckConstraint("total > 0 and code in ('ab', 'c')", name="positive"),
        "unnamed": sa.CheckConstraint("length(code) between 1 and 20"),
        "collated": sa.CheckConstraint("code collate \"C\" > 'a'", name="collated"),
        "paid": sa.CheckConstraint("status <> 'paid' or total > 1", name="paid"),
        **{name: part._copy() for name, part in changed.items()},
    }
    sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True), *said.values())
    return metadata


def compared(database: Any, metadata: sa.MetaData, scratch: Any = None) -> tuple[list[str], list[str], str]:
    """Differences, what was not compared, and how; in a transaction that may write nothing."""
    with database.engine().connect() as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        found = settled(Database(connection).compared(Question(metadata), scratch=scratch))
        changes = [f"{change.verb} {change.key.kind} {change.key.label}" for change in diff(found.before, found.after)]
        return changes, [note.what for note in found.not_compared], found.how


@pytest.fixture
def made(postgresql: Any) -> Any:
    orders().create_all(postgresql.engine())
    return postgresql


CHANGES = [
    ({}, []),
    ({"total": sa.Column("total", sa.Numeric(9, 2), server_default="0", nullable=False)}, ["alter column orders.total"]),
    ({"total": sa.Column("total", sa.Numeric(8, 2), server_default="1", nullable=False)}, ["alter column orders.total"]),
    ({"code": sa.Column("code", sa.String(20), server_default="ab")}, []),
    ({"twice": sa.Column("twice", sa.Numeric, sa.Computed("total * 3", persisted=True))}, ["alter column orders.twice"]),
    ({"positive": sa.CheckConstraint("total > 1 and code in ('ab', 'c')", name="positive")}, ["alter check orders.positive"]),
    ({"collated": sa.CheckConstraint("code collate \"POSIX\" > 'a'", name="collated")}, ["alter check orders.collated"]),
    ({"at": sa.Column("at", sa.DateTime, server_default=sa.func.now())}, ["alter column orders.at"]),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "wanted"), CHANGES)
def test_the_planner_tells_what_differs_and_what_does_not(made: Any, changed: Any, wanted: list[str]) -> None:
    changes, not_compared, how = compared(made, orders(**changed))
    assert (changes, not_compared) == (wanted, [])
    assert how == "the planner (EXPLAIN), since the server makes no temporary tables here"


@pytest.mark.parametrize(("changed", "wanted"), CHANGES)
def test_a_scratch_database_tells_the_same(made: Any, changed: Any, wanted: list[str]) -> None:
    elsewhere = made.another()
    with elsewhere.engine().connect() as scratch:
        changes, not_compared, how = compared(made, orders(**changed), scratch)
    assert (changes, not_compared, how) == (wanted, [], "a scratch database")


def test_an_unnamed_check_finds_its_equal_and_another_does_not(made: Any) -> None:
    other = orders(unnamed=sa.CheckConstraint("length(code) between 1 and 21"))
    changes, _, _ = compared(made, other)
    assert sorted(change.split()[:2] for change in changes) == [["add", "check"], ["drop", "check"]]


def test_what_only_a_table_could_tell_is_not_compared(made: Any) -> None:
    metadata = orders()
    made.execute("CREATE INDEX ix_lower ON orders (lower(code))")
    sa.Index("ix_lower", sa.func.lower(metadata.tables["orders"].c.code))
    changes, not_compared, _ = compared(made, metadata)
    assert (changes, not_compared) == ([], ["index ix_lower of orders"])
