"""The comparison functions of plugins: which of them an environment has chosen, and how they take part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from autodiff.autogenerate.context import AutogenContext
from autodiff.kinds import ColumnState
from autodiff.kinds.step import Side
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.enum_ops import (
    AddEnumValueOp,
    CreateEnumOp,
    DropEnumOp,
    RenameEnumValueOp,
    ReplaceEnumOp,
)
from autodiff.operations.schema_ops import CreateSchemaOp, DropSchemaOp
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation, ModifyTableOps, UpgradeOps, reversed_ops, single
from autodiff.runtime.plugins import (
    BUILTIN,
    DispatchPriority,
    Plugin,
    PriorityDispatcher,
    PriorityDispatchResult,
    fitting,
    load_plugins,
)
from autodiff.state import Change, Key, State

#: The functions that were registered without a plugin: ``@comparators.dispatch_for("schema")``.
comparators = PriorityDispatcher()

ENUM_OPS = (CreateEnumOp, DropEnumOp, AddEnumValueOp, RenameEnumValueOp, ReplaceEnumOp)
SCHEMA_OPS = (CreateSchemaOp, DropSchemaOp)
CHECKS = "alembic.ext.checkconstraint_byname"

_COLUMN_FIELDS = {
    "types": ("type", "collation"),
    "nullable": ("nullable",),
    "defaults": ("default", "computed", "identity", "autoincrement"),
    "comments": ("comment",),
}
# What autodiff compares by itself, under the names that `autogenerate_plugins` chooses by.
_BUILTIN = {
    "alembic.autogenerate.schemas": frozenset({"schema"}),
    "alembic.autogenerate.tables": frozenset({"table", "column"}),
    "alembic.autogenerate.types": frozenset({"types"}),
    "alembic.autogenerate.constraints": frozenset(
        {"nullable", "primary_key", "unique", "index", "foreign_key", "exclude"}
    ),
    "alembic.autogenerate.defaults": frozenset({"defaults"}),
    "alembic.autogenerate.comments": frozenset({"comments"}),
    CHECKS: frozenset({"check"}),
}
# The words by which a plugin's function says which of it it stands for, and what it stops by answering STOP.
_ELEMENTS = {
    "type": {"types"},
    "types": {"types"},
    "nullable": {"nullable"},
    "server_default": {"defaults"},
    "server_defaults": {"defaults"},
    "defaults": {"defaults"},
    "comment": {"comments"},
    "comments": {"comments"},
    "tables": {"table"},
    "columns": {"column"},
    "indexes": {"index", "unique"},
    "unique_constraints": {"unique"},
    "constraints": {"primary_key", "unique", "index", "foreign_key", "exclude"},
    "foreign_keys": {"foreign_key"},
    "check_constraints": {"check"},
    "checks": {"check"},
}


class Extended(NamedTuple):
    """:param added: of the upgrade, what only plugins have found."""

    upgrade: list[MigrateOperation]
    downgrade: list[MigrateOperation]
    added: Sequence[MigrateOperation] = ()


class Extensions:
    """What the functions of plugins have to say to one comparison.

    Those of a priority above MEDIUM are called before autodiff's own answers are known, and can forbid them with STOP, and
    so are those for whole databases and schemas that belong to no plugin: what they add (a function that a new table's
    default calls, a view that goes before its table) stands first. All others see autodiff's operations, and can change
    them.

    :param context: the comparison; its `autogenerate_plugins` choose.
    :param before: the database.
    :param after: the models.
    :param schemas: the schemas that are compared; None is the default one.
    """

    def __init__(
        self, context: AutogenContext, before: Side, after: Side, schemas: Callable[[], set[str | None]]
    ) -> None:
        load_plugins()
        self.context = context
        self.before = before
        self.after = after
        self.schemas = schemas
        patterns = context.opts.get("autogenerate_plugins") or ["alembic.autogenerate.*"]
        self.functions = comparators.branch()
        self._of_no_plugin = {id(fn) for entries in comparators._registry.values() for fn, _ in entries}
        Plugin.populate_autogenerate_priority_dispatch(self.functions, patterns)
        self._silent = _unwanted(patterns)
        self._checks_by_name = by_name_only(patterns)
        self._stopped: dict[tuple[str, Any], set[str | None]] = {}
        self._early = UpgradeOps([])

    def __bool__(self) -> bool:
        return any(self.functions._registry.values())

    # Before autodiff's own answers

    def left(self, changes: Sequence[Change[State]]) -> list[Change[State]]:
        """The changes without those that nobody wants compared, or that a plugin has answered in autodiff's place."""
        if self:
            self._call(self._early, early=True)
        if self._checks_by_name:
            changes = _without_unnamed_and_equal_names(changes)
        if not self._silent and not self._stopped:
            return list(changes)
        seen = (self._allowed(change) for change in changes)
        return [change for change in seen if change is not None]

    def _allowed(self, change: Change[State]) -> Change[State] | None:
        forbidden = self._silent | self._forbidden(change.key)
        if change.verb == "alter" and isinstance(change.before, ColumnState):
            return _without_fields(change, forbidden)
        if change.kind == "table" and change.verb == "alter":
            return None if "comments" in forbidden and change.fields == ("comment",) else change
        return None if change.kind in forbidden else change

    def _forbidden(self, key: Key) -> set[str]:
        """What STOP has taken away from autodiff for an object."""
        places: list[tuple[str, Any]] = [("autogenerate", None), ("schema", None)]
        if key.table is not None:
            places.append(("table", key.of_table))
        if key.kind == "column":
            places.append(("column", key))
        words = {word for place in places for word in self._stopped.get(place, ()) if word is not None}
        return {element for word in words for element in _ELEMENTS.get(word, ())}

    # The calls

    def _call(self, ops: UpgradeOps, *, early: bool) -> None:
        """From the outside to the inside, and then back."""
        levels = (self._call_for_database, self._call_for_schemas, self._call_for_tables)
        for call in levels if early else reversed(levels):
            call(ops, early)

    def _call_for_database(self, ops: UpgradeOps, early: bool) -> None:
        self._dispatch("autogenerate", None, early, self.context, ops)

    def _call_for_schemas(self, ops: UpgradeOps, early: bool) -> None:
        if self._entries("schema", early):
            self._dispatch("schema", None, early, self.context, ops, self.schemas())

    def _call_for_tables(self, ops: UpgradeOps, early: bool) -> None:
        if self._entries("table", early) or self._entries("column", early):
            for key in self._tables():
                self._call_for_table(ops, key, early)

    def _call_for_table(self, ops: UpgradeOps, key: Key, early: bool) -> None:
        modify = _found(ops, key) or ModifyTableOps(str(key.table), [], schema=self._schema(key))
        is_new = not any(modify is op for op in ops.ops)
        was, is_ = (side.table(key) if key in side.snapshot.objects else None for side in (self.before, self.after))
        self._dispatch("table", key, early, self.context, modify, modify.schema, key.table, was, is_)
        if was is not None and is_ is not None:
            for column in is_.columns:
                if column.name in was.columns:
                    self._call_for_column(modify, key, was.columns[column.name], column, early)
        if is_new and modify.ops:
            ops.ops.append(modify)

    def _call_for_column(self, modify: ModifyTableOps, table: Key, was: Any, is_: Any, early: bool) -> None:
        if not self._entries("column", early):
            return
        name = str(is_.name)
        alter = next((op for op in modify.ops if isinstance(op, AlterColumnOp) and op.column_name == name), None)
        known = alter is not None
        alter = alter or AlterColumnOp(
            str(table.table),
            name,
            schema=modify.schema,
            existing_type=was.type,
            existing_server_default=was.server_default,
            existing_nullable=was.nullable,
            existing_comment=was.comment,
        )
        key = Key("column", table.schema, table.table, name)
        self._dispatch("column", key, early, self.context, alter, modify.schema, table.table, name, was, is_)
        if not known and alter.has_changes():
            modify.ops.append(alter)

    def _entries(self, target: str, early: bool) -> list[tuple[str | None, Callable[..., Any]]]:
        dialect = self.context.dialect.name if self.context.dialect is not None else "default"
        return [
            (subgroup, fn)
            for priority, subgroup, fn in self.functions.entries(target, dialect)
            if self._is_early(target, priority, fn) is early
        ]

    def _is_early(self, target: str, priority: DispatchPriority, fn: Callable[..., Any]) -> bool:
        if priority == DispatchPriority.MEDIUM and id(fn) in self._of_no_plugin:
            return target in ("autogenerate", "schema")
        return priority > DispatchPriority.MEDIUM

    def _dispatch(self, target: str, place: Any, early: bool, *args: Any) -> None:
        for subgroup, fn in self._entries(target, early):
            stopped = self._stopped.get((target, place), ())
            if subgroup not in stopped and fn(*args) is PriorityDispatchResult.STOP:
                self._stopped.setdefault((target, place), set()).add(subgroup)

    def _tables(self) -> list[Key]:
        found = {
            key: None
            for side in (self.after, self.before)
            for key in side.snapshot.objects
            if key.kind == "table" and self._passes(key)
        }
        return list(found)

    def _passes(self, key: Key) -> bool:
        was, is_ = (side.table(key) if key in side.snapshot.objects else None for side in (self.before, self.after))
        if is_ is not None:
            return self.context.run_object_filters(is_, key.table, "table", False, was)
        return self.context.run_object_filters(was, key.table, "table", True, None)

    def _schema(self, key: Key) -> str | None:
        return self.after.table(key).schema if key in self.after.snapshot.objects else key.schema

    # After autodiff's own answers

    def extended(self, upgrade: Sequence[MigrateOperation], downgrade: Sequence[MigrateOperation]) -> Extended:
        """Both directions with what the functions of plugins have added, changed and taken away."""
        own = _Own(list(upgrade))
        ops = UpgradeOps(_merged(self._early.ops, upgrade))
        self._call(ops, early=False)
        both = list(ops.ops), own.way_back(ops, list(downgrade))
        theirs = {self._subject(named) for way in both for op in way if (named := _named_by_another(op)) is not None}
        forth, back = ([op for op in way if self._subject(_named_by_us(op)) not in theirs] for way in both)
        ours = {self._subject(_named_by_us(op)) for op in upgrade} - {None}
        added = [op for op in own.added(forth) if self._subject(_named_by_another(op)) not in ours]
        return Extended(forth, back, added)

    def _subject(self, named: _Named | None) -> _Named | None:
        """What an operation is about, the default schema as None."""
        dialect = self.context.dialect
        default = None if dialect is None else dialect.default_schema_name
        return named if named is None or named[1] != default else (named[0], None, named[2])


