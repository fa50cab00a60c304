"""What a comparison proposes runs, up and down, with rows in the tables; a second witness reads the outcome."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, Sequence, Table, Text

from autodiff.autogenerate import produce_migrations, render_python_code
from autodiff.autogenerate.comparison import compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.dialects.mysql.changes import value_of_default
from autodiff.errors import CommandError
from autodiff.operations import Operations
from tests.dialects.changing import Model, both, built, context, run, scripts, t, walk
from tests.witness import difference, lines

pytestmark = pytest.mark.families("mariadb", "mysql")


def sequence(**options: Any) -> Model:
    return lambda metadata: Sequence("q", metadata=metadata, **options)


def engine(engine: str, **options: str) -> dict[str, str]:
    options = {"engine": engine, **options}
    return {f"{room}_{option}": value for room in ("mysql", "mariadb") for option, value in options.items()}


def number(autoincrement: bool) -> Model:
    return lambda metadata: Table("t", metadata, Column("id", Integer, primary_key=True, autoincrement=autoincrement))


def counted(autoincrement: bool, type_: Any, *children: str) -> Model:
    """A key that numbers itself or not, and tables that refer to it."""

    def model(metadata: sa.MetaData) -> None:
        Table("p", metadata, Column("id", type_, primary_key=True, autoincrement=autoincrement))
        for name in children:
            Table(name, metadata, Column("id", Integer, primary_key=True), Column("a", type_, sa.ForeignKey("p.id")))

    return model


def mood(*labels: str, check: bool) -> Callable[[], Any]:
    return lambda: Column("x", sa.Enum(*labels, name="ck_mood", native_enum=False, create_constraint=check))


def moment(default: str | None) -> Callable[[], Any]:
    return lambda: Column("x", sa.DateTime, server_default=None if default is None else sa.text(default))


@pytest.mark.parametrize(
    ("default", "value"),
    [
        ("now()", "now()"),
        ("now() ON UPDATE now()", "now()"),
        ("CURRENT_TIMESTAMP(3) on  update CURRENT_TIMESTAMP(3)", "CURRENT_TIMESTAMP(3)"),
        ("NULL ON UPDATE now()", None),
        ("NULL", None),
        ("' ON UPDATE now()'", "' ON UPDATE now()'"),
        ("'it''s ON UPDATE' ON UPDATE now()", "'it''s ON UPDATE'"),
    ],
)
def test_what_a_default_gives_to_rows(default: str, value: str | None) -> None:
    found = value_of_default(sa.text(default))
    assert (None if found is None else str(found)) == value


def keys_of_both_sides(length: int, *, unique: bool) -> Model:
    """A foreign key between two keys, which change together with what they are over."""

    def model(metadata: sa.MetaData) -> None:
        Table("p", metadata, Column("id", Integer, primary_key=True), Column("k", sa.String(length), unique=unique))
        code = Column("a", sa.String(length), sa.ForeignKey("p.k", name="f"), unique=unique)
        t = Table("t", metadata, Column("id", Integer, primary_key=True), code)
        if not unique:
            sa.Index("ik", metadata.tables["p"].c.k, unique=True)
            sa.Index("ia", t.c.a)

    return model


def referring(*names: str) -> Model:
    """A column with foreign keys to two tables, or to one of them."""

    def model(metadata: sa.MetaData) -> None:
        for name in ("p", "q"):
            Table(name, metadata, Column("id", Integer, primary_key=True))
        foreign_keys = (sa.ForeignKey(f"{name[0]}.id", name=f"{name}_of_t") for name in names)
        Table("t", metadata, Column("id", Integer, primary_key=True), Column("a", Integer, *foreign_keys))

    return model


def named(**names: str) -> Model:
    """Columns with foreign keys of these names."""

    def model(metadata: sa.MetaData) -> None:
        Table("p", metadata, Column("id", Integer, primary_key=True))
        columns = (Column(column, Integer, sa.ForeignKey("p.id", name=name)) for column, name in names.items())
        Table("t", metadata, Column("id", Integer, primary_key=True), *columns)

    return model


TWO_TEXTS = (lambda: Column("b", Text), lambda: Column("c", sa.String(3000)))
CHANGES = {
    "a sequence counts the other way": (sequence(), sequence(increment=-1)),
    "a sequence's bound takes its start along": (sequence(), sequence(minvalue=0)),
    "a sequence of its own beginning": (sequence(start=5, increment=3), sequence(start=7)),
    "a sequence that has its bounds before it": (sequence(), sequence(start=50, minvalue=50, maxvalue=500)),
    "a sequence that has its bounds below it": (
        sequence(increment=-1),
        sequence(increment=-1, start=-50, minvalue=-500, maxvalue=-50),
    ),
    "an option is taken back": (t(**engine("InnoDB", avg_row_length="50")), t()),
    "an option of the engine is taken back": (t(**engine("InnoDB", page_compressed="1")), t()),
    "options with long names": (t(), t(**engine("MyISAM", delay_key_write="1", checksum="1"))),
    "Aria's own option goes with it": (t(**engine("Aria")), t(**engine("InnoDB"))),
    "a long text is unique": (t(*TWO_TEXTS), t(*TWO_TEXTS, lambda: sa.UniqueConstraint("b"))),
    "another long text is unique": (t(*TWO_TEXTS), t(*TWO_TEXTS, lambda: sa.UniqueConstraint("c", name="uq"))),
    "row 0 keeps its key": (number(autoincrement=False), number(autoincrement=True)),
    "a key that is referred to": (counted(True, Integer, "t"), counted(False, Integer, "t")),
    "a key of another type that is referred to": (counted(True, Integer, "t"), counted(False, sa.BigInteger, "t")),
    "a key that is referred to no longer": (counted(True, Integer, "t"), counted(False, Integer)),
    "a key that another table refers to": (counted(True, Integer, "t"), counted(False, Integer, "t", "u")),
    "ON UPDATE is taken back": (t(moment(None)), t(moment("NULL ON UPDATE CURRENT_TIMESTAMP"))),
    "a plain default instead of ON UPDATE": (
        t(moment("CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP")),
        t(moment("'2020-01-01 00:00:00'")),
    ),
    "an enum's CHECK with another length": (t(mood("a", "b", check=True)), t(mood("a", "bcd", check=True))),
    "a second foreign key over the same column": (referring("p"), referring("p", "q")),
    "the one of two foreign keys that has the index's name": (referring("p", "q"), referring("p")),
    "the other of two foreign keys": (referring("p", "q"), referring("q")),
    "foreign keys exchange their names": (named(x="f", y="g"), named(x="g", y="f")),
    "names of foreign keys go round": (named(x="f", y="g", z="h"), named(x="g", y="h", z="f")),
    "a foreign key's name goes to another column": (named(x="f", y="g"), named(x="g", z="f")),
    "keys of both sides of a foreign key": (keys_of_both_sides(9, unique=True), keys_of_both_sides(20, unique=False)),
    "an enum becomes text with a CHECK": (
        t(lambda: Column("x", sa.Enum("a", "b"))),
        t(mood("a", "b", check=True)),
    ),
}
HASHED = {"engine": "InnoDB", "partition_by": "HASH(id)"}
CHANGES |= {
    "a table gets partitions": (t(), t(**engine(**HASHED, partitions="3"))),
    "another number of partitions": (t(**engine(**HASHED, partitions="3")), t(**engine(**HASHED, partitions="5"))),
}


def x(*items: str, type_: Any = Integer, **keywords: Any) -> Callable[[], Any]:
    """A column with CHECKs that stand in it."""
    return lambda: Column("x", type_, *map(sa.CheckConstraint, items), **keywords)


def child(*arguments: Any, index: bool = False, type_: Any = Integer, **keywords: Any) -> Model:
    """A table `t` whose column refers to a table `p`."""
    parent = t(name="p") if type_ is Integer else t(lambda: Column("k", type_, unique=True), name="p")
    target = "p.id" if type_ is Integer else "p.k"
    return both(parent, t(lambda: Column("x", type_, sa.ForeignKey(target, **keywords), index=index), *arguments))


if not sa.__version__.startswith("2.0."):  # which cannot write such a name
    CHANGES["a CHECK called nothing"] = (t(x()), t(x(), lambda: sa.CheckConstraint("x > 0", name="")))

CHANGES |= {
    "a column's CHECK changes": (t(x("x > 0")), t(x("x > 1 AND x < 50"))),
    "a column's CHECK comes": (t(x()), t(x("x > 0"))),
    "a column's CHECK comes with its column": (t(), t(x("x > 0"))),
    "a column's CHECK stays under a new type": (t(x("x > 0")), t(x("x > 0", type_=sa.BigInteger))),
    "a column's CHECK stays under NOT NULL": (t(x("x > 0")), t(x("x > 0", nullable=False, server_default="1"))),
    "a column's CHECK becomes a named one": (t(x("x > 0")), t(x(), lambda: sa.CheckConstraint("x > 0", name="c"))),
    "a column's CHECK goes with its table": (both(t(x("x > 0")), t(name="z")), t(name="z")),
    "a comment in a CHECK": (t(x("x > 0 /* it's ) */")), t(x("x > 0 -- it's (\n AND x < 9"))),
    "a foreign key's action": (child(), child(ondelete="CASCADE")),
    "a foreign key gets a name": (child(), child(name="fk")),
    "a foreign key gets another name": (child(name="a"), child(name="b")),
    "a foreign key loses its name": (child(name="a"), child(ondelete="CASCADE")),
    "a foreign key's type": (child(type_=sa.String(9)), child(type_=sa.String(19))),
    "a foreign key goes with its table": (child(), t(name="p")),
    "a foreign key gets an index of its own": (child(), child(index=True)),
    "an index of the models' that the server made for a foreign key without a name": (
        child(),
        child(lambda: sa.Index("x", "x"), name="fk"),
    ),
    "one of two equal unique keys": (
        t(x(unique=True), lambda: sa.Index("a_first", "x", unique=True)),
        t(x(unique=True)),
    ),
    "partitions by another method": (
        t(**engine("InnoDB", partition_by="HASH(id)", partitions="2")),
        t(**engine("InnoDB", partition_by="KEY(id)", partitions="2")),
    ),
}


def of_engine(name: str, *items: Any, **options: str) -> Model:
    return both(t(name="p"), t(*items, **engine(name, **options)))


def referring_to_p() -> Any:
    return Column("x", Integer, sa.ForeignKey("p.id"))


def fulltext() -> Any:
    return sa.Index("f", "y", mysql_prefix="FULLTEXT", mariadb_prefix="FULLTEXT")


SHORT, LONG = (lambda: Column("y", sa.String(50))), (lambda: Column("y", sa.String(800)))
LONG_KEY = (LONG, lambda: sa.Index("i", "y"))
CHANGES |= {
    "an engine forgets an unnamed foreign key": (
        of_engine("InnoDB", referring_to_p),
        of_engine("MyISAM", referring_to_p),
    ),
    "an engine without FULLTEXT": (of_engine("InnoDB", SHORT, fulltext), of_engine("MEMORY", SHORT)),
    "an engine with FULLTEXT": (of_engine("MEMORY", SHORT), of_engine("MyISAM", SHORT, fulltext)),
    "an engine with shorter keys": (
        of_engine("InnoDB", *LONG_KEY, charset="utf8mb4"),
        of_engine("MyISAM", *LONG_KEY, charset="utf8mb4"),
    ),
}


def default(*names: str, of: str, renamed_from: str = "") -> Model:
    """Columns, and one whose default names the first of them."""
    old = {"renamed_from": renamed_from}
    columns = (lambda name=name: Column(name, Integer, info=old) for name in names)
    return t(*columns, lambda: Column("n", Integer, server_default=sa.text(of)))


CHANGES |= {
    "a default follows a renamed column": (default("a", of="(a + 1)"), default("b", of="(b + 1)", renamed_from="a")),
    "a default that is the name of a renamed column": (
        default("a", of="'1'"),
        default("b", of="'1'", renamed_from="a"),
    ),
    "a default lets a column go": (default("a", of="(a + 1)"), default("b", of="5")),
    "a default changes columns": (default("a", of="(a + 1)"), default("b", of="(b + 1)")),
}
KEYS = (
    x(type_=sa.String(20)),
    lambda: sa.Index("i`x%", "x", unique=True),
    lambda: sa.Index("f", "x", mysql_prefix="FULLTEXT"),
)
CHANGES |= {
    "KEY_BLOCK_SIZE goes": (t(*KEYS, **engine("InnoDB", row_format="COMPRESSED", key_block_size="8")), t(*KEYS)),
    "KEY_BLOCK_SIZE changes": (
        t(*KEYS, **engine("InnoDB", row_format="COMPRESSED", key_block_size="8")),
        t(*KEYS, **engine("InnoDB", row_format="COMPRESSED", key_block_size="4")),
    ),
}


def twin(of_a: str | None, of_b: str | None) -> Model:
    """Two columns, each plain or generated from the other, its values not stored."""
    texts = {"a": of_a, "b": of_b}
    return t(*(lambda name=name: Column(name, Integer, *generated(texts[name])) for name in texts))


def generated(text: str | None) -> list[sa.Computed]:
    return [] if text is None else [sa.Computed(text, persisted=False)]


CHANGES |= {"the other of two columns is the generated one": (twin(None, "a + 1"), twin("b + 1", None))}


def acting(*items: Any, **options: Any) -> Model:
    """A column that refers to another table."""
    key = lambda: sa.ForeignKeyConstraint(["x"], ["p.id"], name="fk", **options)  # noqa: E731
    return both(t(name="p"), t(lambda: Column("x", Integer), key, *items))


AT_ODDS: dict[str, Callable[[], Any]] = {
    "a CHECK": lambda: sa.CheckConstraint("x > 0", name="ck"),
    "a stored column": lambda: Column("g", Integer, sa.Computed("x + 1", persisted=True)),
    "a plain column": lambda: Column("g", Integer),
}
CHANGES |= {
    "a foreign key writes where a CHECK was": (acting(AT_ODDS["a CHECK"]), acting(onupdate="CASCADE")),
    "a foreign key writes where a stored column read": (
        acting(AT_ODDS["a stored column"]),
        acting(ondelete="SET NULL"),
    ),
    "a foreign key writes where a plain column was stored": (
        acting(AT_ODDS["a stored column"]),
        acting(AT_ODDS["a plain column"], onupdate="CASCADE"),
    ),
    "a foreign key writes no longer": (acting(ondelete="SET NULL"), acting(AT_ODDS["a stored column"])),
    "an indexed column gets a percent sign": (
        both(t(name="p"), t(lambda: Column("x", Integer, sa.ForeignKey("p.id"), index=True))),
        both(
            t(name="p"),
            t(
                lambda: Column("x%", Integer, sa.ForeignKey("p.id"), info={"renamed_from": "x"}),
                lambda: sa.Index("ix_t_x", "x%"),
            ),
        ),
    ),
    "a table's collation under the CHECK of an enum": (
        t(mood("a", "b", check=True)),
        t(mood("a", "b", check=True), **engine("InnoDB", collate="utf8mb4_bin")),
    ),
}
ROWS = {
    "the other of two columns is the generated one": ("INSERT INTO t (a) VALUES (1), (4)",),
    "row 0 keeps its key": (
        "SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')",
        "INSERT INTO t (id) VALUES (0), (5)",
        "SET sql_mode = DEFAULT",
    ),
}


def test_a_column_comes_back_with_its_check_under_a_convention_for_checks(mariadb: Any) -> None:
    """A CHECK in a column has no name, and the convention makes names of names."""

    def after(metadata: sa.MetaData) -> None:
        metadata.naming_convention = {"ck": "ck_%(table_name)s_%(constraint_name)s"}
        t()(metadata)

    with mariadb.engine().connect() as connection:
        walk(connection, t(x("x > 0", nullable=False, server_default="1")), after)


@pytest.mark.parametrize("labels", [("3", "1", "2"), ("1", "2", "3")])
@pytest.mark.parametrize("number", [Integer, sa.SmallInteger])
def test_numbers_that_become_labels_stay_what_they_say(database: Any, number: Any, labels: tuple[str, ...]) -> None:
    """MODIFY alone would take a number for the place of a label, and the other way round."""
    options = engine("InnoDB", row_format="COMPACT")  # which has short indexes
    numbers = t(lambda: Column("x", number, nullable=False, server_default="2", comment="c", index=True), **options)
    enum = t(
        lambda: Column("x", sa.Enum(*labels, name="e"), nullable=False, server_default="3", comment="d", index=True),
        **options,
    )
    with database.engine().connect() as connection:
        walk(connection, numbers, enum, "INSERT INTO t (x) VALUES (1), (3)")
        values = connection.exec_driver_sql("SELECT x FROM t ORDER BY id").scalars().all()
        assert values == [1, 3]
        up, _ = scripts(connection, built(enum))
        run(connection, built(enum), up)
        assert connection.exec_driver_sql("SELECT x FROM t ORDER BY id").scalars().all() == ["1", "3"]


ON_MARIADB = {
    "a sequence counts the other way",
    "a sequence's bound takes its start along",
    "a sequence of its own beginning",
    "a sequence that has its bounds before it",
    "a sequence that has its bounds below it",
    "an option of the engine is taken back",
    "Aria's own option goes with it",
    # Where MariaDB shortens a key or hashes it, MySQL refuses (1071, 1170).
    "a long text is unique",
    "another long text is unique",
    "an engine with shorter keys",
}


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in ON_MARIADB])
def test_a_change_runs_both_ways_and_leaves_no_difference(database: Any, name: str) -> None:
    before, after = CHANGES[name]
    with database.engine().connect() as connection:
        walk(connection, before, after, *ROWS.get(name, ()))
        if name == "row 0 keeps its key":
            assert connection.exec_driver_sql("SELECT id FROM t ORDER BY id").scalars().all() == [0, 5]


@pytest.mark.parametrize("name", sorted(ON_MARIADB))
def test_a_change_of_what_only_mariadb_has_runs_both_ways(mariadb: Any, name: str) -> None:
    with mariadb.engine().connect() as connection:
        walk(connection, *CHANGES[name])


def over(*foreign_keys: tuple[str, str | None]) -> Model:
    """A table with foreign keys over these columns, of these names."""

    def model(metadata: sa.MetaData) -> None:
        Table("p", metadata, Column("id", Integer, primary_key=True))
        constraints = (sa.ForeignKeyConstraint([column], ["p.id"], name=name) for column, name in foreign_keys)
        columns = (Column(name, Integer) for name in "ab")
        Table("t", metadata, Column("id", Integer, primary_key=True), *columns, *constraints)

    return model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("b", "a")], [("b", "a"), ("a", None)]),
        ([("b", "a")], [("a", None), ("b", None)]),
        ([], [("a", None), ("b", "a")]),
        ([("b", "a")], [("b", "a_2"), ("a", None)]),
        ([("b", "a_2"), ("a", None)], [("b", "a"), ("a", None)]),
        ([("b", "a"), ("a", None)], [("a", "a"), ("b", None)]),
        ([("b", "a"), ("a", None)], [("a", "a"), ("a", None)]),
        ([("a", None), ("b", None)], [("b", "a")]),
        ([("a", None), ("b", None)], [("b", "a"), ("a", "c")]),
        ([("a", "b"), ("b", "a")], [("a", "a"), ("b", None)]),
        ([("b", "a"), ("a", "c")], [("a", "a"), ("b", "b")]),
        ([("a", "f")], [("a", "F")]),
        ([("a", "f"), ("b", "G")], [("a", "g"), ("b", "F")]),
        ([("a", "f"), ("b", "g")], [("a", "G"), ("b", "f")]),
    ],
)
def test_foreign_keys_may_be_called_as_columns_are_or_as_one_another(database: Any, before: Any, after: Any) -> None:
    """The server calls an index after the column of an unnamed foreign key, or as a named one (error 1061)."""
    with database.engine().connect() as connection:
        built(over(*before)).create_all(connection)
        connection.exec_driver_sql("INSERT INTO p VALUES (1), (2)")
        connection.exec_driver_sql("INSERT INTO t VALUES (1, 1, 2), (2, NULL, 1)")
        connection.commit()
        start = lines(connection)
        up, down = scripts(connection, built(over(*after)))
        for _ in range(2):
            run(connection, built(over(*after)), up)
            assert scripts(connection, built(over(*after))) == ("", "")
            run(connection, built(over(*after)), down)
            assert difference(lines(connection), start) == []
            assert scripts(connection, built(over(*before))) == ("", "")


def test_a_foreign_key_that_came_with_a_dump_and_is_renamed_leaves_no_difference(database: Any) -> None:
    before, after = child(name="a"), child(name="b")
    with database.engine().connect() as connection:
        connection.exec_driver_sql("CREATE TABLE p (id INT AUTO_INCREMENT PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, x INT, KEY a (x),"
            " CONSTRAINT a FOREIGN KEY (x) REFERENCES p (id))"
        )
        start = lines(connection)
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(after), down)
        assert difference(lines(connection), start) == []
        assert scripts(connection, built(before)) == ("", "")


def test_a_full_text_index_that_took_the_place_of_a_foreign_keys_own_is_no_difference(mariadb: Any) -> None:
    model = child(lambda: sa.Index("f", "x", mysql_prefix="FULLTEXT"), type_=sa.String(9))
    with mariadb.engine().connect() as connection:
        built(model).create_all(connection)
        assert "t: KEY `x` (`x`)" not in lines(connection)
        assert scripts(connection, built(model)) == ("", "")


def test_bytes_that_are_no_text_are_a_default(database: Any) -> None:
    before = t(x(type_=sa.BINARY(2), server_default=sa.text("x'00ff'")))
    after = t(x(type_=sa.BINARY(2), server_default=sa.text("'ab'")))
    with database.engine().connect() as connection:
        built(before).create_all(connection)
        assert scripts(connection, built(before)) == ("", "")
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        run(connection, built(after), down)
        assert scripts(connection, built(before)) == ("", "")
        connection.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
        assert connection.exec_driver_sql("SELECT hex(x) FROM t").scalar() == "00FF"


@pytest.mark.parametrize("mode", ["STRICT_TRANS_TABLES", ""])
def test_rows_of_a_label_that_goes_are_named(database: Any, mode: str) -> None:
    labels = {"before": ("a", "it's", "B"), "after": ("a", "b")}
    before, after = (t(lambda some=some: Column("x", sa.Enum(*some))) for some in labels.values())
    with database.engine(connect_args={"init_command": f"SET sql_mode = '{mode}'"}).connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t (x) VALUES ('a'), ('it''s'), ('B')")
        connection.commit()
        up, _ = scripts(connection, built(after))
        with pytest.raises(CommandError, match=r't\.x has rows with "it\'s", which its ENUM loses'):
            run(connection, built(after), up)
        connection.rollback()
        connection.exec_driver_sql("UPDATE t SET x = 'a' WHERE x = 'it''s'")
        run(connection, built(after), up)
        assert list(connection.exec_driver_sql("SELECT x FROM t ORDER BY id").scalars()) == ["a", "a", "b"]


def test_backslashes_stay_what_they_are_to_the_session(database: Any) -> None:
    """Under NO_BACKSLASH_ESCAPES a script's literals have none, though the server prints them."""
    # MySQL 9.7 itself doubles the backslashes of expressions then, at each ALTER TABLE once more.
    others: list[Callable[[], Any]] = [
        lambda: Column("y", sa.String(40), sa.CheckConstraint("y <> 'a\\b''\\'")),
        lambda: Column("g", sa.String(80), sa.Computed("concat(x, '\\')", persisted=True)),
        lambda: sa.CheckConstraint("g <> '\\n'", name="c"),
    ]
    before = t(
        lambda: Column("x", sa.String(40), server_default="c\\d'\\"), *(others if database.family == "mariadb" else ())
    )
    mode = "SET sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'"
    engine = database.engine(connect_args={"init_command": mode})
    with engine.connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("ALTER TABLE t ADD INDEX i (x) COMMENT 'e\\'")
        start = lines(connection)
        assert "\\\\" in "".join(start)
        up, down = scripts(connection, built(t(lambda: Column("z", Integer))))
        run(connection, built(before), up)
        run(connection, built(before), down)
        assert difference(lines(connection), start) == []


