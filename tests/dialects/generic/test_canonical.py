"""What is certain about a database that nobody knows how to ask: other names and other literals; the rest is told."""

from __future__ import annotations

import pytest

from autodiff.dialects.generic.canonical import formed, reconciled
from autodiff.kinds import ColumnState, IndexState
from autodiff.state import Key, NotCompared, Sql

INDEX = Key("index", None, "t", "ix")
COLUMN = Key("column", None, "t", "c")


def index(*elements: str) -> IndexState:
    return IndexState(key=INDEX, elements=tuple(map(Sql, elements)))


def column(default: str | None) -> ColumnState:
    return ColumnState(key=COLUMN, type=Sql("INTEGER"), default=None if default is None else Sql(default))


@pytest.mark.parametrize(
    ("wanted", "found", "verdict"),
    [
        (index("a", "b"), index("a"), "other"),
        (index("a", "b"), index("b", "a"), "other"),
        (index('"A"'), index("a"), "same"),
        (index("lower(a)"), index("LOWER( a )"), "same"),
        (index("lower(a)"), index("lower((a)::text)"), "unsure"),
        (index("a"), index("lower(a)"), "unsure"),
        (index("a", "lower(b)"), index("c", "lower(b)"), "other"),
        (column("5"), column("2"), "other"),
        (column("5"), column("'5'"), "same"),
        (column("'a'"), column("'b'"), "other"),
        (column("'a'"), column("'A'"), "other"),
        (column("now()"), column("CURRENT_TIMESTAMP"), "unsure"),
        (column("'a'"), column("'a'::text"), "unsure"),
        (column("5"), column(None), "other"),
    ],
)
def test_what_two_texts_are_to_each_other(
    wanted: IndexState | ColumnState, found: IndexState | ColumnState, verdict: str
) -> None:
    unsure: list[NotCompared] = []
    other = formed(found)
    same = reconciled(formed(wanted), other, unsure) == other
    assert ("unsure" if unsure else "same" if same else "other") == verdict
