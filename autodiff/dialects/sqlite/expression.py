"""SQLite's expressions: text to syntax tree to canonical tree; two spellings of one expression have one canonical tree.

The precedence is that of SQLite's grammar, the rewriting only what was proved never to change a result
(70,000 random expressions, no false "equal"). Comparing bytecode instead is unsound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autodiff.dialects.sqlite.lexer import NotUnderstood, Reader, Token, fold, quoted, spelled, split, text_of, tokens

Node = tuple[Any, ...]

# Binding powers, low to high, as in https://sqlite.org/lang_expr.html#operators_and_parse_affecting_attributes
_OR, _AND, _NOT, _EQUALITY, _COMPARISON, _BITS, _SUM, _PRODUCT, _CONCAT, _COLLATE, _UNARY = range(1, 12)
_BINARY = {
    "=": _EQUALITY,
    "==": _EQUALITY,
    "!=": _EQUALITY,
    "<>": _EQUALITY,
    "<": _COMPARISON,
    "<=": _COMPARISON,
    ">": _COMPARISON,
    ">=": _COMPARISON,
    "&": _BITS,
    "|": _BITS,
    "<<": _BITS,
    ">>": _BITS,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "%": _PRODUCT,
    "||": _CONCAT,
    "->": _CONCAT,
    "->>": _CONCAT,
}
_LIKE = ("LIKE", "GLOB", "REGEXP", "MATCH")
_NOW = ("CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")
_ROWID = frozenset({"rowid", "oid", "_rowid_"})
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Scope:
    """What the names of an expression can mean: the table it belongs to, and that table's columns (folded)."""

    table: str | None = None
    columns: frozenset[str] = frozenset()
    rowid: bool = True

    def knows(self, name: str) -> bool:
        return name in self.columns or (self.rowid and name in _ROWID)


@dataclass(frozen=True)
class Expression:
    """An expression as its author wrote it."""

    text: str
    tokens: tuple[Token, ...] = field(compare=False, repr=False)

    @cached_property
    def node(self) -> Node | None:
        """The syntax tree; None for what this grammar does not know (a subquery, a window)."""
        try:
            return parsed(self.text, list(self.tokens))
        except NotUnderstood:
            return None


def expression(text: str) -> Expression:
    """The expression of a whole text."""
    return expression_of(text, tokens(text))


def expression_of(sql: str, some: list[Token]) -> Expression:
    """The expression that these neighbouring tokens of a longer text are."""
    return Expression(text_of(sql, some), tuple(some))


# text to syntax tree


def parsed(sql: str, some: list[Token]) -> Node:
    """The syntax tree of the tokens.

    :raises NotUnderstood: for anything but one whole expression.
    """
    reader = Reader(sql, some)
    node = _binding(reader, _OR)
    if not reader.ended:
        raise NotUnderstood(f"not an expression: {sql!r}")
    return node


def _binding(reader: Reader, power: int) -> Node:
    """The longest expression from here whose operators bind at least as tightly as `power`."""
    left = _prefixed(reader)
    while True:
        longer = _continued(reader, left, power)
        if longer is None:
            return left
        left = longer


def _prefixed(reader: Reader) -> Node:
    token = reader.peek()
    if token is not None and token.kind == "op" and token.text in ("-", "+", "~"):
        reader.next()
        return ("unary", token.text, _binding(reader, _UNARY))
    # A column may be called "not"; the bare word is always the operator.
    if reader.take("NOT"):
        return ("not", _binding(reader, _NOT))
    return _operand(reader)


def _continued(reader: Reader, left: Node, power: int) -> Node | None:
    token = reader.peek()
    if token is None:
        return None
    if token.kind == "op":
        strength = _BINARY.get(token.text, 0)
        if not strength or strength < power:
            return None
        reader.next()
        return ("binary", token.text, left, _binding(reader, strength + 1))
    for word, strength in (("OR", _OR), ("AND", _AND)):
        if token.is_word(word):
            return (word.lower(), left, _after(reader, strength)) if strength >= power else None
    if token.is_word("COLLATE"):
        if power > _COLLATE:
            return None
        reader.next()
        return ("collate", left, fold(reader.name()))
    return _compared(reader, left) if power <= _EQUALITY else None


