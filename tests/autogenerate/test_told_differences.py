"""What a comparison tells: its log lines, and the tuples of `compare_metadata`, in the words that tools look for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, Index, Integer, MetaData, String, Table, UniqueConstraint

from autodiff.autogenerate import compare_metadata
from autodiff.migration import MigrationContext


def notes(*items: Any) -> MetaData:
    metadata = MetaData()
    Table("note", metadata, Column("a", String(5)), Column("b", Integer), *items)
    return metadata


@contextmanager
def compared(before: MetaData, after: MetaData) -> Iterator[list[Any]]:
    with sa.create_engine("sqlite://", poolclass=sa.NullPool).connect() as connection:
        before.create_all(connection)
        yield compare_metadata(MigrationContext.configure(connection), after)


Models = Callable[[], MetaData]


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (MetaData, lambda: notes(Index("ix", "b")), ["added table 'note'", "added index 'ix' on '('b',)'"]),
        (lambda: notes(Index("ix", "b")), MetaData, ["removed table 'note'", "removed index 'ix' on 'note'"]),
        (notes, lambda: notes(Index("ix", "a", "b")), ["added index 'ix' on '('a', 'b')'"]),
        (notes, lambda: notes(UniqueConstraint("a", name="uq")), ["added unique constraint 'uq' on '('a',)'"]),
        (notes, lambda: notes(UniqueConstraint("a")), ["added unique constraint (a) on 'note'"]),
        (notes, lambda: notes(CheckConstraint("a > 0")), ["added check constraint a > 0 on 'note'"]),
        (
            lambda: notes(Index("ix", "a")),
            lambda: notes(Index("ix", "a", "b", unique=True)),
            ["changed index 'ix' on 'note': expression ('a',) to ('a', 'b'), unique=False to unique=True"],
        ),
        (
            lambda: notes(UniqueConstraint("a", name="uq")),
            lambda: notes(UniqueConstraint("b", name="uq")),
            ["changed unique constraint 'uq' on 'note': expression ('a',) to ('b',)"],
        ),
    ],
)
def test_a_log_line_names_the_keys(
    before: Models, after: Models, wanted: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="autodiff.autogenerate")
    with compared(before(), after()):
        assert [record.getMessage() for record in caplog.records] == [f"Detected {line}" for line in wanted]


def test_a_table_that_goes_is_told_with_its_indexes() -> None:
    with compared(notes(Index("ix_b", "b"), Index("ix_a", "a")), MetaData()) as diffs:
        assert [(what, thing.name) for what, thing in diffs] == [
            ("remove_index", "ix_a"),
            ("remove_index", "ix_b"),
            ("remove_table", "note"),
        ]


def test_a_column_that_goes_knows_its_table() -> None:
    before = notes()
    after = MetaData()
    Table("note", after, Column("a", String(5)))
    with compared(before, after) as [(what, schema, name, column)]:
        assert (what, schema, name, column.name, column.table.name) == ("remove_column", None, "note", "b", "note")
