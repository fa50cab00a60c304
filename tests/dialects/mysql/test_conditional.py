"""Scripts that make or drop what may be there already, or may be gone, can run twice: on MySQL, and on MariaDB as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymysql.constants import CLIENT

from tests.operations.sql import sql

pytestmark = pytest.mark.families("mysql", "mariadb")

TABLE = (
    "CREATE TABLE t (id INT PRIMARY KEY, x INT, y INT, KEY i (x), KEY `it's` (x), UNIQUE KEY u (y),"
    " CONSTRAINT f FOREIGN KEY (x) REFERENCES t (id))"
)
NAMES = {"PRIMARY", "i", "it's", "u", "f"}
DIRECTIVES: dict[str, tuple[Callable[[Any], object], set[str]]] = {
    "an index is made": (lambda op: op.create_index("j", "t", ["x"], if_not_exists=True), {*NAMES, "j"}),
    "an index is there": (lambda op: op.create_index("i", "t", ["y"], if_not_exists=True), NAMES),
    "an index goes": (lambda op: op.drop_index("it's", "t", if_exists=True), NAMES - {"it's"}),
    "an index is not there": (lambda op: op.drop_index("j", "t", if_exists=True), NAMES),
    "a unique constraint goes": (lambda op: op.drop_constraint("u", "t", "unique", if_exists=True), NAMES - {"u"}),
    "a foreign key goes": (lambda op: op.drop_constraint("f", "t", "foreignkey", if_exists=True), NAMES - {"f"}),
    "a primary key is not there": (lambda op: op.drop_constraint("k", "o", "primary", if_exists=True), NAMES),
}
THERE = (
    "SELECT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
    " UNION SELECT CONSTRAINT_NAME FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE()"
)


@pytest.mark.parametrize("name", DIRECTIVES)
def test_what_may_be_there_is_made_once_and_dropped_once(database: Any, name: str) -> None:
    directive, left = DIRECTIVES[name]
    database.execute(TABLE, "CREATE TABLE o (id INT)")
    script = sql("mysql", directive)
    with database.engine(connect_args={"client_flag": CLIENT.MULTI_STATEMENTS}).connect() as connection:
        for _ in range(2):
            cursor = connection.exec_driver_sql(f"SELECT 1; {script}").cursor
            while cursor.nextset():
                pass
    assert {row[0] for row in database.rows(THERE)} == left
