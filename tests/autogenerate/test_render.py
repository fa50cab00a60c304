"""The names of rendering that plugins and dialects import."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from autodiff.autogenerate import render, render_op_text, render_python_code, renderers
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
        "with op.batch_alter_table('t', schema=None) as batch_op:\n    batch_op.drop_column('a')"
    )


def test_a_body_is_flush_left_until_it_is_indented(context):
    body = render._render_cmd_body(ops.UpgradeOps([ops.DropTableOp("t")]), context)
    assert body.splitlines()[1] == 'op.drop_table("t")'
    assert render._indent(body) == render_python_code(ops.UpgradeOps([ops.DropTableOp("t")]))


def test_the_prefix_is_that_of_the_place(context):
    assert render._alembic_autogenerate_prefix(context) == "op."
    with render._within_batch(context):
        assert render._alembic_autogenerate_prefix(context) == "batch_op."
    assert render._alembic_autogenerate_prefix(context) == "op."


def test_parts_are_text(context):
    plain = sa.Numeric(5, 2).with_variant(sa.Integer(), "sqlite")
    assert render._repr_type(postgresql.JSONB(), context) == "postgresql.JSONB()"
    assert render._repr_type(plain, context) == "sa.Numeric(precision=5, scale=2).with_variant(sa.Integer(), 'sqlite')"
    assert render._repr_type(plain, context, _skip_variants=True) == "sa.Numeric(precision=5, scale=2)"
    assert render._render_column(sa.Column("a", sa.Integer), context) == "sa.Column('a', sa.Integer(), nullable=True)"
    assert render._render_server_default(sa.text("now()"), context) == "sa.text('now()')"
    assert render._render_server_default(None, context) is None
    assert context.imports == {"from sqlalchemy.dialects import postgresql"}


def test_the_renderers_are_one_registry():
    from autodiff.render.ops import renderers as inside

    assert renderers is render.renderers is inside


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
