"""A table on its way from what it is to what it shall be: changed one operation after the other, then made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.schema import (
    CheckConstraint,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
)
from sqlalchemy.sql.elements import TextClause, conv

from autodiff.errors import CommandError
from autodiff.operations.identifiers import identifiers, renamed
from autodiff.operations.schemaobj import (
    adapted,
    complete_references,
    copy_column,
    copy_constraint,
    ref,
    referred_column,
    schema_objects,
    target_of,
)
from autodiff.operations.signature import NOT_GIVEN

# By SQLAlchemy's own word for the class, so that EXCLUDE needs no PostgreSQL dialect.
_KINDS = {
    PrimaryKeyConstraint.__visit_name__: "primary",
    ForeignKeyConstraint.__visit_name__: "foreignkey",
    UniqueConstraint.__visit_name__: "unique",
    CheckConstraint.__visit_name__: "check",
    "exclude_constraint": "exclude",
}


class NoSuchConstraint(CommandError, ValueError):
    """A constraint that an operation names is not there."""


@dataclass
class Part:
    """A constraint or an index of the draft.

    :param columns: the columns that it is on (for a check or an expression: that its text names).
    :param keys: an index's keys: names and expressions. Elsewhere empty.
    :param targets: a foreign key's columns, as (schema, table, column).
    """

    kind: str
    name: str | None
    columns: list[str]
    source: Any
    keys: list[Any] = field(default_factory=list)
    targets: list[tuple[str | None, str, str]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    new: bool = False

    def is_like(self, other: Part) -> bool:
        """Does the other one say the same of the same columns, whatever its name?"""
        mine, theirs = (
            [p.kind, p.columns, list(map(str, p.keys)), p.targets, bool(p.options.get("unique"))] for p in (self, other)
        )
        return mine == theirs and self.kind != "check"


class TableDraft:
    """Columns, constraints, indexes and options of a table.

    :param table: the table as it is; it is not touched.
    :param naming_convention: names for its constraints that have none.
    :param context: the migration context of the run.
    """

    def __init__(
        self, table: Table, *, naming_convention: Mapping[str, Any] | None = None, context: Any = None
    ) -> None:
        self.context = context
        if naming_convention:
            table = table.to_metadata(MetaData(naming_convention=naming_convention))
        self.name = str(table.name)
        self.schema = table.schema
        self.columns: dict[str, Column[Any]] = {c.name: _bare(c) for c in table.columns}
        self.parts: list[Part] = [_part(c) for c in _constraints(table)] + [_index_part(i) for i in _indexes(table)]
        self.options: dict[str, Any] = {"comment": table.comment, "info": dict(table.info), **table.dialect_kwargs}
        self.prefixes: list[str] = list(table._prefixes)
        self.copied: dict[str, Any] = {c.name: c.name for c in table.columns if c.computed is None}
        self.dropped_indexes: list[str] = []
        self.dropped: dict[str, list[Part]] = {}  # what was on a column that this batch has dropped
        self.aliases: dict[str, str] = {}

    # Columns

    def column(self, name: str) -> Column[Any]:
        """The column; it may be asked for by a name that it had before this batch."""
        return self.columns[self.current(name)]

    def current(self, name: str) -> str:
        """The name that the column has now."""
        found = self._called(name)
        if found not in self.columns:
            raise CommandError(
                f"table {self.name!r} has no column {name!r}", help=f"its columns are {', '.join(self.columns)}"
            )
        return found

    def _called(self, name: str) -> str:
        return name if name in self.columns else self.aliases.get(name, name)

    def add_column(self, column: Column[Any], *, before: str | None = None, after: str | None = None) -> None:
        """Add a column, at the end if no place is given."""
        if column.name in self.columns:
            raise CommandError(f"table {self.name!r} has a column {column.name!r} already")
        brought = self._brought_by(column)
        self.columns[column.name] = _bare(column)
        for part in brought:
            self.add_part(part)
        self._restore(column.name)
        if before or after:
            self.place(column.name, before=before, after=after)

    def _brought_by(self, column: Column[Any]) -> list[Part]:
        """Foreign keys, unique and index of a new column, called by the models' naming convention."""
        table = schema_objects(self.context).table(self.name, copy_column(column), schema=self.schema)
        constraints = (c for c in _constraints(table) if isinstance(c, (ForeignKeyConstraint, UniqueConstraint)))
        return [*map(_part, constraints), *map(_index_part, _indexes(table))]

    def _restore(self, name: str) -> None:
        """What was on a column that is dropped and added in one batch stays: the table that comes out has the column."""
        anew = list(self.parts)
        for part in self.dropped.pop(name, ()):
            if not all(column in self.columns for column in part.columns) or any(map(part.is_like, anew)):
                continue
            self.parts.append(part)
            if part.kind == "index" and not part.new:
                self.dropped_indexes.remove(str(part.name))

    def place(self, name: str, *, before: str | None = None, after: str | None = None) -> None:
        """Put a column before or behind another one."""
        names = [n for n in self.columns if n != name]
        at = names.index(self.current(before)) if before else names.index(self.current(str(after))) + 1
        self._arrange([*names[:at], name, *names[at:]])

    def _arrange(self, names: Sequence[str]) -> None:
        self.columns = {name: self.columns[name] for name in names}

    def reorder(self, groups: Sequence[Sequence[str]]) -> None:
        """Let the columns of each group follow each other, and the groups too, as far as they are connected."""
        following = {a: b for group in groups for a, b in pairwise(group)}
        names = list(self.columns)
        for first, second in following.items():
            names.remove(second)
            names.insert(names.index(first) + 1, second)
        self._arrange(names)

    def drop_column(self, name: str) -> None:
        """Drop a column, and what is on it: keys, uniques, foreign keys, indexes, and CHECKs of it alone."""
        name = self.current(name)
        self._refuse_if_needed(name)
        del self.columns[name]
        self.copied.pop(name, None)
        gone = [p for p in self.parts if name in p.columns and p.kind != "primary"]
        self.dropped_indexes.extend(str(p.name) for p in gone if p.kind == "index" and not p.new)
        self.dropped[name] = gone
        self.parts = [p for p in self.parts if not any(p is one for one in gone)]
        for part in self.parts:
            part.columns = [c for c in part.columns if c != name]

    def _refuse_if_needed(self, name: str) -> None:
        for part in self.parts:
            if part.kind == "check" and name in part.columns and set(part.columns) != {name}:
                raise CommandError(
                    f"column {self.name}.{name} cannot be dropped: CHECK {part.name or part.source.sqltext} names it too",
                    help="drop that constraint first",
                )

    def rename_column(self, name: str, new_name: str) -> None:
        """Rename a column, in constraints, indexes and generated columns too."""
        name = self.current(name)
        if new_name == name:
            return
        if new_name in self.columns:
            raise CommandError(f"table {self.name!r} has a column {new_name!r} already")
        column = self.columns[name]
        column.name = new_name
        column.key = new_name
        self.columns = {new_name if n == name else n: c for n, c in self.columns.items()}
        self.copied = {new_name if n == name else n: source for n, source in self.copied.items()}
        self.aliases = {old: new_name if new == name else new for old, new in self.aliases.items()}
        self.aliases[name] = new_name
        for part in self.parts:
            _rename_in_part(part, name, new_name, self)
        for other in self.columns.values():
            if other.computed is not None:
                other.computed.sqltext = _renamed_expression(other.computed.sqltext, {name: new_name})

    def alter_column(self, op: Any) -> None:
        """Change what an `AlterColumnOp` says."""
        name = self.current(op.column_name)
        column = self.columns[name]
        if op.modify_type is not None:
            self._drop_checks_of_type(name, op.existing_type)
            column.type = op.modify_type
        if op.modify_nullable is not None:
            column.nullable = op.modify_nullable
        if op.modify_nullable is False and op.existing_rows is not NOT_GIVEN and isinstance(self.copied.get(name), str):
            value = op.existing_rows
            filler = value if isinstance(value, sa.ClauseElement) else sa.literal(value, column.type)
            self.copied[name] = sa.func.coalesce(sa.column(self.copied[name], column.type), filler)
        if op.modify_comment is not False:
            column.comment = op.modify_comment
        if op.modify_server_default is not False:
            was_computed = column.computed is not None
            self.columns[name] = column = _with_default(column, op.modify_server_default)
            if column.computed is not None:
                self.copied.pop(name, None)
            elif was_computed:
                self.copied[name] = name
        if "autoincrement" in op.kw:
            column.autoincrement = op.kw["autoincrement"]
        column.dialect_kwargs.update({n: v for n, v in op.kw.items() if n.startswith("sqlite_")})
        if op.insert_before or op.insert_after:
            self.place(name, before=op.insert_before, after=op.insert_after)
        if op.modify_name is not None:
            self.rename_column(name, op.modify_name)

    def _name_checks_of_types(self, made: Table) -> None:
        """The CHECKs that types bring along are called by the models' naming convention; all others have their names."""
        objects = schema_objects(self.context)
        if not objects.naming_convention:
            return
        bound = [c for c in made.constraints if isinstance(c, sa.CheckConstraint) and getattr(c, "_type_bound", False)]
        for check in bound:
            for column in check.columns:
                named = objects.checks_of_type(self.name, column.name, column.type, schema=self.schema)
                check.name = next((each.name for each in named), check.name)

    def _drop_checks_of_type(self, column: str, type_: Any) -> None:
        """The CHECK that the old type brought along (`Boolean`, `Enum` with `create_constraint=True`) goes with it."""
        for check in schema_objects(self.context).checks_of_type(self.name, column, type_, schema=self.schema):
            name = check.name if isinstance(check.name, str) else None
            condition = check.sqltext.compile(
                dialect=self.context.dialect if self.context else None,
                compile_kwargs={"literal_binds": True, "include_table": False},
            )
            gone = next(self._constraints(name, "check", (), None if name else condition), None)
            self.parts = [part for part in self.parts if part is not gone]

    def extend_primary_key(self, name: str) -> None:
        """Let the column be part of the primary key."""
        for part in self.parts:
            if part.kind == "primary":
                part.columns.append(name)
                return
        self.add_part(Part("primary", None, [name], None))

    # Constraints and indexes

    def add_part(self, part: Part) -> None:
        """Its columns may be ones that the same batch is yet to add."""
        part.columns = [self._called(name) for name in part.columns]
        part.new = True
        self.parts = [p for p in self.parts if not self._takes_place_of(part, p)]
        self.parts.append(part)

    def _takes_place_of(self, part: Part, there: Part) -> bool:
        """A table has one primary key; and SQLite, alone, would take a constraint twice under one name.

        A final name (`op.f()`) is what a comparison has found, and a naming convention may give it to two of the models.
        """
        if part.kind == "primary":
            return there.kind == "primary"
        if part.kind == "index" or part.name is None or isinstance(part.name, conv):
            return False
        return self._is_same(there, part)

    def add_constraint(self, constraint: Constraint) -> None:
        self.add_part(_part(constraint))

    def add_index(self, index: Index) -> None:
        self.add_part(_index_part(index))

    def has_index(self, name: str | None, *, unique: bool = False) -> bool:
        found = [part for part in self.parts if part.kind == "index" and part.name == name]
        return any(bool(part.options.get("unique")) >= unique for part in found)

    def rename_index(self, name: str, new_name: str) -> None:
        for part in self.parts:
            if part.kind == "index" and part.name == name:
                self.dropped_indexes.append(name)
                part.name, part.new = new_name, True
                return
        raise CommandError(f"table {self.name!r} has no index {name!r}")

    def drop_index(self, name: str, *, if_exists: bool = False) -> None:
        found = [p for p in self.parts if p.kind == "index" and p.name == name]
        if not found and not if_exists and not self._is_gone(name, ("index",)):
            raise CommandError(f"table {self.name!r} has no index {name!r}")
        for column, gone in self.dropped.items():  # nor does it come back with a column that is added again
            self.dropped[column] = [p for p in gone if p.kind != "index" or p.name != name]
        self.dropped_indexes.extend(str(p.name) for p in found if not p.new)
        self.parts = [p for p in self.parts if p not in found]

    def drop_constraint(self, part: Part, *, by_name: bool = True) -> None:
        """One that was asked for by its name goes with those that say the same under it: SQLite keeps each of them."""
        together = by_name and part.name is not None
        self.parts = [p for p in self.parts if p is not part and not (together and self._is_same(p, part))]

    def is_gone(self, name: str | None) -> bool:
        """Has a constraint of this name gone with a column that this batch has dropped?"""
        return self._is_gone(name, _KINDS.values())

    def _is_gone(self, name: str | None, kinds: Collection[str]) -> bool:
        gone = (part for parts in self.dropped.values() for part in parts if part.kind in kinds)
        return name is not None and any(part.name == name for part in gone)

    def _is_same(self, one: Part, other: Part) -> bool:
        if one.kind != other.kind or one.name != other.name:
            return False
        if one.kind == "check":
            return self._same_condition(str(one.source.sqltext), str(other.source.sqltext))
        return one.is_like(other)

    def final_name(self, name: str | None, type_: str | None) -> str | None:
        """The name of a constraint that a script says, with the naming convention; as said if that one is not there."""
        if name is None or isinstance(name, conv):
            return name
        said = schema_objects(self.context).dropped_constraint(name, self.name, type_, schema=self.schema).name
        return str(said) if any(part.name == said for part in self.parts if part.kind != "index") else name

    def rename_constraint(self, name: str, new_name: str, type_: str | None = None) -> None:
        part = self.constraint(name, type_)
        part.name = new_name

    def constraint(
        self, name: str | None, type_: str | None, columns: Sequence[str] = (), condition: Any = None
    ) -> Part:
        """The one constraint of this name, or with these columns, or of this condition.

        :raises CommandError: if there is none, or more than one.
        """
        found = list(self._constraints(name, type_, columns, condition))
        # What the same block has added is not meant, if something else is there.
        found = [part for part in found if not part.new] or found
        if name is None:
            found = [part for part in found if part.name is None] or found
            equal = all((part.name, part.targets) == (found[0].name, found[0].targets) for part in found)
            found = found[:1] if equal else found  # of equal ones, any may go
        elif found and all(self._is_same(part, found[0]) for part in found):
            found = found[:1]
        asked = repr(name) if name else f"{type_ or 'constraint'} on ({', '.join(columns)})"
        if condition is not None:
            asked = f"check ({condition})"
        if not found:
            known = ", ".join(f"{p.name or '(unnamed)'} ({p.kind})" for p in self.parts if p.kind != "index")
            raise NoSuchConstraint(
                f"No such constraint: {asked} on table {self.name!r}", help=f"it has {known or 'none'}"
            )
        if len(found) > 1:
            raise CommandError(f"{asked} is ambiguous on table {self.name!r}: {len(found)} are alike")
        return found[0]

    def _constraints(self, name: str | None, type_: str | None, columns: Any, condition: Any) -> Iterator[Part]:
        for part in self.parts:
            if part.kind == "index" or (type_ is not None and part.kind != type_):
                continue
            if name is not None:
                if part.name == name:
                    yield part
            elif type_ == "primary" and not columns:
                yield part
            elif condition is not None:
                if part.kind == "check" and self._same_condition(str(part.source.sqltext), str(condition)):
                    yield part
            elif part.columns == [self.current(c) for c in columns]:
                yield part

    def _same_condition(self, one: str, other: str) -> bool:
        if self.context is not None:
            return bool(self.context.impl.same_condition(one, other))
        return one.split() == other.split()

    # The result

    def table(self, more: Sequence[Any] = ()) -> Table:
        """The table as it shall be.

        :param more: further constraints and indexes.
        :raises CommandError: if a constraint or index wants a column that the table has not got.
        """
        for part in (part for part in self.parts if part.new):
            part.columns = [self.current(name) for name in part.columns]
        made = Table(
            self.name,
            MetaData(),
            *(copy_column(column) for column in self.columns.values()),
            schema=self.schema,
            prefixes=self.prefixes,
            **{name: value for name, value in self.options.items() if value is not None},
        )
        self._name_checks_of_types(made)
        for part in self.parts:
            if part.kind != "index":
                _append(made, part)
        for item in more:
            made.append_constraint(item)
        complete_references(made)
        for part in self.parts:
            if part.kind == "index":
                _append_index(made, part)
        return made

    def created_indexes(self, table: Table) -> tuple[Index, ...]:
        """The indexes of `table` that were added to this draft."""
        new = {part.name for part in self.parts if part.kind == "index" and part.new}
        return tuple(index for index in _indexes(table) if index.name in new)


