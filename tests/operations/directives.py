"""One call per directive and way of using it, by name; `directives.txt` has the SQL that each writes per database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, String

from autodiff.operations import DatabaseType
from autodiff.operations.schemaobj import ref

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


NOTES = sa.Table(
    "t", sa.MetaData(), Column("id", Integer, primary_key=True), Column("a", String), Column("n", Integer, default=5)
)
CALLS |= {
    "bulk_insert numbered": lambda op: op.bulk_insert(NOTES, [{"a": "x"}]),
    "drop_constraint what": lambda op: op.drop_constraint("c", "t", type_="index"),
}


@call("batch alter")
def _batch(op: Any) -> None:
    with op.batch_alter_table("t") as batch_op:
        batch_op.add_column(Column("z", Integer))
        batch_op.alter_column("a", nullable=False, existing_type=String(5))
        batch_op.drop_column("q")


@call("batch alter place")
def _batch_place(op: Any) -> None:
    with op.batch_alter_table("t", recreate="never") as batch_op:
        batch_op.alter_column("a", insert_after="b")


@call("batch add place")
def _batch_add_place(op: Any) -> None:
    with op.batch_alter_table("t", recreate="never") as batch_op:
        batch_op.add_column(Column("z", Integer), insert_after="b")


CALLS |= {
    "create_schema": lambda op: op.create_schema("s1", if_not_exists=True),
    "drop_schema": lambda op: op.drop_schema("s1", if_exists=True, cascade=True),
    "create_enum": lambda op: op.create_enum("mood", ["it's", "100%", "back\\slash"], schema="s1", comment="how"),
    "drop_enum": lambda op: op.drop_enum("mood", schema="s1", if_exists=True),
    "add_enum_value": lambda op: op.add_enum_value("mood", "new", schema="s1", before="old", if_not_exists=True),
    "rename_enum_value": lambda op: op.rename_enum_value("mood", "a", "b"),
    "replace_enum": lambda op: op.replace_enum(
        "mood",
        ["a", "b"],
        columns=[("t", "m", "a"), {"table": "t", "column": "ms", "array": True}, "s1.u.m"],
        mapping={"c": "a"},
    ),
    "create_domain": lambda op: op.create_domain(
        "Code",
        String(8),
        schema="s1",
        collation="C",
        default="'100%'",
        not_null=True,
        checks={"not x": "VALUE <> 'x:y'"},
        comment="how",
    ),
    "alter_domain": lambda op: op.alter_domain(
        "code", default=None, not_null=False, drop_checks=["a"], add_checks={"b": "VALUE > 0"}
    ),
    "drop_domain": lambda op: op.drop_domain("code", schema="s1", if_exists=True),
    "create_sequence": lambda op: op.create_sequence(
        "q", schema="s1", start=5, increment=2, minvalue=1, maxvalue=99, cycle=True, cache=3, if_not_exists=True
    ),
    "create_sequence of a type": lambda op: op.create_sequence("q", data_type=sa.SmallInteger, owned_by="t.a"),
    "alter_sequence": lambda op: op.alter_sequence("q", increment=3, maxvalue=None, restart=True),
    "drop_sequence": lambda op: op.drop_sequence("q", schema="s1", if_exists=True),
    "rename_index": lambda op: op.rename_index("a", "b", table_name="t", schema="s1"),
    "rename_constraint": lambda op: op.rename_constraint("t", "a", "b", type_="unique", schema="s1"),
    "set_table_options": lambda op: op.set_table_options(
        "t",
        existing={"postgresql_with": {"fillfactor": 90, "autovacuum_enabled": False}},
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_row_format="DYNAMIC",
        postgresql_with={"fillfactor": 70},
        postgresql_tablespace="fast",
        postgresql_unlogged=True,
    ),
    "sql": lambda op: op.sql("update t set a = ':x %s %% \\d'"),
    "DatabaseType": lambda op: op.add_column("t", Column("a", DatabaseType("numeric(5,2) /* 100% */"))),
    "ref": lambda op: op.add_column("t", Column("a", Integer, sa.ForeignKey(ref("a.b", "c.d"), name="fk"))),
    "create_table final_names": lambda op: op.create_table(
        "t", Column("id", Integer), sa.UniqueConstraint("id"), final_names=True
    ),
    "add_column existing_rows": lambda op: op.add_column(
        "t", Column("a", Integer, nullable=False, comment="c"), existing_rows=5
    ),
    "alter nullable existing_rows": lambda op: op.alter_column(
        "t",
        "a",
        nullable=False,
        type_=String(9),
        new_column_name="b",
        existing_rows=sa.text("'x' || id"),
        existing_type=String(5),
    ),
    "alter type and default": lambda op: op.alter_column(
        "t", "a", type_=Integer(), server_default="5", existing_type=String(5), existing_server_default="x"
    ),
    "drop_constraint unnamed": lambda op: op.drop_constraint(None, "t", type_="unique", columns=["a"]),
    "batch recreate always": lambda op: recreate(op),
    "names that want quotes": lambda op: op.rename_table('a"b%', "User", schema="S 1"),
}


def recreate(op: Any) -> None:
    table = sa.Table(
        "t",
        sa.MetaData(),
        Column("id", Integer, primary_key=True),
        Column("a", String(5)),
        Column("gone", Integer),
        sa.Index("ixa", "a"),
        sa.CheckConstraint("a <> 'a' AND length(a) > 1", name="ck"),
    )
    with op.batch_alter_table("t", copy_from=table, recreate="always", partial_reordering=[("b", "id")]) as batch_op:
        batch_op.alter_column("a", new_column_name="b", type_=Integer())
        batch_op.add_column(Column("z", Integer, server_default="1"), existing_rows=sa.text("a + 1"))
        batch_op.create_unique_constraint("uu", ["b", "z"])
        batch_op.drop_column("gone")
        batch_op.create_index("ixz", ["z"])
        batch_op.create_table_comment("new")
