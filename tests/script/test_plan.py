"""Plans: which steps lead from what a database holds to where it should be, and the version rows of each."""

from __future__ import annotations

from typing import Any

import pytest

from autodiff.script.graph import ResolutionError, RevisionError
from autodiff.script.plan import downgrade_steps, stamp_steps, upgrade_steps
from autodiff.script.revision import Revision, RevisionMap
from autodiff.script.step import RevisionStep, StampStep, VersionChange

from .graphs import DEPENDING, DIAMOND, FORK, LINE, applied, graph, ids
from .test_graph import random_rows


def insert(new: str) -> VersionChange:
    return VersionChange("insert", new, None)


def update(old: str, new: str) -> VersionChange:
    return VersionChange("update", new, old)


def delete(old: str) -> VersionChange:
    return VersionChange("delete", None, old)


@pytest.mark.parametrize(
    ("rows", "current", "to", "wanted"),
    [
        (LINE, (), "head", "aaa1 bbb1 ccc1 ddd1"),
        (LINE, ("bbb1",), "head", "ccc1 ddd1"),
        (LINE, ("bbb1",), "aaa1", ""),
        (LINE, ("ddd1",), "head", ""),
        (LINE, ("bbb1",), "base", ""),
        (LINE, (), "+2", "aaa1 bbb1"),
        (LINE, ("aaa1",), "+1", "bbb1"),
        (LINE, ("aaa1",), "ccc", "bbb1 ccc1"),
        (LINE, (), "aaa1+1", "aaa1 bbb1"),
        (DIAMOND, (), "head", "aaa1 ccc1 ccc2 bbb1 bbb2 ddd1 eee1"),
        (DIAMOND, ("bbb1", "ccc2"), "head", "bbb2 ddd1 eee1"),
        (DIAMOND, ("bbb1", "ccc2"), "+1", "bbb2"),
        (DIAMOND, ("bbb2", "ccc2"), "+2", "ddd1 eee1"),
        (DIAMOND, ("bbb2",), "+1", "ccc1 ccc2 ddd1"),
        (DIAMOND, ("bbb1",), "+2", "ccc1 ccc2 bbb2 ddd1"),
        (FORK, (), "heads", "aaa1 aaa2 web1 web2 lib1 lib2"),
        (FORK, ("aaa2",), "lib@head", "lib1 lib2"),
        (FORK, ("aaa2",), "lib@+1", "lib1"),
        (FORK, ("web1",), "lib@+1", "lib1"),
        (FORK, ("lib1", "web1"), "lib@+1", "lib2"),
        (FORK, ("lib1", "web1"), ("lib2", "web2"), "web2 lib2"),
        (FORK, (), "+2", "aaa1 aaa2"),
        (FORK, ("lib2",), "aaa1", ""),
        (DEPENDING, (), "shop2", "net1 net2 shop1 shop2"),
        (DEPENDING, (), "shop@head", "net1 net2 shop1 shop2 shop3"),
        (DEPENDING, ("shop2",), "net@head", "net3"),
        (DEPENDING, ("net3",), "shop@+1", "shop1"),
        (DEPENDING, (), "shop@+2", "net1 net2 shop1 shop2"),
        (DEPENDING, ("shop1",), "+1", "net2 shop2"),
        (DEPENDING, ("shop1",), "shop@+1", "net2 shop2"),
        (DEPENDING, ("net1",), "+1", "net2"),
    ],
)
def test_an_upgrade_applies_what_is_missing_oldest_first(rows: Any, current: Any, to: Any, wanted: str) -> None:
    assert " ".join(ids(upgrade_steps(graph(*rows), to, current))) == wanted


