"""What of the models is compared: all that the database will have of them, and nothing that it cannot have."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import compare_metadata
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
