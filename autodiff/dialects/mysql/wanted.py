"""The models' states in the form in which the database prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Column as ModelColumn

from autodiff.dialects.mysql.backing import implied_indexes
from autodiff.dialects.mysql.lexer import quoted
from autodiff.dialects.mysql.show_create import Check, Index, Part, TableText
from autodiff.dialects.mysql.states import Printed, action, bounds, sequence
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
)
from autodiff.state import Key, Sql, State

S = TypeVar("S", bound=State)

# Engines that read a foreign key and forget it: https://mariadb.com/kb/en/foreign-keys/
WITHOUT_FOREIGN_KEYS = frozenset({"myisam", "aria", "memory", "csv", "archive", "blackhole", "s3"})


def completed(text: TableText, aside: Sequence[IndexState], options: dict[str, str]) -> TableText:
    """A trial as it would have been printed with what temporary tables refuse."""
    if not aside and not options:
        return text
    indexes = (*text.indexes, *(untried(state) for state in aside))
    return replace(text, indexes=indexes, options=tuple(sorted({**dict(text.options), **options}.items())))


def untried(state: IndexState) -> Index:
    """An index over texts or vectors, as it would have been printed."""
    names = [str(c.name) if isinstance(c, ModelColumn) else str(c) for c in state.source.expressions]
    parser = dict(state.options).get("mysql_with_parser")
    return Index(
        state.key.name or "",
        dict(state.options)["mysql_prefix"].upper(),
        tuple(Part(name, quoted(name)) for name in names),
        options=() if parser is None else (("mysql_with_parser", parser),),
    )


def wanted_states(printed: Printed, key: Key, parts: Sequence[State], text: TableText) -> Iterator[tuple[Key, State]]:
    """What the database would make of a table of the models: the model's key, the state.

    :param parts: the model's states of the table, the table's own among them.
    :param text: the trial as printed.
    """
    columns = {column.key.name: column for column in printed.columns(key, text)}
    indexes = {index.name: index for index in text.indexes}
    checks = matched_checks(text.checks, [state for state in parts if isinstance(state, CheckState)])
    uniques = matched_uniques(text.indexes, parts)
    for state in parts:
        if isinstance(state, ColumnState):
            yield state.key, as_column(state, columns[state.key.name])
        elif isinstance(state, TableState):
            yield state.key, kept(state, printed.table(key, text))
        elif isinstance(state, PrimaryKeyState) and text.primary_key is not None:
            yield state.key, kept(state, printed.primary_key(key, text.primary_key))
        elif isinstance(state, UniqueState) and state.key in uniques:
            yield state.key, kept(state, printed.unique(key, uniques[state.key]))
        elif isinstance(state, IndexState) and state.key.name in indexes:
            yield state.key, as_index(state, printed.index(key, indexes[state.key.name]))
        elif isinstance(state, CheckState) and state.key in checks:
            found = printed.check(key, checks[state.key])
            condition = state.condition.as_printed(found.condition.text)
            yield state.key, replace(kept(state, found), condition=condition, of_type=state.of_type)
        elif isinstance(state, ForeignKeyState) and takes_foreign_keys(text):
            yield state.key, as_foreign_key(state)


def takes_foreign_keys(text: TableText) -> bool:
    return (text.option("mysql_engine") or "").lower() not in WITHOUT_FOREIGN_KEYS


def kept(model: State, found: S) -> S:
    """What was printed, with what the model knows besides."""
    return replace(
        found,
        key=model.key,
        unnamed=model.unnamed,
        source=model.source,
        depends_on=model.depends_on | found.depends_on,
    )


def as_column(model: ColumnState, found: ColumnState) -> ColumnState:
    default, computed = found.default, found.computed
    if default is not None and model.default is not None:
        default = model.default.as_printed(default.text)
    if computed is not None and model.computed is not None:
        computed = ComputedValue(model.computed.expression.as_printed(computed.expression.text), computed.stored)
    kept_column = kept(model, found)
    return replace(
        kept_column,
        type=model.type.as_printed(found.type.text),
        default=default,
        computed=computed,
        position=model.position,
    )


def as_index(model: IndexState, found: IndexState) -> IndexState:
    elements = found.elements
    if len(model.elements) == len(elements):
        pairs = zip(model.elements, elements, strict=True)
        elements = tuple(written.as_printed(printed.text) for written, printed in pairs)
    return replace(kept(model, found), elements=elements)


def as_foreign_key(model: ForeignKeyState) -> ForeignKeyState:
    """InnoDB knows neither MATCH nor DEFERRABLE, RESTRICT is its NO ACTION, and a bare name is of the own schema."""
    referred = model.referred
    if model.key.schema is not None and model.source.elements[0].column.table.schema is None:
        referred = referred._replace(schema=model.key.schema)
    wanted = {
        "referred": referred,
        "ondelete": action(model.ondelete),
        "onupdate": action(model.onupdate),
        "match": None,
        "options": (),
        "comment": None,
    }
    same = all(getattr(model, name) == value for name, value in wanted.items())
    return model if same else replace(model, **wanted)  # type: ignore[arg-type]


AUTOMATIC = re.compile(r"(?:CONSTRAINT|.*_chk)_(\d+)", re.S)


def matched_checks(printed: Sequence[Check], models: Sequence[CheckState]) -> dict[Key, Check]:
    """Which printed check is which model's: by name, by column, and the rest in the order of the server's numbers."""
    by_name = {check.name: check for check in printed if check.name is not None}
    by_column = {check.column: check for check in printed if check.column is not None}
    found = {state.key: by_name[state.key.name] for state in models if not state.unnamed and state.key.name in by_name}
    taken = {check.name for check in found.values()}
    numbered = [
        (int(match[1]), check)
        for name, check in by_name.items()
        if name not in taken and (match := AUTOMATIC.fullmatch(name))
    ]
    automatic = iter(check for _, check in sorted(numbered, key=lambda pair: pair[0]))
    unnamed = [state for state in models if state.key not in found]
    for state in sorted(unnamed, key=lambda state: column_of(state) is None):
        column = column_of(state)
        check = by_column.get(column) if column is not None else None
        if check is None and (column is None or not by_column):
            check = next(automatic, None)
        if check is not None:
            found[state.key] = check
    return found


def column_of(state: CheckState) -> str | None:
    """The column that a check of the models stands in."""
    parent: Any = getattr(state.source, "parent", None)
    in_column = isinstance(parent, ModelColumn) and state.source in parent.constraints
    return str(parent.name) if in_column else None


def matched_uniques(indexes: Sequence[Index], parts: Sequence[State]) -> dict[Key, Index]:
    """Which printed unique key is which model's: by name, then by columns."""
    models = [state for state in parts if isinstance(state, UniqueState)]
    others = {state.key.name for state in parts if isinstance(state, IndexState)}
    left = {index.name: index for index in indexes if index.family == "UNIQUE" and index.name not in others}
    found = {state.key: left.pop(state.key.name) for state in models if not state.unnamed and state.key.name in left}
    for state in models:
        if state.key not in found:
            name = next((name for name, index in left.items() if index.columns == state.columns), None)
            if name is not None:
                found[state.key] = left.pop(name)
    return found


