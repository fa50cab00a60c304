"""Python source as a tree of calls and literals, and its layout: black's own form, or one flat line."""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

WIDTH = 88
"""Black's default line length, in columns; scripts are written for it, whatever the project itself uses."""


class Node:
    """An expression."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Code(Node):
    """A name, number or other text that is never split: ``sa.Integer``, ``None``, ``-1``."""

    text: str


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A string or bytes literal; its quotes are chosen when it is written."""

    value: str | bytes


@dataclass(frozen=True, slots=True)
class Argument(Node):
    """An argument of a call.

    :param name: the keyword; None for a positional argument; ``"*"`` and ``"**"`` for unpacked ones.
    :param implied: the callee's default: said in the spelled-out form only.
    :param by_place: the keyword may be left out, since the argument stands at its place in the signature.
    """

    value: Node
    name: str | None = None
    implied: bool = False
    by_place: bool = False


class Lines(Enum):
    """How the arguments of a call are put on lines in the spelled-out form."""

    ONE = "all on one"
    TABLE = "an argument per line, the first one beside the bracket"
    BLOCK = "an argument per line, indented"
    HANGING = "a keyword per line, below the other arguments"

    def inner(self, arguments: Sequence[tuple[str, bool]]) -> str:
        """What stands between the brackets.

        :param arguments: the text of each, and whether it is a keyword.
        """
        texts = [text for text, _ in arguments]
        if self is Lines.TABLE:
            return ",\n".join(texts) + "\n"
        if self is Lines.BLOCK:
            return "\n" + ",\n".join(f"    {text}" for text in texts) + "\n"
        if self is Lines.HANGING:
            gaps = [""] + [",\n" + " " * 11 if is_keyword else ", " for _, is_keyword in arguments[1:]]
            return "".join(gap + text for gap, text in zip(gaps, texts, strict=True))
        return ", ".join(texts)


@dataclass(frozen=True, slots=True)
class Call(Node):
    """:param tall: one argument per line, even where all would fit on one.
    :param lines: the lines of the spelled-out form.
    :param spelled: the arguments in the order of the spelled-out form, where that is another one.
    """

    callee: Node
    arguments: tuple[Argument, ...] = ()
    tall: bool = False
    lines: Lines = Lines.ONE
    spelled: tuple[Argument, ...] | None = None


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class Display(Node):
    """A list, tuple, set or dict; the items of a dict are `Pair`."""

    opening: str
    items: tuple[Node, ...]
    closing: str


@dataclass(frozen=True, slots=True)
class Pair(Node):
    key: Node
    value: Node


@dataclass(frozen=True, slots=True)
class Spelled(Node):
    """One thing in two spellings: that of our scripts, and the one that plugins and tests know from elsewhere."""

    short: Node
    long: Node


#: What stands in the spelled-out form where a call has nothing more to say: ``Computed('7', )``.
NOTHING_MORE = Argument(Code(""), implied=True)


def call(callee: str | Node, *arguments: Node, **keywords: Node | None) -> Call:
    """A call; keywords that are None are left out."""
    args = [a if isinstance(a, Argument) else Argument(a) for a in arguments]
    args += [keyword(name, value) for name, value in keywords.items() if value is not None]
    return Call(Code(callee) if isinstance(callee, str) else callee, tuple(args))


def keyword(name: str, value: Node) -> Argument:
    """The value under its keyword; an `Argument` keeps what it says of itself."""
    return replace(value, name=name) if isinstance(value, Argument) else Argument(value, name)


def method(target: Node, name: str, *arguments: Node, **keywords: Node | None) -> Call:
    return call(Attribute(target, name), *arguments, **keywords)


def spelled_in_order(node: Call, order: Sequence[str], without: Container[str] = ()) -> Call:
    """The call whose keywords the spelled-out form has in this order.

    :param order: names of keywords; ``"*"`` is where all others stand, else they stand last.
    :param without: keywords that it has not.
    """
    others = order.index("*") if "*" in order else len(order)

    def place(argument: Argument) -> int:
        return -1 if argument.name is None else order.index(argument.name) if argument.name in order else others

    return replace(node, spelled=tuple(sorted((a for a in node.arguments if a.name not in without), key=place)))


def listing(items: Iterable[Node]) -> Display:
    return Display("[", tuple(items), "]")


def display(value: Sequence[Any] | Mapping[Any, Any], node_of: Callable[[Any], Node]) -> Display:
    """A list, tuple or dict, with what each item is as source."""
    if isinstance(value, Mapping):
        return Display("{", tuple(Pair(node_of(key), node_of(item)) for key, item in value.items()), "}")
    items = tuple(map(node_of, value))
    return Display("(", items, ")") if isinstance(value, tuple) else listing(items)


# -- literals ----------------------------------------------------------------------------------------------------------


