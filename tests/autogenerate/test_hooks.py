"""A dialect's own `compare_…` and `correct_for_autogen_…` methods are heeded; ours are not asked twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

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


class CorrectingImpl(SQLiteImpl):
    """An impl whose database reports an index twice, and has a word of its own for RESTRICT."""

    __dialect__ = "tests_corrections"

    def correct_for_autogen_constraints(
        self, conn_uniques: Any, conn_indexes: Any, metadata_unique_constraints: Any, metadata_indexes: Any
    ) -> None:
        assert (
            {unique.name for unique in conn_uniques}
            == {unique.name for unique in metadata_unique_constraints}
            == {"uq"}
        )
        for indexes in (conn_indexes, metadata_indexes):
            indexes.difference_update({index for index in indexes if index.name.startswith("twice")})

    def correct_for_autogen_foreignkeys(self, conn_fks: Any, metadata_fks: Any) -> None:
        for key in (*conn_fks, *metadata_fks):
            if key.ondelete == "RESTRICT":
                key.ondelete = None


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
    with sa.create_engine("sqlite://", poolclass=sa.NullPool).connect() as connection:
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


def referring(*indexes: str, ondelete: str | None = None, name: str | None = "fk") -> MetaData:
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True))
    Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("p", ForeignKey("p.id", name=name, ondelete=ondelete)),
        UniqueConstraint("p", name="uq"),
        *(Index(index, "p") for index in indexes),
    )
    return metadata


@pytest.mark.parametrize(
    ("there", "wanted", "kinds"),
    [
        (referring("twice", "ix"), referring(), ["remove_index"]),
        (referring(), referring("twice", "ix"), ["add_index"]),
        (referring(), referring(ondelete="RESTRICT"), []),
        (referring(ondelete="RESTRICT"), referring(name=None), []),
        (referring(), referring(ondelete="CASCADE"), ["add_fk", "remove_fk"]),
        (referring(), referring(name="other", ondelete="RESTRICT"), ["add_fk", "remove_fk"]),
    ],
)
def test_what_the_dialect_corrects_is_no_difference(there: MetaData, wanted: MetaData, kinds: list[str]) -> None:
    with sa.create_engine("sqlite://", poolclass=sa.NullPool).connect() as connection:
        there.create_all(connection)
        context = MigrationContext.configure(connection)
        context.impl = CorrectingImpl(connection.dialect, connection, False, None, None, context.opts)
        assert sorted(diff[0] for diff in compare_metadata(context, wanted)) == kinds
