"""Differences as lines of text."""

from __future__ import annotations

import pytest

from autodiff.preview.report import Line
from autodiff.preview.text import body_lines

SHORT = "numeric(8,2) → numeric(6,2)"
LONGER = "character varying(200) → character varying(100), collate C"


@pytest.mark.parametrize(
    ("details", "at"),
    [((SHORT, SHORT), 65), ((SHORT, LONGER), 85), ((SHORT, "x" * 300), 65)],
    ids=["short", "longer", "far too long"],
)
def test_notes_stand_below_each_other(details: tuple[str, ...], at: int) -> None:
    parts = tuple(Line("alter", "column", f"column_{n}", detail, "may not fit") for n, detail in enumerate(details))
    shown = list(body_lines([Line("alter", "table", "t", parts=parts)], colour=False))[1:]
    found = [line.index("may not fit") for line in shown if len(line) < 200]
    assert found == [at] * len(found)
    assert all(detail in line for detail, line in zip(details, shown, strict=True))