def _bare(column: Column[Any]) -> Column[Any]:
    """A copy without keys: those are parts."""
    copied = copy_column(column)
    copied.foreign_keys.clear()
    copied.unique = copied.index = None
    copied.primary_key = False
    copied.nullable = column.nullable
    return copied


def _with_default(column: Column[Any], default: Any) -> Column[Any]:
    """The column with another server default: plain, computed, identity or none."""
    nullable = column.nullable
    made = _bare(column)
    made.server_default = made.computed = made.identity = None
    if isinstance(made.server_onupdate, sa.Computed):
        made.server_onupdate = None
    if isinstance(default, (sa.Computed, sa.Identity)):
        made._init_items(default._copy())
    elif default is not None:
        made.server_default = sa.Column("x", sa.Integer, server_default=default).server_default
    made.nullable = nullable
    return made


def _constraints(table: Table) -> list[Any]:
    """The table's own constraints, in the order in which they were written, less those that a type brings along."""
    found = [c for c in table.constraints if not getattr(c, "_type_bound", False)]
    found = [c for c in found if not (isinstance(c, PrimaryKeyConstraint) and not c.columns)]
    return sorted(found, key=lambda constraint: constraint._creation_order)


def _indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def kind_of(constraint: Any) -> str:
    """The word of `drop_constraint(type_=…)` for a constraint."""
    return _KINDS.get(constraint.__visit_name__, "other")