#: What stands outside of tables: its kind, its schema and its name.
_Named = tuple[str, str | None, str]


def _named_by_us(op: MigrateOperation) -> _Named | None:
    """The enum type or the schema that an operation of autodiff is about."""
    if isinstance(op, ENUM_OPS):
        return ("enum", op.schema, op.name)
    return ("schema", None, op.name) if isinstance(op, SCHEMA_OPS) else None


def _named_by_another(op: MigrateOperation) -> _Named | None:
    """The enum type or the schema that an operation of a plugin is about.

    Plugins that keep enum types (alembic-postgresql-enum) or schemas (sqlalchemy-declarative-extensions) do so in
    autodiff's place: both would say CREATE TYPE, CREATE SCHEMA. How they call theirs is known by the class's name.
    """
    if isinstance(op, (*ENUM_OPS, *SCHEMA_OPS)):
        return None
    schema, name = getattr(op, "schema", None), getattr(op, "name", None)
    if "Enum" in type(op).__name__ and isinstance(name, str) and isinstance(schema, (str, type(None))):
        return ("enum", schema, name)
    called = next((each for each in (name, schema, getattr(schema, "name", None)) if isinstance(each, str)), None)
    return ("schema", None, called) if "Schema" in type(op).__name__ and called is not None else None


def _unwanted(patterns: Sequence[str]) -> set[str]:
    """What autodiff shall not compare. CHECKs are compared unless a `~` takes them away: they need no plugin here."""
    takes_away = [pattern for pattern in patterns if pattern.startswith("~")]
    wanted = {*fitting(BUILTIN, patterns), *fitting([CHECKS], ["*.*.*", *takes_away])}
    return {element for name in BUILTIN if name not in wanted for element in _BUILTIN[name]}


