"""Changes of columns that follow each other in a batch are one statement, which copies the table once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, String

from autodiff.errors import CommandError
from autodiff.operations import Operations
from tests.dialects.changing import Model, built, context, run, scripts, t
from tests.witness import difference, lines


@contextmanager
def statements(connection: sa.Connection) -> Iterator[list[str]]:
    """The statements that change tables or rows in the block."""
    found: list[str] = []

    def heard(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(("ALTER", "UPDATE", "CREATE", "DROP")):
            found.append(statement)

    sa.event.listen(connection, "before_cursor_execute", heard)
    yield found
    sa.event.remove(connection, "before_cursor_execute", heard)


def texts(length: int, charset: str, number: type[Any] = Integer) -> Model:
    columns = [lambda name=name: Column(name, String(length), nullable=name != "a") for name in "abc"]
    options = {"mysql_charset": charset, "mariadb_charset": charset}
    return t(*columns, lambda: Column("n", number), **options)


@pytest.mark.parametrize(
    ("before", "after", "altered"),
    [
        pytest.param(texts(9, "latin1"), texts(9, "utf8mb4"), ["DEFAULT", "a b c"], id="a character set"),
        pytest.param(texts(9, "latin1"), texts(300, "latin1", sa.BigInteger), ["a b c n"], id="types"),
        pytest.param(texts(9, "latin1"), texts(10, "latin1"), ["a", "b", "c"], id="types that grow where they are"),
        pytest.param(texts(9, "latin1"), texts(9, "latin1", sa.BigInteger), ["n"], id="one alone"),
    ],
)
def test_a_script_copies_a_table_once(mariadb: Any, before: Model, after: Model, altered: list[str]) -> None:
    with mariadb.engine().connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t (a, b, n) VALUES ('1', 'é', 1), ('2', NULL, NULL)")
        start, rows = lines(connection), connection.exec_driver_sql("SELECT * FROM t").all()
        up, down = scripts(connection, built(after))
        with statements(connection) as ran:
            run(connection, built(after), up)
        said = [[clause.split()[0] for clause in statement.split("MODIFY ")[1:]] for statement in ran]
        assert [" ".join(names) or ran[0].split()[3] for names in said] == altered
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(after), down)
        assert difference(lines(connection), start) == []
        assert connection.exec_driver_sql("SELECT * FROM t").all() == rows


def test_what_stands_between_keeps_its_place(mariadb: Any) -> None:
    with mariadb.engine().connect() as connection:
        built(texts(9, "latin1")).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t (a, n) VALUES ('1', NULL)")
        op = Operations(context(connection, sa.MetaData()))
        with statements(connection) as ran, op.batch_alter_table("t") as batch_op:
            batch_op.alter_column("a", existing_type=String(9), type_=sa.Text(), nullable=False)
            batch_op.alter_column("b", existing_type=String(9), type_=sa.Text())
            batch_op.alter_column("b", existing_type=sa.Text(), type_=String(5))
            batch_op.alter_column("n", existing_type=Integer(), nullable=False, existing_rows=7)
            batch_op.create_index("i", ["b"])
            batch_op.alter_column("c", existing_type=String(9), type_=sa.Text())
        assert ran == [
            "ALTER TABLE t MODIFY a TEXT NOT NULL, MODIFY b TEXT NULL",
            "ALTER TABLE t MODIFY b VARCHAR(5) NULL",
            "UPDATE t SET n=%(n)s WHERE n IS NULL",
            "ALTER TABLE t MODIFY n INTEGER NOT NULL",
            "CREATE INDEX i ON t (b)",
            "ALTER TABLE t MODIFY c TEXT NULL",
        ]
        assert connection.exec_driver_sql("SELECT n FROM t").scalar() == 7


def test_a_batch_that_is_refused_leaves_nothing_behind(mariadb: Any) -> None:
    with mariadb.engine().connect() as connection:
        built(texts(9, "latin1")).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t (a) VALUES ('1')")
        op = Operations(context(connection, sa.MetaData()))

        def refused() -> None:
            with op.batch_alter_table("t") as batch_op:
                batch_op.alter_column("a", existing_type=String(9), type_=sa.Text(), existing_nullable=False)
                batch_op.alter_column("b", existing_type=String(9), nullable=False)

        with statements(connection) as ran:
            with pytest.raises(CommandError, match="b cannot be NOT NULL"):
                refused()
            op.alter_column("t", "c", existing_type=String(9), type_=sa.Text())
        assert ran == ["ALTER TABLE t MODIFY c TEXT NULL"]
