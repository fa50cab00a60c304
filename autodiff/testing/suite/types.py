"""Types: a column is of the type that it was made with, and a change of it is found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    Unicode,
    UnicodeText,
)

from autodiff.testing.fixtures import MigrationTest, requires

__all__ = ["TypeTest"]

MODIFIED = ["modify_type"]


def typed(*types: Any) -> MetaData:
    """A table with a column of each type."""
    metadata = MetaData()
    columns = (Column(f"c{number}", type_) for number, type_ in enumerate(types))
    Table("t", metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


class TypeTest(MigrationTest):
    """compare_type."""

    def test_numbers_are_unchanged(self) -> None:
        types = (Integer, SmallInteger, BigInteger, Numeric(10, 2), Numeric(5), Float, Boolean)
        self.unchanged(typed(*types), typed(*types))

    def test_texts_are_unchanged(self) -> None:
        types = (String(30), Text, Unicode(20), UnicodeText, LargeBinary)
        self.unchanged(typed(*types), typed(*types))

    def test_times_are_unchanged(self) -> None:
        self.unchanged(typed(Date, DateTime, Time), typed(Date, DateTime, Time))

    @requires("alter_column")
    def test_a_longer_string(self) -> None:
        self.found(self.change(typed(String(30)), typed(String(50)), {"t": [{"id": 1, "c0": "x"}]}), MODIFIED)

    @requires("alter_column")
    def test_a_finer_number(self) -> None:
        self.found(self.change(typed(Numeric(10, 2)), typed(Numeric(12, 4))), MODIFIED)

    @requires("alter_column", "integer_subtype_comparisons")
    def test_a_wider_integer(self) -> None:
        self.found(self.change(typed(Integer), typed(BigInteger), {"t": [{"id": 1, "c0": 5}]}), MODIFIED)

    @requires("alter_column")
    def test_a_number_that_becomes_text(self) -> None:
        self.found(self.change(typed(Integer), typed(String(20))), MODIFIED)

    @requires("alter_column")
    def test_a_text_without_end(self) -> None:
        self.found(self.change(typed(String(20)), typed(Text), {"t": [{"id": 1, "c0": "x"}]}), MODIFIED)
