"""Sequences and identities that get other bounds, wherever they are, up and down."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from tests.dialects.postgresql.roundtrip import Model, built, round_trip, run, script, seen

TEN = ("SELECT nextval('t_x_seq') FROM generate_series(1, 10)",)
NONE: tuple[str, ...] = ()


def sequence(**options: Any) -> Model:
    return lambda metadata: sa.Sequence("t_x_seq", metadata=metadata, **options)


def identity(type_: Any = sa.Integer, **options: Any) -> Model:
    return lambda metadata: sa.Table("t", metadata, sa.Column("x", type_, sa.Identity(**options)))


@pytest.mark.parametrize("model", [sequence, identity])
@pytest.mark.parametrize(
    ("before", "after", "used", "following"),
    [
        pytest.param({}, {"minvalue": 50, "start": 60}, NONE, 60, id="one that was never used starts anew"),
        pytest.param({}, {"minvalue": 50, "start": 60}, TEN, 60, id="one that has its bounds before it goes on there"),
        pytest.param({"maxvalue": 99}, {"maxvalue": 10}, TEN[:0], 1, id="one that is within goes on"),
        pytest.param({"start": 60}, {"maxvalue": 50}, NONE, 1, id="one that would have started behind its end"),
        pytest.param({}, {"maxvalue": 5, "cycle": True}, TEN, 1, id="one that is at its end and cycles"),
        pytest.param(
            {"increment": -1}, {"increment": -1, "maxvalue": -20, "start": -30}, TEN, -30, id="one that counts down"
        ),
    ],
)
def test_a_sequence_gets_other_bounds(
    postgresql: Any, model: Any, before: dict[str, Any], after: dict[str, Any], used: tuple[str, ...], following: int
) -> None:
    round_trip(postgresql, model(**before), model(**after), used)
    run(postgresql, script(postgresql, model(**after))[0])
    assert postgresql.rows("SELECT nextval('t_x_seq')") == [(following,)]


@pytest.mark.parametrize("model", [sequence, identity])
@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"maxvalue": 5}), ({"increment": -1}, {"increment": -1, "minvalue": -5})],
    ids=["up", "down"],
)
def test_a_sequence_that_is_past_its_new_end_is_refused_and_left_as_it_is(
    postgresql: Any, model: Any, before: dict[str, Any], after: dict[str, Any]
) -> None:
    built(model(**before)).create_all(postgresql.engine())
    postgresql.execute(*TEN)
    was = seen(postgresql)
    with pytest.raises(CommandError, match=r"t_x_seq cannot have M(AX|IN)VALUE -?5: it is at -?10"):
        run(postgresql, script(postgresql, model(**after))[0])
    assert seen(postgresql) == was


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (identity(sa.BigInteger), identity()),
        (identity(sa.BigInteger, maxvalue=2**40), identity(sa.SmallInteger, maxvalue=99)),
        (identity(sa.BigInteger, start=2**40), identity()),
        (sequence(), sequence(data_type=sa.SmallInteger)),
        (sequence(start=2**40), sequence(data_type=sa.Integer)),
        (sequence(increment=-1), sequence(data_type=sa.Integer)),
    ],
)
def test_a_sequence_gets_a_narrower_type(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after)


@pytest.mark.parametrize(
    ("before", "after"), [(identity(sa.BigInteger), identity()), (sequence(), sequence(data_type=sa.Integer))]
)
def test_a_sequence_that_is_past_the_end_of_a_narrower_type_is_refused(
    postgresql: Any, before: Model, after: Model
) -> None:
    built(before).create_all(postgresql.engine())
    postgresql.execute("SELECT setval('t_x_seq', 3000000000)")
    with pytest.raises(CommandError, match="cannot have MAXVALUE 2147483647: it is at 3000000000"):
        run(postgresql, script(postgresql, after)[0])
