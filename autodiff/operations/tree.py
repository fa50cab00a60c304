"""The tree of operations: what a migration script does, as values that hooks may read and change."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from functools import cached_property
from typing import Any, ClassVar

from autodiff.operations.portrait import portrait
from autodiff.operations.signature import Field


class MigrateOperation:
    """One thing that a migration does.

    Subclasses that are declared with `@operation` compare by value and print themselves as they were made; any other
    subclass compares by identity.
    """

    #: The marks that a `Rewriter` leaves on the operations that it has seen.
    _mutations: frozenset[Any] = frozenset()
    #: It goes with another operation, which tells the difference alone.
    is_companion = False
    #: The statements that drop what keeps this operation from dropping something, and that no other operation drops.
    held_by: Sequence[str] = ()
    #: Why the database will refuse it whatever rows there are, and the way out; empty where it takes it.
    refused: str = ""

    #: Applications sort operations into phases (expand, contract) by a `Dispatcher` over the classes that Alembic has. One
    #: of another kind goes where this class goes.
    stands_for: ClassVar[type[MigrateOperation] | None] = None

    #: The parameters of the class, where it was declared with `@operation`.
    fields: ClassVar[tuple[Field, ...]] = ()
    #: The name under which `op` and `batch_op` know the operation.
    directive: ClassVar[str | None] = None

    @cached_property
    def info(self) -> dict[Any, Any]:
        """A place for whoever handles the operation to leave notes."""
        return {}

    def reverse(self) -> MigrateOperation:
        """The operation that undoes this one.

        :raises NotImplementedError: if it cannot be known.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot be reversed")

    def to_diff_tuple(self) -> tuple[Any, ...] | list[tuple[Any, ...]]:
        """The operation as a tuple such as ``("add_table", Table)``."""
        raise NotImplementedError(f"{type(self).__name__} has no diff tuple")

    def diff_tuples(self) -> Iterator[Any]:
        """What the operation contributes to a list of differences."""
        yield self.to_diff_tuple()

    def modified(self, word: str, schema: str | None, name: str, old: Any, new: Any) -> tuple[Any, ...]:
        """A tuple of the shape that a column's have, whose readers take the last two: there is no column."""
        return (word, schema, name, None, {}, old, new)

    def arguments(self, *, batch: bool = False) -> tuple[list[Any], dict[str, Any]]:
        """Positional and keyword arguments of the directive that makes this operation; defaults are left out."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        skipped = False
        for field in (f for f in self.fields if f.belongs(batch)):
            value = getattr(self, field.attribute)
            kind = field.for_directive().kind
            if field.rest:
                keywords.update({name: item for name, item in value.items() if name not in keywords})
            elif kind is inspect.Parameter.VAR_POSITIONAL:
                positional.extend(value)
            elif _left_out(field, value):
                skipped = skipped or kind is not inspect.Parameter.KEYWORD_ONLY
            elif skipped or kind is inspect.Parameter.KEYWORD_ONLY:
                keywords[field.word] = value
            else:
                positional.append(value)
        return positional, keywords

    def as_json(self) -> dict[str, Any]:
        """The operation as JSON values, with its class's name under ``op``."""
        values = {field.name: getattr(self, field.attribute, None) for field in self.fields if not field.private}
        given = {f.name: values[f.name] for f in self.fields if f.name in values and not _left_out(f, values[f.name])}
        return {"op": type(self).__name__, **{name: portrait(value) for name, value in given.items()}}

    def __eq__(self, other: object) -> bool:
        if not self.fields or type(other) is not type(self):
            return self is other
        assert isinstance(other, MigrateOperation)
        return self.as_json() == other.as_json()

    def __hash__(self) -> int:
        # Operations change under hooks; what they are does not.
        return hash(type(self)) if self.fields else object.__hash__(self)

    def __repr__(self) -> str:
        if not self.fields:
            return object.__repr__(self)
        return f"{type(self).__name__}({', '.join(self._printed())})"

    def _printed(self) -> Iterator[str]:
        for field in self.fields:
            value = getattr(self, field.attribute, None)
            if field.rest:
                yield from (f"{name}={item!r}" for name, item in (value or {}).items())
            elif field.private or _left_out(field, value):
                continue
            elif field.parameter.kind is field.parameter.KEYWORD_ONLY:
                yield f"{field.name}={value!r}"
            else:
                yield repr(value)


def _left_out(field: Field, value: Any) -> bool:
    if field.rest:
        return not value
    if field.default is field.parameter.empty:
        return False
    return value is field.default or (isinstance(value, (str, bool, int)) and bool(value == field.default))


#: What the script is doing in this thread or task: one operation, or those of a rebuild.
under_way: ContextVar[Sequence[MigrateOperation]] = ContextVar("autodiff_under_way", default=())


class OpContainer(MigrateOperation):
    """A sequence of operations."""

    def __init__(self, ops: Sequence[MigrateOperation] = ()) -> None:
        self.ops = list(ops)

    def is_empty(self) -> bool:
        """Is there nothing to do?"""
        return not self.ops

    def as_diffs(self) -> list[Any]:
        """All diff tuples below, in order."""
        return [diff for op in single(self.ops) for diff in diff_tuples_of(op)]

    def as_json(self) -> dict[str, Any]:
        return {"op": type(self).__name__, "ops": [op.as_json() for op in self.ops]}

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.ops!r})"


def diff_tuples_of(op: Any) -> Iterator[Any]:
    """The diff tuples of an operation; a plugin's need not be a `MigrateOperation`, only say `to_diff_tuple()`."""
    if not isinstance(op, MigrateOperation):
        yield op.to_diff_tuple()
    elif not op.is_companion:
        yield from op.diff_tuples()


