"""Pieces of the SQL that MariaDB and MySQL print: quoted names, strings, groups in parentheses, values."""

from __future__ import annotations

import re
from collections.abc import Iterator

NAME = r"`(?:[^`]|``)*`"
STRING = r"'(?:[^'\\]|''|\\.)*'"
DOUBLE = r'"(?:[^"\\]|""|\\.)*"'

TOKEN = re.compile(rf"\s+|{NAME}|{STRING}|{DOUBLE}|[\w$]+|/\*M?!\d*|\*/|.", re.S)
_COMPLETE = re.compile(rf"(?:[^`'\"]|{NAME}|{STRING}|{DOUBLE})*", re.S)
_BETWEEN_QUOTES = re.compile(rf"({NAME}|{STRING}|{DOUBLE})", re.S)
_ESCAPE = re.compile(r"\\(.)|''", re.S)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "Z": "\x1a", "b": "\b"}

# What follows the value of DEFAULT or ON UPDATE in a column's definition.
_AFTER_A_VALUE = frozenset(
    {"ON", "COMMENT", "AUTO_INCREMENT", "CHECK", "INVISIBLE", "VISIBLE", "COLUMN_FORMAT", "STORAGE", "WITHOUT", "NOT"}
)


def lines(text: str) -> Iterator[str]:
    """The lines of a printed statement; a line break inside of quotes does not end one."""
    pending = ""
    for line in text.split("\n"):
        if pending:
            line = f"{pending}\n{line}"
        # Is every quote in it closed?
        is_complete = _COMPLETE.fullmatch(line) if "'" in line or '"' in line else line.count("`") % 2 == 0
        if is_complete:
            yield line
        pending = "" if is_complete else line
    if pending:
        yield pending


def name_of(quoted: str) -> str:
    """The name in backquotes."""
    return quoted[1:-1].replace("``", "`")


def quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"


def string_of(literal: str) -> str:
    """The value of a string literal."""
    if "\\" not in literal and "''" not in literal:
        return literal[1:-1]
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[1]) if m[1] else "'", literal[1:-1])


def literal(value: str) -> str:
    """A value as a string literal, for a session without NO_BACKSLASH_ESCAPES."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def without_escapes(text: str) -> str:
    """SQL whose string literals have backslashes for escapes, for a session that takes them as they are."""
    if "\\" not in text:
        return text

    def literal_of(match: re.Match[str]) -> str:
        said = match[1]
        return "'" + string_of(said).replace("'", "''") + "'" if said.startswith("'") else said

    return _BETWEEN_QUOTES.sub(literal_of, text)


def end_of_group(text: str, start: int) -> int:
    """The place after the parenthesis that closes the one at `start`."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)


def end_of_value(text: str, start: int) -> int:
    """The place after the value (a literal, a function's call, an expression in parentheses) that starts at `start`."""
    depth, end = 0, start
    for token in TOKEN.finditer(text, start):
        word = token[0]
        if depth == 0 and (word in _AFTER_A_VALUE or word.startswith(("/*!", "/*M!"))):
            break
        depth += {"(": 1, ")": -1}.get(word, 0)
        if not word.isspace():
            end = token.end()
    return end


_PLAIN_LIST = re.compile(r"\(`[\w$]+`(?:,`[\w$]+`)*\)")


def split_list(text: str) -> list[str]:
    """The members of a list in parentheses, as written: ``(`a`(5),`b` DESC)``."""
    if _PLAIN_LIST.fullmatch(text):
        return text[1:-1].split(",")
    members, start, depth = [], 1, 0
    for token in TOKEN.finditer(text):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if (token[0] == "," and depth == 1) or (token[0] == ")" and depth == 0):
            members.append(text[start : token.start()].strip())
            start = token.end()
    return members


_INTRODUCED = re.compile(rf"{NAME}|{DOUBLE}|(?<![\w$])_(?!binary)\w+({STRING})|{STRING}|-\((\d+)\)", re.S)


def without_history(expression: str) -> str:
    """An expression of MySQL's without what depends on how it came about.

    MySQL prints the character set of the connection that wrote a literal (``_latin1'x'``), which says nothing of an ASCII
    one, and ``-(4)`` or ``-4`` for the same number (measured on MySQL 9.7).
    """

    def plain(match: re.Match[str]) -> str:
        introduced, number = match.groups()
        if number is not None:
            return f"-{number}"
        return introduced if introduced is not None and introduced.isascii() else match[0]

    return _INTRODUCED.sub(plain, expression)


def names_in(expression: str) -> list[str]:
    """The names in backquotes in an expression, in order."""
    return [name_of(piece) for piece in _BETWEEN_QUOTES.findall(expression) if piece.startswith("`")]


def bare(expression: str) -> str:
    """An expression without the parentheses around the whole of it."""
    expression = expression.strip()
    while expression.startswith("(") and end_of_group(expression, 0) == len(expression):
        expression = expression[1:-1].strip()
    return expression
