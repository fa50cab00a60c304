"""Indexes and unique constraints."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint

from autodiff.testing.fixtures import MigrationTest

__all__ = ["IndexTest", "UniqueConstraintTest"]


def indexed(*parts: Any) -> MetaData:
    """A table of three columns with these indexes or constraints."""
    metadata = MetaData()
    columns = (Column("id", Integer, primary_key=True), Column("a", Integer), Column("b", String(30)))
    Table("t", metadata, *columns, *parts)
    return metadata


ROWS = {"t": [{"id": 1, "a": 1, "b": "x"}]}


class IndexTest(MigrationTest):
    """CREATE INDEX and DROP INDEX."""

    __requires__ = ("index_reflection",)

    def test_add_index(self) -> None:
        self.found(self.change(indexed(), indexed(Index("ix_t_a", "a")), ROWS), ["add_index"])

    def test_remove_index(self) -> None:
        self.found(self.change(indexed(Index("ix_t_a", "a")), indexed(), ROWS), ["remove_index"])

    def test_add_an_index_of_several_columns(self) -> None:
        self.found(self.change(indexed(), indexed(Index("ix_t_b_a", "b", "a"))), ["add_index"])

    def test_add_a_unique_index(self) -> None:
        self.found(self.change(indexed(), indexed(Index("ix_t_a", "a", unique=True)), ROWS), ["add_index"])

    def test_an_index_that_becomes_unique(self) -> None:
        found = self.change(indexed(Index("ix_t_a", "a")), indexed(Index("ix_t_a", "a", unique=True)), ROWS)
        self.found(found, ["add_index", "remove_index"])

    def test_an_index_of_other_columns(self) -> None:
        found = self.change(indexed(Index("ix_t", "a")), indexed(Index("ix_t", "a", "b")), ROWS)
        self.found(found, ["add_index", "remove_index"])

    def test_no_change(self) -> None:
        self.unchanged(indexed(Index("ix_t_b_a", "b", "a")), indexed(Index("ix_t_b_a", "b", "a")))


class UniqueConstraintTest(MigrationTest):
    """UNIQUE."""

    __requires__ = ("unique_constraint_reflection",)

    def test_add_unique_constraint(self) -> None:
        found = self.change(indexed(), indexed(UniqueConstraint("a", "b", name="uq_t_a_b")), ROWS)
        self.found(found, ["add_constraint"])

    def test_remove_unique_constraint(self) -> None:
        found = self.change(indexed(UniqueConstraint("a", name="uq_t_a")), indexed(), ROWS)
        # MySQL tells a unique constraint that no model names as what it keeps of it, an index.
        self.found(found, ["remove_index" if "remove_index" in found else "remove_constraint"])

    def test_a_constraint_of_other_columns(self) -> None:
        before, after = (indexed(UniqueConstraint(*names, name="uq_t")) for names in (("a",), ("a", "b")))
        self.found(self.change(before, after, ROWS), ["add_constraint", "remove_constraint"])

    def test_no_change(self) -> None:
        self.unchanged(
            indexed(UniqueConstraint("a", "b", name="uq_t_a_b")), indexed(UniqueConstraint("a", "b", name="uq_t_a_b"))
        )