def test_a_renamed_column_of_another_type_keeps_its_check(mariadb: Any) -> None:
    before = t(x("x > 0"))
    after = t(lambda: Column("y", sa.BigInteger, sa.CheckConstraint("y > 0"), info={"renamed_from": "x"}))
    with mariadb.engine().connect() as connection:
        built(before).create_all(connection)
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert "t: `y` bigint(20) DEFAULT NULL CHECK (`y` > 0)" in lines(connection)
        run(connection, built(after), down)
        assert "t: `x` int(11) DEFAULT NULL CHECK (`x` > 0)" in lines(connection)


ODD = {
    "AUTO_INCREMENT second in the key": "CREATE TABLE o (a INT, id INT AUTO_INCREMENT, PRIMARY KEY (a, id), KEY k (id))",
    "AUTO_INCREMENT beside the key": "CREATE TABLE o (a INT PRIMARY KEY, id INT NOT NULL AUTO_INCREMENT, KEY k (id, a))",
    "a key of lengths": "CREATE TABLE o (id INT, x VARCHAR(300), PRIMARY KEY (x(20), id) COMMENT 'it''s 50% :x')",
    "partitions": "CREATE TABLE o (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10))",
    "nothing in them": "CREATE TABLE o (id INT PRIMARY KEY, b BINARY(0), c CHAR(0))",
    "a hidden generated column": "CREATE TABLE o (id INT PRIMARY KEY, g INT AS (id * 2) STORED INVISIBLE COMMENT 'g')",
}
ODD_ON_MARIADB = {
    "a history": "CREATE TABLE o (id INT PRIMARY KEY, y INT WITHOUT SYSTEM VERSIONING) WITH SYSTEM VERSIONING",
    "a history in columns": "CREATE TABLE o (id INT PRIMARY KEY, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START,"
    " e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME(s, e)) WITH SYSTEM VERSIONING",
    "a period": "CREATE TABLE o (id INT, a DATE, b DATE, PERIOD FOR p (a, b), UNIQUE (id, p WITHOUT OVERLAPS))",
}