def by_name_only(patterns: Sequence[str]) -> bool:
    """Does the environment ask for the plugin that compares CHECKs by their names, and by nothing else?"""
    return CHECKS in fitting(BUILTIN, patterns)


def _without_unnamed_and_equal_names(changes: Sequence[Change[State]]) -> list[Change[State]]:
    """The changes without those of CHECKs that have no name, and of those whose names both sides have."""
    checks = [change for change in changes if change.kind == "check"]
    sides = [
        {change.key for change in checks if getattr(change, side) is not None and not _unnamed(change)}
        for side in ("before", "after")
    ]
    told = sides[0] ^ sides[1]
    return [change for change in changes if change.kind != "check" or change.key in told]


def _unnamed(change: Change[State]) -> bool:
    name = change.key.name
    return name is None or name.startswith("~") or bool(getattr(change.before or change.after, "unnamed", False))


def _without_fields(change: Change[State], forbidden: set[str]) -> Change[State] | None:
    """An altered column without the fields that autodiff shall not judge; None if nothing is left."""
    names = [name for element in forbidden for name in _COLUMN_FIELDS.get(element, ())]
    assert change.before is not None
    assert change.after is not None
    after = replace(change.after, **{name: getattr(change.before, name) for name in names})
    return Change(change.before, after) if after != change.before else None


