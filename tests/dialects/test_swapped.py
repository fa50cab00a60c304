"""Names that two things exchange, or that go to a thing of another kind or of another table, on every database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer, Table

from tests.dialects.changing import Model, both, built, run, scripts, walk

Item = Callable[[], Any]


def with_numbers(name: str, *items: Item) -> Model:
    """A table with two columns of numbers, and a key."""

    def model(metadata: sa.MetaData) -> None:
        columns = [Column(column, Integer) for column in ("a", "b")]
        Table(name, metadata, Column("id", Integer, primary_key=True), *columns, *(item() for item in items))

    return model


def t(*items: Item) -> Model:
    return with_numbers("t", *items)


def u(*items: Item) -> Model:
    return with_numbers("u", *items)


def index(name: str, column: str, **keywords: Any) -> Item:
    return lambda: sa.Index(name, column, **keywords)


def unique(name: str, column: str) -> Item:
    return lambda: sa.UniqueConstraint(column, name=name)


def check(name: str, column: str) -> Item:
    return lambda: sa.CheckConstraint(f"{column} > 0", name=name)


def foreign_key(name: str, column: str, target: str = "p") -> Item:
    return lambda: sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def parents(*models: Model) -> Model:
    return both(with_numbers("p"), with_numbers("q"), *models)


def keyed(key: str, key_name: str | None, unique_name: str) -> Model:
    """Two columns: one is the primary key, the other one unique."""

    def model(metadata: sa.MetaData) -> None:
        other = "b" if key == "a" else "a"
        columns = [Column(name, Integer, nullable=False, autoincrement=False) for name in ("a", "b")]
        constraints = [sa.PrimaryKeyConstraint(key, name=key_name), sa.UniqueConstraint(other, name=unique_name)]
        Table("t", metadata, *columns, *constraints)

    return model


def generated(of_a: str | None, of_b: str | None) -> Model:
    def column(name: str, text: str | None) -> Column[Any]:
        return Column(name, Integer, *([] if text is None else [sa.Computed(text, persisted=True)]))

    return lambda metadata: Table(
        "t", metadata, Column("id", Integer, primary_key=True), column("a", of_a), column("b", of_b)
    )


KINDS: dict[str, Callable[..., Item]] = {"unique constraints": unique, "checks": check, "foreign keys": foreign_key}
CHANGES: dict[str, tuple[Model, Model]] = {}
for kind, item in {**KINDS, "indexes": index}.items():
    CHANGES |= {
        f"two {kind} of a table": (
            parents(t(item("i", "a"), item("j", "b"))),
            parents(t(item("i", "b"), item("j", "a"))),
        ),
        f"{kind} of two tables": (
            parents(t(item("i", "a")), u(item("j", "b"))),
            parents(t(item("j", "a")), u(item("i", "b"))),
        ),
        f"{kind} that go to another table": (parents(t(item("i", "a")), u()), parents(t(), u(item("i", "a")))),
        f"{kind} that go to a new table": (parents(t(item("i", "a"))), parents(t(), u(item("i", "a")))),
        f"{kind} of a table that goes": (parents(u(item("i", "a"))), parents(t(item("i", "a")))),
    }
CHANGES |= {
    "the targets of two foreign keys": (
        parents(t(foreign_key("f", "a", "p"), foreign_key("g", "b", "q"))),
        parents(t(foreign_key("f", "a", "q"), foreign_key("g", "b", "p"))),
    ),
    "an index and a unique constraint": (t(index("i", "a"), unique("j", "b")), t(unique("i", "a"), index("j", "b"))),
    "an index becomes unique": (t(index("i", "a")), t(unique("i", "a"))),
    "a check becomes a unique constraint": (t(check("i", "a")), t(unique("i", "a"))),
    "a check becomes a foreign key": (parents(t(check("i", "a"))), parents(t(foreign_key("i", "a")))),
    "an index becomes a foreign key": (parents(t(index("i", "a"))), parents(t(foreign_key("i", "a")))),
    "a unique constraint and a foreign key": (
        parents(t(unique("i", "a"), foreign_key("j", "b"))),
        parents(t(unique("j", "a"), foreign_key("i", "b"))),
    ),
    "an index and the foreign key over its column": (
        parents(t(index("i", "a"), foreign_key("j", "a"))),
        parents(t(index("j", "a"), foreign_key("i", "a"))),
    ),
    "an index and a table": (t(index("u", "a")), both(t(index("i", "a")), u())),
    "the names of primary key and unique constraint": (keyed("a", "k", "l"), keyed("a", "l", "k")),
    "the columns of primary key and unique constraint": (keyed("a", "k", "l"), keyed("b", "k", "l")),
    "a column and the one that is generated from it": (generated(None, "a + 1"), generated("b + 1", None)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_names_change_places(database: Any, name: str) -> None:
    before, after = CHANGES[name]
    rows = [
        table.insert().values({column.name: number for column in table.columns if column.computed is None})
        for table in built(before).sorted_tables
        for number in (1, 2)
    ]
    with database.engine().connect() as connection:
        walk(connection, before, after, *rows)


def chained(**columns: str) -> Model:
    """A table with these columns, each with the name that it had."""
    return lambda metadata: Table(
        "t",
        metadata,
        Column("id", Integer, primary_key=True),
        *(Column(name, Integer, info={"renamed_from": old} if old else {}) for name, old in columns.items()),
        sa.Index("i", *columns),
    )


def test_columns_take_the_names_that_others_leave(database: Any) -> None:
    with database.engine().connect() as connection:
        after = chained(b="a", c="b", d="c")
        walk(connection, chained(a="", b="", c=""), after, "INSERT INTO t (a, b, c) VALUES (1, 2, 3)")
        run(connection, built(after), scripts(connection, built(after))[0])
        assert connection.exec_driver_sql("SELECT b, c, d FROM t").all() == [(1, 2, 3)]


def test_tables_take_the_names_that_others_leave(database: Any) -> None:
    def model(*tables: tuple[str, str, str]) -> Model:
        return lambda metadata: [
            Table(name, metadata, Column(column, Integer, primary_key=True), info={"renamed_from": old} if old else {})
            for name, column, old in tables
        ]

    before = model(("t", "a", ""), ("u", "b", ""))
    after = model(("u", "a", "t"), ("v", "b", "u"))
    with database.engine().connect() as connection:
        built(before).create_all(connection)
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
        connection.exec_driver_sql("INSERT INTO u VALUES (2)")
        up, down = scripts(connection, built(after))
        run(connection, built(after), up)
        assert [connection.exec_driver_sql(f"SELECT * FROM {name}").scalar() for name in ("u", "v")] == [1, 2]
        assert scripts(connection, built(after)) == ("", "")
        run(connection, built(before), down)
        assert [connection.exec_driver_sql(f"SELECT * FROM {name}").scalar() for name in ("t", "u")] == [1, 2]
        assert scripts(connection, built(before)) == ("", "")
