"""The graph of revisions: its nodes, its edges, its order, and what can be wrong with it. Pure: no files, no database."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from autodiff.errors import CommandError
from autodiff.messages import short_path
from autodiff.script.order import newest_first

RevisionIds: TypeAlias = "str | Collection[str] | None"

#: Ids may not hold these, since they mean something in `branch@id+2:other`.
RESERVED_CHARACTERS = frozenset("@-+:")
NO_LABELS: frozenset[str] = frozenset()
#: So many first letters of an id are enough, when they are unique.
SHORTEST_PARTIAL_ID = 3


class RevisionError(CommandError):
    """The graph of revisions is broken, or does not have what was asked for."""

    #: the message in the words of RevisionMap, where they are others than those of a command
    in_map: str | None = None


class RangeNotAncestorError(RevisionError):
    """The ends of a range are not on one line of descent."""

    def __init__(self, lower: object, upper: object) -> None:
        self.lower, self.upper = lower, upper
        super().__init__(f"Revision {lower or 'base'} is not an ancestor of revision {upper or 'base'}")


class MultipleHeads(RevisionError):
    """One head was asked for, and there are several."""

    def __init__(self, heads: Sequence[str], argument: RevisionIds) -> None:
        self.heads, self.argument = tuple(heads), argument
        super().__init__(
            f"Multiple head revisions are present for given argument '{argument}'; please specify a specific target "
            f"revision, '<branchname>@{argument}' to narrow to a specific head, or 'heads' for all heads",
            help=f"the heads are {', '.join(self.heads)}; `autodiff merge heads` joins them",
        )
        self.in_map = f"Multiple heads are present for given argument '{argument}'; {', '.join(self.heads)}"


class ResolutionError(RevisionError):
    """A revision was named that does not exist, or a name that fits several."""

    def __init__(self, message: str, argument: str, *, help: str | None = None, in_map: str | None = None) -> None:
        super().__init__(message, help=help)
        self.argument = argument
        self.in_map = in_map


class CycleDetected(RevisionError):
    """Revisions that are their own ancestors by `down_revision`."""

    kind = "Cycle"

    def __init__(self, revisions: Sequence[str], *, where: str = "") -> None:
        self.revisions = tuple(revisions)
        super().__init__(
            f"{self.kind} is detected in revisions ({', '.join(self.revisions)}){where}",
            help="correct down_revision or depends_on of one of them",
        )


class DependencyCycleDetected(CycleDetected):
    """Revisions that are their own ancestors by `down_revision` and `depends_on`."""

    kind = "Dependency cycle"


class LoopDetected(CycleDetected):
    """A revision that names itself as its `down_revision`."""

    kind = "Self-loop"

    def __init__(self, revision: str, *, where: str = "") -> None:
        super().__init__([revision], where=where)


class DependencyLoopDetected(DependencyCycleDetected, LoopDetected):
    """A revision that depends on itself."""

    kind = "Dependency self-loop"

    def __init__(self, revision: str, *, where: str = "") -> None:
        LoopDetected.__init__(self, revision, where=where)


class Revision:
    """One node of the graph.

    :param revision: its id.
    :param down_revision: the id or ids that it comes after; None for a base.
    :param dependencies: ids or branch labels that must be applied before it, on whatever branch.
    :param branch_labels: labels given to the branch that it is on.
    """

    #: the file that it was read from
    path: str | None = None
    doc: str = ""

    def __init__(
        self,
        revision: str,
        down_revision: RevisionIds,
        dependencies: RevisionIds = None,
        branch_labels: RevisionIds = None,
    ) -> None:
        self.verify_rev_id(revision)
        self.revision = revision
        self._down = as_tuple(down_revision)
        self._wanted = () if dependencies is None else as_tuple(dependencies)
        self.down_revision = as_stated(self._down)
        self.dependencies = as_stated(self._wanted) if self._wanted else None
        self._own_labels = () if branch_labels is None else as_tuple(branch_labels)
        #: the labels that apply to it, inherited ones included
        self.branch_labels: frozenset[str] = frozenset(self._own_labels) if self._own_labels else NO_LABELS
        self._depends: tuple[str, ...] = ()
        self._children: list[str] = []
        self._dependents: list[str] = []
        if revision in self._down:
            raise LoopDetected(revision)
        if revision in self._wanted:
            raise DependencyLoopDetected(revision)

    @classmethod
    def verify_rev_id(cls, revision: str) -> None:
        """Raise RevisionError if the text cannot be the id of a revision."""
        if not isinstance(revision, str) or not revision:
            raise RevisionError(f"revision identifier {revision!r} is not a string with at least one character")
        if not RESERVED_CHARACTERS.isdisjoint(revision):
            odd = sorted(RESERVED_CHARACTERS.intersection(revision))
            raise RevisionError(f"Character(s) '{', '.join(odd)}' not allowed in revision identifier '{revision}'")

    def __repr__(self) -> str:
        parts = [repr(self.revision), repr(self.down_revision)]
        if self.dependencies:
            parts.append(f"dependencies={self.dependencies!r}")
        if self._own_labels:
            parts.append(f"branch_labels={self._own_labels!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    @property
    def nextrev(self) -> frozenset[str]:
        """The ids of the revisions that come directly after it."""
        return frozenset(self._children)

    @property
    def parents(self) -> tuple[str, ...]:
        """The ids that must be applied before it: those of `down_revision`, then those of `depends_on`."""
        if not self._depends:
            return self._down
        return self._down + tuple(each for each in self._depends if each not in self._down)

    @property
    def down_revisions(self) -> tuple[str, ...]:
        """The ids of `down_revision`, always as a tuple."""
        return self._down

    @property
    def children(self) -> tuple[str, ...]:
        """The ids that come directly after it, in the order in which they were given."""
        return tuple(self._children)

    @property
    def is_head(self) -> bool:
        """Whether no revision comes after it."""
        return not self._children

    @property
    def is_effective_head(self) -> bool:
        """Whether it is a head whose application another branch's revision implies."""
        return not self._children and bool(self._dependents)

    @property
    def is_base(self) -> bool:
        """Whether it comes after no other revision."""
        return not self._down

    @property
    def is_branch_point(self) -> bool:
        """Whether several revisions come directly after it."""
        return len(self._children) > 1

    @property
    def is_merge_point(self) -> bool:
        """Whether it joins several revisions."""
        return len(self._down) > 1

    # what others read under these names
    @property
    def _is_real_head(self) -> bool:
        return not self._children and not self._dependents

    @property
    def _is_real_base(self) -> bool:
        return not self.parents

    @property
    def _all_down_revisions(self) -> tuple[str, ...]:
        return self.parents

    @property
    def _versioned_down_revisions(self) -> tuple[str, ...]:
        return self._down

    @property
    def _resolved_dependencies(self) -> tuple[str, ...]:
        return self._depends

    @property
    def _all_nextrev(self) -> frozenset[str]:
        return frozenset(self._children).union(self._dependents)


