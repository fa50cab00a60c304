"""The command lines that the pages show: each is one that the program understands, and the README's run in its order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from autodiff.cli.main import CommandLine
from tests.databases.database import Database
from tests.docs.test_docs import PAGES
from tests.journeys.typed import MODELS, USER, Folder

README = PAGES[0]
BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^(?:\$ )?(autodiff .+)$", re.MULTILINE)
OTHER = re.compile(r"`(autodiff [^`]+)`|^    \$ (autodiff .+)$", re.MULTILINE)


def in_blocks(page: Path) -> list[str]:
    return [line for block in BLOCK.findall(page.read_text(encoding="utf-8")) for line in LINE.findall(block)]


def in_text(page: Path) -> list[str]:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    return [inline or line for inline, line in OTHER.findall(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_command_line_that_a_page_shows_is_understood(page: Path) -> None:
    parser = CommandLine("autodiff").parser
    for line in (*in_blocks(page), *in_text(page)):
        words = shlex.split(line.partition(" > ")[0], comments=True)[1:]
        if words[0] in ("COMMAND", "--version") or words == ["edit"]:  # the command's name, no example
            continue
        if words[-1] == "…" and not words[-2].startswith("-"):  # and so on
            words.pop()
        try:
            options = parser.parse_args(words)
        except SystemExit as ended:
            pytest.fail(f"{page.name}: {line} (exit code {ended.code})")
        assert hasattr(options, "cmd"), line


def test_the_commands_of_the_readme_run_one_after_the_other(database: Database, tmp_path: Path) -> None:
    here = Folder(tmp_path, database)
    lines = in_blocks(README)
    assert lines == [
        "autodiff init migrations",
        'autodiff revision --autogenerate -m "first release"',
        "autodiff upgrade head",
        "autodiff diff",
    ]
    here.initialized(MODELS + USER)
    for line in lines[1:]:
        here.run(line)
    assert "user" in here.tables()