@pytest.mark.parametrize(
    ("rows", "current", "to", "words"),
    [
        (LINE, ("ddd1",), "+1", "Relative revision +1 didn't produce 1 migrations"),
        (LINE, (), "+9", "didn't produce 9 migrations; the database is at base: `autodiff history -i` shows"),
        (LINE, ("ddd1",), "-1", "autodiff downgrade -1"),
        (FORK, ("aaa2",), "+1", "can go to lib1 or web1"),
        (FORK, ("aaa2",), "head", "Multiple head revisions are present for given argument 'head'"),
        (FORK, (), ("lib1", "lib2"), "Requested revision lib2 overlaps with other requested revisions lib1"),
        (DEPENDING, (), "+2", "can go to net1 or shop1"),
        (LINE, ("gone",), "head", "stamp --purge"),
    ],
)
def test_an_upgrade_that_is_not_clear_is_refused(rows: Any, current: Any, to: Any, words: str) -> None:
    with pytest.raises(RevisionError) as told:
        upgrade_steps(graph(*rows), to, current)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("rows", "current", "to", "wanted"),
    [
        (LINE, ("ddd1",), "base", "ddd1 ccc1 bbb1 aaa1"),
        (LINE, ("ddd1",), "-1", "ddd1"),
        (LINE, ("ddd1",), "bbb", "ddd1 ccc1"),
        (LINE, ("ddd1",), "head-2", "ddd1 ccc1"),
        (LINE, ("ddd1",), "ddd1", ""),
        (LINE, (), "base", ""),
        (LINE, ("aaa1",), "-1", "aaa1"),
        (DIAMOND, ("eee1",), "bbb1", "eee1 ddd1 bbb2"),
        (DIAMOND, ("eee1",), "aaa1", "eee1 ddd1 bbb2 bbb1 ccc2 ccc1"),
        (DIAMOND, ("eee1",), "-2", "eee1 ddd1"),
        (FORK, ("lib2", "web2"), "lib@-1", "lib2"),
        (FORK, ("lib2", "web2"), "lib1", "lib2"),
        (FORK, ("lib2", "web2"), "aaa2", "lib2 lib1 web2 web1"),
        (DEPENDING, ("net3", "shop3"), "shop@base", "shop3 shop2 shop1"),
        (DEPENDING, ("net3", "shop3"), "net@base", "net3 shop3 shop2 shop1 net2 net1"),
        # what depends on the target stays, since the target stays
        (DEPENDING, ("net3", "shop3"), "net2", "net3"),
        (DEPENDING, ("net3", "shop3"), "net1", "net3 shop3 shop2 net2"),
        (DEPENDING, ("shop3",), "shop@-2", "shop3 shop2"),
    ],
)
def test_a_downgrade_takes_back_what_comes_after_newest_first(rows: Any, current: Any, to: Any, wanted: str) -> None:
    assert " ".join(ids(downgrade_steps(graph(*rows), to, current))) == wanted


@pytest.mark.parametrize(
    ("rows", "current", "to", "words"),
    [
        (LINE, (), "head", "Destination head is not a valid downgrade target from current head(s)"),
        (LINE, ("bbb1",), "ccc1", "not a valid downgrade target from current head(s) bbb1"),
        (LINE, ("bbb1",), "-3", "didn't produce 3 migrations; the database is at bbb1: `autodiff history -i` shows"),
        (LINE, ("bbb1",), "+1", "autodiff upgrade +1"),
        (FORK, ("lib2", "web2"), "-1", "the heads are lib2, web2"),
        (DIAMOND, ("eee1",), "-3", "after 2 of 3 the heads are bbb2, ccc2"),
        (LINE, ("bbb1",), "nope", "Can't locate revision identified by 'nope'"),
    ],
)
def test_a_downgrade_that_is_not_clear_is_refused(rows: Any, current: Any, to: Any, words: str) -> None:
    with pytest.raises(RevisionError) as told:
        downgrade_steps(graph(*rows), to, current)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("rows", "current", "to", "changes", "after"),
    [
        (LINE, (), "bbb1", [[insert("aaa1")], [update("aaa1", "bbb1")]], ["bbb1"]),
        (FORK, ("lib1",), "web1", [[insert("web1")]], ["lib1", "web1"]),
        (
            DIAMOND,
            ("bbb2", "ccc2"),
            "eee1",
            [[delete("bbb2"), update("ccc2", "ddd1")], [update("ddd1", "eee1")]],
            ["eee1"],
        ),
        (
            DEPENDING,
            ("net2", "shop1"),
            "shop2",
            [[delete("net2"), update("shop1", "shop2")]],
            ["shop2"],
        ),
        (DEPENDING, ("shop2",), "net3", [[insert("net3")]], ["net3", "shop2"]),
    ],
)
def test_an_upgrade_leaves_one_row_for_each_tip(rows: Any, current: Any, to: Any, changes: Any, after: Any) -> None:
    assert applied(upgrade_steps(graph(*rows), to, current), current) == (changes, after)


@pytest.mark.parametrize(
    ("rows", "current", "to", "changes", "after"),
    [
        (LINE, ("bbb1",), "base", [[update("bbb1", "aaa1")], [delete("aaa1")]], []),
        (FORK, ("lib1", "web1"), "aaa2", [[delete("lib1")], [update("web1", "aaa2")]], ["aaa2"]),
        (
            DIAMOND,
            ("ddd1",),
            "bbb1",
            [[insert("bbb2"), update("ddd1", "ccc2")], [update("bbb2", "bbb1")]],
            ["bbb1", "ccc2"],
        ),
        (DEPENDING, ("shop2",), "shop1", [[insert("net2"), update("shop2", "shop1")]], ["net2", "shop1"]),
        (DEPENDING, ("net3", "shop2"), "shop1", [[update("shop2", "shop1")]], ["net3", "shop1"]),
        # a dependency that another parent implies is not put back
        ([("a", None), ("b", "a"), ("c", "b", "a")], ("c",), "b", [[update("c", "b")]], ["b"]),
    ],
)
def test_a_downgrade_puts_back_what_nothing_else_holds(
    rows: Any, current: Any, to: Any, changes: Any, after: Any
) -> None:
    assert applied(downgrade_steps(graph(*rows), to, current), current) == (changes, after)


