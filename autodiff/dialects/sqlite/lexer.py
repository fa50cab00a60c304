"""SQLite's tokens: the text of a statement as a list of words, names, strings, numbers and operators.

The rules are those of SQLite's own tokenizer (https://sqlite.org/lang_keywords.html, lang_comment.html, lang_expr.html),
so that a text that SQLite took is taken here too.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class NotUnderstood(ValueError):
    """A text that this grammar does not know; whoever asked falls back to comparing tokens or text."""


class Token(NamedTuple):
    """One token, where it stands in its text, and what it says once quotes are gone."""

    kind: str
    text: str
    start: int
    value: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def is_word(self, *words: str) -> bool:
        """Is this one of these keywords (given in upper case), written without quotes?"""
        return self.kind == "word" and self.text.upper() in words


# Names, strings and comments of any length must not recurse, hence the unrolled loops.
_TOKEN = re.compile(
    r"""
      (?P<blank>[ \t\n\f\r]+|--[^\n]*|/\*.*?(?:\*/|\Z))
    | (?P<blob>[xX]'[0-9a-fA-F]*')
    | (?P<string>'[^']*(?:''[^']*)*')
    | (?P<name>"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\[[^\]]*\])
    | (?P<number>0[xX][0-9a-fA-F][0-9a-fA-F_]*|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?)
    | (?P<word>[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*)
    | (?P<parameter>\?[0-9]*|[:@$\#][A-Za-z0-9_$\x80-\U0010ffff]+)
    | (?P<op>->>|->|\|\||<<|<=|<>|>>|>=|==|!=|[-+*/%=<>|,&~.();])
    """,
    re.X | re.S,
)
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def fold(name: str) -> str:
    """The name as SQLite compares it: ASCII letters without case, every other letter as it is."""
    return name.translate(_FOLD)


def unquoted(text: str) -> str:
    """What a string or a name in any of SQLite's quotes says."""
    mark = text[:1]
    if mark in ("'", '"', "`"):
        return text[1:-1].replace(mark * 2, mark)
    return text[1:-1] if mark == "[" else text


def quoted(name: str) -> str:
    """The name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """The text as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def tokens(sql: str) -> list[Token]:
    """The tokens of a text, without blanks and comments.

    :raises NotUnderstood: where no token begins.
    """
    return list(scanned(sql))


def scanned(sql: str) -> Iterator[Token]:
    """The tokens one by one, for who needs the first ones only."""
    at = 0
    while at < len(sql):
        match = _TOKEN.match(sql, at)
        if match is None:
            raise NotUnderstood(f"no SQL token at {sql[at : at + 20]!r}")
        kind, text = str(match.lastgroup), match.group()
        if kind != "blank":
            yield Token(kind, text, at, unquoted(text) if kind in ("string", "name") else text)
        at = match.end()


def spelled(some: Iterable[Token]) -> tuple[tuple[str, str], ...]:
    """The tokens without what does not count: case of words, the style of quotes, blanks."""
    return tuple(_spelling(token) for token in some)


def _spelling(token: Token) -> tuple[str, str]:
    if token.kind in ("word", "name"):
        return "name", fold(token.value)
    return token.kind, token.value if token.kind == "string" else fold(token.text)


class Reader:
    """The tokens of one text, read from the left."""

    def __init__(self, sql: str, some: Iterable[Token]) -> None:
        self.sql = sql
        self.tokens = list(some)
        self.at = 0

    @property
    def ended(self) -> bool:
        return self.at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        where = self.at + ahead
        return self.tokens[where] if where < len(self.tokens) else None

    def next(self) -> Token:
        token = self.peek()
        if token is None:
            raise NotUnderstood(f"the text ends too early: {self.sql!r}")
        self.at += 1
        return token

    def sees(self, *words: str) -> bool:
        """Do these keywords or operators come next, in this order?"""
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if token is None or not (token.is_word(word) or (token.kind == "op" and token.text == word)):
                return False
        return True

    def sees_any(self, *words: str) -> bool:
        token = self.peek()
        return token is not None and token.is_word(*words)

    def take(self, *words: str) -> bool:
        """Step over these keywords or operators if they come next."""
        if not self.sees(*words):
            return False
        self.at += len(words)
        return True

    def require(self, *words: str) -> None:
        if not self.take(*words):
            token = self.peek()
            raise NotUnderstood(f"{' '.join(words)} expected, not {token.text if token else 'the end'!r}: {self.sql!r}")

    def name(self) -> str:
        """A name in any quoting that SQLite takes, even 'single quotes'."""
        token = self.next()
        if token.kind not in ("word", "name", "string"):
            raise NotUnderstood(f"a name expected, not {token.text!r}: {self.sql!r}")
        return token.value

    def group(self) -> list[Token]:
        """The tokens between ( and its ), which must come next."""
        self.require("(")
        start, depth = self.at, 1
        while depth:
            token = self.next()
            if token.kind == "op":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
        return self.tokens[start : self.at - 1]

    def between(self, start: int, end: int) -> str:
        """The text from the token number `start` up to, without, the token number `end`."""
        return self.sql[self.tokens[start].start : self.tokens[end - 1].end] if end > start else ""


def split(some: list[Token]) -> list[list[Token]]:
    """The parts of a list at its top-level commas."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in some:
        if token.kind == "op":
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            if token.text == "," and depth == 0:
                parts.append([])
                continue
        parts[-1].append(token)
    return parts if parts != [[]] else []


def text_of(sql: str, some: list[Token]) -> str:
    """The text that these neighbouring tokens stand in."""
    return sql[some[0].start : some[-1].end] if some else ""
