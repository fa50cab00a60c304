"""Face: the comparison of one column's server default, as dialects of others answer it."""

from __future__ import annotations

from typing import Any


def _dialect_impl_compare_server_default(
    autogen_context: Any,
    alter_column_op: Any,
    schema: str | None,
    tname: str,
    cname: str,
    conn_col: Any,
    metadata_col: Any,
) -> bool:
    """Do the defaults differ, by the dialect's `compare_server_default`?"""
    impl = autogen_context.migration_context.impl
    found, wanted = (_rendered(impl, column) for column in (conn_col, metadata_col))
    return bool(impl.compare_server_default(conn_col, metadata_col, wanted, found))


def _rendered(impl: Any, column: Any) -> str | None:
    default = column.server_default
    if default is None:
        return None
    arg = getattr(default, "arg", None)
    if isinstance(arg, str):
        return f"'{arg}'"
    return str(impl.render_ddl_sql_expr(arg, is_server_default=True))