@pytest.mark.parametrize("seed", range(40))
def test_up_and_down_through_a_random_graph_the_rows_are_always_the_tips(seed: int) -> None:
    found = RevisionMap(lambda: [Revision(*row) for row in random_rows(seed, 40)])
    rows: frozenset[str] = frozenset()
    done: set[str] = set()
    up = upgrade_steps(found, "heads", ())
    for step in up:
        assert set(step.revision.parents) <= done
        rows, done = step.heads_after(rows), done | {step.revision.revision}
        assert sorted(rows) == found.tips(done, dependencies=True)
    down = downgrade_steps(found, "base", tuple(rows))
    assert sorted(ids(down)) == sorted(ids(up))
    for step in down:
        without_plan = RevisionStep(found, step.revision, False).version_changes(rows)
        assert step.version_changes(rows) == without_plan
        rows, done = step.heads_after(rows), done - {step.revision.revision}
        assert sorted(rows) == found.tips(done, dependencies=True)
    assert rows == frozenset()


def test_a_downgrade_of_a_revision_that_the_table_does_not_hold_is_refused() -> None:
    found = graph(*LINE)
    with pytest.raises(RevisionError, match="does not hold bbb1"):
        RevisionStep(found, found.by_id["bbb1"], False).version_changes({"ccc1"})


@pytest.mark.parametrize(
    ("rows", "current", "to", "logs", "after"),
    [
        (LINE, (), "head", [" -> ddd1"], ["ddd1"]),
        (LINE, ("ddd1",), "aaa1", ["ddd1 -> aaa1"], ["aaa1"]),
        (LINE, ("ddd1",), "base", ["ddd1 -> "], []),
        (LINE, ("ddd1",), "head", [], ["ddd1"]),
        (LINE, ("bbb1",), "aaa1+2", ["bbb1 -> ccc1"], ["ccc1"]),
        (LINE, ("bbb1",), "head-1", ["bbb1 -> ccc1"], ["ccc1"]),
        (LINE, (), ("head", "ddd1"), [" -> ddd1"], ["ddd1"]),
        (FORK, (), "heads", [" -> lib2", " -> web2"], ["lib2", "web2"]),
        (FORK, ("lib2", "web2"), "base", ["lib2 -> ", "web2 -> "], []),
        (FORK, ("lib2", "web1"), "aaa1", ["lib2, web1 -> aaa1"], ["aaa1"]),
        (FORK, ("lib2", "web1"), "web2", ["web1 -> web2"], ["lib2", "web2"]),
        (FORK, ("lib1", "web1"), ("lib2", "web2"), ["lib1 -> lib2", "web1 -> web2"], ["lib2", "web2"]),
        (FORK, ("lib1",), "web1", [" -> web1"], ["lib1", "web1"]),
        (DEPENDING, ("net3", "shop3"), "shop@base", ["shop3 -> "], ["net3"]),
        (DIAMOND, ("bbb2", "ccc1"), "eee1", ["bbb2, ccc1 -> eee1"], ["eee1"]),
        (FORK, ("lib2", "web2"), "lib@base", ["lib2 -> "], ["web2"]),
        (FORK, ("lib2",), "web@base", [], ["lib2"]),
        (FORK, ("aaa1",), "web@base", ["aaa1 -> "], []),
        (DEPENDING, ("net3", "shop3"), "net@base", ["net3 -> ", "shop3 -> "], []),
        (FORK, ("lib2", "web2"), (), ["lib2 -> ", "web2 -> "], []),
        (FORK, (), ("lib1", "lib2"), [" -> lib2"], ["lib2"]),
        (FORK, (), ("lib2", "aaa1", "web1"), [" -> lib2", " -> web1"], ["lib2", "web1"]),
        (FORK, ("aaa2",), ("aaa1", "lib2"), ["aaa2 -> lib2"], ["lib2"]),
        (FORK, ("lib2", "web2"), ("aaa1", "aaa2"), ["lib2, web2 -> aaa2"], ["aaa2"]),
        (DEPENDING, ("net3", "shop3"), ("net2", "shop3"), ["net3 -> "], ["shop3"]),
    ],
)
def test_a_stamp_moves_the_rows_of_its_own_line(rows: Any, current: Any, to: Any, logs: Any, after: Any) -> None:
    steps = stamp_steps(graph(*rows), to, current)
    assert [step.short_log for step in steps] == [f"stamp_revision {log}" for log in logs]
    assert applied(steps, current)[1] == after


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("head", "Multiple heads are present; please specify a single target revision; the heads are lib2, web2"),
        (("lib2", "base"), "'base' means no revision at all"),
        ("nope", "Can't locate revision identified by 'nope'"),
    ],
)
def test_a_stamp_that_makes_no_sense_is_refused(to: Any, words: str) -> None:
    with pytest.raises(RevisionError) as told:
        stamp_steps(graph(*FORK), to, ())
    assert words in str(told.value)


