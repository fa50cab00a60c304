"""The room: what is read, what is the same as the models, what is not, and types that come back as they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    column,
    func,
    text,
)

from autodiff.dialects.generic.tables import DatabaseTables
from autodiff.dialects.sqlite.room import SqliteRoom
from autodiff.dialects.sqlite.tables import read_table
from autodiff.diff.differ import diff, settled
from autodiff.reflect.compare import Database, Question
from autodiff.state import Comparison, Key

Models = Callable[[MetaData], object]


def compared(statements: Sequence[str], models: Models) -> Comparison:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    metadata = MetaData()
    models(metadata)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        return settled(Database(connection).compared(Question(metadata)))


def changes(statements: Sequence[str], models: Models) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, name and differing fields of each change."""
    comparison = compared(statements, models)
    assert comparison.not_compared == ()
    return [(c.kind, c.key.label, c.fields) for c in diff(comparison.before, comparison.after)]


def one(*items: Any, **kw: Any) -> Models:
    return lambda metadata: Table("t", metadata, Column("id", Integer, primary_key=True), *items, **kw)


WRITTEN = "CREATE TABLE t (id INTEGER PRIMARY KEY, {})"


@pytest.mark.parametrize(
    ("written", "models"),
    [
        ("x varchar ( 20 )", one(Column("x", String(20)))),
        ("x INTEGER UNIQUE CHECK(x>0)", one(Column("x", Integer, CheckConstraint("x > 0"), unique=True))),
        ("x INTEGER REFERENCES t", one(Column("x", ForeignKey("t.id")))),
        ("x DATETIME DEFAULT CURRENT_TIMESTAMP", one(Column("x", sa.DateTime, server_default=func.now()))),
        ("x INTEGER DEFAULT '5'", one(Column("x", Integer, server_default=text("5")))),
        ("x BOOLEAN DEFAULT true", one(Column("x", sa.Boolean, server_default=text("1")))),
        ("x TEXT COLLATE nocase", one(Column("x", sa.Text(collation="NOCASE")))),
        ("x INTEGER AS (ID * 2)", one(Column("x", Integer, Computed("id*2", persisted=False)))),
        (
            "x INTEGER, CONSTRAINT a CHECK ((x) <> 1 /* not one */)",
            one(Column("x", Integer), CheckConstraint("x != 1", "a")),
        ),
        (
            "x INTEGER NOT NULL ON CONFLICT fail",
            one(Column("x", Integer, nullable=False, sqlite_on_conflict_not_null="FAIL")),
        ),
        (
            "x INTEGER UNIQUE ON CONFLICT IGNORE",
            one(Column("x", Integer, unique=True, sqlite_on_conflict_unique="IGNORE")),
        ),
    ],
)
def test_the_same_table_written_differently_is_no_change(written: str, models: Models) -> None:
    assert changes([WRITTEN.format(written)], models) == []


@pytest.mark.parametrize(
    ("written", "models", "wanted"),
    [
        ("x INTEGER", one(Column("x", sa.BigInteger)), ("column", "t.x", ("type",))),
        ("x INTEGER", one(Column("x", Integer, nullable=False)), ("column", "t.x", ("nullable",))),
        ("x TEXT DEFAULT '1'", one(Column("x", sa.Text, server_default="01")), ("column", "t.x", ("default",))),
        ("x TEXT", one(Column("x", sa.Text(collation="NOCASE"))), ("column", "t.x", ("collation",))),
        ("x INTEGER", one(Column("x", Integer, Computed("id"))), ("column", "t.x", ("computed",))),
        ("x INTEGER CHECK (x > 0)", one(Column("x", Integer)), ("check", "t.~1", ())),
        ("x INTEGER UNIQUE", one(Column("x", Integer)), ("unique", "t.~1", ())),
        ("x INTEGER REFERENCES t", one(Column("x", Integer)), ("foreign_key", "t.~1", ())),
        (
            "x INTEGER, CONSTRAINT c CHECK (x > 0)",
            one(Column("x", Integer), CheckConstraint("x >= 0", "c")),
            ("check", "t.c", ("condition",)),
        ),
        ("x INTEGER", one(Column("x", Integer), sqlite_autoincrement=True), ("table", "t", ("options",))),
        ("x INTEGER", one(Column("x", Integer), sqlite_with_rowid=False), ("table", "t", ("options",))),
    ],
)
def test_a_difference_is_a_change(written: str, models: Models, wanted: tuple[str, str, tuple[str, ...]]) -> None:
    assert changes([WRITTEN.format(written)], models) == [wanted]


