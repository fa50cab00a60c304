"""One revision file as listings show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.script("aaa1", doc="first\n\nmore of it\n  indented")
    found.script("bbb1", "aaa1", branch_labels=("lib", "core"))
    found.script("ccc1", "aaa1", depends_on=("lib",))
    found.script("ddd1", ("bbb1", "ccc1"), doc="join")
    found.script("eee1", None, depends_on="ddd1")
    return found


@pytest.mark.parametrize(
    ("id_", "line"),
    [
        ("aaa1", "<base> -> aaa1 (branchpoint), first"),
        ("bbb1", "aaa1 -> bbb1 (core, lib), bbb1"),
        ("ccc1", "aaa1 (lib) -> ccc1, ccc1"),
        ("ddd1", "bbb1, ccc1 -> ddd1 (core, lib) (effective head) (mergepoint), join"),
        ("eee1", "<base> (ddd1) -> eee1 (head), eee1"),
    ],
)
def test_a_revision_in_one_line(project: Project, id_: str, line: str) -> None:
    script = project.directory.get_revision(id_)
    assert script.cmd_format(False, include_branches=True, include_doc=True, include_parents=True) == line


@pytest.mark.parametrize(
    ("id_", "shown", "line"),
    [
        ("ddd1", {}, "ddd1 (effective head) (mergepoint)"),
        ("ddd1", {"tree_indicators": False}, "ddd1 (effective head)"),
        ("ddd1", {"include_branches": True, "tree_indicators": False}, "ddd1 (core, lib) (effective head)"),
        ("bbb1", {"include_parents": True}, "aaa1 -> bbb1"),
        ("aaa1", {"tree_indicators": False, "include_doc": True}, "aaa1, first"),
    ],
)
def test_a_listing_says_what_it_is_asked_for(project: Project, id_: str, shown: dict[str, bool], line: str) -> None:
    assert project.directory.get_revision(id_).cmd_format(False, **shown) == line


@pytest.mark.parametrize(
    ("id_", "entry"),
    [
        ("aaa1", "Rev: aaa1 (branchpoint)\nParent: <base>\nBranches into: bbb1, ccc1\nPath: {path}\n\n"
                 "    first\n\n    more of it\n      indented\n"),
        ("ccc1", "Rev: ccc1\nParent: aaa1\nAlso depends on: lib\nPath: {path}\n\n    ccc1\n"),
        ("ddd1", "Rev: ddd1 (effective head) (mergepoint)\nMerges: bbb1, ccc1\nBranch names: core, lib\nPath: {path}\n\n    join\n"),
    ],
)  # fmt: skip
def test_a_revision_in_full(project: Project, id_: str, entry: str) -> None:
    script = project.directory.get_revision(id_)
    assert script.log_entry == entry.format(path=script.path)


def test_the_module_is_executed_when_it_is_asked_for(project: Project) -> None:
    project.write(
        "migrations/versions/fff1.py", '"""late"""\nrevision = "fff1"\ndown_revision = "eee1"\ndef f(): pass\nx = [1]\n'
    )
    script = project.directory.get_revision("fff1")
    assert (script.doc, script.longdoc) == ("late", "late")
    assert script.module.x == [1]
    assert script.module is script.module
