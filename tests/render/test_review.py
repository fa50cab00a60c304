"""What needs a judgement is said before the operation, with the fact, and listed for the terminal."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, String
from sqlalchemy.dialects import mysql, postgresql

from autodiff.operations import ops
from autodiff.render.review import Facts, Review, fits, listing
from autodiff.render.script import render_ops
from tests.render.roundtrip import context, dialect_named

READS = "reads the whole table under ACCESS EXCLUSIVE"
REWRITES = "rewrites the table under ACCESS EXCLUSIVE"
KEY_READS = "reads the table, and writes to both tables wait until it is done"
ADDED = ops.AddColumnOp("t", Column("a", Integer))
DROPPED_KEY = ops.CreateForeignKeyOp("f", "t", "p", ["a"], ["id"]).reverse()


def altered(old, new, **kw):
    return ops.AlterColumnOp("t", "a", modify_type=new, existing_type=old, **kw)


def said(op, dialect="postgresql", **rows):
    container = ops.UpgradeOps([op])
    return [n.text for n in Review(container, Facts(dialect_named(dialect), rows)).notes]


TABLE = sa.Table("t", sa.MetaData(), Column("id", Integer, nullable=False), Column("b", Integer))


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        (
            ops.DropTableOp.from_table(TABLE),
            "loses data: drops the table with about 12,400 rows; the downgrade brings the table back, empty",
        ),
        (ops.DropTableOp("t"), "loses data: drops the table with about 12,400 rows; nothing brings it back"),
        (
            ops.DropColumnOp.from_column_and_tablename(None, "t", Column("b", Integer)),
            "loses data: drops a column of about 12,400 rows; the downgrade brings the column back, empty",
        ),
        (
            ops.DropColumnOp.from_column_and_tablename(None, "t", Column("id", Integer, nullable=False)),
            "loses data: drops a column of about 12,400 rows; the downgrade brings the column back, empty (and stops if "
            "there are rows: it is NOT NULL and has no default)",
        ),
        (ops.DropSchemaOp("s", cascade=True), "loses data: drops the schema with all that is in it"),
        (
            altered(sa.Numeric(8, 2), sa.Numeric(6, 2), existing_nullable=False),
            f"{REWRITES} (numeric(8, 2) to numeric(6, 2)); fails where a value does not fit",
        ),
        (altered(Integer(), sa.BigInteger()), f"{REWRITES} (integer to bigint)"),
        (altered(sa.Text(), Integer()), f"{REWRITES} (text to integer); fails where a value does not fit"),
        (ops.AlterColumnOp("t", "a", modify_nullable=False), f"{READS}; stops where a row has NULL"),
        (ops.AlterColumnOp("t", "a", modify_nullable=False, existing_rows=0), READS),
        (
            ops.AddColumnOp("t", Column("n", Integer, nullable=False)),
            "stops where the table has rows (about 12,400 rows): say what they get, by existing_rows=… or a server_default",
        ),
        (ops.AddColumnOp("t", Column("n", Integer, sa.Identity())), REWRITES),
        (
            ops.CreateUniqueConstraintOp("u", "t", ["a", "b"]),
            "builds its index under ACCESS EXCLUSIVE; fails where rows have the same (a, b)",
        ),
        (
            ops.CreateForeignKeyOp("f", "t", "p", ["a"], ["id"]),
            "reads the table, and writes to both tables wait until it is done; fails where a row has no match in 'p'",
        ),
        (ops.CreateCheckConstraintOp("c", "t", "a > 0"), f"{READS}; fails where a row does not satisfy it"),
        (
            ops.CreateIndexOp("i", "t", ["a"]),
            "writes wait until it is built (postgresql_concurrently=True builds it beside them)",
        ),
        (
            ops.ReplaceEnumOp("e", ["a"], existing=["a", "b", "c"], mapping={"c": "a"}),
            f"{REWRITES}; fails where a row still has 'b'",
        ),
    ],
)
def test_an_operation_that_needs_a_judgement_says_why(op, wanted):
    assert said(op, t=12_400) == [wanted]


@pytest.mark.parametrize(
    "op",
    [
        ADDED,
        ops.AddColumnOp("t", Column("n", Integer, nullable=False, server_default="0")),
        ops.AddColumnOp("t", Column("n", Integer, nullable=False), existing_rows=0),
        ops.CreateIndexOp("i", "t", ["a"], postgresql_concurrently=True),
        ops.CreateForeignKeyOp("f", "t", "p", ["a"], ["id"], postgresql_not_valid=True),
        ops.CreateCheckConstraintOp("c", "t", "a > 0", postgresql_not_valid=True),
        altered(String(5), String(9)),
        altered(String(5), sa.Text()),
        altered(sa.Numeric(8, 2), sa.Numeric(12, 2)),
        ops.AlterColumnOp("t", "a", modify_server_default="5"),
        ops.DropIndexOp("i", "t"),
        ops.CreateEnumOp("e", ["a"]),
    ],
)
def test_an_operation_that_needs_none_says_nothing(op):
    assert said(op) == []


@pytest.mark.parametrize(
    ("first", "then", "wanted"),
    [
        (ADDED, ops.CreateForeignKeyOp("f", "t", "p", ["a"], ["id"]), [KEY_READS]),
        (
            ADDED,
            ops.CreateForeignKeyOp("f", "t", "p", ["b"], ["id"]),
            [f"{KEY_READS}; fails where a row has no match in 'p'"],
        ),
        (ADDED, ops.CreateUniqueConstraintOp("u", "t", ["b", "a"]), ["builds its index under ACCESS EXCLUSIVE"]),
        (ADDED, ops.CreateIndexOp("u", "t", ["a"], unique=True, postgresql_concurrently=True), []),
        (DROPPED_KEY, ops.CreateForeignKeyOp("f", "t", "p", ["a"], ["id"], ondelete="CASCADE"), [KEY_READS]),
        (
            DROPPED_KEY,
            ops.CreateForeignKeyOp("f", "t", "q", ["a"], ["id"]),
            [f"{KEY_READS}; fails where a row has no match in 'q'"],
        ),
    ],
)
def test_what_the_script_itself_makes_sure_of_is_no_matter_for_judgement(first, then, wanted):
    container = ops.UpgradeOps([first, then])
    assert [note.text for note in Review(container, Facts(dialect_named("postgresql"))).notes] == wanted


def test_type_and_null_together_read_the_table_once():
    both = altered(String(9), String(5), modify_nullable=False)
    assert said(both) == [
        f"{REWRITES} (varchar(9) to varchar(5)); fails where a value does not fit; stops where a row has NULL"
    ]


def test_a_table_of_the_same_script_is_empty():
    container = ops.UpgradeOps([ops.CreateTableOp("t", []), ops.CreateIndexOp("i", "t", ["a"], unique=True)])
    assert Review(container, Facts(dialect_named("postgresql"))).notes == []


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        ("mysql", ["copies the table, and writes wait until it is done (integer to bigint)"]),
        ("sqlite", []),
        ("oracle", []),
    ],
)
def test_the_cost_is_that_of_the_database(dialect, wanted):
    assert said(altered(Integer(), sa.BigInteger()), dialect) == wanted


COPIES = "copies the table, and writes wait until it is done"


@pytest.mark.parametrize("dialect", ["mysql", "mariadb"])
@pytest.mark.parametrize(
    ("old", "new", "copies"),
    [
        (String(50), String(60), False),
        (String(50, collation="latin1_swedish_ci"), String(50), True),
        (String(50), String(64), True),
        (String(80), String(120), False),
        (String(200), String(300), True),
        (String(300), String(400), False),
        (String(50), sa.Text(), True),
        (sa.CHAR(5), sa.CHAR(8), True),
        (sa.VARBINARY(50), sa.VARBINARY(200), False),
        (sa.VARBINARY(200), sa.VARBINARY(300), True),
        (sa.Enum("a", "b"), sa.Enum("a", "b", "c"), False),
        (sa.Enum("a", "b"), sa.Enum("a", "c", "b"), True),
        (sa.Enum("a", native_enum=False), sa.Enum("a", "b", "c", native_enum=False), False),
        (mysql.SET("a", "b"), mysql.SET("a", "b", "c"), False),
        (sa.Numeric(10, 2), sa.Numeric(12, 2), True),
        (Integer(), sa.BigInteger(), True),
    ],
    ids=str,
)
def test_mysql_copies_a_table_where_a_type_takes_more_bytes(dialect, old, new, copies):
    assert any(note.startswith(COPIES) for note in said(altered(old, new), dialect)) is copies


def test_of_an_unmeasured_database_what_may_fail_is_known():
    assert said(altered(sa.Text(), Integer()), "oracle") == ["fails where a value does not fit (clob to integer)"]
    assert said(ops.CreateIndexOp("i", "t", ["a"], unique=True), "oracle") == ["fails where rows have the same values"]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (String(5), String(5), True),
        (String(5), String(4), False),
        (String(), String(4), False),
        (sa.Text(), String(), True),
        (Integer(), String(), True),
        (Integer(), String(3), False),
        (sa.SmallInteger(), Integer(), True),
        (sa.BigInteger(), Integer(), False),
        (sa.Numeric(8, 2), sa.Numeric(), True),
        (sa.Numeric(), sa.Numeric(8, 2), False),
        (sa.Numeric(8, 2), sa.Numeric(9, 3), True),
        (sa.Numeric(8, 2), sa.Numeric(8, 3), False),
        (sa.Enum("a", name="e"), sa.Enum("a", "b", name="e"), True),
        (sa.Enum("a", "b", name="e"), sa.Enum("a", name="e"), False),
        (String(), sa.Enum("a", name="e"), False),
        (sa.Enum("a", name="e"), sa.Text(), True),
        (sa.DateTime(timezone=True), sa.DateTime(), False),
        (postgresql.JSONB(), postgresql.JSONB(), True),
        (mysql.INTEGER(unsigned=True), sa.BigInteger(), True),
    ],
)
def test_whether_each_value_fits_a_new_type(old, new, wanted):
    assert fits(old, new) is wanted


def test_notes_stand_before_their_operations_and_are_listed_with_their_lines():
    changes = ops.ModifyTableOps("t", [ADDED, ops.DropColumnOp("t", "b")])
    container = ops.UpgradeOps([changes, ops.DropTableOp("u")])
    review = Review(container, Facts(dialect_named("sqlite"), {"u": 1}))
    surroundings = context(dialect_named("sqlite"), render_as_batch=True)
    text = "def upgrade() -> None:\n    " + render_ops(container, surroundings, review.comments)
    assert text.split("\n")[2:8] == [
        '    with op.batch_alter_table("t") as batch_op:',
        '        batch_op.add_column(sa.Column("a", sa.Integer()))',
        "        # review: loses data: drops a column of its rows",
        '        batch_op.drop_column("b")',
        "    # review: loses data: drops the table with about 1 row; nothing brings it back",
        '    op.drop_table("u")',
    ]
    assert listing(review.notes, text) == "2 to review: a column dropped (line 6), a table dropped (line 8)"
    assert listing([], text) == ""
