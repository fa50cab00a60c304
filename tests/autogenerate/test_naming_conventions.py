"""Scripts under each kind of naming convention: a name that is final gets no convention a second time, up and down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import conv

from autodiff.autogenerate import compare_metadata, produce_migrations, render_python_code
from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from tests.databases.database import Database


def _token(constraint: Any, table: Any) -> str:
    return "tk"


CONVENTIONS: dict[str, Mapping[str, Any]] = {
    "none": {},
    "usual": {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    },
    "of the name alone": {kind: f"{kind}_%(constraint_name)s" for kind in ("ix", "uq", "ck", "fk")},
    "with a token": {
        "tk": _token,
        "ix": "ix_%(tk)s_%(constraint_name)s",
        "uq": "%(tk)s_%(table_name)s_%(constraint_name)s_uq",
        "pk": "pk_%(table_name)s",
    },
}


def models(convention: Mapping[str, Any], table: str, name: str, *final: str) -> MetaData:
    """A table that stays, with parts called `name`, and one that is called `table`.

    :param final: columns whose parts have names that no convention is for.
    """
    metadata = MetaData(naming_convention=convention) if convention else MetaData()
    Table("p", metadata, Column("id", Integer), PrimaryKeyConstraint("id", name="pkey"))
    for number, called in enumerate(("t", table)):
        Table(
            called,
            metadata,
            Column("id", Integer, nullable=False),
            *(Column(column, Integer) for column in "abc"),
            PrimaryKeyConstraint("id", name=f"{called}_key"),
            Index(f"{name}_index_{number}", "a"),
            UniqueConstraint("a", "b", name=f"{name}_unique_{number}"),
            CheckConstraint(f"a > {len(name)}", name=f"{name}_check_{number}"),
            ForeignKeyConstraint(["b"], ["p.id"], name=f"{name}_reference_{number}"),
            *(Index(conv(f"final_index_{number}_{column}"), column) for column in final),
            *(CheckConstraint(f"{column} > 1", name=conv(f"final_{number}_{column}")) for column in final),
        )
    return metadata


def names(connection: sa.Connection) -> dict[str, list[str | None]]:
    ask = sa.inspect(connection)
    told = ("get_indexes", "get_unique_constraints", "get_check_constraints", "get_foreign_keys")
    return {
        table: [
            ask.get_pk_constraint(table)["name"],
            *sorted(part["name"] for each in told for part in getattr(ask, each)(table)),
        ]
        for table in ask.get_table_names()
    }


def script(connection: sa.Connection, wanted: MetaData, as_batch: bool) -> tuple[str, str]:
    """What `upgrade()` and `downgrade()` would say."""
    context = MigrationContext.configure(connection, opts={"target_metadata": wanted, "render_as_batch": as_batch})
    found = produce_migrations(context, wanted)
    assert found.upgrade_ops is not None
    assert found.downgrade_ops is not None
    up, down = (
        render_python_code(ops, render_as_batch=as_batch, migration_context=context)
        for ops in (found.upgrade_ops, found.downgrade_ops)
    )
    return up, down


def run(connection: sa.Connection, text: str, wanted: MetaData) -> None:
    context = MigrationContext.configure(connection, opts={"target_metadata": wanted})
    with context.begin_transaction(), Operations.context(context) as op:
        exec(f"if True:\n    {text}", {"op": op, "sa": sa})


@pytest.mark.parametrize("as_batch", [False, True], ids=["plain", "batch"])
@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=list(CONVENTIONS))
def test_up_and_down_the_names_are_those_of_the_models(
    database: Database, convention: Mapping[str, Any], as_batch: bool
) -> None:
    first, second = models(convention, "old", "one"), models(convention, "new", "second", "c")
    with database.engine().connect() as connection:
        run(connection, script(connection, first, as_batch)[0], first)
        before = names(connection)
        up, down = script(connection, second, as_batch)
        run(connection, up, second)
        assert compare_metadata(MigrationContext.configure(connection), second) == []
        run(connection, down, second)
        assert names(connection) == before
        assert compare_metadata(MigrationContext.configure(connection), first) == []
