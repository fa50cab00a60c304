"""`op` speaks to the run that is going on, and to no other."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

import autodiff
from autodiff import op
from autodiff.operations import BatchOperations, MigrateOperation, Operations, ops, toimpl
from tests.operations.sql import Run, dialect_named, sql


def test_outside_of_a_run_a_directive_says_so() -> None:
    with pytest.raises(NameError, match="Can't invoke function 'create_table', as the proxy object has not yet been"):
        op.create_table("t")


def test_a_name_that_is_no_directive_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'crate_table'"):
        op.crate_table  # type: ignore[attr-defined]  # noqa: B018


def test_directives_write_into_the_run_that_is_going_on() -> None:
    run = Run(dialect_named("sqlite"))
    with Operations.context(run) as operations:
        op.rename_table("a", "b")
        assert op.get_context() is run
        assert op._proxy is operations  # type: ignore[attr-defined]
    assert run.written == "ALTER TABLE a RENAME TO b;"


def test_threads_have_runs_of_their_own() -> None:
    runs = [Run(dialect_named("sqlite")) for _ in range(2)]
    both = threading.Barrier(2)

    def work(run: Run, name: str) -> None:
        with Operations.context(run):
            both.wait(5)
            op.rename_table(name, "x")
            both.wait(5)

    threads = [threading.Thread(target=work, args=(run, name)) for run, name in zip(runs, "ab", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.written for run in runs] == ["ALTER TABLE a RENAME TO x;", "ALTER TABLE b RENAME TO x;"]


def test_op_can_be_patched_as_tests_do() -> None:
    with mock.patch("autodiff.op.get_bind", return_value="here"):
        assert op.get_bind() == "here"  # type: ignore[comparison-overlap]
    with pytest.raises(NameError):
        op.get_bind()
    with (
        mock.patch("autodiff.operations.Operations.drop_table") as dropped,
        Operations.context(Run(dialect_named("sqlite"))),
    ):
        op.drop_table("t")
    dropped.assert_called_once()


def test_an_operation_of_a_plugin_becomes_a_directive() -> None:
    class CreateRoleOp(MigrateOperation):
        def __init__(self, name: str, login: bool = False) -> None:
            self.name = name
            self.login = login

        @classmethod
        def create_role(cls, operations: Operations, name: str, *, login: bool = False) -> Any:
            """Create a role."""
            return operations.invoke(cls(name, login))

        @classmethod
        def batch_create_role(cls, operations: BatchOperations, **kw: Any) -> Any:
            return operations.invoke(cls(f"{operations.table_name}_reader", **kw))

    Operations.register_operation("create_role")(CreateRoleOp)
    BatchOperations.register_operation("create_role", "batch_create_role")(CreateRoleOp)

    @Operations.implementation_for(CreateRoleOp)
    def create_role(operations: Operations, operation: CreateRoleOp) -> str:
        operations.execute(f"CREATE ROLE {operation.name}")
        return operation.name

    def directives(operations: Any) -> None:
        assert op.create_role("admin", login=True) == "admin"  # type: ignore[attr-defined]
        assert op.create_role.__doc__ == "Create a role."  # type: ignore[attr-defined]
        with op.batch_alter_table("t") as batch_op:
            batch_op.create_role(login=True)  # type: ignore[attr-defined]

    try:
        assert sql("postgresql", directives) == "CREATE ROLE admin; CREATE ROLE t_reader;"
    finally:
        del Operations.create_role, BatchOperations.create_role  # type: ignore[attr-defined]


def test_what_a_plugin_says_to_impl_in_a_batch_is_collected() -> None:
    class AddPointOp(ops.AddColumnOp):
        @classmethod
        def batch_add_point(cls, operations: BatchOperations, column: Any) -> Any:
            words: Any = operations.impl
            return operations.invoke(cls(words.table_name, column, schema=words.schema))

    BatchOperations.register_operation("add_point", "batch_add_point")(AddPointOp)

    @Operations.implementation_for(AddPointOp)
    def add_point(operations: Any, operation: AddPointOp) -> None:
        operations.execute(f"SELECT prepare('{operation.column.name}')")
        operations.impl.add_column(operation.table_name, operation.column, schema=operation.schema)

    def directives(operations: Any) -> None:
        table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer))
        for recreate in ("never", "always"):
            with op.batch_alter_table("t", copy_from=table, recreate=recreate) as batch_op:  # type: ignore[arg-type]
                batch_op.add_point(sa.Column("p", sa.Integer))  # type: ignore[attr-defined]

    try:
        assert sql("sqlite", directives) == (
            "SELECT prepare('p'); ALTER TABLE t ADD COLUMN p INTEGER; "
            "SELECT prepare('p'); CREATE TABLE _alembic_tmp_t ( id INTEGER, p INTEGER ); "
            "INSERT INTO _alembic_tmp_t (id) SELECT t.id FROM t; DROP TABLE t; ALTER TABLE _alembic_tmp_t RENAME TO t;"
        )
    finally:
        del BatchOperations.add_point  # type: ignore[attr-defined]


def test_an_implementation_can_be_replaced_only_if_one_says_so() -> None:

    with pytest.raises(ValueError, match="replace=True"):
        Operations.implementation_for(ops.ExecuteSQLOp)(toimpl.execute_sql)
    Operations.implementation_for(ops.ExecuteSQLOp, replace=True)(toimpl.execute_sql)


def test_names_take_the_convention_of_the_models_unless_they_are_final() -> None:
    metadata = sa.MetaData(
        naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(constraint_name)s"}
    )

    def directives(operations: Any) -> None:
        op.create_unique_constraint(None, "t", ["a"])
        op.create_check_constraint("positive", "t", "a > 0")
        op.create_check_constraint(op.f("positive"), "t", "a > 0")

    assert sql("postgresql", directives, target_metadata=[metadata]) == (
        "ALTER TABLE t ADD CONSTRAINT uq_t_a UNIQUE (a); "
        "ALTER TABLE t ADD CONSTRAINT ck_positive CHECK (a > 0); "
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);"
    )


def test_unknown_keywords_of_older_scripts_are_taken() -> None:
    def directives(operations: Any) -> None:
        op.create_table("t", sa.Column("id", sa.Integer), extend_existing=True)
        op.create_foreign_key("fk", "t", "p", ["a"], ["id"], use_alter=True)
        op.alter_column("t", "a", new_column_name="b", default=1, onupdate=2)

    assert "RENAME a TO b" in sql("postgresql", directives)


def test_the_package_gives_op_when_it_is_asked_for() -> None:
    assert autodiff.op is op


def test_a_coroutine_function_runs_on_the_transaction_of_the_run() -> None:
    async def insert(connection: AsyncConnection, value: int, *, twice: bool) -> int:
        for _ in range(2 if twice else 1):
            await connection.execute(sa.text("INSERT INTO t VALUES (:value)"), {"value": value})
        return value + 1

    def migrate(connection: sa.Connection) -> int:
        with Operations.context(Run(connection.dialect, connection)):
            op.create_table("t", sa.Column("a", sa.Integer))
            return op.run_async(insert, 5, twice=True)

    async def main() -> tuple[int, list[int]]:
        engine = create_async_engine("sqlite+aiosqlite://")
        async with engine.connect() as connection:
            answer = await connection.run_sync(migrate)
            rows = list(await connection.scalars(sa.text("SELECT a FROM t")))
        await engine.dispose()
        return answer, rows

    assert asyncio.run(main()) == (6, [5, 5])


def test_a_coroutine_function_needs_an_asynchronous_driver() -> None:
    async def nothing(connection: AsyncConnection) -> None: ...

    with pytest.raises(NotImplementedError, match="Cannot call run_async in SQL mode"):
        sql("sqlite", lambda operations: operations.run_async(nothing))
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with (
        engine.connect() as connection,
        Operations.context(Run(connection.dialect, connection)) as operations,
        pytest.raises(ValueError, match="Cannot call run_async with a sync engine; pysqlite is no"),
    ):
        operations.run_async(nothing)
    engine.dispose()


def test_a_recorder_in_the_place_of_a_connection_is_not_asked_for_a_rebuild() -> None:
    engine = sa.create_mock_engine("sqlite://", lambda *statement: None)
    with (
        Operations.context(Run(engine.dialect, engine)) as operations,
        pytest.raises(NotImplementedError, match="No support for ALTER of constraints in SQLite"),
    ):
        operations.create_check_constraint("ck", "t", "x > 0")
