"""A database compared with its models: the changes, and the operations that they mean in both directions."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import MetaData

from autodiff.autogenerate import hooks
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.extensions import Extended, Extensions
from autodiff.autogenerate.renaming import Renaming, renamed
from autodiff.autogenerate.scratch import scratch_database
from autodiff.dialects.room import Room, everything
from autodiff.diff.differ import diff, settled
from autodiff.diff.filters import Wishes, filtered
from autodiff.diff.operations import operations, renames_of
from autodiff.diff.renames import (
    Rename,
    parsed,
    still_to_do,
    told_by_case,
    told_by_models,
)
from autodiff.diff.sides import DatabaseSide, ModelSide, renames_what_is_named
from autodiff.kinds import kinds
from autodiff.kinds.step import Side
from autodiff.kinds.table import whole_tables
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp
from autodiff.operations.tree import MigrateOperation, MigrationScript, OpContainer
from autodiff.reflect.compare import Database, Question
from autodiff.runtime.journal import journal_name
from autodiff.state import Change, Comparison, Key, State

if TYPE_CHECKING:
    from autodiff.runtime.migration import MigrationContext


_LOGGER = "autodiff.autogenerate.compare"


class Compared:
    """A comparison that was made, with what is needed to turn it into operations.

    :param changes: what leads from the database to the models, filters applied.
    :param renaming: the renames that were accepted; both sides already speak of the new names.
    :param companions: indexes that the database makes for foreign keys, each with its foreign key.
    """

    def __init__(
        self,
        room: Room,
        comparison: Comparison,
        before: Side,
        after: Side,
        changes: list[Change[State]],
        renaming: Renaming | None = None,
        extensions: Extensions | None = None,
        companions: Mapping[Key, Key] = MappingProxyType({}),
    ) -> None:
        self.companions = companions
        self.room = room
        self.extensions = extensions
        self.renaming = Renaming(room) if renaming is None else renaming
        self.comparison = comparison
        self.before = before
        self.after = after
        self.changes = changes

    @property
    def renames(self) -> Sequence[Rename]:
        return (*self.renaming.tables, *self.renaming.columns)

    @cached_property
    def renamed_parts(self) -> list[Change[State]]:
        """The constraints and indexes that get another name, which are a difference in two of the changes."""
        return renames_of(self.changes, self.before, self.after, self.room)

    @property
    def upgrade(self) -> list[MigrateOperation]:
        """What leads from the database to the models, plugins included."""
        return self._extended.upgrade

    @property
    def downgrade(self) -> list[MigrateOperation]:
        return self._extended.downgrade

    @property
    def found_by_plugins(self) -> Sequence[MigrateOperation]:
        """What is among the operations of the upgrade, and none of the changes."""
        return self._extended.added if self.extensions else ()

    @cached_property
    def _extended(self) -> Extended:
        upgrade, downgrade = self._forth(), self._back()
        return self.extensions.extended(upgrade, downgrade) if self.extensions else Extended(upgrade, downgrade)

    def _forth(self) -> list[MigrateOperation]:
        """Renames first, so that all that follows speaks of the new names."""
        forth = operations(self.changes, self.before, self.after, self.room)
        return [*self.renaming.forth(), *self._marked(forth)]

    def _back(self) -> list[MigrateOperation]:
        """The same changes from the other side: the database as it was, in an order of its own."""
        back = operations([change.swapped() for change in self.changes], self.after, self.before, self.room)
        return [*self._marked(back), *self.renaming.back()]

    def _marked(self, operations: list[MigrateOperation]) -> list[MigrateOperation]:
        """The operations, those marked that only go with the change of a foreign key: the index that is made for it."""
        changed = {change.key for change in self.changes}
        of = {index for index, foreign_key in self.companions.items() if foreign_key in changed}
        for container in operations if of else ():
            for op in container.ops if isinstance(container, OpContainer) else ():
                if isinstance(op, CreateIndexOp | DropIndexOp):
                    op.is_companion = Key("index", op.schema, op.table_name, op.index_name) in of
        return operations


def compare(context: AutogenContext, *, aloud: bool = True) -> Compared:
    """Compare the context's connection with its models.

    :param aloud: log each difference; False where all of them are told anyway.
    """
    assert context.connection is not None
    context.require_metadata()
    database = Database(context.connection)
    comparison = asked(context, database)
    any_case = database.room.features.any_case
    written = context.opts.get("renames") or ()
    renames = [] if comparison.is_unchanged and not written else accepted_renames(comparison, written, any_case)
    comparison, renaming = renamed(comparison, renames, database.room, context.connection)
    comparison = settled(comparison)
    before, after = sides_of(context, database.room, comparison)
    impl = context.require_context().impl
    wishes = Wishes(
        include_object=tuple(context._object_filters),
        compare_type=hooks.type_wish(context.opts, impl),
        compare_server_default=hooks.default_wish(context.opts, impl),
        context=context.migration_context,
    )
    changes = [] if comparison.is_unchanged else diff(comparison.before, comparison.after)
    tables = {change.key.of_table for change in changes if change.key.table is not None}
    companions = {
        index: foreign_key
        for snapshot in (comparison.before, comparison.after)
        for index, foreign_key in database.room.companions(snapshot, tables).items()
    }
    changes = filtered(changes, wishes, before, after, companions)
    changes = hooks.corrected(hooks.heeded(changes, impl, before, after), impl, before, after)
    extensions = Extensions(context, before, after, lambda: compared_schemas(database, context))
    changes = extensions.left(changes)
    if aloud:
        log_renames(renames)
        log(changes)
    return Compared(database.room, comparison, before, after, changes, renaming, extensions, companions)


def asked(context: AutogenContext, database: Database) -> Comparison:
    """Both sides in the form in which the database prints them."""
    assert context.metadata is not None
    question = Question(
        metadata=context.metadata,
        include_schemas=bool(context.opts.get("include_schemas")),
        version_tables=version_tables(context.require_context()),
        include_name=context.run_name_filters if context._name_filters else everything,
    )
    with contextlib.ExitStack() as stack:
        url = context.opts.get("scratch_url")
        scratch = None if url is None else stack.enter_context(scratch_database(url))
        return database.compared(question, scratch=scratch)


def sides_of(context: AutogenContext, room: Room, comparison: Comparison) -> tuple[DatabaseSide, ModelSide]:
    """SQLAlchemy's objects of both sides, for operations."""
    metadata = context.metadata
    assert metadata is not None
    final_names = renames_what_is_named([metadata] if isinstance(metadata, MetaData) else list(metadata))
    return (
        DatabaseSide(room, comparison.before, final_names=final_names),
        ModelSide(room, comparison.after, final_names=final_names),
    )


