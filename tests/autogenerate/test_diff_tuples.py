"""What `compare_metadata` says: the differences of the models, not what the database or the script makes of them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata, produce_migrations
from autodiff.migration import MigrationContext
from autodiff.operations.ops import AlterColumnOp, CreateIndexOp
from tests.databases.database import Database


def models(*foreign_keys: sa.ForeignKeyConstraint, nullable: bool = True, **column: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.UniqueConstraint("id", name="p_id"))
    parent = sa.Column("p_id", sa.Integer, nullable=nullable, **column)
    sa.Table("c", metadata, sa.Column("id", sa.Integer, primary_key=True), parent, *foreign_keys)
    return metadata


def to_p(name: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["p_id"], ["p.id"], name=name)


def diffs(database: Database, there: sa.MetaData, wanted: sa.MetaData, **opts: Any) -> list[Any]:
    with database.engine().connect() as connection:
        there.create_all(connection)
        context = MigrationContext.configure(connection, opts=opts)
        return list(compare_metadata(context, wanted))


@pytest.mark.parametrize("name", ["fk", None])
def test_a_new_foreign_key_has_the_name_of_the_models(database: Database, name: str | None) -> None:
    found = diffs(database, models(), models(to_p(name)))
    assert [(word, constraint.name) for word, constraint in found] == [("add_fk", name)]


def test_a_foreign_key_that_goes_is_one_difference(database: Database) -> None:
    # MariaDB keeps the index that it made for it, and the script drops that, too.
    found = diffs(database, models(to_p("fk")), models())
    assert [(word, constraint.name) for word, constraint in found] == [("remove_fk", "fk")]


def included(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    return kind != "foreign_key_constraint"


def named(name: str | None, kind: str, parents: Any) -> bool:
    return kind != "foreign_key_constraint"


def test_a_table_that_nobody_asks_about_keeps_its_index(mariadb: Database) -> None:
    def tables(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "table"

    there = models(to_p("fk"))
    sa.Index("p_id", there.tables["c"].c.p_id)  # as MariaDB calls the one that it makes for an unnamed foreign key
    assert diffs(mariadb, there, sa.MetaData(), include_name=tables) == []


@pytest.mark.parametrize(
    "opts", [{"include_object": included}, {"include_name": named}], ids=lambda opts: str(next(iter(opts)))
)
def test_a_foreign_key_that_nobody_asks_about_keeps_its_index(database: Database, opts: dict[str, Any]) -> None:
    with database.engine().connect() as connection:
        models(to_p("fk")).create_all(connection)
        context = MigrationContext.configure(connection, opts=opts)
        script = produce_migrations(context, models())
        assert script.upgrade_ops is not None
        assert script.upgrade_ops.is_empty()


def test_an_index_that_the_models_say_twice_is_one(database: Database) -> None:
    def indexed(times: int) -> sa.MetaData:
        metadata = models()
        for _ in range(times):
            sa.Index("twice", metadata.tables["c"].c.p_id)
        return metadata

    assert diffs(database, indexed(1), indexed(2)) == []
    assert [word for word, _ in diffs(database.another(), models(), indexed(2))] == ["add_index"]


def test_an_index_of_the_models_own_is_told(mariadb: Database) -> None:
    wanted = models(to_p("fk"))
    sa.Index("mine", wanted.tables["c"].c.p_id)
    found = diffs(mariadb, models(), wanted)
    assert sorted((word, thing.name) for word, thing in found) == [("add_fk", "fk"), ("add_index", "mine")]
    assert not CreateIndexOp("mine", "c", ["p_id"]).is_companion


def test_a_default_that_is_not_there_is_false_among_what_exists(database: Database) -> None:
    [[found]] = diffs(database, models(), models(nullable=False))
    assert found[0] == "modify_nullable"
    assert found[4]["existing_server_default"] is False


@pytest.mark.parametrize(
    ("said", "answer"), [({}, None), ({"autoincrement": True}, True), ({"autoincrement": False}, False)]
)
def test_a_hook_may_ask_whether_an_altered_column_counts(database: Database, said: Any, answer: bool | None) -> None:
    with database.engine().connect() as connection:
        models().create_all(connection)
        wanted = models(nullable=False, **said)
        script = produce_migrations(MigrationContext.configure(connection), wanted)
        assert script.upgrade_ops is not None
        [changed] = script.upgrade_ops.ops[0].ops  # type: ignore[attr-defined]
    assert isinstance(changed, AlterColumnOp)
    assert changed.kw.get("autoincrement") is answer
    assert "autoincrement" not in changed.arguments()[1]


def test_what_only_stands_in_the_way_is_no_difference_and_stands_around_what_it_is_for(postgresql: Database) -> None:
    def checked(type_: Any, checked_only: bool = False) -> sa.MetaData:
        metadata = sa.MetaData()
        sa.Table(
            "t",
            metadata,
            sa.Column("amount", type_),
            sa.Column("other", sa.Integer, nullable=checked_only),
            sa.CheckConstraint("amount > 0", name="positive"),
        )
        return metadata

    with postgresql.engine().connect() as connection:
        checked(sa.Integer(), True).create_all(connection)
        context = MigrationContext.configure(connection)
        ops = produce_migrations(context, checked(sa.Numeric())).upgrade_ops
        assert ops is not None
        assert [entry[0][0] for entry in ops.as_diffs()] == ["modify_type", "modify_nullable"]
        directives = [op.directive for op in ops.ops[0].ops]  # type: ignore[attr-defined]
    assert directives == ["drop_constraint", "alter_column", "create_check_constraint", "alter_column"]
