"""What the tests of a dialect stand on: a connection of SQLAlchemy's test plugin, and ways to compare and to change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, MetaData
from sqlalchemy.testing import config
from sqlalchemy.testing import fixtures as sqlalchemy_fixtures

from autodiff.autogenerate.api import compare_metadata, produce_migrations
from autodiff.operations import Operations
from autodiff.operations.tree import MigrateOperation, ModifyTableOps
from autodiff.runtime.migration import MigrationContext

F = TypeVar("F", bound=Callable[..., Any])


def needs(name: str) -> Callable[[F], F]:
    """Run a test only where the dialect's `Requirements` say that the database can do it."""

    def decorate(test: F) -> F:
        guarded: F = getattr(config.requirements, name)(test)
        return guarded

    return decorate


class TestBase(sqlalchemy_fixtures.TestBase):  # type: ignore[misc]
    """Tests that need no database."""


class BackendTest(TestBase):
    """Tests on each database that the run was given."""

    __backend__ = True

    @pytest.fixture
    def bind(self) -> Iterator[Connection]:
        """A connection to an empty database; what the test leaves behind is dropped."""
        with config.db.connect() as connection:
            yield connection
            connection.rollback()
            left = MetaData()
            left.reflect(connection)
            left.drop_all(connection)
            connection.commit()

    def context(self, bind: Connection, **opts: Any) -> MigrationContext:
        return MigrationContext.configure(bind, opts=opts)

    def operations(self, bind: Connection, **opts: Any) -> Operations:
        """The directives (`op.…`) on the connection."""
        return Operations(self.context(bind, **opts))

    def differences(self, bind: Connection, models: MetaData, **opts: Any) -> list[Any]:
        return list(compare_metadata(self.context(bind, **opts), models))

    def migrate(self, bind: Connection, models: MetaData, **opts: Any) -> list[MigrateOperation]:
        """Do what leads from the database to the models; what leads back is returned."""
        context = self.context(bind, **opts)
        script = produce_migrations(context, models)
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        back = list(script.downgrade_ops.ops)
        self.invoke(bind, list(script.upgrade_ops.ops))
        return back

    def invoke(self, bind: Connection, ops: list[MigrateOperation]) -> None:
        operations = self.operations(bind)
        for op in ops:
            if isinstance(op, ModifyTableOps):
                self.invoke(bind, list(op.ops))
            else:
                operations.invoke(op)
        bind.commit()

    def goes_and_comes_back(self, bind: Connection, before: MetaData, after: MetaData, **opts: Any) -> None:
        """Models make a database that is equal to them; other models are a difference; the operations that autodiff
        writes for it lead there, and back."""
        before.create_all(bind)
        bind.commit()
        self.is_like(bind, before, **opts)
        assert self.differences(bind, after, **opts), "no difference is seen"
        back = self.migrate(bind, after, **opts)
        self.is_like(bind, after, **opts)
        self.invoke(bind, back)
        self.is_like(bind, before, **opts)

    def is_like(self, bind: Connection, models: MetaData, **opts: Any) -> None:
        """The database has no difference to the models."""
        found = self.differences(bind, models, **opts)
        assert not found, f"the database differs from its models: {found}"
