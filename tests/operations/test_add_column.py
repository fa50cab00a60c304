"""A column that is added refers to its own table, and brings what it needs."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from autodiff.migration import MigrationContext
from autodiff.operations import Operations


@pytest.mark.parametrize("inline", [False, True])
def test_a_new_column_may_refer_to_another_column_of_its_table(inline: bool) -> None:
    buffer = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": buffer})
    column = sa.Column("parent", sa.Integer, sa.ForeignKey("s.t.id"))
    Operations(context).add_column("t", column, schema="s", inline_references=inline or None)
    text = " ".join(buffer.getvalue().split())
    assert "REFERENCES s.t (id)" in text
    assert ("ADD FOREIGN KEY" in text) is not inline


def test_sql_can_be_written_to_a_stream_of_bytes() -> None:
    buffer = io.BytesIO()
    options = {"as_sql": True, "output_buffer": buffer, "output_encoding": "latin-1"}
    context = MigrationContext.configure(dialect_name="postgresql", opts=options)
    Operations(context).execute("SELECT 'é'")
    assert "é".encode("latin-1") in buffer.getvalue()


def test_operations_can_be_recorded_by_a_mock_engine() -> None:
    seen = []
    engine = sa.create_mock_engine("postgresql+psycopg://", lambda element, *args, **kw: seen.append(element))
    Operations(MigrationContext.configure(engine)).alter_column("t", "c", nullable=False)  # type: ignore[arg-type]
    assert [str(element.compile(dialect=engine.dialect)) for element in seen] == [
        "ALTER TABLE t ALTER COLUMN c SET NOT NULL"
    ]
