"""What a preview says, before it is given a form."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from autodiff.diff.renamed import without
from autodiff.kinds import kinds
from autodiff.kinds.table import whole_tables
from autodiff.operations.tree import MigrateOperation, diff_tuples_of
from autodiff.registry import Registry
from autodiff.state import Change, Key, NotCompared, State

SIGNS = {"add": "+", "drop": "-", "alter": "~", "rename": "→"}


@dataclass(frozen=True)
class Line:
    """One difference.

    :param verb: add, drop, alter or rename.
    :param kind: what people call the kind.
    :param name: the object's name (inside of its table, for a part of one).
    :param detail: what it is, or what differs.
    :param note: what a reviewer must judge.
    :param parts: differences of the parts of an altered table.
    """

    verb: str
    kind: str
    name: str
    detail: str = ""
    note: str = ""
    parts: tuple[Line, ...] = ()

    @property
    def sign(self) -> str:
        return SIGNS[self.verb]

    def swapped(self) -> Line:
        """The same from the other side."""
        return replace(self, verb={"add": "drop", "drop": "add"}.get(self.verb, self.verb))


@dataclass(frozen=True)
class Report:
    """A comparison as people read it.

    :param database: the database's URL, without its password, and where it is in the history.
    :param models: where the models come from.
    :param lines: one per object.
    :param not_compared: what the comparison cannot answer for.
    :param how: how canonical forms were obtained.
    :param statements: the SQL that the differences mean, where it was asked for.
    :param way_on: what to do about differences.
    """

    database: str
    models: str
    lines: Sequence[Line]
    not_compared: Sequence[NotCompared] = ()
    how: str = ""
    statements: Sequence[str] = ()
    way_on: str = 'To write them as a revision: autodiff revision --autogenerate -m "…"'

    @property
    def differences(self) -> int:
        return sum(max(1, len(line.parts)) for line in self.lines)


formats: Registry[Callable[[Report], str]] = Registry("format")
"""Functions that write a report, by the name that `--format` takes."""


class Judge(Protocol):
    """What is known of changes besides the two sides."""

    def size(self, change: Change[State]) -> str:
        """How much goes with it, as the end of its detail."""

    def note(self, change: Change[State]) -> str:
        """What a reviewer must judge."""


class ByKind:
    """Judges by what the kind knows."""

    def size(self, change: Change[State]) -> str:
        return ""

    def note(self, change: Change[State]) -> str:
        return kinds[change.kind].note(change)


BY_KIND = ByKind()


def lines_of(
    changes: Sequence[Change[State]],
    renamed: Sequence[tuple[Key, Key]] = (),
    judge: Judge = BY_KIND,
    renamed_parts: Sequence[Change[State]] = (),
) -> list[Line]:
    """One line per object; the parts of an altered table below it, those of an added or dropped one not at all.

    :param renamed: tables and columns that are renamed, which the changes call by their new names.
    :param renamed_parts: constraints and indexes that are renamed, which are two of the changes.
    """
    whole = whole_tables(changes)
    parts: dict[Key, list[Line]] = {}
    lines: list[Line] = [Line("rename", old.kind, old.label, f"now {new.label}") for old, new in renamed]
    order: list[Key | Line] = []
    names = {id(change) for change in renamed_parts}
    for change in [*without(changes, renamed_parts), *renamed_parts]:
        table = change.key.of_table if change.key.table is not None else None
        if table is None or table in whole:
            if table is None or change.kind == "table":
                order.append(line_of(change, changes, judge))
            continue
        if table not in parts:
            parts[table] = []
            order.append(table)
        parts[table].append(renamed_part(change) if id(change) in names else part_of(change, changes, judge))
    found = [e if isinstance(e, Line) else Line("alter", "table", e.label, parts=tuple(parts[e])) for e in order]
    return [*lines, *sorted(found, key=_place)]


def _place(line: Line) -> tuple[bool, str, str]:
    """What is outside of tables first, then by name."""
    return (line.kind == "table", line.kind, line.name)


def renamed_part(change: Change[State]) -> Line:
    """A constraint or an index that gets another name, and nothing else."""
    return Line("rename", change.kind.replace("_", " "), own_name(change.before), f"now {own_name(change.after)}")


def own_name(state: Any) -> str:
    """The name inside of its table; a primary key's is none of its key."""
    return str(getattr(state, "name", None) or state.key.name)


def part_of(change: Change[State], changes: Sequence[Change[State]], judge: Judge) -> Line:
    return of_itself(change, judge) if change.kind == "table" else line_of(change, changes, judge)


def of_itself(change: Change[State], judge: Judge) -> Line:
    """What a table itself differs in, as one of its parts."""
    word, _, detail = kinds[change.kind].difference(change).partition(" ")
    return Line(change.verb, word, "", detail, judge.note(change))


def line_of(change: Change[State], changes: Sequence[Change[State]], judge: Judge) -> Line:
    kind = kinds[change.kind]
    inside = change.key.table is not None and change.kind != "table"
    name = (change.key.name or "") if inside else change.key.label
    state = change.after or change.before
    if change.verb == "alter":
        detail = kind.difference(change)
    elif change.kind == "table":
        columns = sum(1 for c in changes if c.kind == "column" and c.key.of_table == change.key)
        detail = f"{columns} column{'s' if columns != 1 else ''}{judge.size(change)}"
    else:
        detail = kind.summary(state)
    unnamed = "" if name.startswith("~") else name
    return Line(change.verb, kind.name.replace("_", " "), unnamed, detail, judge.note(change))


_VERBS = {
    **dict.fromkeys(("Add", "Create", "Grant", "Insert", "Make"), "add"),
    **dict.fromkeys(("Delete", "Drop", "Remove", "Revoke", "Unmake"), "drop"),
}


def line_of_operation(op: MigrateOperation) -> Line:
    """A difference that only a plugin knows of: its operation says what it is."""
    name = type(op).__name__.removesuffix("Op")
    try:
        said = " ".join(str(word) for word in chain.from_iterable(diff_tuples_of(op)))
    except NotImplementedError:
        said = ""
    first = re.match("[A-Z][a-z]*", name)
    verb = _VERBS.get(first[0], "alter") if first else "alter"
    return Line(verb, "plugin", name, textwrap.shorten(said, 72, placeholder="…"))


def closing(report: Report) -> str:
    """The sentence under the lines."""
    if not report.lines:
        return "No differences."
    count, objects = report.differences, len(report.lines)
    said = f"{count} difference{'s' if count != 1 else ''} in {objects} object{'s' if objects != 1 else ''}."
    return f"{said} {report.way_on}"
