"""Revisions run on the database, their versions are kept, and the same goes into a script of SQL."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.testing import config

from autodiff.operations import Operations
from autodiff.runtime.migration import MigrationContext
from autodiff.testing.fixtures import BackendTest


class VersionTableTest(BackendTest):
    def test_a_database_without_it_is_at_no_revision(self, bind: Connection) -> None:
        assert self.context(bind).get_current_heads() == ()

    def test_it_is_made_and_keeps_what_is_written(self, bind: Connection) -> None:
        context = self.context(bind)
        context._ensure_version_table()
        bind.execute(context._version.insert().values(version_num="ae1027a6acf"))
        bind.commit()
        assert self.context(bind).get_current_revision() == "ae1027a6acf"

    def test_it_has_the_name_that_it_is_given(self, bind: Connection) -> None:
        self.context(bind, version_table="other_version")._ensure_version_table()
        assert sa.inspect(bind).has_table("other_version")


class MigrationTransactionTest(BackendTest):
    def run(self, bind: Connection, do: Callable[[Operations], Any]) -> None:
        context = self.context(bind)
        with context.begin_transaction(), Operations.context(context) as op:
            do(op)

    def test_what_a_run_does_stays(self, bind: Connection) -> None:
        self.run(bind, lambda op: op.create_table("t", sa.Column("id", sa.Integer, primary_key=True)))
        with config.db.connect() as other:
            assert sa.inspect(other).has_table("t")

    def test_what_a_failing_run_does_goes_where_ddl_is_transactional(self, bind: Connection) -> None:
        if not self.context(bind).impl.transactional_ddl:
            config.skip_test("DDL is not transactional")

        def fails(op: Operations) -> None:
            op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
            raise ZeroDivisionError

        try:
            self.run(bind, fails)
        except ZeroDivisionError:
            bind.rollback()
        assert not sa.inspect(bind).has_table("t")


class OfflineTest(BackendTest):
    def test_directives_are_written_as_sql(self, bind: Connection) -> None:
        written = io.StringIO()
        opts = {"as_sql": True, "output_buffer": written}
        context = MigrationContext.configure(dialect=bind.dialect, opts=opts)
        with Operations.context(context) as op:
            op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))
            op.drop_table("t")
        statements = " ".join(written.getvalue().split()).upper()
        assert "CREATE TABLE T" in statements
        assert "DROP TABLE T" in statements
