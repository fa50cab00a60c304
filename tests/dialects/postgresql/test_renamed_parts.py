"""A constraint or an index that changes nothing but its name is renamed: nothing is read again, and nothing let go."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from autodiff.autogenerate import compare_metadata
from autodiff.migration import MigrationContext
from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, round_trip, run, script, seen

FILES = """
SELECT (SELECT array_agg(pg_relation_filenode(indexrelid) ORDER BY 1) FROM pg_index WHERE indrelid = to_regclass('t')),
       (SELECT array_agg(oid ORDER BY oid) FROM pg_constraint WHERE conrelid IN (to_regclass('t'), to_regclass('o')))
"""
ROWS = ("INSERT INTO t VALUES (1, 2, 3)", "INSERT INTO o VALUES (1)")


def model(*names: str | None, type_: Any = sa.Integer) -> Model:
    """A table with a part of each kind, and a foreign key to its primary key."""
    pk, uq, ck, ix, ex, fk = names

    def make(metadata: sa.MetaData) -> None:
        sa.Table(
            "t",
            metadata,
            sa.Column("id", sa.Integer, autoincrement=False),
            sa.Column("x", type_),
            sa.Column("y", sa.Integer),
            sa.PrimaryKeyConstraint("id", name=pk),
            sa.UniqueConstraint("x", "y", name=uq, deferrable=True),
            sa.CheckConstraint("x > 0", name=ck),
            sa.Index(ix, "y", sa.text("(x + 1) DESC"), unique=True, postgresql_where=sa.text("y > 0")),
            ExcludeConstraint(("x", "="), name=ex, using="btree"),
        )
        sa.Table("o", metadata, sa.Column("id", sa.ForeignKey("t.id", name=fk), primary_key=True, autoincrement=False))

    return make


UNNAMED = (None, None, None, "ix", None, None)
OLD = ("pk", "uq", "ck", "ix", "ex", "fk")
NEW = ("pk2", "uq2", "ck2", "ix2", "ex2", "fk2")
HOSTILE = ('p"k', "u %s q", "c.k", "i:x", "e\\x", "f'k")


@pytest.mark.parametrize(
    ("before", "after", "renames"),
    [
        pytest.param(OLD, NEW, 6, id="all"),
        pytest.param(OLD, HOSTILE, 6, id="to names that need quotes"),
        pytest.param(UNNAMED, NEW, 6, id="what the server had named"),
        pytest.param(
            ("b", "c", "ck", "d", "e", "fk"), ("a", "b", "ck", "c", "d", "fk"), 4, id="to a name that another had"
        ),
    ],
)
def test_it_is_renamed(
    postgresql: Any, before: tuple[str | None, ...], after: tuple[str | None, ...], renames: int
) -> None:
    built(model(*before)).create_all(postgresql.engine())
    postgresql.execute(*ROWS)
    was, files = seen(postgresql), postgresql.rows(FILES)
    up, down = script(postgresql, model(*after))
    for body in (up, down):
        assert body.count("op.rename_") == body.count("op.") == renames, body
    run(postgresql, up)
    assert nothing_to_do(postgresql, model(*after))
    assert postgresql.rows(FILES) == files
    run(postgresql, down)
    assert (seen(postgresql), postgresql.rows(FILES)) == (was, files)


@pytest.mark.parametrize("type_", [sa.Integer, sa.BigInteger])
def test_what_is_not_valid_stays_so(postgresql: Any, type_: Any) -> None:
    """Where the type of the column changes, the check is made anew."""
    built(model(*OLD)).create_all(postgresql.engine())
    constraints = "ALTER TABLE t DROP CONSTRAINT ck", "ALTER TABLE o DROP CONSTRAINT fk"
    postgresql.execute(*constraints, "INSERT INTO t VALUES (1, -1)", "INSERT INTO o VALUES (2)")
    postgresql.execute("ALTER TABLE t ADD CONSTRAINT ck CHECK (x > 0) NOT VALID")
    postgresql.execute("ALTER TABLE o ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES t NOT VALID")
    was = seen(postgresql)
    up, down = script(postgresql, model(*NEW, type_=type_))
    run(postgresql, up)
    assert nothing_to_do(postgresql, model(*NEW, type_=type_))
    not_valid = postgresql.rows("SELECT conname::text FROM pg_constraint WHERE NOT convalidated ORDER BY 1")
    assert not_valid == [("ck2",), ("fk2",)]
    run(postgresql, down)
    assert seen(postgresql) == was


def two_uniques(of_x: str, of_y: str, comment: str) -> Any:
    """Models with two unique constraints: their names, and the comment on the first."""
    return lambda m: sa.Table(
        "t",
        m,
        sa.Column("x", sa.Integer, key="k"),
        sa.Column("y", sa.Integer),
        sa.UniqueConstraint("k", name=of_x, comment=comment),
        sa.UniqueConstraint("y", name=of_y),
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(model(*OLD), model(*NEW, type_=sa.BigInteger), id="whose column changes its type"),
        pytest.param(model("a", "b", *OLD[2:]), model("b", "a", *OLD[2:]), id="that exchanges it with another"),
        pytest.param(model("a", "b", "ck", "c", *OLD[4:]), model("b", "c", "ck", "a", *OLD[4:]), id="in a circle"),
        pytest.param(
            two_uniques("a", "b", comment="of x"),
            two_uniques("b", "c", comment="of x, now b"),
            id="and its comment",
        ),
    ],
)
def test_one_that_cannot_be_renamed_alone_is_made_anew(postgresql: Any, before: Model, after: Model) -> None:
    up, _ = round_trip(postgresql, before, after)
    assert "op.drop_constraint" in up


def named(table: str, unique: str, **info: Any) -> Model:
    def make(metadata: sa.MetaData) -> None:
        columns = sa.Column("x", sa.Integer, nullable=False), sa.UniqueConstraint("x", name=unique)
        sa.Table(table, metadata, *columns, sa.CheckConstraint("x > 0", name=f"ck_{table}"), **info)
        sa.Table("o", metadata, sa.Column("x", sa.ForeignKey(f"{table}.x"), primary_key=True))

    return make


def test_a_table_that_is_renamed_with_its_convention_is_not_read(postgresql: Any) -> None:
    after = named("u", "uq_u", info={"renamed_from": "t"})
    up, _ = round_trip(postgresql, named("t", "uq_t"), after, ("INSERT INTO t VALUES (1)", "INSERT INTO o VALUES (1)"))
    assert "op.drop" not in up


def test_a_child_gets_the_name_of_its_parents_check(postgresql: Any) -> None:
    def family(check: str) -> Model:
        def make(metadata: sa.MetaData) -> None:
            for table, options in (("p", {}), ("q", {"postgresql_inherits": "p"})):
                condition = sa.CheckConstraint("x > 0", name=check)
                sa.Table(table, metadata, sa.Column("x", sa.Integer), condition, **options)

        return make

    round_trip(postgresql, family("a"), family("b"), ("INSERT INTO q VALUES (1)",))


def test_a_partitioned_tables_parts_are_renamed(postgresql: Any) -> None:
    def parted(*names: str) -> Model:
        def make(metadata: sa.MetaData) -> None:
            sa.Table(
                "t",
                metadata,
                sa.Column("x", sa.Integer, autoincrement=False),
                sa.Column("y", sa.Integer),
                sa.PrimaryKeyConstraint("x", "y", name=names[0]),
                sa.CheckConstraint("x > 0", name=names[1]),
                sa.Index(names[2], "y"),
                postgresql_partition_by="RANGE (x)",
            )

        return make

    built(parted("a", "b", "c")).create_all(postgresql.engine())
    postgresql.execute("CREATE TABLE t1 PARTITION OF t DEFAULT", "INSERT INTO t VALUES (1, 1)")
    was = seen(postgresql)
    up, down = script(postgresql, parted("d", "e", "f"))
    assert up.count("op.rename_") == up.count("op.") == 3
    run(postgresql, up)
    assert nothing_to_do(postgresql, parted("d", "e", "f"))
    run(postgresql, down)
    assert seen(postgresql) == was


def test_one_that_is_made_anew_keeps_what_is_not_compared(postgresql: Any) -> None:
    def expression(name: str, type_: Any) -> Model:
        return lambda m: sa.Table("t", m, sa.Column("x", type_), sa.Index(name, sa.text("abs(x)")))

    built(expression("a", sa.Integer)).create_all(postgresql.engine())
    postgresql.execute("ALTER INDEX a ALTER COLUMN 1 SET STATISTICS 55", "ALTER TABLE t CLUSTER ON a")
    has = "SELECT attstattarget, indisclustered FROM pg_attribute JOIN pg_index ON indexrelid = attrelid"
    up, down = script(postgresql, expression("b", sa.Numeric))
    assert "op.drop_index" in up
    for body in (up, down):
        run(postgresql, body)
        assert (55, True) in postgresql.rows(has)


def test_a_comparison_still_tells_what_goes_and_what_comes(postgresql: Any) -> None:
    built(model(*OLD)).create_all(postgresql.engine())
    with postgresql.engine().connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), built(model(*NEW)))
    told = sorted((word, str(thing.name)) for word, thing in found)
    gone = [
        ("remove_fk", "fk"),
        ("remove_index", "ix"),
        *(("remove_constraint", name) for name in ("pk", "uq", "ck", "ex")),
    ]
    assert told == sorted([*gone, *((word.replace("remove", "add"), f"{name}2") for word, name in gone)])


def commented(type_: Any = sa.Integer, check: str | None = None, key: str | None = None) -> Model:
    def make(metadata: sa.MetaData) -> None:
        condition = sa.CheckConstraint("x > 0", name="ck", comment=check)
        columns = sa.Column("id", sa.Integer, autoincrement=False), sa.Column("x", type_)
        sa.Table("t", metadata, *columns, sa.PrimaryKeyConstraint("id", name="pk", comment=key), condition)
        sa.Table("o", metadata, sa.Column("id", sa.ForeignKey("t.id")))

    return make


def test_a_comment_lets_no_foreign_key_go(postgresql: Any) -> None:
    up, down = round_trip(postgresql, commented(), commented(key="it's", check="50%"))
    assert "op.drop" not in up + down


def test_a_comment_comes_with_a_check_whose_column_changes_its_type(postgresql: Any) -> None:
    round_trip(postgresql, commented(), commented(sa.Numeric, "50%"), ("INSERT INTO t VALUES (1, 1)",))
