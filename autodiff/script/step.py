"""One step between what a database holds and where it should be, with the version rows that it changes. Pure.

A database's version rows are the tips of what is applied: the revisions that nothing applied comes after, whether by
`down_revision` or by `depends_on`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from autodiff.script.graph import Revision, RevisionError, RevisionIds, as_tuple, where
from autodiff.script.revision import RevisionMap


class VersionChange(NamedTuple):
    """One statement on the version table: insert `new`, update `old` to `new`, or delete `old`."""

    action: str
    new: str | None
    old: str | None


class MigrationStep:
    """One step of a plan.

    `from_revisions` and `to_revisions` are the ids on both sides of it; those with `_no_deps` leave out `depends_on`.
    """

    is_upgrade: bool
    is_stamp = False
    is_migration = True
    name: str
    doc: str | None = None
    revision: Revision | None = None
    from_revisions: tuple[str, ...]
    to_revisions: tuple[str, ...]
    revision_map: RevisionMap | None

    @classmethod
    def upgrade_from_script(cls, revision_map: RevisionMap, script: Revision) -> RevisionStep:
        """The step that applies a revision."""
        return RevisionStep(revision_map, script, True)

    @classmethod
    def downgrade_from_script(cls, revision_map: RevisionMap, script: Revision) -> RevisionStep:
        """The step that takes a revision back."""
        return RevisionStep(revision_map, script, False)

    @property
    def is_downgrade(self) -> bool:
        """Whether the step goes down."""
        return not self.is_upgrade

    @property
    def from_revisions_no_deps(self) -> tuple[str, ...]:
        """Where the step starts, without `depends_on`."""
        return self.from_revisions

    @property
    def to_revisions_no_deps(self) -> tuple[str, ...]:
        """Where the step ends, without `depends_on`."""
        return self.to_revisions

    @property
    def short_log(self) -> str:
        """`upgrade a, b -> c`."""
        return f"{self.name} {', '.join(self.from_revisions_no_deps)} -> {', '.join(self.to_revisions_no_deps)}"

    @property
    def migration_fn(self) -> Callable[..., Any]:
        """What the step runs."""
        raise NotImplementedError

    @property
    def info(self) -> MigrationInfo:
        """The step as callbacks see it."""
        return MigrationInfo(
            self.revision_map,
            self.is_upgrade,
            self.is_stamp,
            self._info_up_revisions(),
            self._info_down_revisions(),
        )

    def _info_up_revisions(self) -> tuple[str, ...]:
        return self.to_revisions if self.is_upgrade else self.from_revisions

    def _info_down_revisions(self) -> tuple[str, ...]:
        return self.from_revisions if self.is_upgrade else self.to_revisions

    def version_changes(self, heads: AbstractSet[str]) -> tuple[VersionChange, ...]:
        """The statements on the version table, in the order to run them.

        :param heads: the ids that the table holds before the step.
        """
        raise NotImplementedError

    def heads_after(self, heads: AbstractSet[str]) -> frozenset[str]:
        """The ids that the version table holds after the step."""
        after = set(heads)
        for change in self.version_changes(heads):
            after.discard(change.old or "")
            if change.new is not None:
                after.add(change.new)
        return frozenset(after)

    def __str__(self) -> str:
        return f"{self.short_log}, {self.doc}" if self.doc else self.short_log


class RevisionStep(MigrationStep):
    """A revision's script is run, up or down.

    :param revision_map: the map that the revision is from.
    :param revision: the revision, usually a Script.
    :param is_upgrade: the direction.
    """

    def __init__(self, revision_map: RevisionMap, revision: Revision, is_upgrade: bool) -> None:
        self.revision_map = revision_map
        self.revision: Revision = revision
        self.is_upgrade = is_upgrade
        self.name = "upgrade" if is_upgrade else "downgrade"
        self._planned: tuple[frozenset[str], tuple[str, ...]] | None = None

    def __repr__(self) -> str:
        return f"RevisionStep({self.revision.revision!r}, is_upgrade={self.is_upgrade!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RevisionStep):
            return NotImplemented
        return self.revision is other.revision and self.is_upgrade == other.is_upgrade

    def __hash__(self) -> int:
        return hash((self.revision.revision, self.is_upgrade))

    @property
    def doc(self) -> str:  # type: ignore[override]
        """The first line of the script's docstring."""
        return self.revision.doc

    @property
    def from_revisions(self) -> tuple[str, ...]:  # type: ignore[override]
        """The ids that the step starts from."""
        return self.revision.parents if self.is_upgrade else (self.revision.revision,)

    @property
    def to_revisions(self) -> tuple[str, ...]:  # type: ignore[override]
        """The ids that the step leads to."""
        return (self.revision.revision,) if self.is_upgrade else self.revision.parents

    @property
    def from_revisions_no_deps(self) -> tuple[str, ...]:
        """Where the step starts, without `depends_on`."""
        return self.revision.down_revisions if self.is_upgrade else (self.revision.revision,)

    @property
    def to_revisions_no_deps(self) -> tuple[str, ...]:
        """Where the step ends, without `depends_on`."""
        return (self.revision.revision,) if self.is_upgrade else self.revision.down_revisions

    @property
    def migration_fn(self) -> Callable[..., Any]:
        """The script's `upgrade` or `downgrade`; the script is loaded when it is asked for."""
        return _script_function(self.revision, self.name)

    def _info_up_revisions(self) -> tuple[str, ...]:
        return (self.revision.revision,)

    def version_changes(self, heads: AbstractSet[str]) -> tuple[VersionChange, ...]:
        """An upgrade puts its revision in the place of its parents; a downgrade puts back the parents it held up.

        Of several parents, the one whose id comes last has its row updated: whatever the script's order of words.
        """
        id_ = self.revision.revision
        if self.is_upgrade:
            if id_ in heads:
                return ()
            return _replaced(sorted(set(self.revision.parents) & heads), [id_])
        if id_ not in heads:
            raise RevisionError(
                f"the version table does not hold {id_} (it holds {', '.join(sorted(heads)) or 'nothing'})"
            )
        return _replaced([id_], sorted(self._uncovered(heads), reverse=True))

    def _uncovered(self, heads: AbstractSet[str]) -> tuple[str, ...]:
        if self._planned is not None and self._planned[0] == heads:
            return self._planned[1]
        assert self.revision_map is not None
        applied = self.revision_map.ancestors(id_ for id_ in heads if id_ in self.revision_map.by_id)
        return uncovered(self.revision_map, self.revision, applied)


