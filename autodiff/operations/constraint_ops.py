"""Operations on constraints: primary key, unique, foreign key, check, exclude; drop and rename."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, TypeVar

from sqlalchemy import Column
from sqlalchemy.schema import (
    CheckConstraint,
    ColumnCollectionConstraint,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from autodiff.operations.declare import operation
from autodiff.operations.draft import NoSuchConstraint, TableDraft
from autodiff.operations.schemaobj import SchemaObjects, adapted, referred_column, schema_objects, target_of
from autodiff.operations.signature import ByWord, Kept, SchemaName, Spread, TableName
from autodiff.operations.table_ops import AlterTableOp, RenamePartOp

C = TypeVar("C", bound=type)


class AddConstraintOp(AlterTableOp):
    """Adds a constraint; the common base of those that do."""

    add_constraint_ops: ClassVar[dict[str, type[AddConstraintOp]]] = {}
    kw: dict[str, Any]
    #: The word for `drop_constraint(type_=…)`.
    constraint_type: ClassVar[str] = ""
    constraint_name: str | None
    #: The name is the one that the server would give; the models have none.
    named_by_server: bool = False

    @classmethod
    def register_add_constraint(cls, type_: str) -> Callable[[C], C]:
        """Decorate the class of operations for constraints of a visit name, such as ``"unique_constraint"``."""

        def register(op_class: C) -> C:
            cls.add_constraint_ops[type_] = op_class
            return op_class

        return register

    @classmethod
    def from_constraint(cls, constraint: Constraint) -> AddConstraintOp:
        """The operation that adds `constraint` to its table."""
        found = cls.add_constraint_ops.get(constraint.__visit_name__)
        if found is None:
            raise ValueError(f"there is no operation that adds a {constraint.__visit_name__}")
        return found.from_constraint(constraint)

    def to_constraint(self, migration_context: Any = None) -> Constraint:
        """The constraint that the operation adds."""
        raise NotImplementedError

    def _maker(self, migration_context: Any) -> tuple[SchemaObjects, dict[str, Any]]:
        """The maker of SQLAlchemy objects, and the options that it is given."""
        options = dict(self.kw)
        final = options.pop("final_name", False)
        return SchemaObjects() if final else schema_objects(migration_context), options

    def reverse(self) -> DropConstraintOp:
        return DropConstraintOp.from_constraint(self.to_constraint(), _reverse=self)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_constraint", self.wanted())

    def wanted(self) -> Constraint:
        """The constraint as the models have it: without the name that the server would give."""
        constraint = self.to_constraint()
        if self.named_by_server:
            constraint.name = None
        return constraint

    def apply_to(self, table: TableDraft) -> None:
        table.add_constraint(self.to_constraint(table.context))


def _options(constraint: Any, names: Sequence[str] = ("deferrable", "initially")) -> dict[str, Any]:
    """What was said of the constraint beside its columns."""
    given = {name: getattr(constraint, name, None) for name in names}
    options = {name: value for name, value in given.items() if value is not None}
    if getattr(constraint, "comment", None) is not None:
        options["comment"] = constraint.comment
    return {**options, **constraint.dialect_kwargs}


def table_of(constraint: Any) -> Any:
    """The table of a constraint; a CHECK that is written at a column hangs on that."""
    owner = constraint.parent
    return owner.table if isinstance(owner, Column) else owner


def _name(constraint: Any) -> str | None:
    return constraint.name if isinstance(constraint.name, str) else None


@AddConstraintOp.register_add_constraint("primary_key_constraint")
@operation("create_primary_key", batch=True)
class CreatePrimaryKeyOp(AddConstraintOp):
    """Add a primary key to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param columns: names of the columns.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `PrimaryKeyConstraint`: ``deferrable``, ``initially``, ``postgresql_…``;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

    constraint_type = "primary"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: TableName,
        columns: Sequence[str],
        *,
        schema: SchemaName = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.columns = columns
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreatePrimaryKeyOp:
        columns = [c.name for c in constraint.columns]
        return cls(
            _name(constraint), constraint.table.name, columns, schema=constraint.table.schema, **_options(constraint)
        )

    def to_constraint(self, migration_context: Any = None) -> PrimaryKeyConstraint:
        made, options = self._maker(migration_context)
        return made.primary_key(self.constraint_name, self.table_name, self.columns, schema=self.schema, **options)


