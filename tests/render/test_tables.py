"""A table that is rendered, executed and compiled makes the same DDL as the model."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, text
from sqlalchemy.dialects import postgresql

from tests.render.roundtrip import check, context, creating, dialect_named, executed, script

CONVENTION = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

STRINGS = [
    "it's",
    'say "hi"',
    "a\\b",
    "50%",
    "%s %(x)s",
    "a:b",
    ":x",
    "\\:x",
    "a::text",
    "{}",
    "a\nb",
    "🚀",
    "x" * 300,
    "",
]
NAMES = ["MiXeD", "select", "a b", "a.b", "a:b", "a%b", 'a"b', "it's", "é", "{x}"]


def parent(m):
    return Table("parent", m, Column("id", Integer, primary_key=True))


def quoted_in_sql(value):
    return "'" + value.replace("'", "''") + "'"


def escaped(value):
    return value.replace("\\:", ":").replace(":", "\\:")


MODELS = {}


def model(function):
    MODELS[function.__name__] = function
    return function


@model
def keys_and_references(m):
    parent(m)
    Table(
        "t",
        m,
        Column("id", Integer, primary_key=True),
        Column("p", ForeignKey("parent.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), index=True),
        Column("q", Integer, ForeignKey("parent.id", name="fk_q", onupdate="SET NULL"), unique=True),
        Column("self", Integer, ForeignKey("t.id")),
        Column("a", Integer, nullable=False),
        sa.UniqueConstraint("a", "p", name="uq_ap"),
        sa.CheckConstraint("a > 0", name="positive"),
        sa.CheckConstraint("a < 9", name="small"),
        sa.CheckConstraint(sa.column("a") != 5, name="expression"),
    )


@model
def composite_keys(m):
    Table("a", m, Column("x", Integer, primary_key=True), Column("y", Integer, primary_key=True))
    Table(
        "b",
        m,
        Column("y", Integer),
        Column("x", Integer),
        Column("n", String(5), primary_key=True),
        Column("m", String(5), primary_key=True),
        sa.ForeignKeyConstraint(["x", "y"], ["a.x", "a.y"], name="fk_both"),
    )


@model
def keys_that_count_and_keys_that_do_not(m):
    class Wrapped(sa.TypeDecorator):
        impl = Integer
        cache_ok = True

    Table("plain", m, Column("id", Integer, primary_key=True))
    Table("off", m, Column("id", Integer, primary_key=True, autoincrement=False))
    Table("client", m, Column("id", Integer, primary_key=True, default=lambda: 1))
    Table("server", m, Column("id", Integer, primary_key=True, server_default=text("7")))
    Table("fetched", m, Column("id", Integer, primary_key=True, server_default=sa.FetchedValue()))
    Table("wrapped", m, Column("id", Wrapped, primary_key=True))
    Table("child", m, Column("id", Integer, ForeignKey("plain.id"), primary_key=True))
    Table("child_counts", m, Column("id", Integer, ForeignKey("plain.id"), primary_key=True, autoincrement=True))
    Table("big", m, Column("id", sa.BigInteger, primary_key=True))
    Table("number", m, Column("id", sa.Numeric(10, 0), primary_key=True))
    Table("sequence", m, Column("id", Integer, sa.Sequence("seq", start=5), primary_key=True))
    Table("no_key", m, Column("id", Integer))


@model
def columns_by_another_key(m):
    p = Table("p", m, Column("p_id", Integer, key="id", primary_key=True))
    t = Table("t", m, Column("t_id", Integer, key="id", primary_key=True), Column("b_name", String(9), key="b"))
    t.append_column(Column("p_ref", ForeignKey("p.id"), key="ref"))
    Index("ix_b", t.c.b, postgresql_ops={"b": "text_pattern_ops"}, postgresql_include=["id"], mysql_length={"b": 4})
    assert p.c.id.name == "p_id"


@model
def generated_values(m):
    Table(
        "t",
        m,
        Column(
            "id", Integer, sa.Identity(always=True, start=3, increment=2, maxvalue=90, cycle=True), primary_key=True
        ),
        Column("a", Integer),
        Column("stored", Integer, sa.Computed("a + 1", persisted=True)),
        Column("said", Integer, sa.Computed(sa.column("a") * 2, persisted=True)),
    )


@model
def defaults(m):
    Table(
        "t",
        m,
        Column("now", sa.DateTime, server_default=sa.func.now()),
        Column("call", sa.String(9), server_default=sa.func.lower("It's 5% :x")),
        Column("nested", sa.String(9), server_default=sa.func.lower(sa.func.upper("x"))),
        Column("true", sa.Boolean, server_default=sa.true()),
        Column("false", sa.Boolean, server_default=sa.false()),
        Column("null", Integer, server_default=sa.null()),
        Column("text", Integer, server_default=text("1 + 2")),
        Column("literal", String(9), server_default=sa.literal("it's")),
        Column("cast", Integer, server_default=sa.cast("5", Integer)),
        Column("sum", Integer, server_default=sa.literal(1) + 2),
        Column("bound", Integer, server_default=text(":x").bindparams(x=5)),
        Column("column", Integer, server_default=sa.literal_column("3")),
    )


@model
def strings_of_every_kind(m):
    columns = []
    for number, value in enumerate(STRINGS):
        said = text(escaped(quoted_in_sql(value)))
        columns.append(Column(f"s{number}", String(400), server_default=value, comment=value))
        columns.append(Column(f"t{number}", String(400), server_default=said))
        columns.append(Column(f"l{number}", String(400), server_default=sa.literal(value)))
    checks = [sa.CheckConstraint(f"s0 <> {escaped(quoted_in_sql(v))}", name=f"c{n}") for n, v in enumerate(STRINGS)]
    other = [sa.CheckConstraint(sa.column("s0") != v, name=f"d{n}") for n, v in enumerate(STRINGS)]
    Table("t", m, *columns, *checks, *other, comment='it\'s "50%" \\ :x\n')


@model
def names_of_every_kind(m):
    for name in NAMES:
        Table(
            name,
            m,
            Column(name, Integer, primary_key=True),
            Column(f"{name}2", Integer),
            sa.UniqueConstraint(f"{name}2", name=f"u {name}"),
            Index(f"i {name}", f"{name}2"),
        )


@model
def references_to_odd_names(m):
    a = Table("a.b", m, Column("c.d", Integer, primary_key=True), schema="s.t")
    b = Table(sa.quoted_name("Up", quote=False), m, Column("id", Integer, primary_key=True))
    Table(
        "t",
        m,
        Column("x", Integer),
        Column("y", Integer),
        sa.ForeignKeyConstraint(["x"], [a.c["c.d"]], name="dots"),
        sa.ForeignKeyConstraint(["y"], [b.c.id], name="named"),
    )


@model
def indexes(m):
    t = Table("t", m, Column("id", Integer, primary_key=True), Column("s", String(40)), Column("n", Integer))
    Index("ix_plain", t.c.s, t.c.n)
    Index("ix_unique", t.c.n, unique=True)
    Index("ix_lower", sa.func.lower(t.c.s))
    Index("ix_mixed", t.c.n, sa.func.lower(t.c.s), t.c.n.desc())
    Index("ix_sum", t.c.n + 1)
    Index("ix_text", text("lower(s)"), _table=t)
    Index("ix_where", t.c.n, postgresql_where=t.c.n > 5, sqlite_where=text("s <> ':x %'"))
    Index("ix_ops", sa.func.lower(t.c.s).label("low"), postgresql_ops={"low": "text_pattern_ops"})
    Index("ix_using", t.c.n, postgresql_using="hash", mysql_using="hash", postgresql_with={"fillfactor": 70})
    Index("ix_include", t.c.n, postgresql_include=["s"], postgresql_nulls_not_distinct=True, unique=True)
    Index("ix_pg", t.c.n).ddl_if(dialect="postgresql")
    Index(None, t.c.s, t.c.n)


@model
def types_with_checks_of_their_own(m):
    Table(
        "t",
        m,
        Column("b", sa.Boolean(create_constraint=True, name="is_b")),
        Column("c", sa.Boolean(create_constraint=True)),
        Column("e", sa.Enum("x", "y's", name="en", native_enum=False, create_constraint=True)),
        Column("n", sa.Enum("x", "y", name="native", schema="s")),
        Column("i", sa.Enum("x", name="inherits", metadata=m)),
    )


@model
def options_of_tables(m):
    Table(
        "t",
        m,
        Column("id", Integer, primary_key=True),
        prefixes=["UNLOGGED"],
        info={"x": object()},
        comment="",
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_row_format="DYNAMIC",
        postgresql_partition_by="LIST (id)",
        sqlite_with_rowid=False,
        sqlite_autoincrement=True,
    )


@model
def constraints_of_dialects(m):
    Table(
        "t",
        m,
        Column("id", Integer, primary_key=True, sqlite_on_conflict_primary_key="IGNORE"),
        Column(
            "a", Integer, sa.CheckConstraint("a > 1", name="behind"), sqlite_on_conflict_not_null="FAIL", nullable=False
        ),
        sa.UniqueConstraint("a", name="u", postgresql_nulls_not_distinct=True, sqlite_on_conflict="REPLACE"),
        sa.CheckConstraint("a > 2", name="only_pg").ddl_if(dialect="postgresql"),
    )


@model
def the_metadata_s_schema(m):
    m.schema = "app"
    Table("p", m, Column("id", Integer, primary_key=True))
    Table("t", m, Column("id", Integer, primary_key=True), Column("p", ForeignKey("app.p.id")))
    Table("u", m, Column("id", Integer, primary_key=True), schema="other")


@pytest.mark.parametrize("convention", [None, CONVENTION], ids=["plain", "convention"])
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mysql"])
@pytest.mark.parametrize("name", MODELS)
def test_the_script_makes_the_same_tables_as_the_models(name, dialect, convention):
    metadata = sa.MetaData(naming_convention=convention) if convention else sa.MetaData()
    MODELS[name](metadata)
    check(metadata, dialect_named(dialect), convention)


def test_an_identity_in_the_words_of_oracle_comes_back():
    metadata = sa.MetaData()
    # SQLAlchemy 2.1 has new words for them.
    prefix = "oracle_" if hasattr(sa.Identity(), "dialect_kwargs") else ""
    words = {f"{prefix}order": True, f"{prefix}on_null": True}
    Table("t", metadata, Column("id", Integer, sa.Identity(**words)))
    written = check(metadata, dialect_named("oracle"))
    assert f"{prefix}order=True" in written
    assert f"{prefix}on_null=True" in written


def test_an_exclude_constraint_comes_back():
    metadata = sa.MetaData()
    table = Table("t", metadata, Column("room", Integer), Column("during", postgresql.TSRANGE))
    table.append_constraint(
        postgresql.ExcludeConstraint(
            (table.c.room, "="), (text("during"), "&&"), where=text("room > 0"), name="ex", ops={"room": "int4_ops"}
        )
    )
    text_ = check(metadata, dialect_named("postgresql"))
    assert "postgresql.ExcludeConstraint(" in text_


def test_a_final_name_is_written_so_that_no_convention_is_applied_to_it_again():
    metadata = sa.MetaData(naming_convention=CONVENTION)
    Table("t", metadata, Column("a", Integer, primary_key=True), sa.CheckConstraint("a > 0", name="pos"))
    written = check(metadata, dialect_named("sqlite"), CONVENTION)
    assert 'sa.CheckConstraint("a > 0", name=op.f("ck_t_pos"))' in written
    assert 'sa.PrimaryKeyConstraint("a", name=op.f("pk_t"))' in written


def test_render_item_may_leave_a_part_out_or_word_it_otherwise():
    metadata = sa.MetaData()
    Table("t", metadata, Column("a", Integer, server_default="1"), Column("b", Integer), sa.UniqueConstraint("a"))

    def render_item(kind, thing, ctx):
        if kind == "column" and thing.name == "b":
            ctx.imports.add("from mine import b_column")
            return "b_column( 'b' )"
        if kind == "server_default":
            return "sa.text('2')"
        return None if kind == "unique" else False

    surroundings = context(dialect_named("sqlite"), render_item=render_item)
    written = script(creating(metadata, surroundings.dialect), surroundings)
    assert 'sa.Column("a", sa.Integer(), server_default=sa.text("2")),\n        b_column("b"),\n    )' in written
    assert "Unique" not in written
    assert "from mine import b_column" in surroundings.imports


def test_values_bring_their_imports():
    metadata = sa.MetaData()
    value = uuid.UUID(int=5)
    Table("t", metadata, Column("a", sa.Uuid, server_default=sa.literal(value, sa.Uuid())))
    dialect = dialect_named("postgresql")
    surroundings = context(dialect)
    written = script(creating(metadata, dialect), surroundings)
    assert surroundings.imports == {"import uuid"}
    executed(written, dialect)
