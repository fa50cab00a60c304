"""The SQL that each directive writes, per database: `directives.txt` against `directives.py`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

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
        with warnings.catch_warnings(record=True) as told:
            # SQLAlchemy's advice that Oracle has no ON UPDATE.
            warnings.filterwarnings("ignore", message="Oracle Database does not contain native UPDATE CASCADE")
            warnings.filterwarnings("ignore", message="Oracle does not contain native UPDATE CASCADE")
            warnings.filterwarnings("always", category=UserWarning, module="autodiff")
            return " ".join([sql(dialect, CALLS[name]), *(f"?? {warning.message}" for warning in told)]).strip()
    except Exception as error:
        return f"!! {type(error).__name__}: {' '.join(str(error).split('(Background')[0].split())}"


@pytest.mark.parametrize(("name", "dialect", "wanted"), list(rows()))
def test_a_directive_writes_the_sql_of_its_database(name: str, dialect: str, wanted: str) -> None:
    assert written(name, dialect) == for_this_sqlalchemy(wanted, dialect)


def for_this_sqlalchemy(wanted: str, dialect: str) -> str:
    """SQLAlchemy 2.0 knows no BOOLEAN of Oracle, and casts no bound strings."""
    if sa.__version__.startswith("2.0"):
        wanted = wanted.replace(")s::VARCHAR", ")s")
        if dialect == "oracle" and wanted.endswith("ADD a BOOLEAN /"):
            return "ALTER TABLE t ADD a SMALLINT / ALTER TABLE t ADD CONSTRAINT bk CHECK (a IN (0, 1)) /"
        return wanted.replace(" BOOLEAN", " SMALLINT") if dialect == "oracle" else wanted
    return wanted


def test_every_call_has_its_sql_written_down() -> None:
    assert {name for name, _, _ in rows()} == set(CALLS)
