"""What autodiff does not compare outlives the changes that would take it away: storage, grants, comments, marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN, JSONB

from tests.dialects.postgresql.roundtrip import Model, built, nothing_to_do, run, script

COLUMNS = """
SELECT attname::text, attstorage::text, attcompression::text, nullif(attstattarget, -1), attoptions, attacl::text
FROM pg_attribute WHERE attrelid = to_regclass('t') AND attnum > 0 AND NOT attisdropped ORDER BY 1
"""
INDEXES = """
SELECT x.relname::text, i.indisclustered, i.indisreplident, c.relreplident::text, obj_description(x.oid, 'pg_class'),
       (SELECT string_agg(attnum || ':' || attstattarget, ',') FROM pg_attribute WHERE attrelid = x.oid AND attstattarget >= 0)
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname = 't' ORDER BY 1
"""
STATISTICS = "SELECT pg_get_statisticsobjdef(oid), stxstattarget FROM pg_statistic_ext"

OF_X = (
    "ALTER TABLE t ALTER x SET STORAGE EXTERNAL",
    "ALTER TABLE t ALTER x SET COMPRESSION pglz",
    "ALTER TABLE t ALTER x SET STATISTICS 77",
    "ALTER TABLE t ALTER x SET (n_distinct = 5)",
    "GRANT SELECT (x), INSERT (x) ON t TO PUBLIC",
)
OF_INDEXES = (
    "COMMENT ON INDEX ux IS 'it''s {a} :b'",
    "ALTER INDEX ex ALTER COLUMN 1 SET STATISTICS 55",
    "ALTER TABLE t CLUSTER ON ux",
    "ALTER TABLE t REPLICA IDENTITY USING INDEX ux",
)
OF_STATISTICS = ("CREATE STATISTICS st (dependencies) ON x, y FROM t", "ALTER STATISTICS st SET STATISTICS 44")
INDEX, EXPRESSION = lambda: sa.Index("ux", "y", unique=True), lambda: sa.Index("ex", sa.text("upper(x)"))


def table(type_: Any, *parts: Callable[[], Any], y: Any = sa.Integer) -> Model:
    columns = (("id", sa.Integer, True), ("x", type_, False), ("y", y, False))
    return lambda metadata: sa.Table(
        "t",
        metadata,
        *(sa.Column(name, each, primary_key=key, nullable=name == "x") for name, each, key in columns),
        *(part() for part in parts),
    )


def generated(expression: str, type_: Any = None) -> Model:
    columns = (("y", type_ or sa.String(5), ()), ("x", sa.Text, (sa.Computed(expression, persisted=True),)))
    return lambda metadata: sa.Table("t", metadata, *(sa.Column(name, each, *more) for name, each, more in columns))


NOT_NULL = """
SELECT conname::text, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') FROM pg_constraint
WHERE contype = 'n' AND conrelid <> 0 ORDER BY 1
"""
DROPPED, MINE = "ALTER TABLE t ALTER x DROP NOT NULL", 'ALTER TABLE t RENAME CONSTRAINT t_x_not_null TO "it\'s {mine}"'


@pytest.mark.parametrize(
    "given",
    [
        pytest.param((MINE,), id="its name"),
        pytest.param(("COMMENT ON CONSTRAINT t_x_not_null ON t IS 'it''s {a}'", MINE), id="its comment"),
        pytest.param((DROPPED, "ALTER TABLE t ADD CONSTRAINT a NOT NULL x NO INHERIT"), id="NO INHERIT"),
        pytest.param(
            (DROPPED, "INSERT INTO t VALUES (1)", "ALTER TABLE t ADD CONSTRAINT a NOT NULL x NOT VALID"), id="NOT VALID"
        ),
        pytest.param((DROPPED, "ALTER TABLE t ADD CONSTRAINT a NOT NULL x NO INHERIT NOT VALID"), id="neither"),
    ],
)
@pytest.mark.parametrize("after", [{"nullable": True}, {"type_": sa.BigInteger}, {"gone": True}, {"no_table": True}])
def test_what_not_null_has_is_kept(postgresql: Any, given: tuple[str, ...], after: dict[str, Any]) -> None:
    def model(type_: Any = sa.Integer, *, nullable: bool = False, gone: bool = False, no_table: bool = False) -> Model:
        if no_table:
            return lambda m: None
        columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", type_, nullable=nullable)]
        return lambda metadata: sa.Table("t", metadata, *(column._copy() for column in columns[: 1 if gone else 2]))

    if postgresql.rows("SELECT current_setting('server_version_num')::int < 180000")[0][0]:
        pytest.skip("NOT NULL has a name since PostgreSQL 18")
    built(model()).create_all(postgresql.engine())
    postgresql.execute(*given)
    assert nothing_to_do(postgresql, model())
    was = postgresql.rows(NOT_NULL)
    up, down = script(postgresql, model(**after))
    run(postgresql, up)
    assert nothing_to_do(postgresql, model(**after))
    run(postgresql, down)
    assert postgresql.rows(NOT_NULL) == was


def without_x(*parts: Callable[[], Any]) -> Model:
    return lambda metadata: sa.Table(
        "t", metadata, *(sa.Column(name, sa.Integer, primary_key=name == "id", nullable=False) for name in ("id", "y"))
    )


def array(*labels: str) -> Model:
    return table(sa.ARRAY(sa.Enum(*labels, name="e")))


@pytest.mark.parametrize(
    ("before", "after", "settings"),
    [
        pytest.param(table(sa.Text), table(sa.String(50)), OF_X, id="a column of another type"),
        pytest.param(table(sa.Text), table(JSONB), OF_X, id="a column that is converted"),
        pytest.param(array("a", "b"), array("b", "a"), OF_X, id="a column whose enum is made anew"),
        pytest.param(
            table(DOMAIN("d", sa.String(8))), table(DOMAIN("d", sa.Text)), OF_X, id="a column whose domain is made anew"
        ),
        pytest.param(generated("y || 'a'"), generated("y || 'b'"), OF_X, id="a generated column of another expression"),
        pytest.param(
            generated("y || 'a'"), generated("y || 'a'", sa.Text), OF_X, id="a generated column over another type"
        ),
        pytest.param(
            table(sa.String(5), INDEX, EXPRESSION),
            table(sa.Text, INDEX, EXPRESSION),
            OF_INDEXES,
            id="an index in the way",
        ),
        pytest.param(
            table(sa.String(5), INDEX, EXPRESSION),
            table(sa.String(9), INDEX, EXPRESSION),
            OF_INDEXES,
            id="an index over a longer column",
        ),
        pytest.param(
            table(sa.Text, INDEX, EXPRESSION),
            table(sa.Text, lambda: sa.Index("ux", "y", "id", unique=True), lambda: sa.Index("ex", sa.text("lower(x)"))),
            OF_INDEXES,
            id="an index of other columns",
        ),
        pytest.param(
            table(sa.Text, lambda: sa.UniqueConstraint("y")),
            table(sa.Text, lambda: sa.UniqueConstraint("y", deferrable=True)),
            ("ALTER TABLE t CLUSTER ON t_y_key",),
            id="an unnamed unique",
        ),
        pytest.param(
            table(sa.Text), table(sa.String(50), y=sa.BigInteger), OF_STATISTICS, id="statistics over other types"
        ),
    ],
)
def test_what_is_not_compared_is_kept(postgresql: Any, before: Model, after: Model, settings: tuple[str, ...]) -> None:
    def seen() -> list[Any]:
        return [postgresql.rows(query) for query in (COLUMNS, INDEXES, STATISTICS)]

    built(before).create_all(postgresql.engine())
    postgresql.execute(*settings)
    was = seen()
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    assert seen() == was
    run(postgresql, down)
    assert nothing_to_do(postgresql, before)
    assert seen() == was


@pytest.mark.parametrize(
    ("before", "after", "settings"),
    [
        pytest.param(table(sa.Text), table(sa.Integer), OF_X, id="of a type that cannot have it"),
        pytest.param(table(sa.Text, EXPRESSION, INDEX), without_x(), (*OF_X, *OF_INDEXES), id="a column with an index"),
        pytest.param(
            table(sa.Text, EXPRESSION, INDEX), lambda metadata: None, (*OF_X, *OF_INDEXES[:2]), id="a whole table"
        ),
    ],
)
def test_what_goes_comes_back_with_it(postgresql: Any, before: Model, after: Model, settings: tuple[str, ...]) -> None:
    def seen() -> list[Any]:
        return [postgresql.rows(query) for query in (COLUMNS, INDEXES)]

    built(before).create_all(postgresql.engine())
    postgresql.execute(*settings)
    was = seen()
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    run(postgresql, down)
    assert seen() == was


TRIGGERS = """
SELECT t.tgrelid::regclass::text, k.conname::text, t.tgtype, p.proname::text, t.tgenabled::text
FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint JOIN pg_proc p ON p.oid = t.tgfoid ORDER BY 1, 2, 3, 4
"""


def referring(type_: Any = sa.Integer, *, without: str = "", **foreign_key: Any) -> Model:
    def model(metadata: sa.MetaData) -> None:
        sa.Table("o", metadata, sa.Column("id", type_, primary_key=True, autoincrement=False))
        columns = [
            sa.Column("r", type_, sa.ForeignKey("o.id", name="f k's", **foreign_key)),
            sa.Column("s", sa.Integer, sa.ForeignKey("T's.id", ondelete="CASCADE")),
            sa.Column("u", sa.Integer),
        ]
        if without != "T's":
            key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
            columns = [column for column in columns if column.name != without]
            uniques = [sa.UniqueConstraint("u", deferrable=True)] if without != "u" else []
            sa.Table("T's", metadata, key, *columns, *uniques)

    return model


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(referring(without="T's"), id="the table is dropped"),
        pytest.param(referring(without="r"), id="a column is dropped"),
        pytest.param(referring(without="u"), id="a key is dropped"),
        pytest.param(referring(sa.Numeric), id="columns of another type"),
        pytest.param(referring(ondelete="CASCADE"), id="another foreign key"),
    ],
)
@pytest.mark.parametrize("how", ["D", "R", "A"])
def test_the_triggers_of_constraints_stay_switched_off(postgresql: Any, wanted: Model, how: str) -> None:
    built(referring()).create_all(postgresql.engine())
    words = {"D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}[how]
    names = postgresql.rows(
        """SELECT tgname::text FROM pg_trigger WHERE tgrelid = '"T''s"'::regclass AND tgtype <> 17"""
    )
    postgresql.execute(*(f'ALTER TABLE "T\'s" {words} TRIGGER "{name}"' for (name,) in names))
    was = postgresql.rows(TRIGGERS)
    assert {row[-1] for row in was} == {how, "O"}
    up, down = script(postgresql, wanted)
    run(postgresql, up)
    assert nothing_to_do(postgresql, wanted)
    run(postgresql, down)
    assert postgresql.rows(TRIGGERS) == was
