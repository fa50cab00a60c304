"""What is left after a step that fails: nothing, where DDL takes part in transactions."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, inspect

from autodiff.operations.base import Operations
from autodiff.runtime.migration import MigrationContext
from autodiff.testing.assertions import eq_, in_
from autodiff.testing.fixtures import MigrationTest, config, dropped, requires

__all__ = ["MigrationTransactionTest"]

NAMES = ("first_of_two", "second_of_two")


class MigrationTransactionTest(MigrationTest):
    """MigrationContext.begin_transaction() and autocommit_block()."""

    @requires("transactional_ddl")
    def test_a_step_that_fails_leaves_nothing(self) -> None:
        eq_(self._made(fail=True), [])

    def test_a_step_that_succeeds_is_committed(self) -> None:
        eq_(self._made(fail=False), list(NAMES))

    @requires("autocommit_isolation")
    def test_an_autocommit_block_is_committed_by_itself(self) -> None:
        in_(NAMES[0], self._made(fail=True, autocommit=True))

    def _made(self, *, fail: bool, autocommit: bool = False) -> list[str]:
        """The tables that are there after a run that makes two of them, or fails between them."""
        with config.db.connect() as connection:
            dropped(connection, NAMES)
        try:
            with config.db.connect() as connection:
                self._run(connection, fail, autocommit)
            with config.db.connect() as connection:
                return [name for name in NAMES if inspect(connection).has_table(name)]
        finally:
            with config.db.connect() as connection:
                dropped(connection, NAMES)

    def _run(self, connection: object, fail: bool, autocommit: bool) -> None:
        context = MigrationContext.configure(
            connection, opts={"target_metadata": MetaData(), "transaction_per_migration": True}  # type: ignore[arg-type]
        )
        try:
            with context.begin_transaction(), Operations.context(context) as op:
                if autocommit:
                    with context.autocommit_block():
                        op.create_table(NAMES[0], Column("id", Integer, primary_key=True))
                else:
                    op.create_table(NAMES[0], Column("id", Integer, primary_key=True))
                if fail:
                    raise ZeroDivisionError
                op.create_table(NAMES[1], Column("id", Integer, primary_key=True))
        except ZeroDivisionError:
            pass
