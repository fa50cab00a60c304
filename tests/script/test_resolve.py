"""The words that name revisions, each with what it means in a graph."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff.script import resolve
from autodiff.script.graph import MultipleHeads, ResolutionError, RevisionError

from .graphs import DEPENDING, DIAMOND, FORK, LINE, graph


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ab12", (None, "ab12", None)),
        ("head", (None, "head", None)),
        ("+1", (None, "", 1)),
        ("-2", (None, "", -2)),
        ("ab12+3", (None, "ab12", 3)),
        ("head-1", (None, "head", -1)),
        ("lib@head", ("lib", "head", None)),
        ("lib@+2", ("lib", "", 2)),
        ("my-lib@head-1", ("my-lib", "head", -1)),
    ],
)
def test_a_name_is_taken_apart(text: str, parts: Any) -> None:
    assert resolve.parse(text)[1:] == parts


@pytest.mark.parametrize("text", ["", " ", "\n", "a@b@c", "@head", "x@", "+0", "-0", "ab+0"])
def test_a_text_that_names_nothing_is_refused(text: str) -> None:
    with pytest.raises(ResolutionError):
        resolve.parse(text)


def means(rows: Any, text: Any, current: Any = None) -> list[str | None]:
    return [place.revision if place else None for place in resolve.places(graph(*rows), text, current)]


@pytest.mark.parametrize(
    ("rows", "text", "current", "wanted"),
    [
        (LINE, "head", None, ["ddd1"]),
        (LINE, "base", None, [None]),
        (LINE, None, None, []),
        ((), "head", None, []),
        ((), "heads", None, []),
        (LINE, "ccc", None, ["ccc1"]),
        (LINE, "head-1", None, ["ccc1"]),
        (LINE, "head-4", None, [None]),
        (LINE, "aaa1+2", None, ["ccc1"]),
        (LINE, "base+1", None, ["aaa1"]),
        (LINE, "+1", ("bbb1",), ["ccc1"]),
        (LINE, "-1", ("bbb1",), ["aaa1"]),
        (LINE, "-1", ("aaa1",), [None]),
        (LINE, "+1", (), ["aaa1"]),
        (LINE, "current", ("bbb1",), ["bbb1"]),
        (LINE, "current+1", ("bbb1",), ["ccc1"]),
        (LINE, "current", (), [None]),
        (LINE, ("aaa1", "ddd1"), None, ["aaa1", "ddd1"]),
        (FORK, "heads", None, ["lib2", "web2"]),
        (FORK, "lib", None, ["lib1"]),
        (FORK, "lib@head", None, ["lib2"]),
        (FORK, "lib@heads", None, ["lib2"]),
        (FORK, "lib1@head", None, ["lib2"]),
        (FORK, "aaa2@heads", None, ["lib2", "web2"]),
        (FORK, "lib@head-2", None, ["aaa2"]),
        (FORK, "lib@aaa2+1", None, ["lib1"]),
        (FORK, "lib@lib2", None, ["lib2"]),
        (FORK, "lib@+1", ("aaa2",), ["lib1"]),
        (FORK, "lib@+1", ("lib1", "web2"), ["lib2"]),
        (FORK, "lib@-1", ("lib1", "web2"), ["aaa2"]),
        (FORK, "lib@base", None, [None]),
        (DEPENDING, "shop@head", None, ["shop3"]),
        (DEPENDING, "net@head-1", None, ["net2"]),
        (DEPENDING, "net@base+1", None, ["net1"]),
        (FORK, "lib@base+3", None, ["lib1"]),
    ],
)
def test_what_a_name_means(rows: Any, text: Any, current: Any, wanted: Any) -> None:
    assert means(rows, text, current) == wanted


@pytest.mark.parametrize(
    ("rows", "text", "current", "error", "words"),
    [
        (FORK, "head", None, MultipleHeads, "lib2, web2"),
        (FORK, "aaa2@head", None, MultipleHeads, "'aaa2@head'"),
        (FORK, "heads-1", None, MultipleHeads, "'heads-1'"),
        (FORK, "aaa2+1", None, ResolutionError, "can go to lib1 or web1"),
        (FORK, "lib@web1", None, ResolutionError, "web1 is not a member of branch 'lib'"),
        (FORK, "nobranch@head", None, ResolutionError, "'nobranch@head'"),
        (FORK, "+1", ("lib1", "web1"), ResolutionError, "the database is at lib1, web1"),
        (DIAMOND, "ddd1-1", None, ResolutionError, "can go to bbb2 or ccc2"),
        (LINE, "head+1", None, ResolutionError, "Relative revision +1 didn't produce 1 migrations; 'head+1' leads out"),
        (LINE, "head-5", None, ResolutionError, "Relative revision -5 didn't produce 5 migrations"),
        (LINE, "+1", None, ResolutionError, "counts from the database's revision"),
        (LINE, "+1+1", None, ResolutionError, "'+1+1'"),
        (LINE, "a1:b1", None, ResolutionError, "'a1:b1'"),
        (LINE, "x" * 10_000, None, ResolutionError, "xxx…"),
        (LINE, "current", ("gone",), ResolutionError, "identified by 'gone'"),
        (LINE, "current", ("aaa",), ResolutionError, "identified by 'aaa'"),
        (LINE, 5, None, RevisionError, "revision identifier 5 is not a string"),
        (LINE, ("aaa1", 5), None, RevisionError, "revision identifier 5 is not a string"),
    ],
)
def test_what_a_name_cannot_mean(rows: Any, text: Any, current: Any, error: Any, words: str) -> None:
    with pytest.raises(error) as told:
        means(rows, text, current)
    assert words in str(told.value)


@pytest.mark.parametrize("text", ["a1", ":", "a1:", ":b1", "a1:b1:c1", " : "])
def test_a_range_has_two_ends(text: str) -> None:
    with pytest.raises(ResolutionError):
        resolve.split_range(text)


def test_the_ends_of_a_range_may_be_any_names() -> None:
    assert resolve.split_range("lib@head-2:+1") == ("lib@head-2", "+1")