def implied_by(parts: Sequence[State], text: TableText, stay: Sequence[Index] = ()) -> list[Index]:
    """The indexes that the server will make for the model's foreign keys (also where the engine forgets these)."""
    foreign_keys = [state for state in parts if isinstance(state, ForeignKeyState)]
    return implied_indexes(text, [(None if s.unnamed else s.key.name, s.columns) for s in foreign_keys], stay)


def as_sequence(model: SequenceState, there: SequenceState | None) -> SequenceState:
    """A sequence with MariaDB's defaults left out.

    Its type (MariaDB 11.5 has others than `bigint`) is the database's: SQLAlchemy says none to MariaDB, whatever models say.
    """
    data_type = None if there is None else there.data_type
    increment = model.increment if model.increment is not None else 1
    down = increment < 0
    lowest, highest = bounds(data_type, down=down)
    low = model.minvalue if model.minvalue is not None else lowest
    high = model.maxvalue if model.maxvalue is not None else highest
    start = model.start if model.start is not None else (high if down else low)
    cache = 1000 if model.cache is None else model.cache
    found = sequence(model.key, start, low, high, increment, cache, cycle=model.cycle, data_type=data_type)
    return kept(model, found)


def as_plain(state: State) -> State:
    """A state whose texts stand for themselves: of a table that the database has not and could not be asked about."""
    if isinstance(state, ColumnState):
        computed = state.computed and ComputedValue(Sql.printed(state.computed.expression.text), state.computed.stored)
        default = state.default and Sql.printed(state.default.text)
        return replace(state, type=Sql.printed(state.type.text), default=default, computed=computed)
    if isinstance(state, CheckState):
        return replace(state, condition=Sql.printed(state.condition.text))
    if isinstance(state, IndexState):
        where = state.where and Sql.printed(state.where.text)
        return replace(state, elements=tuple(Sql.printed(e.text) for e in state.elements), where=where)
    return state
