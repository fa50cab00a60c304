"""SQLAlchemy objects for operations, made from names: tables, columns, constraints, indexes.

Each lives in a `MetaData` of its own, which has the naming convention of the target metadata.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.schema import (
    CheckConstraint,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    SchemaItem,
    UniqueConstraint,
)
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import _NONE_NAME
from sqlalchemy.types import NULLTYPE, SchemaType


class SchemaObjects:
    """Makes them.

    :param naming_convention: how unnamed constraints and indexes are called; None leaves them unnamed.
    """

    def __init__(self, naming_convention: Mapping[str, Any] | None = None) -> None:
        self.naming_convention = naming_convention

    def metadata(self) -> MetaData:
        if self.naming_convention:
            return MetaData(naming_convention=self.naming_convention)
        return MetaData()

    def table(
        self,
        name: str,
        *items: SchemaItem,
        schema: str | None = None,
        constraints_included: bool = False,
        **kw: Any,
    ) -> Table:
        """A table of these columns, constraints and indexes (copies of those that belong to another table).

        :param constraints_included: `items` has all constraints and indexes, so that `unique=True` and `index=True` of
            a column say nothing new.
        """
        bound = [item for item in items if _is_bound(item)]
        first = [_free(item) for item in items if not any(item is constraint for constraint in bound)]
        if constraints_included:
            for column in first:
                if isinstance(column, Column):
                    column.unique = column.index = None
        metadata = self.metadata()
        for check in (check for column in first for check in _checks_in(column)):
            if check.name is None and _makes_names_of_names(metadata):
                check.name = _NONE_NAME  # which the convention leaves alone
        made = Table(name, metadata, *first, schema=schema, **kw)
        for constraint in bound:
            made.append_constraint(copy_constraint(constraint, made))
        complete_references(made)
        in_columns = [check for column in made.columns for check in _checks_in(column) if check.name is _NONE_NAME]
        for constraint in (*unnameable(made), *in_columns):
            constraint.name = None
        return made

    def checks_of_type(
        self, table_name: str, column: str, type_: Any, *, schema: str | None = None
    ) -> list[CheckConstraint]:
        """The CHECKs that a type such as `Boolean(create_constraint=True)` brings along."""
        if not isinstance(type_, SchemaType):
            return []
        table = self.table(table_name, Column(column, type_), schema=schema)
        return [c for c in table.constraints if isinstance(c, CheckConstraint) and getattr(c, "_type_bound", False)]

    def stub(self, name: str, columns: Sequence[str] = (), *, schema: str | None = None) -> Table:
        """A table of which only the names of some columns are known."""
        return Table(name, self.metadata(), *(Column(c, NULLTYPE) for c in dict.fromkeys(columns)), schema=schema)

    def primary_key(
        self, name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None, **kw: Any
    ) -> PrimaryKeyConstraint:
        table = self.stub(table_name, [*columns, *_columns_in(kw)], schema=schema)
        constraint = PrimaryKeyConstraint(*(table.c[column] for column in columns), name=name, **kw)
        table.append_constraint(constraint)
        return constraint

    def unique(
        self, name: str | None, table_name: str, columns: Sequence[str], *, schema: str | None = None, **kw: Any
    ) -> UniqueConstraint:
        table = self.stub(table_name, [*columns, *_columns_in(kw)], schema=schema)
        constraint = UniqueConstraint(*(table.c[column] for column in columns), name=name, **kw)
        table.append_constraint(constraint)
        return constraint

    def check(
        self, name: str | None, table_name: str, condition: Any, *, schema: str | None = None, **kw: Any
    ) -> CheckConstraint:
        table = self.stub(table_name, schema=schema)
        constraint = CheckConstraint(adapted(condition, table), name=name, **kw)
        table.append_constraint(constraint)
        return constraint

    def foreign_key(
        self,
        name: str | None,
        source_table: str,
        referent_table: str,
        local_cols: Sequence[str],
        remote_cols: Sequence[str],
        *,
        source_schema: str | None = None,
        referent_schema: str | None = None,
        **kw: Any,
    ) -> ForeignKeyConstraint:
        source = self.stub(source_table, local_cols, schema=source_schema)
        if (source_table, source_schema) == (referent_table, referent_schema):
            referent = source
            for column in dict.fromkeys(remote_cols):
                if column not in source.c:
                    source.append_column(Column(column, NULLTYPE))
        else:
            referent = self.stub(referent_table, remote_cols, schema=referent_schema)
        # Columns, not strings: a string would be split at the dots of a name.
        targets = [referent.c[column] for column in remote_cols]
        constraint = ForeignKeyConstraint([source.c[c] for c in local_cols], targets, name=name, **kw)
        source.append_constraint(constraint)
        return constraint

    def index(
        self, name: str | None, table_name: str, columns: Sequence[Any], *, schema: str | None = None, **kw: Any
    ) -> Index:
        named = {c if isinstance(c, str) else c.name: c for c in columns if isinstance(c, (str, Column))}
        table = Table(table_name, self.metadata(), *(_alike(n, c) for n, c in named.items()), schema=schema)
        for column in _columns_in(kw):
            if column not in table.c:
                table.append_column(Column(column, NULLTYPE))
        names = [c.name if isinstance(c, Column) else c for c in columns]
        keys = [table.c[n] if isinstance(n, str) else adapted(n, table) for n in names]
        return Index(name, *keys, _table=table, **kw)

    def dropped_constraint(
        self, name: str | None, table_name: str, type_: str | None, *, schema: str | None = None
    ) -> Constraint:
        """A constraint of which only name and type are known."""
        made: dict[str | None, Any] = {
            "foreignkey": lambda: ForeignKeyConstraint([], [], name=name),
            "primary": lambda: PrimaryKeyConstraint(name=name),
            "unique": lambda: UniqueConstraint(name=name),
            "check": lambda: CheckConstraint("", name=name),
            "exclude": lambda: Constraint(name=name),
            None: lambda: Constraint(name=name),
        }
        if type_ not in made:
            raise TypeError(
                f"'type' can be one of 'check', 'foreignkey', 'primary', 'unique', None (or 'exclude'), not {type_!r}"
            )
        constraint: Constraint = made[type_]()
        self.stub(table_name, schema=schema).append_constraint(constraint)
        return constraint


def naming_convention(migration_context: Any) -> Mapping[str, Any] | None:
    """The naming convention of the target metadata (of the first, if there are several)."""
    target = migration_context.opts.get("target_metadata") if migration_context is not None else None
    if isinstance(target, (list, tuple)):
        target = target[0] if target else None
    return getattr(target, "naming_convention", None)


def schema_objects(migration_context: Any) -> SchemaObjects:
    """The maker of SQLAlchemy objects, with the naming convention of the run."""
    return SchemaObjects(naming_convention(migration_context))


def adapted(expression: Any, table: Table) -> Any:
    """The expression with the columns of another table replaced by those of this one (which gets them, if need be).

    An expression over columns of a model's table would attach what is made of it to that table.
    """
    if not isinstance(expression, sa.ClauseElement):
        return expression

    def replace(element: Any, **kw: Any) -> Any:
        if not isinstance(element, Column):
            return None
        if element.name not in table.c:
            table.append_column(Column(element.name, element.type))
        return table.c[element.name]

    return visitors.replacement_traverse(expression, {}, replace)


def _alike(name: str, column: str | Column[Any]) -> Column[Any]:
    """A column of a stub, of the same type where that is known (one that makes objects of its own aside)."""
    known = isinstance(column, Column) and not isinstance(column.type, SchemaType)
    return Column(name, column.type if isinstance(column, Column) and known else NULLTYPE)


def _columns_in(options: Mapping[str, Any]) -> list[str]:
    """Columns that only the options of an index name (INCLUDE)."""
    return [
        c for name, value in options.items() if name.endswith("_include") for c in value or () if isinstance(c, str)
    ]


def _free(item: Any) -> Any:
    """The item itself, or a copy of a column that a table has already."""
    return copy_column(item) if isinstance(item, Column) and item.table is not None else item


def _is_bound(item: Any) -> bool:
    """Is it a constraint that a table has already?"""
    return isinstance(item, Constraint) and getattr(item, "parent", None) is not None


def copy_column(column: Column[Any]) -> Column[Any]:
    """A copy that belongs to no table, foreign keys included."""
    copied = column._copy()
    copied.name = column.name
    for fk in column.foreign_keys:
        if fk.constraint is not None and not _explicit(fk.constraint, column):
            copied.append_foreign_key(copy_foreign_key(fk))
    return copied


def _explicit(constraint: Any, column: Column[Any]) -> bool:
    """Was the constraint written beside the columns, rather than behind this one?"""
    return len(constraint.elements) != 1 or column.table is None or getattr(constraint, "_column_flag", False) is False


def copy_foreign_key(fk: ForeignKey) -> ForeignKey:
    target = referred_column(fk)
    if target is None:
        return fk._copy()
    options = {
        name: getattr(fk, name)
        for name in ("use_alter", "name", "onupdate", "ondelete", "deferrable", "initially", "link_to_name", "match")
    }
    return ForeignKey(target, **options, **fk.dialect_kwargs)


def copy_constraint(constraint: Any, table: Table) -> Constraint:
    """A copy for another table with the same columns."""
    targets = [referred_column(fk) for fk in getattr(constraint, "elements", ())]
    if isinstance(constraint, ForeignKeyConstraint) and any(target is not None for target in targets):
        return _copy_foreign_key_constraint(constraint, targets)
    copied: Constraint = constraint._copy(target_table=table)
    return copied


def _copy_foreign_key_constraint(constraint: ForeignKeyConstraint, targets: Sequence[Any]) -> ForeignKeyConstraint:
    names = ("name", "onupdate", "ondelete", "deferrable", "initially", "use_alter", "match", "comment", "link_to_name")
    options = {name: getattr(constraint, name) for name in names}
    return ForeignKeyConstraint(constraint.column_keys, targets, **options, **constraint.dialect_kwargs)


def ref(table: str, column: str, *, schema: str | None = None) -> Column[Any]:
    """The target of a foreign key whose names are taken as they are, dots included."""
    return Table(table, MetaData(), Column(column, NULLTYPE), schema=schema).c[column]


def referred_column(fk: ForeignKey) -> Column[Any] | None:
    """The column that a foreign key was given as an object; None if it was given as a string."""
    column = getattr(fk, "_table_column", None)
    return column if isinstance(column, Column) else None


def target_of(fk: ForeignKey) -> tuple[str | None, str, str | None]:
    """Schema, table and column that a foreign key refers to; without a schema it is that of the models' MetaData."""
    schema, table, column = fk._column_tokens
    own = getattr(fk.parent, "table", None)
    if schema is None and isinstance(own, Table):
        schema = own.metadata.schema
    return schema, table, column