def _found(ops: UpgradeOps, key: Key) -> ModifyTableOps | None:
    """The operations on a table that are there already."""
    tables = (op for op in ops.ops if isinstance(op, ModifyTableOps))
    return next((op for op in tables if op.table_name == key.table and op.schema in (key.schema, None)), None)


def _merged(early: Sequence[MigrateOperation], own: Sequence[MigrateOperation]) -> list[MigrateOperation]:
    """Early operations first; those on a table that autodiff changes too go to the front of its own, and what they alter
    of a column goes into its own alteration."""
    merged = list(own)
    first = []
    for op in early:
        key = Key("table", op.schema, op.table_name) if isinstance(op, ModifyTableOps) else None
        into = _found(UpgradeOps(merged), key) if key is not None else None
        if into is None or not isinstance(op, ModifyTableOps):
            first.append(op)
        else:
            into.ops[:0] = [inner for inner in op.ops if not _absorbed(inner, into)]
    return [*first, *merged]


def _absorbed(op: MigrateOperation, into: ModifyTableOps) -> bool:
    """Put an alteration into one of the same column; False if there is none."""
    if not isinstance(op, AlterColumnOp):
        return False
    for other in into.ops:
        if isinstance(other, AlterColumnOp) and other.column_name == op.column_name:
            for name, value in vars(op).items():
                if name.startswith("modify_") and value is not _UNCHANGED.get(name):
                    setattr(other, name, value)
            other.kw.update(op.kw)
            return True
    return False


_UNCHANGED = {"modify_comment": False, "modify_server_default": False}