def _after(reader: Reader, strength: int) -> Node:
    reader.next()
    return _binding(reader, strength + 1)


def _compared(reader: Reader, left: Node) -> Node | None:
    """The comparisons that are words, all as strong as =."""
    if reader.take("ISNULL"):
        return ("is", left, ("null",))
    if reader.take("NOTNULL") or reader.take("NOT", "NULL"):
        return ("is not", left, ("null",))
    if reader.take("IS"):
        return _is(reader, left)
    if reader.sees("NOT"):
        reader.next()
        positive = _matched(reader, left)
        if positive is None:
            raise NotUnderstood(f"NOT without LIKE, IN or BETWEEN: {reader.sql!r}")
        return ("not", positive)
    return _matched(reader, left)


def _is(reader: Reader, left: Node) -> Node:
    negative = reader.take("NOT")
    if reader.take("DISTINCT", "FROM"):
        negative = not negative
    return ("is not" if negative else "is", left, _binding(reader, _EQUALITY + 1))


def _matched(reader: Reader, left: Node) -> Node | None:
    if reader.take("BETWEEN"):
        low = _binding(reader, _AND + 1)
        reader.require("AND")
        return ("between", left, low, _binding(reader, _EQUALITY + 1))
    if reader.take("IN"):
        return ("in", left, _listed(reader.sql, reader.group()))
    if not reader.sees_any(*_LIKE):
        return None
    word = fold(reader.next().text)
    pattern = _binding(reader, _EQUALITY + 1)
    escape = _binding(reader, _EQUALITY + 1) if reader.take("ESCAPE") else None
    return ("like", word, left, pattern, escape)


def _listed(sql: str, some: list[Token]) -> tuple[Node, ...]:
    return tuple(parsed(sql, part) for part in split(some))


def _operand(reader: Reader) -> Node:
    token = reader.next()
    if token.kind == "number":
        return number(token.text)
    if token.kind == "blob":
        return ("blob", token.text[2:-1].lower())
    if token.kind == "string" and not reader.sees("."):
        return ("string", token.value)
    if token.kind == "op" and token.text == "(":
        reader.at -= 1
        inner = _listed(reader.sql, reader.group())
        return inner[0] if len(inner) == 1 else ("row", inner)
    if token.kind == "word":
        return _worded(reader, token)
    return _named(reader, token)


def _worded(reader: Reader, token: Token) -> Node:
    if token.is_word("NULL"):
        return ("null",)
    if token.is_word(*_NOW):
        return ("now", fold(token.text))
    if token.is_word("CASE"):
        return _case(reader)
    if token.is_word("CAST") and reader.sees("("):
        return _cast(reader)
    if token.is_word("SELECT", "WITH", "VALUES", "EXISTS", "RAISE"):
        raise NotUnderstood(f"{token.text} in an expression: {reader.sql!r}")
    return _named(reader, token)


def _named(reader: Reader, token: Token) -> Node:
    if token.kind not in ("word", "name", "string"):
        raise NotUnderstood(f"a value expected, not {token.text!r}: {reader.sql!r}")
    if reader.sees("("):
        return _call(reader, token)
    parts = [token]
    while reader.take("."):
        parts.append(reader.next())
    return ("name", tuple(parts))


def _call(reader: Reader, token: Token) -> Node:
    inner = reader.group()
    if reader.sees_any("OVER", "FILTER"):
        raise NotUnderstood(f"a window function: {reader.sql!r}")
    if len(inner) == 1 and inner[0].text == "*":
        return ("call", fold(token.value), "*", ())
    distinct = bool(inner) and inner[0].is_word("DISTINCT")
    return ("call", fold(token.value), "distinct" if distinct else "", _listed(reader.sql, inner[distinct:]))


