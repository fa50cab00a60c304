"""The names in a piece of SQL, found without understanding it: strings and comments are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_TOKEN = re.compile(
    r"""
    (?P<skip>'(?:[^']|'')*' | --[^\n]* | /\*.*?\*/ )
  | (?P<quoted>"(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
  | (?P<word>[^\W\d][\w$]*)
  | (?P<number>\d[\w.]*)
    """,
    re.VERBOSE | re.DOTALL,
)


def identifiers(sql: str) -> Iterator[str]:
    """The words and quoted names, unquoted."""
    for match in _TOKEN.finditer(sql):
        if match["quoted"]:
            yield _unquoted(match["quoted"])
        elif match["word"]:
            yield match["word"]


def renamed(sql: str, names: Mapping[str, str]) -> str:
    """The text with names replaced; plain words are compared without regard to case, quoted ones exactly."""
    folded = {old.lower(): new for old, new in names.items()}

    def replace(match: re.Match[str]) -> str:
        if match["quoted"] and _unquoted(match["quoted"]) in names:
            return _quoted(names[_unquoted(match["quoted"])], match["quoted"][0])
        if match["word"] and match["word"].lower() in folded and not _is_call(sql, match.end()):
            new = folded[match["word"].lower()]
            return new if re.fullmatch(r"[a-z_][a-z0-9_]*", new) else _quoted(new)
        return match[0]

    return _TOKEN.sub(replace, sql)


def _is_call(sql: str, end: int) -> bool:
    return sql[end:].lstrip().startswith("(")


def _unquoted(name: str) -> str:
    close = name[-1]
    return name[1:-1].replace(close * 2, close)


def _quoted(name: str, opening: str = '"') -> str:
    """The name in the quotes that the text has: MySQL takes what stands in double ones for a string."""
    closing = "]" if opening == "[" else opening
    return opening + name.replace(closing, closing * 2) + closing
