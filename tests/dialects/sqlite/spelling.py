"""Random expressions and tables of SQLite, each written in as many ways as one likes."""

from __future__ import annotations

import random
from typing import Any

COLUMNS = ("a", "b", "c", "s", "t u")
VALUES = ("0", "1", "2", "-1", "1.5", "10", "'x'", "'10'", "''", "NULL", "x'00'", "'%a_'", "TRUE", "false")
COMPARISONS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")
OPERATORS = (*COMPARISONS, "+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "AND", "OR", "IS", "IS NOT")


class Writer:
    """Writes nested lists as SQL: every choice that does not change the meaning is made at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def blank(self) -> str:
        return self.rng.choice((" ", " ", "  ", "\n", "\t", " /* it's \" ( */ ", " -- , '\n"))

    def word(self, word: str) -> str:
        return "".join(self.rng.choice((c.lower(), c.upper())) if c.isascii() else c for c in word)

    def words(self, *words: str) -> str:
        return self.blank().join(self.word(word) for word in words)

    def name(self, name: str) -> str:
        plain = name.isidentifier() and name.isascii() and self.rng.random() < 0.5
        if plain:
            return self.word(name)
        marks = ['"%s"', "`%s`"] + (["[%s]"] if "]" not in name else [])
        mark = self.rng.choice(marks)
        return self.case(mark % name.replace(mark[0], mark[0] * 2))

    def case(self, text: str) -> str:
        return self.word(text) if self.rng.random() < 0.5 else text

    def wrap(self, text: str) -> str:
        return f"({self.blank()}{text}{self.blank()})"

    def write(self, node: Any) -> str:
        """The node with parentheses around every part, more of them now and then."""
        text = self.bare(node)
        while self.rng.random() < 0.2:
            text = self.wrap(text)
        return text

    def part(self, node: Any) -> str:
        text = self.bare(node)
        return text if node[0] in ("column", "value", "call") else self.wrap(text)

    def bare(self, node: Any) -> str:
        kind, rest = node[0], node[1:]
        if kind == "column":
            return self.name(rest[0])
        if kind == "value":
            return rest[0] if rest[0][:1] in "'x" else self.word(rest[0])
        return str(getattr(self, f"_{kind}")(*rest))

    def _binary(self, operator: str, left: Any, right: Any) -> str:
        same = {"=": ("=", "=="), "!=": ("!=", "<>")}
        for spellings in same.values():
            if operator in spellings:
                operator = self.rng.choice(spellings)
        said = self.words(*operator.split()) if operator[0].isalpha() else operator
        return f"{self.part(left)}{self.blank()}{said}{self.blank()}{self.part(right)}"

    def _unary(self, operator: str, operand: Any) -> str:
        return f"{self.word(operator)}{self.blank()}{self.part(operand)}"

    def _null(self, positive: bool, operand: Any) -> str:
        forms = ("isnull", "is null") if positive else ("notnull", "not null", "is not null")
        return f"{self.part(operand)}{self.blank()}{self.words(*self.rng.choice(forms).split())}"

    def _in(self, positive: bool, operand: Any, items: Any) -> str:
        listed = ", ".join(self.write(item) for item in items)
        return self._negatable(positive, operand, f"in{self.blank()}({listed})")

    def _between(self, positive: bool, operand: Any, low: Any, high: Any) -> str:
        return self._negatable(positive, operand, f"between {self.part(low)} {self.word('and')} {self.part(high)}")

    def _like(self, positive: bool, word: str, operand: Any, pattern: Any) -> str:
        return self._negatable(positive, operand, f"{self.word(word)} {self.part(pattern)}")

    def _negatable(self, positive: bool, operand: Any, rest: str) -> str:
        if positive:
            return f"{self.part(operand)} {rest}"
        if self.rng.random() < 0.5:
            return f"{self.word('not')} ({self.part(operand)} {rest})"
        return f"{self.part(operand)} {self.word('not')} {rest}"

    def _collate(self, operand: Any, name: str) -> str:
        return f"{self.part(operand)} {self.word('collate')} {self.name(name)}"

    def _call(self, name: str, arguments: Any) -> str:
        return f"{self.word(name)}{self.blank()}({', '.join(self.write(a) for a in arguments)})"

    def _case(self, condition: Any, result: Any, otherwise: Any) -> str:
        return (
            f"{self.words('case', 'when')} {self.write(condition)} {self.word('then')} {self.write(result)} "
            f"{self.word('else')} {self.write(otherwise)} {self.word('end')}"
        )

    def _cast(self, operand: Any, type_: str) -> str:
        return f"{self.word('cast')} ({self.write(operand)} {self.word('as')} {self.word(type_)})"


def random_node(rng: random.Random, depth: int) -> Any:
    if depth == 0 or rng.random() < 0.1:
        return ("column", rng.choice(COLUMNS)) if rng.random() < 0.6 else ("value", rng.choice(VALUES))

    def inner() -> Any:
        return random_node(rng, depth - 1)

    kind = rng.choice(("binary",) * 6 + ("unary", "null", "in", "between", "like", "collate", "call", "case", "cast"))
    positive = rng.random() < 0.5
    made: dict[str, Any] = {
        "binary": lambda: ("binary", rng.choice(OPERATORS), inner(), inner()),
        "unary": lambda: ("unary", rng.choice(("NOT", "-", "+", "~")), inner()),
        "null": lambda: ("null", positive, inner()),
        "in": lambda: ("in", positive, inner(), [inner() for _ in range(rng.randint(1, 3))]),
        "between": lambda: ("between", positive, inner(), inner(), inner()),
        "like": lambda: ("like", positive, rng.choice(("LIKE", "GLOB")), inner(), inner()),
        "collate": lambda: ("collate", inner(), rng.choice(("NOCASE", "BINARY", "RTRIM"))),
        "call": lambda: ("call", rng.choice(("abs", "length", "lower", "typeof")), [inner()]),
        "case": lambda: ("case", inner(), inner(), inner()),
        "cast": lambda: ("cast", inner(), rng.choice(("INTEGER", "TEXT", "REAL"))),
    }
    return made[kind]()


def flat(node: Any) -> str:
    """The node without any parentheses: what it means is for the grammar to say."""
    kind, rest = node[0], node[1:]
    if kind == "column":
        return '"' + str(rest[0]) + '"'
    if kind == "value":
        return str(rest[0])
    no = "" if rest[0] else "NOT "
    if kind == "binary":
        return f"{flat(rest[1])} {rest[0]} {flat(rest[2])}"
    if kind == "unary":
        return f"{rest[0]} {flat(rest[1])}"
    if kind == "null":
        return f"{flat(rest[1])} {'ISNULL' if rest[0] else 'NOT NULL'}"
    if kind == "in":
        return f"{flat(rest[1])} {no}IN ({', '.join(flat(item) for item in rest[2])})"
    if kind == "between":
        return f"{flat(rest[1])} {no}BETWEEN {flat(rest[2])} AND {flat(rest[3])}"
    if kind == "like":
        return f"{flat(rest[2])} {no}{rest[1]} {flat(rest[3])}"
    if kind == "collate":
        return f"{flat(rest[0])} COLLATE {rest[1]}"
    if kind == "call":
        return f"{rest[0]}({', '.join(flat(argument) for argument in rest[1])})"
    if kind == "case":
        return f"CASE WHEN {flat(rest[0])} THEN {flat(rest[1])} ELSE {flat(rest[2])} END"
    return f"CAST({flat(rest[0])} AS {rest[1]})"


def in_full(tree: Any) -> str:
    """A canonical tree as SQL with all its parentheses."""
    kind, rest = tree[0], tree[1:]
    if kind == "column":
        return '"' + str(rest[-1]) + '"'
    if kind == "string":
        return "'" + rest[0].replace("'", "''") + "'"
    if kind == "blob":
        return f"x'{rest[0]}'"
    if kind in ("int", "real"):
        return f"({rest[0]!r})"
    if kind == "truth":
        return "TRUE" if rest[0] else "FALSE"
    simple: dict[str, Any] = {
        "null": lambda: "NULL",
        "binary": lambda: f"({in_full(rest[1])} {rest[0]} {in_full(rest[2])})",
        "unary": lambda: f"({rest[0]} {in_full(rest[1])})",
        "not": lambda: f"(NOT {in_full(rest[0])})",
        "and": lambda: "(" + " AND ".join(map(in_full, rest[0])) + ")",
        "or": lambda: "(" + " OR ".join(map(in_full, rest[0])) + ")",
        "is": lambda: f"({in_full(rest[0])} IS {in_full(rest[1])})",
        "is not": lambda: f"({in_full(rest[0])} IS NOT {in_full(rest[1])})",
        "isnull": lambda: f"({in_full(rest[0])} ISNULL)",
        "notnull": lambda: f"({in_full(rest[0])} NOTNULL)",
        "in": lambda: f"({in_full(rest[0])} IN ({', '.join(map(in_full, rest[1]))}))",
        "between": lambda: f"({in_full(rest[0])} BETWEEN {in_full(rest[1])} AND {in_full(rest[2])})",
        "like": lambda: f"({in_full(rest[1])} {rest[0]} {in_full(rest[2])})",
        "collate": lambda: f"({in_full(rest[0])} COLLATE {rest[1]})",
        "call": lambda: f"{rest[0]}({', '.join(map(in_full, rest[2]))})",
        "cast": lambda: f"CAST({in_full(rest[0])} AS {rest[1]})",
        "case": lambda: "CASE "
        + " ".join(f"WHEN {in_full(c)} THEN {in_full(r)}" for c, r in rest[1])
        + f" ELSE {in_full(rest[2])} END",
    }
    return str(simple[kind]())