@AddConstraintOp.register_add_constraint("unique_constraint")
@operation("create_unique_constraint", batch=True)
class CreateUniqueConstraintOp(AddConstraintOp):
    """Add a unique constraint to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param columns: names of the columns.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `UniqueConstraint`: ``deferrable``, ``initially``, ``postgresql_nulls_not_distinct`` …;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

    constraint_type = "unique"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: TableName,
        columns: Sequence[str],
        *,
        schema: SchemaName = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.columns = columns
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateUniqueConstraintOp:
        columns = [c.name for c in constraint.columns]
        return cls(
            _name(constraint), constraint.table.name, columns, schema=constraint.table.schema, **_options(constraint)
        )

    def to_constraint(self, migration_context: Any = None) -> UniqueConstraint:
        made, options = self._maker(migration_context)
        return made.unique(self.constraint_name, self.table_name, self.columns, schema=self.schema, **options)


_ACTIONS = ("onupdate", "ondelete", "deferrable", "initially", "match")


@AddConstraintOp.register_add_constraint("foreign_key_constraint")
@operation("create_foreign_key", batch=True)
class CreateForeignKeyOp(AddConstraintOp):
    """Add a foreign key to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param source_table: the table that refers.
    :param referent_table: the table that is referred to; it may be the same.
    :param local_cols: names of the columns that refer.
    :param remote_cols: names of the columns that are referred to.
    :param onupdate: ``"CASCADE"``, ``"SET NULL"`` …
    :param ondelete: ``"CASCADE"``, ``"SET NULL"`` …
    :param deferrable: may it be checked at the end of the transaction?
    :param initially: ``"DEFERRED"`` or ``"IMMEDIATE"``.
    :param match: ``"FULL"`` …
    :param source_schema: schema of the table that refers.
    :param referent_schema: schema of the table that is referred to.
    :param dialect_kw: further arguments of `ForeignKeyConstraint`: ``postgresql_not_valid`` …
    """

    constraint_type = "foreignkey"

    def __init__(
        self,
        constraint_name: str | None,
        source_table: TableName,
        referent_table: str,
        local_cols: list[str],
        remote_cols: list[str],
        *,
        onupdate: str | None = None,
        ondelete: str | None = None,
        deferrable: bool | None = None,
        initially: str | None = None,
        match: str | None = None,
        source_schema: SchemaName = None,
        referent_schema: str | None = None,
        **dialect_kw: Any,
    ) -> None:
        super().__init__(source_table, schema=source_schema)
        self.constraint_name = constraint_name
        self.referent_table = referent_table
        self.local_cols = local_cols
        self.remote_cols = remote_cols
        given = {
            "onupdate": onupdate,
            "ondelete": ondelete,
            "deferrable": deferrable,
            "initially": initially,
            "match": match,
            "source_schema": source_schema,
            "referent_schema": referent_schema,
        }
        self.kw: dict[str, Any] = {name: value for name, value in given.items() if value is not None} | dialect_kw

    def __getattr__(self, name: str) -> Any:
        # The actions are kept in `kw` alone, which hooks change.
        if name in (*_ACTIONS, "source_schema", "referent_schema"):
            return vars(self).get("kw", {}).get(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def source_table(self) -> str:
        return self.table_name

    @property
    def dialect_kw(self) -> dict[str, Any]:
        return {n: v for n, v in self.kw.items() if n not in (*_ACTIONS, "source_schema", "referent_schema")}

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_fk", self.wanted())

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateForeignKeyOp:
        targets = [_referred(fk) for fk in constraint.elements]
        schema, table = targets[0][:2]
        return cls(
            _name(constraint),
            constraint.table.name,
            table,
            [constraint.table.c[key].name for key in constraint.column_keys],
            [column for _, _, column in targets],
            source_schema=constraint.table.schema,
            referent_schema=schema,
            **_options(constraint, (*_ACTIONS, "use_alter") if constraint.use_alter else _ACTIONS),
        )

    def to_constraint(self, migration_context: Any = None) -> ForeignKeyConstraint:
        made, options = self._maker(migration_context)
        return made.foreign_key(
            self.constraint_name, self.source_table, self.referent_table, self.local_cols, self.remote_cols, **options
        )


def _referred(fk: Any) -> tuple[str | None, str, str]:
    column = referred_column(fk)
    if column is not None:
        return column.table.schema, column.table.name, column.name
    schema, table, name = target_of(fk)
    referent = fk.constraint.table.metadata.tables.get(f"{schema}.{table}" if schema else table)
    key = name or fk.parent.key
    # The string names the column's key; the database knows its name.
    return schema, table, referent.c[key].name if referent is not None and key in referent.c else key


@AddConstraintOp.register_add_constraint("column_check_constraint")
@AddConstraintOp.register_add_constraint("table_or_column_check_constraint")
@AddConstraintOp.register_add_constraint("check_constraint")
@operation("create_check_constraint", batch=True)
class CreateCheckConstraintOp(AddConstraintOp):
    """Add a CHECK constraint to a table.

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param condition: the condition, as SQL text or as an expression.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `CheckConstraint`: ``postgresql_not_valid`` …;
        ``final_name=True``: unnamed stays unnamed, whatever the naming convention.
    """

    constraint_type = "check"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: TableName,
        condition: Any,
        *,
        schema: SchemaName = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.condition = condition
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateCheckConstraintOp:
        table = table_of(constraint)
        return cls(
            _name(constraint),
            table.name,
            constraint.sqltext,
            schema=table.schema,
            **_options(constraint),
        )

    def to_constraint(self, migration_context: Any = None) -> CheckConstraint:
        made, options = self._maker(migration_context)
        return made.check(self.constraint_name, self.table_name, self.condition, schema=self.schema, **options)


@AddConstraintOp.register_add_constraint("exclude_constraint")
@operation("create_exclude_constraint", batch=True)
class CreateExcludeConstraintOp(AddConstraintOp):
    """Add an EXCLUDE constraint to a table (PostgreSQL).

    :param constraint_name: its name; None for the naming convention's, or the database's own.
    :param table_name: the table's name.
    :param elements: pairs of an expression and an operator, such as ``(sa.column("room"), "=")``.
    :param where: the condition of the rows that it is about.
    :param schema: the table's schema; None for the connection's default.
    :param kw: further arguments of `postgresql.ExcludeConstraint`: ``using``, ``ops``, ``deferrable``, ``initially``.
    """

    constraint_type = "exclude"

    def __init__(
        self,
        constraint_name: str | None,
        table_name: TableName,
        elements: Annotated[Sequence[tuple[Any, str]], Spread()],
        where: Annotated[Any, ByWord()] = None,
        schema: Annotated[SchemaName, ByWord()] = None,
        _orig_constraint: ColumnCollectionConstraint | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.elements = elements
        self.where = where
        self._orig_constraint = _orig_constraint
        self.kw = kw

    @classmethod
    def from_constraint(cls, constraint: Any) -> CreateExcludeConstraintOp:
        elements = [(expression, operator) for expression, _name, operator in constraint._render_exprs]
        options = _options(constraint, ("using", "ops", "deferrable", "initially"))
        return cls(
            _name(constraint),
            constraint.table.name,
            elements,
            where=constraint.where,
            schema=constraint.table.schema,
            _orig_constraint=constraint,
            **{name: value for name, value in options.items() if value},
        )

    def to_constraint(self, migration_context: Any = None) -> ColumnCollectionConstraint:
        from sqlalchemy.dialects.postgresql import ExcludeConstraint

        named = [expression for expression, _ in self.elements if isinstance(expression, str)]
        table = schema_objects(migration_context).stub(self.table_name, named, schema=self.schema)
        elements = [(adapted(expression, table), operator) for expression, operator in self.elements]
        where = adapted(self.where, table)
        made = ExcludeConstraint(*elements, name=self.constraint_name, where=where, **self.kw)
        table.append_constraint(made)
        return made


@operation("drop_constraint", batch=True)
class DropConstraintOp(AlterTableOp):
    """Drop a constraint of a table.

    :param constraint_name: its name; None for one that has no name, which is then found by `columns` or `condition`.
    :param table_name: the table's name.
    :param type_: ``"foreignkey"``, ``"primary"``, ``"unique"``, ``"check"`` or ``"exclude"``; MySQL needs it.
    :param schema: the table's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such constraint.
    :param columns: names of the constraint's columns, in order: finds an unnamed one in the database.
    :param condition: the condition of an unnamed CHECK, as the database prints it.
    :param kw: accepted, and kept in `kw`, for hooks.
    """

    def __init__(
        self,
        constraint_name: str | None,
        table_name: TableName,
        type_: Annotated[str | None, Kept("constraint_type")] = None,
        *,
        schema: SchemaName = None,
        if_exists: bool | None = None,
        columns: Sequence[str] | None = None,
        condition: str | None = None,
        _reverse: AddConstraintOp | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(table_name, schema=schema)
        self.constraint_name = constraint_name
        self.constraint_type = type_
        self.if_exists = if_exists
        self.columns = columns
        self.condition = condition
        self.kw = kw
        self._reverse = _reverse

    def reverse(self) -> AddConstraintOp:
        return AddConstraintOp.from_constraint(self.to_constraint())

    def to_diff_tuple(self) -> tuple[Any, ...]:
        word = "remove_fk" if self.constraint_type == "foreignkey" else "remove_constraint"
        return (word, self.to_constraint())

    @classmethod
    def from_constraint(cls, constraint: Any, *, _reverse: AddConstraintOp | None = None) -> DropConstraintOp:
        """The operation that drops `constraint`, and knows how to bring it back."""
        added = _reverse or AddConstraintOp.from_constraint(constraint)
        table = table_of(constraint)
        dropped = cls(
            _name(constraint),
            table.name,
            added.constraint_type,
            schema=table.schema,
            _reverse=added,
        )
        dropped.set_name(dropped.constraint_name)
        return dropped

    def set_name(self, name: str | None) -> None:
        """Let the constraint have this name; one that has none is found by what it says."""
        self.constraint_name = name
        if name is None and self._reverse is not None:
            _describe(self, self._reverse)

    def to_constraint(self, migration_context: Any = None) -> Constraint:
        """The constraint that is dropped.

        :raises ValueError: if it is not known.
        """
        if self._reverse is None:
            raise ValueError("constraint cannot be produced; original constraint is not present")
        constraint = self._reverse.to_constraint()
        constraint.name = self.constraint_name
        return constraint

    def apply_to(self, table: TableDraft) -> None:
        name = table.final_name(self.constraint_name, self.constraint_type)
        try:
            part = table.constraint(name, self.constraint_type, self.columns or (), self.condition)
        except NoSuchConstraint:
            if self.constraint_type == "unique" and table.has_index(self.constraint_name, unique=True):
                table.drop_index(str(self.constraint_name))  # MySQL has no other unique constraint
            elif not (self.if_exists or table.is_gone(name)):
                raise
        else:
            table.drop_constraint(part, by_name=name is not None)


def _describe(dropped: DropConstraintOp, added: Any) -> None:
    """Say how an unnamed constraint is found."""
    if isinstance(added, CreateCheckConstraintOp):
        dropped.condition = str(added.condition)
    elif isinstance(added, CreateForeignKeyOp):
        dropped.columns = list(added.local_cols)
    elif not isinstance(added, (CreatePrimaryKeyOp, CreateExcludeConstraintOp)):
        dropped.columns = list(added.columns)


@operation("rename_constraint", batch=True)
class RenameConstraintOp(RenamePartOp):
    """Rename a constraint of a table.

    :param table_name: the table's name.
    :param old_name: the name that it has.
    :param new_name: the name that it gets.
    :param type_: ``"foreignkey"``, ``"primary"``, ``"unique"``, ``"check"``; needed where the database drops and adds it.
    :param schema: the table's schema; None for the connection's default.
    """

    def __init__(
        self,
        table_name: TableName,
        old_name: str,
        new_name: str,
        *,
        type_: str | None = None,
        schema: SchemaName = None,
    ) -> None:
        super().__init__(old_name, new_name, table_name, schema=schema)
        self.type_ = type_

    def reverse(self) -> RenameConstraintOp:
        return RenameConstraintOp(self.table_name, self.new_name, self.old_name, type_=self.type_, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("rename_constraint", self.schema, self.table_name, self.old_name, self.new_name)

    def apply_to(self, table: TableDraft) -> None:
        table.rename_constraint(self.old_name, self.new_name, self.type_)