def complete_references(table: Table) -> None:
    """Make stubs of the tables that `table` refers to, so that its foreign keys can be compiled."""
    metadata = table.metadata
    for fk in table.foreign_keys:
        if referred_column(fk) is not None:
            continue
        schema, name, column = target_of(fk)
        key = f"{schema}.{name}" if schema else name
        referent = metadata.tables.get(key)
        if referent is None:
            referent = Table(name, metadata, schema=schema)
        column = column if column is not None else fk.parent.key
        if column not in referent.c and referent is not table:
            referent.append_column(Column(column, NULLTYPE))


#: A name to which no naming convention applies any more.
conv = sa.sql.elements.conv


def complete_self_references(table: Table) -> None:
    """Give the stub of a table that exists the columns of it that its new foreign keys refer to."""
    for fk in list(table.foreign_keys):
        if referred_column(fk) is not None:
            continue
        schema, name, column = target_of(fk)
        if (schema, name) == (table.schema, table.name) and column is not None and column not in table.c:
            table.append_column(Column(column, NULLTYPE))


def nameless_by_convention(constraint: Any) -> bool:
    """Has a CHECK no name, where the naming convention of its table makes one of the name that it is given?"""
    table = getattr(constraint, "table", None)
    if (constraint.name is not None and constraint.name is not _NONE_NAME) or not isinstance(table, Table):
        return False
    return _makes_names_of_names(table.metadata)


