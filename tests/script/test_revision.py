"""The questions that programs ask of a map of revisions."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff.script.revision import MultipleHeads, RangeNotAncestorError, ResolutionError, RevisionError

from .graphs import DEPENDING, DIAMOND, FORK, LINE, graph


@pytest.mark.parametrize(
    ("rows", "upper", "lower", "options", "wanted"),
    [
        (LINE, "head", "base", {}, "ddd1 ccc1 bbb1 aaa1"),
        (LINE, "ccc1", "aaa1", {}, "ccc1 bbb1"),
        (LINE, "ccc1", "aaa1", {"inclusive": True}, "ccc1 bbb1 aaa1"),
        (LINE, "head", "-2", {}, "ddd1 ccc1"),
        (LINE, "+2", "aaa1", {}, "ccc1 bbb1"),
        (LINE, "head", "-9", {"assert_relative_length": False}, "ddd1 ccc1 bbb1 aaa1"),
        (LINE, "+9", "ccc1", {"assert_relative_length": False}, "ddd1"),
        (FORK, "heads", "aaa2", {}, "lib2 lib1 web2 web1"),
        (FORK, "heads", "lib@aaa2", {}, "lib2 lib1"),
        (FORK, "heads", "lib@-1", {}, "lib2"),
        (FORK, "lib2", "lib@-3", {}, "lib2 lib1 aaa2"),
        (FORK, "lib@+2", "aaa1", {"inclusive": True}, "lib1 aaa2 aaa1"),
        (FORK, "lib@+1", "base", {}, "aaa1"),
        (FORK, ("lib2", "web2"), "web@-1", {"select_for_downgrade": True}, "web2"),
        (FORK, ("lib2", "web2"), "web@-2", {"select_for_downgrade": True}, "web2 web1"),
        (FORK, "lib@+9", "aaa2", {"assert_relative_length": False}, "lib2 lib1"),
        (FORK, "lib2", "lib@-9", {"assert_relative_length": False}, "lib2 lib1 aaa2 aaa1"),
        (FORK, ("lib2", "web2"), "aaa1", {"inclusive": True}, "lib2 lib1 web2 web1 aaa2 aaa1"),
        (DIAMOND, "eee1", "bbb1", {}, "eee1 ddd1 bbb2"),
        (DEPENDING, "heads", "net2", {}, "net3"),
        (DEPENDING, "heads", "net2", {"implicit_base": True}, "net3 shop3 shop2 shop1"),
        (DEPENDING, "shop3", "base", {}, "shop3 shop2 shop1"),
        (DEPENDING, "heads", "net1", {"select_for_downgrade": True}, "net3 shop3 shop2 net2"),
    ],
)
def test_the_revisions_between_two_names(rows: Any, upper: Any, lower: Any, options: Any, wanted: str) -> None:
    found = graph(*rows).iterate_revisions(upper, lower, **options)
    assert " ".join(each.revision for each in found) == wanted


@pytest.mark.parametrize(
    ("upper", "lower", "error"),
    [
        ("aaa1", "ccc1", RangeNotAncestorError),
        ("bbb1", ("aaa1", "ccc1"), RevisionError),
        (("ccc1", "aaa1"), "base", RevisionError),
        ("head", "-9", ResolutionError),
        ("nope", "base", ResolutionError),
    ],
)
def test_a_range_that_is_none(upper: Any, lower: Any, error: Any) -> None:
    with pytest.raises(error):
        list(graph(*LINE).iterate_revisions(upper, lower))


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda found: found.get_revision("head"), "Multiple heads are present for given argument 'head'; lib2, web2"),
        (lambda found: found.get_current_head(), "Multiple heads are present for given argument 'head'; lib2, web2"),
        (lambda found: found.get_revisions("aaa2@head"), "Multiple heads are present for given argument 'aaa2@head'"),
        (lambda found: found.get_revision(("lib1", "web1")), r"given argument '\('lib1', 'web1'\)'; lib1, web1"),
        (lambda found: found.get_revision("nope"), "No such revision or branch 'nope'"),
        (lambda found: found.get_current_head("nope"), "No such revision or branch 'nope'"),
        (lambda found: found.get_revision("aaa"), "Multiple revisions start with 'aaa': 'aaa1', 'aaa2'"),
        (lambda found: found.get_revision((b"abcd",)), r"revision identifier \(b'abcd',\) is not a string"),
        (lambda found: found.get_revisions((b"abcd",)), "revision identifier b'abcd' is not a string"),
    ],
)
def test_a_map_words_its_errors_as_programs_look_for_them(ask: Any, words: str) -> None:
    with pytest.raises(RevisionError, match=words):
        ask(graph(*FORK))


@pytest.mark.parametrize(
    ("rows", "label", "wanted"),
    [(LINE, None, "ddd1"), (FORK, "lib", "lib2"), (DEPENDING, "shop", "shop3"), ((), None, None)],
)
def test_the_one_head_of_a_branch(rows: Any, label: Any, wanted: Any) -> None:
    assert graph(*rows).get_current_head(label) == wanted


def test_several_heads_are_not_one() -> None:
    with pytest.raises(MultipleHeads) as told:
        graph(*FORK).get_current_head()
    assert told.value.heads == ("lib2", "web2")


@pytest.mark.parametrize(
    ("against", "wanted"),
    [
        ("lib", ["lib2"]),
        ("web1", ["web2"]),
        ("aaa1", ["lib2", "web2"]),
        (None, ["lib2", "web2"]),
        ("lib@head", ["lib2"]),
    ],
)
def test_heads_filtered_by_their_lineage(against: Any, wanted: Any) -> None:
    found = graph(*FORK)
    heads = [found.by_id[id_] for id_ in found.heads]
    assert [each.revision for each in found.filter_for_lineage(heads, against)] == wanted


def test_lineage_can_include_what_depends() -> None:
    found = graph(*DEPENDING)
    heads = [found.by_id[id_] for id_ in found.heads]
    assert [n.revision for n in found.filter_for_lineage(heads, "net", include_dependencies=True)] == ["net3", "shop3"]
