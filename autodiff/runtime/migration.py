"""One database under migration: its dialect, its connection, its version table, and the run of the steps over it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TextIO

from sqlalchemy import Table
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.sql import Executable

from autodiff.ddl.impl import DefaultImpl
from autodiff.errors import CommandError
from autodiff.logs import RUNS, unheard
from autodiff.messages import text_stream
from autodiff.runtime import apply
from autodiff.runtime.backends import Backend, backend_of
from autodiff.runtime.ownership import Begins
from autodiff.runtime.target import Environment
from autodiff.runtime.transactions import Scope, Transactions
from autodiff.runtime.versions import HeadMaintainer, VersionTable
from autodiff.script.step import MigrationInfo, MigrationStep, RevisionStep, StampStep

__all__ = ["HeadMaintainer", "MigrationContext", "MigrationInfo", "MigrationStep", "RevisionStep", "StampStep"]

log = logging.getLogger(__name__)


class MigrationContext:
    """The state of the migrations of one database.

    Usually made by `context.configure()` in env.py; by `MigrationContext.configure()` in a program that has a
    connection and wants to know, or change, where the database is::

        with engine.connect() as connection:
            heads = MigrationContext.configure(connection).get_current_heads()

    :param opts: the options of `EnvironmentContext.configure()`, and whatever a plugin looks for.
    """

    def __init__(
        self,
        dialect: Dialect,
        connection: Connection | None,
        opts: dict[str, Any],
        environment_context: Environment | None = None,
    ) -> None:
        self.environment_context = environment_context
        self.opts = opts
        self.dialect = dialect
        self.script = opts.get("script")
        self.as_sql: bool = opts.get("as_sql", False)
        self.purge: bool = opts.get("purge", False)
        self.version_table: str = opts.get("version_table") or "alembic_version"
        self.version_table_schema: str | None = opts.get("version_table_schema")
        self.output_buffer: TextIO = text_stream(opts.get("output_buffer") or sys.stdout, opts.get("output_encoding"))
        self.on_version_apply_callbacks: tuple[Callable[..., None], ...] = as_tuple(opts.get("on_version_apply"))
        self._transaction_per_migration: bool = opts.get("transaction_per_migration", False)
        self._migrations_fn: Callable[..., Iterable[Any]] | None = opts.get("fn")
        self._start_from_rev: str | None = opts.get("starting_rev")
        self._user_compare_type = opts.get("compare_type", True)
        self._user_compare_server_default = opts.get("compare_server_default", False)

        self.impl: DefaultImpl = DefaultImpl.get_by_dialect(dialect)(
            dialect, connection, self.as_sql, opts.get("transactional_ddl"), self.output_buffer, opts
        )
        # with --sql a stand-in that writes what is executed on it
        self.connection: Connection | None = self.impl.bind if self.as_sql else connection
        self._version: Table = self.impl.version_table_impl(
            version_table=self.version_table,
            version_table_schema=self.version_table_schema,
            version_table_pk=opts.get("version_table_pk", True),
        )
        self.backend: Backend = backend_of(dialect)
        begins: Begins | None = opts.get("begins")
        self.transactions = (
            Transactions(connection, self.backend, begins)
            if isinstance(connection, Connection) and not self.as_sql
            else None
        )
        self.ran = False
        log.info("Context impl %s.", type(self.impl).__name__)
        if self.as_sql:
            log.info("Generating static SQL")
        log.info("Will assume %s DDL.", "transactional" if self.impl.transactional_ddl else "non-transactional")

    def writing(self, buffer: Any) -> MigrationContext:
        """The same context in a run that writes its SQL to `buffer`, as with `--sql`."""
        opts = {**self.opts, "as_sql": True, "output_buffer": buffer, "output_encoding": None, "literal_binds": False}
        with unheard(RUNS):
            return MigrationContext(self.dialect, None, opts)

    @classmethod
    def configure(
        cls,
        connection: Connection | None = None,
        url: str | URL | None = None,
        dialect_name: str | None = None,
        dialect: Dialect | None = None,
        environment_context: Environment | None = None,
        dialect_opts: Mapping[str, str] | None = None,
        opts: Mapping[str, Any] | None = None,
    ) -> MigrationContext:
        """Make a context for a connection, or for a dialect alone (offline).

        :param connection: a live connection.
        :param url: used for its dialect when there is no connection.
        :param dialect_name: such as `"postgresql"`, when there is neither connection nor URL.
        :param dialect: a dialect object, when none of the others is there.
        :param dialect_opts: arguments for the dialect's constructor.
        :param opts: any option of `EnvironmentContext.configure()`.
        :raises CommandError: for an Engine in the place of a connection, or when there is nothing to work with.
        """
        if connection is not None:
            if isinstance(connection, Engine) or not isinstance(connection, (Connection, MockConnection)):
                raise CommandError(
                    f"'connection' argument to configure() is expected to be a sqlalchemy.engine.Connection instance,"
                    f" got {connection!r}",
                    help="with an engine: `with engine.connect() as connection:`; with an async one: `await connection.run_sync(…)`",
                )
            dialect = connection.dialect
        elif url:
            dialect = make_url(url).get_dialect()(**(dialect_opts or {}))
        elif dialect_name:
            dialect = URL.create(dialect_name).get_dialect()(**(dialect_opts or {}))
        elif dialect is None:
            raise CommandError("Connection, url, or dialect_name is required.", help="give one of them to configure()")
        return cls(dialect, connection, dict(opts or {}), environment_context)

    # -- what it is

    @property
    def bind(self) -> Connection | None:
        """The connection; with `--sql` a stand-in that writes what is executed on it."""
        return self.connection

    @property
    def config(self) -> Any:
        """The `Config` of the environment, or None."""
        return self.environment_context.config if self.environment_context else None

    @property
    def versions(self) -> VersionTable:
        return VersionTable(self)

    def require_connection(self) -> Connection:
        if self.connection is None or self.as_sql:
            raise CommandError("this needs a database connection, and there is none", help="run it without --sql")
        return self.connection

    # -- where the database is

    def get_current_revision(self) -> str | None:
        """The revision that the database is at, None where it has none.

        :raises CommandError: when it has several heads.
        """
        heads = self.get_current_heads()
        if len(heads) > 1:
            raise CommandError(
                f"Version table {self.version_table!r} has more than one head present; please use get_current_heads()",
                help=f"the heads are {', '.join(heads)}",
            )
        return heads[0] if heads else None

    def get_current_heads(self) -> tuple[str, ...]:
        """The revisions that the version table holds; offline, the ones that the run starts from."""
        if self.as_sql:
            return self._starting_heads()
        if self._start_from_rev:
            raise CommandError("Can't specify current_rev to context when using a database connection")
        return self.versions.read()

    def _starting_heads(self) -> tuple[str, ...]:
        start = as_tuple(self._start_from_rev)
        if self.script is None:
            return tuple(revision for revision in start if revision != "base")
        return tuple(
            found.revision
            for revision in start
            if revision != "base"
            for found in self.script.get_revisions(revision)
            if found is not None
        )

    def _has_version_table(self) -> bool:
        return self.versions.exists()

    def _ensure_version_table(self, purge: bool = False) -> None:
        """Create the version table where it does not exist; with `purge`, empty it."""
        if self.as_sql:
            self.versions.create_offline(self.widest_id())
        else:
            self.versions.ensure(self.widest_id())
        if purge:
            self.versions.purge()

    def widest_id(self) -> int:
        """The length of the longest revision id of the scripts."""
        if self.script is None:
            return 0
        return max((len(revision.revision) for revision in self.script.walk_revisions()), default=0)

    # -- running

    def run_migrations(self, **kw: Any) -> None:
        """Plan the way from where the database is, and go it.

        :param kw: handed to each `upgrade()` and `downgrade()` function.
        :raises MigrationFailed: when a revision stops; what was ours is rolled back by then.
        """
        self.ran = True
        self.impl.start_migrations()
        if self.as_sql:
            apply.offline(self, kw)
        else:
            apply.online(self, kw)

    def plan(self, heads: tuple[str, ...]) -> list[Any]:
        """The steps from `heads` to where the command wants to go."""
        if self._migrations_fn is None:
            raise CommandError(
                "there is nothing to run: this context has no function that says which revisions",
                help="run it by a command, or give EnvironmentContext(config, script, fn=…)",
            )
        return list(self._migrations_fn(heads, self) or ())

    def stamp(self, script_directory: Any, revision: str | Sequence[str]) -> None:
        """Set the version table to a revision without running any script.

        :param script_directory: the `ScriptDirectory` that knows the revision.
        """
        with self.begin_transaction():
            heads = self.get_current_heads()
            self._ensure_version_table()
            maintainer = HeadMaintainer(self, heads)
            for step in script_directory._stamp_revs(revision, heads):
                maintainer.update_to_step(step)

    def execute(self, sql: Executable | str, execution_options: Mapping[str, Any] | None = None) -> None:
        """Execute SQL on the connection, or write it with `--sql`."""
        self.impl._exec(sql, dict(execution_options) if execution_options else None)

    def begin_transaction(self, _per_migration: bool = False) -> AbstractContextManager[Any]:
        """The block in which `run_migrations()` is called: what it leaves behind is committed, or rolled back.

        One transaction spans the block where DDL is transactional and `transaction_per_migration` is off; otherwise each
        revision has its own. Where the caller has begun a transaction of its own, it does nothing.
        """
        if not self.as_sql:
            if self.transactions is None:
                return nullcontext()
            begins = _per_migration or (self.impl.transactional_ddl and not self._transaction_per_migration)
            return Scope(self.transactions, read_only=self.opts.get("read_only", False), begins=begins)
        if self.impl.transactional_ddl and self._transaction_per_migration == _per_migration:
            return self._offline_transaction()
        return nullcontext()

    @contextmanager
    def _offline_transaction(self) -> Iterator[None]:
        self.impl.emit_begin()
        yield
        self.impl.emit_commit()

    @contextmanager
    def autocommit_block(self) -> Iterator[None]:
        """Run statements that no transaction may hold, such as CREATE INDEX CONCURRENTLY or ALTER TYPE … ADD VALUE.

        What ran before is committed together with its version rows; then each statement commits itself; then a new
        transaction begins.

        :raises CommandError: inside of a transaction that belongs to the calling program.
        """
        if self.as_sql:
            yield from self._offline_autocommit()
            return
        if self.transactions is None:
            yield
            return
        with apply.autocommit_block(self):
            yield

    def _offline_autocommit(self) -> Iterator[None]:
        if not self.impl.transactional_ddl:
            yield
            return
        self.impl.emit_commit()
        yield
        self.impl.emit_begin()

    # -- the end

    def finish(self) -> None:
        """Called when env.py has ended without an error: what was run has to be committed, or at least to be alive.

        :raises CommandError: naming the revisions that were lost.
        """
        transactions = self.transactions
        if transactions is None:
            return
        lost = transactions.lost + (transactions.pending if transactions.ours else [])
        self.abandon()
        if lost:
            raise CommandError(
                f"{', '.join(lost)} ran, and the transaction was rolled back afterwards: nothing of it is in the database",
                help="env.py has to leave `with context.begin_transaction():` normally, or to commit what it has begun",
            )

    def abandon(self) -> None:
        """Stop watching the connection."""
        if self.transactions is not None:
            self.transactions.end()
            self.transactions.close()


def as_tuple(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    if isinstance(value, Collection) and not isinstance(value, str):
        return tuple(value)
    return (value,)
