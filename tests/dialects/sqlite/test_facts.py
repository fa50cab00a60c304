"""Tables and indexes: two spellings have the same facts, one difference is seen, and SQLite's pragmas agree."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest

from autodiff.dialects.sqlite.ddl import Definitions, index_definition, table_definition
from autodiff.dialects.sqlite.facts import default_value, is_not_null
from autodiff.dialects.sqlite.lexer import literal
from tests.dialects.sqlite.facts import TableFacts, index_facts, table_facts
from tests.dialects.sqlite.tables import TableWriter, mutated, random_table

TABLES = 400


def facts(sql: str) -> TableFacts:
    return table_facts(table_definition(sql))


def column(text: str) -> TableFacts:
    return facts(f"CREATE TABLE t ({text})")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x varchar ( 20,3 )", "x VARCHAR(20, 3)"),
        ("x INT UNIQUE", "x INT, UNIQUE (x)"),
        ("x INT CHECK (x > 0)", "x INT, CHECK (X>0)"),
        ("x INT REFERENCES p (id)", "x INT, FOREIGN KEY (x) REFERENCES p (id)"),
        ("x INTEGER PRIMARY KEY", "x INTEGER NOT NULL, PRIMARY KEY (x)"),
        ("x INT DEFAULT 0", "x INT DEFAULT '0'"),
        ("x TEXT DEFAULT abc", "x TEXT DEFAULT 'abc'"),
        ('x TEXT DEFAULT "abc"', "x TEXT DEFAULT ('abc')"),
        ("x INT DEFAULT NULL", "x INT"),
        ("x BOOLEAN DEFAULT TRUE", "x BOOLEAN DEFAULT 1"),
        ("x INT DEFAULT (5)", "x INT DEFAULT +5"),
        ("x REAL DEFAULT 1", "x REAL DEFAULT 1.0"),
        ("x NUMERIC DEFAULT 1.0", "x NUMERIC DEFAULT 1"),
        ("x INT NULL", "x INT"),
        ("x INT NOT NULL ON CONFLICT ABORT", "x INT NOT NULL"),
        ("x INT COLLATE BINARY", "x INT"),
        ("x INT REFERENCES p ON DELETE NO ACTION MATCH SIMPLE NOT DEFERRABLE", "x INT REFERENCES p"),
        ("x INT REFERENCES p DEFERRABLE INITIALLY IMMEDIATE", "x INT REFERENCES p DEFERRABLE"),
        ("x INT REFERENCES p UNIQUE DEFERRABLE", "x INT REFERENCES p DEFERRABLE UNIQUE"),
        ("x INT AS (y) VIRTUAL, y", "x INT GENERATED ALWAYS AS (y), y INT"[:-4]),
        ("x, y, UNIQUE (x) CHECK (y)", "x, y, UNIQUE (x), CHECK (y)"),
        ("x UNIQUE, y, UNIQUE (y DESC)", "x UNIQUE, y, UNIQUE (y ASC)"),
    ],
)
def test_one_table_in_two_spellings(one: str, other: str) -> None:
    assert column(one) == column(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x INT PRIMARY KEY", "x INTEGER PRIMARY KEY"),
        ("x INTEGER PRIMARY KEY", "x INTEGER PRIMARY KEY DESC"),
        ("x INTEGER PRIMARY KEY", "x INTEGER PRIMARY KEY AUTOINCREMENT"),
        ("x TEXT DEFAULT '00'", "x TEXT DEFAULT 0"),
        ("x BLOB DEFAULT 0", "x BLOB DEFAULT '0'"),
        ("x INT UNIQUE", "x INT UNIQUE, UNIQUE (x)"),
        ("x INT CONSTRAINT n UNIQUE", "x INT UNIQUE"),
        ("x INT UNIQUE ON CONFLICT REPLACE", "x INT UNIQUE"),
        ("x, y, PRIMARY KEY (x, y)", "x, y, PRIMARY KEY (y, x)"),
        ("x, y AS (x)", "x, y AS (x) STORED"),
        ("x TEXT COLLATE NOCASE", "x TEXT"),
        ("x INT REFERENCES p", "x INT REFERENCES p ON UPDATE CASCADE"),
        ("x INT REFERENCES p", "x INT REFERENCES p DEFERRABLE INITIALLY DEFERRED"),
        ("x CHECK (x = 'a')", 'x CHECK (x = "x")'),
    ],
)
def test_a_difference_is_seen(one: str, other: str) -> None:
    assert column(one) != column(other)


def test_a_foreign_key_without_columns_means_the_parents_key() -> None:
    parent = {"p": table_definition("CREATE TABLE p (id INTEGER PRIMARY KEY)")}
    short = table_definition("CREATE TABLE t (x REFERENCES P)")
    long = table_definition("CREATE TABLE t (x REFERENCES p (id))")
    assert table_facts(short, parent) == table_facts(long, parent)


def test_the_key_of_a_table_without_rowid_is_not_null() -> None:
    assert facts("CREATE TABLE t (x TEXT PRIMARY KEY) WITHOUT ROWID").columns["x"].not_null
    assert not facts("CREATE TABLE t (x TEXT PRIMARY KEY)").columns["x"].not_null


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('"x"', "x", True),
        ("'x'", "x", True),
        ("x ASC", "x", True),
        ("x DESC", "x", False),
        ("x COLLATE NOCASE", "x", False),
        ("s COLLATE NOCASE", "s", True),
        ("lower(x)", "LOWER( x )", True),
        ("x, s", "s, x", False),
        ("x) WHERE (x > 0", "x) WHERE (x>0", True),
        ("x) WHERE (x > 0", "x) WHERE (x > 1", False),
    ],
)
def test_keys_of_an_index_are_the_same_in_another_spelling(one: str, other: str, equal: bool) -> None:
    table = table_definition("CREATE TABLE t (x INT, s TEXT COLLATE NOCASE)")
    left, right = (index_facts(index_definition(f"CREATE INDEX i ON t ({keys})"), table) for keys in (one, other))
    assert (left == right) is equal


@pytest.mark.parametrize("seed", range(3))
def test_random_tables_in_two_spellings_and_their_mutants(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(TABLES):
        plan = random_table(rng)
        one, other = TableWriter(rng).table(plan), TableWriter(rng).table(plan)
        assert facts(one) == facts(other), (one, other)
        mutant = TableWriter(rng).table(mutated(rng, plan))
        assert facts(one) != facts(mutant), (one, mutant)


@pytest.mark.parametrize("seed", range(3))
def test_sqlites_own_pragmas_agree(seed: int) -> None:
    rng = random.Random(f"pragmas {seed}")
    asked = 0
    for _ in range(TABLES):
        with closing(sqlite3.connect(":memory:")) as connection:
            try:
                connection.execute(TableWriter(rng).table(random_table(rng)))
            except sqlite3.OperationalError:  # the plan asks for something impossible
                continue
            asked += 1
            agree(connection)
    assert asked > TABLES / 2


def agree(connection: sqlite3.Connection) -> None:
    ((sql,),) = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 't'")
    table = table_definition(sql)
    key = [part.name.lower() for part in table.primary_key.columns] if table.primary_key else []
    listed = connection.execute("PRAGMA table_xinfo(t)").fetchall()
    assert [row[1] for row in listed] == [column.name for column in table.columns], sql
    for (_, name, type_, not_null, default, place, _), column in zip(listed, table.columns, strict=True):
        assert " ".join(type_.split()).upper().replace(" ", "") == column.type_words.replace(" ", ""), sql
        assert place == (key.index(name.lower()) + 1 if name.lower() in key else 0), sql
        # The pragma tells what is stated; the rowid's own NOT NULL and STRICT's it does not.
        assert not not_null or is_not_null(table, column), sql
        value = default_value(table, column)
        if default is not None:
            again = table_definition(f"CREATE TABLE t (x {type_} DEFAULT ({default})) {'STRICT' * table.strict}")
            assert default_value(again, again.columns[0]) == value, sql
        else:
            assert value is None, sql
    parts = connection.execute("PRAGMA foreign_key_list(t)").fetchall()
    assert len({row[0] for row in parts}) == sum(1 for kind, *_ in expanded(facts(sql)) if kind == "foreign key"), sql
    uniques = {
        tuple(row[2].lower() for row in connection.execute(f"PRAGMA index_info({literal(name)})"))
        for _, name, unique, origin, _ in connection.execute("PRAGMA index_list(t)")
        if unique and origin == "u"
    }
    stated = {tuple(k[0] for k in what[2]) for what in expanded(facts(sql)) if what[0] == "unique"}
    # SQLite makes no second index for what the primary key, or another UNIQUE, guards already.
    assert uniques <= {tuple(name.lower() for name in columns) for columns in stated}, sql


def expanded(given: TableFacts) -> list[tuple[object, ...]]:
    return [what for what, count in given.constraints.items() for _ in range(count)]


def test_the_default_stored_is_the_default_read() -> None:
    """The value by our rules is the value that SQLite puts into a row."""
    for type_ in ("INT", "TEXT", "REAL", "NUMERIC", "BLOB", ""):
        for default in ("5", "'5'", "' 7 '", "'00'", "1.0", "1.50", "'1e2'", "'x'", "x'00'", "-3", "'9e999'", "1e20"):
            sql = f"CREATE TABLE t (x {type_} DEFAULT {default}, y)"
            with closing(sqlite3.connect(":memory:")) as connection:
                connection.execute(sql)
                connection.execute("INSERT INTO t (y) VALUES (1)")
                ((value,),) = connection.execute("SELECT x FROM t")
            table = table_definition(sql)
            node = default_value(table, table.columns[0])
            assert node is not None
            ours = bytes.fromhex(node[1]) if node[0] == "blob" else node[1]
            assert (type(ours), ours) == (type(value), value), sql


SHARED = [
    "CREATE TABLE t (a INTEGER NOT NULL, b TEXT DEFAULT 'x', CONSTRAINT u UNIQUE (a, b))",
    "CREATE TABLE s (b TEXT DEFAULT 'x', a INTEGER NOT NULL, CONSTRAINT v UNIQUE (a, b), UNIQUE (b)) STRICT",
    "CREATE TABLE r (a INTEGER NOT NULL PRIMARY KEY, b TEXT DEFAULT 'x') WITHOUT ROWID",
    "CREATE TABLE q (a INTEGER NOT NULL, /* c */ CONSTRAINT u UNIQUE (a, b) CONSTRAINT c CHECK (a > 0), CHECK (a > 0))",
    "CREATE TABLE p (a INTEGER NOT NULL CONSTRAINT u UNIQUE, b TEXT DEFAULT 'x', CONSTRAINT w CONSTRAINT u UNIQUE (a))",
]


def test_what_other_tables_have_in_the_same_words_changes_nothing() -> None:
    together = Definitions()
    read = [(together.table(sql), table_definition(sql)) for sql in (*SHARED, *reversed(SHARED))]
    assert [shared for shared, alone in read if shared != alone] == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE INDEX i ON t (a)",
        "CREATE UNIQUE INDEX i ON t (a, b)",
        "CREATE INDEX i ON t (a, true)",
        "CREATE INDEX i ON t (a DESC)",
        'CREATE INDEX i ON t ("a b", a)',
        "CREATE INDEX i ON t (lower(a)) WHERE a > 0",
    ],
)
def test_a_plain_index_read_at_a_glance_is_the_one_read_token_by_token(sql: str) -> None:
    table = table_definition("CREATE TABLE t (a INT, b TEXT COLLATE NOCASE)")
    together = Definitions()
    for _ in range(2):
        glanced, read = together.index(sql), index_definition(sql)
        assert (glanced.name, glanced.table, glanced.unique) == (read.name, read.table, read.unique)
        assert index_facts(glanced, table) == index_facts(read, table)
        assert [key.expression.text for key in glanced.keys] == [key.expression.text for key in read.keys]