def _part(constraint: Any) -> Part:
    kind = kind_of(constraint)
    columns = [str(c.name) for c in getattr(constraint, "columns", ())]
    targets: list[tuple[str | None, str, str]] = []
    if kind == "check" and not columns:
        columns = _named_in(constraint.sqltext, constraint.table)
    if kind == "foreignkey":
        columns = list(constraint.column_keys)
        targets = [_target(fk) for fk in constraint.elements]
    return Part(kind, constraint.name, columns, constraint, targets=targets)


def _target(fk: ForeignKey) -> tuple[str | None, str, str]:
    column = referred_column(fk)
    if column is not None:
        return column.table.schema, str(column.table.name), str(column.name)
    schema, table, name = target_of(fk)
    return schema, table, name or fk.parent.name


def _index_part(index: Index) -> Part:
    keys = [str(e.name) if isinstance(e, Column) else e for e in index.expressions]
    # (The text of a literal_column() counts as a column of the index.)
    columns = [str(c.name) for c in index.columns if not getattr(c, "is_literal", False)]
    for key in keys:
        if not isinstance(key, str):
            columns.extend(c for c in _named_in(key, index.table) if c not in columns)
    options = {"unique": index.unique, **index.dialect_kwargs}
    return Part("index", index.name, columns, index, keys, options=options)