@dataclass
class _Own:
    """Autodiff's own operations, to be recognised after the functions of plugins had them in their hands."""

    ops: list[MigrateOperation]
    _looked: dict[int, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._looked = {id(op): _look(op) for op in _flat(self.ops)}

    def added(self, ops: Sequence[MigrateOperation]) -> list[MigrateOperation]:
        """Those of the operations that are not autodiff's."""
        return [op for op in single(ops) if id(op) not in self._looked]

    def way_back(self, ops: UpgradeOps, downgrade: list[MigrateOperation]) -> list[MigrateOperation]:
        """The downgrade: autodiff's own, with the reverse of what was added and changed, without what was taken away."""
        now = {id(op): op for op in _flat(ops.ops)}
        kept = {_subject(now[number]) for number in self._looked if number in now}
        gone = {_subject(op) for op in _flat(self.ops) if id(op) not in now} - kept - {None}
        changed = [now[n] for n, look in self._looked.items() if n in now and _look(now[n]) != look]
        downgrade = _without(downgrade, gone)
        for op in changed:
            _replace(downgrade, op)
        first_own = next((n for n, op in enumerate(ops.ops) if id(op) in self._looked), len(ops.ops))
        added_first, rest = ops.ops[:first_own], ops.ops[first_own:]
        added_last = [op for op in rest if id(op) not in self._looked]
        for op in rest:
            if isinstance(op, ModifyTableOps) and id(op) in self._looked:
                self._inside(op, downgrade)
        return [*reversed_ops(added_last), *downgrade, *reversed_ops(added_first)]

    def _inside(self, modify: ModifyTableOps, downgrade: list[MigrateOperation]) -> None:
        """Undo what was put among the operations on a table."""
        added = [op for op in modify.ops if id(op) not in self._looked]
        if not added:
            return
        back = _found(UpgradeOps(downgrade), Key("table", modify.schema, modify.table_name))
        if back is None:
            back = ModifyTableOps(modify.table_name, [], schema=modify.schema)
            downgrade.insert(0, back)
        back.ops[:0] = reversed_ops(added)


def _flat(ops: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    for op in ops:
        yield op
        if isinstance(op, ModifyTableOps):
            yield from _flat(op.ops)


def _look(op: MigrateOperation) -> Mapping[str, Any]:
    """What an operation is made of, to see whether somebody has changed it."""
    if isinstance(op, ModifyTableOps):
        return {"table": op.table_name, "schema": op.schema}
    return {name: list(value) if isinstance(value, list) else value for name, value in vars(op).items()}


_NAMES = ("column_name", "index_name", "constraint_name")


def _subject(op: MigrateOperation) -> tuple[Any, ...] | None:
    """What an operation and the one that undoes it are both about; None where that cannot be told."""
    place = (getattr(op, "schema", None), getattr(op, "table_name", None) or getattr(op, "source_table", None))
    if isinstance(op, (CreateTableOp, DropTableOp)):
        return ("table", *place)
    column = getattr(op, "column", None)
    if column is not None:
        return ("column_name", *place, column.name)
    return next(((name, *place, getattr(op, name)) for name in _NAMES if getattr(op, name, None) is not None), None)


def _without(ops: Sequence[MigrateOperation], subjects: set[Any]) -> list[MigrateOperation]:
    """The operations that are about none of the subjects; nothing is left of a table of which nothing is left."""
    kept = []
    for op in ops:
        if isinstance(op, ModifyTableOps):
            op.ops[:] = _without(op.ops, subjects)
        if _subject(op) not in subjects and not (isinstance(op, ModifyTableOps) and op.is_empty()):
            kept.append(op)
    return kept


def _replace(downgrade: Sequence[MigrateOperation], op: MigrateOperation) -> None:
    """Put the reverse of a changed operation where the reverse of what it was stands."""
    for container in downgrade:
        if isinstance(container, ModifyTableOps):
            container.ops[:] = [
                op.reverse() if type(old) is type(op) and _subject(old) == _subject(op) else old
                for old in container.ops
            ]