@pytest.mark.parametrize("name", ODD)
def test_a_table_that_models_cannot_say_comes_back_as_it_was(database: Any, name: str) -> None:
    goes_and_comes_back(database, ODD[name])


@pytest.mark.parametrize("name", ODD_ON_MARIADB)
def test_a_table_of_mariadb_that_models_cannot_say_comes_back_as_it_was(mariadb: Any, name: str) -> None:
    goes_and_comes_back(mariadb, ODD_ON_MARIADB[name])


def goes_and_comes_back(database: Any, table: str) -> None:
    with database.engine().connect() as connection:
        connection.exec_driver_sql(table.replace("%", "%%"))
        start = lines(connection)
        up, down = scripts(connection, built(t()))
        run(connection, built(t()), up)
        run(connection, built(t()), down)
        assert difference(lines(connection), start) == []


def test_keys_that_models_cannot_say_come_back_as_they_were(database: Any) -> None:
    with database.engine().connect() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE t (id INT NOT NULL, x VARCHAR(300) NOT NULL,"
            " PRIMARY KEY (x(20) , id) COMMENT 'k', UNIQUE KEY u (id) COMMENT 'u')"
        )
        start = lines(connection)
        columns = (Column("id", Integer), Column("x", sa.String(300), nullable=False))
        metadata = sa.MetaData()
        Table("t", metadata, *columns, sa.PrimaryKeyConstraint("x", "id"), sa.UniqueConstraint("id", name="u"))
        up, down = scripts(connection, metadata)
        run(connection, metadata, up)
        assert scripts(connection, metadata) == ("", "")
        run(connection, metadata, down)
        assert difference(lines(connection), start) == []


