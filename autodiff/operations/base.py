"""`Operations` and `BatchOperations`: what `op` and `batch_op` are."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import immutabledict

from autodiff.ddl.impl import DefaultImpl
from autodiff.errors import CommandError
from autodiff.operations import schemaobj
from autodiff.operations.batch import Batch
from autodiff.operations.batch_words import BatchWords
from autodiff.operations.directives import BatchDirectives, OperationDirectives
from autodiff.operations.dispatch import Dispatcher
from autodiff.operations.literal import DatabaseType, InlineLiteral
from autodiff.operations.schemaobj import schema_objects
from autodiff.operations.tree import MigrateOperation, under_way

T = TypeVar("T")
C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])
Ops = TypeVar("Ops", bound="AbstractOperations")

Recreate = Literal["auto", "always", "never"]


class Context(Protocol):
    """What operations need of a migration context."""

    @property
    def impl(self) -> DefaultImpl: ...
    @property
    def dialect(self) -> Dialect: ...
    @property
    def as_sql(self) -> bool: ...
    @property
    def opts(self) -> Mapping[str, Any]: ...
    @property
    def bind(self) -> Connection | None: ...
    def autocommit_block(self) -> AbstractContextManager[None]: ...


conv = schemaobj.conv

#: The operations that `op` speaks to, in this thread or task.
current_operations: ContextVar[AbstractOperations | None] = ContextVar("autodiff_operations", default=None)


class AbstractOperations:
    """What `Operations` and `BatchOperations` share.

    :param migration_context: the run that the operations belong to.
    :param impl: the words of the database; those of the context if left out.
    """

    _to_impl: ClassVar[Dispatcher] = Dispatcher()

    def __init__(self, migration_context: Any, impl: DefaultImpl | None = None) -> None:
        self.migration_context = migration_context
        self.impl: DefaultImpl = migration_context.impl if impl is None else impl
        self.schema_obj = schema_objects(migration_context)
        #: May an operation that the database does not have make the table anew?
        self.may_rebuild = True

    @classmethod
    def register_operation(cls, name: str, sourcename: str | None = None) -> Callable[[C], C]:
        """Decorate an operation's class: its classmethod `name` (or `sourcename`) becomes a directive."""

        def register(op_class: C) -> C:
            setattr(cls, name, directive(name, op_class, sourcename or name))
            return op_class

        return register

    @classmethod
    def implementation_for(cls, op_cls: type[MigrateOperation], replace: bool = False) -> Callable[[F], F]:
        """Decorate the function that does what the operation says: ``fn(operations, operation)``.

        :param replace: put it in the place of one that is there.
        """
        return cls._to_impl.dispatch_for(op_cls, replace=replace)

    @classmethod
    @contextmanager
    def context(cls: type[Ops], migration_context: Any) -> Iterator[Ops]:
        """Let `op` speak to this context for a while."""
        operations = cls(migration_context)
        token = current_operations.set(operations)
        try:
            yield operations
        finally:
            current_operations.reset(token)

    def invoke(self, operation: MigrateOperation) -> Any:
        """Do what the operation says.

        :returns: whatever its implementation returns (`create_table` returns the `Table`).
        """
        under_way.set((operation,))
        return self._to_impl.dispatch(operation)(self, operation)

    def invoke_in_place(self, operation: MigrateOperation) -> Any:
        """Do what the operation says without making the table anew."""
        self.may_rebuild = False
        try:
            return self.invoke(operation)
        finally:
            self.may_rebuild = True

    def get_context(self) -> Any:
        """The migration context of the run."""
        return self.migration_context

    def get_bind(self) -> Connection:
        """The connection of the run; with ``--sql``, one that writes what it is told to execute."""
        return self.migration_context.impl.bind  # type: ignore[no-any-return]

    def f(self, name: str) -> Any:
        """Mark a name as final: no naming convention is applied to it."""
        return schemaobj.conv(name)

    #: A column type in the database's own words.
    DatabaseType = DatabaseType
    #: The column that a foreign key leads to, where its name has dots.
    ref = staticmethod(schemaobj.ref)

    def inline_literal(self, value: Any, type_: TypeEngine[Any] | None = None) -> InlineLiteral:
        """A value that is written into the SQL instead of being passed beside it."""
        return InlineLiteral(value, type_)

    def run_async(self, async_function: Callable[..., Awaitable[T]], *args: Any, **kw_args: Any) -> T:
        """Call a coroutine function with an `AsyncConnection` on the transaction of the run.

        :raises ValueError: if the driver is not an asynchronous one.
        :raises NotImplementedError: in a run that only writes SQL.
        """
        connection = self.get_bind()
        if self.migration_context.as_sql or connection is None:
            raise NotImplementedError("Cannot call run_async in SQL mode: it needs a database")
        if not connection.dialect.is_async:
            driver = getattr(connection.dialect, "driver", connection.dialect.name)
            raise ValueError(f"Cannot call run_async with a sync engine; {driver} is no asynchronous driver")
        from sqlalchemy.ext.asyncio import AsyncConnection
        from sqlalchemy.util import await_only

        proxy = AsyncConnection._retrieve_proxy_for_target(connection)
        result: T = await_only(async_function(proxy, *args, **kw_args))
        return result

    @contextmanager
    def batch_alter_table(
        self,
        table_name: str,
        schema: str | None = None,
        recreate: Recreate = "auto",
        partial_reordering: Sequence[tuple[str, ...]] | None = None,
        copy_from: Table | None = None,
        table_args: tuple[Any, ...] = (),
        table_kwargs: Mapping[str, Any] = immutabledict(),
        reflect_args: tuple[Any, ...] = (),
        reflect_kwargs: Mapping[str, Any] = immutabledict(),
        naming_convention: Mapping[str, str] | None = None,
    ) -> Iterator[BatchOperations]:
        """Collect operations on one table, and do them together at the end of the with block.

        Where the database can alter the table, they run one by one; on MySQL and MariaDB `alter_column`s that follow each
        other are one statement, which copies the table once.

        :param recreate: ``"auto"`` makes a copy of the table where the database cannot alter it, ``"always"``, ``"never"``.
        :param partial_reordering: tuples of column names that shall follow each other in the copy.
        :param copy_from: how the table is now, instead of reading that from the database (needed with ``--sql``).
        :param table_args: further constraints for the copy.
        :param table_kwargs: further arguments for the copy's `Table`.
        :param reflect_args: columns and constraints that replace those that are read from the database.
        :param reflect_kwargs: arguments for reading the table, such as ``listeners``.
        :param naming_convention: names for constraints that have none in the database, so that they can be dropped.
        """
        if recreate not in ("auto", "always", "never"):
            raise CommandError(f"recreate={recreate!r} is unknown", help="'auto', 'always' or 'never'")
        batch = Batch(
            table_name=table_name,
            schema=schema,
            recreate=recreate,
            partial_reordering=tuple(partial_reordering or ()),
            copy_from=copy_from,
            table_args=tuple(table_args),
            table_kwargs=dict(table_kwargs),
            reflect_args=tuple(reflect_args),
            reflect_kwargs=dict(reflect_kwargs),
            naming_convention=naming_convention,
        )
        batch_op = BatchOperations(self.migration_context, batch)
        yield batch_op
        batch_op.flush()


