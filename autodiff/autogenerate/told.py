"""A comparison with all that a preview may say of it: the report, the SQL, the Python."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import MetaData

from autodiff.autogenerate.asking import likely
from autodiff.autogenerate.asking import told as notes_of
from autodiff.autogenerate.comparison import Compared, compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.counting import row_counts, said
from autodiff.autogenerate.statements import statements_of
from autodiff.dialects.hazards import hazards_of
from autodiff.kinds import ColumnState, kinds
from autodiff.kinds.column import MAY_NOT_FIT, has_to_be_null, is_null_at_first
from autodiff.kinds.view import Holders
from autodiff.operations.tree import UpgradeOps
from autodiff.preview import Report, formats
from autodiff.preview.report import line_of_operation, lines_of
from autodiff.redact import redact
from autodiff.state import Change, Key, State

# What NULL does not do.
FAILS_ON_VALUES = ("fails on duplicates", "fails on orphans")


@dataclass(frozen=True)
class Told:
    """:param way: whose statements are told; None for those that lead from the database to the models.
    :param python: the upgrade's operations as Python, where that is the format.
    """

    report: Report
    compared: Compared
    context: AutogenContext
    way: Compared | None = None
    python: str = ""

    def prepared(self, format: str) -> Told:
        """The same with what the format says besides the report, while there is a connection that may be asked."""
        if format in ("sql", "markdown", "json"):
            statements = tuple(statements_of(self.way or self.compared, self.context))
            return replace(self, report=replace(self.report, statements=statements))
        return replace(self, python=python_of(self.compared, self.context)) if format == "python" else self

    def with_way_on(self, words: str) -> Told:
        """The same with other advice under the differences."""
        return replace(self, report=replace(self.report, way_on=words))


def written(told: Told, format: str, *, colour: bool = False, verbose: bool = False) -> str:
    """A report in a format."""
    if format == "text":
        from autodiff.preview.text import text

        notes = notes_of(likely(told.compared))
        return text(told.report, colour=colour, verbose=verbose) + "".join(f"{line}\n" for line in notes)
    if format == "sql":
        return "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in told.report.statements)
    if format == "python":
        return told.python
    return formats[format](told.report)


def tell(context: AutogenContext, position: str) -> Told:
    """Compare, and make the report."""
    compared = compare(context, aloud=False)
    assert context.connection is not None
    url = redact(context.connection.engine.url.render_as_string(hide_password=True))
    judge = Judge(compared, row_counts(compared, context.connection))
    renamed = [(rename.old, rename.new) for rename in compared.renames]
    lines = lines_of(compared.changes, renamed, judge, compared.renamed_parts)
    report = Report(
        database=f"{url} at {position}",
        models=models_of(context),
        lines=[*lines, *map(line_of_operation, compared.found_by_plugins)],
        not_compared=compared.comparison.not_compared,
        how=compared.comparison.how,
    )
    return Told(report, compared, context)


class Judge:
    """What a reviewer must know of a change besides the difference.

    :param rows: about how many rows tables have, by label.
    """

    def __init__(self, compared: Compared, rows: Mapping[str, int]) -> None:
        self.compared = compared
        self.rows = rows

    def size(self, change: Change[State]) -> str:
        """How much goes with a table that is dropped."""
        counted = self.rows.get(change.key.label) if change.kind == "table" and change.verb == "drop" else None
        return "" if counted is None else f", {said(counted)}"

    def note(self, change: Change[State]) -> str:
        """What may go wrong, or is lost."""
        holders = self._holders.of(change.key) if change.after is None else []
        used = f"used by {', '.join(str(holder.key.name) for holder in holders)}" if holders else ""
        return ", ".join(part for part in (self._of_itself(change), used) if part)

    @cached_property
    def _holders(self) -> Holders:
        return Holders(self.compared.comparison.before)

    def _of_itself(self, change: Change[State]) -> str:
        note = kinds[change.kind].note(change)
        if note == MAY_NOT_FIT and self._fits(change):
            return ""
        if note in FAILS_ON_VALUES and self._has_no_values(change):
            return ""
        return "" if note.startswith("fails") and self._held_before(change) else note

    def _held_before(self, change: Change[Any]) -> bool:
        """Is something taken away that asks the same of the rows?"""
        asked = kinds[change.kind].asks_of_rows(change.after) if change.after is not None else None
        return asked is not None and (change.key.of_table, asked) in self._no_longer_asked

    @cached_property
    def _no_longer_asked(self) -> frozenset[tuple[Key, tuple[object, ...]]]:
        gone = [change for change in self.compared.changes if change.after is None and change.key.table is not None]
        asked = (
            (change.key.of_table, kinds[change.kind].asks_of_rows(change.before)) for change in gone if change.before
        )
        return frozenset((table, what) for table, what in asked if what is not None)

    def _has_no_values(self, change: Change[Any]) -> bool:
        """Is the key over a column that comes with it, and is NULL in each row?"""
        needs: frozenset[Key] = getattr(change.after, "depends_on", frozenset())
        return not needs.isdisjoint(self._null_columns)

    @cached_property
    def _null_columns(self) -> frozenset[Key]:
        before, after = self.compared.comparison.before, self.compared.comparison.after
        added = (change.after for change in self.compared.changes if change.before is None)
        columns = [state for state in added if isinstance(state, ColumnState)]
        return frozenset(s.key for s in columns if is_null_at_first(s) or has_to_be_null(s, before, after))

    def _fits(self, change: Change[Any]) -> bool:
        from autodiff.render.review import fits

        if change.kind != "column":
            return False
        if not hazards_of(self.compared.room.dialect).checked_types:
            return True
        comparison = self.compared.comparison
        of = self.compared.room.type_from
        assert change.before is not None
        assert change.after is not None
        return fits(of(change.before, comparison.before), of(change.after, comparison.after))


def models_of(context: AutogenContext) -> str:
    """Where the models come from: ``app.models:Base.metadata, 17 tables``."""
    count = len(context.sorted_tables)
    tables = f"{count} table{'s' if count != 1 else ''}"
    place = place_of(context.metadata) if isinstance(context.metadata, MetaData) else None
    return f"{tables} in target_metadata" if place is None else f"{place}, {tables}"


def place_of(metadata: MetaData) -> str | None:
    """The module and the name under which it can be imported; None where there is none."""
    apart = (*sys.stdlib_module_names, "sqlalchemy", "autodiff", "alembic", "__main__", "env_py")
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] in apart or not hasattr(module, "__file__"):
            continue
        for word, value in list(vars(module).items()):
            if value is metadata:
                return f"{name}:{word}"
            is_base = isinstance(value, type) and value.__module__ == name and "__tablename__" not in vars(value)
            if is_base and vars(value).get("metadata") is metadata:
                return f"{name}:{word}.metadata"
    return None


def python_of(compared: Compared, context: AutogenContext) -> str:
    """The upgrade's operations as Python."""
    from autodiff.render.script import render_flush_left

    return render_flush_left(UpgradeOps(compared.upgrade), context) + "\n"
