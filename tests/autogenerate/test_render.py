"""The names of rendering that plugins and dialects import."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from autodiff.autogenerate import produce_migrations, render, render_op_text, render_python_code, renderers
from autodiff.migration import MigrationContext
from autodiff.operations import ops
from autodiff.render.scope import Plain


@pytest.fixture
def context():
    return Plain(dialect=postgresql.dialect())


def test_one_operation_is_text_with_every_keyword_said(context):
    dropped = ops.DropTableOp("t")
    assert render_op_text(context, dropped) == "op.drop_table('t')"
    assert render.render_op(context, dropped) == ["op.drop_table('t')"]
    assert render._drop_table(context, dropped) == "op.drop_table('t')"
    assert render._add_column(context, ops.AddColumnOp("t", sa.Column("a", sa.String(5)))) == (
        "op.add_column('t', sa.Column('a', sa.String(length=5), nullable=True))"
    )
    changes = ops.ModifyTableOps("t", [ops.DropColumnOp("t", "a")])
    context.opts["render_as_batch"] = True
    assert render_op_text(context, changes) == (
        "with op.batch_alter_table('t', schema=None) as batch_op:\n    batch_op.drop_column('a')\n"
    )


def test_a_body_is_flush_left_until_it_is_indented(context):
    body = render._render_cmd_body(ops.UpgradeOps([ops.DropTableOp("t")]), context)
    assert body.splitlines()[1] == "op.drop_table('t')"
    assert render._indent(body) == render_python_code(ops.UpgradeOps([ops.DropTableOp("t")]))


def test_what_was_compared_is_written_for_the_database_that_it_was_compared_with(sqlite):
    metadata = sa.MetaData()
    # no SQL but SQLite's and others' own says this: the plain one cannot
    path = sa.column("data", sa.JSON)[["user", "id"]].as_string()
    sa.Table("t", metadata, sa.Column("data", sa.JSON), sa.Index("ix", path))
    with sqlite.engine().connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), metadata)
    body = render_python_code(script.upgrade_ops)
    assert '$."user"."id"' in body


def test_the_prefix_is_that_of_the_place(context):
    assert render._alembic_autogenerate_prefix(context) == "op."
    with render._within_batch(context):
        assert render._alembic_autogenerate_prefix(context) == "batch_op."
    assert render._alembic_autogenerate_prefix(context) == "op."


def test_parts_are_text(context):
    plain = sa.Numeric(5, 2).with_variant(sa.Integer(), "sqlite")
    assert render._repr_type(postgresql.JSONB(), context) == "postgresql.JSONB(astext_type=sa.Text())"
    assert render._repr_type(plain, context) == "sa.Numeric(precision=5, scale=2).with_variant(sa.Integer(), 'sqlite')"
    assert render._repr_type(plain, context, _skip_variants=True) == "sa.Numeric(precision=5, scale=2)"
    assert render._render_column(sa.Column("a", sa.Integer), context) == "sa.Column('a', sa.Integer(), nullable=True)"
    assert render._render_server_default(sa.text("now()"), context) == "sa.text('now()')"
    assert render._render_server_default(None, context) is None
    assert context.imports == {"from sqlalchemy.dialects import postgresql"}


def test_the_renderers_are_one_registry():
    from autodiff.render.ops import renderers as inside

    assert renderers is render.renderers is inside


EVERY_WORD = [
    (
        ops.CreateTableOp(
            "t",
            [
                sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
                sa.Column("p", sa.Integer, sa.ForeignKey("s.p.id", name="fk", ondelete="CASCADE"), unique=True),
            ],
            schema="s",
            sqlite_autoincrement=True,
            mysql_engine="InnoDB",
            prefixes=["TEMPORARY"],
            comment="it's",
        ),
        """op.create_table('t',
sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
sa.Column('p', sa.Integer(), nullable=True),
sa.ForeignKeyConstraint(['p'], ['s.p.id'], name='fk', ondelete='CASCADE'),
sa.PrimaryKeyConstraint('id'),
sa.UniqueConstraint('p'),
schema='s',
comment="it's",
mysql_engine='InnoDB',
sqlite_autoincrement=True,
prefixes=['TEMPORARY']
)""",
    ),
    (
        ops.CreateTableCommentOp("t", "new", existing_comment="old"),
        "op.create_table_comment(\n    't',\n    'new',\n    existing_comment='old',\n    schema=None\n)",
    ),
    (ops.DropTableCommentOp("t"), "op.drop_table_comment(\n    't',\n    existing_comment=None,\n    schema=None\n)"),
    (
        ops.AlterColumnOp(
            "t",
            "c",
            schema="s",
            existing_type=sa.String(3),
            existing_nullable=True,
            existing_server_default=sa.DefaultClause("x"),
            modify_nullable=False,
            modify_server_default=sa.text("y"),
            modify_name="n",
        ),
        """op.alter_column('t', 'c',
           existing_type=sa.String(length=3),
           server_default=sa.text('y'),
           new_column_name='n',
           nullable=False,
           schema='s')""",
    ),
    (
        ops.CreateForeignKeyOp("n", "a", "b", ["x"], ["y"], match="FULL", onupdate="CASCADE", source_schema="s"),
        "op.create_foreign_key('n', 'a', 'b', ['x'], ['y'], source_schema='s', onupdate='CASCADE', match='FULL')",
    ),
    (
        ops.CreateUniqueConstraintOp("n", "a", ["x"], schema="s", initially="DEFERRED", deferrable=True),
        "op.create_unique_constraint('n', 'a', ['x'], deferrable=True, initially='DEFERRED', schema='s')",
    ),
    (ops.DropConstraintOp("n", "t", "exclude"), "op.drop_constraint('n', 't')"),
    (ops.DropConstraintOp("n", "t", "unique", schema="s"), "op.drop_constraint('n', 't', schema='s', type_='unique')"),
    (
        ops.DropIndexOp("n", "t", schema="s", if_exists=True, postgresql_concurrently=True),
        "op.drop_index('n', table_name='t', schema='s', postgresql_concurrently=True, if_exists=True)",
    ),
]


@pytest.mark.parametrize(("op", "wanted"), EVERY_WORD, ids=lambda value: type(value).__name__)
def test_the_text_that_programs_read_has_its_own_order_and_lines(context, op, wanted):
    assert render_op_text(context, op) == wanted


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        (mysql.VARCHAR(20, charset="utf8", national=True), "mysql.VARCHAR(charset='utf8', national=True, length=20)"),
        (mysql.DECIMAL(10, 2, unsigned=True), "mysql.DECIMAL(unsigned=True, precision=10, scale=2)"),
        (mysql.ENUM("a", "bc", charset="utf8"), "mysql.ENUM('a', 'bc', charset='utf8')"),
        (postgresql.HSTORE(), "postgresql.HSTORE(text_type=sa.Text())"),
        (
            postgresql.DOMAIN(
                "d", sa.String(), check="value > 'a'", not_null=True, collation="C", default="x", schema="s"
            ),
            "postgresql.DOMAIN('d', sa.String(), collation='C', default='x', not_null=True, "
            "check=\"value > 'a'\", schema='s')",
        ),
        (
            postgresql.DOMAIN("d", sa.Integer(), create_type=False, default=sa.text("5")),
            "postgresql.DOMAIN('d', sa.Integer(), default=sa.text('5'), create_type=False)",
        ),
        (
            sa.String(3).with_variant(sa.Text(), "mysql", "mariadb"),
            "sa.String(length=3).with_variant(sa.Text(), 'mariadb').with_variant(sa.Text(), 'mysql')",
        ),
    ],
    ids=lambda value: value.partition("(")[0] if isinstance(value, str) else "",
)
def test_a_type_says_what_its_own_repr_says(context, type_, wanted):
    assert render._repr_type(type_, context) == wanted


def test_the_users_words_for_the_items_of_an_array_are_taken(context):
    context.opts["render_item"] = lambda kind, thing, _: "shop.Colour" if isinstance(thing, sa.LargeBinary) else False
    assert render._repr_type(postgresql.ARRAY(sa.LargeBinary()), context) == "postgresql.ARRAY(shop.Colour)"


def test_a_body_for_programs_ends_each_batch_block_with_an_empty_line():
    changes = ops.ModifyTableOps("t", [ops.DropColumnOp("t", "a"), ops.DropTableCommentOp("t")])
    body = render_python_code(ops.UpgradeOps([changes, ops.DropTableOp("u")]), render_as_batch=True)
    assert body == """# ### commands auto generated by Alembic - please adjust! ###
    with op.batch_alter_table('t', schema=None) as batch_op:
        batch_op.drop_column('a')
        batch_op.drop_table_comment(
        existing_comment=None
    )

    op.drop_table('u')
    # ### end Alembic commands ###"""


