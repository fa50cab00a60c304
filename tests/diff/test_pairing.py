"""Unnamed objects of the models find their equals in the database."""

from __future__ import annotations

from autodiff.diff.differ import diff
from autodiff.diff.pairing import paired
from autodiff.kinds import CheckState, UniqueState
from autodiff.state import Key, Server, Snapshot, Sql, State

SERVER = Server("any")


def snapshot(*states: State) -> Snapshot:
    return Snapshot.of(states, SERVER, canonical=True)


def check(name: str, condition: str, *, unnamed: bool = False) -> CheckState:
    return CheckState(key=Key("check", None, "orders", name), condition=Sql.printed(condition), unnamed=unnamed)


def differences(before: Snapshot, after: Snapshot) -> list[tuple[str, str | None]]:
    return [(change.verb, change.key.name) for change in diff(before, paired(before, after))]


def test_an_unnamed_check_is_the_one_with_the_same_condition_whatever_the_server_called_it():
    assert differences(snapshot(check("orders_check1", "a > 0")), snapshot(check("~1", "a > 0", unnamed=True))) == []


def test_two_equal_unnamed_checks_need_two_in_the_database():
    before = snapshot(check("c1", "a > 0"))
    after = snapshot(check("~1", "a > 0", unnamed=True), check("~2", "a > 0", unnamed=True))
    assert differences(before, after) == [("add", "~1")]


def test_an_unnamed_check_does_not_take_one_whose_name_another_model_check_claims():
    before = snapshot(check("named", "a > 0"))
    after = snapshot(check("named", "a > 0"), check("~1", "a > 0", unnamed=True))
    assert differences(before, after) == [("add", "~1")]


def test_unnamed_objects_on_both_sides_pair_by_definition_not_by_number():
    before = snapshot(check("~1", "a > 0", unnamed=True), check("~2", "b > 0", unnamed=True))
    after = snapshot(check("~1", "b > 0", unnamed=True), check("~2", "a > 0", unnamed=True))
    assert differences(before, after) == []


def test_a_changed_unnamed_check_is_dropped_and_added():
    before = snapshot(check("~1", "a > 0", unnamed=True))
    after = snapshot(check("~1", "a > 1", unnamed=True))
    assert differences(before, after) == [("add", "~2"), ("drop", "~1")]


def test_a_unique_is_not_taken_for_a_check():
    before = snapshot(UniqueState(key=Key("unique", None, "orders", "u"), columns=("a",)))
    after = snapshot(check("~1", "a > 0", unnamed=True))
    assert differences(before, after) == [("add", "~1"), ("drop", "u")]
