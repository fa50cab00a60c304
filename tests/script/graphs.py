"""Graphs in one line each, for tests: `a <- b` is written as ("b", "a")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autodiff.script.revision import Revision, RevisionMap
from autodiff.script.step import MigrationStep, VersionChange


def graph(*rows: tuple[Any, ...]) -> RevisionMap:
    """A map of revisions given as (id, down_revision, depends_on, branch_labels); the last ones may be left out."""
    return RevisionMap(lambda: [Revision(*row) for row in rows])


#: base <- a1, which forks into b1 <- b2 and c1 <- c2; d1 merges both
DIAMOND = (
    ("aaa1", None),
    ("bbb1", "aaa1"),
    ("bbb2", "bbb1"),
    ("ccc1", "aaa1"),
    ("ccc2", "ccc1"),
    ("ddd1", ("bbb2", "ccc2")),
    ("eee1", "ddd1"),
)

#: two branches from one point, both labelled
FORK = (
    ("aaa1", None),
    ("aaa2", "aaa1"),
    ("lib1", "aaa2", None, "lib"),
    ("lib2", "lib1"),
    ("web1", "aaa2", None, "web"),
    ("web2", "web1"),
)

#: two bases; shop depends on net
DEPENDING = (
    ("net1", None, None, "net"),
    ("net2", "net1"),
    ("net3", "net2"),
    ("shop1", None, "net1", "shop"),
    ("shop2", "shop1", "net2"),
    ("shop3", "shop2"),
)

LINE = (("aaa1", None), ("bbb1", "aaa1"), ("ccc1", "bbb1"), ("ddd1", "ccc1"))


def ids(steps: Iterable[MigrationStep]) -> list[str]:
    """The ids of the revisions that steps are about."""
    return [step.revision.revision for step in steps if step.revision is not None]


def applied(steps: Iterable[MigrationStep], heads: Iterable[str]) -> tuple[list[list[VersionChange]], list[str]]:
    """The version changes of each step, and the rows that are there after the last."""
    rows = frozenset(heads)
    changes = []
    for step in steps:
        changes.append(list(step.version_changes(rows)))
        rows = step.heads_after(rows)
    return changes, sorted(rows)