class Operations(OperationDirectives, AbstractOperations):
    """The operations of a run, as methods."""


class BatchOperations(BatchDirectives, AbstractOperations):
    """The operations on one table, collected until the with block ends.

    :param batch: what the with-line said.
    """

    def __init__(self, migration_context: Any, batch: Batch) -> None:
        super().__init__(migration_context, BatchWords(migration_context.impl, batch))  # type: ignore[arg-type]
        self.batch = batch

    @property
    def table_name(self) -> str:
        return self.batch.table_name

    @property
    def schema(self) -> str | None:
        return self.batch.schema

    def invoke(self, operation: MigrateOperation) -> Any:
        # What a plugin does in its own way is done at once; what it says to `impl` is collected.
        own = self._to_impl.dispatch(operation).__module__ != "autodiff.operations.toimpl"
        if own or not hasattr(operation, "apply_to"):
            return super().invoke(operation)
        self.batch.ops.append(operation)
        return None

    def flush(self) -> None:
        """Do what was collected."""
        with _together(self.migration_context.impl):
            self.batch.run(Operations(self.migration_context))


@contextmanager
def _together(impl: DefaultImpl) -> Iterator[None]:
    """A transaction around a batch, where the connection is in none yet."""
    connection = impl.connection
    by_itself = impl.rebuild_has_own_transaction and not impl.transactional_ddl
    if by_itself or not isinstance(connection, Connection) or connection.in_transaction():
        yield
        return
    with connection.begin():
        yield


def directive(name: str, op_class: type, sourcename: str) -> Callable[..., Any]:
    """The method that calls the classmethod `sourcename` of `op_class`."""
    source = getattr(op_class, sourcename)

    @functools.wraps(source)
    def method(self: AbstractOperations, *args: Any, **kw: Any) -> Any:
        return source(self, *args, **kw)

    method.__name__ = name
    method.__qualname__ = f"Operations.{name}"
    signature = inspect.signature(source)
    parameters = list(signature.parameters.values())[1:]
    me = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    method.__signature__ = signature.replace(parameters=[me, *parameters])  # type: ignore[attr-defined]
    return method