class Graph:
    """All revisions by id, linked and checked on first use.

    :param generator: returns the revisions; called once.
    """

    def __init__(self, generator: Callable[[], Iterable[Revision]]) -> None:
        self._generator = generator
        self._added: list[Revision] = []

    # --- loading

    @cached_property
    def by_id(self) -> dict[str, Revision]:
        """Revisions by id, in the order in which they were given."""
        nodes = unique([*self._generated, *self._added])
        labels = labels_of(nodes)
        for node in nodes.values():
            if node._wanted:
                node._depends = tuple(_dependency(node, wanted, nodes, labels) for wanted in node._wanted)
            node._children, node._dependents = [], []
            node.branch_labels = frozenset(node._own_labels) if node._own_labels else NO_LABELS
        for node in nodes.values():
            link(node, nodes)
        check_cycles(nodes)
        return nodes

    @cached_property
    def _generated(self) -> list[Revision]:
        return list(self._generator())

    @cached_property
    def by_label(self) -> dict[str, Revision]:
        """The revisions that carry a branch label, by label."""
        return labels_of(self.by_id)

    def add(self, revision: Revision, *, replace: bool = False) -> None:
        """Put another revision into the graph; with `replace`, in the place of the one with its id."""
        _ = self._generated
        if replace:
            self._generated[:] = [each for each in self._generated if each.revision != revision.revision]
            self._added = [each for each in self._added if each.revision != revision.revision]
        before = list(self._added)
        self._added.append(revision)
        self._forget()
        try:
            _ = self.by_id
        except RevisionError:
            self._added = before
            self._forget()
            raise

    def _forget(self) -> None:
        for name in ("by_id", "by_label", "newest_first", "_sorted_ids", "_labelled"):
            self.__dict__.pop(name, None)

    # --- structure

    @property
    def heads(self) -> tuple[str, ...]:
        """The ids that nothing comes after, in the order in which they were given."""
        return tuple(id_ for id_, node in self.labelled.items() if node.is_head)

    @property
    def bases(self) -> tuple[str, ...]:
        """The ids that come after nothing, in the order in which they were given."""
        return tuple(id_ for id_, node in self.labelled.items() if node.is_base)

    @property
    def _real_heads(self) -> tuple[str, ...]:
        return tuple(id_ for id_, node in self.labelled.items() if node._is_real_head)

    @property
    def _real_bases(self) -> tuple[str, ...]:
        return tuple(id_ for id_, node in self.labelled.items() if node._is_real_base)

    @property
    def labelled(self) -> dict[str, Revision]:
        """The revisions by id, once each branch label is spread over its branch."""
        return self._labelled

    @cached_property
    def _labelled(self) -> dict[str, Revision]:
        if any(node._own_labels for node in self.by_id.values()):
            spread_labels(self.by_id, list(reversed(self.newest_first)))
        return self.by_id

    @cached_property
    def newest_first(self) -> list[str]:
        """All ids, children before parents, branch by branch; the same for the same graph."""
        return newest_first(self.by_id, self.by_id)

    @cached_property
    def _sorted_ids(self) -> list[str]:
        return sorted(self.by_id)

    def in_order(self, ids: Iterable[str]) -> list[Revision]:
        """The revisions of these ids, newest first."""
        return [self.by_id[id_] for id_ in newest_first(self.by_id, set(ids))]

    def ancestors(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """These ids and all that must be applied before them."""
        if dependencies:
            return reachable(ids, lambda id_: self.by_id[id_].parents)
        return reachable(ids, lambda id_: self.by_id[id_]._down)

    def descendants(self, ids: Iterable[str], *, dependencies: bool = True) -> set[str]:
        """These ids and all that come after them."""
        if dependencies:
            return reachable(ids, lambda id_: (*self.by_id[id_]._children, *self.by_id[id_]._dependents))
        return reachable(ids, lambda id_: self.by_id[id_]._children)

    def above(self, ids: Collection[str], *, within: Collection[str] | None = None) -> set[str]:
        """What has to go so that these ids are the last of their branches: their children and all that needs those.

        What only depends on one of the ids stays, since the id stays.

        :param within: the branch that goes; children that are not among these ids stay.
        """
        children = {child for id_ in ids for child in self.by_id[id_]._children}
        return self.descendants(children if within is None else children.intersection(within))

    def lineage(self, ids: Iterable[str]) -> set[str]:
        """These ids, what comes before and what comes after them by `down_revision`."""
        ids = tuple(ids)
        return self.ancestors(ids, dependencies=False) | self.descendants(ids, dependencies=False)

    def tips(self, ids: Collection[str], *, dependencies: bool) -> list[str]:
        """Those of a set closed under its ancestors that nothing of the set comes after, sorted by name."""
        below: set[str] = set()
        for id_ in ids:
            node = self.by_id[id_]
            below.update(node.parents if dependencies else node._down)
        return sorted(id_ for id_ in ids if id_ not in below)

    # --- looking up one name

    def find(self, name: str, *, among: Collection[str] | None = None, said: str | None = None) -> Revision:
        """The revision of an id, of its first letters, or of a branch label.

        :param among: the only ids that its first letters may mean.
        :param said: the whole of what was typed, for the error.
        """
        exact = self.labelled.get(name) or self.by_label.get(name)
        if exact is not None:
            return exact
        found = [id_ for id_ in self._starting_with(name) if among is None or id_ in among]
        if len(found) == 1 and len(name) >= SHORTEST_PARTIAL_ID:
            return self.by_id[found[0]]
        raise self._not_found(name, found, said or name)

    def _starting_with(self, name: str) -> Iterator[str]:
        ids = self._sorted_ids
        for place in range(bisect_left(ids, name), len(ids)):
            if not name or not ids[place].startswith(name):
                return
            yield ids[place]

    def _not_found(self, name: str, found: Sequence[str], said: str) -> ResolutionError:
        if len(found) > 1:
            named = " and ".join(_with_doc(self.by_id[id_]) for id_ in found[:2])
            more = f" and {len(found) - 2} more" if len(found) > 2 else ""
            return ResolutionError(
                f"Can't locate revision identified by '{said}': '{name}' is ambiguous: {named}{more}",
                name,
                help="write more of its letters",
                in_map=f"Multiple revisions start with '{name}': {', '.join(map(repr, found[:3]))}...",
            )
        if found:
            return ResolutionError(
                f"Can't locate revision identified by '{said}'",
                said,
                help=f"{SHORTEST_PARTIAL_ID} letters are needed: {_with_doc(self.by_id[found[0]])}",
                in_map=_no_such(name),
            )
        return ResolutionError(
            f"Can't locate revision identified by '{_shortened(said)}'",
            said,
            help=self._nearest(name),
            in_map=_no_such(name),
        )

    def _nearest(self, name: str) -> str | None:
        if not self.by_id or len(name) > 100:
            return None
        from difflib import get_close_matches

        names = [*self.by_label, "head", "heads", "base", *self.newest_first[:2000]]
        close = get_close_matches(name, names, n=1)
        return f"did you mean '{close[0]}'?" if close else "`autodiff history` lists the revisions"


# --- values


def as_tuple(ids: RevisionIds) -> tuple[str, ...]:
    """None, one id or several, as a tuple without repetition."""
    if ids is None:
        return ()
    if isinstance(ids, str):
        return (ids,)
    ordered = ids if isinstance(ids, (tuple, list)) else sorted(ids)
    return tuple(dict.fromkeys(ordered))


def as_stated(several: tuple[str, ...]) -> str | tuple[str, ...] | None:
    """Ids in the shape in which a script states them."""
    if not several:
        return None
    return several[0] if len(several) == 1 else several


def where(node: Revision) -> str:
    """The file of a revision, else its id."""
    return short_path(node.path) if node.path else f"revision {node.revision}"


def _with_doc(node: Revision) -> str:
    return f"{node.revision} ({node.doc})" if node.doc else node.revision


def _no_such(name: str) -> str:
    hint = "; please ensure at least four characters are present for partial revision identifier matches"
    return f"No such revision or branch '{_shortened(name)}'{hint if len(name) < 4 else ''}"


def _shortened(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:200]}…"


