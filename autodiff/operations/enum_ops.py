"""Operations on named enum types (PostgreSQL); they do nothing where the database has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodiff.operations.declare import operation
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation


@operation("create_enum")
class CreateEnumOp(MigrateOperation):
    """Create an enum type; nothing where the database has no named enums.

    :param name: the type's name.
    :param values: its labels, in order.
    :param schema: the type's schema; None for the connection's default.
    :param comment: a comment on the type.
    """

    stands_for = CreateTableOp

    def __init__(
        self, name: str, values: Sequence[str], *, schema: str | None = None, comment: str | None = None
    ) -> None:
        self.name = name
        self.values = values
        self.schema = schema
        self.comment = comment

    def reverse(self) -> DropEnumOp:
        return DropEnumOp(self.name, schema=self.schema, _reverse=self)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_enum", self.schema, self.name, list(self.values))


@operation("drop_enum")
class DropEnumOp(MigrateOperation):
    """Drop an enum type; nothing where the database has no named enums.

    :param name: the type's name.
    :param schema: the type's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such type.
    """

    stands_for = DropTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        if_exists: bool = False,
        _reverse: CreateEnumOp | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse

    def reverse(self) -> CreateEnumOp:
        if self._reverse is None:
            raise ValueError(f"enum {self.name!r} cannot be brought back: its values are not known")
        return self._reverse

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("remove_enum", self.schema, self.name)


@operation("add_enum_value")
class AddEnumValueOp(MigrateOperation):
    """Add a label to an enum type; nothing where the database has no named enums.

    PostgreSQL lets no statement of the same transaction use the new label, so the transaction is committed before and
    after (as `autocommit_block` does).

    :param name: the type's name.
    :param value: the label.
    :param schema: the type's schema; None for the connection's default.
    :param before: the label that it is put before.
    :param after: the label that it is put behind; at the end, if neither is given.
    :param if_not_exists: do nothing if there is such a label.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        name: str,
        value: str,
        *,
        schema: str | None = None,
        before: str | None = None,
        after: str | None = None,
        if_not_exists: bool = False,
    ) -> None:
        self.name = name
        self.value = value
        self.schema = schema
        self.before = before
        self.after = after
        self.if_not_exists = if_not_exists

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_enum_value", self.schema, self.name, self.value)


@operation("rename_enum_value")
class RenameEnumValueOp(MigrateOperation):
    """Rename a label of an enum type; rows, defaults and conditions follow.

    :param name: the type's name.
    :param old: the label as it is.
    :param new: the label as it shall be.
    :param schema: the type's schema; None for the connection's default.
    """

    stands_for = CreateTableOp

    def __init__(self, name: str, old: str, new: str, *, schema: str | None = None) -> None:
        self.name = name
        self.old = old
        self.new = new
        self.schema = schema

    def reverse(self) -> RenameEnumValueOp:
        return RenameEnumValueOp(self.name, self.new, self.old, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("rename_enum_value", self.schema, self.name, self.old, self.new)


@operation("replace_enum")
class ReplaceEnumOp(MigrateOperation):
    """Give an enum type other labels: some removed, renamed, or in another order.

    The type is made anew beside the old one and all columns are moved to it, with their rows and defaults; comment,
    owner and grants of the type are kept. Rows whose label the new type does not have are refused before anything
    changed.

    :param name: the type's name.
    :param values: its labels, in order.
    :param schema: the type's schema; None for the connection's default.
    :param columns: the columns that have the type, as ``("table", "column")``, ``("table", "column", default)``,
        ``"schema.table.column"``, or a dictionary with ``table``, ``column``, ``schema``, ``default``, ``array``. On a
        database they are found by themselves; SQL that is written needs them.
    :param mapping: by old label, the label that its rows get.
    :param existing: the labels that it has; needed to undo the operation.
    """

    stands_for = DropTableOp

    def __init__(
        self,
        name: str,
        values: Sequence[str],
        *,
        schema: str | None = None,
        columns: Sequence[Any] = (),
        mapping: Mapping[str, str] | None = None,
        existing: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.values = values
        self.schema = schema
        self.columns = columns
        self.mapping = mapping
        self.existing = existing

    def reverse(self) -> ReplaceEnumOp:
        if self.existing is None:
            raise ValueError(f"enum {self.name!r} cannot be changed back: its values are not known")
        back = {new: old for old, new in (self.mapping or {}).items() if new not in self.existing}
        return ReplaceEnumOp(
            self.name,
            self.existing,
            schema=self.schema,
            columns=self.columns,
            mapping=back or None,
            existing=self.values,
        )

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return self.modified("modify_enum", self.schema, self.name, self.existing, list(self.values))
