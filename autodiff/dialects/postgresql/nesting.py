"""Printed conditions that the server's parser would flatten, in words that it keeps nested.

``a BETWEEN 1 AND 5 AND b`` is printed ``((a >= 1) AND (a <= 5)) AND b``, and that, made anew, is printed without the inner
brackets: the parser takes a group that an AND or an OR begins with for a part of it (`makeAndExpr` in gram.y). What is in
a script is to make what there was.
"""

from __future__ import annotations

from autodiff.dialects.postgresql.words import TOKEN, bracketed, tokens

_RANGES = {"AND": (">=", "<=", ""), "OR": ("<", ">", "NOT ")}
_ROWS = {"AND": "=", "OR": "<>"}


def kept_nested(printed: str) -> str:
    """The expression, so written that it is printed as it is."""
    if printed.count(" AND ") < 2 and printed.count(" OR ") < 2:
        return printed
    text = _within_brackets(printed)
    for word in ("AND", "OR"):
        first, *others = _split(text, word)
        if others and first.startswith("(") and not bracketed(first)[1]:
            parts = _split(first[1:-1], word)
            if len(parts) > 1:
                return f" {word} ".join((f"({_in_one(parts, word)})", *others))
    return text


def _within_brackets(text: str) -> str:
    made = ""
    while match := TOKEN.match(text):
        token, rest = match.group(), text[match.end() :]
        if token == "(":
            inside, rest = bracketed(text)
            token = f"({kept_nested(inside)})"
        made, text = made + token, rest
    return made


def _in_one(parts: list[str], word: str) -> str:
    """What can be in brackets at the beginning: BETWEEN, or a comparison of rows."""
    insides = [part[1:-1] for part in parts if part.startswith("(") and not bracketed(part)[1]]
    if len(insides) < len(parts):
        return f" {word} ".join(parts)
    other = "OR" if word == "AND" else "AND"
    whole, halves = _range(insides, word), [_range(_unwrapped(_split(inside, other)), other) for inside in insides]
    if whole is not None:
        value, low, high = whole
        return f"{value} {_RANGES[word][2]}BETWEEN {low} AND {high}"
    if len(halves) == 2 and halves[0] is not None:
        value, low, high = halves[0]
        if halves[1] == (value, high, low):
            return f"{value} {_RANGES[other][2]}BETWEEN SYMMETRIC {low} AND {high}"
    pairs = [_split(inside, _ROWS[word]) for inside in insides]
    if all(len(pair) == 2 for pair in pairs):
        left, right = (", ".join(pair[side] for pair in pairs) for side in (0, 1))
        return f"({left}) {_ROWS[word]} ({right})"
    return f" {word} ".join(parts)


def _unwrapped(parts: list[str]) -> list[str]:
    return [part[1:-1] if part.startswith("(") else part for part in parts]


def _range(comparisons: list[str], word: str) -> tuple[str, str, str] | None:
    """The value and its two bounds, if this is what BETWEEN is printed as."""
    low, high = ([_split(text, sign) for text in comparisons] for sign in _RANGES[word][:2])
    if len(comparisons) != 2 or len(low[0]) != 2 or len(high[1]) != 2 or low[0][0] != high[1][0]:
        return None
    return low[0][0], low[0][1], high[1][1]


def _split(text: str, word: str) -> list[str]:
    """The parts of a text between the occurrences of a word outside of brackets and quotes."""
    separator = f" {word} "
    parts, depth, start, at = [], 0, 0, 0
    for token in tokens(text):
        if depth == 0 and at >= start and text.startswith(separator, at):
            parts.append(text[start:at])
            start = at + len(separator)
        depth += (token in "([") - (token in ")]") if len(token) == 1 else 0
        at += len(token)
    return [*parts, text[start:]]
