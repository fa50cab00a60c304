"""What MySQL has and MariaDB has not, changed up and down with rows in the tables."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, Text
from sqlalchemy.dialects import mysql as types

from autodiff.operations.literal import DatabaseType
from tests.dialects.changing import Model, both, built, run, scripts, t, walk
from tests.witness import difference, lines


def of(type_: Any, default: str | None = None, **keywords: Any) -> Model:
    text = None if default is None else sa.text(default)
    return t(lambda: Column("x", type_, server_default=text, **keywords))


WORD = sa.String(20)


def indexed(*expressions: str, of: Any = WORD, **keywords: Any) -> Model:
    return t(lambda: Column("x", of), lambda: sa.Index("i", *map(sa.text, expressions), **keywords))


def fulltext(**keywords: Any) -> Model:
    return t(lambda: Column("x", Text), lambda: sa.Index("i", "x", mysql_prefix="FULLTEXT", **keywords))


def under(name: str, text: str, *, persisted: bool) -> Model:
    """A column under two CHECKs, a generated column and an index over an expression, each of which says its name."""
    return t(
        lambda: Column(name, Integer, info={} if name == "x" else {"renamed_from": "x"}),
        lambda: Column("g", Integer, sa.Computed(f"{name} * 2", persisted=persisted), unique=True),
        lambda: sa.CheckConstraint(f"{name} {text}", name="ck"),
        lambda: sa.CheckConstraint(f"{name} <> 3"),
        lambda: sa.Index("i", sa.text(f"({name} + 1)")),
    )


def checked(*texts: str, **keywords: Any) -> Model:
    return t(
        lambda: Column("x", sa.String(20)), *(lambda text=text: sa.CheckConstraint(text) for text in texts), **keywords
    )


def with_named_check(**keywords: Any) -> Model:
    return t(lambda: Column("x", Integer), lambda: sa.CheckConstraint("x > 0", name="k"), **keywords)


MOMENT = types.DATETIME(fsp=6)
PLACE = DatabaseType("point srid 4326")
CHANGES = {
    "an expression as a JSON's default": (of(sa.JSON), of(sa.JSON, "('[]')")),
    "another expression as a JSON's default": (of(sa.JSON, "(json_array())"), of(sa.JSON, "('{}')")),
    "a text's default": (of(Text, "('é😀')"), of(Text, "('it''s')")),
    "a blob's default": (of(sa.LargeBinary, "('x')"), of(sa.LargeBinary)),
    "a number by expression": (of(sa.Numeric(8, 2), "'1.5'"), of(sa.Numeric(8, 2), "2.5")),
    "bits": (of(types.BIT(3), "5"), of(types.BIT(3), "b'111'")),
    "bits in more bits": (of(types.BIT(3), "0b101"), of(types.BIT(9), "0b101")),
    "bits go": (of(types.BIT(3), "0b101"), t()),
    "the time by expression": (of(sa.DateTime, "CURRENT_TIMESTAMP"), of(sa.DateTime, "now()")),
    "the time by expression stays so": (
        of(sa.DateTime, "now()"),
        of(types.TIMESTAMP, "now()", nullable=False, comment="c"),
    ),
    "NOT NULL under the usual collation of a charset": (
        t(lambda: Column("x", Text), mysql_charset="latin1"),
        t(lambda: Column("x", Text, nullable=False, default="x"), mysql_charset="latin1"),
    ),
    "ON UPDATE after an expression": (of(MOMENT), of(MOMENT, "(now(6)) ON UPDATE CURRENT_TIMESTAMP(6)")),
    "a new column of identifiers": (t(), of(sa.String(36), "(uuid())", nullable=False, unique=True)),
    "a new column by chance": (t(), of(sa.Float, "rand()", comment="by chance")),
    "a new place that is not null": (t(), of(PLACE, "(st_srid(point(1, 1), 4326))", nullable=False)),
    "another reference system": (of(PLACE), of(DatabaseType("point srid 0"))),
    "an index over an expression": (of(sa.String(20)), indexed("(lower(x))")),
    "another expression": (indexed("(lower(x))"), indexed("(concat(lower(x), 'it''s é %%'))", "x DESC")),
    "a unique expression": (of(sa.String(20)), indexed("(upper(x))", unique=True)),
    "an expression goes with its column": (indexed("(lower(x))"), t()),
    "keys of a JSON array": (of(sa.JSON), indexed("(cast(x->'$.a' as unsigned array))", of=sa.JSON)),
    "the other direction": (indexed("x"), indexed("x DESC")),
    "a parser": (fulltext(), fulltext(mysql_with_parser="ngram")),
    "a renamed column under all that says its name": (
        under("x", "> 5", persisted=False),
        under("y", "> 5", persisted=False),
    ),
    "a renamed column of stored values": (under("x", "> 5", persisted=True), under("y", "> 6", persisted=True)),
    "a CHECK's name goes to another table": (
        both(with_named_check(), t(name="s")),
        both(t(), with_named_check(name="s")),
    ),
    "a table is compressed": (t(), t(mysql_compression="'zlib'", comment="c")),
    "a table grows by more": (t(mysql_compression="'lz4'"), t(mysql_autoextend_size="4M")),
    "texts in a CHECK": (
        checked(),
        checked("x NOT IN ('it''s', '%%', ':a', '😀', 'a\\\\b')", "x REGEXP '^[a-z]+$'", "x LIKE 'a%%' OR x IS NULL"),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_runs_both_ways_and_leaves_no_difference(mysql: Any, name: str) -> None:
    with mysql.engine().connect() as connection:
        walk(connection, *CHANGES[name])


def test_a_table_moves_to_another_tablespace_and_back(mysql: Any) -> None:
    before, after = t(mysql_autoextend_size="4M"), t(mysql_tablespace="innodb_system")
    with mysql.engine().connect() as connection:
        built(before).create_all(connection)
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert scripts(connection, built(after)) == ("", "")
        assert any("TABLESPACE `innodb_system`" in line for line in lines(connection))
        run(connection, built(after), down)
        assert scripts(connection, built(before)) == ("", "")
        assert any("TABLESPACE `innodb_file_per_table`" in line for line in lines(connection))


ODD = (
    "CREATE TABLE o (id INT AUTO_INCREMENT PRIMARY KEY, x INT INVISIBLE, y INT COLUMN_FORMAT FIXED STORAGE DISK,"
    " h VARCHAR(20), g POINT NOT NULL SRID 4326 DEFAULT (ST_SRID(POINT(1, 1), 4326)), SPATIAL KEY (g),"
    " n VARCHAR(30) AS (concat(h, 'é''')) STORED COMMENT 'c', KEY k (x) INVISIBLE, KEY ((lower(h))),"
    " v INT AS (x * 2) STORED INVISIBLE, p POINT AS (ST_SRID(POINT(y, y), 0)) STORED NOT NULL SRID 0 INVISIBLE COMMENT 'p',"
    " KEY d (x DESC, h(3)) USING BTREE KEY_BLOCK_SIZE=4 COMMENT 'cc' INVISIBLE, UNIQUE KEY u (x) COMMENT 'u',"
    " FULLTEXT KEY f (h) WITH PARSER ngram COMMENT 'x', CONSTRAINT c CHECK (x > 0) NOT ENFORCED,"
    " CHECK (y > 2) NOT ENFORCED)"
)
PLAIN = {"x": sa.BigInteger, "y": sa.BigInteger, "h": sa.String(30), "g": PLACE}


@pytest.mark.parametrize(
    "after", [t(), t(*(lambda name=name, type_=type_: Column(name, type_) for name, type_ in PLAIN.items()), name="o")]
)
def test_what_models_cannot_say_comes_back_as_it_was(mysql: Any, after: Model) -> None:
    with mysql.engine().connect() as connection:
        connection.exec_driver_sql(ODD)
        connection.exec_driver_sql("INSERT INTO o (y, h) VALUES (1, 'a'), (2, 'b')")
        connection.commit()
        start = lines(connection)
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(after), down)
        assert difference(lines(connection), start) == []
