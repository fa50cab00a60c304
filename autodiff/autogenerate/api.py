"""From a connection and models to a migration script: compare, plan, render."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.reflection import Inspector

from autodiff.dialects import Room
from autodiff.dialects.room import everything
from autodiff.diff.differ import diff, settled
from autodiff.diff.filters import Wishes, filtered
from autodiff.diff.operations import operations
from autodiff.diff.renames import (
    Rename,
    carried,
    parsed,
    rename_back_operations,
    rename_operations,
    still_to_do,
    told_by_models,
)
from autodiff.diff.sides import DatabaseSide, ModelSide
from autodiff.errors import CommandError
from autodiff.kinds.step import Side
from autodiff.operations.tree import DowngradeOps, MigrationScript, UpgradeOps
from autodiff.reflect.compare import Database, Question
from autodiff.state import Change, Comparison, Key, State

if TYPE_CHECKING:
    from autodiff.runtime.migration import MigrationContext


class AutogenContext:
    """What a comparison, its hooks and the renderers know.

    :param migration_context: the configured context; its connection is looked at, never written to.
    :param metadata: the models; by default ``target_metadata`` of the context.
    :param opts: options instead of those of the context.
    :param autogenerate: whether a connection and models are needed.
    :raises CommandError: there is no connection, or no models.
    """

    def __init__(
        self,
        migration_context: MigrationContext,
        metadata: MetaData | Sequence[MetaData] | None = None,
        opts: Mapping[str, Any] | None = None,
        autogenerate: bool = True,
    ) -> None:
        if autogenerate and migration_context is not None and migration_context.as_sql:
            raise CommandError(
                "autogenerate can't use as_sql=True as it prevents querying the database for schema information"
            )
        self.opts: dict[str, Any] = dict(opts if opts is not None else migration_context.opts)
        self.migration_context = migration_context
        self.metadata = metadata if metadata is not None else self.opts.get("target_metadata")
        if autogenerate and self.metadata is None:
            raise CommandError(
                "Can't proceed with --autogenerate option; environment script "
                f"{_env_py(migration_context)} does not provide a MetaData object or sequence of objects to the context.",
                help="set target_metadata in env.py",
            )
        self.connection: Connection | None = migration_context.bind if migration_context is not None else None
        self.dialect: Dialect | None = migration_context.dialect if migration_context is not None else None
        self.imports: set[str] = set()
        self._name_filters = _given(self.opts, "include_name")
        self._object_filters = _given(self.opts, "include_object")
        self._has_batch = False

    @contextlib.contextmanager
    def _within_batch(self) -> Iterator[None]:
        self._has_batch = True
        try:
            yield
        finally:
            self._has_batch = False

    @cached_property
    def inspector(self) -> Inspector:
        """SQLAlchemy's inspector of the connection, for comparators of plugins."""
        if self.connection is None:
            raise TypeError("can't return inspector as this AutogenContext has no database connection")
        return inspect(self.connection)

    def run_name_filters(self, name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
        """Do all `include_name` functions let this name pass?"""
        parents = dict(parent_names)
        if "schema_name" in parents and "schema_qualified_table_name" not in parents:
            schema, table = parents["schema_name"], name if type_ == "table" else parents.get("table_name")
            if table is not None:
                parents["schema_qualified_table_name"] = f"{schema}.{table}" if schema else table
        return all(bool(passes(name, type_, parents)) for passes in self._name_filters)

    def run_object_filters(self, object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        """Do all `include_object` functions let this object pass?"""
        return all(bool(passes(object_, name, type_, reflected, compare_to)) for passes in self._object_filters)

    run_filters = run_object_filters

    @cached_property
    def sorted_tables(self) -> list[Table]:
        """All tables of the models, each after those that it refers to."""
        return [table for metadata in _metadatas(self.metadata) for table in metadata.sorted_tables]

    @cached_property
    def table_key_to_table(self) -> dict[str, Table]:
        return {key: table for metadata in _metadatas(self.metadata) for key, table in metadata.tables.items()}


def _env_py(context: Any) -> str:
    script = getattr(context, "script", None)
    return str(getattr(script, "env_py_location", "env.py"))


def _given(opts: Mapping[str, Any], name: str) -> list[Callable[..., Any]]:
    return [opts[name]] if opts.get(name) else []


def _metadatas(metadata: Any) -> list[MetaData]:
    return [metadata] if isinstance(metadata, MetaData) else list(metadata or ())


class Compared:
    """A comparison that was made, with what is needed to turn it into operations.

    :param changes: what leads from the database to the models, filters applied.
    :param renames: renames that were accepted; both sides already speak of the new names.
    """

    def __init__(
        self,
        room: Room,
        comparison: Comparison,
        before: Side,
        after: Side,
        changes: list[Change[State]],
        renames: Sequence[Rename] = (),
    ) -> None:
        self.room = room
        self.renames = renames
        self.comparison = comparison
        self.before = before
        self.after = after
        self.changes = changes

    @cached_property
    def upgrade(self) -> list[Any]:
        """Renames first, so that all that follows speaks of the new names."""
        return [*rename_operations(self.renames), *operations(self.changes, self.before, self.after, self.room)]

    @cached_property
    def downgrade(self) -> list[Any]:
        """The same changes from the other side: the database as it was, in an order of its own."""
        back = operations([change.swapped() for change in self.changes], self.after, self.before, self.room)
        return [*back, *rename_back_operations(self.renames)]


def compare(context: AutogenContext) -> Compared:
    """Compare the context's connection with its models."""
    assert context.connection is not None
    assert context.metadata is not None
    database = Database(context.connection)
    question = Question(
        metadata=context.metadata,
        include_schemas=bool(context.opts.get("include_schemas")),
        version_tables=_version_tables(context.migration_context),
        include_name=context.run_name_filters if context._name_filters else everything,
    )
    comparison = database.compared(question)
    renames = accepted_renames(comparison, context.opts.get("renames") or ())
    if renames:
        comparison = replace(comparison, before=carried(comparison.before, renames, quote_of(database.room)))
    comparison = settled(comparison)
    before, after = DatabaseSide(database.room, comparison.before), ModelSide(database.room, comparison.after)
    wishes = Wishes(
        include_object=tuple(context._object_filters),
        compare_type=context.opts.get("compare_type", True),
        compare_server_default=_default_wish(context.opts),
        context=context.migration_context,
    )
    changes = filtered(diff(comparison.before, comparison.after), wishes, before, after)
    return Compared(database.room, comparison, before, after, changes, renames)


def accepted_renames(comparison: Comparison, written: Sequence[str]) -> list[Rename]:
    """Renames that the user has told of, by `--rename` or in the models, and that are still to be done."""
    before, after = comparison.before, comparison.after
    return still_to_do([*parsed(written, before, after), *told_by_models(before, after)], before, after)


def quote_of(room: Room) -> Callable[[str], str]:
    return room.dialect.identifier_preparer.quote


def _default_wish(opts: Mapping[str, Any]) -> Any:
    wish = opts.get("compare_server_default")
    return True if wish is None else wish


def _version_tables(context: MigrationContext) -> frozenset[Key]:
    table = context._version
    return frozenset({Key("table", table.schema, str(table.name))})


def produce_migrations(context: MigrationContext, metadata: MetaData | Sequence[MetaData]) -> MigrationScript:
    """The operations that bring the context's database to the models, and those that bring it back.

    :param context: a context with a connection; the database is only read.
    :param metadata: the models.
    :returns: a script object without revision id; `render_python_code` writes its `upgrade_ops` and `downgrade_ops`.
    """
    autogen_context = AutogenContext(context, metadata=metadata)
    script = MigrationScript(rev_id=None, upgrade_ops=UpgradeOps([]), downgrade_ops=DowngradeOps([]))
    populate(autogen_context, script)
    return script


def populate(context: AutogenContext, script: MigrationScript) -> Compared:
    """Fill the last pair of upgrade and downgrade operations of a script."""
    compared = compare(context)
    script.upgrade_ops_list[-1].ops.extend(compared.upgrade)
    script.downgrade_ops_list[-1].ops.extend(compared.downgrade)
    return compared


def compare_metadata(context: MigrationContext, metadata: MetaData | Sequence[MetaData]) -> Any:
    """The differences between a database and models as a list of tuples such as ``("add_table", Table)``."""
    upgrade_ops = produce_migrations(context, metadata).upgrade_ops
    assert upgrade_ops is not None
    return upgrade_ops.as_diffs()
