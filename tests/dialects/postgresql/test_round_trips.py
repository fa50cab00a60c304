"""Changes that ask much of the plan, on a database with rows, up and down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.autogenerate import produce_migrations, render_python_code
from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, round_trip, run, script

ROWS = ("INSERT INTO t (id, x, y) VALUES (1, 3, 'a'), (2, NULL, NULL)",)


def table(*parts: Callable[[], Any], name: str = "t", schema: str | None = None) -> Model:
    def model(metadata: sa.MetaData) -> None:
        columns = (sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Integer), sa.Column("y", sa.Text))
        sa.Table(name, metadata, *columns, *(part() for part in parts), schema=schema)

    return model


def check(text: str, name: str | None = None) -> Callable[[], Any]:
    return lambda: sa.CheckConstraint(text, name=name)


def unique(name: str | None = None) -> Callable[[], Any]:
    return lambda: sa.UniqueConstraint("x", name=name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(table(check("x > -2")), table(check("x > -3")), id="a condition without a name"),
        pytest.param(table(check("x > -2"), check("x < 9")), table(check("x > -3"), check("x < 8")), id="two of them"),
        pytest.param(table(unique()), table(unique(), unique("uq")), id="a second unique, which has a name"),
        pytest.param(
            table(check("y <> '50%' AND y LIKE '%a'", "50% :x")), table(check("y <> '5%'", "50% :x")), id="an odd name"
        ),
        pytest.param(
            table(lambda: sa.Column("50% :x", sa.Text)),
            table(lambda: sa.Column("50% :x", sa.Integer)),
            id="a conversion",
        ),
    ],
)
def test_a_change_runs_up_and_down_with_rows(postgresql: Any, before: Model, after: Model) -> None:
    round_trip(postgresql, before, after, ROWS)


LENGTHS = [
    ("y <> 'a'", sa.String(10), sa.String(20), True),
    ("y LIKE 'a%%' OR y IS NULL", sa.String(20), sa.String(), True),
    ("y LIKE ANY (ARRAY['a%%', 'b%%'])", sa.String(10), sa.String(20), False),
    ("y::varchar(10) <> 'x'", sa.String(10), sa.String(20), False),
    ("y <> 'x'", sa.String(10), sa.Text(), False),
]


@pytest.mark.parametrize(("condition", "before", "after", "stays"), LENGTHS)
def test_conditions_stay_where_a_longer_type_leaves_their_words_alone(
    postgresql: Any, condition: str, before: Any, after: Any, stays: bool
) -> None:
    def model(type_: Any) -> Model:
        return lambda metadata: sa.Table(
            "t",
            metadata,
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("y", type_),
            sa.CheckConstraint(condition.replace("%%", "%"), name="ck"),
            sa.Index("ix", "id", postgresql_where=sa.text(condition.replace("%%", "%"))),
            sa.Index("ix_upper", sa.text("upper(y)")),
        )

    up, down = round_trip(
        postgresql, model(before), model(after), ("INSERT INTO t (id, y) VALUES (1, 'ab'), (2, NULL)",)
    )
    assert ["drop_" not in body for body in (up, down)] == [stays, stays]


def test_a_schema_that_the_models_name_is_there(postgresql: Any) -> None:
    postgresql.schema("other")
    model = table(schema="other")
    metadata = sa.MetaData()
    model(metadata)
    metadata.create_all(postgresql.engine())
    assert nothing_to_do(postgresql, model)


def test_a_foreign_key_refers_to_the_schema_of_the_models_metadata(postgresql: Any) -> None:
    """`ForeignKey("p.id")` means a table of the schema that MetaData names."""
    postgresql.schema("Mixed Case")

    def model(*keys: sa.ForeignKey) -> sa.MetaData:
        metadata = sa.MetaData(schema="Mixed Case")
        sa.Table("p", metadata, sa.Column("id", sa.Integer, primary_key=True))
        sa.Table("t", metadata, sa.Column("p_id", sa.Integer, *keys), sa.Column("b", sa.Integer))
        return metadata

    def scripts(metadata: sa.MetaData) -> tuple[str, str]:
        with postgresql.engine().connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_schemas": True})
            found = produce_migrations(context, metadata)
        assert found.upgrade_ops is not None
        assert found.downgrade_ops is not None
        return render_python_code(found.upgrade_ops), render_python_code(found.downgrade_ops)

    model().create_all(postgresql.engine())
    wanted = model(sa.ForeignKey("p.id", name="one"))
    up, down = scripts(wanted)
    run(postgresql, up)
    assert "op." not in scripts(wanted)[0]
    run(postgresql, down)
    assert "op." not in scripts(model())[0]


VIEWS = (
    "CREATE VIEW v WITH (security_barrier=true) AS SELECT id, x AS \"50% :x\", y FROM t WHERE y <> '%s'",
    'CREATE VIEW w AS SELECT "50% :x" FROM v',
    "CREATE MATERIALIZED VIEW mv AS SELECT x FROM t",
    "CREATE UNIQUE INDEX mv_x ON mv (x)",
    "COMMENT ON VIEW v IS 'it''s :a %'",
    "COMMENT ON COLUMN v.id IS 'key'",
    "GRANT SELECT ON v TO PUBLIC",
    "GRANT UPDATE (y) ON v TO PUBLIC",
    "ALTER VIEW v ALTER COLUMN id SET DEFAULT 7",
    "CREATE MATERIALIZED VIEW empty AS SELECT x FROM t WITH NO DATA",
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(sa.Integer, sa.BigInteger, id="another type"),
        pytest.param(sa.Enum("1", "2", name="e"), sa.Enum("2", "1", name="e"), id="an enum made anew"),
        pytest.param(sa.Integer, sa.dialects.postgresql.DOMAIN("d", sa.Integer, check="VALUE < 9"), id="a domain"),
    ],
)
def test_views_over_a_column_that_changes_are_made_again_as_they_were(postgresql: Any, before: Any, after: Any) -> None:
    def model(type_: Any) -> Model:
        columns = (("id", sa.Integer), ("x", type_), ("y", sa.Text))
        return lambda metadata: sa.Table(
            "t", metadata, *(sa.Column(name, a_type, primary_key=name == "id") for name, a_type in columns)
        )

    def views() -> list[tuple[Any, ...]]:
        return postgresql.rows(
            "SELECT relname, pg_get_viewdef(oid), reloptions, relacl::text, obj_description(oid, 'pg_class'),"
            " col_description(oid, 1), relispopulated, (SELECT string_agg(attname || attacl::text, ',') FROM pg_attribute"
            " WHERE attrelid = c.oid), (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = c.oid)"
            " FROM pg_class c WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT 'index', indexdef, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
            " FROM pg_indexes WHERE tablename = 'mv' ORDER BY 1"
        )

    built(model(before)).create_all(postgresql.engine())
    postgresql.execute("INSERT INTO t VALUES (1, '1', 'a')", *(view.replace("%", "%%") for view in VIEWS))
    was = views()
    assert nothing_to_do(postgresql, model(before))
    up, down = script(postgresql, model(after))
    run(postgresql, up)
    assert nothing_to_do(postgresql, model(after))
    run(postgresql, down)
    assert nothing_to_do(postgresql, model(before))
    assert views() == was


def test_a_view_over_a_partition_is_made_again(postgresql: Any) -> None:
    def model(*labels: str, column: Any = sa.Integer) -> Model:
        return lambda metadata: sa.Table(
            "t",
            metadata,
            sa.Column("gone", sa.Integer),
            sa.Column("k", sa.Integer),
            sa.Column("e", sa.Enum(*labels, name="e")),
            sa.Column("x", column),
            postgresql_partition_by="RANGE (k)",
        )

    built(model("a", "b")).create_all(postgresql.engine())
    postgresql.execute(
        "CREATE TABLE part (x int, e e, k int, gone int)",
        "ALTER TABLE t ATTACH PARTITION part FOR VALUES FROM (0) TO (9)",
        "CREATE VIEW v AS SELECT e, x FROM part",
    )
    was = postgresql.rows("SELECT pg_get_viewdef('v'::regclass)")
    after = model("b", "a", column=sa.BigInteger)
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    assert postgresql.rows("SELECT pg_get_viewdef('v'::regclass)") == was
    run(postgresql, down)
    assert nothing_to_do(postgresql, model("a", "b"))
    assert postgresql.rows("SELECT pg_get_viewdef('v'::regclass)") == was


@pytest.mark.parametrize(
    "type_",
    [sa.Enum("1", "2", name="e"), sa.dialects.postgresql.DOMAIN("d", sa.Integer, check="VALUE < 9")],
    ids=["enum", "domain"],
)
def test_operations_that_are_invoked_as_they_are_make_a_type_once(postgresql: Any, type_: Any) -> None:
    wanted = table(lambda: sa.Column("z", type_))
    with postgresql.engine().begin() as connection:
        context = MigrationContext.configure(connection)
        found = produce_migrations(context, built(wanted)).upgrade_ops
        assert found is not None
        for operation in found.ops:
            Operations(context).invoke(operation)
    assert nothing_to_do(postgresql, wanted)