@pytest.mark.parametrize(
    ("written", "index", "equal"),
    [
        ("(x)", ["x"], True),
        ('("X")', ["x"], True),
        ("(x COLLATE NOCASE)", ["x"], False),
        ("(x DESC)", [column("x").desc()], True),
        ("(x DESC)", ["x"], False),
        ("(LOWER(x))", [func.lower(column("x"))], True),
        ("(x)  WHERE x>1", ["x"], False),
        ("(lower(x), x)", [text("x"), func.lower(column("x"))], False),
    ],
)
def test_an_index_differs_where_its_keys_or_its_condition_do(written: str, index: list[Any], equal: bool) -> None:
    models = one(Column("x", sa.Text), Index("i", *index))
    found = changes([WRITTEN.format("x TEXT"), f"CREATE INDEX i ON t {written}"], models)
    assert (found == []) is equal


def test_a_partial_index() -> None:
    statements = [WRITTEN.format("x INTEGER"), "CREATE INDEX i ON t (x) WHERE (x IS NOT NULL)"]
    same = one(Column("x", Integer), Index("i", "x", sqlite_where=text("x NOTNULL")))
    other = one(Column("x", Integer), Index("i", "x", sqlite_where=text("x IS NULL")))
    assert changes(statements, same) == []
    assert changes(statements, other) == [("index", "t.i", ("where",))]


def test_the_name_of_a_primary_key_is_compared() -> None:
    def models(metadata: MetaData) -> object:
        return Table("t", metadata, Column("id", Integer), PrimaryKeyConstraint("id", name="pk_t"))

    assert changes(["CREATE TABLE t (id INTEGER NOT NULL, PRIMARY KEY (id))"], models) == [
        ("primary_key", "t", ("name",))
    ]


COUNTS = {"sqlite_autoincrement": True}


@pytest.mark.parametrize(
    ("stored", "options", "wanted"),
    [
        ("id INTEGER NOT NULL, CONSTRAINT pk_other PRIMARY KEY (id)", {}, []),
        ("id INTEGER NOT NULL CONSTRAINT pk_other PRIMARY KEY AUTOINCREMENT", COUNTS, []),
        (
            "id INTEGER NOT NULL, CONSTRAINT pk_other PRIMARY KEY (id)",
            COUNTS,
            [("primary_key", "t", ("name",)), ("table", "t", ("options",))],
        ),
        (
            "id INTEGER NOT NULL, CONSTRAINT pk_other PRIMARY KEY (x)",
            {},
            [("primary_key", "t", ("columns", "name"))],
        ),
    ],
    ids=["the same columns", "AUTOINCREMENT", "a new AUTOINCREMENT", "other columns"],
)
def test_a_primary_key_without_a_name_in_the_models_may_have_any(
    stored: str, options: dict[str, Any], wanted: list[object]
) -> None:
    """The DDL of AUTOINCREMENT has no place for the name: it goes, and comes back on a downgrade."""

    def models(metadata: MetaData) -> object:
        columns = [Column("x", Integer, nullable=False), Column("id", Integer, nullable=False)]
        return Table("t", metadata, *columns, PrimaryKeyConstraint("id"), **options)

    found = changes([f"CREATE TABLE t (x INTEGER NOT NULL, {stored})"], models)
    assert sorted(found) == wanted


def test_a_name_that_a_naming_convention_gives_twice_is_no_difference() -> None:
    metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s_%(column_0_name)s"})
    uniques = [UniqueConstraint("x"), UniqueConstraint("x", "id")]
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("x", Integer), *uniques)
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.connect() as connection:
        metadata.create_all(connection)
        comparison = settled(Database(connection).compared(Question(metadata)))
    assert diff(comparison.before, comparison.after) == []


@pytest.mark.parametrize("stored", ["a IN ('x')", "b IN ('x')"])
def test_columns_that_share_an_enum_share_the_name_of_its_check(stored: str) -> None:
    """SQLite takes a name twice: the two are told apart by what they say, in whatever order they stand."""

    def models(metadata: MetaData) -> object:
        def of_type() -> sa.Enum:
            return sa.Enum("x", name="e", create_constraint=True)

        return Table("t", metadata, Column("a", of_type()), Column("b", of_type()))

    first, second = sorted(["a IN ('x')", "b IN ('x')"], key=lambda check: check != stored)
    only = f"CREATE TABLE t (a VARCHAR(1), b VARCHAR(1), CONSTRAINT e CHECK ({first})"
    assert changes([f"{only}, CONSTRAINT e CHECK ({second}))"], models) == []
    assert [kind for kind, _, _ in changes([f"{only})"], models)] == ["check"]


