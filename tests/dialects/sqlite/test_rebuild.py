"""A rebuilt table: nothing is lost that the change does not take away, and what cannot be kept is refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from autodiff.dialects.sqlite import foreign_keys
from autodiff.dialects.sqlite.ddl import table_definition
from autodiff.dialects.sqlite.rebuild import rebuild
from autodiff.errors import CommandError
from autodiff.operations.batch import TableRebuild
from tests.dialects.sqlite.facts import table_facts

Given = Callable[..., Connection]


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    """A function that makes a database out of statements and connects to it."""
    open_ones: list[Connection] = []

    def make(*statements: str, enforce: bool = False) -> Connection:
        path = tmp_path / "x.db"
        with closing(sqlite3.connect(path)) as raw, raw:
            for statement in statements:
                raw.execute(statement)
        raw.close()
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)
        if enforce:
            sa.event.listen(engine, "connect", lambda raw, record: raw.execute("PRAGMA foreign_keys=ON") and None)
        connection = engine.connect()
        open_ones.append(connection)
        return connection

    yield make
    for connection in open_ones:
        connection.close()


def table(*items: Any, name: str = "t", **kw: Any) -> Table:
    return Table(name, MetaData(), *items, **kw)


def planned(before: Table, after: Table, **kw: Any) -> TableRebuild:
    """The plan for columns that keep their names, or get another one with `renamed={"new": "old"}`."""
    renamed = kw.pop("renamed", {})
    copied = {c.name: c.name for c in after.columns if c.name in before.columns} | renamed
    return TableRebuild(before=before, after=after, copied=copied | kw.pop("values", {}), **kw)


def sql_of(connection: Connection, name: str = "t") -> str:
    return str(raw(connection, "SELECT sql FROM sqlite_master WHERE name = ?", (name,))[0][0])


def raw(connection: Connection, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    cursor = connection.connection.cursor()
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def plain(*more: Any) -> Table:
    return table(Column("id", Integer, primary_key=True), Column("x", Integer), *more)


NOT_NULL = table(Column("id", Integer, primary_key=True), Column("x", Integer, nullable=False))


def test_what_sqlalchemy_cannot_reflect_is_carried_over(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY /* the key */, x INT, y TEXT COLLATE NOCASE CHECK (length(y) < 9) "
        "UNIQUE ON CONFLICT IGNORE, z INT AS (x * 2) STORED, CHECK (t.x > 0), d DEFAULT (abs(-1))) STRICT".replace(
            ", d DEFAULT (abs(-1))", ""
        ).replace("INT,", "INT DEFAULT (abs(-1)),")
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    wanted = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT DEFAULT (abs(-1)) NOT NULL, y TEXT COLLATE NOCASE "
        "CHECK (length(y) < 9) UNIQUE ON CONFLICT IGNORE, z INT AS (x * 2) STORED, CHECK (x > 0)) STRICT"
    )
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))


def test_rows_indexes_triggers_and_views_stay(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE TABLE log (x)",
        "CREATE INDEX e ON t (abs(x) DESC) WHERE x > 1",
        "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.x); END",
        "CREATE VIEW v AS SELECT x FROM t",
        "INSERT INTO t VALUES (1, 5), (7, 6)",
    )
    raw(connection, "CREATE TEMP TRIGGER tt AFTER DELETE ON t BEGIN DELETE FROM log; END")
    rebuild(connection, planned(plain(), NOT_NULL))
    assert raw(connection, "SELECT * FROM t") == [(1, 5), (7, 6)]
    assert raw(connection, "SELECT * FROM v") == [(5,), (6,)]
    assert sql_of(connection, "e") == "CREATE INDEX e ON t (abs(x) DESC) WHERE x > 1"
    raw(connection, "INSERT INTO t (x) VALUES (8)")
    assert raw(connection, "SELECT * FROM log") == [(5,), (6,), (8,)]
    raw(connection, "DELETE FROM t WHERE x = 8")
    assert raw(connection, "SELECT * FROM log") == []


def test_rowids_stay_where_no_column_holds_them(given: Given) -> None:
    connection = given("CREATE TABLE t (rowid TEXT, x INT)", "INSERT INTO t (_rowid_, x) VALUES (5, 1), (9, 2)")
    before = table(Column("rowid", sa.Text), Column("x", Integer))
    rebuild(connection, planned(before, table(Column("rowid", sa.Text), Column("x", Integer, nullable=False))))
    assert raw(connection, "SELECT _rowid_, x FROM t") == [(5, 1), (9, 2)]


def test_autoincrement_goes_on_where_it_was(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x INT)",
        "INSERT INTO t VALUES (50, 1)",
        "DELETE FROM t",
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    raw(connection, "INSERT INTO t (x) VALUES (1)")
    assert raw(connection, "SELECT id FROM t") == [(51,)]
    assert raw(connection, "SELECT count(*) FROM sqlite_sequence") == [(1,)]


def test_statistics_stay(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE INDEX i ON t (x)",
        "CREATE INDEX j ON t (x, id)",
        "INSERT INTO t VALUES (1, 1), (2, 1)",
        "ANALYZE",
    )
    rebuild(connection, planned(plain(), NOT_NULL, dropped_indexes=("j",)))
    assert raw(connection, "SELECT tbl, idx, stat FROM sqlite_stat1") == [("t", "i", "2 2")]


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "RESTRICT", "NO ACTION"])
def test_the_rows_of_children_stay(given: Given, action: str) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        f"CREATE TABLE c (t_id INTEGER REFERENCES t (id) ON DELETE {action})",
        "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO c VALUES (1)",
        enforce=True,
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    assert raw(connection, "SELECT * FROM c") == [(1,)]
    assert foreign_keys.enforced(connection)
    assert "REFERENCES t (id)" in sql_of(connection, "c")


@pytest.mark.parametrize("action", ["NO ACTION", "RESTRICT"])
def test_in_a_transaction_with_enforcement_on(given: Given, action: str) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, p INT REFERENCES t (id) ON DELETE CASCADE)",
        f"CREATE TABLE c (t_id INTEGER REFERENCES t (id) ON DELETE {action})",
        "INSERT INTO t VALUES (1, 1, NULL), (2, 2, 1)",
        "INSERT INTO c VALUES (1)",
        enforce=True,
    )
    raw(connection, "BEGIN")
    rebuild(connection, planned(plain(), NOT_NULL))
    raw(connection, "COMMIT")
    assert raw(connection, "SELECT * FROM t") == [(1, 1, None), (2, 2, 1)]
    assert raw(connection, "SELECT * FROM c") == [(1,)]
    with pytest.raises(sqlite3.IntegrityError):
        raw(connection, "INSERT INTO c VALUES (77)")


def test_in_a_transaction_with_enforcement_on_a_cascade_is_refused(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE TABLE c (t_id INTEGER REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO t VALUES (1, 1)",
        "INSERT INTO c VALUES (1)",
        enforce=True,
    )
    raw(connection, "BEGIN")
    with pytest.raises(CommandError, match="ON DELETE CASCADE"):
        rebuild(connection, planned(plain(), NOT_NULL))
    raw(connection, "COMMIT")
    assert raw(connection, "SELECT * FROM c") == [(1,)]


def test_a_constraint_is_dropped_by_name_and_by_definition(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT UNIQUE CONSTRAINT pos CHECK (x > 0) CHECK (x < 9), UNIQUE (id, x))"
    )
    before = plain(
        UniqueConstraint("x", name="uq_t_x"), CheckConstraint("x > 0", name="pos"), UniqueConstraint("id", "x")
    )
    rebuild(connection, planned(before, plain(UniqueConstraint("id", "x"))))
    wanted = "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT CHECK (x < 9), UNIQUE (id, x))"
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))


@pytest.mark.parametrize("stored", ["CONSTRAINT uq UNIQUE (x), UNIQUE (x)", "UNIQUE (x), CONSTRAINT uq UNIQUE (x)"])
@pytest.mark.parametrize("kept", [None, "uq"])
def test_of_two_equal_constraints_the_one_that_is_meant_is_dropped(given: Given, stored: str, kept: str | None) -> None:
    connection = given(f"CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, {stored})")
    before = plain(UniqueConstraint("x", name="uq"), UniqueConstraint("x"))
    rebuild(connection, planned(before, plain(UniqueConstraint("x", name=kept))))
    assert ("CONSTRAINT uq" in sql_of(connection), sql_of(connection).count("UNIQUE")) == (kept is not None, 1)


def test_of_two_constraints_with_one_text_one_is_dropped(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, UNIQUE (x), UNIQUE (x))")
    before = plain(UniqueConstraint("x"), UniqueConstraint("x"))
    rebuild(connection, planned(before, plain(UniqueConstraint("x"))))
    assert sql_of(connection).count("UNIQUE") == 1


def test_a_constraint_that_is_not_there_cannot_be_dropped(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)")
    with pytest.raises(CommandError, match="no constraint 'pos'"):
        rebuild(connection, planned(plain(CheckConstraint("x > 0", name="pos")), plain()))


def test_constraints_are_added(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT CHECK (x < 9))")
    parent = Table("p", (meta := MetaData()), Column("id", Integer, primary_key=True))
    after = Table(
        "t",
        meta,
        Column("id", Integer, primary_key=True),
        Column("x", Integer),
        Column("y", String(5), CheckConstraint("y <> ''"), server_default="a"),
        UniqueConstraint("x", name="uq"),
        ForeignKeyConstraint(["x"], [parent.c.id], ondelete="CASCADE"),
    )
    rebuild(connection, planned(plain(), after))
    wanted = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT CHECK (x < 9) CONSTRAINT uq UNIQUE REFERENCES p (id) "
        "ON DELETE CASCADE, y VARCHAR(5) DEFAULT 'a' CHECK (y <> ''))"
    )
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))


def test_a_dropped_column_takes_its_constraints_and_indexes_along(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y INT CHECK (y > 0), UNIQUE (x, y), FOREIGN KEY (y) REFERENCES t)",
        "CREATE INDEX i ON t (x)",
        "CREATE INDEX j ON t (x) WHERE y > 1",
        "INSERT INTO t VALUES (1, 2, 3)",
    )
    rebuild(connection, planned(plain(Column("y", Integer)), plain()))
    assert table_facts(table_definition(sql_of(connection))) == table_facts(
        table_definition("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)")
    )
    assert raw(connection, "SELECT name FROM sqlite_master WHERE type = 'index'") == [("i",)]
    assert raw(connection, "SELECT * FROM t") == [(1, 2)]


def test_a_renamed_column_is_followed_everywhere(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT UNIQUE CHECK (x > 0), z INT)",
        "CREATE TABLE c (x REFERENCES t (x))",
        "CREATE INDEX i ON t (abs(x))",
        "CREATE VIEW v AS SELECT x FROM t",
        "INSERT INTO t VALUES (1, 2, 3)",
    )
    before = plain(Column("z", Integer), UniqueConstraint("x"))
    after = table(
        Column("id", Integer, primary_key=True),
        Column("Y", Integer, nullable=False),
        Column("z", Integer),
        UniqueConstraint("Y"),
    )
    rebuild(connection, planned(before, after, renamed={"Y": "x"}))
    wanted = 'CREATE TABLE t (id INTEGER PRIMARY KEY, "Y" INT NOT NULL UNIQUE CHECK ("Y" > 0), z INT)'
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))
    assert raw(connection, "SELECT * FROM v") == [(2,)]
    assert 'abs("Y")' in sql_of(connection, "i")
    assert 't ("Y")' in sql_of(connection, "c")


def test_a_column_gets_the_name_of_one_that_goes(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INT, x INT NOT NULL UNIQUE, y INT UNIQUE, CONSTRAINT k PRIMARY KEY (id, y), CHECK (y > 1))",
        "CREATE INDEX i ON t (abs(y))",
        "CREATE VIEW v AS SELECT y FROM t",
        "INSERT INTO t VALUES (1, 2, 3)",
    )
    before = table(
        Column("id", Integer, primary_key=True),
        Column("x", Integer, nullable=False),
        Column("y", Integer, primary_key=True),
        UniqueConstraint("x"),
        UniqueConstraint("y"),
        CheckConstraint("y > 1"),
    )
    after = table(
        Column("id", Integer, primary_key=True),
        Column("x", Integer, primary_key=True),
        UniqueConstraint("x"),
        CheckConstraint("x > 1"),
    )
    rebuild(connection, planned(before, after, renamed={"x": "y"}))
    wanted = 'CREATE TABLE t (id INT, "x" INT UNIQUE, CONSTRAINT k PRIMARY KEY (id, "x"), CHECK ("x" > 1))'
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))
    assert raw(connection, "SELECT id, x FROM t") == [(1, 3)]
    assert raw(connection, "SELECT * FROM v") == [(3,)]
    assert 'abs("x")' in sql_of(connection, "i")


def test_two_columns_change_their_names(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y TEXT)", "INSERT INTO t VALUES (1, 2, 'a')")
    before = plain(Column("y", sa.Text))
    after = table(Column("id", Integer, primary_key=True), Column("y", Integer), Column("x", sa.Text))
    rebuild(connection, planned(before, after, renamed={"y": "x", "x": "y"}))
    assert raw(connection, "SELECT id, y, x FROM t") == [(1, 2, "a")]


def test_values_may_come_from_an_expression(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)", "INSERT INTO t VALUES (1, '007')")
    before = table(Column("id", Integer, primary_key=True), Column("x", sa.Text))
    cast = sa.cast(before.c.x, Integer) + 1
    rebuild(connection, planned(before, plain(), values={"x": cast}))
    assert raw(connection, "SELECT x FROM t") == [(8,)]


def test_an_expression_is_written_in_sqlites_words(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)", "INSERT INTO t VALUES (1, NULL)")
    before = table(Column("id", Integer, primary_key=True), Column("x", sa.Text))
    rebuild(connection, planned(before, plain(), values={"x": sa.func.coalesce(before.c.x, sa.func.now())}))
    assert raw(connection, "SELECT x = datetime(x) FROM t") == [(1,)]


@pytest.mark.parametrize(
    ("value", "type_", "kept"),
    [
        ("007", Integer, False),
        ("7", Integer, True),
        ("1.50", sa.Numeric(8, 2), True),
        ("+1", Integer, False),
        ("abc", Integer, True),
        ("12345678901234567890", Integer, False),
        (" 1", Integer, False),
    ],
)
def test_a_type_that_would_change_a_value_is_refused(given: Given, value: str, type_: Any, kept: bool) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT)", f"INSERT INTO t VALUES (1, '{value}')")
    before = table(Column("id", Integer, primary_key=True), Column("x", sa.Text))
    after = table(Column("id", Integer, primary_key=True), Column("x", type_))
    if kept:
        rebuild(connection, planned(before, after))
        return
    with pytest.raises(CommandError, match=f"'{value}' would become".replace("+", r"\+")):
        rebuild(connection, planned(before, after))
    assert raw(connection, "SELECT x FROM t") == [(value,)]


def test_rows_that_do_not_fit_are_an_error_that_names_the_table(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)", "INSERT INTO t VALUES (1, NULL)")
    with pytest.raises(sa.exc.IntegrityError, match=r"NOT NULL constraint failed: t\.x") as failed:
        rebuild(connection, planned(plain(), NOT_NULL))
    assert str(failed.value.orig) == "NOT NULL constraint failed: t.x"
    assert raw(connection, "SELECT * FROM t") == [(1, None)]
    assert not foreign_keys.in_transaction(connection)


def test_on_conflict_of_the_new_table_swallows_no_row(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)", "INSERT INTO t VALUES (1, 5), (2, 5)")
    with pytest.raises(sa.exc.IntegrityError):
        rebuild(connection, planned(plain(), plain(UniqueConstraint("x", sqlite_on_conflict="IGNORE"))))
    assert raw(connection, "SELECT count(*) FROM t") == [(2,)]


def test_a_view_that_would_break_is_named(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y INT)",
        "CREATE VIEW v AS SELECT y FROM t",
        "CREATE VIEW broken_already AS SELECT nope FROM t",
    )
    with pytest.raises(CommandError, match="breaks view 'v'"):
        rebuild(connection, planned(plain(Column("y", Integer)), plain()))
    assert raw(connection, "SELECT y FROM v") == []


def test_a_view_that_does_not_work_is_left_with_its_triggers(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE VIEW v AS SELECT x FROM gone",
        "CREATE TRIGGER tr INSTEAD OF INSERT ON v BEGIN INSERT INTO t (x) VALUES (new.x); END",
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    assert raw(connection, "SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY 1") == [
        ("tr",),
        ("v",),
    ]


def test_a_trigger_that_would_break_is_named(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y INT)",
        "CREATE TRIGGER tr AFTER UPDATE ON t BEGIN SELECT new.y; END",
    )
    with pytest.raises(CommandError, match="trigger 'tr'"):
        rebuild(connection, planned(plain(Column("y", Integer)), plain()))


def test_a_trigger_for_a_column_that_goes_is_named(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y INT)",
        "CREATE TRIGGER tr AFTER UPDATE OF x, y ON t BEGIN SELECT new.x; END",
    )
    with pytest.raises(CommandError, match="trigger 'tr'"):
        rebuild(connection, planned(plain(Column("y", Integer)), plain()))


@pytest.mark.parametrize("event", ["UPDATE", "UPDATE OF x", "INSERT", "DELETE"])
def test_a_trigger_that_does_not_use_the_dropped_column_stays(given: Given, event: str) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT, y INT)",
        f"CREATE TRIGGER tr AFTER {event} ON t BEGIN SELECT 1; END",
    )
    rebuild(connection, planned(plain(Column("y", Integer)), plain()))
    assert raw(connection, "SELECT name FROM sqlite_master WHERE type = 'trigger'") == [("tr",)]


PARENTS = (
    "CREATE TABLE p (id INTEGER PRIMARY KEY)",
    "CREATE TABLE old (p_id INT REFERENCES p)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
    "INSERT INTO old VALUES (5)",
    "INSERT INTO t VALUES (1, 7)",
)


def refers_to_p() -> Table:
    parent = table(Column("id", Integer, primary_key=True), name="p")
    return plain(ForeignKeyConstraint(["x"], [parent.c.id]))


def test_new_violations_are_refused_and_old_ones_are_not(given: Given) -> None:
    connection = given(*PARENTS, enforce=True)
    rebuild(connection, planned(plain(), NOT_NULL))
    with pytest.raises(CommandError, match="1 row of 't' points to no row of 'p'"):
        rebuild(connection, planned(plain(), refers_to_p()))
    assert "REFERENCES" not in sql_of(connection)


def test_where_nobody_enforces_foreign_keys_violations_are_told(given: Given, caplog: pytest.LogCaptureFixture) -> None:
    connection = given(*PARENTS)
    rebuild(connection, planned(plain(), refers_to_p()))
    assert "1 row of 't' points to no row of 'p'" in caplog.text


def test_a_table_found_under_the_copys_name_is_left_alone(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE TABLE _autodiff_new_t (precious)",
        "INSERT INTO _autodiff_new_t VALUES (1)",
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    assert raw(connection, "SELECT * FROM _autodiff_new_t") == [(1,)]


def test_a_self_reference_names_the_table_itself(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT REFERENCES t (id) ON DELETE CASCADE)",
        "INSERT INTO t VALUES (1, NULL), (2, 1)",
        enforce=True,
    )
    rebuild(connection, planned(plain(), table(Column("id", Integer, primary_key=True), Column("x", sa.BigInteger))))
    assert raw(connection, "SELECT * FROM t") == [(1, None), (2, 1)]
    raw(connection, "DELETE FROM t WHERE id = 1")
    assert raw(connection, "SELECT * FROM t") == []


@pytest.mark.parametrize("to", ["other", "T"])
def test_the_table_gets_another_name(given: Given, to: str) -> None:
    connection = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE TABLE c (x REFERENCES t (id))",
        "CREATE VIEW v AS SELECT x FROM t",
        "INSERT INTO t VALUES (1, 2)",
    )
    rebuild(connection, planned(plain(), NOT_NULL, renamed_to=to))
    assert raw(connection, "SELECT * FROM v") == [(2,)]
    assert sql_of(connection, to).startswith(f'CREATE TABLE "{to}"')
    assert f'REFERENCES "{to}"' in sql_of(connection, "c")


def test_indexes_are_dropped_and_created(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)", "CREATE INDEX i ON t (x)")
    after = plain()
    index = Index("i", after.c.x, after.c.id, unique=True)
    rebuild(connection, planned(plain(), after, dropped_indexes=("i",), created_indexes=(index,)))
    assert sql_of(connection, "i") == "CREATE UNIQUE INDEX i ON t (x, id)"


def test_the_primary_key_changes(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)", "INSERT INTO t VALUES (3, 4)")
    after = table(
        Column("id", Integer, nullable=False),
        Column("x", Integer, nullable=False),
        PrimaryKeyConstraint("id", "x", name="pk"),
    )
    rebuild(connection, planned(plain(), after))
    wanted = "CREATE TABLE t (id INTEGER NOT NULL, x INT NOT NULL, CONSTRAINT pk PRIMARY KEY (id, x))"
    assert table_facts(table_definition(sql_of(connection))) == table_facts(table_definition(wanted))


def test_a_table_without_rowid_and_back(given: Given) -> None:
    connection = given("CREATE TABLE t (id TEXT PRIMARY KEY, x INT) WITHOUT ROWID", "INSERT INTO t VALUES ('a', 4)")
    before, after = table(*text_key(), sqlite_with_rowid=False), table(*text_key())
    rebuild(connection, planned(before, after))
    assert "ROWID" not in sql_of(connection)
    assert raw(connection, "SELECT * FROM t") == [("a", 4)]
    rebuild(connection, planned(after, before))
    assert "WITHOUT ROWID" in sql_of(connection)
    assert raw(connection, "SELECT * FROM t") == [("a", 4)]


def text_key() -> list[Column[Any]]:
    return [Column("id", sa.Text, primary_key=True), Column("x", Integer)]


def test_columns_that_the_plan_does_not_know_stay(given: Given) -> None:
    connection = given(
        "CREATE TABLE t (a INT, id INTEGER PRIMARY KEY, b INT, x INT, c INT)", "INSERT INTO t VALUES (1, 2, 3, 4, 5)"
    )
    rebuild(connection, planned(plain(), NOT_NULL))
    assert raw(connection, "SELECT * FROM t") == [(1, 2, 3, 4, 5)]


def test_a_table_in_an_attached_database(given: Given, tmp_path: Path) -> None:
    connection = given()
    raw(connection, f"ATTACH '{tmp_path / 'aux.db'}' AS aux")
    for statement in (
        "CREATE TABLE aux.t (id INTEGER PRIMARY KEY, x INT)",
        "CREATE INDEX aux.i ON t (x)",
        "CREATE TRIGGER aux.tr AFTER INSERT ON t BEGIN DELETE FROM t; END",
        "INSERT INTO aux.t VALUES (1, 2)",
    ):
        raw(connection, statement)
    raw(connection, "DELETE FROM aux.t")
    connection.connection.commit()
    before, after = (table(*columns, schema="aux") for columns in (int_key(True), int_key(False)))
    rebuild(connection, planned(before, after))
    assert raw(connection, "SELECT name FROM aux.sqlite_master ORDER BY 1") == [("i",), ("t",), ("tr",)]
    assert raw(connection, "SELECT name FROM sqlite_master") == []


def int_key(nullable: bool) -> list[Column[Any]]:
    return [Column("id", Integer, primary_key=True), Column("x", Integer, nullable=nullable)]


def test_an_error_leaves_the_session_as_it_was(given: Given) -> None:
    connection = given("CREATE TABLE t (id INTEGER PRIMARY KEY, x INT)", "INSERT INTO t VALUES (1, NULL)", enforce=True)
    with pytest.raises(sa.exc.IntegrityError):
        rebuild(connection, planned(plain(), NOT_NULL))
    assert foreign_keys.enforced(connection)
    assert raw(connection, "PRAGMA legacy_alter_table") == [(0,)]
    assert foreign_keys.suspended(connection) is None
