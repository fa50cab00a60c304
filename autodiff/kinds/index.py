"""Indexes, with every attribute that a database stores of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from sqlalchemy import Column, Index
from sqlalchemy.schema import CreateIndex

from autodiff.kinds.constraint import is_made, keys_of_columns, named_or_numbered, place_of_keys
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.kinds.table import keywords_given, options_of
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp, RenameIndexOp
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Sql, State
from autodiff.state.state import Options, frozen

log = logging.getLogger(__name__)


@frozen
class IndexState(State):
    """:param elements: the keys in order: a column or an expression, with collation, operator class, direction and
        length as this database writes them.
    :param where: the predicate of a partial index.
    :param options: by SQLAlchemy's keyword: ``postgresql_using``, ``postgresql_include``,
        ``postgresql_with.fillfactor``, ``mysql_prefix`` …; those at their default left out.
    :param option_order: the names of options in the order in which the database keeps them, where it keeps one.
    :param valid: False for an index that the database itself calls invalid.
    """

    elements: tuple[Sql, ...]
    unique: bool = False
    where: Sql | None = None
    comment: str | None = None
    options: Options = ()
    option_order: tuple[str, ...] = field(default=(), compare=False)
    valid: bool = True


# Said by `elements` and `where`; not options.
_IN_THE_ELEMENTS = ("_where", "_ops", "_length", "_operator_class")


def each_once(models: Models, indexes: list[Index]) -> list[Index]:
    """Without an index that says again what another of the same name says (`index=True`, and an `Index` beside it)."""
    names = [str(index.name) for index in indexes]
    if len(set(names)) == len(names):
        return indexes
    said = {str(CreateIndex(index).compile(dialect=models.twin)): index for index in reversed(indexes)}
    return [index for index in indexes if index.name is None or index in said.values()]


class IndexKind(Kind[IndexState]):
    name = "index"

    def summary(self, state: IndexState) -> str:
        where = f" where {state.where.text}" if state.where else ""
        unique = "unique " if state.unique else ""
        options = "".join(f" {name.partition('_')[2]} {value}" for name, value in state.options)
        invalid = "" if state.valid else " INVALID"
        return f"{unique}({', '.join(e.text for e in state.elements)}){where}{options}{invalid}"

    def place(self, change: Change[IndexState]) -> str:
        return place_of_keys(change, lambda state: tuple(element.text for element in state.elements))

    def asks_of_rows(self, state: IndexState) -> tuple[object, ...] | None:
        return ("unique", tuple(e.text for e in state.elements)) if state.unique and state.where is None else None

    def note(self, change: Change[IndexState]) -> str:
        return (
            "fails on duplicates" if change.before is None and change.after is not None and change.after.unique else ""
        )

    def read(self, models: Models) -> Iterator[IndexState]:
        for table in models.tables:
            made = (index for index in table.indexes if is_made(models, index) and _has_keys(index))
            found = sorted(made, key=lambda index: str(index.name))
            for named, index in named_or_numbered(models, self.name, table, each_once(models, found)):
                yield self._state(models, named, index)

    @staticmethod
    def _state(models: Models, named: dict[str, Any], index: Index) -> IndexState:
        given = keywords_given(index)
        options, where = options_of(given, models.dialect.name), given.get(f"{models.dialect.name}_where")
        columns = [column for column in index.columns if isinstance(column, Column)]
        return IndexState(
            **named,
            elements=tuple(_element(models, element) for element in index.expressions),
            unique=bool(index.unique),
            where=None if where is None else Sql(_text(models, where)),
            options=tuple(pair for pair in options if not pair[0].split(".")[0].endswith(_IN_THE_ELEMENTS)),
            depends_on=keys_of_columns(models, columns) or frozenset({named["key"].of_table}),
            source=index,
        )

    def steps(self, change: Change[IndexState], sides: Sides) -> Iterator[Step]:
        if change.before is not None:
            dropped = index_dropped(change.before, sides)
            if sides.words.goes_by_itself(change.before, sides):
                dropped.if_exists = True
            yield Step(dropped, "drop", change.before)
        if change.after is not None and not comes_with_its_table(change.after, sides):
            yield Step(created(change.after, sides), "create", change.after)

    def renamed(self, change: Change[IndexState], sides: Sides) -> Step:
        assert change.before is not None, "an alteration"
        assert change.after is not None, "an alteration"
        dropped = index_dropped(change.before, sides)
        operation = RenameIndexOp(
            dropped.index_name,
            str(sides.after.name(change.after)),
            table_name=dropped.table_name,
            schema=dropped.schema,
        )
        operation.instead_of = (dropped, created(change.after, sides))
        return Step(operation, "alter", change.after, change.before)


def index_dropped(state: IndexState, sides: Sides) -> DropIndexOp:
    operation = DropIndexOp.from_index(sides.before.thing(state))
    operation.index_name = sides.before.name(state)  # type: ignore[assignment]
    return operation


def _has_keys(index: Index) -> bool:
    if not len(index.expressions):
        log.warning("index %s of table %s names no columns: no database can make it; left out", index.name, index.table)
    return bool(len(index.expressions))


def comes_with_its_table(state: IndexState, sides: Sides) -> bool:
    """Is the table made by a statement of its own, which makes the keys, too?"""
    table = state.key.of_table
    is_new = state.source is None and sides.before.snapshot.get(table) is None
    return is_new and sides.words.table_sql(table) is not None


def created(state: IndexState, sides: Sides) -> MigrateOperation:
    sql = sides.words.index_sql(state) if state.source is None else None
    if sql is not None:
        return SqlOp(sql)
    operation = CreateIndexOp.from_index(sides.after.thing(state))
    operation.index_name = sides.after.name(state)
    return operation


def _element(models: Models, element: Any) -> Sql:
    if isinstance(element, Column):
        return Sql(str(models.twin.identifier_preparer.quote(models.name(element.name))))
    return Sql(_text(models, element))


def _text(models: Models, expression: Any) -> str:
    return expression if isinstance(expression, str) else models.expression_text(expression)
