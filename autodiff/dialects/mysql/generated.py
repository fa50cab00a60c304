"""Generated columns in DDL: what of a type's text stands behind the expression.

https://dev.mysql.com/doc/refman/9.4/en/create-table-generated-columns.html,
https://mariadb.com/kb/en/generated-columns/#syntax: only COLLATE (and MariaDB's COMPRESSED) stands before it.
"""

from __future__ import annotations

import re

from autodiff.dialects.mysql.lexer import STRING

_PIECE = re.compile(rf"{STRING}| INVISIBLE\b| SRID \d+", re.S)


def parted(type_: str) -> tuple[str, str]:
    """A type's text without the words that stand behind the expression, and these."""
    behind = [piece for piece in _PIECE.findall(type_) if not piece.startswith("'")]
    before = _PIECE.sub(lambda match: match[0] if match[0].startswith("'") else "", type_)
    return before, "".join(behind)


def in_order(definition: str, type_: str, expression: str) -> str:
    """A column's definition with the words of its type where the server takes them.

    :param expression: ``GENERATED ALWAYS AS (…) STORED``, which stands behind the type.
    """
    before, behind = parted(type_)
    return definition.replace(f"{type_} {expression}", f"{before} {expression}{behind}", 1) if behind else definition
