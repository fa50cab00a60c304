"""Changes that ask much of the plan, on a database with rows, up and down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.roundtrip import Model, nothing_to_do, round_trip

ROWS = ("INSERT INTO t (id, x, y) VALUES (1, 3, 'a'), (2, NULL, NULL)",)


def table(*parts: Callable[[], Any], name: str = "t", schema: str | None = None) -> Model:
    def model(metadata: sa.MetaData) -> None:
        columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer), sa.Column("y", sa.Text))
        sa.Table(name, metadata, *columns, *(part() for part in parts), schema=schema)

    return model


def check(text: str, name: str | None = None) -> Callable[[], Any]:
    return lambda: sa.CheckConstraint(text, name=name)


def unique(name: str | None = None) -> Callable[[], Any]:
    return lambda: sa.UniqueConstraint("x", name=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(table(check("x > -2")), table(check("x > -3")), id="a condition without a name"),
        pytest.param(table(check("x > -2"), check("x < 9")), table(check("x > -3"), check("x < 8")), id="two of them"),
        pytest.param(table(unique()), table(unique(), unique("uq")), id="a second unique, which has a name"),
        pytest.param(
            table(check("y <> '50%' AND y LIKE '%a'", "50% :x")), table(check("y <> '5%'", "50% :x")), id="an odd name"
        ),
        pytest.param(
            table(lambda: sa.Column("50% :x", sa.Text)),
            table(lambda: sa.Column("50% :x", sa.Integer)),
            id="a conversion",
        ),
    ],
)
def test_a_change_runs_up_and_down_with_rows(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after, ROWS)


def test_a_schema_that_the_models_name_is_there(postgresql: Any) -> None:
    postgresql.schema("other")
    model = table(schema="other")
    metadata = sa.MetaData()
    model(metadata)
    metadata.create_all(postgresql.engine())
    assert nothing_to_do(postgresql, model)
