"""Renames: accepted ones are carried through a snapshot, likely ones are found with their evidence. Never silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from autodiff.errors import UsageError
from autodiff.kinds import ColumnState, PrimaryKeyState, TableState
from autodiff.kinds.check import standing_in
from autodiff.kinds.column import ComputedValue
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.table_ops import RenameTableOp
from autodiff.operations.tree import MigrateOperation, ModifyTableOps
from autodiff.state import Change, Key, Snapshot, Sql, State

# How much of two tables, or of two columns, must be alike for a rename to be worth asking about.
_ALIKE = 0.6


@dataclass(frozen=True)
class Rename:
    """One accepted rename. For a column, `old` names the table as it is called before, `new` as it is called after."""

    old: Key
    new: Key


def parsed(written: Sequence[str], before: Snapshot, after: Snapshot) -> list[Rename]:
    """Renames from ``old=new``: ``carts=baskets`` for a table, ``orders.total=amount`` (or ``orders.amount``) for a column.

    :raises UsageError: there is no such object to rename, or nothing of the new name.
    """
    return [_parsed(text, before, after) for text in written]


def _parsed(text: str, before: Snapshot, after: Snapshot) -> Rename:
    old_name, equals, new_name = text.partition("=")
    if not equals or not old_name or not new_name:
        raise UsageError(
            f"--rename {text!r} is not of the form old=new", help="for example --rename orders.total=amount"
        )
    old = next((key for key in before.objects if key.kind in ("table", "column") and key.label == old_name), None)
    if old is None:
        raise UsageError(f"--rename {text!r}: the database has no table or column {old_name!r}")
    for new in after.objects:
        if new.kind == old.kind and (
            new.label == new_name or (new.kind == "column" and new.name == new_name and _same_table(old, new))
        ):
            return Rename(old, new)
    raise UsageError(f"--rename {text!r}: the models have no {old.kind} {new_name!r}")


def _same_table(old: Key, new: Key) -> bool:
    return (old.schema, old.table) == (new.schema, new.table)


def told_by_models(after: Snapshot) -> Iterator[Rename]:
    """Renames that models carry as ``info={"renamed_from": "old name"}``, those that are made already among them."""
    for state in after.objects.values():
        if not isinstance(state, (TableState, ColumnState)):
            continue
        former = (getattr(state.source, "info", None) or {}).get("renamed_from")
        if not former:
            continue
        old = (
            Key("table", state.key.schema, str(former))
            if isinstance(state, TableState)
            else state.key._replace(name=str(former))
        )
        yield Rename(old, state.key)


def told_by_case(before: Snapshot, after: Snapshot, new: Sequence[State], any_case: frozenset[str]) -> Iterator[Rename]:
    """Objects whose names differ in nothing but the case, where that makes no other object of them.

    :param new: the objects of the models that the database does not have.
    :param any_case: the kinds of which that holds.
    """
    renamed = [state.key for state in new if state.key.kind in any_case]
    gone = [key for key in before.objects if key.kind in any_case and key not in after.objects] if renamed else []
    there = {_in_one_case(key, any_case): key for key in gone}
    for key in renamed:
        old = there.get(_in_one_case(key, any_case))
        if old is not None and _own_name(old) != _own_name(key):
            yield Rename(old, key)


def _own_name(key: Key) -> str | None:
    return key.table if key.kind == "table" else key.name


def _in_one_case(key: Key, any_case: frozenset[str]) -> Key:
    table = key.table.lower() if key.table is not None and "table" in any_case else key.table
    return key._replace(table=table, name=None if key.name is None else key.name.lower())


def still_to_do(renames: Sequence[Rename], before: Snapshot, after: Snapshot) -> list[Rename]:
    """Tables first (columns of a renamed table are looked for under its old name); what is done already left out."""
    told = {rename.new: rename.old for rename in renames if rename.old.kind == "table"}
    tables = {new: old for chain in chains(told, before) if chain[-1][1] not in after.objects for new, old in chain}
    columns: dict[Key, Key] = {}
    in_models: dict[Key, Key] = {}
    for rename in (r for r in renames if r.old.kind == "column"):
        table = tables.get(rename.new.of_table, rename.new.of_table)
        there = rename.new._replace(schema=table.schema, table=table.table)
        columns[there] = there._replace(name=rename.old.name)
        in_models[there] = rename.new
    found = [Rename(old, new) for new, old in tables.items()]
    return found + [Rename(old, in_models[new]) for chain in chains(columns, before) for new, old in chain]


def chains(renames: Mapping[Key, Key], before: Snapshot) -> Iterator[list[tuple[Key, Key]]]:
    """Renames (new, old) to a name that is free, each with those that the one before it makes way for: b → c, then a → b.

    Those to a name that is taken, and stays so, have been made already, or never can be.
    """
    for new, old in renames.items():
        if new in before.objects or old not in before.objects:
            continue
        chain = [(new, old)]
        while (following := renames.get(chain[-1][1])) is not None and following in before.objects:
            chain.append((chain[-1][1], following))
        yield chain


# An expression in which columns have other names: the expression, the new names by the old ones, is it a key of an index?
Reword = Callable[[Sql, Mapping[str, str], bool], Sql]


def carried(before: Snapshot, renames: Sequence[Rename], reword: Reword, *, defaults: bool = False) -> Snapshot:
    """The snapshot as it is once these renames have been made.

    :param defaults: a column's default may name other columns.
    """
    tables = {r.old: r.new for r in renames if r.old.kind == "table"}
    columns = {r.old: str(r.new.name) for r in renames if r.old.kind == "column"}
    states = (_carried(state, tables, columns, reword, defaults) for state in before.objects.values())
    return Snapshot.of(states, before.server, canonical=before.canonical)


def keeping_names(before: Snapshot, after: Snapshot, renames: Sequence[Rename]) -> Snapshot:
    """`after` with the primary keys of renamed tables under the names that they have in `before`, where the models give
    them none: the database does not rename them with their table, and making them anew takes time and locks."""
    kept: dict[Key, State] = {}
    for table in (rename.new for rename in renames if rename.new.kind == "table"):
        key = table._replace(kind="primary_key")
        there, wanted = before.get(key), after.get(key)
        if isinstance(there, PrimaryKeyState) and isinstance(wanted, PrimaryKeyState) and wanted.unnamed:
            kept[key] = wanted.but(name=there.name)
    return replace(after, objects={**after.objects, **kept}) if kept else after


def _carried(
    state: State, tables: Mapping[Key, Key], columns: Mapping[Key, str], reword: Reword, defaults: bool
) -> State:
    in_columns = {
        old._replace(kind="check", name=standing_in(str(old.name))): standing_in(new) for old, new in columns.items()
    }

    def moved(key: Key) -> Key:
        name = columns.get(key, key.name) if key.kind == "column" else in_columns.get(key, key.name)
        table = tables.get(key.of_table) if key.table is not None else None
        return (
            key._replace(name=name)
            if table is None
            else key._replace(schema=table.schema, table=table.table, name=name)
        )

    def of(table: Key) -> dict[str, str]:
        return {str(old.name): new for old, new in columns.items() if old.of_table == table}

    changed: dict[str, Any] = {"key": moved(state.key), "depends_on": frozenset(map(moved, state.depends_on))}
    own = of(state.key.of_table) if state.key.table is not None else {}
    if own:
        changed |= _with_names(state, own, reword, defaults)
    referred = getattr(state, "referred", None)
    if referred is not None:
        names = of(referred)
        changed["referred"] = moved(referred)
        changed["referred_columns"] = tuple(names.get(name, name) for name in state.referred_columns)  # type: ignore[attr-defined]
    return replace(state, **changed)


def _with_names(state: State, names: Mapping[str, str], reword: Reword, defaults: bool) -> dict[str, Any]:
    """The fields of a state in which columns of its own table are named."""
    changed: dict[str, Any] = {}
    if hasattr(state, "columns"):
        changed["columns"] = tuple(names.get(name, name) for name in state.columns)
    for field in fields(state):
        value = getattr(state, field.name)
        if field.name in ("type", "key") or (field.name == "default" and not defaults):
            continue
        if isinstance(value, Sql):
            changed[field.name] = reword(value, names, False)
        elif isinstance(value, tuple) and value and isinstance(value[0], Sql):
            changed[field.name] = tuple(reword(sql, names, field.name == "elements") for sql in value)
        elif isinstance(value, ComputedValue) and is_dataclass(value):
            changed[field.name] = replace(value, expression=reword(value.expression, names, False))
    return changed


def rename_operations(renames: Sequence[Rename]) -> list[MigrateOperation]:
    """The operations that make the renames: tables, then columns in the renamed tables."""
    return [_operation(rename.old, rename.new) for rename in renames]


def rename_back_operations(renames: Sequence[Rename]) -> list[MigrateOperation]:
    """The operations that undo the renames, in the opposite order."""
    tables = {r.new: r.old for r in renames if r.old.kind == "table"}
    columns = [r for r in renames if r.old.kind == "column"]
    back = [_operation(r.new, r.new._replace(name=r.old.name)) for r in reversed(columns)]
    return [*back, *(_operation(new, old) for new, old in reversed(list(tables.items())))]


def _operation(old: Key, new: Key) -> MigrateOperation:
    if old.kind == "table":
        return RenameTableOp(str(old.table), str(new.table), schema=old.schema)
    operation = AlterColumnOp(str(new.table), str(old.name), schema=new.schema, modify_name=str(new.name))
    return ModifyTableOps(str(new.table), [operation], schema=new.schema)


@dataclass(frozen=True)
class Candidate:
    """A dropped and an added object that may be one.

    :param alike: how much of them is the same, from 0 to 1.
    :param evidence: the same in words: ``"7 of 8 columns alike"``.
    """

    old: Key
    new: Key
    alike: float
    evidence: str


def candidates(changes: Sequence[Change[State]], before: Snapshot, after: Snapshot) -> list[Candidate]:
    """Likely renames among the changes, the likeliest first; each object in at most one."""
    found = [*_tables(changes, before, after), *_columns(changes)]
    chosen: list[Candidate] = []
    taken: set[Key] = set()
    for candidate in sorted(found, key=lambda c: (-c.alike, c.old, c.new)):
        if candidate.alike >= _ALIKE and candidate.old not in taken and candidate.new not in taken:
            taken |= {candidate.old, candidate.new}
            chosen.append(candidate)
    return chosen


def _tables(changes: Sequence[Change[State]], before: Snapshot, after: Snapshot) -> Iterator[Candidate]:
    gone = [c.key for c in changes if c.kind == "table" and c.verb == "drop"]
    new = [c.key for c in changes if c.kind == "table" and c.verb == "add"]
    for old_key in gone:
        old = {(c.key.name, c.type) for c in before.parts_of(old_key, ColumnState)}
        for new_key in new:
            fresh = {(c.key.name, c.type) for c in after.parts_of(new_key, ColumnState)}
            total = max(len(old), len(fresh))
            same = len(old & fresh)
            if total:
                yield Candidate(old_key, new_key, same / total, f"{same} of {total} columns alike")


def _columns(changes: Sequence[Change[State]]) -> Iterator[Candidate]:
    gone = [c.before for c in changes if c.verb == "drop" and isinstance(c.before, ColumnState)]
    new = [c.after for c in changes if c.verb == "add" and isinstance(c.after, ColumnState)]
    for old in gone:
        for fresh in (state for state in new if _same_table(state.key, old.key)):
            if old.type != fresh.type:
                continue
            name = SequenceMatcher(None, str(old.key.name), str(fresh.key.name)).ratio()
            rest = old.nullable == fresh.nullable and old.default == fresh.default
            alike = 0.5 + 0.3 * name + (0.2 if rest else 0)
            evidence = f"both {old.type.text}" + (", nullable and default alike" if rest else "")
            yield Candidate(old.key, fresh.key, alike if rest or name > 0.5 else 0, evidence)


def rename_option(candidate: Candidate) -> str:
    """The option that accepts a candidate."""
    return f"--rename {candidate.old.label}={candidate.new.label}"
