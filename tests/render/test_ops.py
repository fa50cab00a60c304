"""Every operation is rendered to a directive that says the same SQL."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, String

from autodiff.operations import ops
from autodiff.operations.base import BatchOperations
from autodiff.operations.declare import declared
from autodiff.operations.tree import MigrateOperation, ModifyTableOps, OpContainer, UpgradeOps
from autodiff.render.ops import renderers
from autodiff.render.script import render_op, render_ops, render_python_code
from autodiff.render.source import is_formatted
from tests.operations.directives import CALLS
from tests.operations.sql import dialect_named, sql
from tests.render.roundtrip import Recorder, context, script

DIALECTS = ["postgresql", "mysql", "mariadb", "sqlite", "mssql", "oracle"]


def recorded(directives, dialect):
    from types import SimpleNamespace

    recorder = Recorder(SimpleNamespace(dialect=dialect, impl=None, opts={}, as_sql=True))
    directives(recorder)
    return recorder.done


def said(dialect, directives):
    """The SQL, or the error in its place."""
    try:
        return sql(dialect, directives)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def as_directives(text):
    """The script as a function of `op`."""

    def run(op):
        namespace = {}
        exec(compile(text, "script", "exec"), namespace)
        namespace["op"] = WithWords(op)
        namespace["upgrade"]()

    return run


class WithWords:
    """`Operations` and the other words that the module `op` has."""

    def __init__(self, operations):
        self.operations = operations

    def __getattr__(self, name):
        import autodiff.op

        found = getattr(self.operations, name, None)
        return found if found is not None else getattr(autodiff.op, name)


# Parameters become literals (below); a script's `sa.table()` does not say which column is the identity.
SAID_OTHERWISE = [("execute stmt bound", dialect) for dialect in DIALECTS] + [("bulk_insert numbered", "mssql")]


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        (name, dialect)
        for name in CALLS
        for dialect in DIALECTS
        if not name.startswith("batch") and (name, dialect) not in SAID_OTHERWISE
    ],
)
def test_a_rendered_operation_says_the_same_sql(name, dialect):
    done = recorded(CALLS[name], dialect_named(dialect))
    text = script(OpContainer(done), context(dialect_named(dialect)))
    assert is_formatted(text), text
    assert said(dialect, as_directives(text)) == said(dialect, CALLS[name]), text


def test_a_statement_with_parameters_becomes_text_with_literals():
    text = script(OpContainer(recorded(CALLS["execute stmt bound"], dialect_named("sqlite"))), context(None))
    assert "op.execute(sa.text(\"UPDATE t SET a='q'\"))" in text


def test_every_operation_is_tried():
    tried = {type(op) for name in CALLS if "batch" not in name for op in recorded(CALLS[name], dialect_named("sqlite"))}
    assert {op_class.__name__ for op_class in declared(batch=False)} - {
        op_class.__name__ for op_class in tried
    } == set()


COLUMN = Column("a", String(5))


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        (ops.DropTableOp("t", schema="s", table_kw={"mysql_engine": "InnoDB"}), 'op.drop_table("t", schema="s")'),
        (ops.AddColumnOp("t", COLUMN), 'op.add_column("t", sa.Column("a", sa.String(5)))'),
        (
            ops.AddColumnOp("t", Column("n", Integer, nullable=False), existing_rows=0),
            'op.add_column("t", sa.Column("n", sa.Integer(), nullable=False), existing_rows=0)',
        ),
        (ops.DropColumnOp("t", "a"), 'op.drop_column("t", "a")'),
        (
            ops.AlterColumnOp(
                "orders",
                "total",
                modify_type=sa.Numeric(6, 2),
                existing_type=sa.Numeric(8, 2),
                existing_nullable=False,
                existing_server_default=sa.DefaultClause("0"),
            ),
            'op.alter_column(\n    "orders",\n    "total",\n    existing_type=sa.Numeric(8, 2),\n'
            '    type_=sa.Numeric(6, 2),\n    existing_nullable=False,\n    existing_server_default="0",\n)',
        ),
        (ops.AlterColumnOp("t", "a", modify_server_default=None), 'op.alter_column("t", "a", server_default=None)'),
        (ops.CreateIndexOp("ix", "t", ["a"]), 'op.create_index("ix", "t", ["a"])'),
        (
            ops.CreateIndexOp(sa.sql.elements.conv("ix"), "t", [sa.text("lower(a)")], unique=True),
            'op.create_index(op.f("ix"), "t", [sa.text("lower(a)")], unique=True)',
        ),
        (ops.DropIndexOp("ix", "t"), 'op.drop_index("ix", table_name="t")'),
        (
            ops.DropConstraintOp("u", "t", "unique"),
            'op.drop_constraint("u", "t", type_="unique")',
        ),
        (
            ops.CreateForeignKeyOp("fk", "t", "p", ["a"], ["id"], ondelete="CASCADE"),
            'op.create_foreign_key("fk", "t", "p", ["a"], ["id"], ondelete="CASCADE")',
        ),
        (ops.CreateUniqueConstraintOp(None, "t", ["a"]), 'op.create_unique_constraint(None, "t", ["a"])'),
        (ops.RenameTableOp("a", "b"), 'op.rename_table("a", "b")'),
        (ops.ExecuteSQLOp("update t set a='it''s'"), "op.execute(\"update t set a='it''s'\")"),
        (ops.SqlOp("VACUUM", transactional=False), 'op.sql("VACUUM", transactional=False)'),
    ],
)
def test_an_operation_is_written_as_a_person_would(op, wanted):
    assert render_op(op, context(dialect_named("sqlite"))) == wanted


def test_nothing_to_do_is_pass():
    assert render_ops(UpgradeOps([]), context(None)) == "pass"
    assert render_ops(UpgradeOps([ModifyTableOps("t", [])]), context(None)) == "pass"
    assert render_python_code(UpgradeOps([])).splitlines()[1] == "    pass"


def test_the_body_goes_where_a_template_has_its_token():
    assert render_ops(UpgradeOps([ops.DropTableOp("t"), ops.DropTableOp("u")]), context(None)) == (
        "# ### commands auto generated by autodiff - please adjust! ###\n"
        '    op.drop_table("t")\n'
        '    op.drop_table("u")\n'
        "    # ### end autodiff commands ###"
    )


CHANGES = ModifyTableOps(
    "t",
    [
        ops.AddColumnOp("t", COLUMN, schema="s"),
        ops.CreateIndexOp(sa.sql.elements.conv("ix"), "t", ["a"], schema="s"),
        ops.DropConstraintOp("u", "t", "unique", schema="s"),
    ],
    schema="s",
)

BATCH = """with op.batch_alter_table("t", schema="s") as batch_op:
    batch_op.add_column(sa.Column("a", sa.String(5)))
    batch_op.create_index(batch_op.f("ix"), ["a"])
    batch_op.drop_constraint("u", type_="unique")"""


@pytest.mark.parametrize(("dialect", "opts"), [("postgresql", {"render_as_batch": True}), ("sqlite", {})])
def test_changes_of_a_table_are_a_batch_where_the_user_or_the_database_wants_it(dialect, opts):
    assert render_op(CHANGES, context(dialect_named(dialect), **opts)) == BATCH


def test_changes_of_a_table_are_plain_directives_elsewhere():
    text = render_op(CHANGES, context(dialect_named("postgresql")))
    assert 'op.add_column("t", sa.Column("a", sa.String(5)), schema="s")\n' in text
    assert "batch" not in text


def test_sqlite_needs_no_batch_for_what_it_can_do_itself():
    changes = ModifyTableOps("t", [ops.AddColumnOp("t", COLUMN), ops.CreateIndexOp("ix", "t", ["a"])])
    assert "batch" not in render_op(changes, context(dialect_named("sqlite")))


@pytest.mark.parametrize("op_class", list(declared(batch=True)), ids=lambda c: c.__name__)
def test_every_operation_of_a_batch_has_a_directive_there(op_class):
    assert hasattr(BatchOperations, op_class.directive)


# -- renderers of the user's own


class Vacuum(MigrateOperation):
    def __init__(self, table):
        self.table = table


class FullVacuum(Vacuum):
    pass


@pytest.fixture
def own_renderers(monkeypatch):
    monkeypatch.setattr(renderers, "_registry", dict(renderers._registry))


@pytest.mark.usefixtures("own_renderers")
def test_a_renderer_may_say_one_line_or_several_and_serves_subclasses():
    @renderers.dispatch_for(Vacuum)
    def render(autogen_context, op):
        autogen_context.imports.add("from mine import vacuum")
        return [f"vacuum({op.table!r})", 'text = """a\n  b"""']

    surroundings = context(dialect_named("sqlite"))
    body = render_ops(UpgradeOps([FullVacuum("t")]), surroundings)
    assert '\n    vacuum(\'t\')\n    text = """a\n  b"""\n    #' in body
    assert surroundings.imports == {"from mine import vacuum"}


@pytest.mark.usefixtures("own_renderers")
def test_a_renderer_of_the_user_wins_over_what_is_built_in_inside_of_batches_too():
    @renderers.dispatch_for(ops.AddColumnOp, replace=True)
    def render(autogen_context, op):
        return "custom()"

    text = render_op(CHANGES, context(dialect_named("postgresql"), render_as_batch=True))
    assert '\n    custom()\n    batch_op.create_index(batch_op.f("ix"), ["a"])' in text


def test_an_operation_that_nobody_knows_to_render_is_named():
    with pytest.raises(ValueError, match="no dispatch function for object"):
        render_op(Vacuum("t"), context(dialect_named("sqlite")))
