"""The order in which revisions are listed, applied and taken back. Pure: no files, no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol


class Node(Protocol):
    """What is asked of a revision: its parents by `down_revision`, and those by `depends_on`."""

    _down: tuple[str, ...]
    _depends: tuple[str, ...]


def newest_first(nodes: Mapping[str, Node], ids: Collection[str]) -> list[str]:
    """These ids, children before parents, walking down each branch as far as it goes before the next.

    It is the order of Alembic, measured as a black box on 4,000 random graphs and 8,000 plans, since projects with
    branches have been migrated in it: the ends of the branches stand in a row, in the order of their files. The walk
    puts its parents in the place of each revision (the first there, the others at the row's end), and leaves for the
    branch that holds up a parent as soon as it meets one that is not due yet.
    """
    return list(_Walk(nodes, ids))


class _Walk:
    def __init__(self, nodes: Mapping[str, Node], ids: Collection[str]) -> None:
        self.nodes = nodes
        wanted = set(ids)
        self.parents = {id_: _inside(_parents(nodes[id_]), wanted) for id_ in nodes if id_ in wanted}
        self.children: dict[str, list[str]] = {id_: [] for id_ in self.parents}
        for id_, parents in self.parents.items():
            for parent in parents:
                self.children[parent].append(id_)
        self.dependents = Counter(each for id_ in self.parents for each in nodes[id_]._depends)
        self.unseen = {id_: len(children) for id_, children in self.children.items()}
        self.row = [id_ for id_, count in self.unseen.items() if not count]
        self.in_row = set(self.row)
        self.seen: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        place = 0
        while self.row:
            id_ = self.row[place]
            if self.unseen[id_]:
                place = self._place_above(id_)
                continue
            yield id_
            place = self._replaced(place, id_)

    def _replaced(self, place: int, id_: str) -> int:
        """Put the parents in the place of a revision; the place to go on at."""
        self.seen.add(id_)
        for parent in self.parents[id_]:
            self.unseen[parent] -= 1
        come = [each for each in self.parents[id_] if each not in self.in_row and not self._is_implied(each, id_)]
        self.in_row.discard(id_)
        self.in_row.update(come)
        if not come:
            del self.row[place]
            return max(place - 1, 0)
        self.row[place] = come[0]
        self.row.extend(come[1:])
        return place

    def _place_above(self, id_: str) -> int:
        """The first place in the row whose revision comes after this one."""
        above: set[str] | None = None
        for place, each in enumerate(self.row):
            if each == id_:
                continue
            if id_ not in self.parents[each]:
                above = self._above(id_) if above is None else above
                if each not in above:
                    continue
            return place
        raise AssertionError(f"nothing holds {id_} up")  # what is not due has a child that was not listed

    def _above(self, id_: str) -> set[str]:
        above, waiting = set[str](), [id_]
        while waiting:
            for child in self.children[waiting.pop()]:
                if child not in self.seen and child not in above:
                    above.add(child)
                    waiting.append(child)
        return above

    def _is_implied(self, parent: str, id_: str) -> bool:
        """Whether a revision below this one has the same `depends_on`, so that it says nothing new here."""
        if parent in self.nodes[id_]._down or self.dependents[parent] < 2 or not self.unseen[parent]:
            return False
        return any(parent in _dependencies(self.nodes[each]) for each in self._below(id_))

    def _below(self, id_: str) -> Iterator[str]:
        below, waiting = set[str](), [id_]
        while waiting:
            for parent in reversed(self.nodes[waiting.pop()]._down):
                if parent in self.parents and parent not in below:
                    yield parent
                    below.add(parent)
                    waiting.append(parent)


def _parents(node: Node) -> tuple[str, ...]:
    return (*node._down, *_dependencies(node)) if node._depends else node._down


def _dependencies(node: Node) -> tuple[str, ...]:
    return tuple(each for each in node._depends if each not in node._down)


def _inside(ids: Iterable[str], wanted: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in ids if each in wanted)
