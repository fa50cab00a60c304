"""What SQLAlchemy's inspector says of a database whose dialect we do not know, and what the dialect corrects of it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from autodiff.autogenerate import compare_metadata
from autodiff.ddl.impl import DefaultImpl, _impls
from autodiff.migration import MigrationContext


class UnknownDialect(SQLiteDialect_pysqlite):
    name = "unknown"
    supports_statement_cache = False


@pytest.fixture
def connection() -> Any:
    sa.dialects.registry.register("unknown", __name__, "UnknownDialect")
    engine = sa.create_engine("unknown://")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, x INTEGER)")
        yield connection
    engine.dispose()


def models(type_: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", type_))
    return metadata


def found(connection: Any, metadata: sa.MetaData) -> list[str]:
    diffs = compare_metadata(MigrationContext.configure(connection), metadata)
    return [diff[0][0] if isinstance(diff, list) else diff[0] for diff in diffs]


def test_what_a_dialect_corrects_of_a_column_is_compared(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(connection, models(sa.Integer())) == []

    class UnknownImpl(DefaultImpl):
        def autogen_column_reflect(self, inspector: Any, table: sa.Table, column_info: Any) -> None:
            assert table.name == "t"
            if column_info["name"] == "x":
                column_info["type"] = sa.Numeric(10, 2)

    monkeypatch.setitem(_impls, "unknown", UnknownImpl)
    assert found(connection, models(sa.Numeric(10, 2))) == []
    assert found(connection, models(sa.Integer())) == ["modify_type"]


def test_what_listeners_on_tables_correct_of_a_column_is_compared(connection: Any) -> None:
    def correct(inspector: Any, table: sa.Table, column_info: Any) -> None:
        if (table.name, column_info["name"]) == ("t", "x"):
            column_info["type"] = sa.Numeric(10, 2)

    sa.event.listen(sa.Table, "column_reflect", correct)
    try:
        assert found(connection, models(sa.Numeric(10, 2))) == []
    finally:
        sa.event.remove(sa.Table, "column_reflect", correct)
    assert found(connection, models(sa.Numeric(10, 2))) == ["modify_type"]