@pytest.mark.parametrize(("to", "meant"), [("+1", "ccc1"), ("-1", "aaa1"), ("-2", "base"), ("current-1", "aaa1")])
def test_a_stamp_does_not_count_from_what_it_replaces(to: str, meant: str) -> None:
    with pytest.raises(RevisionError, match=f"replaces that; autodiff stamp {meant}$"):
        stamp_steps(graph(*LINE), to, ("bbb1",))


def test_a_step_says_what_it_does_as_the_log_shows_it() -> None:
    found = graph(*DIAMOND)
    found.by_id["ddd1"].doc = "join"
    step = RevisionStep(found, found.by_id["ddd1"], True)
    assert (step.name, step.short_log, str(step)) == (
        "upgrade",
        "upgrade bbb2, ccc2 -> ddd1",
        "upgrade bbb2, ccc2 -> ddd1, join",
    )
    assert RevisionStep(found, found.by_id["aaa1"], False).short_log == "downgrade aaa1 -> "
    assert StampStep("a", "b", True, True).name == "stamp_revision"


def test_the_log_of_a_step_leaves_dependencies_out() -> None:
    found = graph(*DEPENDING)
    step = RevisionStep(found, found.by_id["shop2"], True)
    assert (step.short_log, step.from_revisions) == ("upgrade shop1 -> shop2", ("shop1", "net2"))


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        (lambda g: RevisionStep(g, g.by_id["ddd1"], True), (("bbb2", "ccc2"), ("ddd1",))),
        (lambda g: RevisionStep(g, g.by_id["ddd1"], False), (("ddd1",), ("bbb2", "ccc2"))),
        (lambda g: StampStep("eee1", "aaa1", False, True, g), (("eee1",), ("aaa1",))),
    ],
)
def test_callbacks_see_where_a_step_comes_from_and_where_it_goes(step: Any, wanted: Any) -> None:
    info = step(graph(*DIAMOND)).info
    assert (info.source_revision_ids, info.destination_revision_ids) == wanted
    assert tuple(node.revision for node in info.destination_revisions) == wanted[1]
    assert info.is_migration is not info.is_stamp


def test_a_name_for_no_revision_is_told_before_anything_is_planned() -> None:
    with pytest.raises(ResolutionError):
        upgrade_steps(graph(*LINE), "a1,b1", ())


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        ("lib@aaa2", "lib2 lib1"),
        ("web@aaa2", "web2 web1"),
        ("lib@aaa1", "lib2 lib1 web2 web1 aaa2"),
        ("lib1@aaa2", "lib2 lib1"),
        ("aaa2", "lib2 lib1 web2 web1"),
    ],
)
def test_a_downgrade_of_a_branch_leaves_the_others(to: str, wanted: str) -> None:
    assert sorted(ids(downgrade_steps(graph(*FORK), to, ("lib2", "web2")))) == sorted(wanted.split())


@pytest.mark.parametrize(
    ("rows", "current", "to"),
    [
        (FORK, ("lib2",), "web@aaa2"),  # nothing of that branch is there
        ((("aaa1", None), ("bbb1", None, "aaa1")), ("bbb1",), "aaa1"),  # it is held up by a dependency alone
    ],
)
def test_a_downgrade_to_where_nothing_leads_is_refused(rows: Any, current: Any, to: str) -> None:
    with pytest.raises(RevisionError, match=f"Destination {to} is not a valid downgrade target from current head"):
        downgrade_steps(graph(*rows), to, current)


@pytest.mark.parametrize(
    ("step", "move"),
    [(stamp_steps(graph(*LINE), "head", ()), True), (stamp_steps(graph(*LINE), "base", ("ddd1",)), True),
     (stamp_steps(graph(*LINE), "bbb1", ("ddd1",)), False)],
)  # fmt: skip
def test_a_branch_move_is_a_branch_that_comes_or_goes(step: Any, move: bool) -> None:
    assert [each.branch_move for each in step] == [move]
