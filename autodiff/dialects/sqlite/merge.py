"""A change of a table, folded into the text that SQLite stores of it.

What is carried over comes from the stored text (unnamed CHECKs, collations, ON CONFLICT, comments in a column, options),
never from a reflection that may have lost it. SQLAlchemy says only what differs: the table as it was and as it shall be
are compiled and read by the same grammar, and each difference between these two is applied to the stored text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autodiff.dialects.sqlite.expression import Scope, canonical, columns_of, respelled
from autodiff.dialects.sqlite.facts import (
    collation,
    conflict,
    default_value,
    foreign_key,
    generated,
)
from autodiff.dialects.sqlite.lexer import fold, quoted
from autodiff.dialects.sqlite.parts import (
    Check,
    Collate,
    ColumnDefinition,
    Default,
    ForeignKey,
    Generated,
    NotNull,
    Null,
    Part,
    PrimaryKey,
    TableDefinition,
    Unique,
)
from autodiff.errors import CommandError

Constraint = Check | Unique | ForeignKey


@dataclass(frozen=True)
class Body:
    """A table without its name.

    :param columns: text by name, in order.
    """

    columns: Mapping[str, str]
    constraints: tuple[str, ...]
    options: tuple[str, ...]

    def create(self, name: str, schema: str | None = None) -> str:
        """CREATE TABLE of this table under a name."""
        lines = ",\n\t".join([*self.columns.values(), *self.constraints])
        options = " " + ", ".join(self.options) if self.options else ""
        place = f"{quoted(schema)}." if schema else ""
        return f"CREATE TABLE {place}{quoted(name)} (\n\t{lines}\n){options}"


@dataclass(frozen=True)
class Sides:
    """A table as it was (`before`) and shall be (`after`), as SQLAlchemy writes both.

    :param origins: by folded name of a new column: the column of `before` that it was.
    :param renames: the columns that have their new names in the database already, old to new.
    """

    before: TableDefinition
    after: TableDefinition
    origins: Mapping[str, str]
    renames: Mapping[str, str] = field(default_factory=dict)

    def stored_name(self, new: str) -> str | None:
        """What the column is called in the database now."""
        origin = self.origins.get(fold(new))
        return None if origin is None else self.renames.get(origin, origin)

    def column_before(self, new: str) -> ColumnDefinition | None:
        origin = self.origins.get(fold(new))
        return None if origin is None else self.before.column(origin)

    @property
    def dropped(self) -> frozenset[str]:
        """Folded names of the columns that were and shall not be."""
        used = {fold(origin) for origin in self.origins.values()}
        return frozenset(fold(column.name) for column in self.before.columns) - used

    @property
    def now(self) -> dict[str, str]:
        """What columns of `before` are called in the database now, by folded name, where that is something else."""
        return {fold(old): new for old, new in self.renames.items()}


def merged(stored: TableDefinition, sides: Sides) -> Body:
    """The stored table with the difference of the two sides applied.

    :raises CommandError: a constraint that shall be dropped is not there.
    """
    stored = _without(stored, _removed(stored, sides))
    added = [part for part in _only_in_after(sides) if not _belongs_to_new_column(part, sides)]
    renamed = {fold(origin): new for new, origin in sides.origins.items()}
    key_changes = _key(sides.before, renamed) != _key(sides.after, {})
    if key_changes:
        stored = _without(stored, [key] if (key := stored.primary_key) else [])
    columns = dict(_columns(stored, sides, key_changes))
    constraints = [_at_home(part, stored.scope) for part in stored.constraints]
    key = sides.after.primary_key
    if key_changes and key is not None and not key.inline:
        constraints.insert(0, key.text)
    constraints += [_at_home(part, sides.after.scope) for part in added]
    changed = sides.before.options != sides.after.options
    return Body(columns, tuple(constraints), sides.after.options if changed else stored.options)


# columns


def _columns(stored: TableDefinition, sides: Sides, key_changes: bool) -> Iterator[tuple[str, str]]:
    """The columns in the order of `after`; those that only the database knows stay behind their neighbour."""
    known = {fold(sides.renames.get(column.name, column.name)) for column in sides.before.columns}
    lost: dict[str | None, list[ColumnDefinition]] = {}
    neighbour: str | None = None
    for column in stored.columns:
        if fold(column.name) in known:
            neighbour = fold(column.name)
        else:
            lost.setdefault(neighbour, []).append(column)
    yield from ((column.name, _text(column, stored.scope)) for column in lost.get(None, ()))
    for column in sides.after.columns:
        yield column.name, _text(_column(column, stored, sides, key_changes), stored.scope)
        now = sides.stored_name(column.name)
        if now is not None:
            yield from ((other.name, _text(other, stored.scope)) for other in lost.get(fold(now), ()))


def _column(after: ColumnDefinition, stored: TableDefinition, sides: Sides, key_changes: bool) -> ColumnDefinition:
    name = sides.stored_name(after.name)
    now = None if name is None else stored.column(name)
    before = sides.column_before(after.name)
    if now is None or before is None:
        return after
    parts = list(now.parts)
    for sort in (NotNull, Default, Collate, Generated):
        if _meaning(sides.before, before, sort) != _meaning(sides.after, after, sort):
            parts = [part for part in parts if not isinstance(part, (sort, Null) if sort is NotNull else sort)]
            said = after.last(sort)
            parts += [said] if said is not None else []
    if key_changes:
        parts += list(after.all(PrimaryKey))
    declared = now.declared if before.type_words == after.type_words else after.declared
    if (key_changes or declared != now.declared) and not any(isinstance(part, NotNull) for part in parts):
        # The rowid is not null without saying so; what is not the rowid any more has to say it.
        parts += list(after.all(NotNull))
    written = now.written if now.name == after.name else quoted(after.name)
    if parts == list(now.parts) and declared == now.declared and written == now.written:
        return now
    return _spelled(replace(now, name=after.name, written=written, declared=declared, parts=tuple(parts)))


def _spelled(column: ColumnDefinition) -> ColumnDefinition:
    """The column with a text made of its parts."""
    words = [column.written, column.declared, *(part.text for part in column.parts)]
    return replace(column, text=" ".join(word for word in words if word))


def _meaning(table: TableDefinition, column: ColumnDefinition, sort: type[Part]) -> Any:
    if sort is NotNull:
        stated = column.last(NotNull)
        return None if stated is None else (stated.conflict or "ABORT")
    if sort is Default:
        return default_value(table, column)
    return collation(column) if sort is Collate else generated(table, column)


# constraints


def _key(table: TableDefinition, renamed: Mapping[str, str]) -> Any:
    """The primary key as SQLAlchemy can say it, its columns under their new names."""
    key = table.primary_key
    if key is None:
        return None
    columns = tuple(fold(renamed.get(fold(column.name), column.name)) for column in key.columns)
    return key.name, columns, conflict(key), key.autoincrement


def signature(part: Part, table: TableDefinition) -> Any:
    """What a constraint demands, its name and what SQLAlchemy cannot say left out."""
    if isinstance(part, Unique):
        return "unique", tuple(fold(column.name) for column in part.columns)
    if isinstance(part, ForeignKey):
        return "foreign key", tuple(fold(name) for name in part.columns), fold(part.referred)
    assert isinstance(part, Check)
    return "check", canonical(part.condition, table.scope)


def _full(part: Constraint, table: TableDefinition, renamed: Mapping[str, str]) -> Any:
    """Name, definition and options of a constraint, its columns under their new names."""
    if isinstance(part, Unique):
        columns = tuple(fold(renamed.get(fold(column.name), column.name)) for column in part.columns)
        return "unique", part.name, columns, conflict(part)
    if isinstance(part, ForeignKey):
        own, *rest = foreign_key(part, None)
        return "foreign key", part.name, tuple(fold(renamed.get(name, name)) for name in own), tuple(rest)
    return "check", part.name, canonical(part.condition, table.scope)


def _changes(sides: Sides) -> tuple[list[Constraint], list[Constraint]]:
    """The constraints that only `before` has, and those that only `after` has.

    What is on a column that is dropped and made anew is in both: nothing of its old text stays.
    """
    renamed = {fold(origin): new for new, origin in sides.origins.items()}
    after = list(constraints_of(sides.after))
    # A CHECK's text may or may not follow a renamed column: both are the same CHECK.
    keys = [_full(part, sides.after, {}) for part in after]
    gone: list[Constraint] = []
    for part in constraints_of(sides.before):
        spellings = [_full(part, sides.before, renamed)]
        if isinstance(part, Check):
            spellings.append(("check", part.name, _renamed_tree(spellings[0][2], renamed)))
        found = next((key for key in spellings if key in keys), None)
        if found is None or _columns_used(part, sides.before) & sides.dropped:
            gone.append(part)
        else:
            at = keys.index(found)
            del keys[at], after[at]
    return gone, after


def _renamed_tree(tree: Any, renamed: Mapping[str, str]) -> Any:
    if not isinstance(tree, tuple):
        return tree
    if len(tree) == 2 and tree[0] == "column":
        return ("column", fold(renamed.get(tree[1], tree[1])))
    return tuple(_renamed_tree(part, renamed) for part in tree)


def constraints_of(table: TableDefinition) -> Iterator[Constraint]:
    yield from table.all(Check)
    yield from table.all(Unique)
    yield from table.all(ForeignKey)


def _only_in_after(sides: Sides) -> list[Constraint]:
    return _changes(sides)[1]


def _belongs_to_new_column(part: Part, sides: Sides) -> bool:
    """Is the constraint written at a column that is taken from `after` with its whole text?"""
    at = (column for column in sides.after.columns if part in column.parts)
    return any(sides.column_before(column.name) is None for column in at)


def _removed(stored: TableDefinition, sides: Sides) -> list[Constraint]:
    renamed = {fold(origin): new for new, origin in sides.origins.items()}
    removed: list[Constraint] = []
    left = list(constraints_of(stored))
    for part in _changes(sides)[0]:
        found = _match(part, left, stored, sides.before, [sides.now, {}, renamed])
        if found is None:
            if _columns_used(part, sides.before) & sides.dropped:
                continue
            raise CommandError(
                f"table {stored.name!r} has no constraint {part.name or part.text!r} to drop",
                help="`autodiff diff` shows what it has",
            )
        left.remove(found)
        removed.append(found)
    dropped = {fold(sides.now.get(name, name)) for name in sides.dropped}
    return removed + [part for part in left if _columns_used(part, stored) & dropped]


def _columns_used(part: Constraint, table: TableDefinition) -> frozenset[str]:
    if isinstance(part, Unique):
        return frozenset(fold(column.name) for column in part.columns)
    if isinstance(part, ForeignKey):
        return frozenset(fold(name) for name in part.columns)
    return columns_of(part.condition, table.scope)


def _match(
    wanted: Constraint,
    among: list[Constraint],
    stored: TableDefinition,
    before: TableDefinition,
    spellings: Sequence[Mapping[str, str]],
) -> Constraint | None:
    """The stored constraint that is meant: by name and definition, by name, by definition where one has no name.

    :param spellings: what its columns may be called there, by folded name in `before`; the likeliest first.
    """
    same_sort = [part for part in among if type(part) is type(wanted)]
    forms = [_renamed_signature(wanted, before, spelling) for spelling in spellings]
    found = [(forms.index(form), part) for part in same_sort if (form := signature(part, stored)) in forms]
    alike = [part for _, part in sorted(found, key=lambda pair: pair[0])]
    if wanted.name is None:
        unnamed = [part for part in alike if part.name is None]
        return next(iter(unnamed or alike), None)
    named = [part for part in same_sort if _same(part.name, wanted.name)]
    both = [part for part in alike if part in named]
    unnamed = [part for part in alike if part.name is None]
    return next(iter(both or named or unnamed), None)


def _renamed_signature(part: Constraint, table: TableDefinition, renamed: Mapping[str, str]) -> Any:
    kind, what, *rest = signature(part, table)
    if kind == "check":
        return kind, _renamed_tree(what, renamed)
    return (kind, tuple(fold(renamed.get(name, name)) for name in what), *rest)


def _same(one: str | None, other: str) -> bool:
    return one is not None and fold(one) == fold(other)


def _without(table: TableDefinition, removed: Sequence[Part]) -> TableDefinition:
    """The table without these constraints, wherever they are written. They are told apart by identity."""
    gone = {id(part) for part in removed}
    columns = tuple(
        (
            _spelled(replace(column, parts=tuple(part for part in column.parts if id(part) not in gone)))
            if any(id(part) in gone for part in column.parts)
            else column
        )
        for column in table.columns
    )
    return replace(table, columns=columns, constraints=tuple(_left(table.constraints, removed)))


def _left(parts: Iterable[Any], removed: Sequence[Part]) -> Iterator[Any]:
    """The parts less the removed ones; equal texts are read once, so that two parts may be one object."""
    times = Counter(id(part) for part in removed)
    for part in parts:
        if times[id(part)]:
            times[id(part)] -= 1
        else:
            yield part


# texts


def _text(column: ColumnDefinition, scope: Scope) -> str:
    texts = {part.text: _at_home(part, scope) for part in column.parts}
    text = column.text
    for old, new in texts.items():
        text = text.replace(old, new, 1) if old != new else text
    return text


def _at_home(part: Part, scope: Scope) -> str:
    """The constraint's text without qualifiers by its own table, which is made under another name."""
    if isinstance(part, (Check, Generated)):
        given = part.condition if isinstance(part, Check) else part.expression
        return part.text.replace(given.text, respelled(given, scope, {}), 1)
    return part.text