class StampStep(MigrationStep):
    """Version rows are set, and no script is run.

    :param from_: the id or ids that go.
    :param to_: the id or ids that come.
    :param is_upgrade: the direction, for callbacks.
    :param branch_move: whether a branch comes or goes; otherwise the row moves along its own (an update).
    """

    is_stamp = True
    is_migration = False
    name = "stamp_revision"

    def __init__(
        self,
        from_: RevisionIds,
        to_: RevisionIds,
        is_upgrade: bool,
        branch_move: bool,
        revision_map: RevisionMap | None = None,
    ) -> None:
        self.from_revisions = as_tuple(from_)
        self.to_revisions = as_tuple(to_)
        self.is_upgrade = is_upgrade
        self.branch_move = branch_move
        self.revision_map = revision_map

    def __repr__(self) -> str:
        return f"StampStep({self.from_revisions!r}, {self.to_revisions!r}, is_upgrade={self.is_upgrade!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StampStep):
            return NotImplemented
        return (self.from_revisions, self.to_revisions, self.is_upgrade, self.branch_move) == (
            other.from_revisions,
            other.to_revisions,
            other.is_upgrade,
            other.branch_move,
        )

    def __hash__(self) -> int:
        return hash((self.from_revisions, self.to_revisions))

    @property
    def migration_fn(self) -> Callable[..., Any]:
        """Nothing is run."""
        return stamp_revision

    def version_changes(self, heads: AbstractSet[str]) -> tuple[VersionChange, ...]:
        """The rows that go are deleted, the last of them becomes the first that comes, the others are inserted."""
        gone = [id_ for id_ in self.from_revisions if id_ in heads and id_ not in self.to_revisions]
        return _replaced(gone, [id_ for id_ in self.to_revisions if id_ not in heads])


