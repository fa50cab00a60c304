"""Tables that inherit: what a child declares once more, and what follows the parent, up and down."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.roundtrip import Model, nothing_to_do, round_trip


def column(name: str, type_: Any = sa.Integer, **keywords: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, **keywords)


def family(parent: list[Any], child: list[Any]) -> Model:
    """A table, and one that inherits from it and comes before it by name."""

    def model(metadata: sa.MetaData) -> None:
        sa.Table("p", metadata, *(part._copy() for part in parent))
        sa.Table("kid", metadata, *(part._copy() for part in child), postgresql_inherits="p")

    return model


X, Y = column("x"), column("y")
ONE, TWO, THREE = (column("x", server_default=value) for value in "123")
SURE = column("x", nullable=False)
WIDE = column("x", sa.BigInteger)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(family([], [Y]), family([X], [X, Y]), id="a column that both get"),
        pytest.param(family([X, column("z")], [column("z"), Y]), family([X], [Y]), id="a column that both lose"),
        pytest.param(
            family([X, column("z")], [column("z"), Y]), family([X], [column("z"), Y]), id="the parent loses it"
        ),
        pytest.param(family([ONE], [TWO, Y]), family([THREE], [TWO, Y]), id="a default of the parent's"),
        pytest.param(family([ONE], [TWO, Y]), family([ONE], [THREE, Y]), id="a default of the child's"),
        pytest.param(family([ONE], [TWO, Y]), family([ONE], [X, Y]), id="the child takes the parent's default"),
        pytest.param(family([ONE], [TWO, Y]), family([THREE], [X, Y]), id="another one of the parent's"),
        pytest.param(family([X], [X, Y]), family([SURE], [SURE, Y]), id="not null"),
        pytest.param(family([X], [X, Y]), family([WIDE], [WIDE, Y]), id="a type"),
        pytest.param(
            family([ONE], [TWO]),
            family([column("x", sa.Text, server_default="1")], [column("x", sa.Text, server_default="2")]),
            id="a type with defaults",
        ),
        pytest.param(
            family([X], [Y]), family([X, sa.CheckConstraint("x > 0", name="ck")], [Y]), id="a condition of the parent's"
        ),
        pytest.param(
            family([X, sa.CheckConstraint("x > 0")], [Y]), family([X, sa.CheckConstraint("x > 1")], [Y]), id="unnamed"
        ),
        pytest.param(lambda metadata: None, family([X], [X, Y]), id="both come"),
    ],
)
def test_a_change_runs_up_and_down(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after)


@pytest.mark.parametrize(
    ("parent", "child"),
    [([SURE], [X]), ([ONE], [X]), ([column("x", primary_key=True)], [column("x", autoincrement=False)])],
    ids=["not null", "a default", "a sequence"],
)
def test_what_a_child_has_from_its_parent_is_no_difference(
    postgresql: Any, parent: list[Any], child: list[Any]
) -> None:
    round_trip(postgresql, family(parent, child), family(parent, [*child, Y]))


def test_a_default_of_the_childs_own_outlives_a_change_of_the_parents(postgresql: Any) -> None:
    round_trip(postgresql, family([ONE], [TWO]), family([THREE], [TWO]))
    postgresql.execute("INSERT INTO kid DEFAULT VALUES")
    assert postgresql.rows("SELECT x FROM p") == [(2,)]
    assert nothing_to_do(postgresql, family([ONE], [TWO]))
