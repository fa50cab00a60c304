"""Tokens: SQLite's blanks, comments, quotes and numbers."""

from __future__ import annotations

import pytest

from autodiff.dialects.sqlite.lexer import NotUnderstood, fold, literal, quoted, tokens


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a--x\nb/* ' */c", ["a", "b", "c"]),
        ("a /* never closed", ["a"]),
        ("'it''s'", ["it's"]),
        ('"a""b" `c``d` [e"f]', ['a"b', "c`d", 'e"f']),
        ("x'0A' X'ff'", ["x'0A'", "X'ff'"]),
        (".5 1e3 1. 0xFf 1_000", [".5", "1e3", "1.", "0xFf", "1_000"]),
        ("größe$1 _x", ["größe$1", "_x"]),
        ("a->>'$.x'->b||c", ["a", "->>", "$.x", "->", "b", "||", "c"]),
        ("a<=b<>c<<d", ["a", "<=", "b", "<>", "c", "<<", "d"]),
    ],
)
def test_sql_is_cut_into_the_tokens_that_sqlite_sees(text: str, wanted: list[str]) -> None:
    assert [token.value for token in tokens(text)] == wanted


def test_a_token_knows_its_place() -> None:
    text = "a  /* x */ 'b''c' "
    assert [text[token.start : token.end] for token in tokens(text)] == ["a", "'b''c'"]


@pytest.mark.parametrize("text", ["'open", '"open', "a ^ b", "[open"])
def test_what_sqlite_refuses_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        tokens(text)


def test_only_ascii_letters_lose_their_case() -> None:
    assert fold("GRÖßE_A") == "grÖße_a"


def test_quotes_are_doubled() -> None:
    assert (quoted('a"b'), literal("it's")) == ('"a""b"', "'it''s'")
