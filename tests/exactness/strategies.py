"""Random models, and random edits of them: what a developer does to models between two revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from autodiff.dialects.generic.tables import is_taken
from tests.exactness.grammar import (
    COLUMN_NAMES,
    COMMENTS,
    TABLE_NAMES,
    TYPES,
    CheckSpec,
    ColumnSpec,
    EnumSpec,
    ForeignKeySpec,
    IndexSpec,
    Model,
    TableSpec,
    UniqueSpec,
)

T = TypeVar("T")
LABELS = ("low", "high", "Mid", "it's", "50%", "a b", "a:b", "back\\slash")
NUMBERING = ("serial", "plain", "identity")
ACTIONS = (None, "CASCADE", "SET NULL", "RESTRICT")
COLLATIONS = {
    "sqlite": ("NOCASE", "RTRIM"),
    "mysql": ("utf8mb4_bin", "latin1_swedish_ci"),
    "postgresql": ("C", "POSIX"),
}
# Options of a whole table, each with another value than the one that it has unsaid.
OPTIONS: dict[str, tuple[tuple[str, Any], ...]] = {
    "sqlite": (("autoincrement", True), ("with_rowid", False)),
    "mysql": (("row_format", "COMPACT"), ("charset", "latin1"), ("stats_persistent", "1")),
    "postgresql": (("with", {"fillfactor": 70}), ("with", {"fillfactor": 80, "parallel_workers": 2})),
}


class Author:
    """Writes models for one dialect; each method draws what it needs, the simplest first, so that examples shrink."""

    def __init__(self, draw: Callable[[Any], Any], dialect: str) -> None:
        self.draw = draw
        self.dialect = dialect
        self.types = [word for word, type_ in TYPES.items() if not type_.only or dialect in type_.only]
        self.comments = COMMENTS[:1] if dialect == "sqlite" else COMMENTS
        self.old: Model | None = None

    def one(self, choices: Sequence[T]) -> T:
        return self.draw(st.sampled_from(choices))  # type: ignore[no-any-return]

    def yes(self, out_of: int = 2) -> bool:
        return self.one(range(out_of)) == out_of - 1

    # -- whole models

    def model(self) -> Model:
        model = Model((), convention=self.yes(4))
        for number in range(self.one(range(3))):
            model = replace(model, enums=(*model.enums, EnumSpec(f"enum {number}", LABELS[: self.one((2, 3, 5))])))
        for _ in range(self.one((1, 2, 3))):
            model = self.add_table(model)
        return model

    def edited(self, model: Model) -> Model:
        self.old = model
        for _ in range(self.one((1, 2, 3, 5))):
            model = next((new for new in self._tries(model) if new != model), model)
        return model

    def _tries(self, model: Model) -> Iterator[Model]:
        """Some edits; there may be nothing in the model that one of them could do something to."""
        return (self.one(EDITS)(self, model) for _ in range(4))

    # -- tables

    def add_table(self, model: Model) -> Model:
        free = [name for name in TABLE_NAMES if not self._was(model.table(name), name)]
        if not free:
            return model
        name = self.one(free)
        key = self.one(("serial", "plain", "word", "pair", *(("identity",) if self.dialect == "postgresql" else ())))
        key_name = None if model.convention or self.dialect == "mysql" or not self.yes(3) else f"pk {name}"
        spec = TableSpec(name, key, key_name, self.one(self.comments), option=self._option(key))
        model = replace(model, tables=(*model.tables, spec))
        for _ in range(self.one((1, 2, 4, 6))):
            model = self.add_column(model, name)
        for edit in (Author.add_index, Author.add_unique, Author.add_check, Author.add_foreign_key):
            if self.yes():
                model = edit(self, model, name)
        return model

    def _option(self, key: str) -> tuple[str, Any] | None:
        fitting = {"autoincrement": key == "serial", "with_rowid": key != "serial"}
        taken = [option for option in OPTIONS.get(self.dialect, ()) if is_taken(f"{self.dialect}_{option[0]}")]
        options = [option for option in taken if fitting.get(option[0], True)]
        return self.one((None, None, *options))

    def change_option(self, model: Model) -> Model:
        table = self._table(model)
        return _with(model, replace(table, option=self._option(table.key)))

    def rename_table(self, model: Model) -> Model:
        table = self._table(model)
        free = [name for name in TABLE_NAMES if not self._was(model.table(name), name)]
        if not free or self._is_new_table(model, table.name):
            return model
        new = replace(table, name=self.one(free), former=table.former or table.name)
        tables = (new if each == table else each for each in model.tables)
        return replace(model, tables=tuple(_referring(each, table.name, new.name) for each in tables))

    def change_key(self, model: Model) -> Model:
        """A column that has a value in every row goes into the primary key, or out of it."""
        table = self._table(model)
        referred = {key.to for each in model.tables for key in each.foreign_keys}
        referred |= {key.to for each in self.old.tables for key in each.foreign_keys} if self.old else set()
        if table.key not in ("plain", "word") or {table.name, table.former} & referred or table.option:
            return model
        columns = [c for c in table.columns if not (c.nullable or c.computed) and self._is_key(c)]
        free = [c.name for c in columns if not self._is_new(table, c.name) and not self._is_held(table, c.name)]
        also = self.one((None, *free))
        return _with(model, replace(table, also=also))

    def change_numbering(self, model: Model) -> Model:
        """Who numbers the rows: a sequence, an identity, or nobody."""
        table = self._table(model)
        if table.key not in NUMBERING or self.dialect != "postgresql" or table.also:
            return model
        return _with(model, replace(table, key=self.one(NUMBERING)))

    def _was(self, there: object, name: str) -> bool:
        """Is the name in use, or was it before the edits: then it would not be a new table but another one."""
        return there is not None or (self.old is not None and self.old.table(name) is not None)

    def drop_table(self, model: Model) -> Model:
        if len(model.tables) < 2:
            return model
        name = self.one(model.tables).name
        kept = (t for t in model.tables if t.name != name)
        return replace(model, tables=tuple(_without_references(t, name) for t in kept))

    def comment_table(self, model: Model) -> Model:
        return _with(model, replace(self.one(model.tables), comment=self.one(self.comments)))

    # -- columns

    def add_column(self, model: Model, name: str | None = None) -> Model:
        table = self._table(model, name)
        old = self._former(table)
        free = [c for c in COLUMN_NAMES if not table.column(c) and not (old and old.column(c))]
        if not free:
            return model
        # Much hangs on numbers: keys, other columns.
        enums = [f"enum {enum.name}" for enum in model.enums]
        lists = [f"list {enum}" for enum in enums] if self.dialect == "postgresql" else []
        type_ = self.one(["int", *self.types, *enums, *lists, "int", "int", "int"])
        written = {key.column for key in table.foreign_keys if self._is_written(key)}
        numbers = [c.name for c in table.columns if c.type == "int" and c.name not in written]
        if numbers and self.yes(4):
            column = ColumnSpec(self.one(free), "big", computed=self.one(numbers), comment=self.one(self.comments))
            column = replace(column, stored=self.dialect == "postgresql" or self.yes())
        else:
            default = self.default(model, type_)
            nullable = not self.yes(3) or (default is None and self._has_rows(table))
            column = ColumnSpec(self.one(free), type_, nullable, default, self.one(self.comments))
            if type_ in ("word", "phrase") and self.yes(4):
                column = replace(column, collation=self.one(COLLATIONS[self.dialect]))
            if type_ == "int" and numbers and self.dialect == "mysql" and self.yes(4):
                column = replace(column, default=("column", self.one(numbers)))
        return _with(model, replace(table, columns=(*table.columns, column)))

    def default(self, model: Model, type_: str) -> Any:
        if type_.startswith("enum "):
            return self.one((None, model.enum(type_[5:]).labels[0]))
        if type_.startswith("list "):
            return self.one((None, "{}"))
        return self.one((None, *TYPES[type_].defaults))

    def drop_column(self, model: Model) -> Model:
        table = self._table(model)
        columns = [c for c in table.columns if c.name != table.also]
        if len(table.columns) < 2 or not columns:
            return model
        return _with(model, _without_column(table, self.one(columns).name))

    def rename_column(self, model: Model) -> Model:
        table = self._table(model)
        unnamed = {u.columns[0] for u in table.uniques if u.name is None}  # MySQL names their keys after the column
        free = [c for c in table.columns if not (c.name in unnamed or self._is_new(table, c.name))]
        old = self._former(table)
        names = [n for n in COLUMN_NAMES if not table.column(n) and not (old and old.column(n))]
        if not free or not names:
            return model
        column = self.one(free)
        names = [name for name in names if len(name) % 2 == len(column.name) % 2]  # see `CheckSpec.in_column`
        if not names:
            return model
        new = replace(column, name=self.one(names), former=column.former or column.name)
        return _with(model, _with_renamed(table, column, new))

    def change_generated(self, model: Model) -> Model:
        """Another expression, stored or not, or none at all: then it is a plain column with the same values."""
        table = self._table(model)
        generated = [c for c in table.columns if c.computed]
        if not generated:
            return model
        column = self.one(generated)
        new = [replace(column, times=3), replace(column, computed=None, stored=True, times=2)]
        new += [replace(column, stored=not column.stored)] if self.dialect != "postgresql" else []
        return _with(model, replace(table, columns=tuple(self.one(new) if c == column else c for c in table.columns)))

    def alter_column(self, model: Model) -> Model:
        table = self._table(model)
        free = [c for c in table.columns if not c.computed and not self._is_held(table, c.name)]
        if not free:
            return model
        column = self.one(free)
        new = self.one((self._other_default, self._other_nullability, self._wider, self._other_comment))(
            model, table, column
        )
        return _with(model, replace(table, columns=tuple(new if c == column else c for c in table.columns)))

    def _other_default(self, model: Model, table: TableSpec, column: ColumnSpec) -> ColumnSpec:
        default = self.default(model, column.type)
        return replace(column, default=default, nullable=column.nullable or self._is_new(table, column.name))

    def _other_nullability(self, model: Model, table: TableSpec, column: ColumnSpec) -> ColumnSpec:
        return column if self._is_new(table, column.name) else replace(column, nullable=not column.nullable)

    def _wider(self, model: Model, table: TableSpec, column: ColumnSpec) -> ColumnSpec:
        in_use = {c for part in (*table.indexes, *table.uniques) for c in part.columns}
        wider = TYPES[column.type].wider if column.type in TYPES else ()
        wider = tuple(w for w in wider if w != "text" or (column.name not in in_use and column.default is None))
        if column.name in {c.computed for c in table.columns}:
            return column
        return replace(column, type=self.one((column.type, *wider)))

    def _other_comment(self, model: Model, table: TableSpec, column: ColumnSpec) -> ColumnSpec:
        return replace(column, comment=self.one(self.comments))

    # -- what hangs on columns

    def add_index(self, model: Model, name: str | None = None) -> Model:
        table = self._table(model, name)
        columns = self._some(self._keys(model, table))
        number = sum(len(t.indexes) for t in model.tables)
        title = f"ix {table.name} {number}"
        if not columns or self._is_taken(model, title):
            return model
        spec = IndexSpec(title, columns, descending=self.yes(4))
        first = table.column(columns[0])
        if self.dialect == "mysql" and first is not None and first.type in ("word", "phrase", "text") and self.yes():
            spec = replace(spec, length=self.one((3, 10)), descending=False)
        if self.dialect != "mysql":
            where = self.one([None, None, *(c.name for c in table.columns if not c.computed)])
            lowered = first is not None and first.type in ("word", "phrase") and self.yes()
            spec = replace(spec, where=where, lowered=lowered, descending=spec.descending and not lowered)
        if not spec.lowered and not spec.length and self._may_be_unique(table, columns):
            spec = replace(spec, unique=self.yes(3))
        return _with(model, replace(table, indexes=(*table.indexes, spec)))

    def _is_taken(self, model: Model, title: str) -> bool:
        return any(title == index.name for m in (self.old, model) if m for t in m.tables for index in t.indexes)

    def change_index(self, model: Model) -> Model:
        table = self._table(model)
        if not table.indexes:
            return model
        index = self.one(table.indexes)
        left = tuple(i for i in table.indexes if i != index)
        if self.yes(3):
            return _with(model, replace(table, indexes=left))
        if len(index.columns) > 1:
            index = replace(index, columns=index.columns[::-1], lowered=False, length=None)
        elif not index.lowered and not index.length and self._may_be_unique(table, index.columns):
            index = replace(index, unique=not index.unique)
        return _with(model, replace(table, indexes=(*left, index)))

    def add_unique(self, model: Model, name: str | None = None) -> Model:
        table = self._table(model, name)
        columns = self._some(self._keys(model, table))
        if (
            not columns
            or not self._may_be_unique(table, columns)
            or any(u.columns[0] == columns[0] for u in table.uniques)
        ):
            return model
        title = self.one((None, f"uq {table.name} {len(table.uniques)}"))
        if title in {u.name for u in table.uniques} or (title is None and self._was_unique(table, columns)):
            return model
        return _with(model, replace(table, uniques=(*table.uniques, UniqueSpec(title, columns))))

    def _was_unique(self, table: TableSpec, columns: tuple[str, ...]) -> bool:
        """Then one without a name is the same one: it may have any name."""
        old = self._former(table)
        return old is not None and any(set(unique.columns) == set(columns) for unique in old.uniques)

    def drop_unique(self, model: Model) -> Model:
        table = self._table(model)
        return _with(model, replace(table, uniques=table.uniques[1:]))

    def add_check(self, model: Model, name: str | None = None) -> Model:
        table = self._table(model, name)
        written = {key.column for key in table.foreign_keys if self._is_written(key)}
        some = [c for c in table.columns if c.type in TYPES and TYPES[c.type].conditions and not c.computed]
        some = [c for c in some if c.name not in written]
        if not some:
            return model
        column = self.one(some)
        is_named = model.convention or self.yes() or any(c.name is None for c in table.checks)
        taken = [check.name for each in model.tables for check in each.checks]  # MySQL has each name once per database
        title = f"ck {len(taken)}" if is_named else None
        if title is not None and title in taken:
            return model
        spec = CheckSpec(title, column.name, self.one(TYPES[column.type].conditions))
        return _with(model, replace(table, checks=(*table.checks, spec)))

    def change_check(self, model: Model) -> Model:
        table = self._table(model)
        if not table.checks:
            return model
        check = self.one(table.checks)
        left = tuple(c for c in table.checks if c != check)
        column = table.column(check.column)
        if column is None or self.yes(3):
            return _with(model, replace(table, checks=left))
        other = replace(check, condition=self.one(TYPES[column.type].conditions))
        return _with(model, replace(table, checks=(*left, other)))

    def add_foreign_key(self, model: Model, name: str | None = None) -> Model:
        """On a new column, or on one whose values are keys of a table that is there with its rows."""
        table = self._table(model, name)
        targets = [t.name for t in model.tables if t.key in NUMBERING and not t.also]
        taken = {key.column for key in table.foreign_keys}
        taken |= {c.default[1] for c in table.columns if _names_a_column(c)} | {table.also}
        columns = [c for c in table.columns if c.type == "int" and not c.computed and c.name not in taken]
        # (A value that a default gives to rows is no key.)
        pairs = [
            (c, to) for c in columns for to in targets if c.default is None and not self._is_filled(model, table, c, to)
        ]
        if not pairs:
            return model
        column, to = self.one(pairs)
        title = self.one((None, f"fk {table.name} {column.name}"))
        if title is not None and self.dialect == "mysql" and self.yes(3):
            title = self._name_of_a_column(model, table) or title
        spec = ForeignKeySpec(title, column.name, to)
        spec = replace(spec, ondelete=self._ondelete(table, spec), onupdate=self._onupdate(table, spec))
        if self.dialect != "mysql":
            spec = replace(spec, deferrable=self.yes(3))
        return _with(model, replace(table, foreign_keys=(*table.foreign_keys, spec)))

    def _is_filled(self, model: Model, table: TableSpec, column: ColumnSpec, to: str) -> bool:
        """Does the column have values, and the table that it is to refer to no rows?"""
        return self._is_new_table(model, to) and self._has_rows(table) and not self._is_new(table, column.name)

    def _name_of_a_column(self, model: Model, table: TableSpec) -> str | None:
        """A name that nothing else in the database has: MySQL calls indexes after columns, and after foreign keys."""
        taken = {key.name for m in (self.old, model) if m for t in m.tables for key in t.foreign_keys}
        taken |= {c for t in model.tables for u in t.uniques for c in u.columns}
        unnamed = {
            key.column for key in table.foreign_keys if key.name is None
        }  # the server refuses that in one statement
        free = [column.name for column in table.columns if column.name not in taken | unnamed]
        return self.one(free) if free else None

    def change_foreign_key(self, model: Model) -> Model:
        table = self._table(model)
        if not table.foreign_keys:
            return model
        key, *left = table.foreign_keys
        if self.yes():
            return _with(model, replace(table, foreign_keys=tuple(left)))
        new = [
            replace(key, ondelete=self._ondelete(table, key)),
            replace(key, onupdate=self._onupdate(table, key)),
        ]
        new += [replace(key, deferrable=not key.deferrable)] if self.dialect != "mysql" else []
        return _with(model, replace(table, foreign_keys=(self.one(new), *left)))

    def _ondelete(self, table: TableSpec, key: ForeignKeySpec) -> str | None:
        column = table.column(key.column)
        may_write = column is not None and column.nullable and not self._is_read(table, key.column)
        return self.one([action for action in ACTIONS if may_write or action != "SET NULL"])

    def _onupdate(self, table: TableSpec, key: ForeignKeySpec) -> str | None:
        return self.one((None,) if self._is_read(table, key.column) else (None, "CASCADE"))

    def _is_read(self, table: TableSpec, column: str) -> bool:
        """Is the column in a CHECK or a generated column, so that MySQL lets no foreign key write to it?"""
        if self.dialect != "mysql":
            return False
        return column in {c.column for c in table.checks} | {c.computed for c in table.columns}

    def _is_written(self, key: ForeignKeySpec) -> bool:
        return self.dialect == "mysql" and bool({key.ondelete, key.onupdate} & {"CASCADE", "SET NULL"})

    def change_enum(self, model: Model) -> Model:
        """Add or remove a label behind the second: the first two are in rows and defaults."""
        if not model.enums:
            return model
        enum = self.one(model.enums)
        labels, free = enum.labels, [label for label in LABELS if label not in enum.labels]
        if len(labels) > 2 and self.yes():
            labels = (*labels[:2], *labels[3:])
        elif free:
            place = self.one(range(len(labels), 1, -1))
            labels = (*labels[:place], self.one(free), *labels[place:])
        new = replace(enum, labels=labels)
        return replace(model, enums=tuple(new if e == enum else e for e in model.enums))

    # -- asking

    def _table(self, model: Model, name: str | None = None) -> TableSpec:
        found = model.table(name) if name else None
        return found or self.one(model.tables)

    def _keys(self, model: Model, table: TableSpec) -> list[str]:
        return [c.name for c in table.columns if c.type in TYPES and TYPES[c.type].is_key and not c.computed]

    def _some(self, names: list[str]) -> tuple[str, ...]:
        if not names:
            return ()
        return tuple(self.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)))

    def _is_held(self, table: TableSpec, column: str) -> bool:
        return any(key.column == column for key in table.foreign_keys)

    def _is_key(self, column: ColumnSpec) -> bool:
        return column.type in TYPES and TYPES[column.type].is_key

    def _former(self, table: TableSpec) -> TableSpec | None:
        """The table as it was before the edits."""
        return None if self.old is None else self.old.table(table.former or table.name)

    def _is_new_table(self, model: Model, name: str) -> bool:
        table = model.table(name)
        return self.old is not None and (table is None or self._former(table) is None)

    def _is_new(self, table: TableSpec, column: str) -> bool:
        if self.old is None:
            return False
        was, spec = self._former(table), table.column(column)
        return was is None or spec is None or was.column(spec.former or spec.name) is None

    def _has_rows(self, table: TableSpec) -> bool:
        return self._former(table) is not None

    def _may_be_unique(self, table: TableSpec, columns: Sequence[str]) -> bool:
        """New columns of a table with rows are NULL or the same everywhere."""
        return not (self._has_rows(table) and any(self._is_new(table, column) for column in columns))


EDITS: tuple[Callable[[Author, Model], Model], ...] = (
    Author.alter_column,
    Author.add_column,
    Author.drop_column,
    Author.add_index,
    Author.change_index,
    Author.add_unique,
    Author.drop_unique,
    Author.add_check,
    Author.change_check,
    Author.add_foreign_key,
    Author.change_foreign_key,
    Author.change_enum,
    Author.comment_table,
    Author.add_table,
    Author.drop_table,
    Author.rename_table,
    Author.rename_column,
    Author.change_generated,
    Author.change_option,
    Author.change_key,
    Author.change_numbering,
)


def _with(model: Model, new: TableSpec) -> Model:
    return replace(model, tables=tuple(new if table.name == new.name else table for table in model.tables))


def _without_references(table: TableSpec, name: str) -> TableSpec:
    return replace(table, foreign_keys=tuple(key for key in table.foreign_keys if key.to != name))


def _referring(table: TableSpec, old: str, new: str) -> TableSpec:
    keys = (replace(key, to=new) if key.to == old else key for key in table.foreign_keys)
    return replace(table, foreign_keys=tuple(keys))


def _with_renamed(table: TableSpec, old: ColumnSpec, new: ColumnSpec) -> TableSpec:
    def called(name: str | None) -> Any:
        return new.name if name == old.name else name

    def of(column: ColumnSpec) -> ColumnSpec:
        default = ("column", called(column.default[1])) if _names_a_column(column) else column.default
        return replace(new if column == old else column, computed=called(column.computed), default=default)

    return replace(
        table,
        columns=tuple(map(of, table.columns)),
        indexes=tuple(replace(i, columns=tuple(map(called, i.columns)), where=called(i.where)) for i in table.indexes),
        uniques=tuple(replace(u, columns=tuple(map(called, u.columns))) for u in table.uniques),
        checks=tuple(replace(c, column=called(c.column)) for c in table.checks),
        foreign_keys=tuple(replace(key, column=called(key.column)) for key in table.foreign_keys),
        also=called(table.also),
    )


def _names_a_column(column: ColumnSpec) -> bool:
    return isinstance(column.default, tuple) and column.default[0] == "column"


def _without_column(table: TableSpec, name: str) -> TableSpec:
    return replace(
        table,
        columns=tuple(
            replace(c, default=None) if _names_a_column(c) and c.default[1] == name else c
            for c in table.columns
            if name not in (c.name, c.computed)
        ),
        indexes=tuple(i for i in table.indexes if name not in (*i.columns, i.where)),
        uniques=tuple(u for u in table.uniques if name not in u.columns),
        checks=tuple(c for c in table.checks if c.column != name),
        foreign_keys=tuple(key for key in table.foreign_keys if key.column != name),
    )


@st.composite
def edits(draw: Any, dialect: str) -> tuple[Model, Model]:
    """A model, and what an author makes of it."""
    author = Author(draw, dialect)
    model = author.model()
    return model, author.edited(model)
