"""An expression in which columns have new names: its text, and the tree as which it is compared."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from autodiff.dialects.sqlite.lexer import NotUnderstood, fold, tokens
from autodiff.state import Sql


def reworded(sql: Sql, names: Mapping[str, str], quote: Callable[[str], str]) -> Sql:
    """:param names: the new names by the old ones."""
    folded = {fold(old): new for old, new in names.items()}
    canonical = None if sql.canonical is None else repr(_in_tree(ast.literal_eval(sql.canonical), folded))
    return Sql(_in_text(sql.text, folded, quote), canonical)


def _in_text(text: str, names: Mapping[str, str], quote: Callable[[str], str]) -> str:
    try:
        some = tokens(text)
    except NotUnderstood:
        return text
    following = [token.text for token in some[1:]] + [""]
    for token, after in reversed(list(zip(some, following, strict=True))):
        new = names.get(fold(token.value)) if token.kind in ("word", "name") else None
        if new is not None and not (token.kind == "word" and after == "("):
            text = text[: token.start] + quote(new) + text[token.start + len(token.text) :]
    return text


def _in_tree(node: Any, names: Mapping[str, str]) -> Any:
    """A column is ``("column", name)`` in a tree, and ``("name", name)`` where the expression is not understood."""
    if not isinstance(node, tuple):
        return node
    if len(node) == 2 and node[0] in ("column", "name") and isinstance(node[1], str):
        return (node[0], fold(names.get(node[1], node[1])))
    return tuple(_in_tree(part, names) for part in node)