def test_a_name_that_sqlalchemy_does_not_write_is_no_difference() -> None:
    """With AUTOINCREMENT, SQLAlchemy's DDL has no name for the primary key."""
    models = one(Column("x", Integer), sqlite_autoincrement=True)
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    models(metadata)
    with engine.connect() as connection:
        metadata.create_all(connection)
        comparison = settled(Database(connection).compared(Question(metadata)))
    assert diff(comparison.before, comparison.after) == []


@pytest.mark.parametrize("name", ["a(b", 'say "hi" (', "x" * 300, "virtual", "--", "/*", "[", "a\nb", "'"])
def test_a_table_may_have_any_name(name: str) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    metadata = MetaData()
    Table(name, metadata, Column("id", Integer, primary_key=True))
    with engine.connect() as connection:
        metadata.create_all(connection)
        comparison = settled(Database(connection).compared(Question(metadata)))
    assert comparison.not_compared == ()
    assert diff(comparison.before, comparison.after) == []


def test_what_is_sqlites_own_is_not_read() -> None:
    statements = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE sqliteX (id INTEGER PRIMARY KEY)",
        "CREATE VIRTUAL TABLE f USING fts5(body)",
        "CREATE TABLE f_data2 (x)",
        "CREATE VIEW v AS SELECT 1",
        "INSERT INTO t DEFAULT VALUES",
        "ANALYZE",
    ]
    before = compared(statements, lambda m: None).before
    assert {key.table for key in before.objects if key.kind == "table"} == {"t", "sqliteX", "f_data2"}


def test_reading_is_one_statement_whatever_the_number_of_tables() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.connect() as connection:
        room = SqliteRoom(connection.dialect)
        asked: list[int] = []
        for count in (2, 40):
            for number in range(count):
                connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS t{number} (id INTEGER PRIMARY KEY, x UNIQUE)")
            traced: list[str] = []
            connection.connection.driver_connection.set_trace_callback(traced.append)  # type: ignore[union-attr]
            Database(connection).compared(Question(MetaData()))
            asked.append(len(traced))
        assert room.schema_names(connection) == []
    assert asked[0] == asked[1]


def test_a_foreign_key_finds_its_table_and_column_in_any_case() -> None:
    before = compared(
        ["CREATE TABLE Parent (Id INTEGER PRIMARY KEY)", "CREATE TABLE c (x REFERENCES PARENT (ID))"], lambda m: None
    ).before
    (key,) = [state for state in before.objects.values() if state.key.kind == "foreign_key"]
    assert (key.referred, key.referred_columns) == (Key("table", None, "Parent"), ("Id",))  # type: ignore[attr-defined]


TYPES = ["INTEGER", "BIGINT", "VARCHAR(20)", "NUMERIC(8, 2)", "FLOAT", "DOUBLE", "REAL", "BOOLEAN", "DATE", "DATETIME"]
TYPES += ["TIMESTAMP", "BLOB", "JSON", "TEXT", "CHAR(3)", "DECIMAL(10, 5)", "INT", "TINYINT", "VARCHAR(20, 3)", ""]
TYPES += ["TEXT COLLATE NOCASE", "VARCHAR(9) COLLATE RTRIM", "INT COLLATE NOCASE", "UNSIGNED BIG INT", "'odd %s' TYPE"]


@pytest.mark.parametrize("type_", TYPES)
def test_a_table_read_from_the_database_is_made_the_same(type_: str) -> None:
    extra = (
        "n INT NOT NULL ON CONFLICT FAIL DEFAULT (abs(-1)), g INT AS (x || ':a') STORED, CHECK (n > 0), UNIQUE (x, n)"
    )
    statements = [
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, x {type_}, {extra})",
        "CREATE INDEX i ON t (lower(x) DESC, n)",
    ]
    before = compared(statements, lambda m: None).before
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.connect() as connection:
        table = DatabaseTables(SqliteRoom(connection.dialect), before).table(Key("table", None, "t"))
        table.create(connection)
        again = Database(connection).compared(Question(MetaData())).before
    assert again.objects == before.objects


def test_one_table_is_read_with_what_has_no_name() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("CREATE TABLE T (id INTEGER PRIMARY KEY, x INT UNIQUE CHECK (x > 0) REFERENCES P)")
        connection.exec_driver_sql("CREATE INDEX i ON t (abs(x))")
        table = read_table(connection, "t", None)
    kinds = sorted(type(constraint).__name__ for constraint in table.constraints)
    assert kinds == ["CheckConstraint", "ForeignKeyConstraint", "PrimaryKeyConstraint", "UniqueConstraint"]
    assert {constraint.name for constraint in table.constraints} == {None}
    assert [index.name for index in table.indexes] == ["i"]