# --- building and checking


def unique(revisions: Iterable[Revision]) -> dict[str, Revision]:
    """Revisions by id, in the order in which they were given; two with one id are an error."""
    nodes: dict[str, Revision] = {}
    for node in revisions:
        other = nodes.setdefault(node.revision, node)
        if other is not node:
            raise RevisionError(
                f"Revision {node.revision} is present more than once: {where(other)} and {where(node)}",
                help="give one of them an id of its own",
            )
    return nodes


def labels_of(nodes: dict[str, Revision]) -> dict[str, Revision]:
    """The revisions that carry a branch label, by label; a label that is used twice is an error."""
    labels: dict[str, Revision] = {}
    for node in nodes.values():
        for label in node._own_labels:
            other = labels.setdefault(label, node)
            if other is not node:
                raise RevisionError(
                    f"Branch name '{label}' in revision {node.revision} already used by revision {other.revision} "
                    f"({where(node)} and {where(other)})"
                )
            if label in nodes:
                raise RevisionError(f"{where(node)}: branch label '{label}' is also the id of {where(nodes[label])}")
    return labels


def _dependency(node: Revision, wanted: str, nodes: dict[str, Revision], labels: dict[str, Revision]) -> str:
    found = nodes.get(wanted) or labels.get(wanted)
    if found is None:
        partial = [id_ for id_ in nodes if id_.startswith(wanted)] if len(wanted) >= SHORTEST_PARTIAL_ID else []
        if len(partial) != 1:
            raise RevisionError(f"{where(node)}: depends_on names '{wanted}', which is the id of no script")
        found = nodes[partial[0]]
    if found is node:
        raise DependencyLoopDetected(node.revision, where=f": {where(node)}")
    return found.revision


