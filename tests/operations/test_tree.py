"""The op tree as hooks see it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from autodiff.operations import ops
from autodiff.util import Dispatcher


def changes() -> ops.UpgradeOps:
    column = sa.Column("a", sa.Integer)
    altered = ops.AlterColumnOp("t", "b", modify_nullable=False, existing_nullable=True, existing_type=sa.Integer())
    return ops.UpgradeOps(
        [
            ops.CreateTableOp("t", [sa.Column("id", sa.Integer)]),
            ops.ModifyTableOps("t", [ops.AddColumnOp("t", column, schema="s"), altered], schema="s"),
        ]
    )


def test_diffs_are_flat_but_for_the_aspects_of_a_column() -> None:
    table, column, aspects = changes().as_diffs()
    assert table[0] == "add_table"
    assert column[:3] == ("add_column", "s", "t")
    existing = {
        "existing_type": aspects[0][4]["existing_type"],
        "existing_server_default": False,
        "existing_comment": None,
    }
    assert aspects == [("modify_nullable", None, "t", "b", existing, True, False)]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            ops.SetTableOptionsOp("t", schema="s", existing={"mysql_engine": "MyISAM"}, mysql_engine="InnoDB"),
            ("modify_table_options", "s", "t", None, {}, {"mysql_engine": "MyISAM"}, {"mysql_engine": "InnoDB"}),
        ),
        (
            ops.ReplaceEnumOp("e", ["b"], existing=["a", "b"]),
            ("modify_enum", None, "e", None, {}, ["a", "b"], ["b"]),
        ),
        (ops.AlterSequenceOp("q", cache=5), ("modify_sequence", None, "q", None, {}, None, {"cache": 5})),
        (ops.AlterDomainOp("d", not_null=True), ("modify_domain", None, "d", None, {}, None, {"not_null": True})),
    ],
)
def test_whatever_is_modified_is_told_as_a_column_is(changed: ops.MigrateOperation, told: tuple[object, ...]) -> None:
    assert changed.to_diff_tuple() == told


@pytest.mark.parametrize(
    ("operation", "phase"),
    [
        (ops.CreateEnumOp("e", ["a"]), "expand"),
        (ops.AddEnumValueOp("e", "b"), "expand"),
        (ops.SetTableOptionsOp("t", mysql_engine="InnoDB"), "expand"),
        (ops.DropEnumOp("e"), "contract"),
        (ops.ReplaceEnumOp("e", ["a"]), "contract"),
        (ops.DropSequenceOp("q"), "contract"),
    ],
)
def test_who_sorts_operations_by_alembic_s_classes_can_sort_all(operation: ops.MigrateOperation, phase: str) -> None:
    phases = Dispatcher()
    phases.dispatch_for(ops.CreateTableOp)(lambda directive: "expand")
    phases.dispatch_for(ops.DropTableOp)(lambda directive: "contract")
    assert phases.dispatch(operation)(operation) == phase
    with pytest.raises(ValueError, match="no dispatch function"):
        phases.dispatch(ops.ExecuteSQLOp("x"))


def test_a_downgrade_undoes_last_things_first() -> None:
    back = changes().reverse()
    assert isinstance(back, ops.DowngradeOps)
    assert [type(op).__name__ for op in back.ops] == ["ModifyTableOps", "DropTableOp"]
    modified = back.ops[0]
    assert isinstance(modified, ops.ModifyTableOps)
    assert [type(op).__name__ for op in modified.ops] == ["AlterColumnOp", "DropColumnOp"]
    assert back.reverse() == changes()


def test_a_script_has_one_tree_or_one_per_database() -> None:
    script = ops.MigrationScript("a1", ops.UpgradeOps(), ops.DowngradeOps())
    assert script.upgrade_ops is script.upgrade_ops_list[0]
    assert script.upgrade_ops is not None
    assert script.upgrade_ops.is_empty()
    script.upgrade_ops = [ops.UpgradeOps(), changes()]
    with pytest.raises(ValueError, match="upgrade_ops_list"):
        script.upgrade_ops  # noqa: B018
    script.downgrade_ops = None
    assert script.downgrade_ops is None
    with pytest.raises(TypeError, match="UpgradeOps expected"):
        script.upgrade_ops = ops.DowngradeOps()  # type: ignore[assignment]


def test_a_column_that_was_dropped_comes_back_if_it_is_known() -> None:
    column = sa.Column("a", sa.Integer)
    dropped = ops.DropColumnOp.from_column_and_tablename("s", "t", column)
    assert dropped.to_diff_tuple() == ("remove_column", "s", "t", column)
    assert dropped.reverse() == ops.AddColumnOp("t", column, schema="s")
    with pytest.raises(ValueError, match="original column is not present"):
        ops.DropColumnOp("t", "a").reverse()


def test_what_a_column_was_and_shall_be_change_places() -> None:
    altered = ops.AlterColumnOp(
        "t",
        "a",
        modify_type=sa.BigInteger(),
        existing_type=sa.Integer(),
        modify_server_default=None,
        existing_server_default="5",
        modify_comment="new",
        modify_name="b",
        autoincrement=True,
        existing_autoincrement=False,
        postgresql_using="a::bigint",
    )
    assert altered.reverse() == ops.AlterColumnOp(
        "t",
        "b",
        modify_type=sa.Integer(),
        existing_type=sa.BigInteger(),
        modify_server_default="5",
        existing_server_default=None,
        modify_comment=None,
        existing_comment="new",
        modify_name="a",
        autoincrement=False,
        existing_autoincrement=True,
    )


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (sa.UniqueConstraint("a", name="u", deferrable=True), "add_constraint"),
        (sa.CheckConstraint("a > 1", name="c"), "add_constraint"),
        (sa.ForeignKeyConstraint(["a"], ["s.p.id"], name="f", ondelete="CASCADE"), "add_fk"),
    ],
)
def test_a_constraint_becomes_an_operation_and_back(made: sa.Constraint, word: str) -> None:
    sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), made, schema="s")
    added = ops.AddConstraintOp.from_constraint(made)
    assert added.to_diff_tuple()[0] == word
    dropped = added.reverse()
    assert dropped.to_diff_tuple()[0] == word.replace("add", "remove")
    assert dropped.reverse() == added


def test_an_unnamed_constraint_is_dropped_by_what_it_is_on() -> None:
    unique = sa.UniqueConstraint("a", "b")
    sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer), unique)
    dropped = ops.DropConstraintOp.from_constraint(unique)
    assert (dropped.constraint_name, dropped.columns) == (None, ["a", "b"])


def test_an_index_becomes_an_operation_and_back() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer))
    index = sa.Index("ix", table.c.a, sa.func.lower(table.c.a), unique=True, postgresql_where=table.c.a > 1)
    created = ops.CreateIndexOp.from_index(index)
    assert created.columns[0] is table.c.a
    assert isinstance(created.reverse().to_index().columns[0].type, sa.Integer)  # type: ignore[attr-defined]
    assert created.reverse().reverse() == created
    assert created.to_diff_tuple()[0] == "add_index"


def test_making_an_operation_leaves_the_models_alone() -> None:
    table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer), sa.Column("b", sa.Integer))
    check = sa.CheckConstraint(table.c.a > table.c.b, name="ck")
    exclude = postgresql.ExcludeConstraint((table.c.a, "="), name="ex", where=table.c.b > 1)
    table.append_constraint(exclude)
    before = len(table.constraints)
    for constraint in (check, exclude):
        made = ops.AddConstraintOp.from_constraint(constraint).to_constraint()
        assert made.table is not table
    ops.CreateTableOp.from_table(table).to_table()
    assert len(table.constraints) == before


def test_an_operation_without_a_way_back_says_so() -> None:
    with pytest.raises(NotImplementedError):
        ops.ExecuteSQLOp("x").reverse()
    assert ops.ExecuteSQLOp("x").to_diff_tuple() == ("execute", "x")
    assert ops.RenameTableOp("a", "b").reverse() == ops.RenameTableOp("b", "a")
