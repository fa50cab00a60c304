"""Columns: type, nullability, value (default, computed, identity), collation, comment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Column, Computed, Identity

from autodiff.kinds.enum import enum_keys
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.table import options_of
from autodiff.state import Key, Sql, State
from autodiff.state.state import Options


@dataclass(frozen=True)
class ComputedValue:
    """``GENERATED ALWAYS AS (expression)``.

    :param stored: True for STORED, False for VIRTUAL; None until the room has said what this server makes of nothing.
    """

    expression: Sql
    stored: bool | None = None


@dataclass(frozen=True)
class IdentityValue:
    """``GENERATED … AS IDENTITY``; sequence options at the server's default are None."""

    always: bool = False
    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool = False
    cache: int | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnState(State):
    """:param type: the type, without collation.
    :param default: the server default; None where there is none (``DEFAULT NULL`` counts as none).
    :param computed: the expression of a generated column.
    :param identity: the options of an identity column.
    :param autoincrement: SERIAL, AUTO_INCREMENT or SQLite's AUTOINCREMENT.
    :param collation: the collation, where it is not the one that the column would have anyway.
    :param options: other options of the column, by SQLAlchemy's keyword, or a word of the dialect.
    :param position: place in the table, from 0; not compared.
    """

    type: Sql
    nullable: bool = True
    default: Sql | None = None
    computed: ComputedValue | None = None
    identity: IdentityValue | None = None
    autoincrement: bool = False
    collation: str | None = None
    comment: str | None = None
    options: Options = ()
    position: int = field(default=0, compare=False)


def identity_of(identity: Identity) -> IdentityValue:
    return IdentityValue(
        always=bool(identity.always),
        start=identity.start,
        increment=identity.increment,
        minvalue=identity.minvalue,
        maxvalue=identity.maxvalue,
        cycle=bool(identity.cycle),
        cache=identity.cache,
    )


class ColumnKind(Kind[ColumnState]):
    name = "column"

    def read(self, models: Models) -> Iterator[ColumnState]:
        for table in models.tables:
            columns = [c for c in table.columns if not c.system]
            yield from (self._state(models, column, position) for position, column in enumerate(columns))

    @staticmethod
    def _state(models: Models, column: Column[object], position: int) -> ColumnState:
        table, computed, identity = column.table, column.computed, column.identity
        written = models.ddl.get_column_default_string(column)
        supports_identity = getattr(models.dialect, "supports_identity_columns", False)
        return ColumnState(
            key=models.part_key("column", table, column.name),
            type=Sql(models.type_text(column.type)),
            nullable=bool(column.nullable),
            default=Sql(written) if written is not None and computed is None else None,
            computed=_computed_value(models, computed) if computed is not None else None,
            identity=identity_of(identity) if identity is not None and supports_identity else None,
            autoincrement=column is getattr(table, "_autoincrement_column", None),
            collation=getattr(column.type, "collation", None),
            comment=column.comment,
            options=options_of(column.dialect_kwargs, models.dialect.name),
            position=position,
            depends_on=frozenset({models.table_key(table), *enum_keys(models, column)}),
            source=column,
        )


def _computed_value(models: Models, computed: Computed) -> ComputedValue:
    return ComputedValue(Sql(models.expression_text(computed.sqltext)), computed.persisted)


def column_key(table: Key, name: str) -> Key:
    return Key("column", table.schema, table.table, name)
