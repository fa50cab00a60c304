"""The directives do on the database what they say."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from autodiff.testing.fixtures import BackendTest, needs


def column(bind: Connection, table: str, name: str) -> Any:
    return next(c for c in sa.inspect(bind).get_columns(table) if c["name"] == name)


class BackendTablesTest(BackendTest):
    def test_a_table_is_made_and_dropped(self, bind: Connection) -> None:
        op = self.operations(bind)
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
        assert sa.inspect(bind).has_table("t")
        op.drop_table("t")
        assert not sa.inspect(bind).has_table("t")

    def test_a_column_is_added_and_dropped(self, bind: Connection) -> None:
        op = self.operations(bind)
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
        op.add_column("t", sa.Column("name", sa.String(20)))
        assert column(bind, "t", "name")["nullable"]
        op.drop_column("t", "name")
        assert [c["name"] for c in sa.inspect(bind).get_columns("t")] == ["id"]

    @needs("index_reflection")
    def test_an_index_is_made_and_dropped(self, bind: Connection) -> None:
        op = self.operations(bind)
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Integer))
        op.create_index("ix_t_a", "t", ["a"])
        assert [i["name"] for i in sa.inspect(bind).get_indexes("t")] == ["ix_t_a"]
        op.drop_index("ix_t_a", "t")
        assert sa.inspect(bind).get_indexes("t") == []

    def test_rows_are_inserted(self, bind: Connection) -> None:
        op = self.operations(bind)
        table = op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))
        op.bulk_insert(table, [{"id": 1, "name": "o'clock"}, {"id": 2, "name": None}])
        rows = bind.execute(sa.select(table.c.id, table.c.name).order_by(table.c.id)).all()
        assert [tuple(row) for row in rows] == [(1, "o'clock"), (2, None)]


class BackendAlterColumnTest(BackendTest):
    def made(self, bind: Connection, *, nullable: bool = True) -> Any:
        op = self.operations(bind)
        op.create_table(
            "t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.String(20), nullable=nullable)
        )
        return op

    @needs("alter_column")
    def test_the_type_changes(self, bind: Connection) -> None:
        self.made(bind).alter_column("t", "x", type_=sa.String(50), existing_type=sa.String(20), existing_nullable=True)
        assert column(bind, "t", "x")["type"].length == 50

    @needs("alter_column")
    def test_not_null_comes(self, bind: Connection) -> None:
        self.made(bind).alter_column("t", "x", nullable=False, existing_type=sa.String(20))
        assert not column(bind, "t", "x")["nullable"]

    @needs("alter_column")
    def test_not_null_goes(self, bind: Connection) -> None:
        self.made(bind, nullable=False).alter_column("t", "x", nullable=True, existing_type=sa.String(20))
        assert column(bind, "t", "x")["nullable"]

    @needs("alter_column")
    def test_a_default_comes_and_goes(self, bind: Connection) -> None:
        op = self.made(bind)
        op.alter_column("t", "x", server_default="a b", existing_type=sa.String(20), existing_nullable=True)
        table = sa.table("t", sa.column("id"), sa.column("x"))
        bind.execute(table.insert().values(id=1))
        assert bind.scalar(sa.select(table.c.x)) == "a b"
        op.alter_column("t", "x", server_default=None, existing_type=sa.String(20), existing_nullable=True)
        bind.execute(table.insert().values(id=2))
        assert bind.scalar(sa.select(table.c.x).where(table.c.id == 2)) is None

    @needs("rename_column")
    def test_the_name_changes(self, bind: Connection) -> None:
        self.made(bind).alter_column("t", "x", new_column_name="y", existing_type=sa.String(20), existing_nullable=True)
        assert [c["name"] for c in sa.inspect(bind).get_columns("t")] == ["id", "y"]


class BackendConstraintsTest(BackendTest):
    @needs("alter_constraints")
    @needs("foreign_key_constraint_reflection")
    def test_a_foreign_key_is_added_and_dropped(self, bind: Connection) -> None:
        op = self.operations(bind)
        op.create_table("p", sa.Column("id", sa.Integer, primary_key=True))
        op.create_table("c", sa.Column("id", sa.Integer, primary_key=True), sa.Column("p_id", sa.Integer))
        op.create_foreign_key("fk_c_p", "c", "p", ["p_id"], ["id"])
        assert [k["name"] for k in sa.inspect(bind).get_foreign_keys("c")] == ["fk_c_p"]
        op.drop_constraint("fk_c_p", "c", type_="foreignkey")
        assert sa.inspect(bind).get_foreign_keys("c") == []

    @needs("alter_constraints")
    @needs("unique_constraint_reflection")
    def test_a_unique_constraint_is_added_and_dropped(self, bind: Connection) -> None:
        op = self.operations(bind)
        op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("a", sa.Integer))
        op.create_unique_constraint("uq_t_a", "t", ["a"])
        assert [k["name"] for k in sa.inspect(bind).get_unique_constraints("t")] == ["uq_t_a"]
        op.drop_constraint("uq_t_a", "t", type_="unique")
        assert sa.inspect(bind).get_unique_constraints("t") == []
