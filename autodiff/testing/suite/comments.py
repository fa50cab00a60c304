"""Comments of tables and of columns."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, String, Table

from autodiff.testing.fixtures import MigrationTest

__all__ = ["AutogenerateCommentsTest"]


def commented(table: str | None = None, column: str | None = None) -> MetaData:
    """A table with a comment, or one of whose columns has one."""
    metadata = MetaData()
    Table(
        "some_table",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("x", String(10), comment=column),
        comment=table,
    )
    return metadata


AWKWARD = 'it\'s 100% "done": a\\b'


class AutogenerateCommentsTest(MigrationTest):
    """COMMENT ON, or whatever the database has in its place."""

    __requires__ = ("comments",)

    def test_add_table_comment(self) -> None:
        self.found(self.change(commented(), commented("this is some comment")), ["add_table_comment"])

    def test_remove_table_comment(self) -> None:
        self.found(self.change(commented("this is some comment"), commented()), ["remove_table_comment"])

    def test_alter_table_comment(self) -> None:
        self.found(self.change(commented("this is some comment"), commented(AWKWARD)), ["add_table_comment"])

    def test_existing_table_comment_no_change(self) -> None:
        self.unchanged(commented(AWKWARD), commented(AWKWARD))

    def test_add_column_comment(self) -> None:
        self.found(self.change(commented(), commented(None, "the x")), ["modify_comment"])

    def test_remove_column_comment(self) -> None:
        self.found(self.change(commented(None, "the x"), commented()), ["modify_comment"])

    def test_alter_column_comment(self) -> None:
        self.found(self.change(commented(None, "the x"), commented(None, AWKWARD)), ["modify_comment"])

    def test_existing_column_comment_no_change(self) -> None:
        self.unchanged(commented(None, AWKWARD), commented(None, AWKWARD))
