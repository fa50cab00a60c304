"""Face: rendering under the names that plugins and dialects know."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Column
from sqlalchemy.types import TypeEngine

from autodiff.autogenerate.api import render_op_text
from autodiff.operations.tree import MigrateOperation, OpContainer
from autodiff.render.ops import render_builtin, renderers
from autodiff.render.python import SPELLED_OUT, Node, flat
from autodiff.render.schema import column_node, constraint_node
from autodiff.render.scope import Scope, Unset, prefix_of, within_batch
from autodiff.render.script import indented_below, render_python_code, spell_ops
from autodiff.render.types import type_node
from autodiff.render.values import default_node, name_node


def spelled(node: Node) -> str:
    """The source as plugins know it: every keyword and default said, single quotes."""
    return flat(node, SPELLED_OUT)


__all__ = ["render_op", "render_op_text", "render_python_code", "renderers"]


def render_op(autogen_context: Any, op: MigrateOperation) -> list[str]:
    """The source of one operation, as a list of texts."""
    return [render_op_text(autogen_context, op)]


def _render_cmd_body(op_container: OpContainer, autogen_context: Any) -> str:
    return spell_ops(op_container, autogen_context, batch_where_needed=False)


def _indent(text: str) -> str:
    return indented_below(text)


def _alembic_autogenerate_prefix(autogen_context: Any) -> str:
    return prefix_of(autogen_context)


def _sqlalchemy_autogenerate_prefix(autogen_context: Any) -> str:
    return Scope(autogen_context).sa


def _within_batch(autogen_context: Any) -> AbstractContextManager[None]:
    return within_batch(autogen_context)


def _user_defined_render(type_: str, object_: Any, autogen_context: Any) -> Any:
    """What `render_item` says: a text; None to leave the object out; False where it has nothing to say."""
    said = Scope(autogen_context).hooked(type_, object_)
    return False if said is Unset else None if said is None else spelled(said)


def _repr_type(type_: TypeEngine[Any], autogen_context: Any, _skip_variants: bool = False) -> str:
    if _skip_variants and getattr(type_, "_variant_mapping", None):
        type_ = type_.copy()
        type_._variant_mapping = {}  # type: ignore[assignment]
    return spelled(type_node(Scope(autogen_context), type_))


def _render_column(column: Column[Any], autogen_context: Any) -> Any:
    node = column_node(Scope(autogen_context), column)
    return False if node is None else spelled(node)


def _render_constraint(constraint: Any, autogen_context: Any, namespace_metadata: Any = None) -> str | None:
    node = constraint_node(Scope(autogen_context), constraint)
    return None if node is None else spelled(node)


def _render_server_default(default: Any, autogen_context: Any, repr_: bool = True) -> Any:
    said = _user_defined_render("server_default", default, autogen_context)
    if said is not False or default is None:
        return said if default is not None else None
    if isinstance(default, str) and not repr_:
        return default
    return spelled(default_node(Scope(autogen_context), default))


def _render_gen_name(autogen_context: Any, name: Any) -> Any:
    """A name as source."""
    return "None" if name is None else spelled(name_node(Scope(autogen_context), name))


def _add_table(autogen_context: Any, op: Any) -> str:
    return render_builtin(autogen_context, op)


_drop_table = _add_column = _drop_column = _alter_column = _add_index = _drop_index = _add_table
_add_constraint = _drop_constraint = _rename_table = _execute_sql = _add_table
