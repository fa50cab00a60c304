"""Expressions: what is the same in two spellings, what is not, and that SQLite agrees."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from autodiff.dialects.sqlite.expression import Node, Scope, canonical, columns_of, expression, respelled
from tests.dialects.sqlite.spelling import COLUMNS, Writer, flat, in_full, random_node

SCOPE = Scope("t", frozenset({"a", "b", "c", "s", "t u", "g"}))
EXAMPLES = 1500


def tree(text: str, scope: Scope = SCOPE) -> Node:
    return canonical(expression(text), scope)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a>0", "(A > 0)"),
        ("a == 1", "a = 1"),
        ("a <> 1", "a != 1"),
        ("a ISNULL", "a IS NULL"),
        ("a NOT NULL", "a IS NOT NULL"),
        ("a IS NOT DISTINCT FROM b", "a IS b"),
        ("a NOT IN (1, 2)", "NOT (a IN (1, 2))"),
        ("a NOT LIKE 'x%'", "NOT a LIKE 'x%'"),
        ("a AND (b AND c)", "a AND b AND c"),
        ("-5", "- 5"),
        ("0x10", "16"),
        ("1e2", "100.0"),
        ("1_000", "1000"),
        ("-9223372036854775808", "-(9223372036854775808)"),
        ("9223372036854775808", "9223372036854775808.0"),
        ("ABS(a)", 'abs("A")'),
        ("t.a", "a"),
        ("'t'.a", "a"),
        ("main.t.[a]", "a"),
        ('"zz"', "'zz'"),
        ('"rowid"', "rowid"),
        ("TRUE", "1"),
        ("a /* x */ > -- y\n 0", "a > 0"),
        ("current_timestamp", "CURRENT_TIMESTAMP"),
        ("cast(a as varchar(5))", "CAST(a AS VARCHAR ( 5 ))"),
        ("g IS (TRUE)", "g IS TRUE"),
        ("a IN (SELECT x FROM y)", "a in (select X from Y)"),
    ],
)
def test_two_spellings_of_one_expression_are_equal(one: str, other: str) -> None:
    assert tree(one) == tree(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("g IS TRUE", "g IS 1"),
        ("1", "1.0"),
        ("a", "+a"),
        ('"a"', "'a'"),
        ("`zz`", "'zz'"),
        ("a IN (1, 2)", "a IN (2, 1)"),
        ("a OR b AND c", "(a OR b) AND c"),
        ("a - (b - c)", "a - b - c"),
        ("a COLLATE NOCASE", "a"),
        ("CAST(a AS TEXT)", "CAST(a AS VARCHAR)"),
        ("'A'", "'a'"),
        ("a AND b", "b AND a"),
        ("t.a", "u.a"),
        ("a LIKE 'x'", "a GLOB 'x'"),
        ("a LIKE 'x' ESCAPE '!'", "a LIKE 'x'"),
        ("count(*)", "count(a)"),
        ("-(a) COLLATE NOCASE", "-(a COLLATE NOCASE)"),
        ("a IN (SELECT x FROM y)", "a IN (SELECT x FROM z)"),
    ],
)
def test_different_expressions_stay_different(one: str, other: str) -> None:
    assert tree(one) != tree(other)


def test_a_column_called_true_is_a_column() -> None:
    assert tree("true", Scope("t", frozenset({"true"}))) == ("column", "true")


def test_a_table_without_rowid_has_no_column_rowid() -> None:
    assert tree('"rowid"', Scope("t", frozenset(), rowid=False)) == ("string", "rowid")


@pytest.fixture(scope="module")
def rows() -> Iterator[sqlite3.Connection]:
    """Sixty rows of values that tell operators apart."""
    connection = sqlite3.connect(":memory:")
    connection.execute('CREATE TABLE t (a INTEGER, b NUMERIC, c, s TEXT, "t u" TEXT COLLATE NOCASE)')
    rng = random.Random(7)
    some = (None, 0, 1, 2, -1, 1.5, 10, "x", "X", "10", "", b"\x00", "%a_", 3)
    connection.executemany("INSERT INTO t VALUES (?,?,?,?,?)", [[rng.choice(some) for _ in COLUMNS] for _ in range(60)])
    yield connection
    connection.close()


def results(connection: sqlite3.Connection, text: str) -> list[Any] | None:
    """What the expression gives on each row, with its type; None where SQLite refuses it."""
    try:
        return connection.execute(f"SELECT ({text}), typeof({text}) FROM t ORDER BY rowid").fetchall()
    except sqlite3.Error:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_any_two_spellings_of_a_random_expression_are_equal(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(EXAMPLES):
        node = random_node(rng, 3)
        one, other = Writer(rng).write(node), Writer(rng).write(node)
        assert tree(one) == tree(other), (one, other)


@pytest.mark.parametrize("seed", range(4))
def test_precedence_is_sqlites(rows: sqlite3.Connection, seed: int) -> None:
    rng = random.Random(f"flat {seed}")
    asked = 0
    for _ in range(EXAMPLES):
        text = flat(random_node(rng, 3))
        wanted = results(rows, text)
        if wanted is None:
            continue
        asked += 1
        node = tree(text)
        assert node[0] != "tokens", text
        assert results(rows, in_full(node)) == wanted, (text, in_full(node))
    assert asked > EXAMPLES / 3


@pytest.mark.parametrize("seed", range(4))
def test_equal_trees_give_equal_results(rows: sqlite3.Connection, seed: int) -> None:
    """Small expressions by the thousand: many of them have one tree, and those must not differ on any row."""
    rng = random.Random(f"small {seed}")
    known: dict[Node, tuple[str, Any]] = {}
    met = 0
    for _ in range(EXAMPLES * 2):
        text = Writer(rng).write(random_node(rng, rng.choice((1, 1, 2))))
        found = results(rows, text)
        if found is None:
            continue
        first = known.setdefault(tree(text), (text, found))
        met += first[0] != text
        assert first[1] == found, (first[0], text)
    assert met > 100


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a > 0 AND length(b) < 5", {"a", "b"}),
        ("\"zz\" = 'a'", set()),
        ("t.a = u.b", {"a"}),
        ("EXISTS (SELECT 1 FROM x WHERE a = 1)", {"a"}),
    ],
)
def test_the_columns_an_expression_uses(text: str, wanted: set[str]) -> None:
    assert columns_of(expression(text), SCOPE) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a > 0 AND A < 9", '"n w" > 0 AND "n w" < 9'),
        (" t.a /* a */ > b -- a\n", '"n w" /* a */ > b'),
        ("t.b = 'a'", "b = 'a'"),
        ("u.a = 1", "u.a = 1"),
        ('"a" || "zz"', '"n w" || "zz"'),
        ("a(1)", "a(1)"),
    ],
)
def test_a_renamed_column_is_renamed_in_the_text(text: str, wanted: str) -> None:
    given = expression(text)
    assert respelled(given, SCOPE, {"a": "n w"}) == wanted
