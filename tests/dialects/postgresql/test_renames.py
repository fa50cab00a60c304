"""What is renamed takes the names along that the server made of its own, and back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, round_trip, run, script, seen

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


def full(name: str, x: str, **former: Any) -> Model:
    """A table of all that the server names, and a key of another table to it."""

    def model(metadata: sa.MetaData) -> None:
        info = {"info": {"renamed_from": former["column"]}} if "column" in former else {}
        sa.Table(
            name,
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column(x, sa.Integer, sa.ForeignKey(f"{name}.id"), unique=True, **info),
            sa.Column("y", sa.Integer),
            sa.Column("z", sa.Integer, unique=True),
            sa.CheckConstraint(f'"{x}" > 0'),
            sa.CheckConstraint(f'"{x}" < 9'),
            sa.CheckConstraint(f'"{x}" > y'),
            sa.UniqueConstraint(x, "y"),
            ExcludeConstraint((x, "="), using="btree"),
            info={"renamed_from": former["table"]} if "table" in former else {},
        )
        sa.Table("other", metadata, sa.Column("id", sa.Integer, sa.ForeignKey(f"{name}.id"), primary_key=True))

    return model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(full("t", "x"), full("Bas kets %", "x", table="t"), id="a table"),
        pytest.param(full("t", "x"), full("t", "num ber", column="x"), id="a column"),
        pytest.param(full("t", "x"), full("u", "w", table="t", column="x"), id="both"),
        pytest.param(full("t", "x"), full(LONG[:50], "w" * 9, table="t", column="x"), id="names that are cut"),
    ],
)
def test_a_renamed_database_is_named_as_a_fresh_one(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after, ("INSERT INTO t (id, x, y) VALUES (1, 1, 0)", "INSERT INTO other VALUES (1)"))


@pytest.mark.parametrize(
    ("name", "extra"), [("carts_pkey", ()), (None, ("CREATE SEQUENCE baskets_pkey",)), ("mine", ())]
)
def test_a_name_that_is_said_or_taken_stays(postgresql: Any, name: str | None, extra: tuple[str, ...]) -> None:
    def model(table: str, **info: Any) -> Model:
        def make(metadata: sa.MetaData) -> None:
            key = sa.PrimaryKeyConstraint("id", name=name)
            sa.Table(table, metadata, sa.Column("id", sa.Integer, autoincrement=False), key, **info)
            if extra:
                sa.Sequence("baskets_pkey", metadata=metadata)

        return make

    built(model("carts")).create_all(postgresql.engine())
    was = seen(postgresql)
    after = model("baskets", **renamed("carts"))
    up, down = script(postgresql, after)
    assert "RENAME CONSTRAINT" not in up
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    run(postgresql, down)
    assert seen(postgresql) == was