def link(node: Revision, nodes: dict[str, Revision]) -> None:
    """Tell a revision's parents that it is their child."""
    for parent in node._down:
        if parent not in nodes:
            raise RevisionError(
                f"{where(node)}: down_revision names '{parent}', which is the id of no script",
                help="bring its file back, or correct down_revision",
            )
        nodes[parent]._children.append(node.revision)
    for parent in node._depends:
        if parent not in node._down:
            nodes[parent]._dependents.append(node.revision)


def check_cycles(nodes: dict[str, Revision]) -> None:
    """Raise CycleDetected, or DependencyCycleDetected, naming the revisions of the cycle."""
    if _is_acyclic(nodes):
        return
    cycle = _unpeelable(nodes, dependencies=False)
    if cycle:
        raise CycleDetected(cycle, where=f": {where(nodes[cycle[0]])}")
    cycle = _unpeelable(nodes, dependencies=True)
    raise DependencyCycleDetected(cycle, where=f": {where(nodes[cycle[0]])}")


def _is_acyclic(nodes: dict[str, Revision]) -> bool:
    """Does each revision get its turn, all that come after it having had theirs? (What is on a cycle never does.)"""
    waiting = {id_: len(node._children) + len(node._dependents) for id_, node in nodes.items()}
    ready = [id_ for id_, count in waiting.items() if not count]
    seen = 0
    while ready:
        seen += 1
        for parent in nodes[ready.pop()].parents:
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return seen == len(nodes)


