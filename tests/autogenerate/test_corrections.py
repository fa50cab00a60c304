"""What a dialect's impl corrects of the two sides counts: columns as they were read, and sets of constraints."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from autodiff.autogenerate import compare_metadata
from autodiff.ddl.sqlite import SQLiteImpl
from autodiff.migration import MigrationContext


class Foreign(SQLiteDialect_pysqlite):
    name = "tests_corrections"
    supports_statement_cache = True


class ForeignImpl(SQLiteImpl):
    __dialect__ = "tests_corrections"

    def autogen_column_reflect(self, inspector: Any, table: Any, column_info: Any) -> None:
        if (table.name, column_info["name"]) == ("t", "text"):
            column_info["type"] = String(30)

    def correct_for_autogen_constraints(
        self, conn_uniques: Any, conn_indexes: Any, metadata_unique_constraints: Any, metadata_indexes: Any
    ) -> None:
        conn_indexes -= {index for index in conn_indexes if index.name.startswith("servers_")}
        metadata_indexes -= {index for index in metadata_indexes if index.name.startswith("never_")}
        metadata_unique_constraints -= {unique for unique in metadata_unique_constraints if unique.name == "uq_never"}

    def correct_for_autogen_foreignkeys(self, conn_fks: Any, metadata_fks: Any) -> None:
        for foreign_key in conn_fks:
            foreign_key.ondelete = None


registry.register("tests_corrections", __name__, "Foreign")


def models(text: Any, ondelete: str | None, *parts: Any) -> MetaData:
    metadata = MetaData()
    Table("p", metadata, Column("id", Integer, primary_key=True))
    reference = ForeignKey("p.id", name="fk", ondelete=ondelete)
    Table("t", metadata, Column("text", text), Column("pid", Integer, reference), *parts)
    return metadata


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (models(String(30), None), []),
        (models(String(30), None, Index("never_1", "pid"), UniqueConstraint("pid", name="uq_never")), []),
        (
            models(String(30), None, Index("ix", "pid"), UniqueConstraint("pid", name="uq")),
            ["add_constraint", "add_index"],
        ),
        (models(String(40), "CASCADE"), ["add_fk", "modify_type", "remove_fk"]),
    ],
)
def test_only_what_is_left_after_the_dialects_corrections_is_a_difference(
    tmp_path: Any, wanted: MetaData, kinds: list[str]
) -> None:
    with sa.create_engine(f"tests_corrections:///{tmp_path}/t.db").connect() as connection:
        models(Integer, "SET NULL", Index("servers_own", "pid")).create_all(connection)
        diffs = compare_metadata(MigrationContext.configure(connection), wanted)
    assert sorted(diff[0][0] if isinstance(diff, list) else diff[0] for diff in diffs) == kinds
