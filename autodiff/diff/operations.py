"""From changes to operations: what each change means, in an order that runs with rows in the tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import ForeignKeyConstraint

from autodiff.dialects.room import Room
from autodiff.diff.order import Node, in_order, postorder
from autodiff.diff.renamed import Staying, is_commented, without_staying
from autodiff.kinds import CheckState, ForeignKeyState, kinds
from autodiff.kinds.step import Side, Sides, Step
from autodiff.kinds.view import Holders, went_along
from autodiff.operations.table_ops import CreateTableOp
from autodiff.operations.tree import MigrateOperation, ModifyTableOps
from autodiff.state import Change, Key, Snapshot, State
from autodiff.state.key import sort_key

# Where a step stands when nothing forces it elsewhere: what reviewers of such scripts are used to.
_PHASES = {
    ("schema", "create"): 0,
    ("enum", "alter"): 1,
    ("enum", "create"): 1,
    ("domain", "alter"): 1,
    ("domain", "create"): 1,
    ("sequence", "create"): 2,
    ("sequence", "alter"): 2,
    ("table", "create"): 3,
    ("view", "drop"): 2,
    ("table", "drop"): 4,
    ("view", "create"): 6,
    ("sequence", "drop"): 6,
    ("domain", "drop"): 7,
    ("enum", "drop"): 7,
    ("schema", "drop"): 8,
}
_MODIFICATIONS = 5
_WITHIN_TABLE = {
    ("column", "create"): 1,
    ("column", "alter"): 2,
    ("primary_key", "drop"): 3,
    ("primary_key", "create"): 3,
    ("index", "drop"): 4,
    ("index", "create"): 4,
    ("unique", "drop"): 4,
    ("unique", "create"): 4,
    ("exclude", "drop"): 4,
    ("exclude", "create"): 4,
    ("foreign_key", "drop"): 5,
    ("foreign_key", "create"): 6,
    ("table", "alter"): 7,
    ("check", "drop"): 8,
    ("check", "create"): 8,
    ("column", "drop"): 9,
}
# A constraint is altered in nothing but its comment.
_COMMENTS = 8


def operations(changes: Sequence[Change[State]], before: Side, after: Side, room: Room) -> list[MigrateOperation]:
    """The operations that lead from `before` to `after`, grouped by table, in the order in which they can run."""
    if not changes:
        return []
    return [*room.prelude(changes, before.snapshot), *grouped(ordered_steps(changes, before, after, room))]


def renames_of(changes: Sequence[Change[State]], before: Side, after: Side, room: Room) -> list[Change[State]]:
    """What goes and comes under another name alone, and that nothing keeps from being renamed."""
    sides = Sides(before, after, room)
    left, staying = without_staying(changes, sides, room)
    disturbed_by(left, staying, sides, room)
    return renames_in(staying)


def renames_in(staying: Staying) -> list[Change[State]]:
    return [change for change in staying.values() if not is_commented(change)]


def ordered_steps(changes: Sequence[Change[State]], before: Side, after: Side, room: Room) -> list[Step]:
    sides = Sides(before, after, room)
    left, staying = without_staying(changes, sides, room)
    disturbed = disturbed_by(left, staying, sides, room)
    gone = [Change(old, None) for old, _, _ in disturbed.values()]
    back = [Change(None, new) for _, new, _ in disturbed.values() if new is not None]
    commented = [change for change in staying.values() if is_commented(change)]
    steps = list(steps_of([*left, *gone, *back, *commented], sides, room))
    renamed = renames_in(staying)
    names = [change for change in renamed if not room.is_renamed_along(change, renamed, sides)]
    steps += [kinds[change.kind].renamed(change, sides) for change in names]
    holders = Holders(sides.before.snapshot)
    for step in steps:
        step.operation.is_companion = step.key in disturbed
        step.operation.refused = room.refusal(step, sides.before.snapshot)
        if step.role == "drop" and step.key not in sides.after.snapshot.objects:
            step.operation.held_by = tuple(holder.drop for holder in holders.of(step.key))
    nodes = nodes_of(steps, sides, room, {key: cause for key, (_, _, cause) in disturbed.items()})
    return [step for node in in_order(nodes, room.edges) for step in node.steps]


def disturbed_by(
    changes: list[Change[State]], staying: Staying, sides: Sides, room: Room
) -> dict[Key, tuple[State, State | None, Change[State]]]:
    """Objects that stand in the way of a change, so that they go and come back: before, after, the change.

    One that goes along with a column that is dropped does not come back. One of `staying` goes and comes as it is wanted
    instead: it is moved to `changes`.
    """
    found: dict[Key, tuple[State, State | None, Change[State]]] = {}
    known = {change.before.key for change in changes if change.before is not None}
    waiting = list(changes)
    for change in waiting:  # grows while it is walked: what is disturbed may disturb more
        for key in room.disturbed(change, sides.before.snapshot, sides.after.snapshot):
            if key in staying:
                moved = staying.pop(key)
                halves = [Change(moved.before, None), Change(None, with_settings_of(moved.before, moved.after))]
                changes += halves
                waiting += halves
                known.add(key)
                continue
            old, new = sides.before.snapshot.get(key), sides.after.snapshot.get(key)
            if key in known or old is None or new is None or went_along(old, sides.before.snapshot):
                continue
            known.add(key)
            back = None if went_along(new, sides.after.snapshot) else new
            found[key] = (old, back, change)
            waiting += [Change(old, None), Change(None, new)]
    return found


def with_settings_of(old: State | None, new: State | None) -> State | None:
    """What is made instead of being renamed, with what the models do not say of it."""
    return new if old is None or new is None or new.settings else new.but(settings=old.settings)


def steps_of(changes: Sequence[Change[State]], sides: Sides, room: Room) -> Iterator[Step]:
    made = {c.key for c in changes if c.kind == "table" and c.before is None}
    gone = {c.key for c in changes if c.kind == "table" and c.after is None}
    new_columns = {c.key for c in changes if c.kind == "column" and c.before is None}
    late: dict[Key, State] = {
        **(late_foreign_keys(made, sides.after.snapshot) if room.features.add_foreign_key else {}),
        **{
            state.key: state
            for table in made
            for state in sides.after.snapshot.parts(table)
            if room.is_made_apart(state)
        },
    }
    early = late_foreign_keys(gone, sides.before.snapshot) if room.features.add_foreign_key else {}
    for change in changes:
        table = change.key.of_table if change.key.table is not None and change.kind != "table" else None
        comes_with_table = table in made and change.kind != "index" and change.key not in late
        goes_with_table = table in gone and change.key not in early
        if not (comes_with_table or goes_with_table or comes_with_its_column(change, new_columns)):
            for step in kinds[change.kind].steps(change, sides):
                yield without_late(step, late, sides.after) if step.role == "create" else without_early(step, early)
        yield from room.restored(change, sides)


def without_early(step: Step, early: dict[Key, ForeignKeyState]) -> Step:
    """A DROP TABLE that no longer holds what its foreign keys, dropped before, referred to."""
    return replace(step, also=tuple(state for state in step.also if state.key not in early)) if step.also else step


def comes_with_its_column(change: Change[State], new_columns: set[Key]) -> bool:
    """Is it the CHECK of a type (`Enum(create_constraint=True)`) whose column is added with it?"""
    check = change.after
    return (
        change.before is None
        and isinstance(check, CheckState)
        and check.of_type
        and bool(check.depends_on & new_columns)
    )


def late_foreign_keys(tables: set[Key], snapshot: Snapshot) -> dict[Key, ForeignKeyState]:
    """Foreign keys that close a circle among these tables: they are added after all of them, and dropped before.

    So are those that the models mark with `use_alter`, which no CREATE TABLE contains.
    """
    of_tables = [fk for fk in snapshot.of_class(ForeignKeyState) if fk.key.of_table in tables]
    marked = {fk.key: fk for fk in of_tables if getattr(fk.source, "use_alter", False)}
    foreign_keys = [fk for fk in of_tables if fk.referred in tables and fk.key not in marked]
    refers: dict[Key, set[Key]] = {}
    for foreign_key in foreign_keys:
        if foreign_key.referred != foreign_key.key.of_table:
            refers.setdefault(foreign_key.key.of_table, set()).add(foreign_key.referred)
    place = {key: number for number, key in enumerate(postorder(sorted(tables, key=sort_key), refers))}
    return marked | {fk.key: fk for fk in foreign_keys if place[fk.referred] > place[fk.key.of_table]}


def without_late(step: Step, late: dict[Key, State], side: Side) -> Step:
    """A CREATE TABLE without the constraints that come later."""
    mine = {key: state for key, state in late.items() if key.of_table == step.key and step.key.kind == "table"}
    if not mine or not isinstance(step.operation, CreateTableOp):
        return step
    left_out = [side.thing(state) for state in mine.values()]
    step.operation.columns = [
        item for item in step.operation.columns if not any(is_same_constraint(item, other) for other in left_out)
    ]
    return replace(step, also=tuple(state for state in step.also if state.key not in mine))


def is_same_constraint(one: object, other: object) -> bool:
    if not isinstance(one, ForeignKeyConstraint) or not isinstance(other, ForeignKeyConstraint):
        return one is other
    return one is other or (one.name, one.column_keys, [e.target_fullname for e in one.elements]) == (
        other.name,
        other.column_keys,
        [e.target_fullname for e in other.elements],
    )


def nodes_of(steps: Sequence[Step], sides: Sides, room: Room, causes: Mapping[Key, Change[State]]) -> list[Node]:
    """Steps as nodes of the graph; where a table is rebuilt as a whole, all that happens to it is one node."""
    before, after = sides.before.snapshot, sides.after.snapshot
    place = {key: number for number, key in enumerate(before.objects)}
    place |= {key: number for number, key in enumerate(after.objects)}
    new = new_tables(steps)
    ranked = sorted(
        ((rank_of(step, modified_table(step, new), place, number, causes), step) for number, step in enumerate(steps)),
        key=lambda pair: pair[0],
    )
    nodes = [Node([step], rank, before, after) for rank, step in ranked]
    if room.features.alter_constraint:
        return nodes
    found: list[Node] = []
    batches: dict[Key, list[Node]] = {}
    takers = takers_of_index_names(nodes)
    for node in nodes:
        table = modified_table(node.steps[0], new)
        if table is None or lets_another_table_have_its_name(node.steps[0], takers):
            found.append(node)
        else:
            batches.setdefault(table, []).append(node)
    return [*found, *(batch(parts, room) for parts in batches.values())]


def takers_of_index_names(nodes: Sequence[Node]) -> Mapping[str, set[Key]]:
    """The tables that get an index of each name, as a database has them that does not tell names apart by case."""
    found: dict[str, set[Key]] = {}
    for step in (step for node in nodes for step in node.steps):
        if step.role == "create" and step.key.kind == "index":
            found.setdefault(str(step.key.name).lower(), set()).add(step.key.of_table)
    return found


def lets_another_table_have_its_name(step: Step, takers: Mapping[str, set[Key]]) -> bool:
    """Is it the drop of such an index? It stands alone, since two tables may want each other's names."""
    if step.role != "drop" or step.key.kind != "index":
        return False
    return bool(takers.get(str(step.key.name).lower(), set()) - {step.key.of_table})