HIDDEN = (
    "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, x INT, g ENUM('INVISIBLE') AS ('INVISIBLE') STORED INVISIBLE)"
)
SEEN = {
    "another type": lambda: Column("g", sa.String(20), sa.Computed("'INVISIBLE'", persisted=True)),
    "a comment": lambda: Column("g", sa.Enum("INVISIBLE"), sa.Computed("'INVISIBLE'", persisted=True), comment="c"),
    "another expression": lambda: Column("g", sa.Integer, sa.Computed("x + 1")),
    "none": lambda: Column("h", sa.Integer),
}


@pytest.mark.parametrize("after", SEEN)
def test_a_hidden_generated_column_is_hidden_again(database: Any, after: str) -> None:
    with database.engine().connect() as connection:
        connection.exec_driver_sql(HIDDEN)
        start = lines(connection)
        metadata = built(t(lambda: Column("x", Integer), SEEN[after]))
        up, down = scripts(connection, metadata)
        run(connection, metadata, up)
        assert scripts(connection, metadata) == ("", "")
        run(connection, metadata, down)
        assert difference(lines(connection), start) == []


def test_a_new_column_that_may_not_be_null_keeps_its_check(mariadb: Any) -> None:
    before, after = t(), t(x("x > 0", nullable=False, default=5))
    with mariadb.engine().connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t (id) VALUES (1)")
        connection.commit()
        up, _ = scripts(connection, built(after))
        run(connection, built(after), up)
        assert "t: `x` int(11) NOT NULL CHECK (`x` > 0)" in lines(connection)
        assert connection.exec_driver_sql("SELECT x FROM t").scalar() == 5


