"""Periods, histories, vectors and sequences' types, of which models have few words or none: nothing is lost, nothing invented."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table
from sqlalchemy.types import UserDefinedType

from tests.dialects.changing import Model, built, run, scripts, walk
from tests.witness import difference, lines


class Words(UserDefinedType[Any]):
    """A type in the server's own words."""

    cache_ok = True

    def __init__(self, words: str) -> None:
        self.words = words

    def get_col_spec(self, **kw: Any) -> str:
        return self.words


def key() -> Column[Any]:
    return Column("id", Integer, primary_key=True, autoincrement=False)


def days(*items: Any, primary_key: Column[Any] | None = None) -> sa.MetaData:
    metadata = sa.MetaData()
    columns = [Column(name, sa.Date, nullable=False) for name in ("since", "till")]
    Table("t", metadata, key() if primary_key is None else primary_key, *columns, *items)
    return metadata


PERIOD = (
    "CREATE TABLE t (id INT NOT NULL, x INT, since DATE NOT NULL, till DATE NOT NULL, PERIOD FOR p (since, till),"
    " PRIMARY KEY (id, p WITHOUT OVERLAPS), UNIQUE KEY u (x, p WITHOUT OVERLAPS))"
)
HISTORY = (
    "CREATE TABLE t (id INT PRIMARY KEY, x INT UNIQUE, since TIMESTAMP(6) GENERATED ALWAYS AS ROW START,"
    " till TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (since, till)) WITH SYSTEM VERSIONING"
)


def history(*items: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    Table("t", metadata, *items)
    return metadata


def moments() -> list[Column[Any]]:
    return [Column(name, sa.TIMESTAMP, nullable=False) for name in ("since", "till")]


@pytest.mark.parametrize(
    ("stored", "models"),
    [
        pytest.param(PERIOD, days(Column("x", Integer), sa.UniqueConstraint("x", name="u")), id="keys over a period"),
        pytest.param(HISTORY, history(key(), Column("x", Integer, unique=True)), id="a history"),
        pytest.param(HISTORY, history(key(), Column("x", Integer, unique=True), *moments()), id="a history's moments"),
    ],
)
def test_what_models_cannot_say_of_time_is_no_difference(mariadb: Any, stored: str, models: sa.MetaData) -> None:
    with mariadb.engine().connect() as connection:
        connection.exec_driver_sql(stored)
        assert scripts(connection, models) == ("", "")


@pytest.mark.parametrize(
    ("stored", "models"),
    [
        pytest.param(PERIOD, days(Column("x", Integer)), id="a key over a period goes"),
        pytest.param(
            PERIOD,
            days(
                Column("x", Integer, primary_key=True, autoincrement=False),
                sa.UniqueConstraint("x", name="u"),
                primary_key=Column("id", Integer, nullable=False),
            ),
            id="another primary key",
        ),
        pytest.param(
            PERIOD,
            days(Column("x", sa.BigInteger), Column("y", Integer), sa.UniqueConstraint("x", name="u")),
            id="columns beside a period",
        ),
        pytest.param(
            HISTORY,
            history(
                Column("id", Integer, nullable=False), Column("x", Integer, primary_key=True), Column("y", Integer)
            ),
            id="the keys of a history",
        ),
    ],
)
def test_what_models_cannot_say_of_time_comes_back(mariadb: Any, stored: str, models: sa.MetaData) -> None:
    with mariadb.engine().connect() as connection:
        connection.exec_driver_sql(stored)
        start = lines(connection)
        up, down = scripts(connection, models)
        run(connection, models, up)
        assert scripts(connection, models) == ("", "")
        run(connection, models, down)
        assert difference(lines(connection), start) == []


def needs(connection: sa.Connection, *version: int) -> None:
    if (connection.dialect.server_version_info or ()) < version:
        pytest.skip(f"needs MariaDB {'.'.join(map(str, version))}")


def vectors(*indexes: str) -> Model:
    def model(metadata: sa.MetaData) -> None:
        columns = Column("id", Integer, primary_key=True), Column("v", Words("VECTOR(3)"), nullable=False)
        Table("t", metadata, *columns, *(sa.Index(name, "v", mysql_prefix="VECTOR") for name in indexes))

    return model


@pytest.mark.parametrize(("before", "after"), [(vectors(), vectors("i")), (vectors("i"), vectors("a"))])
def test_an_index_over_vectors_is_changed_like_others(mariadb: Any, before: Model, after: Model) -> None:
    with mariadb.engine().connect() as connection:
        needs(connection, 11, 7)
        rows = "INSERT INTO t (v) VALUES (vec_fromtext('[1,2,3]')), (vec_fromtext('[1,2,4]'))"
        walk(connection, before, after, rows)


def test_an_index_over_vectors_comes_back_with_its_options(mariadb: Any) -> None:
    with mariadb.engine().connect() as connection:
        needs(connection, 11, 7)
        connection.exec_driver_sql(
            "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VECTOR(3) NOT NULL,"
            " VECTOR KEY i (v) M=6 DISTANCE=cosine)"
        )
        start = lines(connection)
        up, down = scripts(connection, built(vectors()))
        run(connection, built(vectors()), up)
        assert scripts(connection, built(vectors())) == ("", "")
        run(connection, built(vectors()), down)
        assert difference(lines(connection), start) == []


TYPED = ("CREATE SEQUENCE a AS SMALLINT", "CREATE SEQUENCE b AS TINYINT UNSIGNED INCREMENT BY -1")


def counting(**options: Any) -> sa.MetaData:
    metadata = sa.MetaData()
    for name in "ab" if options else "":
        sa.Sequence(name, metadata=metadata, **options[name])
    return metadata


@pytest.mark.parametrize(
    ("models", "is_change"),
    [
        (counting(a={}, b={"increment": -1}), False),
        (counting(a={"data_type": sa.BigInteger()}, b={"increment": -1}), False),
        (counting(a={"increment": -1}, b={"maxvalue": 99, "cycle": True}), True),
        (counting(), True),
    ],
)
def test_a_sequence_keeps_its_type(mariadb: Any, models: sa.MetaData, is_change: bool) -> None:
    """SQLAlchemy says no type to MariaDB, whatever models say."""
    with mariadb.engine().connect() as connection:
        needs(connection, 11, 5)
        for statement in TYPED:
            connection.exec_driver_sql(statement)
        start = [connection.exec_driver_sql(f"SHOW CREATE SEQUENCE {name}").all() for name in "ab"]
        up, down = scripts(connection, models)
        assert bool(up) is is_change
        if is_change:
            run(connection, models, up)
            assert scripts(connection, models) == ("", "")
            run(connection, models, down)
        assert [connection.exec_driver_sql(f"SHOW CREATE SEQUENCE {name}").all() for name in "ab"] == start
