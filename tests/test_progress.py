"""The line that says what long work is at: on a terminal, after a while, and gone when anything else is said."""

from __future__ import annotations

import io
import os
import pty
import re
import sys

import pytest

from autodiff import progress
from autodiff.progress import Line


@pytest.mark.parametrize(
    ("stage", "detail", "wanted"),
    [
        ("reading the database", "", "reading the database, 14 s"),
        ("upgrade ab12, revision 2 of 5", "DROP\n  TABLE t", "upgrade ab12, revision 2 of 5: DROP TABLE t, 14 s"),
        (
            "upgrade ab12, revision 2 of 5",
            "CREATE INDEX " + "x" * 99,
            "upgrade ab12, revision 2 of 5: CREATE INDEX xxxxxxx …, 14 s",
        ),
    ],
)
def test_the_line_says_what_where_and_how_long_and_is_no_wider_than_the_terminal(stage: str, detail: str, wanted: str):
    line = Line(io.StringIO())
    line.stage, line.detail = stage, detail
    assert line.text(14.2, 60) == wanted


def test_nothing_is_drawn_behind_a_question_and_what_is_said_takes_the_lines_place():
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        line = Line(terminal)
        line.stage = "reading"
        line.write(terminal, "Is it? ")
        line._draw()
        line.write(terminal, "yes\n")
        line._draw()
        line.write(terminal, "INFO done\n")
        terminal.flush()
        seen = ""
        while "done" not in seen:
            seen += os.read(ours, 1000).decode()
    os.close(ours)
    assert re.fullmatch(r"Is it\? yes\r\n\r\x1b\[Kreading, \d+ s\r\x1b\[KINFO done\r\n", seen), seen


def test_a_pipe_gets_no_line_and_keeps_its_streams():
    before = sys.stderr
    with progress.shown():
        progress.at("reading")
        progress.detail("a table")
        assert sys.stderr is before
