"""The version table, and the same operations written as a script of SQL."""

from __future__ import annotations

import io

from sqlalchemy import Column, Connection, Integer, inspect

from autodiff.operations.base import Operations
from autodiff.runtime.migration import MigrationContext
from autodiff.testing.assertions import eq_, in_
from autodiff.testing.fixtures import MigrationTest, config, dropped

__all__ = ["OfflineTest", "VersionTableTest"]

TABLE = "suite_version"


class VersionTableTest(MigrationTest):
    """Which revisions a database is at is kept in it."""

    def test_a_database_without_the_table_is_at_no_revision(self) -> None:
        with config.db.connect() as connection:
            eq_(self._context(connection).get_current_heads(), ())

    def test_it_is_made_and_keeps_what_is_written(self) -> None:
        with config.db.connect() as connection:
            context = self._context(connection)
            context._ensure_version_table()
            connection.execute(context._version.insert().values(version_num="ae1027a6acf"))
            connection.commit()
        try:
            with config.db.connect() as connection:
                eq_(self._context(connection).get_current_revision(), "ae1027a6acf")
        finally:
            self._dropped()

    def test_it_has_the_name_that_it_is_given(self) -> None:
        try:
            with config.db.connect() as connection:
                self._context(connection)._ensure_version_table()
                connection.commit()
                assert inspect(connection).has_table(TABLE)
        finally:
            self._dropped()

    @staticmethod
    def _context(connection: Connection) -> MigrationContext:
        return MigrationContext.configure(connection, opts={"version_table": TABLE})

    @staticmethod
    def _dropped() -> None:
        with config.db.connect() as connection:
            dropped(connection, [TABLE])


class OfflineTest(MigrationTest):
    """`--sql`: what an operation would execute is written."""

    def test_operations_are_written_as_sql(self) -> None:
        written = io.StringIO()
        opts = {"as_sql": True, "output_buffer": written}
        context = MigrationContext.configure(dialect=config.db.dialect, opts=opts)
        with Operations.context(context) as op:
            table = op.create_table("t", Column("id", Integer, primary_key=True))
            op.bulk_insert(table, [{"id": 17}])
            op.drop_table("t")
        statements = " ".join(written.getvalue().split()).upper()
        for words in ("CREATE TABLE T", "INSERT INTO T", "17", "DROP TABLE T"):
            in_(words, statements)
