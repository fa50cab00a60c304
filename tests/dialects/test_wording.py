"""An expression in which columns have new names: names of columns change, all else stays."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects import mysql, postgresql, sqlite

from autodiff.dialects.mysql.renamed import reworded as reworded_on_mysql
from autodiff.dialects.sqlite.wording import reworded as reworded_on_sqlite
from autodiff.dialects.wording import reworded
from autodiff.state import Sql

NAMES = {"a": "b", "zone": "Zone 2", "Old": "fresh", "lower": "low", "x`y": "z"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(a > 0) AND (aa > a)", "(b > 0) AND (aa > b)"),
        ("s <> 'a'::text AND s <> 'is a dog''s a'", "s <> 'a'::text AND s <> 'is a dog''s a'"),
        ("s <> E'it\\'s a' AND a = 1", "s <> E'it\\'s a' AND b = 1"),
        ("lower(a) = lower", "lower(b) = low"),
        ('("Old" > 0) AND ("a" > 0)', "(fresh > 0) AND (b > 0)"),
        ("(zone)::timestamp without time zone", '("Zone 2")::timestamp without time zone'),
        ("(x AT TIME ZONE 'a')::a", "(x AT TIME ZONE 'a')::a"),
    ],
)
def test_postgresql(text: str, wanted: str) -> None:
    assert reworded(text, NAMES, postgresql.dialect().identifier_preparer.quote) == wanted


@pytest.mark.parametrize(
    ("text", "is_key", "wanted"),
    [
        ("`a` > 0 and `aa` > a", False, "`b` > 0 and `aa` > a"),
        ("`s` <> 'it\\'s `a`' and lower(`lower`) = \"`a`\"", False, "`s` <> 'it\\'s `a`' and lower(`low`) = \"`a`\""),
        ("`x``y` + `zone`", False, "`z` + `Zone 2`"),
        ("a", True, "b"),
        ("a(5) DESC", True, "b(5) DESC"),
        ("aa", True, "aa"),
        ("`x``y`(9)", True, "z(9)"),
        ("zone DESC", True, "`Zone 2` DESC"),
        ("(lower(`a`))", True, "(lower(`b`))"),
    ],
)
def test_mysql(text: str, is_key: bool, wanted: str) -> None:
    assert reworded_on_mysql(text, NAMES, mysql.dialect().identifier_preparer.quote, is_key=is_key) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A > 0 AND aa <> 'a' -- a", "b > 0 AND aa <> 'a' -- a"),
        ('[a] + "a" + `a` + lower(lower)', "b + b + b + lower(low)"),
        ("\"old\" > 'Old'", "fresh > 'Old'"),
        ("a @ nothing 'known", "a @ nothing 'known"),
    ],
)
def test_sqlite(text: str, wanted: str) -> None:
    quote = sqlite.dialect().identifier_preparer.quote
    assert reworded_on_sqlite(Sql(text), NAMES, quote) == Sql(wanted)


def test_a_tree_of_sqlite_is_compared_under_the_new_names() -> None:
    tree = ("and", ("is", ("column", "a"), ("string", "a")), ("tokens", (("name", "old"), ("op", "-"))), 1.5)
    found = reworded_on_sqlite(Sql("a", repr(tree)), NAMES, str).canonical
    assert found == repr(
        ("and", ("is", ("column", "b"), ("string", "a")), ("tokens", (("name", "fresh"), ("op", "-"))), 1.5)
    )