def stamp_revision(**kw: Any) -> None:
    """What a stamp runs: nothing."""


class MigrationInfo:
    """One step, as `on_version_apply` callbacks see it.

    :param revision_map: the map that the ids are from.
    :param is_upgrade: the direction.
    :param is_stamp: whether version rows are set without a script.
    :param up_revisions: the ids on the upper side.
    :param down_revisions: the ids on the lower side.
    """

    def __init__(
        self,
        revision_map: RevisionMap | None,
        is_upgrade: bool,
        is_stamp: bool,
        up_revisions: RevisionIds,
        down_revisions: RevisionIds,
    ) -> None:
        self.revision_map = revision_map
        self.is_upgrade = is_upgrade
        self.is_stamp = is_stamp
        self.up_revision_ids = as_tuple(up_revisions)
        self.down_revision_ids = as_tuple(down_revisions)

    @property
    def is_migration(self) -> bool:
        """Whether a script is run."""
        return not self.is_stamp

    @property
    def up_revision_id(self) -> str | None:
        """The id on the upper side; the first of several."""
        return self.up_revision_ids[0] if self.up_revision_ids else None

    @property
    def up_revision(self) -> Revision | None:
        """The revision on the upper side; the first of several."""
        found = self.up_revisions
        return found[0] if found else None

    @property
    def up_revisions(self) -> tuple[Revision | None, ...]:
        """The revisions on the upper side."""
        return self._revisions(self.up_revision_ids)

    @property
    def down_revisions(self) -> tuple[Revision | None, ...]:
        """The revisions on the lower side."""
        return self._revisions(self.down_revision_ids)

    @property
    def source_revision_ids(self) -> tuple[str, ...]:
        """The ids that the step starts from."""
        return self.down_revision_ids if self.is_upgrade else self.up_revision_ids

    @property
    def source_revisions(self) -> tuple[Revision | None, ...]:
        """The revisions that the step starts from."""
        return self._revisions(self.source_revision_ids)

    @property
    def destination_revision_ids(self) -> tuple[str, ...]:
        """The ids that the step leads to."""
        return self.up_revision_ids if self.is_upgrade else self.down_revision_ids

    @property
    def destination_revisions(self) -> tuple[Revision | None, ...]:
        """The revisions that the step leads to."""
        return self._revisions(self.destination_revision_ids)

    def _revisions(self, ids: tuple[str, ...]) -> tuple[Revision | None, ...]:
        return () if self.revision_map is None else self.revision_map.get_revisions(ids)


# --- version rows


def _replaced(gone: Sequence[str], come: Sequence[str]) -> tuple[VersionChange, ...]:
    """Delete and insert what has no partner, then update the last that goes to the first that comes."""
    if not gone or not come:
        deleted = tuple(VersionChange("delete", None, old) for old in gone)
        return deleted + tuple(VersionChange("insert", new, None) for new in come)
    return (
        *(VersionChange("delete", None, old) for old in gone[:-1]),
        *(VersionChange("insert", new, None) for new in come[1:]),
        VersionChange("update", come[0], gone[-1]),
    )


def uncovered(graph: RevisionMap, revision: Revision, applied: AbstractSet[str]) -> tuple[str, ...]:
    """The parents of a revision that no other applied revision comes after."""
    return tuple(parent for parent in revision.parents if not _covered(graph, parent, revision.revision, applied))


def _covered(graph: RevisionMap, parent: str, but: str, applied: AbstractSet[str]) -> bool:
    node = graph.by_id[parent]
    return any(child != but and child in applied for child in (*node._children, *node._dependents))


def _script_function(revision: Revision, name: str) -> Callable[..., Any]:
    module = getattr(revision, "module", None)
    found = getattr(module, name, None)
    if not callable(found):
        what = "has no function" if found is None else f"has {name} = {found!r} in the place of the function"
        raise RevisionError(f"{where(revision)}: revision {revision.revision} {what} {name}()")
    return found  # type: ignore[no-any-return]
