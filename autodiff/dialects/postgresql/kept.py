"""Settings that a column, a key or an index loses when it is retyped or made anew: they are set again.

ALTER COLUMN TYPE brings the storage and compression of a column back to the new type's own (PostgreSQL 15 and 18); what
is dropped and made again has lost all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autodiff.dialects.postgresql.fold import without_length
from autodiff.dialects.postgresql.generated import is_made_anew, is_type_made_anew
from autodiff.dialects.postgresql.inheritance import of_table
from autodiff.dialects.postgresql.names import object_name
from autodiff.dialects.postgresql.plan import values_of
from autodiff.dialects.postgresql.settings import ADDED, SAID_AGAIN, may_hold_null
from autodiff.dialects.postgresql.words import literal
from autodiff.kinds import ColumnState, DomainState, EnumState
from autodiff.kinds.column import altered
from autodiff.kinds.domain import columns_of
from autodiff.kinds.step import Sides, Step
from autodiff.operations.data_ops import SqlOp
from autodiff.state import Change, Key, State

OF_THE_TYPE = re.compile(r" SET (STORAGE|COMPRESSION) ")
OF_NOT_NULL = "{not_null}"
# Types of a fixed length, which are stored in one way only.
FIXED = re.compile(
    r'boolean|smallint|integer|bigint|real|double precision|money|"char"|name|uuid|oid|reg\w+|xid\d?|cid|tid|pg_lsn'
    r"|date|time\b.*|timestamp\b.*|interval\b.*|macaddr8?|point|line|lseg|box|circle"
)


def restored(change: Change[Any], sides: Sides) -> Iterator[Step]:
    """The steps that set it again, behind those of the change."""
    if isinstance(change.before, (EnumState, DomainState)) and is_type_made_anew(change, sides.before.snapshot):
        for old, new in moved(change.before.key, sides):
            yield from set_again(Change(old, new), new, sides, is_retyped=True)
    elif change.after is not None and change.after.key.table is not None:
        yield from set_again(change, change.after, sides)
    elif change.after is not None and change.before is None:
        yield from (Step(SqlOp(statement), "create", change.after) for statement in change.after.settings)


def steps_without_not_null(change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
    """The steps to a column whose NOT NULL is NOT VALID, which comes behind them; None for the usual ones."""
    before, after = change.before, change.after
    if before is None or after is None or not before.nullable or after.nullable or not may_hold_null(after.settings):
        return None
    without = after.but(nullable=True)
    return altered(Change(before, without), before, without, sides) if before.differing(without) else ()


def moved(type_: Key, sides: Sides) -> Iterator[tuple[ColumnState, ColumnState]]:
    """The columns that are moved to a type that is made anew, before and after, and stay as they are."""
    for old in columns_of(type_, sides.before.snapshot):
        new = sides.after.snapshot.get(old.key)
        if isinstance(new, ColumnState) and old.computed is None and old.type == new.type:
            yield old, new


def set_again(change: Change[Any], after: State, sides: Sides, *, is_retyped: bool = False) -> Iterator[Step]:
    there = change.before or namesake(after, sides)
    settings = after.settings or (() if there is None else still_true(there, after))
    settings = tuple(setting for setting in settings if not setting.startswith(ADDED))
    if not settings:
        return
    kept = of_the_type(settings, after, sides) if is_retyped else lost(change, settings, sides)
    statements = [template.format(**words(after, there, sides)) for template in kept]
    waiting = after.but(depends_on=after.depends_on | partitions_to_come(after.key.of_table, sides))
    if isinstance(after, ColumnState):
        same = after.but(depends_on=frozenset())  # lets nothing go
        yield from (Step(SqlOp(statement), "alter", waiting, same) for statement in statements)
    else:
        yield from (Step(SqlOp(statement), "create", waiting) for statement in statements)


def restored_below(
    change: Change[Any], children: Iterable[Key], settings: Mapping[Key, Sequence[str]], sides: Sides
) -> Iterator[Step]:
    """What goes with the type of a column that children have from it alone, behind the change of the type.

    :param children: the tables that inherit from the column's.
    :param settings: those of all columns of the database.
    """
    before, after = change.before, change.after
    if not isinstance(before, ColumnState) or not isinstance(after, ColumnState) or made_anew(change, sides):
        return
    if not {"type", "collation"} & set(change.fields):
        return
    for child in children:
        key = of_table(after.key, child)
        stays = child in sides.before.snapshot.objects and child in sides.after.snapshot.objects
        if not stays or key in sides.after.snapshot.objects:
            continue
        there = after.but(key=key, depends_on=frozenset({after.key}))
        for template in of_the_type(settings.get(key, ()), after, sides):
            statement = template.format(**words(there, None, sides))
            yield Step(SqlOp(statement), "alter", there, there.but(depends_on=frozenset()))


def still_true(there: State, after: State) -> list[str]:
    """The settings of what was there, as far as they do not say what changes."""
    changes = bool(there.differing(after))
    return [setting for setting in there.settings if not (changes and setting.startswith(SAID_AGAIN))]


def partitions_to_come(table: Key, sides: Sides) -> frozenset[Key]:
    """What a table gets that is made with its columns: the settings of its partitions' columns and indexes wait for these."""
    is_new = table not in sides.before.snapshot.objects
    return frozenset(each.key for each in sides.words.with_table(table)) if is_new else frozenset()


