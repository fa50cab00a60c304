"""Face: the comparison of one column's server default, as dialects of others answer it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.schema import Computed, DefaultClause, Identity

from autodiff.util import PriorityDispatchResult


def _dialect_impl_compare_server_default(
    autogen_context: Any,
    alter_column_op: Any,
    schema: str | None,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> PriorityDispatchResult:
    """Compare the defaults; `alter_column_op` learns what is there, and what is wanted where that is another one.

    :returns: STOP where they differ.
    """
    found, wanted = conn_col.server_default, metadata_col.server_default
    if found is None and wanted is None:
        return PriorityDispatchResult.CONTINUE
    alter_column_op.existing_server_default = found
    if any(isinstance(default, Computed | Identity) for default in (found, wanted)):
        return PriorityDispatchResult.CONTINUE  # these are no defaults: others compare them
    impl = autogen_context.migration_context.impl
    if not impl.compare_server_default(
        conn_col, metadata_col, _rendered(impl, metadata_col), _rendered(impl, conn_col)
    ):
        return PriorityDispatchResult.CONTINUE
    alter_column_op.modify_server_default = wanted
    return PriorityDispatchResult.STOP


def _rendered(impl: Any, column: Any) -> str | None:
    default = column.server_default
    if not isinstance(default, DefaultClause):
        return None
    if isinstance(default.arg, str):
        return "'{}'".format(default.arg.replace("'", "''"))
    return str(impl.render_ddl_sql_expr(default.arg, is_server_default=True))
