"""Face: the comparison, and its functions of plugins, under the names that plugins import."""

from __future__ import annotations

from typing import Any

from autodiff.autogenerate.api import compare_metadata, produce_migrations
from autodiff.autogenerate.comparison import compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.extensions import comparators
from autodiff.operations.tree import UpgradeOps

__all__ = ["comparators", "compare_metadata", "produce_migrations"]


def _produce_net_changes(autogen_context: AutogenContext, upgrade_ops: UpgradeOps) -> None:
    """Put the operations that lead from the database to the models into `upgrade_ops`."""
    upgrade_ops.ops.extend(compare(autogen_context).upgrade)


def _populate_migration_script(autogen_context: Any, migration_script: Any) -> None:
    """Fill the last pair of upgrade and downgrade operations of a script."""
    from autodiff.autogenerate.comparison import populate

    populate(compare(autogen_context), migration_script)