def namesake(state: State, sides: Sides) -> State | None:
    """What had the name before: one that the models leave unnamed gets the same again."""
    before = sides.before.snapshot
    return before.get(state.key) or before.get(state.key._replace(name=sides.after.name(state)))


def lost(change: Change[Any], settings: Sequence[str], sides: Sides) -> list[str]:
    """Those that the change takes away, and that the object can have afterwards."""
    before, after = change.before, change.after
    if isinstance(after, ColumnState):
        if before is not None and not made_anew(change, sides):
            found = of_the_type(settings, after, sides) if {"type", "collation"} & set(change.fields) else []
            renames_not_null = "nullable" in change.fields and not after.nullable
            return [*found, *(setting for setting in settings if renames_not_null and OF_NOT_NULL in setting)]
        settings = [setting for setting in settings if not (after.nullable and OF_NOT_NULL in setting)]
        if is_fixed(after, sides):
            return [setting for setting in settings if not OF_THE_TYPE.search(setting)]
    elif before is not None and change.fields == ("comment",):
        return []
    return list(settings)


def of_the_type(settings: Sequence[str], column: State, sides: Sides) -> list[str]:
    """Those that go with a column's type; none where the new type does not take them."""
    if not isinstance(column, ColumnState) or is_fixed(column, sides):
        return []
    return [setting for setting in settings if OF_THE_TYPE.search(setting)]


def made_anew(change: Change[ColumnState], sides: Sides) -> bool:
    return "computed" in change.fields or is_made_anew(change, sides.before.snapshot, sides.after.snapshot)


def is_fixed(column: ColumnState, sides: Sides) -> bool:
    """Is the type of one length, so that its values are stored in one way only?"""
    if any(key.kind == "enum" for key in column.depends_on):
        return not str(column.type.canonical).endswith("[]")
    return FIXED.fullmatch(without_length(values_of(str(column.type.canonical), sides.after))) is not None


def words(state: State, there: State | None, sides: Sides) -> dict[str, str]:
    """The names in the statements, as SQL writes them."""
    key: Key = state.key
    name = key.name if isinstance(state, ColumnState) else sides.after.name(state)
    if name is None and there is not None:
        name = sides.before.name(there)
    schema = f"{sides.words.quoted(key.schema)}." if key.schema else ""
    own, table = sides.words.quoted(str(name)), f"{schema}{sides.words.quoted(str(key.table))}"
    return {
        "table": table,
        "table_text": literal(table),
        "name_text": literal(str(name)),
        "name": own,
        "relation": f"{schema}{own}",
        "relation_text": literal(f"{schema}{own}"),
        "schema": schema,
        "sequence": f"{schema}{sides.words.quoted(object_name(str(key.table), str(name), 'seq'))}",
        "not_null": sides.words.quoted(object_name(str(key.table), str(name), "not_null")),
    }
