"""Tables that inherit from others: what their columns have from there, and what happens to them with their parents.

https://www.postgresql.org/docs/current/ddl-inherit.html: ALTER TABLE of a parent goes on to its children.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autodiff.dialects.postgresql.order import Node
from autodiff.dialects.postgresql.words import split_dots, split_list, unquoted
from autodiff.kinds import ColumnState, TableState
from autodiff.kinds.column import altered
from autodiff.kinds.step import Sides, Step
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.state import Change, Key, Snapshot, State

States = dict[Key, State]


def parents_of(table: State | None, default_schema: str) -> list[Key]:
    """The keys of a table's parents."""
    if not isinstance(table, TableState) or not table.options:
        return []
    printed = dict(table.options).get("postgresql_inherits")
    return [] if printed is None else keys_of(split_list(printed), default_schema)


def keys_of(printed: Iterable[str], default_schema: str | None) -> list[Key]:
    """The keys of tables whose names are printed; one without a schema is in the default one."""
    names = ([unquoted(part) for part in split_dots(name)] for name in printed)
    return [Key("table", None if schema[:1] in ([], [default_schema]) else schema[0], name) for *schema, name in names]


def comes_from_above(part: Key, states: Mapping[Key, State], default_schema: str) -> bool:
    """Has a table its column or condition from a parent?"""
    above = (of_table(part, parent) for parent in parents_of(states.get(part.of_table), default_schema))
    return any(key in states or comes_from_above(key, states, default_schema) for key in above)


def with_inherited_types(
    types: Mapping[Key, dict[str, str]], tables: Iterable[TableState], default_schema: str
) -> None:
    """Puts into the types of each table's columns, by name, those of the columns that it has from its parents alone."""
    parents = {table.key: above for table in tables if (above := parents_of(table, default_schema))}

    def complete(table: Key) -> dict[str, str]:
        found = types.get(table, {})
        for parent in parents.pop(table, ()):
            for name, type_ in complete(parent).items():
                found.setdefault(name, type_)
        return found

    for table in list(parents):
        complete(table)


def inherit(states: States, database: States, default_schema: str) -> bool:
    """Puts into the models' tables what they have from their parents: a need of them, defaults, NOT NULL.

    :returns: whether any has a parent.
    """
    tables = [state for state in states.values() if isinstance(state, TableState)]
    parents = {table.key: above for table in tables if (above := parents_of(table, default_schema))}
    if not parents:
        return False
    for state in list(states.values()):
        if isinstance(state, TableState) and state.key in parents:
            states[state.key] = state.but(depends_on=state.depends_on | set(parents[state.key]))
        elif isinstance(state, ColumnState) and state.key.of_table in parents:
            found = merged(state, parents[state.key.of_table], states, default_schema)
            there = database.get(state.key)
            if found.default is None and counts_above(state.key, parents, states) and isinstance(there, ColumnState):
                found = found.but(default=there.default)  # the parent's sequence, whatever its name
            states[state.key] = found
    return True


def counts_above(column: Key, parents: Mapping[Key, Sequence[Key]], states: States) -> bool:
    above = (states.get(of_table(column, parent)) for parent in parents[column.of_table])
    return any(isinstance(state, ColumnState) and state.autoincrement for state in above)


def merged(column: ColumnState, parents: Sequence[Key], states: States, default_schema: str) -> ColumnState:
    """A column that a child declares once more: NOT NULL if one of them is, with the parent's default if it has none."""
    found: ColumnState = column
    for parent in parents:
        inherited = states.get(of_table(column.key, parent))
        further = parents_of(states.get(parent), default_schema)
        if isinstance(inherited, ColumnState):
            found = found.but(nullable=found.nullable and inherited.nullable)
            if takes_default(found):
                found = found.but(default=inherited.default, source=with_default_of(found.source, inherited.source))
        found = merged(found, further, states, default_schema)
    return found


def takes_default(column: ColumnState) -> bool:
    """Has it no value of its own, so that it gets the parent's default? (DEFAULT NULL is a word of its own.)"""
    is_said = column.source is not None and column.source.server_default is not None
    return not is_said and (column.default, column.computed, column.identity) == (None, None, None)


def with_default_of(column: Any, other: Any) -> Any:
    if column is None or other is None or other.server_default is None:
        return column
    made = column._copy()
    made.server_default = other.server_default
    return made