def test_a_check_of_its_own_takes_the_place_of_json_valid(mariadb: Any) -> None:
    before = t(lambda: Column("x", sa.JSON))
    after = t(lambda: Column("x", sa.JSON, sa.CheckConstraint("length(x) < 100")))
    with mariadb.engine().connect() as connection:
        built(before).create_all(connection)
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert scripts(connection, built(after)) == ("", "")
        assert "json_valid" not in str(lines(connection))
        run(connection, built(after), down)
        assert scripts(connection, built(before)) == ("", "")


def test_the_index_of_a_foreign_key_that_the_engine_forgets_is_no_difference(database: Any) -> None:
    child = t(lambda: Column("p_id", sa.ForeignKey("p.id")), name="c", **engine("MyISAM"))
    model = both(t(name="p", **engine("MyISAM")), child)
    with database.engine().connect() as connection:
        built(model).create_all(connection)
        assert scripts(connection, built(model)) == ("", "")


@pytest.mark.parametrize("written", [{}, {"partition_by": "RANGE (id) (PARTITION a VALUES LESS THAN (9))"}])
def test_partitions_of_the_databases_people_are_said_and_left_alone(database: Any, written: dict[str, str]) -> None:
    with database.engine().connect() as connection:
        built(t()).create_all(connection)
        ranges = "PARTITION a VALUES LESS THAN (9), PARTITION b VALUES LESS THAN (20)"
        connection.exec_driver_sql(f"ALTER TABLE t PARTITION BY RANGE (id) ({ranges})")
        metadata = built(t(**engine("InnoDB", **written)))
        compared = compare(AutogenContext(context(connection, metadata), metadata))
        assert compared.changes == []
        assert [entry.what for entry in compared.comparison.not_compared] == ["partitions of table t"]


