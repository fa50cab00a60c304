"""Tables come, go and are renamed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, UniqueConstraint

from autodiff.operations.base import Operations
from autodiff.testing.assertions import eq_
from autodiff.testing.fixtures import MigrationTest, created, migration_context, requires

__all__ = ["TableTest"]


def shop(metadata: MetaData, *names: str) -> MetaData:
    """A table of customers, and one of orders that refers to it; those that are named."""
    if "customer" in names:
        Table(
            "customer",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("name", String(50), nullable=False),
            Column("email", String(100)),
            UniqueConstraint("email", name="uq_customer_email"),
        )
    if "purchase" in names:
        Table(
            "purchase",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("customer_id", ForeignKey("customer.id", name="fk_purchase_customer"), nullable=False),
            Column("state", String(20), server_default="new"),
        )
    return metadata


class TableTest(MigrationTest):
    """CREATE TABLE, DROP TABLE, and RENAME."""

    def test_create_tables_that_refer_to_each_other(self) -> None:
        self.found(self.change(MetaData(), shop(MetaData(), "customer", "purchase")), ["add_table", "add_table"])

    def test_create_a_table_that_refers_to_another(self) -> None:
        rows = {"customer": [{"id": 1, "name": "a", "email": "a@b"}]}
        before, after = shop(MetaData(), "customer"), shop(MetaData(), "customer", "purchase")
        self.found(self.change(before, after, rows), ["add_table"])

    def test_drop_table(self) -> None:
        found = self.change(shop(MetaData(), "customer", "purchase"), shop(MetaData(), "customer"))
        self.found(found, ["remove_table"])

    def test_rows_are_inserted(self) -> None:
        before = MetaData()
        table = Table("t", before, Column("id", Integer, primary_key=True), Column("name", String(20)))
        with created(before) as connection:
            context = migration_context(connection, before, before)
            with Operations.context(context) as op:
                op.bulk_insert(table, [{"id": 1, "name": "o'clock"}, {"id": 2, "name": None}])
            found = connection.execute(table.select().order_by(table.c.id)).all()
        eq_([tuple(row) for row in found], [(1, "o'clock"), (2, None)])

    @requires("rename_table")
    def test_rename_table(self) -> None:
        before, after = MetaData(), MetaData()
        for name, metadata in (("some_table", before), ("other_table", after)):
            Table(name, metadata, Column("id", Integer, primary_key=True), Column("x", String(30)))
        self.altered(
            before, after, lambda op: op.rename_table("some_table", "other_table"), some_table=[{"id": 1, "x": "y"}]
        )
