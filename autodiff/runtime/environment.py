"""One run of env.py: what a command asks of it, and what it answers through the `context` face."""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO

from sqlalchemy import Column, FetchedValue, MetaData
from sqlalchemy.engine import URL, Connection
from sqlalchemy.sql import Executable
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from autodiff.errors import CommandError
from autodiff.logs import obey_alembic_loggers
from autodiff.messages import short_path
from autodiff.runtime import alias
from autodiff.runtime.migration import MigrationContext
from autodiff.runtime.ownership import watch_begins
from autodiff.runtime.plugins import load_plugins

if TYPE_CHECKING:
    from autodiff.operations.tree import MigrationScript
    from autodiff.script.base import ScriptDirectory

ProcessRevisionDirectiveFn = Callable[
    [MigrationContext, "str | Collection[str | None]", "list[MigrationScript]"],
    None,
]
RenderItemFn = Callable[[str, Any, Any], "str | Literal[False]"]
NameFilterType = Literal[
    "schema", "table", "column", "index", "unique_constraint", "foreign_key_constraint", "check_constraint"
]
NameFilterParentNames = MutableMapping[
    Literal["schema_name", "table_name", "schema_qualified_table_name"], "str | None"
]
IncludeNameFn = Callable[["str | None", NameFilterType, NameFilterParentNames], bool]
IncludeObjectFn = Callable[[SchemaItem, "str | None", NameFilterType, bool, "SchemaItem | None"], bool]
CompareServerDefault = Callable[
    [MigrationContext, Column[Any], Column[Any], "str | None", "FetchedValue | None", "str | None"],
    "bool | None",
]
CompareType = Callable[
    [MigrationContext, Column[Any], Column[Any], TypeEngine[Any], TypeEngine[Any]],
    "bool | None",
]
OnVersionApplyFn = Callable[..., None]

# Options that are read from `configure(**kw)` somewhere else than in its signature.
KNOWN_ELSEWHERE = frozenset(
    {
        "version_table",
        "version_table_schema",
        "version_table_pk",
        "mssql_batch_separator",
        "oracle_batch_separator",
        "lock_timeout",
        "table_lock_timeout",
        "read_only",
    }
)


class Environments:
    """The environments that are being run: innermost first for this context, and all of the process.

    A thread that env.py starts has a context of its own; it still finds the environment if there is only one.
    """

    def __init__(self) -> None:
        self._here: ContextVar[tuple[EnvironmentContext, ...]] = ContextVar("autodiff_environments", default=())
        self._all: list[EnvironmentContext] = []

    def current(self) -> EnvironmentContext | None:
        here = [environment for environment in self._here.get() if environment in self._all]
        if here:
            return here[-1]
        return self._all[0] if len(self._all) == 1 else None

    def enter(self, environment: EnvironmentContext) -> None:
        self._here.set((*self._here.get(), environment))
        self._all.append(environment)

    def leave(self, environment: EnvironmentContext) -> None:
        self._here.set(tuple(other for other in self._here.get() if other is not environment))
        self._all.remove(environment)


ENVIRONMENTS = Environments()


