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


def test_one_operation_is_text(context):
    op = ops.DropTableOp("t")
    assert render_op_text(context, op) == 'op.drop_table("t")'
    assert render.render_op(context, op) == ['op.drop_table("t")']
    assert render._drop_table(context, op) == 'op.drop_table("t")'
    assert render._add_column(context, ops.AddColumnOp("t", sa.Column("a", sa.Integer))) == (
        'op.add_column("t", sa.Column("a", sa.Integer()))'
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
    assert render._repr_type(postgresql.JSONB(), context) == "postgresql.JSONB()"
    assert (
        render._repr_type(sa.Text().with_variant(sa.Integer(), "sqlite"), context, _skip_variants=True) == "sa.Text()"
    )
    assert render._render_column(sa.Column("a", sa.Integer, nullable=False), context) == (
        'sa.Column("a", sa.Integer(), nullable=False)'
    )
    assert render._render_server_default(sa.text("now()"), context) == 'sa.text("now()")'
    assert render._render_server_default(None, context) is None
    assert context.imports == {"from sqlalchemy.dialects import postgresql"}


def test_the_renderers_are_one_registry():
    from autodiff.render.ops import renderers as inside

    assert renderers is render.renderers is inside