def _cast(reader: Reader) -> Node:
    inner = reader.group()
    cut = max((at for at, token in enumerate(inner) if token.is_word("AS")), default=0)
    if not cut:
        raise NotUnderstood(f"CAST without AS: {reader.sql!r}")
    return ("cast", parsed(reader.sql, inner[:cut]), type_text(inner[cut + 1 :]))


def _case(reader: Reader) -> Node:
    base = None if reader.sees("WHEN") else _binding(reader, _OR)
    branches: list[tuple[Node, Node]] = []
    while reader.take("WHEN"):
        condition = _binding(reader, _OR)
        reader.require("THEN")
        branches.append((condition, _binding(reader, _OR)))
    otherwise = _binding(reader, _OR) if reader.take("ELSE") else None
    reader.require("END")
    return ("case", base, tuple(branches), otherwise)


def number(text: str) -> Node:
    """The value of a number: an integer of 64 bits, or a real."""
    plain = text.replace("_", "").lower()
    if plain.startswith("0x"):
        value = int(plain, 16)
        return ("int", value - 2**64 if value > _LARGEST else value)
    if plain.isdigit() and int(plain) <= _LARGEST:
        return ("int", int(plain))
    # One more than the largest: only `-9223372036854775808` makes an integer of it.
    return ("int", _LARGEST + 1) if plain.isdigit() and int(plain) == _LARGEST + 1 else ("real", float(plain))


def type_text(some: list[Token]) -> str:
    """A type's words in upper case with single blanks: `varchar ( 20,3 )` is `VARCHAR(20, 3)`."""
    text = ""
    for token in some:
        glued = not text or token.text in ("(", ")", ",") or text.endswith(("(", "-", "+"))
        text += token.text.upper() if glued else " " + token.text.upper()
    return text


# syntax tree to canonical tree


def canonical(given: Expression, scope: Scope) -> Node:
    """The tree that every spelling of this expression has, or its token list where the grammar does not know it."""
    if given.node is None:
        return ("tokens", spelled(given.tokens))
    return _plain(_settled(given.node, scope))


def same_expression(one: str, other: str) -> bool:
    """Do two texts mean the same, whichever columns the table has?"""
    try:
        pair = expression(one), expression(other)
    except NotUnderstood:
        return one.split() == other.split()
    names = frozenset(fold(token.value) for given in pair for token in given.tokens if token.kind == "name")
    return canonical(pair[0], Scope(columns=names)) == canonical(pair[1], Scope(columns=names))


def _plain(node: Node) -> Node:
    """A bare TRUE or FALSE is 1 or 0 everywhere but after IS."""
    if node[0] == "truth":
        return ("int", int(node[1]))
    # One more than the largest integer that no minus stands before is a real.
    return ("real", float(node[1])) if node == ("int", _LARGEST + 1) else node


def _settled(node: Node, scope: Scope) -> Node:
    rewrite = _REWRITES.get(node[0])
    return rewrite(node, scope) if rewrite else node


def _inner(node: Node, scope: Scope) -> Node:
    return _plain(_settled(node, scope))


def _name(node: Node, scope: Scope) -> Node:
    parts: tuple[Token, ...] = node[1]
    name = fold(parts[-1].value)
    if len(parts) > 1:
        own = scope.table is not None and fold(parts[-2].value) == fold(scope.table)
        return ("column", name) if own else ("column", *(fold(part.value) for part in parts))
    if scope.knows(name):
        return ("column", name)
    if parts[0].text.startswith('"'):
        return ("string", parts[0].value)
    if parts[0].kind == "word" and name in ("true", "false"):
        return ("truth", name == "true")
    return ("column", name)


def _unary(node: Node, scope: Scope) -> Node:
    _, sign, operand = node
    inner = _settled(operand, scope)
    if sign == "-" and inner[0] in ("int", "real") and inner[1] >= 0:
        return (inner[0], -inner[1])
    return ("unary", sign, _plain(inner))


