"""What of the models is compared: all that the database will have of them, and nothing that it cannot have."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
from autodiff.errors import CommandError
from autodiff.migration import MigrationContext
from tests.databases.database import Database


def differences(database: Database, models: sa.MetaData) -> list[object]:
    with database.engine().connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), models))


def test_a_circle_of_foreign_keys_that_create_all_has_made_is_no_difference(database: Database) -> None:
    """The same MetaData is used for both, as in a program that makes its tables and then checks them."""
    models = sa.MetaData()
    for name, other in (("a", "b"), ("b", "a")):
        key = sa.ForeignKey(f"{other}.id", name=f"fk_{name}", use_alter=True)
        sa.Table(name, models, sa.Column("id", sa.Integer, primary_key=True), sa.Column("other", sa.Integer, key))
    models.create_all(database.engine())
    assert differences(database, models) == []


def test_an_index_without_columns_is_told_and_left_out(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    models = sa.MetaData()
    table = sa.Table("t", models, sa.Column("id", sa.Integer, primary_key=True))
    models.create_all(database.engine())
    table.append_constraint(sa.Index("ix_forgotten"))
    with caplog.at_level(logging.WARNING):
        assert differences(database, models) == []
    assert "index ix_forgotten of table t names no columns" in caplog.text


def test_a_change_of_type_is_told_in_sqlalchemys_words(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    models = sa.MetaData()
    sa.Table("t", models, sa.Column("a", sa.String(128)))
    models.create_all(database.engine())
    models.tables["t"].c.a.type = sa.String(10)
    with caplog.at_level(logging.INFO):
        differences(database, models)
    assert "Detected type change from VARCHAR(length=128) to String(length=10) on 't.a'" in caplog.text


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (lambda: sa.Column("p", sa.ForeignKey("nope.id")), "column t.p has the type of nope.id, which target_metadata"),
        (lambda: sa.Column("p", sa.Integer, sa.ForeignKey("nope.id")), "a foreign key of t cannot be resolved"),
        (lambda: sa.Column("p"), "column t.p has no type; give it one"),
    ],
)
def test_models_that_cannot_be_made_are_told_by_table_and_column(database: Database, column: Any, words: str) -> None:
    models = sa.MetaData()
    sa.Table("t", models, sa.Column("id", sa.Integer, primary_key=True), column())
    with pytest.raises(CommandError) as told:
        differences(database, models)
    assert words in str(told.value)


def test_a_type_that_the_database_lacks_is_told_by_its_column(mariadb: Database) -> None:
    models = sa.MetaData()
    sa.Table("t", models, sa.Column("id", sa.Integer, primary_key=True), sa.Column("s", sa.String))
    with pytest.raises(CommandError, match=r"column t\.s cannot be made on mysql: VARCHAR requires a length"):
        differences(mariadb, models)
