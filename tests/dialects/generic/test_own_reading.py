"""A dialect that reads its database by code of its own is believed: in what it says, and in what it cannot say."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from autodiff.autogenerate import compare_metadata
from autodiff.dialects import room_of
from autodiff.dialects.generic import GenericRoom
from autodiff.dialects.sqlite.room import SqliteRoom
from autodiff.migration import MigrationContext
from tests.databases.database import Database


class Reticent(SQLiteDialect_pysqlite):
    supports_statement_cache = True

    def get_unique_constraints(self, *args: Any, **kw: Any) -> Any:
        raise NotImplementedError

    get_check_constraints = get_unique_constraints


class Voluble(MySQLDialect_pymysql):
    supports_statement_cache = True

    def get_indexes(self, *args: Any, **kw: Any) -> Any:
        return super().get_indexes(*args, **kw)  # type: ignore[no-untyped-call]


registry.register("sqlite.reticent", __name__, "Reticent")
registry.register("mysql.voluble", __name__, "Voluble")


def models(*parts: Any, **options: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("x", sa.Integer), sa.Column("y", sa.Integer), *parts, **options)
    return metadata


def differences(engine: sa.Engine, metadata: sa.MetaData) -> list[str]:
    with engine.connect() as connection:
        return [entry[0] for entry in compare_metadata(MigrationContext.configure(connection), metadata)]


def test_only_a_dialect_that_reads_for_itself_loses_its_room() -> None:
    assert isinstance(room_of(sa.create_engine("sqlite+reticent://").dialect), GenericRoom)
    assert isinstance(room_of(sa.create_engine("sqlite://").dialect), SqliteRoom)


def constraints(*columns: str) -> list[sa.Constraint]:
    return [sa.UniqueConstraint(*columns, name="uq"), sa.CheckConstraint(f"{columns[-1]} > 0", name="ck")]


@pytest.mark.parametrize("before", [(), ("x",)])
@pytest.mark.parametrize("after", [("x",), ("x", "y"), ()])
def test_nothing_is_said_of_a_kind_that_the_dialect_does_not_read(tmp_path: Any, before: Any, after: Any) -> None:
    def wanted(columns: Any) -> list[sa.Constraint]:
        return constraints(*columns) if columns else []

    engine = sa.create_engine(f"sqlite+reticent:///{tmp_path}/t.db", poolclass=sa.NullPool)
    models(*wanted(before)).create_all(engine)
    assert differences(engine, models(*wanted(after))) == []
    assert differences(engine, models(*wanted(after), sa.Index("ix", "y"))) == ["add_index"]


def test_a_new_table_has_all_that_the_models_say(tmp_path: Any) -> None:
    engine = sa.create_engine(f"sqlite+reticent:///{tmp_path}/t.db", poolclass=sa.NullPool)
    with engine.connect() as connection:
        [(_, table)] = compare_metadata(
            MigrationContext.configure(connection), models(sa.UniqueConstraint("x", name="uq"))
        )
    assert "uq" in {constraint.name for constraint in table.constraints}


@pytest.mark.parametrize(("asked", "wanted"), [({}, []), ({"mysql_engine": "Aria"}, ["modify_table_options"])])
def test_what_the_server_has_chosen_of_a_table_is_no_difference(
    mariadb: Database, asked: dict[str, Any], wanted: list[str]
) -> None:
    engine = sa.create_engine(sa.make_url(mariadb.url).set(drivername="mysql+voluble"), poolclass=sa.NullPool)
    models().create_all(engine)
    assert differences(engine, models(**asked)) == wanted
