"""What the top of a revision file says, read from its syntax tree: for headers that are not as the templates write them. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")


def read_tree(source: bytes) -> tuple[dict[str, Any], str] | None:
    """The identifiers and the docstring; None when the file has to be executed to know them.

    SyntaxError (with its line) when it is no Python.
    """
    tree = ast.parse(source)
    found: dict[str, Any] = {}
    for statement in tree.body:
        if not _collect(statement, found):
            return None
    if "revision" not in found and _imports_all(tree):
        return None
    return found, ast.get_docstring(tree, clean=False) or ""


def _collect(statement: ast.stmt, found: dict[str, Any]) -> bool:
    """Note what a statement assigns to an identifier; False when only executing it can tell."""
    if isinstance(statement, ast.Assign):
        return all(_assign(target, statement.value, found) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None or _assign(statement.target, statement.value, found)
    if isinstance(statement, ast.ImportFrom) and any(name.name == "*" for name in statement.names):
        return True  # such an import gives identifiers only where the file itself has none: see _imports_all
    return not any(name in IDENTIFIERS for name in _bound(statement))


def _assign(target: ast.expr, value: ast.expr, found: dict[str, Any]) -> bool:
    if not isinstance(target, ast.Name):
        return not any(isinstance(node, ast.Name) and node.id in IDENTIFIERS for node in ast.walk(target))
    if target.id not in IDENTIFIERS:
        return True
    try:
        found[target.id] = ast.literal_eval(value)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _bound(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def _imports_all(tree: ast.Module) -> bool:
    """Whether executing the file could bring a `revision` that is not written in it."""
    return any(isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names) for node in tree.body)
