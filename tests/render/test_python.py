"""Python source: the layout is black's own, and a text of any kind survives as a literal."""

from __future__ import annotations

import random
import sys
import unicodedata

import black
import pytest
from black.strings import str_width

from autodiff.render.python import (
    Argument,
    Attribute,
    Call,
    Code,
    Display,
    Literal,
    Node,
    Pair,
    flat,
    layout,
    parse,
    quoted,
)
from autodiff.render.python import _visible as visible

LABELS = [
    "plain",
    "it's",
    'say "hi"',
    "a'b\"c",
    "'''",
    '"""',
    "",
    "\\",
    "\\N{BULLET}",
    "a\nb\r\n\tc",
    "%s %% {} {0.x} ${7*7}",
    "\x00\x01\x1b[0m\x7f",
    "é ñ",
    "e\u0301",
    "שלום",
    "漢字" * 10,
    "🚀",
    "a\u200b\u2028\xa0b",
    "\ud800",
    "x" * 300,
]


def black_says(source: str) -> str:
    return black.format_str(source, mode=black.Mode())


class Random:
    """Trees of calls, as scripts have them and worse."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def word(self, most: int) -> str:
        return "w" + "".join(self.random.choice("abcdefgh_") for _ in range(self.random.randint(0, most)))

    def text(self) -> Node:
        odd = self.random.choice(LABELS[:-1]) if self.random.random() < 0.4 else ""
        return Literal(odd + self.word(35))

    def node(self, depth: int) -> Node:
        kind = self.random.random()
        if depth <= 0 or kind < 0.3:
            return self.random.choice([self.text(), Code(self.random.choice(["None", "True", "-1", "1.5", "sa.x"]))])
        if kind < 0.4:
            opening, closing = self.random.choice(["[]", "()"])
            return Display(opening, tuple(self.node(depth - 1) for _ in range(self.random.randint(0, 4))), closing)
        if kind < 0.45:
            pairs = (Pair(self.text(), self.node(depth - 1)) for _ in range(self.random.randint(0, 3)))
            return Display("{", tuple(pairs), "}")
        made = Call(Code(f"sa.{self.word(12)}"), self.arguments(depth))
        while self.random.random() < 0.25:
            made = Call(Attribute(made, self.random.choice(["with_variant", "op"])), self.arguments(depth))
        return made

    def arguments(self, depth: int) -> tuple[Argument, ...]:
        placed = [Argument(self.node(depth - 1)) for _ in range(self.random.randint(0, 4))]
        return (*placed, *(Argument(self.node(depth - 1), self.word(12)) for _ in range(self.random.randint(0, 3))))

    def statement(self) -> Call:
        depth = self.random.randint(0, 4)
        return Call(Code(f"op.{self.word(14)}"), self.arguments(depth), tall=self.random.random() < 0.1)


@pytest.mark.parametrize("seed", range(4))
def test_a_statement_is_laid_out_as_black_would(seed):
    tree = Random(seed)
    for _ in range(25):
        node = tree.statement()
        before, after, body = tree.random.choice([("", "", "")] * 9 + [("with ", " as batch_op:", "        pass\n")])
        ours = "def f():\n" + "\n".join(layout(node, 4, before, after)) + "\n" + body
        assert black_says(ours) == ours
        if not node.tall:
            assert black_says(f"def f():\n    {before}{flat(node)}{after}\n{body}") == ours


@pytest.mark.parametrize("text", LABELS)
def test_a_text_survives_as_a_literal_on_one_printable_line(text):
    literal = quoted(text)
    assert eval(literal) == text
    assert eval(quoted(text, "'")) == text
    assert literal.isprintable()
    assert black_says(f"x = {literal}\n") == f"x = {literal}\n"


@pytest.mark.parametrize("value", [b"", b"it's", b'"', b"\x00\xff\\'\""])
def test_bytes_survive_as_a_literal(value):
    assert eval(quoted(value)) == value


def test_black_gives_every_character_that_is_written_as_it_is_the_width_that_is_counted_here():
    shown = [c for c in map(chr, range(0xA0, sys.maxunicode)) if visible(c) == c]
    wrong = [c for c in shown if str_width(c) != (2 if unicodedata.east_asian_width(c) in "WF" else 1)]
    assert len(shown) > 100_000
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("sa.String(50)", "sa.String(50)"),
        ("Foo('a', x=-1, *y)", 'Foo("a", *y, x=-1)'),
        ("[1, (2,), {'a': None}]", '[1, (2,), {"a": None}]'),
        ("f(x).g(y)[0]", None),
        ("lambda: 1", None),
        ("1 +", None),
        ("a\0b", None),
    ],
)
def test_source_of_a_hook_is_read_where_it_consists_of_calls_and_literals(source, wanted):
    node = parse(source)
    assert wanted == (None if node is None else flat(node))