# Schemas: databases of the server, other applications' among them


@contextmanager
def beside(database: Any, *suffixes: str) -> Iterator[tuple[sa.Connection, list[str]]]:
    """A connection, and databases beside its own."""
    with database.engine(isolation_level="AUTOCOMMIT").connect() as connection:
        own = connection.exec_driver_sql("SELECT database()").scalar_one()
        names = [f"{own}_{suffix}" for suffix in suffixes]
        try:
            for name in names:
                connection.exec_driver_sql(f"CREATE DATABASE `{name}`")
            yield connection, names
        finally:
            for name in names:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS `{name}`")


def test_a_database_that_no_model_names_is_left_alone_and_said_to_be(database: Any) -> None:
    with beside(database, "ours", "theirs", "empty") as (connection, (ours, theirs, empty)):
        for name in (ours, theirs):
            connection.exec_driver_sql(f"CREATE TABLE `{name}`.too_much (id INT PRIMARY KEY)")
        metadata = built(t(name="wanted", schema=ours))
        own = context(connection, metadata, include_schemas=True)
        script = produce_migrations(own, metadata)
        text = render_python_code(script.upgrade_ops, migration_context=own)
        assert f"op.drop_table('too_much', schema='{ours}')" in text
        assert theirs not in text
        assert empty not in text
        assert "drop_schema" not in text


def test_a_filter_of_schemas_lets_a_database_in(database: Any) -> None:
    with beside(database, "former") as (connection, (former,)):
        connection.exec_driver_sql(f"CREATE TABLE `{former}`.old (id INT PRIMARY KEY)")

        def include_name(name: str | None, kind: str, parents: Any) -> bool:
            return kind != "schema" or name in (None, former)

        up, _ = scripts(connection, built(t()), include_schemas=True, include_name=include_name)
        assert f"op.drop_table('old', schema='{former}')" in up
        assert "drop_schema" not in up


def test_a_schema_with_tables_is_not_dropped_without_cascade(database: Any) -> None:
    with beside(database, "full") as (connection, (full,)):
        connection.exec_driver_sql(f"CREATE TABLE `{full}`.old (id INT PRIMARY KEY)")
        op = Operations(context(connection, sa.MetaData()))
        with pytest.raises(CommandError, match="not empty"):
            op.drop_schema(full)
        op.drop_schema(full, cascade=True)
        assert full not in sa.inspect(connection).get_schema_names()


def test_what_models_have_no_words_for_is_said(database: Any) -> None:
    assert said_of(database) == {"routine p", "view v", "triggers tr, tr2 on table t"}


def test_a_history_is_said(mariadb: Any) -> None:
    assert "system versioning of table t" in said_of(mariadb, "ALTER TABLE t ADD SYSTEM VERSIONING")