def quoted(value: str | bytes, quote: str | None = None) -> str:
    """The literal of a text, on one line, in printable characters.

    :param quote: the quote to use; None chooses as black does: double quotes, unless single ones save a backslash.
    """
    body = repr(value)
    prefix = "b" if isinstance(value, bytes) else ""
    body = body[len(prefix) + 1 : -1]
    # repr escapes a quote only where both kinds occur (then the single one).
    body = body.replace("\\'", "'") if "\\'" in body and '"' in body else body
    body = "".join(_visible(c) for c in body) if not body.isascii() else body
    doubles, singles = body.count('"'), body.count("'")
    chosen = quote or ('"' if doubles <= singles else "'")
    return f"{prefix}{chosen}{body.replace(chosen, chr(92) + chosen)}{chosen}"


def _visible(character: str) -> str:
    """The character, or its escape where it does not show, or where Unicode's versions disagree about its width."""
    if character.isascii() or _has_certain_width(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"


def _has_certain_width(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] not in "LNPS" or unicodedata.combining(character):
        return False
    # Symbols: emoji are wide; others have turned from narrow to wide (Unicode 16: U+2630, U+4DC0 …).
    certain = category not in ("So", "No", "Sk") or ord(character) < 0x2600
    return certain or (category == "So" and _width_of(character) == 2)


def _width_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def width(text: str) -> int:
    """Columns that a line takes on a terminal, as black counts them."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


# -- lines: a line is pieces, a piece is text or a bracket with its items -------------------------------------------------


class _Bracket:
    """A pair of brackets and the items between them.

    :ivar text: all of it on one line.
    :ivar tall: it, or a bracket inside, is to be split even where it would fit.
    :ivar apart: black splits it into one item per line, if it splits it.
    """

    __slots__ = ("apart", "closing", "items", "opening", "tall", "text")

    def __init__(
        self,
        brackets: str,
        items: tuple[_Line, ...],
        *,
        tall: bool = False,
        display: bool = False,
        comma: bool = False,
        inner: str | None = None,
    ) -> None:
        """:param display: of a list, tuple, set or dict, not of a call.
        :param inner: what stands between the brackets, where that is not all items on one line.
        :param comma: of the tuple of one, whose comma belongs to it.
        """
        self.opening, self.closing, self.items = brackets[0], brackets[1], items
        inner = ", ".join(map(_text, items)) if inner is None else inner
        self.text = f"{self.opening}{inner}{',' if comma else ''}{self.closing}"
        self.tall: bool = bool(items) and (tall or any(map(_has_tall, items)))
        self.apart = tall or comma or (display and len(items) > 1)


_Piece = str | _Bracket
_Line = Sequence[_Piece]


@dataclass(frozen=True, slots=True)
class Style:
    """How an expression is spelled.

    :param quote: the quote of every string; None is black's choice.
    :param spelled_out: arguments that only repeat a default are written, and every keyword is.
    """

    quote: str | None = None
    spelled_out: bool = False

    def pieces(self, node: Node) -> tuple[_Piece, ...]:
        if isinstance(node, Code):
            return (node.text,)
        if isinstance(node, Literal):
            return (repr(node.value) if self.spelled_out else quoted(node.value, self.quote),)
        if isinstance(node, Call):
            given = node.arguments if node.spelled is None or not self.spelled_out else node.spelled
            arguments = list(self._arguments(given))
            items = tuple([self.pieces(argument) for argument in arguments])
            inner = None
            if self.spelled_out and node.lines is not Lines.ONE:
                inner = node.lines.inner(
                    [(_text(i), a.name is not None) for i, a in zip(items, arguments, strict=True)]
                )
            return (*self.pieces(node.callee), _Bracket("()", items, tall=node.tall, inner=inner))
        if isinstance(node, Spelled):
            return self.pieces(node.long if self.spelled_out else node.short)
        if isinstance(node, Attribute):
            return (*self.pieces(node.target), f".{node.name}")
        if isinstance(node, Argument):
            before = "" if node.name is None else node.name if node.name.startswith("*") else f"{node.name}="
            return _joined((before, *self.pieces(node.value)))
        if isinstance(node, Pair):
            return _joined((*self.pieces(node.key), ": ", *self.pieces(node.value)))
        if isinstance(node, Display):
            items = tuple([self.pieces(item) for item in node.items])
            alone = node.opening == "(" and len(items) == 1
            return (_Bracket(node.opening + node.closing, items, display=True, comma=alone),)
        raise TypeError(f"not an expression: {node!r}")

    def _arguments(self, arguments: Sequence[Argument]) -> Iterator[Argument]:
        """Those that are written; a keyword is left out while all arguments before it stand by place, too."""
        placed = True
        for argument in arguments:
            if argument.implied and not self.spelled_out:
                placed = placed and not argument.by_place
            elif argument.by_place and placed and not self.spelled_out:
                yield replace(argument, name=None)
            else:
                placed = placed and argument.name is None
                yield argument


def _joined(pieces: Sequence[_Piece]) -> tuple[_Piece, ...]:
    """The pieces, neighbouring texts made one."""
    out: list[_Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and out and isinstance(out[-1], str):
            out[-1] += piece
        elif piece != "":
            out.append(piece)
    return tuple(out)


SHORT = Style()
SPELLED_OUT = Style(quote="'", spelled_out=True)


def flat(node: Node, style: Style = SHORT) -> str:
    """The expression on one line."""
    return _text(style.pieces(node))


def layout(node: Node, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """The expression as a statement, in black's form.

    :param indent: columns that the statement is indented by.
    :param before, after: what else belongs to the line (``with …``, ``… as batch_op:``).
    """
    return list(_split((before, *SHORT.pieces(node), after), indent, inside=False))


def _text(line: _Line) -> str:
    return "".join([piece if isinstance(piece, str) else piece.text for piece in line])


def _has_tall(line: _Line) -> bool:
    return any(isinstance(piece, _Bracket) and piece.tall for piece in line)


def _split(line: _Line, indent: int, inside: bool) -> Iterator[str]:
    """Black's rules for a line: whole if it fits; else, inside brackets, before the dots of a chain; else at its last
    bracket (right hand split)."""
    text = " " * indent + _text(line)
    if width(text) <= WIDTH and not _has_tall(line):
        yield text
        return
    if inside and (links := _links(line)):
        for link in links:
            yield from _split(link, indent, inside=True)
        return
    at = _bracket_to_open(line, indent)
    if at is None:
        yield text
        return
    bracket = line[at]
    assert isinstance(bracket, _Bracket)
    yield from _split((*line[:at], bracket.opening), indent, inside)
    yield from _body(bracket, indent + 4)
    yield from _split((bracket.closing, *line[at + 1 :]), indent, inside)


def _body(bracket: _Bracket, indent: int) -> Iterator[str]:
    """What stands between split brackets: arguments on one line if they fit, else an item per line, each with a comma."""
    text = " " * indent + ", ".join(map(_text, bracket.items))
    if not bracket.apart and not any(map(_has_tall, bracket.items)) and width(text) <= WIDTH:
        yield text
    elif len(bracket.items) > 1 or bracket.apart:
        for item in bracket.items:
            yield from _split((*item, ","), indent, inside=True)
    else:
        yield from _split(bracket.items[0], indent, inside=True)


def _links(line: _Line) -> list[_Line]:
    """The line cut before each method of a chain, if there are two or more: black never cuts at a lonely one."""
    cuts = [
        at
        for at, piece in enumerate(line)
        if at and isinstance(piece, str) and piece.startswith(".") and isinstance(line[at - 1], _Bracket)
    ]
    if len(cuts) < 2:
        return []
    return [line[start:end] for start, end in zip([0, *cuts], [*cuts, len(line)], strict=True)]


def _bracket_to_open(line: _Line, indent: int) -> int | None:
    """The last bracket, or an earlier one where only that makes the head short enough and what follows is short."""
    last = None
    for at in range(len(line) - 1, -1, -1):
        piece = line[at]
        if not isinstance(piece, _Bracket) or not piece.items:
            continue
        if last is None:
            last = at
        elif indent + width(piece.closing + _text(line[at + 1 :])) > WIDTH:
            break
        if width(" " * indent + _text(line[:at]) + piece.opening) <= WIDTH:
            return at
    return last


# -- reading ------------------------------------------------------------------------------------------------------------


def parse(source: str) -> Node | None:
    """The tree of an expression made of calls, names and literals; None if it is anything else, or not Python."""
    try:
        return from_ast(ast.parse(source, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError):
        return None


def from_ast(node: ast.AST) -> Node | None:
    """The tree of a parsed expression, or None if it has parts that this module does not write."""
    try:
        return _read(node)
    except _Foreign:
        return None


class _Foreign(Exception):
    """A construct that is none of ours."""


def _read(node: ast.AST) -> Node:
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Name):
        return Code(node.id)
    if isinstance(node, ast.Attribute):
        target = _read(node.value)
        return Code(f"{target.text}.{node.attr}") if isinstance(target, Code) else Attribute(target, node.attr)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return Code(f"-{_read(node.operand).text}")  # type: ignore[attr-defined]
    if isinstance(node, ast.Call):
        arguments = [
            Argument(_read(a.value), "*") if isinstance(a, ast.Starred) else Argument(_read(a)) for a in node.args
        ]
        arguments += [Argument(_read(k.value), k.arg or "**") for k in node.keywords]
        return Call(_read(node.func), tuple(arguments))
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        brackets = {ast.List: "[]", ast.Tuple: "()", ast.Set: "{}"}[type(node)]
        return Display(brackets[0], tuple(map(_read, node.elts)), brackets[1])
    if isinstance(node, ast.Dict) and all(node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        return Display("{", tuple(Pair(_read(k), _read(v)) for k, v in pairs if k), "}")
    raise _Foreign


def _constant(value: Any) -> Node:
    if isinstance(value, str | bytes):
        return Literal(value)
    if value is None or value is ... or isinstance(value, bool | int | float | complex):
        return Code("..." if value is ... else repr(value))
    raise _Foreign
