"""What a comparison, its hooks and the renderers know of the run that they are part of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, Table, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.reflection import Inspector

from autodiff.errors import CommandError
from autodiff.render.scope import within_batch

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
        migration_context: MigrationContext | None,
        metadata: MetaData | Sequence[MetaData] | None = None,
        opts: Mapping[str, Any] | None = None,
        autogenerate: bool = True,
    ) -> None:
        if autogenerate and migration_context is not None and migration_context.as_sql:
            raise CommandError(
                "autogenerate can't use as_sql=True as it prevents querying the database for schema information"
            )
        configured = migration_context.opts if migration_context is not None else {}
        self.opts: MutableMapping[str, Any] = dict(opts if opts is not None else configured)
        self.migration_context = migration_context
        self.metadata = metadata if metadata is not None else self.opts.get("target_metadata")
        self.connection: Connection | None = migration_context.bind if migration_context is not None else None
        self.dialect: Dialect | None = migration_context.dialect if migration_context is not None else None
        self.imports: set[str] = set()
        self._name_filters = _given(self.opts, "include_name")
        self._object_filters = _given(self.opts, "include_object")
        self._has_batch = False

    def require_metadata(self) -> None:
        """:raises CommandError: there are no models to compare with."""
        if self.metadata is None:
            raise CommandError(
                "Can't proceed with --autogenerate option; environment script "
                f"{_env_py(self.migration_context)} does not provide a MetaData object or sequence of objects to the context.",
                help="set target_metadata in env.py",
            )
        if not all(isinstance(each, MetaData) for each in as_collection(self.metadata)):
            raise CommandError(
                f"target_metadata in {_env_py(self.migration_context)} is {self.metadata!r}, which is no MetaData object nor a"
                " sequence of them",
                help="with declarative models it is Base.metadata",
            )

    def require_context(self) -> MigrationContext:
        assert self.migration_context is not None, "a comparison needs a configured context"
        return self.migration_context

    _within_batch = within_batch

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


def as_collection(metadata: Any) -> Collection[Any]:
    """A single object as a collection of one; a text and a mapping are none."""
    return metadata if isinstance(metadata, (list, tuple, set, frozenset)) else [metadata]


def _env_py(context: Any) -> str:
    script = getattr(context, "script", None)
    return str(getattr(script, "env_py_location", "env.py"))


def _given(opts: Mapping[str, Any], name: str) -> list[Callable[..., Any]]:
    return [opts[name]] if opts.get(name) else []


def _metadatas(metadata: Any) -> list[MetaData]:
    return [metadata] if isinstance(metadata, MetaData) else list(metadata or ())