def _makes_names_of_names(metadata: MetaData) -> bool:
    """Does the naming convention make the name of a CHECK of the one that it is given?"""
    convention: Any = metadata.naming_convention
    pattern = convention.get("ck") or convention.get(CheckConstraint)
    return isinstance(pattern, str) and "%(constraint_name)s" in pattern


def _checks_in(item: SchemaItem) -> list[CheckConstraint]:
    """The CHECKs that stand in a column: a database may have them without a name, MariaDB has no others."""
    found = item.constraints if isinstance(item, Column) else ()
    return [constraint for constraint in found if isinstance(constraint, CheckConstraint)]


def unnameable(table: Table) -> list[CheckConstraint]:
    """The CHECKs of types that the table's naming convention cannot name; SQLAlchemy would refuse to make the table."""
    checks = [c for c in table.constraints if isinstance(c, CheckConstraint) and getattr(c, "_type_bound", False)]
    return [check for check in checks if nameless_by_convention(check)]


def leave_unnamed(table: Table) -> None:
    """Let such CHECKs go without a name, and say so."""
    for constraint in unnameable(table):
        columns = ", ".join(f"{table.name}.{column.name}" for column in constraint.columns)
        constraint.name = None
        warnings.warn(
            f"The CHECK constraint generated by the type of column '{columns}' has no name, which the naming convention "
            "needs; it is made without one. Give the type a name: Boolean(name=…), Enum(…, name=…)",
            UserWarning,
            stacklevel=2,
        )
