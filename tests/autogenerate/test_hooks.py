"""A dialect's own `compare_…` methods are heeded; ours are not asked twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Index, Integer, MetaData, String, Table, UniqueConstraint

from autodiff.autogenerate import compare_metadata
from autodiff.ddl.comparison import ComparisonResult
from autodiff.ddl.sqlite import SQLiteImpl
from autodiff.migration import MigrationContext


class OwnImpl(SQLiteImpl):
    """An impl whose answers a test sets; it is not registered."""

    __dialect__ = "tests_hooks"
    types: Any = None  # no opinion
    defaults: Any = None
    indexes: Any = ComparisonResult.Different("as said")

    def compare_type(self, inspector_column: Column[Any], metadata_column: Column[Any]) -> Any:
        assert inspector_column.name == metadata_column.name
        return self.types

    def compare_server_default(self, inspector_column: Any, metadata_column: Any, wanted: Any, found: Any) -> Any:
        return self.defaults

    def compare_indexes(self, metadata_index: Index, reflected_index: Index) -> Any:
        assert metadata_index.name == reflected_index.name
        return self.indexes

    compare_unique_constraint = compare_indexes  # type: ignore[assignment]


def models(length: int = 10, default: str = "a", *columns: str) -> MetaData:
    metadata = MetaData()
    names = columns or ("c",)
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("c", String(length), server_default=default),
        Column("d", Integer),
        Index("ix", *names),
        UniqueConstraint(*names, name="uq"),
    )
    return metadata


def found(wanted: MetaData, opts: dict[str, Any] | None = None, **answers: Any) -> list[str]:
    with sa.create_engine("sqlite://").connect() as connection:
        models().create_all(connection)
        context = MigrationContext.configure(connection, opts=opts)
        context.impl = OwnImpl(connection.dialect, connection, False, None, None, context.opts)
        for name, answer in answers.items():
            setattr(context.impl, name, answer)
        diffs = compare_metadata(context, wanted)
    return sorted(diff[0][0] if isinstance(diff, list) else diff[0] for diff in diffs)


@pytest.mark.parametrize(
    ("wanted", "opts", "answers", "kinds"),
    [
        (models(20), {}, {"types": False}, []),
        (models(), {}, {"types": True}, ["modify_type", "modify_type", "modify_type"]),
        (models(20), {"compare_type": False}, {"types": True}, []),
        (models(20), {"compare_type": lambda *args: False}, {"types": True}, []),
        (models(20), {"compare_type": lambda *args: None}, {"types": False}, []),
        (models(default="b"), {}, {"defaults": False}, []),
        (models(default="b"), {}, {"defaults": True}, ["modify_default"]),
        (models(default="b"), {"compare_server_default": False}, {"defaults": True}, []),
        (models(10, "a", "c", "d"), {}, {"indexes": ComparisonResult.Equal()}, []),
        (models(10, "a", "c", "d"), {}, {"indexes": ComparisonResult.Skip("unknown")}, []),
        (
            models(10, "a", "c", "d"),
            {},
            {},
            ["add_constraint", "add_index", "remove_constraint", "remove_index"],
        ),
    ],
)
def test_what_the_dialect_says_of_a_difference_counts(
    wanted: MetaData, opts: dict[str, Any], answers: dict[str, Any], kinds: list[str]
) -> None:
    assert found(wanted, opts, **answers) == kinds