def _named_in(expression: Any, table: Any) -> list[str]:
    if table is None or not len(table.columns):
        return []
    return [name for name in dict.fromkeys(identifiers(str(expression))) if name in table.columns]


def _rename_in_part(part: Part, old: str, new: str, draft: TableDraft) -> None:
    part.columns = [new if name == old else name for name in part.columns]
    own = (draft.schema, draft.name)
    part.targets = [(s, t, new if (s, t, c) == (*own, old) else c) for s, t, c in part.targets]
    part.keys = [
        (new if key == old else key) if isinstance(key, str) else _renamed_expression(key, {old: new})
        for key in part.keys
    ]
    part.options = {
        name: _renamed_expression(value, {old: new}) if isinstance(value, sa.ClauseElement) else value
        for name, value in part.options.items()
    }
    if part.kind == "check":
        part.source = CheckConstraint(_renamed_expression(part.source.sqltext, {old: new}), name=part.name)


def _renamed_expression(expression: Any, names: Mapping[str, str]) -> Any:
    """The expression with its columns renamed, as text."""
    if isinstance(expression, TextClause):
        return sa.text(renamed(expression.text, names))
    literal = str(expression.compile(compile_kwargs={"literal_binds": True, "include_table": False}))
    return sa.text(renamed(literal, names).replace(":", "\\:"))


