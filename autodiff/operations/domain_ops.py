"""Operations on domains (PostgreSQL); they do nothing where the database has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autodiff.operations.declare import operation
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation


@operation("create_domain")
class CreateDomainOp(MigrateOperation):
    """Create a domain: a type with a default and conditions of its own; nothing where the database has none.

    :param name: the domain's name.
    :param type_: the type that it stands on, as a SQLAlchemy type or as text.
    :param schema: the domain's schema; None for the connection's default.
    :param collation: the collation; None for the type's own.
    :param default: the default, as SQL: it is taken as it is.
    :param not_null: does it refuse NULL?
    :param not_null_name: the name of that constraint (PostgreSQL 17); None for the server's own.
    :param checks: by name, conditions on ``VALUE``, as SQL: they are taken as they are.
    :param comment: a comment on the domain.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        name: str,
        type_: Any,
        *,
        schema: str | None = None,
        collation: str | None = None,
        default: str | None = None,
        not_null: bool = False,
        not_null_name: str | None = None,
        checks: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> None:
        self.name = name
        self.type_ = type_
        self.schema = schema
        self.collation = collation
        self.default = default
        self.not_null = not_null
        self.not_null_name = not_null_name
        self.checks = checks
        self.comment = comment

    def reverse(self) -> DropDomainOp:
        return DropDomainOp(self.name, schema=self.schema, _reverse=self)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_domain", self.schema, self.name)


@operation("alter_domain")
class AlterDomainOp(MigrateOperation):
    """Change of a domain what is given; nothing where the database has none.

    Values that are stored are looked at: one that a new condition refuses stops the change. The type of a domain cannot
    be changed: its columns take the plain type, the domain is dropped and created, and they take it again.

    :param name: the domain's name.
    :param schema: the domain's schema; None for the connection's default.
    :param default: the new default, as SQL; None takes it away.
    :param not_null: does it refuse NULL?
    :param not_null_name: the name of that constraint (PostgreSQL 17); None for the server's own.
    :param drop_checks: names of conditions that go.
    :param add_checks: by name, conditions on ``VALUE`` that come, as SQL: they are taken as they are.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        default: Any = NOT_GIVEN,
        not_null: bool | None = None,
        not_null_name: str | None = None,
        drop_checks: Sequence[str] = (),
        add_checks: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.default = default
        self.not_null = not_null
        self.not_null_name = not_null_name
        self.drop_checks = drop_checks
        self.add_checks = add_checks

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return self.modified("modify_domain", self.schema, self.name, None, self.arguments()[1])


@operation("drop_domain")
class DropDomainOp(MigrateOperation):
    """Drop a domain; nothing where the database has none.

    :param name: the domain's name.
    :param schema: the domain's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such domain.
    """

    stands_for = DropTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        if_exists: bool = False,
        _reverse: CreateDomainOp | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse

    def reverse(self) -> CreateDomainOp:
        if self._reverse is None:
            raise ValueError(f"domain {self.name!r} cannot be brought back: its type is not known")
        return self._reverse

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("remove_domain", self.schema, self.name)
