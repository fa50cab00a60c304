"""All kinds of objects, in the order in which objects are made."""

from __future__ import annotations

from autodiff.kinds.check import CheckKind, CheckState
from autodiff.kinds.column import ColumnKind, ColumnState, ComputedValue, IdentityValue
from autodiff.kinds.constraint import ConstraintState
from autodiff.kinds.domain import DomainCheck, DomainKind, DomainState
from autodiff.kinds.enum import EnumKind, EnumState
from autodiff.kinds.exclude import ExcludeKind, ExcludeState
from autodiff.kinds.foreign_key import ForeignKeyKind, ForeignKeyState
from autodiff.kinds.index import IndexKind, IndexState
from autodiff.kinds.kind import Kind, Models, kinds, twin_of
from autodiff.kinds.primary_key import PrimaryKeyKind, PrimaryKeyState
from autodiff.kinds.schema import SchemaKind, SchemaState
from autodiff.kinds.sequence import SequenceKind, SequenceState
from autodiff.kinds.table import TableKind, TableState
from autodiff.kinds.unique import UniqueKind, UniqueState
from autodiff.kinds.view import ViewKind, ViewState

for kind in (
    SchemaKind(),
    EnumKind(),
    DomainKind(),
    SequenceKind(),
    TableKind(),
    ColumnKind(),
    PrimaryKeyKind(),
    UniqueKind(),
    CheckKind(),
    ExcludeKind(),
    IndexKind(),
    ForeignKeyKind(),
    ViewKind(),
):
    kinds.register(kind.name, kind)

__all__ = [
    "CheckState",
    "ColumnState",
    "ComputedValue",
    "ConstraintState",
    "DomainCheck",
    "DomainState",
    "EnumState",
    "ExcludeState",
    "ForeignKeyState",
    "IdentityValue",
    "IndexState",
    "Kind",
    "Models",
    "PrimaryKeyState",
    "SchemaState",
    "SequenceState",
    "TableState",
    "UniqueState",
    "ViewState",
    "kinds",
    "twin_of",
]
