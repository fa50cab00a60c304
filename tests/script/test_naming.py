"""Names of new revisions and of their files."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from autodiff.script import naming
from autodiff.script.graph import RevisionError

from .graphs import FORK, graph

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)


@pytest.mark.parametrize("revision", ["ab12cd34ef56", "größe", "2026_03_04", "v1.2", "a", "x" * 32])
def test_an_id_of_letters_and_digits_is_accepted(revision: str) -> None:
    assert naming.checked_id(revision, graph(*FORK)) == revision


@pytest.mark.parametrize(
    "revision",
    ["", "head", "heads", "base", "current", "aaa1", "lib", "a@b", "a-b", "+1", "a:b", "../evil", "a/b", "a\\b", "a b", "x'y",
     'x"y', "x\ny", "a%s", "${1}", ".", "..", "a.", "x" * 33],
)  # fmt: skip
def test_an_id_that_has_a_meaning_or_could_do_harm_is_refused(revision: str) -> None:
    with pytest.raises(RevisionError):
        naming.checked_id(revision, graph(*FORK))


def test_an_id_may_be_as_long_as_the_longest_that_is_there() -> None:
    longest = "y" * 40
    assert naming.checked_id("x" * 40, graph((longest, None))) == "x" * 40
    with pytest.raises(RevisionError, match="column version_num holds 40"):
        naming.checked_id("x" * 41, graph((longest, None)))


@pytest.mark.parametrize("label", ["shop", "my-branch", "release_1.2", "größe"])
def test_a_label_of_letters_and_digits_is_accepted(label: str) -> None:
    assert naming.checked_label(label, graph(*FORK), "new1") == label


@pytest.mark.parametrize(
    "label", ["", "head", "base", "a@b", "a+b", "a:b", "a b", 'x"', "a/b", "rel-1", "-x", "lib", "aaa1", "new1"]
)
def test_a_label_that_has_a_meaning_or_is_taken_is_refused(label: str) -> None:
    with pytest.raises(RevisionError):
        naming.checked_label(label, graph(*FORK), "new1")


@pytest.mark.parametrize(
    ("message", "slug"),
    [
        ("Create Account Table", "create_account_table"),
        ("add user's e-mail!", "add_user_s_e_mail"),
        ("../../evil", "evil"),
        ("", ""),
        (None, ""),
        ("!!!", ""),
        ("größe שלום", "größe_שלום"),
        ("a" * 50, "a" * 40 + "_"),
        ("this is a very long message which is cut between words", "this_is_a_very_long_message_which_is_"),
        ("this is a very long message which is being cut between", "this_is_a_very_long_message_which_is_"),
        ("this is a message of just so many letters", "this_is_a_message_of_just_so_many_"),
        ("bad \udc80 byte", "bad_byte"),
    ],
)
def test_a_message_becomes_a_slug(message: Any, slug: str) -> None:
    assert naming.slug(message, 40) == slug


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("%(rev)s_%(slug)s", "ab12_add_user"),
        ("%(year)d%(month).2d%(day).2d_%(hour).2d%(minute).2d%(second).2d_%(rev)s", "20260304_050607_ab12"),
        ("%(epoch)s_%(rev)s", "1772600767_ab12"),
        ("%(year)d/%(month).2d/%(slug)s", "2026/03/add_user"),
    ],
)
def test_a_file_is_named_by_the_template(template: str, name: str) -> None:
    assert naming.file_name(template, "ab12", "add user", 40, AT) == name


@pytest.mark.parametrize(
    ("template", "words"), [("%(nope)s", "%(nope)s"), ("%(rev)", "cannot be filled in"), ("%d", "cannot")]
)
def test_a_template_with_other_tokens_is_told(template: str, words: str) -> None:
    with pytest.raises(RevisionError) as told:
        naming.file_name(template, "ab12", "x", 40, AT)
    assert words in str(told.value)


@pytest.mark.parametrize("zone", ["UTC", "utc", "Europe/Berlin", "europe/berlin"])
def test_a_date_is_in_the_zone_that_was_asked_for(zone: str) -> None:
    assert naming.dated(zone, AT) == AT
    assert str(naming.dated(zone, AT).utcoffset()) == ("0:00:00" if zone.upper() == "UTC" else "1:00:00")


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(RevisionError, match="Mars/Olympus"):
        naming.dated("Mars/Olympus", AT)


def test_the_date_can_be_given_for_reproducible_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772600767")
    assert naming.dated("UTC") == AT


def test_new_ids_are_twelve_hexadecimal_digits() -> None:
    found = {naming.new_id() for _ in range(50)}
    assert len(found) == 50
    assert all(len(id_) == 12 and int(id_, 16) >= 0 for id_ in found)


@pytest.mark.parametrize(
    ("wanted", "stated"), [(["lib1"], ("lib1",)), (["lib"], ("lib",)), (["web", "aaa1", "web"], ("web", "aaa1"))]
)
def test_dependencies_are_stated_as_full_ids_or_labels(wanted: Any, stated: Any) -> None:
    assert naming.resolvable(graph(*FORK), wanted) == stated
