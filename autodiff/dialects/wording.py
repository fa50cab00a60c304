"""A printed expression in which columns have new names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

# A type behind a cast may be of several words, which may be names of columns too.
_CAST = (
    r"::\s*(?:(?:timestamp|time)(?:\(\d+\))? with(?:out)? time zone|character varying|bit varying|double precision"
    r'|[\w."]+)'
)
_TOKEN = re.compile(rf"""[eE]'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|{_CAST}|[\w$]+|\s+|.""", re.S)


def reworded(text: str, names: Mapping[str, str], quote: Callable[[str], str]) -> str:
    """The text with the new names of its columns; what is no name of a column (strings, functions, types) stays.

    :param names: the new names by the old ones.
    """
    pieces = _TOKEN.findall(text)
    words = [piece for piece in pieces if not piece.isspace()] + [""]
    place, found = 0, []
    for piece in pieces:
        place += not piece.isspace()
        name = piece[1:-1].replace('""', '"') if piece.startswith('"') else piece
        is_call = piece == name and words[place] == "("
        found.append(quote(names[name]) if name in names and not is_call else piece)
    return "".join(found)