class Families:
    """Who inherits from whom, before and after."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self.before, self.after = before, after
        self.parents: dict[Key, set[Key]] = {}
        for snapshot in (before, after):
            schema = snapshot.server.default_schema or "public"
            for table in snapshot.of_class(TableState):
                for parent in parents_of(table, schema):
                    self.parents.setdefault(table.key, set()).add(parent)

    def forebears(self, table: Key) -> set[Key]:
        found: set[Key] = set()
        waiting = list(self.parents.get(table, ()))
        for parent in waiting:
            if parent not in found:
                found.add(parent)
                waiting += self.parents.get(parent, ())
        return found

    def children(self, table: Key) -> list[Key]:
        return [child for child in self.parents if table in self.forebears(child)]

    def edges(self, nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
        """A child's column comes and is made NOT NULL first (its own, not the parent's); else the parent's turn is first."""
        if not self.parents:
            return
        places: dict[Key, list[tuple[int, Step]]] = {}
        for position, node in enumerate(nodes):
            for step in node.steps:
                if isinstance(step.state, ColumnState):
                    places.setdefault(step.key, []).append((position, step))
        yield from self._around_parents(nodes)
        for key, steps in places.items():
            for parent in self.forebears(key.of_table):
                for first, above in places.get(of_table(key, parent), ()):
                    for then, below in steps:
                        if above.role == below.role:
                            yield (then, first) if comes_first(below) and comes_first(above) else (first, then)

    def _around_parents(self, nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
        """What hangs on a child's column goes before the parent's column, or its type, is altered, and comes back after."""
        altered: dict[Key, list[int]] = {}
        for position, node in enumerate(nodes):
            for step in node.steps:
                if step.role == "alter":
                    altered.setdefault(step.key, []).append(position)
        for position, node in enumerate(nodes):
            for key in node.holds:
                yield from ((position, above) for above in self._altered_above(key, altered))
            if all(step.role == "create" for step in node.steps):
                for key in node.needs:
                    yield from ((above, position) for above in self._altered_above(key, altered))

    def _altered_above(self, key: Key, altered: Mapping[Key, Sequence[int]]) -> Iterator[int]:
        if key.kind != "column":
            return
        for parent in self.forebears(key.of_table):
            above = of_table(key, parent)
            yield from altered.get(above, ())
            column = self.before.get(above)
            for need in column.depends_on if column is not None else ():
                if need.kind in ("enum", "domain"):
                    yield from altered.get(need, ())

    def with_inherited(self, column: ColumnState) -> Iterator[ColumnState]:
        """A column, and those that children have from it alone, of which there is no state."""
        yield column
        for child in self.children(column.key.of_table):
            key = of_table(column.key, child)
            if key not in self.before.objects:
                yield column.but(key=key)

    def with_inherited_changes(self, change: Change[Any]) -> Iterator[Change[Any]]:
        """A change, and of a column's what it is to those that children have from it alone."""
        if not isinstance(change.before, ColumnState) or not isinstance(change.after, ColumnState):
            yield change
            return
        for before in self.with_inherited(change.before):
            yield Change(before, change.after.but(key=before.key))

    def is_renamed_along(self, change: Change[State], renames: Iterable[Change[State]]) -> bool:
        """Is it a CHECK that a child has from its parent, whose turn is first?"""
        if change.kind != "check" or not self.parents:
            return False
        above = self.forebears(change.key.of_table)
        return any(other.key.of_table in above and names_of(other) == names_of(change) for other in renames)

    def steps(self, change: Change[ColumnState], own: Iterable[Step] | None, sides: Sides) -> Iterable[Step] | None:
        """The steps of a column's change, given those of its own (None: the usual ones)."""
        if not self.parents or change.before is None or change.after is None:
            return own
        reduced = self.left_by_parents(change)
        if reduced is not change.before:
            return (
                altered(Change(reduced, change.after), reduced, change.after, sides)
                if reduced.differing(change.after)
                else ()
            )
        again = list(self.defaults_set_again(change, sides))
        if not again:
            return own
        return [*(altered(change, change.before, change.after, sides) if own is None else own), *again]

    def left_by_parents(self, change: Change[ColumnState]) -> ColumnState:
        """The column before its change, as the changes of its parents' columns have left it."""
        before, after = change.before, change.after
        assert before is not None, "an alteration"
        assert after is not None, "an alteration"
        for parent in self.forebears(change.key.of_table):
            above = self.change_of(of_table(change.key, parent))
            if above is None or not {"type", "collation"} & set(above.fields):
                continue
            assert above.after is not None, "an alteration"
            if (above.after.type, above.after.collation) == (after.type, after.collation):
                default = above.after.default if resets_default(above) else before.default
                return before.but(type=after.type, collation=after.collation, default=default)
        return before

    def defaults_set_again(self, change: Change[ColumnState], sides: Sides) -> Iterator[Step]:
        """The children's own defaults, which the change of the parent's overwrites."""
        if not resets_default(change):
            return
        assert change.after is not None, "an alteration"
        for child in self.children(change.key.of_table):
            below = self.change_of(of_table(change.key, child))
            if below is None or {"type", "collation", "default"} & set(below.fields):
                continue
            assert below.before is not None, "an alteration"
            assert below.after is not None, "an alteration"
            if below.after.default != change.after.default:
                yield Step(set_default(below.after, sides), "alter", below.after, below.before)

    def change_of(self, key: Key) -> Change[ColumnState] | None:
        before, after = self.before.get(key), self.after.get(key)
        if not isinstance(before, ColumnState) or not isinstance(after, ColumnState):
            return None
        return Change(before, after)


def names_of(change: Change[State]) -> list[str | None]:
    """What kind of thing it is, and what it is called before and after."""
    return [change.kind, *(state.key.name for state in (change.before, change.after) if state is not None)]


def comes_first(step: Step) -> bool:
    """Is a column added, or made NOT NULL and nothing else?"""
    if step.before is None or step.role != "alter":
        return step.role == "create"
    return set(step.before.differing(step.state)) <= {"nullable", "comment"} and not getattr(
        step.state, "nullable", True
    )


def of_table(column: Key, table: Key) -> Key:
    return column._replace(schema=table.schema, table=table.table)


def resets_default(change: Change[ColumnState]) -> bool:
    """Does the change set the default, as one of the type does where there is one?"""
    after = change.after
    return "default" in change.fields or ("type" in change.fields and after is not None and after.default is not None)


def set_default(column: ColumnState, sides: Sides) -> AlterColumnOp:
    thing = sides.after.thing(column)
    return AlterColumnOp(
        str(column.key.table),
        str(column.key.name),
        schema=column.key.schema,
        modify_server_default=thing.server_default,
        existing_type=thing.type,
        existing_nullable=column.nullable,
    )
