"""An enum that is made anew takes along the composite and range types that it is inside of, with their rows."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.errors import CommandError
from tests.dialects.postgresql.roundtrip import Model, nothing_to_do, run, script, seen

PAIR = "CREATE TYPE pair AS (label e, n numeric(8,2))"
OUTER = (PAIR, 'CREATE TYPE "Outer 50% {x}" AS ("a b" pair[], word varchar(9) COLLATE "C")')
RANGE = "CREATE TYPE er AS RANGE (subtype = e)"
NAMED = "CREATE TYPE er AS RANGE (subtype = e, multirange_type_name = many)"
TYPES = """
SELECT t.typname::text, obj_description(t.oid, 'pg_type'), t.typacl::text, col_description(t.typrelid, 1),
       (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || a.attcollation, ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = t.typrelid)
FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
WHERE t.typnamespace = 'public'::regnamespace AND COALESCE(c.relkind = 'c', TRUE) ORDER BY 1
"""


class Named(sa.types.UserDefinedType[Any]):
    """A type that the models know by its name only."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


def table(*labels: str, of: str = "int") -> Model:
    columns = (("id", sa.Integer), ("e", sa.Enum(*labels, name="e")), ("x", Named(of)))
    return lambda metadata: sa.Table("t", metadata, *(sa.Column(name, type_) for name, type_ in columns))


def make(database: Any, types: tuple[str, ...], of: str, *statements: str) -> None:
    """The table of the labels a and b, with types around the enum."""
    lines = ("CREATE TYPE e AS ENUM ('a', 'b')", *types, f"CREATE TABLE t (id int, e e, x {of})", *statements)
    database.execute(*(line.replace("%", "%%") for line in lines))


@pytest.mark.parametrize(
    ("types", "of", "statements"),
    [
        pytest.param((PAIR,), "int", (), id="that no column has"),
        pytest.param(
            (PAIR,), "pair", ("INSERT INTO t VALUES (1, 'a', '(a,1)'), (2, 'b', NULL)",), id="a composite type"
        ),
        pytest.param((PAIR,), "pair[]", ("INSERT INTO t VALUES (1, 'a', ARRAY['(a,1)'::pair])",), id="an array of one"),
        pytest.param(
            OUTER,
            '"Outer 50% {x}"',
            (
                "ALTER TABLE t ALTER x SET DEFAULT ROW(ARRAY[ROW('a', 1)::pair], 'it''s')",
                "INSERT INTO t (id) VALUES (1)",
                "COMMENT ON TYPE pair IS 'it''s :a'",
                "COMMENT ON COLUMN pair.label IS '50%'",
                "REVOKE ALL ON TYPE pair FROM PUBLIC",
                "CREATE INDEX ON t (x)",
            ),
            id="one inside of another",
        ),
        pytest.param((RANGE,), "er", ("INSERT INTO t VALUES (1, 'a', '[a,a]'), (2, 'b', NULL)",), id="a range"),
        pytest.param((NAMED,), "many[]", ("INSERT INTO t VALUES (1, 'a', ARRAY['{[b,b]}'::many])",), id="a multirange"),
        pytest.param(
            (RANGE,), "er", ("ALTER TABLE t ADD EXCLUDE USING gist (x WITH &&)",), id="a range in a constraint"
        ),
    ],
)
def test_an_enum_is_made_anew_with_the_types_around_it(
    postgresql: Any, types: tuple[str, ...], of: str, statements: tuple[str, ...]
) -> None:
    def state() -> list[Any]:
        return [
            seen(postgresql),
            postgresql.rows(TYPES),
            postgresql.rows("SELECT id, e::text, x::text FROM t ORDER BY 1"),
        ]

    make(postgresql, types, of, *statements)
    was = state()
    run(postgresql, "op.replace_enum('e', ['b', 'a'])")
    now = state()
    assert now[0] == sorted("enum e b|a" if line == "enum e a|b" else line for line in was[0])
    assert now[1:] == was[1:]
    run(postgresql, "op.replace_enum('e', ['a', 'b'])")
    assert state() == was


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE VIEW v AS SELECT (x).label FROM t", "column label of view v"),
        ("CREATE FUNCTION f(pair) RETURNS int LANGUAGE sql AS 'SELECT 1'", "function f(pair)"),
        ("ALTER TABLE t ADD CONSTRAINT ck CHECK (x <> '(b,2)'::pair)", "constraint ck on table t"),
        ("CREATE INDEX ix ON t (id) WHERE x <> '(b,2)'::pair", "index ix"),
        ("CREATE DOMAIN d AS pair", "type d"),
    ],
)
def test_what_holds_a_type_around_an_enum_is_named_before_anything_is_changed(
    postgresql: Any, statement: str, named: str
) -> None:
    make(postgresql, (PAIR,), "pair", statement)
    was = seen(postgresql)
    with pytest.raises(CommandError, match="cannot be made anew") as refused:
        run(postgresql, "op.replace_enum('e', ['b', 'a'])")
    assert named in refused.value.message
    assert seen(postgresql) == was


def test_a_script_makes_an_enum_anew_with_the_types_around_it(postgresql: Any) -> None:
    make(postgresql, (PAIR,), "pair", "INSERT INTO t VALUES (1, 'a', '(a,1)')")
    was, after = seen(postgresql), table("b", "a", of="pair")
    up, down = script(postgresql, after)
    run(postgresql, up)
    assert nothing_to_do(postgresql, after)
    run(postgresql, down)
    assert seen(postgresql) == was


def test_labels_inside_of_another_type_are_not_mapped(postgresql: Any) -> None:
    make(postgresql, (PAIR,), "pair")
    with pytest.raises(CommandError, match=r"t\.x is pair, inside of which no label of enum 'e' can be mapped"):
        run(postgresql, "op.replace_enum('e', ['a', 'c'], mapping={'b': 'c'})")
    assert nothing_to_do(postgresql, table("a", "b", of="pair"))