def _binary(node: Node, scope: Scope) -> Node:
    _, sign, left, right = node
    return ("binary", {"==": "=", "<>": "!="}.get(sign, sign), _inner(left, scope), _inner(right, scope))


def _chain(node: Node, scope: Scope) -> Node:
    """a AND (b AND c) and (a AND b) AND c are one list; its order stays."""
    members: list[Node] = []
    for side in node[1:]:
        inner = _inner(side, scope)
        members.extend(inner[1] if inner[0] == node[0] else (inner,))
    return (node[0], tuple(members))


def _truth_test(node: Node, scope: Scope) -> Node:
    word, left, right = node
    if right == ("null",):
        return ("isnull" if word == "is" else "notnull", _inner(left, scope))
    return (word, _inner(left, scope), _settled(right, scope))


def _case_settled(node: Node, scope: Scope) -> Node:
    _, base, branches, otherwise = node
    return (
        "case",
        None if base is None else _inner(base, scope),
        tuple((_inner(condition, scope), _inner(result, scope)) for condition, result in branches),
        None if otherwise is None else _inner(otherwise, scope),
    )


def _all(nodes: tuple[Node, ...], scope: Scope) -> tuple[Node, ...]:
    return tuple(_inner(node, scope) for node in nodes)


_REWRITES: Mapping[str, Any] = {
    "name": _name,
    "unary": _unary,
    "binary": _binary,
    "and": _chain,
    "or": _chain,
    "is": _truth_test,
    "is not": _truth_test,
    "case": _case_settled,
    "not": lambda node, scope: ("not", _inner(node[1], scope)),
    "collate": lambda node, scope: ("collate", _inner(node[1], scope), node[2]),
    "between": lambda node, scope: ("between", *_all(node[1:], scope)),
    "in": lambda node, scope: ("in", _inner(node[1], scope), _all(node[2], scope)),
    "like": lambda node, scope: ("like", node[1], *_all(tuple(x for x in node[2:] if x), scope)),
    "call": lambda node, scope: ("call", node[1], node[2], _all(node[3], scope)),
    "cast": lambda node, scope: ("cast", _inner(node[1], scope), node[2]),
    "row": lambda node, scope: ("row", _all(node[1], scope)),
}


# the names in an expression


def columns_of(given: Expression, scope: Scope) -> frozenset[str]:
    """The table's own columns that the expression mentions, folded."""
    return frozenset(fold(parts[-1].value) for parts in _own_names(given, scope))


def respelled(given: Expression, scope: Scope, renamed: Mapping[str, str]) -> str:
    """The expression's text with columns renamed (folded old name to new name) and without qualifiers by its own table.

    Qualifiers go because a rebuilt table is made under another name first, where `t.a` would not be found.
    """
    text, origin = given.text, given.tokens[0].start if given.tokens else 0
    for parts in sorted(_own_names(given, scope), key=lambda parts: -parts[0].start):
        new = renamed.get(fold(parts[-1].value))
        if new is None and len(parts) == 1:
            continue
        said = parts[-1].text if new is None else quoted(new)
        text = text[: parts[0].start - origin] + said + text[parts[-1].end - origin :]
    return text


def _own_names(given: Expression, scope: Scope) -> Iterator[tuple[Token, ...]]:
    if given.node is None:
        yield from ((token,) for token in given.tokens if _maybe_own(token, scope))
        return
    for parts in _names(given.node):
        if _name(("name", parts), scope)[0] == "column" and (len(parts) == 1 or _is_own(parts, scope)):
            yield parts


def _maybe_own(token: Token, scope: Scope) -> bool:
    return token.kind in ("word", "name") and fold(token.value) in scope.columns


def _is_own(parts: tuple[Token, ...], scope: Scope) -> bool:
    return scope.table is not None and fold(parts[-2].value) == fold(scope.table)


def _names(node: Any) -> Iterator[tuple[Token, ...]]:
    if not isinstance(node, tuple) or isinstance(node, Token):
        return
    if node[:1] == ("name",):
        yield node[1]
        return
    for part in node:
        yield from _names(part)
