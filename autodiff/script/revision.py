"""The map of revisions: the questions that commands and programs ask of the graph. Pure: no files, no database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from autodiff.script import resolve
from autodiff.script.graph import (
    CycleDetected,
    DependencyCycleDetected,
    DependencyLoopDetected,
    Graph,
    LoopDetected,
    MultipleHeads,
    RangeNotAncestorError,
    ResolutionError,
    Revision,
    RevisionError,
    RevisionIds,
)


class RevisionMap(Graph):
    """All revisions, and the ways through them.

    :param generator: returns the revisions; called once, on the first question.
    """

    def add_revision(self, revision: Revision, _replace: bool = False) -> None:
        """Put another revision into the map; with `_replace`, in the place of the one with its id."""
        self.add(revision, replace=_replace)

    def get_revision(self, id_: RevisionIds) -> Revision | None:
        """The one revision that a name means; None for `base`. MultipleHeads or ResolutionError otherwise."""
        with _in_its_words():
            return resolve.place(self, id_)

    def get_revisions(self, id_: RevisionIds) -> tuple[Revision, ...]:
        """All revisions that a name, or several names, mean; base is none of them."""
        with _in_its_words():
            return tuple(each for each in resolve.places(self, id_) if each is not None)

    def get_current_head(self, branch_label: str | None = None) -> str | None:
        """The id of the one head, of a branch or of all; None when there are no revisions."""
        named = f"{branch_label}@head" if branch_label else "head"
        with _in_its_words():
            found = resolve.place(self, named) if self.by_id else None
        return found.revision if found else None

    def filter_for_lineage(
        self, targets: Iterable[Revision], check_against: str | None, include_dependencies: bool = False
    ) -> tuple[Revision, ...]:
        """Those of the targets that a branch (a label, an id, or `label@id`) is an ancestor or a descendant of."""
        if check_against is None:
            return tuple(targets)
        ids = [each.revision for each in resolve.places(self, check_against) if each]
        line = self.ancestors(ids, dependencies=include_dependencies)
        line |= self.descendants(ids, dependencies=include_dependencies)
        return tuple(each for each in targets if each.revision in line)

    def iterate_revisions(
        self,
        upper: RevisionIds,
        lower: RevisionIds,
        implicit_base: bool = False,
        inclusive: bool = False,
        assert_relative_length: bool = True,
        select_for_downgrade: bool = False,
    ) -> Iterator[Revision]:
        """The revisions from `upper` down to `lower` by `down_revision`, newest first.

        :param implicit_base: follow branches that `lower` is not on down to their bases.
        :param inclusive: give `lower` too.
        :param assert_relative_length: a relative name that leaves the graph is an error; otherwise its end is meant.
        :param select_for_downgrade: give what a downgrade from `upper` to `lower` takes back: everything of `upper`
            and its dependencies that comes after `lower`.
        """
        with _in_its_words():
            tops, bottoms = resolve.ends(self, upper, lower, strict=assert_relative_length)
        if select_for_downgrade:
            spec = resolve.counted(lower)
            within = self.lineage([self.find(spec.branch).revision]) if spec and spec.branch else None
            yield from self._above_for_downgrade(tops, bottoms, inclusive, within)
            return
        yield from resolve.between(self, tops, bottoms, inclusive=inclusive, implicit_base=implicit_base)

    def _above_for_downgrade(
        self,
        tops: Sequence[Revision | None],
        bottoms: Sequence[Revision | None],
        inclusive: bool,
        within: Collection[str] | None,
    ) -> list[Revision]:
        applied = self.ancestors([each.revision for each in tops if each])
        lower = [each.revision for each in bottoms if each]
        if not lower:
            return self.in_order(applied)
        found = self.above(lower, within=within) & applied
        return self.in_order(found.union(lower) if inclusive else found)

    def __iter__(self) -> Iterator[Revision]:
        return iter(self.labelled.values())

    def __len__(self) -> int:
        return len(self.by_id)


@contextmanager
def _in_its_words() -> Iterator[None]:
    """Errors of the map say what programs look for in them, and then the way out."""
    try:
        yield
    except RevisionError as error:
        if error.in_map is not None:
            error.message, error.help = error.in_map, None
        error.args = (error.message,)
        raise


__all__ = [
    "CycleDetected",
    "DependencyCycleDetected",
    "DependencyLoopDetected",
    "LoopDetected",
    "MultipleHeads",
    "RangeNotAncestorError",
    "ResolutionError",
    "Revision",
    "RevisionError",
    "RevisionMap",
]
