"""Columns that the database fills in: computed ones, and identities."""

from __future__ import annotations

from sqlalchemy import Column, Computed, Identity, Integer, MetaData, String, Table

from autodiff.testing.fixtures import MigrationTest, requires

__all__ = ["AutogenerateComputedTest", "AutogenerateIdentityTest"]


def prices(computed: Computed | None = None) -> MetaData:
    """A table with a column, and another that is computed from it."""
    metadata = MetaData()
    extra = [] if computed is None else [Column("twice", Integer, computed)]
    Table("price", metadata, Column("id", Integer, primary_key=True), Column("net", Integer), *extra)
    return metadata


ROWS = {"price": [{"id": 1, "net": 3}]}


class AutogenerateComputedTest(MigrationTest):
    """GENERATED ALWAYS AS."""

    __requires__ = ("computed_columns",)

    @requires("computed_columns_alter")
    def test_add_computed_column(self) -> None:
        self.found(self.change(prices(), prices(Computed("net * 2", persisted=True)), ROWS), ["add_column"])

    @requires("computed_columns_alter")
    def test_remove_computed_column(self) -> None:
        self.found(self.change(prices(Computed("net * 2", persisted=True)), prices(), ROWS), ["remove_column"])

    def test_computed_unchanged(self) -> None:
        self.unchanged(prices(Computed("net * 2", persisted=True)), prices(Computed("net*2", persisted=True)))

    def test_create_a_table_with_a_computed_column(self) -> None:
        self.found(self.change(MetaData(), prices(Computed("net * 2", persisted=True))), ["add_table"])


def numbered(identity: Identity | None = None, *, there: bool = True) -> MetaData:
    """A table with a column that may be an identity."""
    metadata = MetaData()
    column = (
        [Column("number", Integer, identity, nullable=False)]
        if identity
        else [Column("number", Integer, nullable=False)]
    )
    Table("some_table", metadata, Column("name", String(20)), *(column if there else []))
    return metadata


class AutogenerateIdentityTest(MigrationTest):
    """GENERATED AS IDENTITY."""

    __requires__ = ("identity_columns",)

    def test_create_a_table_with_an_identity(self) -> None:
        self.found(self.change(MetaData(), numbered(Identity(start=10))), ["add_table"])

    def test_add_identity_column(self) -> None:
        found = self.change(numbered(there=False), numbered(Identity(start=3)), {"some_table": [{"name": "a"}]})
        self.found(found, ["add_column"])

    def test_remove_identity_column(self) -> None:
        self.found(self.change(numbered(Identity()), numbered(there=False)), ["remove_column"])

    def test_no_change_identity_column(self) -> None:
        self.unchanged(numbered(Identity(start=2)), numbered(Identity(start=2)))

    @requires("identity_columns_alter")
    def test_change_identity(self) -> None:
        self.found(self.change(numbered(Identity(always=True)), numbered(Identity(always=False, increment=7))), [])

    @requires("identity_columns_alter")
    def test_add_identity_to_column(self) -> None:
        self.found(self.change(numbered(), numbered(Identity(always=True))), [])

    @requires("identity_columns_alter")
    def test_remove_identity_from_column(self) -> None:
        self.found(self.change(numbered(Identity(always=True)), numbered()), [])
