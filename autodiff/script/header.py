"""What the top of a revision file says, read without executing it. Pure: bytes in, values out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")

# The header ends where code that only runs when it is called begins.
_BODY = re.compile(rb"^(?:def|class|async[ \t]+def|@)", re.MULTILINE)
_IDENTIFIER_BELOW = re.compile(rb"^(?:revision|down_revision|branch_labels|depends_on)\b", re.MULTILINE)


class Header(NamedTuple):
    """The identifiers and the docstring of a revision file."""

    identifiers: dict[str, Any]
    docstring: str


def read_header(source: bytes) -> Header | None:
    """The header of a revision file; None when the file has to be executed to know it (names that are not literals).

    SyntaxError (with its line) when it is no Python.
    """
    body = _BODY.search(source)
    has_more = body is None or _IDENTIFIER_BELOW.search(source, body.start())
    tree = ast.parse(source if body is None or has_more else source[: body.start()])
    found: dict[str, Any] = {}
    for statement in tree.body:
        if not _collect(statement, found):
            return None
    if "revision" not in found and _has_code(tree):
        return None
    return Header(found, ast.get_docstring(tree, clean=False) or "")


def _collect(statement: ast.stmt, found: dict[str, Any]) -> bool:
    """Note what a statement assigns to an identifier; False when only executing it can tell."""
    if isinstance(statement, ast.Assign):
        return all(_assign(target, statement.value, found) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None or _assign(statement.target, statement.value, found)
    if isinstance(statement, ast.ImportFrom) and any(name.name == "*" for name in statement.names):
        return True  # such an import gives identifiers only where the file itself has none: see _has_code
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


def _has_code(tree: ast.Module) -> bool:
    """Whether executing the file could bring a `revision` that is not written in it."""
    return any(isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names) for node in tree.body)