def batch(parts: Sequence[Node], room: Room) -> Node:
    """All that happens to one table as one node, inside of which the steps keep the order that they need too."""
    first = parts[0]
    steps = [step for node in in_order(parts, room.edges) for step in node.steps]
    return Node(steps, first.rank, first.before, first.after)


def new_tables(steps: Sequence[Step]) -> frozenset[Key]:
    return frozenset(step.key for step in steps if step.key.kind == "table" and step.role == "create")


def modified_table(step: Step, new: frozenset[Key]) -> Key | None:
    """The table that a step modifies; None for a step that makes or drops tables, or the index of a new table."""
    key = step.key
    if key.table is None or (key.kind == "table" and step.role != "alter"):
        return None
    if key.kind == "index" and key.of_table in new:
        return None
    return key.of_table


def rank_of(
    step: Step, table: Key | None, place: dict[Key, int], number: int, causes: Mapping[Key, Change[State]]
) -> tuple[object, ...]:
    """Where a step stands when nothing forces it elsewhere; what is disturbed by a column, around that column's step."""
    key = step.key
    if table is None and key.kind == "index":
        return (_PHASES["table", "create"], place.get(key.of_table, 0), 1, 0, "", 0, number)
    if table is None:
        position = place.get(key, 0)
        return (_PHASES[key.kind, step.role], -position if step.role == "drop" else position, 0, 0, "", 0, number)
    within = _WITHIN_TABLE.get((key.kind, step.role), _COMMENTS)
    order = place.get(key, 0) if key.kind == "column" else 0
    order = -order if step.role == "drop" else order
    role = 0 if step.role == "drop" else 1
    cause = causes.get(key)
    if cause is not None and cause.kind == "column" and cause.verb == "alter" and cause.key.of_table == table:
        name = "" if step.role == "drop" else f"{cause.key.name}~"
        altered = _WITHIN_TABLE["column", "alter"]
        return (_MODIFICATIONS, place.get(table, 0), altered, place.get(cause.key, 0), name, role, number)
    return (_MODIFICATIONS, place.get(table, 0), within, order, key.name or "", role, number)


def grouped(steps: Sequence[Step]) -> list[MigrateOperation]:
    """Neighbouring steps on one table under one ModifyTableOps."""
    found: list[MigrateOperation] = []
    current: ModifyTableOps | None = None
    new = new_tables(steps)
    for step in steps:
        table = modified_table(step, new)
        if table is None:
            current = None
            found.append(step.operation)
            continue
        if current is None or (current.table_name, current.schema) != (table.table, table.schema):
            current = ModifyTableOps(str(table.table), [], schema=table.schema)
            found.append(current)
        current.ops.append(step.operation)
    return found
