"""The documented functions of autogenerate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData

from autodiff.autogenerate.comparison import compare, populate
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.revision import RevisionContext
from autodiff.operations.tree import DowngradeOps, MigrateOperation, MigrationScript, UpgradeOps
from autodiff.render.script import COMPARED_BY, indented_below, render_python_code, spell_op, spell_ops

if TYPE_CHECKING:
    from autodiff.runtime.migration import MigrationContext

__all__ = [
    "AutogenContext",
    "RevisionContext",
    "compare_metadata",
    "produce_migrations",
    "render_op_text",
    "render_python_code",
]


def produce_migrations(context: MigrationContext, metadata: MetaData | Sequence[MetaData]) -> MigrationScript:
    """The operations that bring the context's database to the models, and those that bring it back.

    :param context: a context with a connection; the database is only read.
    :param metadata: the models.
    :returns: a script object without revision id; `render_python_code` writes its `upgrade_ops` and `downgrade_ops`.
    """
    autogen_context = AutogenContext(context, metadata=metadata)
    script = MigrationScript(rev_id=None, upgrade_ops=UpgradeOps([]), downgrade_ops=DowngradeOps([]))
    populate(compare(autogen_context), script)
    for ops in (*script.upgrade_ops_list, *script.downgrade_ops_list):
        ops.info[COMPARED_BY] = context
    return script


def render_op_text(autogen_context: AutogenContext, op: MigrateOperation) -> str:
    """One operation as Python source: flush left, a line per statement, every keyword said."""
    return spell_op(op, autogen_context)


def compare_metadata(context: MigrationContext, metadata: MetaData | Sequence[MetaData]) -> Any:
    """The differences between a database and models as a list of tuples such as ``("add_table", Table)``."""
    upgrade_ops = produce_migrations(context, metadata).upgrade_ops
    assert upgrade_ops is not None
    return upgrade_ops.as_diffs()


def _render_migration_diffs(context: MigrationContext, template_args: dict[Any, Any]) -> None:
    """Compare, and put the rendered operations into `template_args`: the older way, which tests of plugins use."""
    autogen_context = AutogenContext(context)
    script = MigrationScript(rev_id=None, upgrade_ops=UpgradeOps([]), downgrade_ops=DowngradeOps([]))
    populate(compare(autogen_context), script)
    for token, ops in (
        ("upgrade_token", script.upgrade_ops_list[0]),
        ("downgrade_token", script.downgrade_ops_list[0]),
    ):
        body = spell_ops(ops, autogen_context, batch_where_needed=False)
        template_args[context.opts.get(token, token.replace("_token", "s"))] = indented_below(body)
    template_args["imports"] = "\n".join(sorted(autogen_context.imports))
