"""The comparison of one column's default, under the name that dialects of others call it by."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate.api import AutogenContext
from autodiff.autogenerate.compare.server_defaults import _dialect_impl_compare_server_default
from autodiff.migration import MigrationContext
from autodiff.operations.ops import AlterColumnOp
from autodiff.util import PriorityDispatchResult
from tests.databases.database import Database

SAME, OTHER = PriorityDispatchResult.CONTINUE, PriorityDispatchResult.STOP

DEFAULTS = [
    (sa.Integer(), sa.text("5"), "7", OTHER),
    (sa.Integer(), "5", sa.text("5"), SAME),
    (sa.Integer(), sa.text("(5)"), "5", SAME),
    (sa.String(20), "hello", "there", OTHER),
    (sa.String(20), "a'b", "a'b", SAME),
    (sa.DateTime(), sa.func.now(), sa.text("CURRENT_TIMESTAMP"), SAME),
    (sa.DateTime(), sa.func.now(), None, OTHER),
    (sa.Integer(), None, "5", OTHER),
    (sa.String(5), None, None, SAME),
    (sa.Numeric(5, 2), sa.text("7.48"), sa.text("7.480"), SAME),
    (sa.Float(), "5.2", "5.5", OTHER),
]


@pytest.mark.parametrize(("type_", "found", "wanted", "answer"), DEFAULTS)
def test_a_default_is_compared_by_what_it_means(
    database: Database, type_: Any, found: Any, wanted: Any, answer: Any
) -> None:
    with database.engine().connect() as connection:
        there = sa.MetaData()
        sa.Table("t", there, sa.Column("x", type_, server_default=found), sa.Column("y", sa.Integer))
        there.create_all(connection)
        reflected = sa.Table("t", sa.MetaData(), autoload_with=connection).c.x
        model = sa.Table("t", sa.MetaData(), sa.Column("x", type_, server_default=wanted)).c.x
        operation = AlterColumnOp("t", "x")
        context = AutogenContext(MigrationContext.configure(connection))
        assert _dialect_impl_compare_server_default(context, operation, None, "t", "x", reflected, model) is answer
        assert operation.modify_server_default is (model.server_default if answer is OTHER else False)
        assert operation.existing_server_default is (
            reflected.server_default if found is not None or wanted is not None else False
        )


def test_the_default_of_a_serial_is_its_own_way_to_count(postgresql: Database) -> None:
    with postgresql.engine().connect() as connection:
        models = sa.MetaData()
        model = sa.Table("t", models, sa.Column("id", sa.Integer, primary_key=True)).c.id
        models.create_all(connection)
        reflected = sa.Table("t", sa.MetaData(), autoload_with=connection).c.id
        assert reflected.server_default is not None
        impl = MigrationContext.configure(connection).impl
        assert impl.compare_server_default(reflected, model, None, str(reflected.server_default.arg)) is False
