"""What a comparison proposes runs, up and down, with rows in the tables; a second witness reads the outcome."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Integer

from autodiff.autogenerate.comparison import compare
from autodiff.autogenerate.context import AutogenContext
from tests.dialects.changing import Model, both, built, context, run, scripts, t, walk
from tests.witness import difference, lines

CHANGES: dict[str, tuple[Model, Model]] = {}


def n(*items: Any) -> Model:
    return t(lambda: Column("n", Integer), *items)


if not sa.__version__.startswith("2.0."):  # which cannot write such a name
    NAMELESS = {
        "an index": lambda: sa.Index("", "n"),
        "a unique constraint": lambda: sa.UniqueConstraint("n", name=""),
        "a CHECK": lambda: sa.CheckConstraint("n > 0", name=""),
        "a foreign key": lambda: sa.ForeignKeyConstraint(["n"], ["t.id"], name=""),
    }
    CHANGES |= {f"{what} called nothing comes": (n(), n(item)) for what, item in NAMELESS.items()}
    CHANGES |= {f"{what} called nothing goes": (n(item), n()) for what, item in NAMELESS.items()}
    CHANGES |= {
        f"a table with {what} called nothing": (t(name="k"), both(t(name="k"), n(i))) for what, i in NAMELESS.items()
    }


def twice(stored: bool | None, **keywords: Any) -> Model:
    """A table with a column `g` that is twice `n`, or a plain one."""
    generated = [] if stored is None else [sa.Computed("n * 2", persisted=stored)]
    return n(
        lambda: Column("g", Integer, *[sa.Computed(c.sqltext, persisted=c.persisted) for c in generated], **keywords)
    )


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("keywords", [{}, {"server_default": "7"}, {"nullable": False, "server_default": "7"}])
def test_a_generated_column_keeps_its_values_as_a_plain_one(
    sqlite: Any, stored: bool, keywords: dict[str, Any]
) -> None:
    with sqlite.engine().connect() as connection:
        walk(connection, twice(stored), twice(None, **keywords), "INSERT INTO t (n) VALUES (1), (4)")
        up, _ = scripts(connection, built(twice(None, **keywords)))
        run(connection, built(twice(None, **keywords)), up)
        connection.exec_driver_sql("INSERT INTO t (n) VALUES (5)")
        last = 7 if keywords else None
        assert list(connection.exec_driver_sql("SELECT g FROM t ORDER BY id").scalars()) == [2, 8, last]


def of_convention(*items: Any) -> Model:
    def model(metadata: sa.MetaData) -> None:
        metadata.naming_convention = {"uq": "uq_%(table_name)s", "ck": "ck_%(table_name)s", "fk": "fk_%(table_name)s"}
        n(*items)(metadata)

    return model


EQUAL = {
    "unique constraint": lambda: sa.UniqueConstraint("n"),
    "CHECK": lambda: sa.CheckConstraint("n > 0"),
    "foreign key": lambda: sa.ForeignKeyConstraint(["n"], ["t.id"]),
}
for what, item in EQUAL.items():
    one, two = of_convention(item), of_convention(item, item)
    CHANGES |= {f"a second {what} that says the same": (one, two), f"two equal {what}s": (of_convention(), two)}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_runs_both_ways_and_leaves_no_difference(sqlite: Any, name: str) -> None:
    before, after = CHANGES[name]
    with sqlite.engine().connect() as connection:
        walk(connection, before, after)


def test_the_check_of_a_new_columns_type_is_called_by_the_convention_in_a_rebuilt_table_too(sqlite: Any) -> None:
    def model(*items: Any, **keywords: Any) -> Model:
        def named(metadata: sa.MetaData) -> None:
            metadata.naming_convention = {"ck": "ck_%(table_name)s_%(constraint_name)s"}
            n(lambda: Column("a", Integer, **keywords), *items)(metadata)

        return named

    with sqlite.engine().connect() as connection:
        mood = sa.Enum("low", "high", name="mood", create_constraint=True)
        after = model(lambda: Column("m", mood), nullable=False, server_default="1")
        walk(connection, model(), after, "INSERT INTO t (a) VALUES (5)")


def test_a_table_comes_back_with_its_triggers(sqlite: Any) -> None:
    with sqlite.engine().connect() as connection:
        built(both(n(), t(name="k"))).create_all(connection)
        for statement in (
            "CREATE TRIGGER one AFTER INSERT ON t BEGIN INSERT INTO k (id) VALUES (new.n); END",
            'CREATE TRIGGER "Two ""x" BEFORE DELETE ON "t" BEGIN SELECT raise(abort, \':no %s\'); END',
        ):
            connection.exec_driver_sql(statement)
        start = lines(connection)
        up, down = scripts(connection, built(t(name="k")))
        run(connection, built(t(name="k")), up)
        run(connection, built(n()), down)
        assert difference(lines(connection), start) == []


def test_what_models_have_no_words_for_is_said(sqlite: Any) -> None:
    with sqlite.engine().connect() as connection:
        built(n()).create_all(connection)
        for statement in (
            "CREATE TRIGGER one AFTER INSERT ON t BEGIN SELECT 1; END",
            "CREATE TRIGGER two AFTER DELETE ON t BEGIN SELECT 1; END",
            "CREATE VIEW v AS SELECT n FROM t",
            "CREATE TRIGGER three INSTEAD OF INSERT ON v BEGIN SELECT 1; END",
            "CREATE VIRTUAL TABLE search USING fts5(x)",
        ):
            connection.exec_driver_sql(statement)
        own = context(connection, built(n()))
        compared = compare(AutogenContext(own, own.opts["target_metadata"]))
        assert compared.changes == []
        assert {entry.what for entry in compared.comparison.not_compared} == {
            "triggers one, two on table t",
            "trigger three on table v",
            "view v",
            "virtual table search",
        }