def _unpeelable(nodes: dict[str, Revision], *, dependencies: bool) -> list[str]:
    """What remains when ends are taken away again and again, from the bases and from the heads: the cycles."""
    down = {id_: set(node.parents if dependencies else node._down) for id_, node in nodes.items()}
    up: dict[str, set[str]] = {id_: set() for id_ in nodes}
    for id_, parents in down.items():
        for parent in parents:
            up[parent].add(id_)
    for before, after in ((down, up), (up, down)):
        free = [id_ for id_ in before if not before[id_]]
        while free:
            id_ = free.pop()
            for other in after.pop(id_, ()):
                before[other].discard(id_)
                if not before[other]:
                    free.append(other)
            before.pop(id_, None)
    return sorted(down)


def spread_labels(nodes: dict[str, Revision], oldest_first: Sequence[str]) -> None:
    """Give each branch label to the descendants of its revision, and to its ancestors up to the branch or merge point."""
    inherited: dict[str, frozenset[str]] = {}
    for id_ in oldest_first:
        node = nodes[id_]
        labels = (
            inherited[node._down[0]] if len(node._down) == 1 else NO_LABELS.union(*(inherited[p] for p in node._down))
        )
        inherited[id_] = labels.union(node._own_labels) if node._own_labels else labels
        node.branch_labels = inherited[id_]
    for node in nodes.values():
        if node._own_labels:
            _spread_down(node, nodes)


def _spread_down(node: Revision, nodes: dict[str, Revision]) -> None:
    below = node
    while len(below._down) == 1:
        below = nodes[below._down[0]]
        if below.is_branch_point or below.is_merge_point:
            return
        below.branch_labels = below.branch_labels.union(node._own_labels)


def reachable(ids: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """These ids and all that can be reached from them."""
    seen = set(ids)
    waiting = list(seen)
    while waiting:
        for other in following(waiting.pop()):
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen
