"""Changes that run in one order only: foreign keys among keys that go, tables that become LOGGED, options of new ones."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN

from autodiff.dialects.generic.tables import is_taken
from tests.dialects.postgresql.roundtrip import Model, nothing_to_do, round_trip, run, script, seen


def two_tables(own_key: tuple[str, ...], *uniques: str, referred: str) -> Model:
    def model(metadata: sa.MetaData) -> None:
        columns = (sa.Column(name, sa.Integer, nullable=False, autoincrement=False) for name in "ab")
        keys = (sa.UniqueConstraint(name) for name in uniques)
        sa.Table("p", metadata, *columns, sa.PrimaryKeyConstraint(*own_key), *keys)
        sa.Table("t", metadata, sa.Column("r", sa.Integer, sa.ForeignKey(f"p.{referred}", name="first")))
        sa.Table("u", metadata, sa.Column("r", sa.Integer, sa.ForeignKey("p.a", name="second")))

    return model


def test_a_foreign_key_comes_when_the_other_key_over_its_column_has_gone(postgresql: Any) -> None:
    before = two_tables(("a",), "b", referred="a")
    after = two_tables(("a", "b"), "b", "a", referred="b")
    rows = "INSERT INTO p (a, b) VALUES (1, 1)", "INSERT INTO t VALUES (1)", "INSERT INTO u VALUES (1)"
    round_trip(postgresql, before, after, rows)


def chain(*prefixes: str, new: bool = False) -> Model:
    """Three tables of which each refers to the one before, named against their order."""

    def model(metadata: sa.MetaData) -> None:
        key = sa.Column("id", sa.Integer, primary_key=True)
        sa.Table("c", metadata, key._copy(), prefixes=prefixes)
        sa.Table("b", metadata, key._copy(), sa.Column("r", sa.ForeignKey("c.id")), prefixes=prefixes)
        sa.Table("a", metadata, key._copy(), sa.Column("r", sa.ForeignKey("b.id")), prefixes=prefixes)
        if new:
            sa.Table("0", metadata, key._copy(), sa.Column("r", sa.ForeignKey("b.id")))

    return model


def test_tables_that_refer_to_each_other_become_logged_and_unlogged_in_turn(postgresql: Any) -> None:
    round_trip(postgresql, chain("UNLOGGED"), chain())
    assert postgresql.rows(
        "SELECT count(*) FROM pg_class WHERE relpersistence = 'u' AND relname IN ('a', 'b', 'c')"
    ) == [(3,)]


def test_a_new_table_refers_to_one_that_becomes_logged(postgresql: Any) -> None:
    round_trip(postgresql, chain("UNLOGGED"), chain(new=True))


def test_a_table_that_comes_back_has_its_storage_parameters(postgresql: Any) -> None:
    """(SQLAlchemy 2.0 has no keyword for them: they are set once the table is there.)"""
    postgresql.execute("CREATE TABLE t (x text) WITH (fillfactor=60, toast.autovacuum_enabled=false)")
    start = seen(postgresql)
    up, down = script(postgresql, lambda metadata: None)
    run(postgresql, up)
    assert nothing_to_do(postgresql, lambda metadata: None)
    run(postgresql, down)
    assert seen(postgresql) == start
    toast = "SELECT reloptions::text FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 't')"
    assert postgresql.rows(toast) == [("{autovacuum_enabled=false}",)]


@pytest.mark.skipif(not is_taken("postgresql_with"), reason="SQLAlchemy 2.0 has no keyword for storage parameters")
def test_parameters_are_set_in_the_order_of_the_models_and_none_for_a_toast_table_that_is_not_there(
    postgresql: Any,
) -> None:
    def model(**parameters: str) -> Model:
        return lambda metadata: sa.Table("t", metadata, sa.Column("x", sa.Integer), postgresql_with=parameters or None)

    wanted = {"fillfactor": "60", "autovacuum_enabled": "false", "toast.autovacuum_enabled": "false"}
    round_trip(postgresql, model(), model(**wanted))


def counted(*, column: str | None, beside: bool = False) -> Model:
    """A table whose key counts by a SERIAL, or by a sequence that is called as the SERIAL's would be."""

    def model(metadata: sa.MetaData) -> None:
        sequence = sa.Sequence("t_id_seq", metadata=metadata) if beside or column == "default" else None
        default = None if sequence is None or column != "default" else sequence.next_value()
        counts = column == "serial"
        if column is None:
            sa.Table("other", metadata, sa.Column("id", sa.Integer))
            return
        key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=counts, server_default=default)
        sa.Table("t", metadata, key, sa.Column("x", sa.Integer))

    return model


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"column": "default"}, {"column": "serial"}, id="the default of the column"),
        pytest.param({"column": "plain", "beside": True}, {"column": "serial"}, id="one that nobody uses"),
        pytest.param({"column": None, "beside": True}, {"column": "serial"}, id="the table is new"),
    ],
)
@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_sequence_goes_before_another_gets_its_name(
    postgresql: Any, before: dict[str, Any], after: dict[str, Any], is_swapped: bool
) -> None:
    models = counted(**before), counted(**after)
    round_trip(postgresql, *(reversed(models) if is_swapped else models))


def typed(column: str, type_: Any) -> Model:
    return lambda metadata: sa.Table("t", metadata, sa.Column(column, type_), sa.Column("y", sa.Integer))


@pytest.mark.parametrize("is_swapped", [False, True])
def test_an_enum_goes_before_a_domain_gets_its_name(postgresql: Any, is_swapped: bool) -> None:
    models = typed("x", sa.Enum("a", name="nm")), typed("z", DOMAIN("nm", sa.Integer))
    round_trip(postgresql, *(reversed(models) if is_swapped else models))


ORDER = "SELECT relname::text, reloptions FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="none"),
        pytest.param({"fillfactor": 50}, id="the first"),
        pytest.param({"fillfactor": 60, "autovacuum_enabled": "false"}, id="another value of the first"),
        pytest.param({"autovacuum_enabled": "false", "toast_tuple_target": 200}, id="others"),
    ],
)
def test_storage_parameters_stand_in_the_order_in_which_they_stood(postgresql: Any, options: dict[str, Any]) -> None:
    """(Models cannot say them to SQLAlchemy 2.0.)"""
    created = "CREATE TABLE t (x text) WITH (fillfactor=50, autovacuum_enabled=false, toast_tuple_target=200)"
    postgresql.execute(created, "CREATE INDEX ix ON t (x) WITH (fillfactor=50, deduplicate_items=off)")
    was = postgresql.rows(ORDER)
    _, down = script(postgresql, lambda metadata: None)
    postgresql.execute("DROP TABLE t")
    run(postgresql, down)
    assert postgresql.rows(ORDER) == was
    if is_taken("postgresql_with"):

        def wanted(metadata: sa.MetaData) -> None:
            sa.Table("t", metadata, sa.Column("x", sa.Text), postgresql_with=options)

        up, down = script(postgresql, wanted)
        run(postgresql, up)
        found = postgresql.rows(ORDER)
        assert [(name, set_ or []) for name, set_ in found] == [("t", [f"{k}={v}" for k, v in options.items()])]
        run(postgresql, down)
        assert postgresql.rows(ORDER) == was
