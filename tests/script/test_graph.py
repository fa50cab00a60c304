"""The graph: its order, its labels, and what is told when it is broken."""

from __future__ import annotations

import random
from typing import Any

import pytest

from autodiff.script.graph import (
    CycleDetected,
    DependencyCycleDetected,
    DependencyLoopDetected,
    LoopDetected,
    ResolutionError,
    Revision,
    RevisionError,
)
from autodiff.script.revision import RevisionMap

from .graphs import DEPENDING, DIAMOND, FORK, LINE, graph


@pytest.mark.parametrize(
    ("rows", "heads", "bases"),
    [
        ((), (), ()),
        (LINE, ("ddd1",), ("aaa1",)),
        (DIAMOND, ("eee1",), ("aaa1",)),
        (FORK, ("lib2", "web2"), ("aaa1",)),
        (DEPENDING, ("net3", "shop3"), ("net1", "shop1")),
    ],
)
def test_heads_and_bases_are_the_ends(rows: Any, heads: Any, bases: Any) -> None:
    assert (graph(*rows).heads, graph(*rows).bases) == (heads, bases)


@pytest.mark.parametrize(
    ("rows", "order"),
    [
        (LINE, "ddd1 ccc1 bbb1 aaa1"),
        (DIAMOND, "eee1 ddd1 bbb2 bbb1 ccc2 ccc1 aaa1"),
        (FORK, "lib2 lib1 web2 web1 aaa2 aaa1"),
        (DEPENDING, "net3 shop3 shop2 shop1 net2 net1"),
    ],
)
def test_the_order_goes_branch_by_branch(rows: Any, order: str) -> None:
    assert " ".join(graph(*rows).newest_first) == order


def test_independent_branches_come_in_the_order_of_their_files() -> None:
    shuffled = [("b", None), ("c", None), ("a", None)]
    assert graph(*shuffled).newest_first == ["b", "c", "a"]
    assert (graph(*shuffled).heads, graph(*shuffled).bases) == (("b", "c", "a"), ("b", "c", "a"))


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        (FORK, {"lib1": {"lib"}, "lib2": {"lib"}, "web1": {"web"}, "web2": {"web"}}),
        (DEPENDING, {f"{name}{n}": {name} for name in ("net", "shop") for n in (1, 2, 3)}),
        (
            [("a", None), ("b", "a"), ("c", "a"), ("m", ("b", "c")), ("n", "m"), ("o", "n", None, "late"), ("p", "o")],
            {"n": {"late"}, "o": {"late"}, "p": {"late"}},
        ),
        ([("a", None), ("b", "a", None, ("x", "y")), ("c", "b")], {id_: {"x", "y"} for id_ in "abc"}),
    ],
)
def test_a_label_goes_down_to_the_branch_or_merge_point_and_up_to_the_heads(rows: Any, labels: Any) -> None:
    found = {id_: set(node.branch_labels) for id_, node in graph(*rows).labelled.items() if node.branch_labels}
    assert found == labels


def test_a_head_that_another_branch_depends_on_is_an_effective_head() -> None:
    found = graph(("a", None), ("b", None, "a"))
    assert (found.heads, found._real_heads) == (("a", "b"), ("b",))
    assert found.by_id["a"].is_effective_head


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([("a", "c"), ("b", "a"), ("c", "b")], CycleDetected, "Cycle is detected in revisions (a, b, c)"),
        ([("r", None), ("a", ("r", "b")), ("b", "a"), ("h", "b")], CycleDetected, "revisions (a, b)"),
        ([("a", None, "b"), ("b", None, "a")], DependencyCycleDetected, "Dependency cycle is detected in revisions (a, b)"),
        ([("a", None), ("b", "a"), ("c", None, "b"), ("d", "c"), ("e", "a", "d"), ("f", "b", "e"), ("g", "f", "h"), ("h", "g")],
         DependencyCycleDetected, "(g, h)"),
        ([("a", "zz")], RevisionError, "revision a: down_revision names 'zz', which is the id of no script"),
        ([("a", None, "zz")], RevisionError, "revision a: depends_on names 'zz', which is the id of no script"),
        ([("a", None), ("a", None)], RevisionError, "Revision a is present more than once"),
        ([("a", None, None, "x"), ("b", None, None, "x")], RevisionError, "Branch name 'x' in revision b already used by revision a"),
        ([("a", None), ("b", None, None, "a")], RevisionError, "branch label 'a' is also the id of"),
        ([("a", None, None, "x"), ("b", "a", "x"), ("c", None, "c1"), ("c1", None, None, "self")], None, ""),
    ],
)  # fmt: skip
def test_a_broken_graph_is_told_by_the_revisions_that_break_it(rows: Any, error: Any, words: str) -> None:
    if error is None:
        assert graph(*rows).by_id
        return
    with pytest.raises(error) as told:
        _ = graph(*rows).by_id
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("row", "error"),
    [(("a", "a"), LoopDetected), (("a", None, "a"), DependencyLoopDetected), (("a", ("b", "a")), LoopDetected)],
)
def test_a_revision_that_names_itself_is_a_loop(row: Any, error: Any) -> None:
    with pytest.raises(error):
        Revision(*row)