def _append(table: Table, part: Part) -> None:
    options = _options(part)
    if part.kind == "primary":
        constraint: Any = PrimaryKeyConstraint(*(table.c[c] for c in part.columns), name=part.name, **options)
    elif part.kind == "unique":
        constraint = UniqueConstraint(*(table.c[c] for c in part.columns), name=part.name, **options)
    elif part.kind == "foreignkey":
        constraint = _foreign_key(table, part, options)
    else:
        constraint = _check(table, part) if part.kind == "check" else copy_constraint(part.source, table)
        constraint.name = part.name
    table.append_constraint(constraint)


def _check(table: Table, part: Part) -> CheckConstraint:
    condition = part.source.sqltext
    if not isinstance(condition, TextClause) and getattr(part.source, "parent", None) is not None:
        return copy_constraint(part.source, table)  # type: ignore[return-value]
    return CheckConstraint(condition, name=part.name, **_options(part))


_CONSTRAINT = ("deferrable", "initially", "comment")
_FOREIGN_KEY = (*_CONSTRAINT, "onupdate", "ondelete", "match")


def _options(part: Part) -> dict[str, Any]:
    if part.source is None:
        return {name: value for name, value in part.options.items() if value is not None}
    names = _FOREIGN_KEY if part.kind == "foreignkey" else _CONSTRAINT
    given = {name: getattr(part.source, name, None) for name in names}
    return {**{n: v for n, v in given.items() if v is not None}, **part.source.dialect_kwargs}


def _foreign_key(table: Table, part: Part, options: Mapping[str, Any]) -> ForeignKeyConstraint:
    own = (table.schema, table.name)
    targets = [table.c[c] if (s, t) == own else ref(t, c, schema=s) for s, t, c in part.targets]
    columns = [table.c[c] for c in part.columns]
    return ForeignKeyConstraint(columns, targets, name=part.name, **options)


def _append_index(table: Table, part: Part) -> None:
    keys = [table.c[key] if isinstance(key, str) else adapted(key, table) for key in part.keys]
    options = {name: adapted(value, table) for name, value in part.options.items() if value is not None}
    Index(part.name, *keys, _table=table, **options)
