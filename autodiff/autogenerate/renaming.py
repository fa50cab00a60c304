"""Accepted renames with what is in their way: dropped before the columns have their new names, and made again after."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from autodiff.dialects.room import Remade, Room
from autodiff.diff.operations import operations
from autodiff.diff.renames import Rename, carried, keeping_names, rename_back_operations, rename_operations
from autodiff.diff.sides import DatabaseSide
from autodiff.kinds import ColumnState
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Comparison, Key, Snapshot, State


@dataclass(frozen=True)
class Renaming:
    """How the database gets to its new names, and back.

    :param between: the database once its tables are renamed.
    :param database: the database once its columns are renamed too.
    :param aside: what of the database between cannot stay while columns are renamed.
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
        return [*rename_operations(self.tables), *dropped, *rename_operations(self._staying), *made, *last]

    def back(self) -> list[MigrateOperation]:
        dropped, made = self._dropped(self.database), self._made(self.between)
        last = map(SqlOp, self.remade.back)
        return [*dropped, *rename_back_operations(self._staying), *made, *rename_back_operations(self.tables), *last]

    @property
    def _staying(self) -> list[Rename]:
        """The renamed columns without generated ones that are made anew, under the other name."""
        return [rename for rename in self.columns if not self._goes(between_names(rename))]

    def _goes(self, key: Key) -> bool:
        state = None if self.between is None else self.between.get(key)
        return key in self.aside and state is not None and meanwhile(state) is None

    def _dropped(self, snapshot: Snapshot | None) -> list[MigrateOperation]:
        return self._between(snapshot, drop=True)

    def _made(self, snapshot: Snapshot | None) -> list[MigrateOperation]:
        return self._between(snapshot, drop=False)

    def _between(self, snapshot: Snapshot | None, *, drop: bool) -> list[MigrateOperation]:
        if snapshot is None or not self.aside:
            return []
        names = {} if snapshot is self.between else {between_names(rename): rename.new for rename in self.columns}
        aside = {names.get(key, key) for key in self.aside}
        changes = [Change(state, meanwhile(state)) for key, state in snapshot.objects.items() if key in aside]
        left = (meanwhile(state) if key in aside else state for key, state in snapshot.objects.items())
        rest = Snapshot.of((state for state in left if state), snapshot.server, canonical=snapshot.canonical)
        sides = [DatabaseSide(self.room, each, final_names=True) for each in (snapshot, rest)]
        if drop:
            return operations(changes, sides[0], sides[1], self.room)
        return operations([change.swapped() for change in changes], sides[1], sides[0], self.room)


def between_names(rename: Rename) -> Key:
    """A renamed column as it is called when its table has its new name already."""
    return rename.new._replace(name=rename.old.name)


def meanwhile(state: State) -> State | None:
    """What is left of a thing that cannot stay: of a plain column all but its default, since it has values."""
    return replace(state, default=None) if isinstance(state, ColumnState) and state.has_values else None


def renamed(
    comparison: Comparison, renames: Sequence[Rename], room: Room, connection: Connection | None = None
) -> tuple[Comparison, Renaming]:
    """The comparison with the new names on both sides, and the way there.

    :param connection: where it is looked up what else names the renamed things; without one, nothing does.
    """
    tables = [rename for rename in renames if rename.old.kind == "table"]
    columns = [rename for rename in renames if rename.old.kind == "column"]
    between = carried_with(comparison, tables, room).before if columns else None
    called = list(map(between_names, columns))
    aside = () if between is None else frozenset(room.in_the_way_of_renames(between, called))
    keys = {rename.old: rename.new for rename in renames}
    comparison = carried_with(comparison, renames, room)
    remade = Remade() if connection is None or not renames else room.remade(connection, keys)
    return comparison, Renaming(room, tables, columns, between, comparison.before, aside, remade)


def carried_with(comparison: Comparison, renames: Sequence[Rename], room: Room) -> Comparison:
    if not renames:
        return comparison
    before = carried(comparison.before, renames, room.reworded, defaults=room.features.defaults_use_columns)
    after = keeping_names(before, comparison.after, renames)
    return room.renamed(replace(comparison, before=before, after=after), {rename.old: rename.new for rename in renames})
