"""Accepted renames with what is in their way: dropped before the columns have their new names, and made again after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from autodiff.dialects import Room
from autodiff.dialects.room import Remade
from autodiff.diff.operations import operations
from autodiff.diff.renames import Rename, carried, keeping_names, rename_back_operations, rename_operations
from autodiff.diff.sides import DatabaseSide
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Comparison, Key, Snapshot


@dataclass(frozen=True)
class Renaming:
    """How the database gets to its new names, and back.

    :param between: the database once its tables are renamed.
    :param database: the database once its columns are renamed too.
    :param aside: what of it cannot stay while columns are renamed.
    :param remade: what is made anew once all have their names.
    """

    room: Room
    tables: Sequence[Rename] = ()
    columns: Sequence[Rename] = ()
    between: Snapshot | None = None
    database: Snapshot | None = None
    aside: Collection[Key] = ()
    remade: Remade = field(default_factory=Remade)

    def forth(self) -> list[MigrateOperation]:
        """:raises CommandError: something names what is renamed, and cannot be told its new name."""
        if self.remade.refusal is not None:
            raise self.remade.refusal
        dropped, made = self._dropped(self.between), self._made(self.database)
        last = map(SqlOp, self.remade.forth)
        return [*rename_operations(self.tables), *dropped, *rename_operations(self.columns), *made, *last]

    def back(self) -> list[MigrateOperation]:
        dropped, made = self._dropped(self.database), self._made(self.between)
        last = map(SqlOp, self.remade.back)
        return [*dropped, *rename_back_operations(self.columns), *made, *rename_back_operations(self.tables), *last]

    def _dropped(self, snapshot: Snapshot | None) -> list[MigrateOperation]:
        return self._between(snapshot, drop=True)

    def _made(self, snapshot: Snapshot | None) -> list[MigrateOperation]:
        return self._between(snapshot, drop=False)

    def _between(self, snapshot: Snapshot | None, *, drop: bool) -> list[MigrateOperation]:
        if snapshot is None or not self.aside:
            return []
        whole, rest = (DatabaseSide(self.room, each, final_names=True) for each in (snapshot, self._without(snapshot)))
        gone = [state for key, state in snapshot.objects.items() if key in self.aside]
        if drop:
            return operations([Change(state, None) for state in gone], whole, rest, self.room)
        return operations([Change(None, state) for state in gone], rest, whole, self.room)

    def _without(self, snapshot: Snapshot) -> Snapshot:
        left = (state for key, state in snapshot.objects.items() if key not in self.aside)
        return Snapshot.of(left, snapshot.server, canonical=snapshot.canonical)


def renamed(
    comparison: Comparison, renames: Sequence[Rename], room: Room, connection: Connection | None = None
) -> tuple[Comparison, Renaming]:
    """The comparison with the new names on both sides, and the way there.

    :param connection: where it is looked up what else names the renamed things; without one, nothing does.
    """
    tables = [rename for rename in renames if rename.old.kind == "table"]
    columns = [rename for rename in renames if rename.old.kind == "column"]
    between = carried_with(comparison, tables, room).before if columns else None
    called = [rename.new._replace(name=rename.old.name) for rename in columns]
    aside = () if between is None else frozenset(room.in_the_way_of_renames(between, called))
    keys = {rename.old: rename.new for rename in renames}
    remade = Remade() if connection is None or not renames else room.remade(connection, keys)
    comparison = carried_with(comparison, renames, room)
    return comparison, Renaming(room, tables, columns, between, comparison.before, aside, remade)


def carried_with(comparison: Comparison, renames: Sequence[Rename], room: Room) -> Comparison:
    if not renames:
        return comparison
    before = carried(comparison.before, renames, room.reworded)
    after = keeping_names(before, comparison.after, renames)
    return room.renamed(replace(comparison, before=before, after=after), {rename.old: rename.new for rename in renames})