def test_a_body_for_programs_has_no_batch_block_that_was_not_asked_for_in_the_older_functions():
    context = Plain(dialect=sqlite.dialect())
    changes = ops.UpgradeOps([ops.ModifyTableOps("t", [ops.DropColumnOp("t", "a")])])
    assert "op.drop_column('t', 'a')" in render._render_cmd_body(changes, context).splitlines()


def test_a_plugins_way_of_making_a_table_is_what_is_written():
    class CreateOtherTableOp(ops.CreateTableOp):
        def to_table(self, migration_context=None):
            table = super().to_table(migration_context)
            table.c.a.type = sa.String(7)
            return table

    renderers.dispatch_for(CreateOtherTableOp)(
        lambda context, op: render._add_table(context, op).replace("op.create_table", "op.create_other_table")
    )
    made = CreateOtherTableOp("t", [sa.Column("a", sa.String(5)), sa.CheckConstraint("a > 'b'", name="ck")])
    text = render_python_code(ops.UpgradeOps([made]))
    assert "op.create_other_table(" in text
    assert "String(length=7)" in text
    assert "length=5" not in text
    assert "ck" in text


@pytest.mark.parametrize("sql", [r"coalesce(s, '\:param')", "s LIKE '50%'", r"s\:\:text"])
def test_an_expression_of_an_index_means_the_same_in_the_text_that_programs_read(context, sql):
    index = sa.Index("ix", sa.text(sql), _table=sa.Table("t", sa.MetaData(), sa.Column("s", sa.String)))
    line = render_op_text(context, ops.CreateIndexOp.from_index(index))
    (key,) = eval(line.partition("'t', [")[2].partition("], unique")[0] + ",", {"sa": sa})
    again = sa.Index("ix", key, _table=sa.Table("t", sa.MetaData(), sa.Column("s", sa.String)))
    wanted, found = (str(sa.schema.CreateIndex(i).compile(dialect=context.dialect)) for i in (index, again))
    assert found == wanted
