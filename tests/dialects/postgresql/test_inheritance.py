"""Tables that inherit: what a child declares once more, and what follows the parent, up and down."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, round_trip, run, script, seen


def column(name: str, type_: Any = sa.Integer, **keywords: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, **keywords)


def family(parent: list[Any], child: list[Any]) -> Model:
    """A table, and one that inherits from it and comes before it by name."""

    def copied(part: Any) -> Any:
        return (
            sa.Index(part.name, "y", postgresql_where=sa.text(PREDICATE))
            if isinstance(part, sa.Index)
            else part._copy()
        )

    def model(metadata: sa.MetaData) -> None:
        sa.Table("p", metadata, *map(copied, parent))
        sa.Table("kid", metadata, *map(copied, child), postgresql_inherits="p")

    return model


def mood(*labels: str, default: str) -> sa.Column[Any]:
    return column("e", sa.Enum(*labels, name="e"), server_default=default)


X, Y = column("x"), column("y")
ONE, TWO, THREE = (column("x", server_default=value) for value in "123")
SURE = column("x", nullable=False)
WIDE = column("x", sa.BigInteger)
NAME, TEXT = column("x", sa.String(9)), column("x", sa.Text)
SUM = (sa.Computed("x + y", persisted=True),)
PREDICATE = "x <> 'a'"
PARTIAL = [sa.Index("ix")]


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
        pytest.param(
            family([X], [Y, sa.CheckConstraint("x IN (1, 2)", name="ck")]),
            family([WIDE], [Y, sa.CheckConstraint("x IN (1, 2)", name="ck")]),
            id="a type, under a condition of the child's",
        ),
        pytest.param(
            family([X], [X, Y, sa.CheckConstraint("x IN (1, 2)", name="ck")]),
            family([WIDE], [WIDE, Y, sa.CheckConstraint("x IN (1, 2)", name="ck")]),
            id="a type, under a condition over the child's own",
        ),
        pytest.param(
            family([X], [Y, sa.Column("g", sa.BigInteger, *SUM)]),
            family([WIDE], [Y, sa.Column("g", sa.BigInteger, *SUM)]),
            id="a type, under a generated column of the child's",
        ),
        pytest.param(
            family([NAME], [Y, *PARTIAL]), family([TEXT], [Y, *PARTIAL]), id="a type, under an index of the child's"
        ),
        pytest.param(
            family([X, sa.Column("e", sa.Enum("a", "b", name="e"))], [Y, sa.CheckConstraint("e <> 'b'", name="ck")]),
            family([X, sa.Column("e", sa.Enum("b", "a", name="e"))], [Y, sa.CheckConstraint("e <> 'b'", name="ck")]),
            id="an enum made anew, under a condition of the child's",
        ),
        pytest.param(
            family([mood("a", "b", default="a")], [mood("a", "b", default="b"), Y]),
            family([mood("b", "a", default="a")], [mood("b", "a", default="b"), Y]),
            id="an enum made anew, under defaults of both",
        ),
        pytest.param(lambda metadata: None, family([X], [X, Y]), id="both come"),
    ],
)
def test_a_change_runs_up_and_down(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after)


@pytest.mark.parametrize(
    ("parent", "child"),
    [
        ([SURE], [X]),
        ([ONE], [X]),
        ([ONE], [column("x", server_default=sa.null())]),
        ([column("x", primary_key=True)], [column("x", autoincrement=False)]),
    ],
    ids=["not null", "a default", "a default that the child says it has not", "a sequence"],
)
def test_what_a_child_has_from_its_parent_is_no_difference(
    postgresql: Any, parent: list[Any], child: list[Any]
) -> None:
    round_trip(postgresql, family(parent, child), family(parent, [*child, Y]))


@pytest.mark.parametrize(
    "hanging",
    [
        "CREATE VIEW v AS SELECT x, e FROM kid",
        "CREATE TRIGGER tr BEFORE UPDATE OF x, e ON kid FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
@pytest.mark.parametrize(("type_", "labels"), [(sa.BigInteger, "ab"), (sa.Integer, "ba")], ids=["a type", "an enum"])
def test_what_hangs_on_a_column_that_the_child_has_from_its_parent_is_made_again(
    postgresql: Any, hanging: str, type_: Any, labels: str
) -> None:
    def model(type_: Any, *labels: str) -> Model:
        return family([column("x", type_), column("e", sa.Enum(*labels, name="e"))], [Y])

    before, after = model(sa.Integer, "a", "b"), model(type_, *labels)
    built(before).create_all(postgresql.engine())
    postgresql.execute(hanging, "INSERT INTO kid VALUES (1, 'a', 2)")
    was = seen(postgresql)
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    run(postgresql, down)
    assert seen(postgresql) == was


def test_a_default_of_the_childs_own_outlives_a_change_of_the_parents(postgresql: Any) -> None:
    round_trip(postgresql, family([ONE], [TWO]), family([THREE], [TWO]))
    postgresql.execute("INSERT INTO kid DEFAULT VALUES")
    assert postgresql.rows("SELECT x FROM p") == [(2,)]
    assert nothing_to_do(postgresql, family([ONE], [TWO]))


OF_A_CHILD = (
    "CREATE TABLE p (x int, t text)",
    'CREATE TABLE "Q q" (z int) INHERITS (p)',
    'ALTER TABLE "Q q" ALTER t SET STORAGE EXTERNAL, ALTER t SET COMPRESSION pglz, ALTER t SET STATISTICS 7',
    "ALTER TABLE \"Q q\" ALTER x SET DEFAULT '7', ALTER x SET (n_distinct = 5)",
    "COMMENT ON COLUMN \"Q q\".t IS 'it''s {a} :b'",
    'GRANT SELECT (t) ON "Q q" TO PUBLIC',
)
OF_COLUMNS = """
SELECT attrelid::regclass::text, attname::text, attstorage::text, attcompression::text, nullif(attstattarget, -1), attoptions,
       attacl::text, attislocal, col_description(attrelid, attnum), pg_get_expr(adbin, adrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid IN (to_regclass('p'), to_regclass('"Q q"')) AND attnum > 0 ORDER BY 1, 2
"""


@pytest.mark.parametrize(("type_", "tables"), [(sa.String(80), 2), (sa.Text, 1), (sa.Text, 0)])
def test_what_a_childs_inherited_columns_have_is_kept(postgresql: Any, type_: Any, tables: int) -> None:
    def model(metadata: sa.MetaData) -> None:
        if tables:
            sa.Table("p", metadata, sa.Column("x", sa.Integer), sa.Column("t", type_))
        if tables > 1:
            sa.Table("Q q", metadata, sa.Column("z", sa.Integer), postgresql_inherits="p")

    postgresql.execute(*OF_A_CHILD)
    was = postgresql.rows(OF_COLUMNS)
    up, down = script(postgresql, model)
    run(postgresql, up)
    assert nothing_to_do(postgresql, model)
    kept = {row[:4] for row in postgresql.rows(OF_COLUMNS) if row[0] == '"Q q"'}
    assert kept <= {row[:4] for row in was}
    run(postgresql, down)
    assert postgresql.rows(OF_COLUMNS) == was


def test_what_a_child_declares_once_more_is_no_difference_where_the_models_leave_it_to_the_parent(
    postgresql: Any,
) -> None:
    """The server would refuse to drop it."""
    condition = sa.CheckConstraint("x > 0", name="ck")
    built(family([X, condition], [X, Y, condition])).create_all(postgresql.engine())
    assert nothing_to_do(postgresql, family([X, condition], [Y]))


def test_a_table_that_no_longer_inherits_inherits_again(postgresql: Any) -> None:
    def apart(metadata: sa.MetaData) -> None:
        for name in ("p", "kid"):
            sa.Table(name, metadata, X._copy(), *([Y._copy()] if name == "kid" else []))

    built(family([X], [Y])).create_all(postgresql.engine())
    up, down = script(postgresql, apart)
    for body, wanted in ((up, apart), (down, family([X], [Y]))):
        run(postgresql, body)
        assert nothing_to_do(postgresql, wanted)