def compared_schemas(database: Database, context: AutogenContext) -> set[str | None]:
    """The schemas whose objects are the user's; None is the default one."""
    found: set[str | None] = {None}
    if context.opts.get("include_schemas"):
        found |= set(database.room.schema_names(database.connection)) - {database.server.default_schema}
    return {schema for schema in found if context.run_name_filters(schema, "schema", {})}


def log_renames(renames: Sequence[Rename]) -> None:
    for rename in renames:
        words = f"Detected renamed {rename.old.kind} {rename.old.label!r}, now {rename.new.label!r}"
        logging.getLogger(f"{_LOGGER}.tables").info("%s", words)


def log(changes: Sequence[Change[State]]) -> None:
    """Tell each difference; what comes with a table that is new or gone is not told again."""
    whole = whole_tables(changes)
    for change in changes:
        implied = change.kind != "table" and change.key.table is not None and change.key.of_table in whole
        if implied and change.kind != "index":
            continue
        for topic, line in kinds[change.kind].detected(change):
            logging.getLogger(f"{_LOGGER}.{topic}").info("%s", line)


def accepted_renames(comparison: Comparison, written: Sequence[str], any_case: frozenset[str]) -> list[Rename]:
    """Renames that the user has told of, by `--rename` or in the models, or that are of case alone, still to be done."""
    before, after = comparison.before, comparison.after
    new = [state for key, state in after.objects.items() if key not in before.objects]
    told = parsed(written, before, after)
    if new:  # else what the models tell of has been done
        told += [*told_by_models(after), *told_by_case(before, after, new, any_case)]
    return still_to_do(told, before, after)


def version_tables(context: MigrationContext) -> frozenset[Key]:
    """The tables that autodiff keeps for itself: they belong to no model."""
    table = context._version
    names = (str(table.name), journal_name(context.version_table))
    return frozenset(Key("table", table.schema, name) for name in names)


def populate(compared: Compared, script: MigrationScript) -> None:
    """Fill the last pair of upgrade and downgrade operations of a script."""
    script.upgrade_ops_list[-1].ops.extend(compared.upgrade)
    script.downgrade_ops_list[-1].ops.extend(compared.downgrade)
