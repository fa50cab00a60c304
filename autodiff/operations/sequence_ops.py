"""Operations on sequences; they do nothing where the database has none."""

from __future__ import annotations

from typing import Any

from autodiff.operations.declare import operation
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import CreateTableOp, DropTableOp
from autodiff.operations.tree import MigrateOperation

#: What can be said of a sequence, in the words of the directives.
OPTIONS = ("data_type", "start", "increment", "minvalue", "maxvalue", "cycle", "cache", "owned_by")


@operation("create_sequence")
class CreateSequenceOp(MigrateOperation):
    """Create a sequence; nothing where the database has none.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param start: the first value.
    :param increment: the step.
    :param minvalue: the smallest value.
    :param maxvalue: the greatest value.
    :param cycle: does it begin again at its end?
    :param cache: how many values a session takes at once.
    :param data_type: the type, as a SQLAlchemy type or as text (PostgreSQL; MariaDB from 11.5 on).
    :param owned_by: ``"table.column"``: it is dropped with that column (PostgreSQL).
    :param if_not_exists: do nothing if there is such a sequence.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        start: int | None = None,
        increment: int | None = None,
        minvalue: int | None = None,
        maxvalue: int | None = None,
        cycle: bool | None = None,
        cache: int | None = None,
        data_type: Any = None,
        owned_by: str | tuple[str, ...] | None = None,
        if_not_exists: bool = False,
    ) -> None:
        self.name = name
        self.schema = schema
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.cache = cache
        self.data_type = data_type
        self.owned_by = owned_by
        self.if_not_exists = if_not_exists

    @property
    def options(self) -> dict[str, Any]:
        """What is said of the sequence."""
        return {name: value for name in OPTIONS if (value := getattr(self, name)) is not None}

    def reverse(self) -> DropSequenceOp:
        return DropSequenceOp(self.name, schema=self.schema, _reverse=self)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("add_sequence", self.schema, self.name)


@operation("alter_sequence")
class AlterSequenceOp(MigrateOperation):
    """Change of a sequence what is given; None brings an option back to its default.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param start: the value at which a restart begins.
    :param increment: the step.
    :param minvalue: the smallest value.
    :param maxvalue: the greatest value.
    :param cycle: does it begin again at its end?
    :param cache: how many values a session takes at once.
    :param data_type: the type, as a SQLAlchemy type or as text (PostgreSQL; MariaDB from 11.5 on).
    :param owned_by: ``"table.column"``: it is dropped with that column (PostgreSQL).
    :param restart: the next value; True for `start`.
    """

    stands_for = CreateTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        start: Any = NOT_GIVEN,
        increment: Any = NOT_GIVEN,
        minvalue: Any = NOT_GIVEN,
        maxvalue: Any = NOT_GIVEN,
        cycle: Any = NOT_GIVEN,
        cache: Any = NOT_GIVEN,
        data_type: Any = NOT_GIVEN,
        owned_by: Any = NOT_GIVEN,
        restart: int | bool | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.start = start
        self.increment = increment
        self.minvalue = minvalue
        self.maxvalue = maxvalue
        self.cycle = cycle
        self.cache = cache
        self.data_type = data_type
        self.owned_by = owned_by
        self.restart = restart

    @property
    def options(self) -> dict[str, Any]:
        """What is changed of the sequence."""
        return {name: value for name in OPTIONS if (value := getattr(self, name)) is not NOT_GIVEN}

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return self.modified("modify_sequence", self.schema, self.name, None, self.options)


@operation("drop_sequence")
class DropSequenceOp(MigrateOperation):
    """Drop a sequence; nothing where the database has none.

    :param name: the sequence's name.
    :param schema: the sequence's schema; None for the connection's default.
    :param if_exists: do nothing if there is no such sequence.
    """

    stands_for = DropTableOp

    def __init__(
        self,
        name: str,
        *,
        schema: str | None = None,
        if_exists: bool = False,
        _reverse: CreateSequenceOp | None = None,
    ) -> None:
        self.name = name
        self.schema = schema
        self.if_exists = if_exists
        self._reverse = _reverse

    def reverse(self) -> CreateSequenceOp:
        return self._reverse or CreateSequenceOp(self.name, schema=self.schema)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        return ("remove_sequence", self.schema, self.name)
