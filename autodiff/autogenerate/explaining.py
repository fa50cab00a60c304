"""Why something differs: both forms of it, what the database was asked, and how not to hear of it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

from autodiff.autogenerate.comparison import Compared, compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.diff.filters import OBJECT_KINDS
from autodiff.kinds import ComputedValue, kinds
from autodiff.preview.report import SIGNS
from autodiff.redact import redact
from autodiff.state import Change, NotCompared, Sql, State


@dataclass(frozen=True)
class Form:
    """One differing field, in both forms.

    :param written: as the models write it; as the database printed it.
    :param compared: the canonical forms, models first.
    """

    name: str
    written: tuple[str, str]
    compared: tuple[str, str]


@dataclass(frozen=True)
class Explanation:
    """:param title: the difference in a line.
    :param forms: the fields that differ; empty for what only one side has.
    :param asked: the statement in which the database was asked; empty if it did not have to be.
    :param silence: what to write in env.py so that it is not told again.
    """

    title: str
    forms: Sequence[Form]
    asked: str
    silence: str

    def lines(self) -> Iterator[str]:
        yield self.title
        for form in self.forms:
            yield f"    {form.name}"
            yield f"        models     {form.written[0]}"
            yield f"        database   {form.written[1]}"
            if form.compared != form.written:
                yield f"        compared   {form.compared[0]}"
                yield f"        with       {form.compared[1]}"
        if self.asked:
            yield f"    asked          {self.asked}"
        yield f"    to silence it  {self.silence}"


@dataclass(frozen=True)
class Explained:
    """:param how: how canonical forms were obtained."""

    explanations: Sequence[Explanation]
    how: str
    not_compared: Sequence[NotCompared]

    def lines(self) -> Iterator[str]:
        for explanation in self.explanations:
            yield from explanation.lines()
            yield ""
        if not self.explanations:
            yield "No differences."
        if self.how:
            yield f"The database's own forms were obtained by {self.how}."
        for entry in self.not_compared:
            yield f"not compared: {entry.what}: {' '.join(entry.why.split())}"


def explain(context: AutogenContext, name: str | None) -> Explained:
    """Compare, and explain each difference.

    :param name: only of objects of this name, or of this table: ``orders``, ``orders.total``, ``ck_total``.
    """
    assert context.connection is not None
    with recorded(context.connection) as statements:
        compared = compare(context)
    pieces = [piece for statement in statements for piece in pieces_of(statement)]
    chosen = [change for change in compared.changes if name is None or is_meant(change, name)]
    return Explained(
        [explanation(change, compared, pieces) for change in chosen],
        compared.comparison.how,
        compared.comparison.not_compared,
    )


@contextmanager
def recorded(connection: Connection) -> Iterator[list[str]]:
    """The statements that SQLAlchemy sends meanwhile."""
    statements: list[str] = []

    def remember(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", remember)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", remember)


def is_meant(change: Change[State], name: str) -> bool:
    return name in (change.key.label, change.key.name, change.key.table, change.key.of_table.label)


def explanation(change: Change[State], compared: Compared, pieces: Sequence[str]) -> Explanation:
    kind = kinds[change.kind]
    label = f"{kind.name.replace('_', ' ')} {change.key.label}"
    if change.verb != "alter":
        where = "the models have it, the database does not" if change.verb == "add" else "only the database has it"
        return Explanation(f"{SIGNS[change.verb]} {label}: {where}", (), "", _silence(change))
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    own = after if after.source is not None else compared.comparison.after.get(after.key) or after
    forms = [_form(name, getattr(own, name), getattr(before, name)) for name in change.fields]
    return Explanation(f"{SIGNS['alter']} {label}", forms, _asked(after, pieces), _silence(change))


def _form(name: str, ours: Any, stored: Any) -> Form:
    return Form(name.replace("_", " "), (_written(ours), _written(stored)), (_compared(ours), _compared(stored)))


def _written(value: Any) -> str:
    return _said(value, lambda sql: sql.text)


def _compared(value: Any) -> str:
    return _said(value, lambda sql: str(sql.canonical))


def _said(value: Any, of: Any) -> str:
    if isinstance(value, Sql):
        return redact(" ".join(of(value).split()))
    if isinstance(value, ComputedValue):
        return f"{_said(value.expression, of)}{' stored' if value.stored else ''}"
    if isinstance(value, tuple):
        return f"({', '.join(_said(item, of) for item in value)})"
    return "none" if value is None else str(value)


# The question


def pieces_of(statement: str) -> Iterator[str]:
    """The statements inside of a compound one, their quotes as they were before they were nested."""
    while "''" in statement and re.search(r"\bEXECUTE\b", statement):
        statement = statement.replace("''", "'")
    for piece in re.split(r"\bEXECUTE(?:\s+IMMEDIATE)?\s+E?'", statement):
        yield " ".join(piece.split()).rstrip("'; ")


def _asked(state: State, pieces: Sequence[str]) -> str:
    """The statement with the models' text of the object in it."""
    for text in _texts(state):
        found = [
            piece for piece in pieces if " ".join(text.split()) in piece and piece.startswith(("CREATE", "EXPLAIN"))
        ]
        if found:
            return redact(_around(min(found, key=len), " ".join(text.split())))
    return ""


def _texts(state: State) -> Iterator[str]:
    """The object's pieces of SQL, the most telling first."""
    values = [value for name, value in vars(state).items() if name != "source"]
    for value in values:
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, ComputedValue):
                item = item.expression
            if isinstance(item, Sql) and item.text:
                yield item.text


def _around(piece: str, text: str, room: int = 60) -> str:
    """The piece, cut to what is near the text."""
    start = piece.index(text)
    head = piece if len(piece) <= 2 * room else None
    if head is not None:
        return head
    left, right = max(0, start - room), start + len(text) + room
    return f"{'… ' if left else ''}{piece[left:right].strip()}{' …' if right < len(piece) else ''}"


# Silence

_OPTIONS = {
    "type": "compare_type=False, or a function, in context.configure()",
    "collation": "compare_type=False, or a function, in context.configure()",
    "default": "compare_server_default=False, or a function, in context.configure()",
}


def _silence(change: Change[State]) -> str:
    option = next((_OPTIONS[name] for name in change.fields if change.kind == "column" and name in _OPTIONS), None)
    if option is not None:
        return option
    word = OBJECT_KINDS.get(change.kind)
    if word is None:
        return (
            f"include_name in context.configure(), False for the {change.kind.replace('_', ' ')} {change.key.label!r}"
        )
    name = change.key.name if change.key.name is not None else change.key.table
    return f"include_object in context.configure(), False for type_ == {word!r} and name == {name!r}"
