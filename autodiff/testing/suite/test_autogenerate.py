"""A database made of models is equal to them, other models are a difference, and what is written for it leads there and
back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, MetaData

from autodiff.testing.fixtures import BackendTest, needs


def one_table(*more: Any, **options: Any) -> MetaData:
    metadata = MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False), *more, **options)
    return metadata


class AutogenerateTablesTest(BackendTest):
    def test_a_table_is_added(self, bind: Connection) -> None:
        after = one_table()
        sa.Table("new", after, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
        self.goes_and_comes_back(bind, one_table(), after)

    def test_a_column_is_added(self, bind: Connection) -> None:
        self.goes_and_comes_back(bind, one_table(), one_table(sa.Column("name", sa.String(20))))

    @needs("alter_column")
    def test_a_type_changes(self, bind: Connection) -> None:
        before, after = (one_table(sa.Column("name", sa.String(length))) for length in (20, 50))
        self.goes_and_comes_back(bind, before, after)

    @needs("alter_column")
    def test_nullability_changes(self, bind: Connection) -> None:
        before, after = (one_table(sa.Column("n", sa.Integer, nullable=nullable)) for nullable in (True, False))
        self.goes_and_comes_back(bind, before, after)

    @needs("alter_column")
    def test_a_default_changes(self, bind: Connection) -> None:
        before, after = (one_table(sa.Column("name", sa.String(20), server_default=text)) for text in ("a", "o'b"))
        self.goes_and_comes_back(bind, before, after, compare_server_default=True)

    @needs("index_reflection")
    def test_an_index_is_added(self, bind: Connection) -> None:
        after = one_table(sa.Column("a", sa.Integer), sa.Index("ix_t_a", "a"))
        self.goes_and_comes_back(bind, one_table(sa.Column("a", sa.Integer)), after)

    @needs("alter_constraints")
    @needs("unique_constraint_reflection")
    def test_a_unique_constraint_is_added(self, bind: Connection) -> None:
        after = one_table(sa.Column("a", sa.Integer), sa.UniqueConstraint("a", name="uq_t_a"))
        self.goes_and_comes_back(bind, one_table(sa.Column("a", sa.Integer)), after)


class AutogenerateForeignKeysTest(BackendTest):
    def models(self, **options: Any) -> MetaData:
        metadata = one_table()
        keys = [sa.ForeignKeyConstraint(["t_id"], ["t.id"], **options)] if options else []
        sa.Table("c", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("t_id", sa.Integer), *keys)
        return metadata

    @needs("alter_constraints")
    @needs("foreign_key_constraint_reflection")
    def test_a_foreign_key_is_added(self, bind: Connection) -> None:
        self.goes_and_comes_back(bind, self.models(), self.models(name="fk_c_t"))

    @needs("alter_constraints")
    @needs("foreign_key_constraint_reflection")
    @needs("foreign_key_actions")
    def test_its_actions_change(self, bind: Connection) -> None:
        before, after = self.models(name="fk_c_t"), self.models(name="fk_c_t", ondelete="CASCADE")
        self.goes_and_comes_back(bind, before, after)


class AutogenerateCommentsTest(BackendTest):
    @needs("comments")
    def test_comments_change(self, bind: Connection) -> None:
        before = one_table(sa.Column("a", sa.Integer), comment="before")
        after = one_table(sa.Column("a", sa.Integer, comment="it's a"), comment='"after"')
        self.goes_and_comes_back(bind, before, after)


class AutogenerateComputedTest(BackendTest):
    @needs("computed_columns")
    def test_a_computed_column_is_added(self, bind: Connection) -> None:
        after = one_table(sa.Column("twice", sa.Integer, sa.Computed("id * 2", persisted=True)))
        self.goes_and_comes_back(bind, one_table(), after)


class AutogenerateIdentityTest(BackendTest):
    @needs("identity_columns")
    def test_a_table_with_an_identity_is_equal_to_its_models(self, bind: Connection) -> None:
        metadata = MetaData()
        sa.Table("t", metadata, sa.Column("id", sa.Integer, sa.Identity(start=5, increment=5), primary_key=True))
        metadata.create_all(bind)
        self.is_like(bind, metadata)
