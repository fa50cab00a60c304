"""Directives on real databases, with rows in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, String

from autodiff.errors import CommandError
from autodiff.operations import DatabaseType, Operations
from tests.operations.sql import Run


@contextmanager
def operations(database: Any, **opts: Any) -> Iterator[Operations]:
    """The operations of a run on the database, in one transaction."""
    with database.engine().begin() as connection:
        run = Run(connection.dialect, connection, **opts)
        with Operations.context(run) as op:
            yield op


def columns(database: Any, table: str = "t") -> dict[str, Any]:
    return {column["name"]: column for column in sa.inspect(database.engine()).get_columns(table)}


def a_table_with_rows(op: Operations, *rows: str) -> None:
    table = op.create_table("t", Column("id", Integer, primary_key=True), Column("a", String(20)), Column("b", Integer))
    op.bulk_insert(table, [{"id": number, "a": value, "b": number} for number, value in enumerate(rows, 1)])


def test_existing_rows_fill_a_new_column_that_is_not_null(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x", "y")
        op.add_column("t", Column("c", Integer, nullable=False), existing_rows=7)
        op.add_column("t", Column("d", String(20), nullable=False), existing_rows=sa.column("a"))
    assert database.rows("SELECT c, d FROM t ORDER BY id") == [(7, "x"), (7, "y")]
    found = columns(database)
    assert [found[name]["nullable"] for name in "cd"] == [False, False]
    assert [found[name]["default"] for name in "cd"] == [None, None]


def test_a_new_column_that_is_not_null_is_refused_where_rows_have_no_value_for_it(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
    with operations(database) as op, pytest.raises(CommandError, match=r"t\.c cannot be NOT NULL"):
        op.add_column("t", Column("c", Integer, nullable=False))
    assert "c" not in columns(database)


def test_a_new_column_that_is_not_null_is_added_to_a_table_without_rows(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op)
        op.add_column("t", Column("c", Integer, nullable=False))
    assert columns(database)["c"]["nullable"] is False


def test_existing_rows_fill_nulls_before_not_null(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x", "y")
        op.execute("UPDATE t SET a = NULL WHERE id = 2")
        op.alter_column("t", "a", nullable=False, existing_type=String(20), existing_rows="none")
    assert database.rows("SELECT a FROM t ORDER BY id") == [("x",), ("none",)]
    assert columns(database)["a"]["nullable"] is False


def test_not_null_is_refused_while_rows_are_null(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        op.execute("UPDATE t SET a = NULL")
    with operations(database) as op, pytest.raises(CommandError, match=r"t\.a cannot be NOT NULL"):
        op.alter_column("t", "a", nullable=False, existing_type=String(20))


@pytest.mark.parametrize(
    "make_not_null",
    [
        lambda batch: batch.add_column(Column("c", Integer, nullable=False)),
        lambda batch: batch.alter_column("a", nullable=False, existing_type=String(20)),
        lambda batch: batch.alter_column("a", new_column_name="c", nullable=False, existing_type=String(20)),
    ],
)
def test_a_rebuilt_table_has_no_values_for_not_null_either(database: Any, make_not_null: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        op.execute("UPDATE t SET a = NULL")
    with (
        operations(database) as op,
        pytest.raises(
            CommandError, match=r"t\.[ac] cannot be NOT NULL: (table 't' has rows|1 row of 't' has NULL in it)"
        ),
        op.batch_alter_table("t", recreate="always") as batch,
    ):
        make_not_null(batch)
    assert database.rows("SELECT id, a FROM t") == [(1, None)]


def test_a_rebuilt_table_may_call_its_columns_otherwise_in_python(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        table = sa.Table(
            "t", sa.MetaData(), Column("id", Integer, primary_key=True), Column("a", String(20), key="name")
        )
        with op.batch_alter_table("t", copy_from=table, recreate="always") as batch:
            batch.alter_column("a", nullable=False)
    assert columns(database)["a"]["nullable"] is False
    assert database.rows("SELECT id, a FROM t") == [(1, "x")]


def test_if_not_exists_is_looked_up_where_the_database_has_no_word_for_it(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op)
        for _ in range(2):
            op.add_column("t", Column("c", Integer), if_not_exists=True)
            op.create_index("ixc", "t", ["c"], if_not_exists=True)
        for _ in range(2):
            op.drop_index("ixc", "t", if_exists=True)
            op.drop_column("t", "c", if_exists=True)
    assert "c" not in columns(database)


def test_a_constraint_without_a_name_is_found_by_its_columns(database: Any) -> None:
    with operations(database) as op:
        op.create_table("p", Column("id", Integer, primary_key=True))
        op.create_table(
            "t",
            Column("id", Integer, primary_key=True),
            Column("a", Integer),
            Column("b", Integer, sa.ForeignKey("p.id")),
            sa.UniqueConstraint("a", "b"),
            final_names=True,
        )
    with operations(database) as op:
        op.drop_constraint(None, "t", type_="foreignkey", columns=["b"])
        op.drop_constraint(None, "t", type_="unique", columns=["a", "b"])
    inspector = sa.inspect(database.engine())
    assert inspector.get_foreign_keys("t") == []
    assert inspector.get_unique_constraints("t") == []


def test_a_constraint_that_is_not_there_is_an_error_that_names_it(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op)
    with operations(database) as op, pytest.raises(CommandError, match=r"unique on \(a\)"):
        op.drop_constraint(None, "t", type_="unique", columns=["a"])


def test_a_foreign_key_to_a_table_that_is_not_there_is_refused(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        with pytest.raises((CommandError, sa.exc.DBAPIError), match=r"nope|errno: 150"):
            op.create_foreign_key("fk", "t", "nope", ["b"], ["id"])


def test_verbatim_sql_means_what_it_says(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        op.sql("UPDATE t SET a = ':x %s 50%'")
    assert database.rows("SELECT a FROM t") == [(":x %s 50%",)]


def test_a_type_in_the_databases_own_words_goes_through(database: Any) -> None:
    with operations(database) as op:
        op.create_table("t", Column("a", DatabaseType("numeric(5,2) /* 100% */", affinity=sa.Numeric(5, 2))))
    assert columns(database)["a"]["type"]._type_affinity is sa.Numeric


def test_a_batch_changes_all_at_once_and_keeps_the_rows(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x", "y")
    with operations(database) as op, op.batch_alter_table("t") as batch_op:
        batch_op.alter_column("a", new_column_name="name", existing_type=String(20))
        batch_op.add_column(Column("c", Integer, server_default="3"))
        batch_op.create_unique_constraint("uq_name", ["name"])
        batch_op.create_index("ix_c", ["c"])
        batch_op.drop_column("b")
    assert database.rows("SELECT id, name, c FROM t ORDER BY id") == [(1, "x", 3), (2, "y", 3)]
    inspector = sa.inspect(database.engine())
    assert [u["column_names"] for u in inspector.get_unique_constraints("t")] == [["name"]]
    assert "ix_c" in {index["name"] for index in inspector.get_indexes("t")}


def test_a_table_can_be_made_anew_on_every_database(database: Any) -> None:
    with operations(database) as op:
        table = op.create_table(
            "t",
            Column("id", Integer, primary_key=True),
            Column("a", String(20)),
            sa.UniqueConstraint("a", name="uq_a"),
            sa.CheckConstraint("a <> 'x'", name="ck_a"),
        )
        op.bulk_insert(table, [{"id": 1, "a": "7"}])
    with operations(database) as op, op.batch_alter_table("t", recreate="always") as batch_op:
        batch_op.drop_constraint("uq_a", type_="unique")
        batch_op.create_unique_constraint("uq_b", ["a"])
        batch_op.drop_constraint("ck_a", type_="check")
        batch_op.alter_column("a", type_=Integer(), existing_type=String(20))
        batch_op.add_column(Column("c", Integer), insert_before="a")
    assert list(columns(database)) == ["id", "c", "a"]
    assert database.rows("SELECT a, id FROM t") == [(7, 1)]
    assert [u["name"] for u in sa.inspect(database.engine()).get_unique_constraints("t")] == ["uq_b"]


def test_named_foreign_keys_and_the_words_of_a_check_come_along(database: Any) -> None:
    with operations(database) as op:
        op.create_table("p", Column("id", Integer, primary_key=True))
        op.create_table(
            "t",
            Column("id", Integer, primary_key=True),
            Column("a", Integer, nullable=False),
            Column("pid", Integer, sa.ForeignKey("p.id", name="fk_p", ondelete="CASCADE")),
            Column("up", Integer, sa.ForeignKey("t.id", name="fk_up")),
            sa.CheckConstraint("a > 0", name="ck_a"),
        )
    database.execute(
        "INSERT INTO p VALUES (1)", "INSERT INTO t VALUES (1, 2, 1, NULL)", "INSERT INTO t VALUES (2, 3, 1, 1)"
    )
    with operations(database) as op, op.batch_alter_table("t", recreate="always") as batch_op:
        batch_op.alter_column("a", new_column_name="Big A", existing_type=Integer(), existing_nullable=False)
    found = {
        fk["name"]: (fk["referred_table"], fk["options"]) for fk in sa.inspect(database.engine()).get_foreign_keys("t")
    }
    assert found == {"fk_p": ("p", {"ondelete": "CASCADE"}), "fk_up": ("t", {})}
    quote = "`" if database.dialect == "mysql" else '"'
    assert database.rows(f"SELECT {quote}Big A{quote} FROM t ORDER BY id") == [(2,), (3,)]
    with pytest.raises(sa.exc.DBAPIError):
        database.execute("INSERT INTO t VALUES (3, 0, 1, NULL)")


def test_what_is_on_a_column_stays_where_one_batch_drops_it_and_adds_it_again(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        op.create_index("ix_a_b", "t", ["a", "b"])
        op.create_index("ix_b", "t", ["b"])
        with op.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.create_unique_constraint("uq_b", ["b"])
        with op.batch_alter_table("t", recreate="always") as batch_op:
            batch_op.drop_column("b")
            batch_op.add_column(Column("b", Integer), insert_before="a")
    inspector = sa.inspect(database.engine())
    assert {index["name"] for index in inspector.get_indexes("t")} >= {"ix_a_b", "ix_b"}
    assert [unique["column_names"] for unique in inspector.get_unique_constraints("t")] == [["b"]]
    assert list(columns(database)) == ["id", "b", "a"]
    assert database.rows("SELECT a, b FROM t") == [("x", None)]


@pytest.mark.parametrize("name", ["ck_a", None])
def test_the_check_of_a_type_goes_with_the_type(database: Any, name: str | None) -> None:
    if name is None and database.dialect != "sqlite":
        pytest.skip("the server gives it a name, and prints it differently")
    old = sa.Enum("x", "y", name=name, native_enum=False, create_constraint=True)
    new = sa.Enum("x", "y", "z", name=name, native_enum=False, create_constraint=True)
    with operations(database) as op:
        op.create_table("t", Column("id", Integer, primary_key=True), Column("a", old))
    with operations(database) as op, op.batch_alter_table("t", recreate="always") as batch_op:
        batch_op.alter_column("a", type_=new, existing_type=old)
    database.execute("INSERT INTO t (id, a) VALUES (1, 'z')")
    with pytest.raises(sa.exc.DBAPIError):
        database.execute("INSERT INTO t (id, a) VALUES (2, 'w')")


def test_a_key_that_counts_is_added_to_rows(database: Any) -> None:
    with operations(database) as op:
        table = op.create_table("t", Column("a", Integer))
        op.bulk_insert(table, [{"a": 1}, {"a": 2}])
        if database.family == "sqlite":
            op.add_column("t", Column("id", Integer, primary_key=True))
        else:
            op.add_column("t", Column("id", Integer, primary_key=True), inline_primary_key=True)
    assert [row[0] for row in database.rows("SELECT id FROM t ORDER BY id")] == [1, 2]


def test_a_column_changes_outside_of_a_batch_too(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op, "x")
        op.alter_column(
            "t", "a", type_=String(50), existing_type=String(20), server_default="q", existing_nullable=True
        )
        op.create_check_constraint("ck_b", "t", "b > 0")
        op.create_unique_constraint("uq_a", "t", ["a"])
    with operations(database) as op:
        op.drop_constraint("ck_b", "t", type_="check")
        op.rename_constraint("t", "uq_a", "uq_a2", type_="unique")
    assert columns(database)["a"]["type"].length == 50
    assert "q" in columns(database)["a"]["default"]
    assert [u["name"] for u in sa.inspect(database.engine()).get_unique_constraints("t")] == ["uq_a2"]


def test_an_index_is_renamed(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op)
        op.create_index("old", "t", ["a", sa.text("b")])
        op.rename_index("old", "new", table_name="t")
    assert [index["name"] for index in sa.inspect(database.engine()).get_indexes("t")] == ["new"]


def test_rows_with_a_misspelt_column_are_refused(database: Any) -> None:
    with operations(database) as op:
        table = op.create_table("t", Column("id", Integer, primary_key=True), Column("name", String(5)))
        with pytest.raises(CommandError, match="'nmae'"):
            op.bulk_insert(table, [{"id": 1, "nmae": "x"}])


def test_comments_are_set_and_dropped_where_there_are_any(database: Any) -> None:
    with operations(database) as op:
        a_table_with_rows(op)
        op.create_table_comment("t", "it's")
        op.alter_column("t", "a", comment="50%", existing_type=String(20))
    if database.family != "sqlite":
        assert sa.inspect(database.engine()).get_table_comment("t") == {"text": "it's"}
        assert columns(database)["a"]["comment"] == "50%"
    with operations(database) as op:
        op.drop_table_comment("t")


def test_things_that_a_database_does_not_have_are_passed_over(database: Any) -> None:
    with operations(database) as op:
        op.create_enum("mood", ["a", "b"])
        op.create_sequence("q", start=5, increment=2)
        op.alter_sequence("q", increment=3)
        op.drop_sequence("q")
        op.add_enum_value("mood", "c")
        op.rename_enum_value("mood", "c", "d")
        op.drop_enum("mood")
        op.set_table_options("x", oracle_compress=True)


def test_rows_that_are_filled_in_are_checked_before_their_table_is_altered(postgresql: Any) -> None:
    """Else: cannot ALTER TABLE "t" because it has pending trigger events."""
    postgresql.execute(
        "CREATE TABLE p (id int PRIMARY KEY)",
        'CREATE TABLE t (a int CONSTRAINT "f 1" REFERENCES p DEFERRABLE INITIALLY DEFERRED, n int)',
        "INSERT INTO p VALUES (1)",
        "INSERT INTO t VALUES (NULL, NULL)",
    )
    with operations(postgresql) as op:
        op.execute("INSERT INTO t VALUES (7, 7)")  # still to be looked at when the transaction ends
        op.execute("INSERT INTO p VALUES (7)")
        op.alter_column("t", "a", existing_type=sa.Integer(), nullable=False, existing_rows=1)
        op.alter_column("t", "n", existing_type=sa.Integer(), nullable=False, existing_rows=3)
        op.execute("INSERT INTO t VALUES (8, 8)")
        op.execute("INSERT INTO p VALUES (8)")
    assert postgresql.rows("SELECT a, n FROM t ORDER BY a") == [(1, 3), (7, 7), (8, 8)]
