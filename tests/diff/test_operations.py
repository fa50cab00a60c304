"""The order of operations: what must be gone first, what must be there first, and nothing else moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from autodiff.dialects.generic import GenericRoom
from autodiff.dialects.generic.canonical import formed
from autodiff.diff.differ import diff
from autodiff.diff.operations import operations
from autodiff.diff.pairing import paired
from autodiff.diff.sides import ModelSide
from autodiff.operations.tree import ModifyTableOps
from autodiff.reflect.models import read_models
from autodiff.state import Server, Snapshot

Model = Callable[[sa.MetaData], object]


def snapshot(model: Model) -> Snapshot:
    metadata = sa.MetaData()
    model(metadata)
    states = read_models(metadata, postgresql.dialect(), Server("postgresql", default_schema="public"))
    return Snapshot.of(map(formed, states.objects.values()), states.server, canonical=True)


def planned(before: Model, after: Model) -> list[str]:
    """The operations from one model to another, one word each: ``drop_index ix_a``."""
    room = GenericRoom(postgresql.dialect())
    one, two = snapshot(before), snapshot(after)
    two = paired(one, two)
    plan = operations(diff(one, two), ModelSide(room, one), ModelSide(room, two), room)
    flat = [op for each in plan for op in (each.ops if isinstance(each, ModifyTableOps) else [each])]
    return [f"{op.directive} {spoken(op)}" for op in flat]


def spoken(op: object) -> str:
    for attribute in ("constraint_name", "index_name", "column_name", "table_name"):
        name = getattr(op, attribute, None)
        if name:
            return str(name)
    return str(op)


def nothing(metadata: sa.MetaData) -> None:
    """An empty model."""


def test_tables_come_after_those_that_they_refer_to_and_go_before_them():
    def model(m: sa.MetaData) -> None:
        sa.Table("a", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("z_id", sa.ForeignKey("z.id")))
        sa.Table("z", m, sa.Column("id", sa.Integer, primary_key=True))

    assert planned(nothing, model) == ["create_table z", "create_table a"]
    assert planned(model, nothing) == ["drop_table a", "drop_table z"]


def test_a_circle_of_foreign_keys_is_cut_in_both_directions():
    def model(m: sa.MetaData) -> None:
        sa.Table(
            "a", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("b_id", sa.ForeignKey("b.id", name="ab"))
        )
        sa.Table(
            "b", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("a_id", sa.ForeignKey("a.id", name="ba"))
        )

    assert planned(nothing, model) == ["create_table b", "create_table a", "create_foreign_key ba"]
    assert planned(model, nothing) == ["drop_constraint ba", "drop_table a", "drop_table b"]


def test_a_foreign_key_marked_with_use_alter_is_made_after_its_table():
    def model(m: sa.MetaData) -> None:
        marked = sa.ForeignKey("b.id", name="ab", use_alter=True)
        sa.Table("a", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("b_id", marked))
        sa.Table("b", m, *columns(), sa.Column("a_id", sa.ForeignKey("a.id", name="ba")))

    assert planned(nothing, model) == ["create_table a", "create_table b", "create_foreign_key ab"]
    assert planned(model, nothing) == ["drop_constraint ab", "drop_table b", "drop_table a"]


def test_foreign_keys_in_a_circle_are_seen_after_the_models_made_a_database():
    """`create_all` and `drop_all` leave a mark on them that says that no CREATE TABLE contains them."""
    metadata = sa.MetaData()
    sa.Table("a", metadata, *columns(), sa.Column("b_id", sa.ForeignKey("b.id", name="ab")))
    sa.Table("b", metadata, *columns(), sa.Column("a_id", sa.ForeignKey("a.id", name="ba")))
    made = sa.create_mock_engine("postgresql://", lambda *_: None)
    metadata.create_all(made, checkfirst=False)
    states = read_models(metadata, postgresql.dialect(), Server("postgresql", default_schema="public"))
    assert {key.name for key in states.objects if key.kind == "foreign_key"} == {"ab", "ba"}


def test_a_table_that_refers_to_itself_needs_no_cut():
    def model(m: sa.MetaData) -> None:
        sa.Table("a", m, sa.Column("id", sa.Integer, primary_key=True), sa.Column("parent", sa.ForeignKey("a.id")))

    assert planned(nothing, model) == ["create_table a"]


def columns(*names: str) -> list[sa.Column[int]]:
    return [sa.Column("id", sa.Integer, primary_key=True), *(sa.Column(name, sa.Integer) for name in names)]


def test_what_uses_a_column_goes_before_it_and_comes_after_it():
    def before(m: sa.MetaData) -> None:
        sa.Table("t", m, *columns("old"), sa.Index("ix", "old"), sa.CheckConstraint("old > 0", name="ck"))

    def after(m: sa.MetaData) -> None:
        sa.Table("t", m, *columns("new"), sa.Index("ix", "new"), sa.CheckConstraint("new > 0", name="ck"))

    plan = planned(before, after)
    assert plan.index("add_column t") < plan.index("create_index ix") < plan.index("drop_column old")
    assert plan.index("drop_index ix") < plan.index("create_index ix")
    assert plan.index("drop_constraint ck") < plan.index("create_check_constraint ck") < plan.index("drop_column old")


def test_a_foreign_key_into_a_table_goes_before_the_table():
    def before(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns())
        sa.Table("b", m, *columns(), sa.Column("a_id", sa.ForeignKey("a.id", name="fk")))

    def after(m: sa.MetaData) -> None:
        sa.Table("b", m, *columns("a_id"))

    assert planned(before, after) == ["drop_constraint fk", "drop_table a"]


def test_a_name_is_free_before_another_index_takes_it():
    def before(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns("x"), sa.Index("ix", "x"))
        sa.Table("b", m, *columns("x"))

    def after(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns("x"))
        sa.Table("b", m, *columns("x"), sa.Index("ix", "x"))

    assert planned(before, after) == ["drop_index ix", "create_index ix"]
    assert planned(after, before) == ["drop_index ix", "create_index ix"]


def test_a_foreign_key_waits_for_the_unique_that_it_refers_to():
    def before(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns("code"))
        sa.Table("b", m, *columns("code"))

    def after(m: sa.MetaData) -> None:
        sa.Table("b", m, *columns(), sa.Column("code", sa.Integer, sa.ForeignKey("z.code", name="fk")))
        sa.Table("a", m, *columns("code"))
        sa.Table("z", m, *columns("code"), sa.UniqueConstraint("code", name="uq"))

    assert planned(before, after) == ["create_table z", "create_foreign_key fk"]

    def unique_added(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns(), sa.Column("code", sa.Integer, sa.ForeignKey("b.code", name="fk")))
        sa.Table("b", m, *columns("code"), sa.UniqueConstraint("code", name="uq"))

    assert planned(before, unique_added) == ["create_unique_constraint uq", "create_foreign_key fk"]
    assert planned(unique_added, before) == ["drop_constraint fk", "drop_constraint uq"]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_the_plan_does_not_depend_on_the_order_of_the_models(direction: str):
    def one(m: sa.MetaData) -> None:
        sa.Table("a", m, *columns("x"), sa.Index("ix_1", "x"))
        sa.Table("b", m, *columns("x"), sa.UniqueConstraint("x", name="uq"))

    def other(m: sa.MetaData) -> None:
        sa.Table("b", m, *columns("x"), sa.UniqueConstraint("x", name="uq"))
        sa.Table("a", m, *columns("x"), sa.Index("ix_1", "x"))

    if direction == "up":
        assert planned(nothing, one) == planned(nothing, other)
    else:
        assert planned(one, nothing) == planned(other, nothing)