class EnvironmentContext:
    """What env.py talks to. A context manager: inside of it, `autodiff.context` is this object::

        with EnvironmentContext(config, script, fn=steps, destination_rev="head"):
            script.run_env()

    :param config: the `Config` in use.
    :param script: the `ScriptDirectory` in use.
    :param kw: options of the run: `fn`, a function of (current heads, migration context) that returns the steps;
     `as_sql`, `starting_rev`, `destination_rev`, `tag`; `read_only=True` for a run that must not commit anything;
     `run_required=True` where an env.py that runs no migrations is an error, as it is for the commands.
    """

    config: Any
    script: ScriptDirectory

    def __init__(self, config: Any, script: ScriptDirectory, **kw: Any) -> None:
        self.config = config
        self.script = script
        self.context_opts: dict[str, Any] = kw
        self._lock_timeout = kw.get("lock_timeout")
        self._contexts: list[MigrationContext] = []
        self._migration_context: MigrationContext | None = None

    def __enter__(self) -> EnvironmentContext:
        alias.install()
        load_plugins()
        self.context_opts["begins"] = watch_begins()
        ENVIRONMENTS.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        ENVIRONMENTS.leave(self)
        if kind is None:
            self._finish()
            return
        for context in self._contexts:
            context.abandon()
        if isinstance(error, SystemExit) and error.code in (None, 0):
            raise CommandError(
                f"{self._env_py()} called sys.exit({'' if error.code is None else error.code}), so the run did not come to its end",
                help="return from env.py instead",
            ) from error

    def _finish(self) -> None:
        ran = self.is_offline_mode() or any(context.ran for context in self._contexts)
        errors = []
        for context in self._contexts:
            try:
                context.finish()
            except CommandError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        if not ran and "fn" in self.context_opts and self.context_opts.get("run_required"):
            raise CommandError(
                f"{self._env_py()} never called context.run_migrations(), so nothing was done",
                help="call it at the end of env.py, inside of `with context.begin_transaction():`",
            )

    def _env_py(self) -> str:
        return short_path(str(getattr(self.script, "env_py_location", "env.py")))

    # -- what the command asked for

    def is_offline_mode(self) -> bool:
        """True with `--sql`: SQL is written instead of being executed, and there is no database."""
        return bool(self.context_opts.get("as_sql", False))

    def is_transactional_ddl(self) -> bool:
        """True if the database under migration rolls DDL back with the transaction."""
        return bool(self.get_context().impl.transactional_ddl)

    def requires_connection(self) -> bool:
        """The opposite of `is_offline_mode()`."""
        return not self.is_offline_mode()

    def get_head_revision(self) -> str | tuple[str, ...] | None:
        """The head of the scripts.

        :raises MultipleHeads: if there are several.
        """
        return self.script.as_revision_number("head")

    def get_head_revisions(self) -> str | tuple[str, ...] | None:
        """All heads of the scripts, as a tuple."""
        return self.script.as_revision_number("heads")

    def get_starting_revision_argument(self) -> str | tuple[str, ...] | None:
        """Where the run starts, as the command was told: `a` of `upgrade a:b --sql`.

        :raises CommandError: when there is no such argument.
        """
        if self._migration_context is not None:
            return self.script.as_revision_number(self._migration_context._start_from_rev)
        if "starting_rev" in self.context_opts:
            return self.context_opts["starting_rev"]  # type: ignore[no-any-return]
        raise CommandError(
            "No starting revision argument is available.", help="it is there while upgrading or downgrading"
        )

    def get_revision_argument(self) -> str | tuple[str, ...] | None:
        """Where the run goes to, as a full revision id; None for `base`."""
        return self.script.as_revision_number(self.context_opts["destination_rev"])

    def get_tag_argument(self) -> str | None:
        """What was given as `--tag`."""
        tag: str | None = self.context_opts.get("tag")
        return tag

    def get_x_argument(self, as_dictionary: bool = False) -> list[str] | dict[str, str]:
        """What was given as `-x`, each a string.

        :param as_dictionary: split each at its first `=`; without one, the value is `""`.
        """
        options = getattr(self.config, "cmd_opts", None)
        given: list[str] = getattr(options, "x", None) or []
        if not as_dictionary:
            return given
        return {name: value for name, _, value in (each.partition("=") for each in given)}

    # -- what env.py says

    def configure(
        self,
        connection: Connection | None = None,
        url: str | URL | None = None,
        dialect_name: str | None = None,
        dialect_opts: dict[str, Any] | None = None,
        transactional_ddl: bool | None = None,
        transaction_per_migration: bool = False,
        output_buffer: TextIO | None = None,
        starting_rev: str | None = None,
        tag: str | None = None,
        template_args: dict[str, Any] | None = None,
        render_as_batch: bool = False,
        target_metadata: MetaData | Sequence[MetaData] | None = None,
        include_name: IncludeNameFn | None = None,
        include_object: IncludeObjectFn | None = None,
        include_schemas: bool = False,
        process_revision_directives: ProcessRevisionDirectiveFn | None = None,
        compare_type: bool | CompareType = True,
        compare_server_default: bool | CompareServerDefault | None = None,
        render_item: RenderItemFn | None = None,
        literal_binds: bool = False,
        upgrade_token: str = "upgrades",
        downgrade_token: str = "downgrades",
        alembic_module_prefix: str = "op.",
        sqlalchemy_module_prefix: str = "sa.",
        user_module_prefix: str | None = None,
        on_version_apply: OnVersionApplyFn | Collection[OnVersionApplyFn] | None = None,
        autogenerate_plugins: Sequence[str] | None = None,
        **kw: Any,
    ) -> None:
        """Say which database, and how. Has to be called before anything but the arguments is asked for.

        Every option is described in docs/env.md.

        :param connection: the connection to migrate.
        :param url: offline: the database's URL, for its dialect.
        :param dialect_name: offline: the dialect, when there is no URL.
        :param dialect_opts: offline: arguments for the dialect.
        :param transactional_ddl: overrides what the dialect says.
        :param transaction_per_migration: commit after each revision instead of once.
        :param output_buffer: where `--sql` writes; standard output by default.
        :param starting_rev: offline: the revision to start from.
        :param tag: what `get_tag_argument()` gives.
        :param template_args: more variables for script.py.mako.
        :param render_as_batch: write table changes as `batch_alter_table` blocks.
        :param target_metadata: the models.
        :param include_name: called before reading the database, with (name, type, parent names).
        :param include_object: called for each object of both sides, with (object, name, type, reflected, compare_to).
        :param include_schemas: look at all schemas, not at the default one alone.
        :param process_revision_directives: called with (context, revision, directives) before a script is written.
        :param compare_type: whether, or by which function, types are compared.
        :param compare_server_default: whether, or by which function, server defaults are compared; they are if it is None.
        :param render_item: called with (type, object, autogen context); returns its Python text, or False.
        :param literal_binds: offline: write bound values as literals.
        :param upgrade_token: the template's variable for the upgrade.
        :param downgrade_token: the template's variable for the downgrade.
        :param alembic_module_prefix: how operations are written, `op.` by default.
        :param sqlalchemy_module_prefix: how SQLAlchemy's names are written, `sa.` by default.
        :param user_module_prefix: how the names of user-defined types are written; by default their module.
        :param on_version_apply: called after each step, with `ctx`, `step`, `heads`, `run_args` as keywords.
        :param autogenerate_plugins: which plugins compare, with `*` and `~` in names.
        :param kw: `version_table`, `version_table_schema`, `version_table_pk`, `lock_timeout`, `table_lock_timeout`, batch
         separators, and options of plugins.
        :raises CommandError: when `connection` is none.
        """
        warn_of_misspelt(kw)
        obey_alembic_loggers()
        self._over_the_command(
            transactional_ddl=transactional_ddl,
            output_buffer=output_buffer or getattr(self.config, "output_buffer", None),
            starting_rev=starting_rev,
            tag=tag,
        )
        if template_args and "template_args" in self.context_opts:
            self.context_opts["template_args"].update(template_args)
        self.context_opts.update(
            transaction_per_migration=transaction_per_migration,
            target_metadata=target_metadata,
            include_name=include_name,
            include_object=include_object,
            include_schemas=include_schemas,
            render_as_batch=render_as_batch,
            upgrade_token=upgrade_token,
            downgrade_token=downgrade_token,
            sqlalchemy_module_prefix=sqlalchemy_module_prefix,
            alembic_module_prefix=alembic_module_prefix,
            user_module_prefix=user_module_prefix,
            literal_binds=literal_binds,
            process_revision_directives=process_revision_directives,
            on_version_apply=on_version_apply,
            autogenerate_plugins=autogenerate_plugins,
            render_item=render_item,
            compare_type=compare_type,
            compare_server_default=compare_server_default,
            script=self.script,
        )
        self._under_the_command(kw)
        self._migration_context = MigrationContext.configure(
            connection=connection,
            url=url,
            dialect_name=dialect_name,
            environment_context=self,
            dialect_opts=dialect_opts,
            opts=self.context_opts,
        )
        self._contexts.append(self._migration_context)

    def _over_the_command(self, **options: Any) -> None:
        """Options of env.py that count where it gives them; else the command's stay."""
        self.context_opts.update({name: value for name, value in options.items() if value is not None and value != ""})

    def _under_the_command(self, options: dict[str, Any]) -> None:
        """Options of env.py beside the documented parameters; `--lock-timeout` counts before its `lock_timeout`."""
        if (option := getattr(self.config, "get_alembic_option", None)) is not None:
            options.setdefault("output_encoding", option("output_encoding"))
        self.context_opts.update(options)
        if self._lock_timeout is not None:
            self.context_opts["lock_timeout"] = self._lock_timeout

    # -- what env.py does

    def run_migrations(self, **kw: Any) -> None:
        """Run what the command asked for, on what was configured last.

        :param kw: handed to each `upgrade()` and `downgrade()` function.
        """
        from autodiff.operations.base import Operations

        context = self.get_context()
        with Operations.context(context):
            context.run_migrations(**kw)

    def execute(self, sql: Executable | str, execution_options: Mapping[str, Any] | None = None) -> None:
        """Execute SQL on the configured connection, or write it with `--sql`."""
        self.get_context().execute(sql, execution_options=execution_options)

    def static_output(self, text: str) -> None:
        """Write a line into the SQL of `--sql`."""
        self.get_context().impl.static_output(text)

    def begin_transaction(self) -> AbstractContextManager[Any]:
        """The block around `run_migrations()`: it is committed at its end, unless the transaction is somebody else's."""
        return self.get_context().begin_transaction()

    def get_context(self) -> MigrationContext:
        """The migration context that was configured last.

        :raises CommandError: before `configure()`.
        """
        if self._migration_context is None:
            raise CommandError("No context has been configured yet.", help="call context.configure() first")
        return self._migration_context

    def get_bind(self) -> Connection:
        """The configured connection."""
        bind = self.get_context().bind
        if bind is None:
            raise CommandError("there is no connection", help="give configure() one")
        return bind

    def get_impl(self) -> Any:
        """The DDL implementation of the configured database."""
        return self.get_context().impl


def warn_of_misspelt(given: Mapping[str, Any]) -> None:
    """An option that nobody knows is kept, since plugins have their own; one that is nearly a known one is told."""
    known = [*option_names(), *KNOWN_ELSEWHERE]
    for name in given:
        near = difflib.get_close_matches(name, known, 1, 0.8) if name not in KNOWN_ELSEWHERE else []
        if near:
            warnings.warn(
                f"configure() has no option {name!r}: did you mean {near[0]!r}? (It is kept, for plugins.)",
                UserWarning,
                stacklevel=3,
            )


def option_names() -> list[str]:
    code = EnvironmentContext.configure.__code__
    return list(code.co_varnames[1 : code.co_argcount])
