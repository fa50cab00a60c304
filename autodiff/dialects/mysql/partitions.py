"""How a table's partitions compare: what the models say of them, and what the database prints."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from autodiff.dialects.mysql.lexer import end_of_group, quoted

_COUNT = re.compile(r"partitions(\d+)$")
_METHOD = re.compile(
    r"\s*((?:LINEAR\s+)?(?:HASH|KEY)|(?:RANGE|LIST)(?:\s+COLUMNS)?|SYSTEM_TIME)\b(?:\s*ALGORITHM\s*=\s*\d)?\s*\(?", re.I
)
_NUMBERED = re.compile(r"(?:linear)?(?:hash|key)(?:algorithm=\d)?\([^()]*(?:\([^()]*\)[^()]*)*\)(?:partitions\d+)?")


@dataclass(frozen=True)
class Partitions:
    """:param text: what the table shall have.
    :param remark: why it is not compared, if it is not.
    """

    text: str | None
    remark: str | None = None


def partitions(written: str | None, printed: str | None, columns: Collection[str]) -> Partitions:
    """The models' side of a table's partitions.

    Partitions by ranges and lists come and go with time and with jobs of the database's people, and what the server
    prints of their bounds is not what was written: they are no difference, and neither are partitions that the models
    do not speak of. That a table has none yet, another number by hash or key, another method or other columns, is one.

    :param written: what stands behind PARTITION BY in the models' DDL.
    :param printed: what the database prints there.
    :param columns: the names of the table's columns.
    """
    if printed is None:
        return Partitions(written)
    if written is None:
        return Partitions(printed, f"the models say nothing of them; the database has {printed}")
    mine, theirs = plain(written), plain(printed)
    if mine == theirs:
        return Partitions(printed)
    if _NUMBERED.fullmatch(mine) and _NUMBERED.fullmatch(theirs) and _COUNT.sub("", mine) == _COUNT.sub("", theirs):
        return Partitions(written)
    if key_of(written, columns) != key_of(printed, columns):
        return Partitions(written)
    return Partitions(printed, f"autodiff does not change them; the database has {printed}")


def key_of(text: str, columns: Collection[str]) -> tuple[str, frozenset[str]]:
    """What a table is partitioned by: the method, and the columns that its expression names."""
    method = _METHOD.match(text)
    if method is None:
        return "", frozenset()
    expression = (
        text[method.end() - 1 : end_of_group(text, method.end() - 1)] if text[: method.end()].endswith("(") else ""
    )
    words = {word.lower() for word in re.findall(r"`(?:[^`]|``)*`|\w+", expression)}
    named = (name for name in columns if {name.lower(), quoted(name).lower()} & words)
    return " ".join(method[1].lower().split()), frozenset(named)


def plain(text: str) -> str:
    """Partitions without what may be written this way or that."""
    bare = re.sub(r"ENGINE\s*=\s*\w+|[\s`]", "", text, flags=re.I).lower()
    return re.sub(r"partitions1$", "", bare)