def single(ops: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    """The operations, those in containers one by one."""
    for op in ops:
        if isinstance(op, OpContainer):
            yield from single(op.ops)
        else:
            yield op


def reversed_ops(ops: Sequence[MigrateOperation]) -> list[MigrateOperation]:
    """What undoes `ops`: the reverse of each, last one first."""
    return [op.reverse() for op in reversed(ops)]


class ModifyTableOps(OpContainer):
    """The operations on one table that exists.

    :param table_name: the table's name.
    :param ops: operations of the alter-table family.
    """

    def __init__(self, table_name: str, ops: Sequence[MigrateOperation], *, schema: str | None = None) -> None:
        super().__init__(ops)
        self.table_name = table_name
        self.schema = schema

    def reverse(self) -> ModifyTableOps:
        return ModifyTableOps(self.table_name, reversed_ops(self.ops), schema=self.schema)

    def as_json(self) -> dict[str, Any]:
        return {**super().as_json(), "table_name": portrait(self.table_name), "schema": portrait(self.schema)}

    def __repr__(self) -> str:
        schema = f", schema={self.schema!r}" if self.schema is not None else ""
        return f"ModifyTableOps({self.table_name!r}, {self.ops!r}{schema})"


class UpgradeOps(OpContainer):
    """What `upgrade()` does.

    :param upgrade_token: the template's variable that its text goes into.
    """

    def __init__(self, ops: Sequence[MigrateOperation] = (), upgrade_token: str = "upgrades") -> None:
        super().__init__(ops)
        self.upgrade_token = upgrade_token

    def reverse_into(self, downgrade_ops: DowngradeOps) -> DowngradeOps:
        """Replace the operations of `downgrade_ops` by what undoes these."""
        downgrade_ops.ops[:] = reversed_ops(self.ops)
        return downgrade_ops

    def reverse(self) -> DowngradeOps:
        return self.reverse_into(DowngradeOps())


class DowngradeOps(OpContainer):
    """What `downgrade()` does.

    :param downgrade_token: the template's variable that its text goes into.
    """

    def __init__(self, ops: Sequence[MigrateOperation] = (), downgrade_token: str = "downgrades") -> None:
        super().__init__(ops)
        self.downgrade_token = downgrade_token

    def reverse(self) -> UpgradeOps:
        return UpgradeOps(reversed_ops(self.ops))


class MigrationScript(MigrateOperation):
    """A migration script that is going to be written: its identity, and what its functions do.

    :param imports: lines for the script's head.
    """

    def __init__(
        self,
        rev_id: str | None,
        upgrade_ops: UpgradeOps | list[UpgradeOps] | None,
        downgrade_ops: DowngradeOps | list[DowngradeOps] | None,
        *,
        message: str | None = None,
        imports: set[str] | None = None,
        head: str | None = None,
        splice: bool | None = None,
        branch_label: str | Sequence[str] | None = None,
        version_path: str | os.PathLike[str] | None = None,
        depends_on: str | Sequence[str] | None = None,
    ) -> None:
        self.rev_id = rev_id
        self.message = message
        self.imports = set() if imports is None else imports
        self.head = head
        self.splice = splice
        self.branch_label = branch_label
        self.version_path = version_path
        self.depends_on = depends_on
        self._upgrade_ops: list[UpgradeOps] = []
        self._downgrade_ops: list[DowngradeOps] = []
        self.upgrade_ops = upgrade_ops
        self.downgrade_ops = downgrade_ops

    @property
    def upgrade_ops(self) -> UpgradeOps | None:
        """The one `UpgradeOps`; None if there is none.

        :raises ValueError: if there are several (one per database): then use `upgrade_ops_list`.
        """
        ops: UpgradeOps | None = _only(self._upgrade_ops, "upgrade_ops")
        return ops

    @upgrade_ops.setter
    def upgrade_ops(self, value: UpgradeOps | list[UpgradeOps] | None) -> None:
        self._upgrade_ops = _listed(value, UpgradeOps)

    @property
    def downgrade_ops(self) -> DowngradeOps | None:
        """The one `DowngradeOps`; None if there is none.

        :raises ValueError: if there are several (one per database): then use `downgrade_ops_list`.
        """
        ops: DowngradeOps | None = _only(self._downgrade_ops, "downgrade_ops")
        return ops

    @downgrade_ops.setter
    def downgrade_ops(self, value: DowngradeOps | list[DowngradeOps] | None) -> None:
        self._downgrade_ops = _listed(value, DowngradeOps)

    @property
    def upgrade_ops_list(self) -> list[UpgradeOps]:
        return self._upgrade_ops

    @property
    def downgrade_ops_list(self) -> list[DowngradeOps]:
        return self._downgrade_ops


def _only(ops: list[Any], name: str) -> Any:
    if len(ops) > 1:
        kind = "UpgradeOps" if name == "upgrade_ops" else "DowngradeOps"
        raise ValueError(
            f"This MigrationScript instance has a multiple-entry list for {kind}; please use the {name}_list attribute. "
            f"There are {len(ops)}, one per database."
        )
    return ops[0] if ops else None


def _listed(value: Any, wanted: type) -> list[Any]:
    values = [] if value is None else list(value) if isinstance(value, (list, tuple)) else [value]
    for item in values:
        if not isinstance(item, wanted):
            raise TypeError(f"{wanted.__name__} expected, not {type(item).__name__}")
    return values
