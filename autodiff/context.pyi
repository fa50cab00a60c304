"""The functions of env.py. Written by `python -m autodiff.runtime.stub`."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TextIO

from sqlalchemy import MetaData
from sqlalchemy.engine import URL, Connection
from sqlalchemy.sql import Executable

from autodiff.runtime.environment import (
    CompareServerDefault,
    CompareType,
    IncludeNameFn,
    IncludeObjectFn,
    OnVersionApplyFn,
    ProcessRevisionDirectiveFn,
    RenderItemFn,
)
from autodiff.runtime.migration import MigrationContext
from autodiff.script.base import ScriptDirectory
from autodiff.settings import Config

config: Config
script: ScriptDirectory

def is_offline_mode() -> bool:
    "True with `--sql`: SQL is written instead of being executed, and there is no database."

def is_transactional_ddl() -> bool:
    "True if the database under migration rolls DDL back with the transaction."

def requires_connection() -> bool:
    "The opposite of `is_offline_mode()`."

def get_head_revision() -> str | tuple[str, ...] | None:
    "The head of the scripts.\n\n:raises MultipleHeads: if there are several."

def get_head_revisions() -> str | tuple[str, ...] | None:
    "All heads of the scripts, as a tuple."

def get_starting_revision_argument() -> str | tuple[str, ...] | None:
    "Where the run starts, as the command was told: `a` of `upgrade a:b --sql`.\n\n:raises CommandError: when there is no such argument."

def get_revision_argument() -> str | tuple[str, ...] | None:
    "Where the run goes to, as a full revision id; None for `base`."

def get_tag_argument() -> str | None:
    "What was given as `--tag`."

def get_x_argument(as_dictionary: bool = False) -> list[str] | dict[str, str]:
    'What was given as `-x`, each a string.\n\n:param as_dictionary: split each at its first `=`; without one, the value is `""`.'

def configure(
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
    **kw: Any
) -> None:
    "Say which database, and how. Has to be called before anything but the arguments is asked for.\n\nEvery option is described in docs/env.md.\n\n:param connection: the connection to migrate.\n:param url: offline: the database's URL, for its dialect.\n:param dialect_name: offline: the dialect, when there is no URL.\n:param dialect_opts: offline: arguments for the dialect.\n:param transactional_ddl: overrides what the dialect says.\n:param transaction_per_migration: commit after each revision instead of once.\n:param output_buffer: where `--sql` writes; standard output by default.\n:param starting_rev: offline: the revision to start from.\n:param tag: what `get_tag_argument()` gives.\n:param template_args: more variables for script.py.mako.\n:param render_as_batch: write table changes as `batch_alter_table` blocks.\n:param target_metadata: the models.\n:param include_name: called before reading the database, with (name, type, parent names).\n:param include_object: called for each object of both sides, with (object, name, type, reflected, compare_to).\n:param include_schemas: look at all schemas, not at the default one alone.\n:param process_revision_directives: called with (context, revision, directives) before a script is written.\n:param compare_type: whether, or by which function, types are compared.\n:param compare_server_default: whether, or by which function, server defaults are compared; they are if it is None.\n:param render_item: called with (type, object, autogen context); returns its Python text, or False.\n:param literal_binds: offline: write bound values as literals.\n:param upgrade_token: the template's variable for the upgrade.\n:param downgrade_token: the template's variable for the downgrade.\n:param alembic_module_prefix: how operations are written, `op.` by default.\n:param sqlalchemy_module_prefix: how SQLAlchemy's names are written, `sa.` by default.\n:param user_module_prefix: how the names of user-defined types are written; by default their module.\n:param on_version_apply: called after each step, with `ctx`, `step`, `heads`, `run_args` as keywords.\n:param autogenerate_plugins: which plugins compare, with `*` and `~` in names.\n:param kw: `version_table`, `version_table_schema`, `version_table_pk`, `lock_timeout`, `table_lock_timeout`, batch\n separators, and options of plugins.\n:raises CommandError: when `connection` is none."

def run_migrations(**kw: Any) -> None:
    "Run what the command asked for, on what was configured last.\n\n:param kw: handed to each `upgrade()` and `downgrade()` function."

def execute(sql: Executable | str, execution_options: Mapping[str, Any] | None = None) -> None:
    "Execute SQL on the configured connection, or write it with `--sql`."

def static_output(text: str) -> None:
    "Write a line into the SQL of `--sql`."

def begin_transaction() -> AbstractContextManager[Any]:
    "The block around `run_migrations()`: it is committed at its end, unless the transaction is somebody else's."

def get_context() -> MigrationContext:
    "The migration context that was configured last.\n\n:raises CommandError: before `configure()`."

def get_bind() -> Connection:
    "The configured connection."

def get_impl() -> Any:
    "The DDL implementation of the configured database."
