"""What the operations on tables hold, and how they are undone."""

from __future__ import annotations

import sqlalchemy as sa

from autodiff.operations import ops


def a_table() -> sa.Table:
    return sa.Table(
        "t",
        sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"}),
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.String, sa.CheckConstraint("b > 1", name="bb"), unique=True, index=True),
        sa.Column("c", sa.ForeignKey("t.a")),
        sa.CheckConstraint("a > 1", name="pos"),
        comment="tables have comments",
    )


def test_a_table_that_was_dropped_comes_back_the_same():
    created = ops.CreateTableOp.from_table(a_table())
    assert created.reverse().reverse() == created


def test_diff_tuples_of_tables_carry_tables():
    created = ops.CreateTableOp.from_table(a_table())
    word, table = created.to_diff_tuple()
    assert (word, table.name, table.comment) == ("add_table", "t", "tables have comments")
    assert created.reverse().to_diff_tuple()[0] == "remove_table"


def test_a_table_made_from_a_table_has_its_constraints_once():
    made = ops.CreateTableOp.from_table(a_table()).to_table()
    assert len(made.constraints) == 3
    assert len(made.c.b.constraints) == 1


def test_comments_are_undone_with_the_comment_before():
    changed = ops.CreateTableCommentOp("t", "new", existing_comment="old")
    assert changed.reverse() == ops.CreateTableCommentOp("t", "old", existing_comment="new")
    first = ops.CreateTableCommentOp("t", "new")
    assert first.reverse() == ops.DropTableCommentOp("t", existing_comment="new")
    assert first.reverse().reverse() == first