@pytest.mark.parametrize("id_", ["a@b", "a-b", "a+b", "a:b", "", None, 5])
def test_an_id_that_the_grammar_could_not_name_is_refused(id_: Any) -> None:
    with pytest.raises(RevisionError):
        Revision(id_, None)


@pytest.mark.parametrize("name", ["net3", "net", "shop2"])
def test_a_name_is_an_id_or_a_label(name: str) -> None:
    assert graph(*DEPENDING).find(name).revision == {"net": "net1"}.get(name, name)


PARTIAL = (("ab12cd34ef56", None), ("abd09c2e1f07", "ab12cd34ef56"), ("cc0000000000", "abd09c2e1f07"))


@pytest.mark.parametrize(("name", "id_"), [("ab1", "ab12cd34ef56"), ("abd09", "abd09c2e1f07"), ("cc0", "cc0000000000")])
def test_three_letters_are_enough_when_they_are_unique(name: str, id_: str) -> None:
    assert graph(*PARTIAL).find(name).revision == id_


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ab", "'ab' is ambiguous: ab12cd34ef56 and abd09c2e1f07"),
        ("cc", "3 letters are needed: cc0000000000"),
        ("zz", "Can't locate revision identified by 'zz'"),
        ("haed", "did you mean 'head'?"),
    ],
)
def test_a_name_that_is_no_revision_is_told_with_the_way_out(name: str, words: str) -> None:
    with pytest.raises(ResolutionError) as told:
        graph(*PARTIAL).find(name)
    assert words in str(told.value)


def test_a_revision_that_is_added_becomes_the_head() -> None:
    found = graph(*LINE)
    assert found.heads == ("ddd1",)
    found.add_revision(Revision("eee1", "ddd1"))
    assert found.heads == ("eee1",)
    assert found.by_id["ddd1"].nextrev == {"eee1"}


def test_a_revision_that_would_break_the_graph_is_not_added() -> None:
    found = graph(*LINE)
    with pytest.raises(RevisionError):
        found.add_revision(Revision("aaa1", None))
    assert found.heads == ("ddd1",)


def test_a_revision_can_be_replaced() -> None:
    found = graph(*LINE)
    found.add_revision(Revision("ddd1", "bbb1"), _replace=True)
    assert found.heads == ("ccc1", "ddd1")


def random_rows(seed: int, count: int) -> list[tuple[Any, ...]]:
    """A random graph with branches, merges and dependencies."""
    dice = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    names = [f"{dice.getrandbits(48):012x}" for _ in range(count)]
    for place, name in enumerate(names):
        before = names[max(0, place - 6) : place]
        down = tuple(dice.sample(before, min(len(before), dice.choice([0, 1, 1, 1, 1, 1, 2]))))
        depends = tuple(dice.sample(before, 1)) if before and dice.random() < 0.2 else None
        rows.append((name, down or None, depends))
    return rows


@pytest.mark.parametrize("seed", range(30))
def test_children_come_before_parents_in_random_graphs(seed: int) -> None:
    found = RevisionMap(lambda: [Revision(*row) for row in random_rows(seed, 60)])
    for node in found.by_id.values():
        order = found.newest_first
        assert all(order.index(node.revision) < order.index(parent) for parent in node.parents)
