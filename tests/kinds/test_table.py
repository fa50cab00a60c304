"""Options of tables."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql.base import PGDialect

from autodiff.dialects.generic.tables import is_taken
from autodiff.kinds import TableState
from autodiff.kinds.step import Step
from autodiff.kinds.table import TableKind
from autodiff.operations.table_ops import SetTableOptionsOp
from autodiff.state import Key
from autodiff.state.state import Options


def altered(before: Options, after: Options) -> SetTableOptionsOp:
    states = (TableState(key=Key("table", None, "t"), options=options) for options in (before, after))
    steps: list[Step] = list(TableKind._altered(*states))
    (operation,) = (step.operation for step in steps)
    assert isinstance(operation, SetTableOptionsOp)
    return operation


@pytest.mark.parametrize(
    ("before", "after", "existing", "wanted"),
    [
        (
            (("postgresql_with.fillfactor", "70"),),
            (("postgresql_with.fillfactor", "80"), ("postgresql_with.toast.autovacuum_enabled", "false")),
            {"postgresql_with": {"fillfactor": "70"}},
            {"postgresql_with": {"fillfactor": "80", "toast.autovacuum_enabled": "false"}},
        ),
        (
            (("postgresql_with.fillfactor", "70"),),
            (),
            {"postgresql_with": {"fillfactor": "70"}},
            {"postgresql_with": None},
        ),
        ((), (("prefixes", "UNLOGGED"),), {"prefixes": None}, {"prefixes": ["UNLOGGED"]}),
        ((("sqlite_strict", "True"),), (), {"sqlite_strict": True}, {"sqlite_strict": None}),
        (
            (("mysql_charset", "utf8mb4"), ("mysql_engine", "InnoDB")),
            (("mysql_charset", "utf8mb4"), ("mysql_engine", "Aria")),
            {"mysql_engine": "InnoDB"},
            {"mysql_engine": "Aria"},
        ),
    ],
)
def test_options_are_said_as_keywords_of_sqlalchemy(before: Any, after: Any, existing: Any, wanted: Any) -> None:
    """A name with a dot is no keyword of Python."""
    operation = altered(before, after)
    assert (operation.existing, operation.options) == (existing, wanted)


@pytest.mark.parametrize(
    ("keyword", "taken"),
    [
        ("prefixes", True),
        ("mysql_engine", True),
        ("mariadb_engine", True),
        ("sqlite_with_rowid", True),
        ("postgresql_partition_by", True),
        ("postgresql_with", "with" in dict(PGDialect.construct_arguments)[Table]),
        ("postgresql_never", False),
    ],
)
def test_what_the_installed_sqlalchemy_does_not_take_is_left_out(keyword: str, taken: bool) -> None:
    """SQLAlchemy 2.0 has no `postgresql_with` for tables: "Argument 'postgresql_with' is not accepted"."""
    assert is_taken(keyword) == taken
