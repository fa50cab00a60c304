"""What is renamed takes the sequence that it owns along, and back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, run, script, seen

SEQUENCES = "SELECT c.relname::text FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace ORDER BY 1"


def carts(*parts: Any) -> Model:
    return lambda metadata: sa.Table("carts", metadata, sa.Column("id", sa.Integer, *parts, primary_key=True))


def renamed(old: str) -> dict[str, Any]:
    return {"info": {"renamed_from": old}}


LONG = "x" * 60


@pytest.mark.parametrize(
    ("before", "after", "extra", "called"),
    [
        pytest.param(
            carts(),
            lambda m: sa.Table("baskets", m, sa.Column("id", sa.Integer, primary_key=True), **renamed("carts")),
            (),
            ["baskets_id_seq"],
            id="a table",
        ),
        pytest.param(
            carts(sa.Identity()),
            lambda m: sa.Table(
                "Bas kets %", m, sa.Column("id", sa.Integer, sa.Identity(), primary_key=True), **renamed("carts")
            ),
            (),
            ["Bas kets %_id_seq"],
            id="a table with an identity",
        ),
        pytest.param(
            carts(),
            lambda m: sa.Table("carts", m, sa.Column("number", sa.Integer, primary_key=True, **renamed("id"))),
            (),
            ["carts_number_seq"],
            id="a column",
        ),
        pytest.param(
            carts(),
            lambda m: sa.Table(
                LONG, m, sa.Column("n", sa.Integer, primary_key=True, **renamed("id")), **renamed("carts")
            ),
            (),
            [f"{LONG[:57]}_n_seq"],
            id="both, with a name that is cut",
        ),
        pytest.param(
            carts(),
            lambda m: sa.Table("baskets", m, sa.Column("id", sa.Integer, primary_key=True), **renamed("carts")),
            ("ALTER SEQUENCE carts_id_seq RENAME TO mine",),
            ["mine"],
            id="one with a name of its own stays",
        ),
        pytest.param(
            carts(),
            lambda m: (
                sa.Table("baskets", m, sa.Column("id", sa.Integer, primary_key=True), **renamed("carts")),
                sa.Sequence("baskets_id_seq", metadata=m),
            ),
            ("CREATE SEQUENCE baskets_id_seq",),
            ["baskets_id_seq", "carts_id_seq"],
            id="one whose new name is taken stays",
        ),
    ],
)
def test_a_sequence_follows_the_column_that_owns_it(
    postgresql: Any, before: Model, after: Model, extra: tuple[str, ...], called: list[str]
) -> None:
    built(before).create_all(postgresql.engine())
    postgresql.execute("INSERT INTO carts DEFAULT VALUES", *extra)
    was = seen(postgresql)
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    assert [name for (name,) in postgresql.rows(SEQUENCES)] == called
    run(postgresql, down)
    assert seen(postgresql) == was
    postgresql.execute("INSERT INTO carts DEFAULT VALUES")
    assert postgresql.rows("SELECT id FROM carts ORDER BY 1") == [(1,), (2,)]
