"""What the top of a revision file says, read without executing it. Pure: bytes in, values out."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

# The header ends where code that only runs when it is called begins.
_BODY = re.compile(rb"^(?:def|class|async[ \t]+def|@)", re.MULTILINE)
_IDENTIFIER_BELOW = re.compile(rb"^(?:revision|down_revision|branch_labels|depends_on)\b", re.MULTILINE)


# A header as the templates write it, which is nearly every one: a docstring without escapes, whole import lines, and the
# four identifiers, each one text or None. It says the same as its syntax tree, at a tenth of the cost.
_VALUE = rb"""[ \t]*(?::[^=\n;#"'\\]*)?=[ \t]*(?:None|'([^'"\\\n\r]+)'|"([^'"\\\n\r]+)")[ \t]*(?:\#[^\n]*)?\r?\n"""
_QUIET = rb"""(?:[ \t]*(?:\#(?![^\n]*coding)[^\n]*)?\r?\n
    |(?:from|import)\b(?![^\n]*\b(?:revision|down_revision|branch_labels|depends_on)\b)[^\n;()\\]*\n)*"""
_PLAIN = re.compile(
    rb"""\s*(?:\"\"\"([^"\\]*(?:"(?!"")[^"\\]*)*)\"\"\")?[ \t]*\r?\n"""
    + _QUIET
    + b"".join(name + _VALUE for name in (b"revision", b"down_revision", b"branch_labels", b"depends_on"))
    + _QUIET,
    re.VERBOSE,
)


class Header(NamedTuple):
    """The identifiers and the docstring of a revision file."""

    identifiers: dict[str, Any]
    docstring: str


def read_header(source: bytes) -> Header | None:
    """The header of a revision file; None when the file has to be executed to know it (names that are not literals).

    SyntaxError (with its line) when it is no Python.
    """
    body = _BODY.search(source)
    if body is not None and not _IDENTIFIER_BELOW.search(source, body.start()):
        plain = _plain(source, body.start())
        if plain is not None:
            return plain
    from autodiff.script.header_tree import read_tree

    has_more = body is None or _IDENTIFIER_BELOW.search(source, body.start())
    found = read_tree(source if body is None or has_more else source[: body.start()])
    return None if found is None else Header(*found)


def _plain(source: bytes, end: int) -> Header | None:
    """The header up to `end` if it is written as the templates write it; None if a syntax tree is needed."""
    found = _PLAIN.fullmatch(source, 0, end)
    if found is None:
        return None
    docstring, r1, r2, d1, d2, b1, b2, o1, o2 = found.groups()
    revision = r1 or r2
    if revision is None:
        return None
    try:
        values = {
            "revision": revision.decode(),
            "down_revision": _text(d1 or d2),
            "branch_labels": _text(b1 or b2),
            "depends_on": _text(o1 or o2),
        }
        return Header(values, (docstring or b"").decode().replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return None  # the syntax tree names the line


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
