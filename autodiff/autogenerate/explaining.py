"""Why something differs: both forms of it, what the database was asked, and how not to hear of it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, event

from autodiff.autogenerate.comparison import Compared, compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.diff.filters import OBJECT_KINDS, own_name
from autodiff.diff.renames import Rename
from autodiff.errors import CommandError
from autodiff.kinds import ComputedValue, kinds
from autodiff.kinds.table import whole_tables
from autodiff.preview.report import SIGNS
from autodiff.redact import redact
from autodiff.state import Change, Key, NotCompared, Sql, State


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
    """:param how: how canonical forms were obtained.
    :param name: what was asked about; None for everything.
    """

    explanations: Sequence[Explanation]
    how: str
    not_compared: Sequence[NotCompared]
    name: str | None = None

    def lines(self) -> Iterator[str]:
        for explanation in self.explanations:
            yield from explanation.lines()
            yield ""
        if not self.explanations:
            yield "No differences." if self.name is None else f"No differences in {self.name}."
        if self.how:
            yield f"How they were compared: {self.how}."
        for entry in self.not_compared:
            yield f"not compared: {entry.what}: {' '.join(entry.why.split())}"


def explain(context: AutogenContext, name: str | None) -> Explained:
    """Compare, and explain each difference.

    :param name: only of objects of this name, or of this table: ``orders``, ``orders.total``, ``ck_total``.
    :raises CommandError: neither side has anything of this name.
    """
    assert context.connection is not None
    with recorded(context.connection) as statements:
        compared = compare(context, aloud=False)
    pieces = [piece for statement in statements for piece in pieces_of(statement)]
    whole = whole_tables(compared.changes)
    changes = [c for c in compared.changes if c.key in whole or c.key.table is None or c.key.of_table not in whole]
    if name is not None:
        refuse_unknown(name, compared)
        meant = [change for change in compared.changes if is_meant(change.key, name)]
        changes = [change for change in meant if change in changes] or meant
    renames = [r for r in compared.renames if name is None or is_meant(r.old, name) or is_meant(r.new, name)]
    return Explained(
        [*map(renaming, renames), *(explanation(change, compared, pieces) for change in changes)],
        compared.comparison.how,
        compared.comparison.not_compared,
        name,
    )


def refuse_unknown(name: str, compared: Compared) -> None:
    """:raises CommandError: neither side has anything of this name; what is called nearly so is named."""
    sides = compared.comparison.before.objects, compared.comparison.after.objects
    keys = {key for objects in sides for key in objects} | {rename.old for rename in compared.renames}
    if any(is_meant(key, name) for key in keys):
        return
    near = get_close_matches(name, sorted({key.label for key in keys}), 1)
    raise CommandError(
        f"neither the models nor the database have {name!r}",
        help=f"did you mean {near[0]!r}?" if near else "name a table, table.column, an index or a constraint",
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


def is_meant(key: Key, name: str) -> bool:
    return name in (key.label, key.name, key.table, key.of_table.label)


def renaming(rename: Rename) -> Explanation:
    title = f"{SIGNS['rename']} {rename.old.kind} {rename.old.label}: the models call it {rename.new.label}"
    return Explanation(title, (), "", "take renamed_from out of the models, or --rename from the command")


def explanation(change: Change[State], compared: Compared, pieces: Sequence[str]) -> Explanation:
    kind = kinds[change.kind]
    label = f"{kind.name.replace('_', ' ')} {_label(change)}"
    if change.verb != "alter":
        where = "the models have it, the database does not" if change.verb == "add" else "only the database has it"
        return Explanation(f"{SIGNS[change.verb]} {label}: {where}", (), "", _silence(change))
    before, after = change.before, change.after
    assert before is not None
    assert after is not None
    own = after if after.source is not None else compared.comparison.after.get(after.key) or after
    readable = compared.room.features.canonical_is_sql
    forms = [_form(name, getattr(own, name), getattr(before, name), readable) for name in change.fields]
    return Explanation(f"{SIGNS['alter']} {label}", forms, _asked(after, pieces), _silence(change))


def _label(change: Change[State]) -> str:
    """What the object is called; of an unnamed one, its table and what it says."""
    state = change.after or change.before
    if state is None or not state.unnamed or change.key.table is None:
        return change.key.label
    return f"{change.key.of_table.label} {kinds[change.kind].summary(state)}"


def _form(name: str, ours: Any, stored: Any, readable: bool) -> Form:
    written = (_written(ours), _written(stored))
    return Form(name.replace("_", " "), written, (_compared(ours), _compared(stored)) if readable else written)


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
    for piece in re.split(r"\bEXECUTE(?:\s+IMMEDIATE)?\s+E?'|^;$", statement, flags=re.M):
        yield re.sub(r"'; END$", "", " ".join(piece.split()).rstrip("'; ")).rstrip("'; ")


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
    if len(piece) <= 2 * room:
        return piece
    before, _, after = piece.partition(text)
    # whole words
    head = before if len(before) <= room else f"… {before[-room:].partition(' ')[2]}"
    tail = after if len(after) <= room else f"{after[:room].rpartition(' ')[0]} …"
    return f"{head}{text}{tail}"


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
        return "process_revision_directives in context.configure(), which may take the operation out"
    state = change.after or change.before
    name = None if state is None else own_name(state)
    named = "name is None" if name is None else f"name == {name!r}"
    return f"include_object in context.configure(), False for type_ == {word!r} and {named}"