def said_of(database: Any, *statements: str) -> set[str]:
    """What a comparison with a model of the table says that it did not compare."""
    with database.engine().connect() as connection:
        built(t()).create_all(connection)
        for statement in (
            "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.id = NEW.id + 1",
            "CREATE TRIGGER tr2 AFTER DELETE ON t FOR EACH ROW SET @gone = 1",
            "CREATE VIEW v AS SELECT id FROM t",
            "CREATE PROCEDURE p() SELECT 1",
            *statements,
        ):
            connection.exec_driver_sql(statement)
        own = context(connection, built(t()))
        compared = compare(AutogenContext(own, own.opts["target_metadata"]))
        assert compared.changes == []
        return {entry.what for entry in compared.comparison.not_compared}


def test_a_table_with_a_history_is_altered_with_its_history(mariadb: Any) -> None:
    before, after = (t(lambda: Column("x", Integer)), t(lambda: Column("x", sa.BigInteger)))
    with mariadb.engine().connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("ALTER TABLE t ADD SYSTEM VERSIONING")
        up, down = scripts(connection, built(after))
        for body in (up, down):
            assert body.count("system_versioning_alter_history") == 1
        run(connection, built(after), up)
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(after), down)
        assert scripts(connection, built(before)) == ("", "")


def keyed(*names: str, referring: bool = False) -> Model:
    """A column with an index, a unique constraint and a unique index of these names; it may refer to another table."""
    index, constraint, unique = names
    foreign_key = [lambda: sa.ForeignKeyConstraint(["x"], ["p.id"], name="f")] if referring else []
    keys = (
        lambda: sa.Index(index, "x"),
        lambda: sa.UniqueConstraint("y", name=constraint),
        lambda: sa.Index(unique, "y", "x", unique=True),
    )
    return both(t(name="p"), t(lambda: Column("x", Integer), lambda: Column("y", Integer), *keys, *foreign_key))


@pytest.mark.parametrize(
    ("before", "after", "referring", "operations"),
    [
        (("a", "b", "c"), ("d", "e", "g"), False, "rename_constraint rename_index rename_index"),
        (("a", "b", "c"), ("A", "b", "a_c"), False, "rename_index rename_index"),
        # Names that go round, and an index on which a foreign key stands, or whose name is that of one's own index.
        (("a", "b", "c"), ("c", "b", "a"), False, "create_index create_index drop_index drop_index"),
        (("a", "b", "c"), ("d", "b", "c"), True, "create_index drop_index"),
        (("a", "b", "c"), ("a", "x_2", "g"), True, "create_unique_constraint drop_constraint rename_index"),
    ],
)
def test_an_index_that_changes_nothing_but_its_name_is_renamed_where_no_foreign_key_is_in_the_way(
    database: Any, before: Any, after: Any, referring: bool, operations: str
) -> None:
    models = keyed(*before, referring=referring), keyed(*after, referring=referring)
    with database.engine().connect() as connection:
        walk(connection, *models)
        up, _ = scripts(connection, built(models[1]))
        assert " ".join(sorted(re.findall(r"op\.(\w+)\(", up))) == operations
