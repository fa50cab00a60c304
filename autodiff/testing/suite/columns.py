"""Columns come, go and change; rows are kept."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, String, Table, select, text

from autodiff.operations.base import Operations
from autodiff.testing.assertions import eq_
from autodiff.testing.fixtures import MigrationTest, config, created, differences, migration_context, requires

__all__ = ["AutoincrementTest", "BackendAlterColumnTest", "ColumnTest"]

ROWS = {"t": [{"id": 1, "x": 5}, {"id": 2, "x": 7}]}


def table(*columns: Column[Any], name: str = "t") -> MetaData:
    """A table that has an id and these columns."""
    metadata = MetaData()
    Table(name, metadata, Column("id", Integer, primary_key=True), *columns)
    return metadata


class ColumnTest(MigrationTest):
    """ADD COLUMN and DROP COLUMN."""

    def test_add_column(self) -> None:
        before, after = table(Column("x", Integer)), table(Column("x", Integer), Column("y", String(30)))
        self.found(self.change(before, after, ROWS), ["add_column"])

    def test_add_several_columns(self) -> None:
        after = table(Column("x", Integer), Column("y", String(30)), Column("z", Integer))
        self.found(self.change(table(Column("x", Integer)), after, ROWS), ["add_column", "add_column"])

    @requires("server_default_reflection")
    def test_add_a_column_that_must_not_be_null_to_rows(self) -> None:
        after = table(Column("x", Integer), Column("y", Integer, nullable=False, server_default=text("3")))
        self.found(self.change(table(Column("x", Integer)), after, ROWS), ["add_column"])

    def test_drop_column(self) -> None:
        before = table(Column("x", Integer), Column("y", String(30), nullable=True))
        rows = {"t": [{"id": 1, "x": 5}]}
        self.found(self.change(before, table(Column("x", Integer)), rows), ["remove_column"])


class BackendAlterColumnTest(MigrationTest):
    """op.alter_column: what it changes is so afterwards, and what it does not change stays."""

    __requires__ = ("alter_column",)

    def _alter(self, before: Column[Any], after: Column[Any], **changes: Any) -> None:
        self.altered(table(before), table(after), lambda op: alter(op, before, changes), t=[{"id": 1, before.key: 5}])

    def test_rename_column(self) -> None:
        self._alter(Column("x", Integer), Column("y", Integer), new_column_name="y", existing_type=Integer())

    def test_modify_type_int_str(self) -> None:
        self._alter(Column("x", Integer), Column("x", String(50)), type_=String(50), existing_type=Integer())

    @requires("server_default_reflection")
    def test_add_server_default_int(self) -> None:
        self._alter(
            Column("x", Integer),
            Column("x", Integer, server_default=text("5")),
            server_default=text("5"),
            existing_type=Integer(),
        )

    @requires("server_default_reflection")
    def test_modify_server_default_int(self) -> None:
        self._alter(
            Column("x", Integer, server_default=text("2")),
            Column("x", Integer, server_default=text("5")),
            server_default=text("5"),
            existing_type=Integer(),
            existing_server_default=text("2"),
        )

    @requires("server_default_reflection")
    def test_remove_server_default(self) -> None:
        self._alter(
            Column("x", Integer, server_default=text("2")),
            Column("x", Integer),
            server_default=None,
            existing_type=Integer(),
            existing_server_default=text("2"),
        )

    @requires("server_default_reflection")
    def test_a_server_default_is_what_a_row_gets(self) -> None:
        before, after = table(Column("x", Integer)), table(Column("x", Integer, server_default=text("5")))
        with created(before, after) as connection:
            changes = {"server_default": text("5"), "existing_type": Integer()}
            with Operations.context(migration_context(connection, after, before)) as op:
                alter(op, before.tables["t"].c.x, changes)
            connection.commit()
            connection.execute(before.tables["t"].insert().values(id=1))
            eq_(connection.scalar(select(before.tables["t"].c.x)), 5)

    def test_modify_nullable_to_non(self) -> None:
        self._alter(Column("x", Integer), Column("x", Integer, nullable=False), nullable=False, existing_type=Integer())

    def test_modify_non_nullable_to_nullable(self) -> None:
        self._alter(
            Column("x", Integer, nullable=False),
            Column("x", Integer),
            nullable=True,
            existing_type=Integer(),
            existing_nullable=False,
        )

    @requires("server_default_reflection")
    def test_a_default_that_comes_or_becomes_another_is_found(self) -> None:
        none, two, five = (table(Column("x", Integer, server_default=given)) for given in (None, text("2"), text("5")))
        self.found(self.change(none, two), ["modify_default"])
        self.found(self.change(two, five), ["modify_default"])

    def test_several_changes_of_one_column_are_found_and_undone(self) -> None:
        found = self.change(table(Column("x", Integer)), table(Column("x", String(50), nullable=False)))
        self.found(found, ["modify_nullable", "modify_type"])


def alter(op: Any, column: Column[Any], changes: dict[str, Any]) -> None:
    """Alter a column of the table `t`: in place, or in a batch where the database cannot."""
    if config.requirements.alter_in_place.enabled:
        op.alter_column("t", column.key, **changes)
        return
    with op.batch_alter_table("t") as batch_op:
        batch_op.alter_column(column.key, **changes)


class AutoincrementTest(MigrationTest):
    """A primary key that counts by itself is the same as it was made, and still counts after a change."""

    def test_as_it_is_made_it_is_unchanged(self) -> None:
        for choice in ("auto", True, False):
            metadata = MetaData()
            Table("t", metadata, Column("id", Integer, primary_key=True, autoincrement=choice), Column("x", Integer))
            self.unchanged(metadata, metadata)

    @requires("autoincrement_on_composite_pk")
    def test_on_a_composite_key_it_is_unchanged(self) -> None:
        metadata = MetaData()
        Table(
            "t",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=True),
            Column("part", Integer, primary_key=True, autoincrement=False),
        )
        self.unchanged(metadata, metadata)

    @requires("alter_column", "alter_primary_key")
    def test_a_wider_key_still_counts(self) -> None:
        before, after = table(Column("x", Integer)), MetaData()
        wide = Table("t", after, Column("id", BigInteger, primary_key=True), Column("x", Integer))
        with created(before, after) as connection:
            connection.execute(before.tables["t"].insert(), [{"x": 1}, {"x": 2}])
            connection.commit()
            with Operations.context(migration_context(connection, after, before)) as op:
                alter(op, wide.c.id, WIDENED)
            connection.commit()
            eq_(differences(connection, after, before), [])
            connection.execute(wide.insert(), [{"x": 3}])
            eq_(connection.execute(wide.select().order_by(wide.c.id)).all()[-1], (3, 3))


WIDENED = {"type_": BigInteger(), "existing_type": Integer(), "existing_nullable": False, "autoincrement": True}
