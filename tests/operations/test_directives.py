"""The SQL that each directive writes, per database: `directives.txt` against `directives.py`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.directives import CALLS
from tests.operations.sql import sql

STORIES = Path(__file__).with_name("directives.txt")


def rows() -> Iterator[tuple[str, str, str]]:
    """The call's name, a dialect, and the SQL (or the error) that is wanted."""
    name = ""
    for line in STORIES.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            name = line[4:]
        elif match := re.match(r"\s+\[([\w,]+)\] ?(.*)", line):
            for dialect in match[1].split(","):
                yield name, dialect, match[2].strip()


def written(name: str, dialect: str) -> str:
    try:
        with warnings.catch_warnings():
            # SQLAlchemy's advice that Oracle has no ON UPDATE.
            warnings.filterwarnings("ignore", message="Oracle Database does not contain native UPDATE CASCADE")
            warnings.filterwarnings("ignore", message="Oracle does not contain native UPDATE CASCADE")
            return sql(dialect, CALLS[name])
    except Exception as error:
        return f"!! {type(error).__name__}: {' '.join(str(error).split('(Background')[0].split())}"


@pytest.mark.parametrize(("name", "dialect", "wanted"), list(rows()))
def test_a_directive_writes_the_sql_of_its_database(name: str, dialect: str, wanted: str) -> None:
    assert written(name, dialect) == wanted


def test_every_call_has_its_sql_written_down() -> None:
    assert {name for name, _, _ in rows()} == set(CALLS)
