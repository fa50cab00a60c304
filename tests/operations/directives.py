"""One call per directive and way of using it, by name; `directives.txt` has the SQL that each writes per database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, String

CALLS: dict[str, Callable[[Any], Any]] = {}


def call(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    def keep(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
        CALLS[name] = fn
        return fn

    return keep


@call("create_table")
def _(op: Any) -> None:
    op.create_table(
        "t",
        Column("id", Integer, primary_key=True),
        Column("a", String(5), nullable=False, server_default="x", comment="c'c", index=False),
        Column("b", sa.Boolean),
        Column("p", Integer, sa.ForeignKey("p.id", ondelete="CASCADE")),
        sa.UniqueConstraint("a", name="u"),
        sa.CheckConstraint("id>1", name="ck"),
        sa.Index("ix", "a"),
        schema="s1",
        comment="tc",
    )


CALLS |= {
    "create_table if_not_exists": lambda op: op.create_table("t", Column("id", Integer), if_not_exists=True),
    "drop_table": lambda op: op.drop_table("t", schema="s1"),
    "drop_table if_exists": lambda op: op.drop_table("t", if_exists=True),
    "rename_table": lambda op: op.rename_table("t", "t2", schema="s1"),
    "add_column": lambda op: op.add_column("t", Column("a", Integer, server_default="5", nullable=False)),
    "add_column fk+uq+ix": lambda op: op.add_column(
        "t", Column("a", Integer, sa.ForeignKey("p.id", name="fk"), unique=True, index=True)
    ),
    "add_column comment": lambda op: op.add_column("t", Column("a", Integer, comment="cc")),
    "add_column inline_references": lambda op: op.add_column(
        "t", Column("a", Integer, sa.ForeignKey("p.id", ondelete="CASCADE")), inline_references=True
    ),
    "add_column pk": lambda op: op.add_column("t", Column("id", Integer, primary_key=True)),
    "add_column inline_primary_key": lambda op: op.add_column(
        "t", Column("id", Integer, primary_key=True), inline_primary_key=True
    ),
    "add_column if_not_exists": lambda op: op.add_column("t", Column("a", Integer), if_not_exists=True),
    "add_column computed": lambda op: op.add_column("t", Column("a", Integer, sa.Computed("b+1", persisted=True))),
    "add_column identity": lambda op: op.add_column("t", Column("a", Integer, sa.Identity(always=True, start=3))),
    "add_column Boolean ck": lambda op: op.add_column("t", Column("a", sa.Boolean(create_constraint=True, name="bk"))),
    "add_column Enum": lambda op: op.add_column("t", Column("a", sa.Enum("a", "b", name="en"))),
    "drop_column": lambda op: op.drop_column("t", "a", schema="s1"),
    "drop_column if_exists": lambda op: op.drop_column("t", "a", if_exists=True),
    "drop_column mssql_drop_*": lambda op: op.drop_column(
        "t", "a", mssql_drop_check=True, mssql_drop_default=True, mssql_drop_foreign_key=True
    ),
    "alter nullable": lambda op: op.alter_column("t", "a", nullable=False, existing_type=String(5)),
    "alter type": lambda op: op.alter_column(
        "t", "a", type_=String(9), existing_type=String(5), existing_nullable=False
    ),
    "alter type using": lambda op: op.alter_column(
        "t", "a", type_=Integer(), existing_type=String(5), postgresql_using="a::integer"
    ),
    "alter default set": lambda op: op.alter_column("t", "a", server_default="q", existing_type=String(5)),
    "alter default drop": lambda op: op.alter_column("t", "a", server_default=None, existing_type=String(5)),
    "alter default text": lambda op: op.alter_column(
        "t", "a", server_default=sa.text("now()"), existing_type=sa.DateTime()
    ),
    "alter rename": lambda op: op.alter_column("t", "a", new_column_name="b", existing_type=String(5)),
    "alter comment": lambda op: op.alter_column("t", "a", comment="new", existing_type=String(5)),
    "alter comment none": lambda op: op.alter_column(
        "t", "a", comment=None, existing_type=String(5), existing_comment="old"
    ),
    "alter all": lambda op: op.alter_column(
        "t",
        "a",
        nullable=False,
        server_default="5",
        new_column_name="b",
        type_=Integer(),
        existing_type=String(5),
        comment="x",
    ),
    "alter autoincrement": lambda op: op.alter_column(
        "t", "a", autoincrement=True, existing_type=Integer(), existing_nullable=False
    ),
    "alter identity set": lambda op: op.alter_column(
        "t", "a", server_default=sa.Identity(start=5), existing_type=Integer()
    ),
    "alter identity change": lambda op: op.alter_column(
        "t",
        "a",
        server_default=sa.Identity(always=True, start=5),
        existing_server_default=sa.Identity(),
        existing_type=Integer(),
    ),
    "alter identity drop": lambda op: op.alter_column(
        "t", "a", server_default=None, existing_server_default=sa.Identity(), existing_type=Integer()
    ),
    "alter bool->int schema type": lambda op: op.alter_column(
        "t", "a", type_=Integer(), existing_type=sa.Boolean(name="bk")
    ),
    "create_index": lambda op: op.create_index(
        "ix",
        "t",
        ["a", sa.text("lower(b)")],
        unique=True,
        schema="s1",
        postgresql_using="btree",
        postgresql_where=sa.text("a>1"),
        mysql_length={"a": 5},
    ),
    "create_index if_not_exists conc": lambda op: op.create_index(
        "ix", "t", ["a"], if_not_exists=True, postgresql_concurrently=True
    ),
    "drop_index": lambda op: op.drop_index("ix", "t"),
    "drop_index if_exists conc": lambda op: op.drop_index("ix", "t", if_exists=True, postgresql_concurrently=True),
    "create_unique": lambda op: op.create_unique_constraint(
        "u", "t", ["a", "b"], deferrable=True, initially="DEFERRED"
    ),
    "create_fk": lambda op: op.create_foreign_key(
        "fk",
        "t",
        "p",
        ["a"],
        ["id"],
        onupdate="SET NULL",
        ondelete="CASCADE",
        deferrable=True,
        initially="DEFERRED",
        match="FULL",
        source_schema="s1",
        referent_schema="s2",
    ),
    "create_fk not valid": lambda op: op.create_foreign_key("fk", "t", "p", ["a"], ["id"], postgresql_not_valid=True),
    "create_ck": lambda op: op.create_check_constraint("ck", "t", "a > 1"),
    "create_ck expr": lambda op: op.create_check_constraint("ck", "t", sa.func.length(sa.column("a")) > 5),
    "create_pk": lambda op: op.create_primary_key("pk", "t", ["a", "b"]),
    "create_exclude": lambda op: op.create_exclude_constraint(
        "ex", "t", (sa.column("r"), "&&"), (sa.column("g"), "="), using="gist", where=sa.text("g <> 'x'")
    ),
    "drop_constraint fk": lambda op: op.drop_constraint("c", "t", type_="foreignkey"),
    "drop_constraint uq": lambda op: op.drop_constraint("c", "t", type_="unique"),
    "drop_constraint ck": lambda op: op.drop_constraint("c", "t", type_="check"),
    "drop_constraint pk": lambda op: op.drop_constraint("c", "t", type_="primary"),
    "drop_constraint notype": lambda op: op.drop_constraint("c", "t"),
    "drop_constraint if_exists": lambda op: op.drop_constraint("c", "t", type_="check", if_exists=True),
    "create_table_comment": lambda op: op.create_table_comment("t", "it's"),
    "drop_table_comment": lambda op: op.drop_table_comment("t"),
    "execute str": lambda op: op.execute("update t set a=':x'"),
    "execute stmt inline": lambda op: op.execute(
        sa.update(sa.table("t", sa.column("a", String))).values(a=op.inline_literal("q"))
    ),
    "execute stmt bound": lambda op: op.execute(sa.update(sa.table("t", sa.column("a", String))).values(a="q")),
    "bulk_insert": lambda op: op.bulk_insert(
        sa.table("t", sa.column("id", Integer), sa.column("a", String)), [{"id": 1, "a": "it's"}, {"id": 2, "a": None}]
    ),
}


@call("batch alter")
def _batch(op: Any) -> None:
    with op.batch_alter_table("t") as batch_op:
        batch_op.add_column(Column("z", Integer))
        batch_op.alter_column("a", nullable=False, existing_type=String(5))
        batch_op.drop_column("q")
