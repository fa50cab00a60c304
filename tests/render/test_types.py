"""Types: the rendered text makes the same DDL as the type, wherever it is run, and imports what it names."""

from __future__ import annotations

import enum
import itertools
import sys
import types as python_types

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, oracle, postgresql, sqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.types import TypeDecorator, UserDefinedType

from autodiff.errors import CommandError
from autodiff.operations.literal import DatabaseType
from autodiff.render.python import flat
from autodiff.render.scope import Plain, Scope
from autodiff.render.types import type_node

DIALECTS = {
    "postgresql": postgresql.dialect,
    "mysql": mysql.dialect,
    "sqlite": sqlite.dialect,
    "default": DefaultDialect,
}


class Colour(enum.Enum):
    red = "r"
    green = "g"


class Money(TypeDecorator):
    impl = sa.Numeric(12, 2)
    cache_ok = True


class Nested(TypeDecorator):
    impl = Money
    cache_ok = True


class Guid(TypeDecorator):
    impl = sa.CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID())
        return dialect.type_descriptor(sa.CHAR(36))


class Coloured(TypeDecorator):
    impl = sa.Enum(Colour, name="colour", native_enum=False, create_constraint=True)
    cache_ok = True


class Ltree(UserDefinedType):
    cache_ok = True

    def get_col_spec(self, **kw):
        return "LTREE"


class Vector(UserDefinedType):
    cache_ok = True

    def __init__(self, dim):
        self.dim = dim

    def get_col_spec(self, **kw):
        return f"VECTOR({self.dim})"


class Hidden(UserDefinedType):
    """Keeps its argument under another name."""

    cache_ok = True

    def __init__(self, size):
        self._size = size

    def get_col_spec(self, **kw):
        return f"HIDDEN({self._size})"


class Slug(sa.String):
    def __init__(self, length=40):
        super().__init__(length)


def local_type():
    class Local(UserDefinedType):
        cache_ok = True

        def get_col_spec(self, **kw):
            return "LOCAL"

    return Local()


def _generic():
    plain = [
        "Integer BigInteger SmallInteger Boolean Date DateTime Time Interval Text UnicodeText LargeBinary JSON Uuid"
    ]
    upper = ["ARRAY BIGINT BINARY BLOB BOOLEAN CHAR CLOB DATE DATETIME DECIMAL DOUBLE FLOAT INTEGER INT NCHAR NUMERIC"]
    upper += [
        "NVARCHAR REAL SMALLINT TEXT TIME TIMESTAMP UUID VARBINARY VARCHAR DOUBLE_PRECISION PickleType Double Float"
    ]
    for name in " ".join(plain + upper).split():
        if name != "ARRAY":
            yield getattr(sa, name)()
    for length, collation in itertools.product([None, 1, 50, 4000], [None, "C", 'de "x"']):
        yield from (cls(length, collation) for cls in (sa.String, sa.Unicode, sa.VARCHAR, sa.CHAR, sa.Text))
    for precision, scale in [(None, None), (10, None), (10, 2), (4, 0), (3, -2)]:
        yield from (cls(precision, scale) for cls in (sa.Numeric, sa.DECIMAL, sa.NUMERIC))
        yield sa.Numeric(precision, scale, asdecimal=False)
    yield from (sa.Float(p) for p in (1, 24, 53))
    yield sa.Float(5, asdecimal=True, decimal_return_scale=3)
    yield from (
        cls(timezone=tz) for cls in (sa.DateTime, sa.Time, sa.TIMESTAMP, sa.DATETIME, sa.TIME) for tz in (True, False)
    )
    yield from (
        sa.Interval(native=n, second_precision=s, day_precision=d)
        for n in (True, False)
        for s in (None, 3)
        for d in (None, 2)
    )
    yield from (sa.Uuid(as_uuid=a, native_uuid=n) for a in (True, False) for n in (True, False))
    yield from (sa.LargeBinary(n) for n in (None, 20))
    yield sa.Boolean(create_constraint=True, name="ck_b")
    yield sa.JSON(none_as_null=True)
    yield sa.Enum("a", "b", name="e", native_enum=False)
    yield sa.Enum("a", "b'\"%", name="e", native_enum=False, create_constraint=True, length=40)
    yield sa.Enum("a", "b", native_enum=False, create_constraint=True)
    yield sa.Enum(Colour, name="colour", values_callable=lambda e: [m.value for m in e], native_enum=False)
    yield from (sa.ARRAY(sa.Integer), sa.ARRAY(sa.String(5), dimensions=2))


def _postgresql():
    plain = "BIT BYTEA CIDR CITEXT DATERANGE HSTORE INET INT4RANGE INT8RANGE INTERVAL JSON JSONB JSONPATH MACADDR MACADDR8 MONEY NUMRANGE OID REGCLASS TSQUERY TSVECTOR TSRANGE TSTZRANGE INT4MULTIRANGE DATEMULTIRANGE"
    yield from (getattr(postgresql, name)() for name in plain.split())
    yield from (postgresql.BIT(n, varying=v) for n in (None, 4) for v in (True, False))
    yield from (
        cls(timezone=tz, precision=p)
        for cls in (postgresql.TIMESTAMP, postgresql.TIME)
        for tz in (True, False)
        for p in (None, 0, 3)
    )
    yield from (postgresql.INTERVAL(fields=f, precision=p) for f in (None, "DAY TO SECOND", "YEAR") for p in (None, 3))
    yield from (
        postgresql.ARRAY(t)
        for t in (sa.Integer(), sa.String(20), postgresql.UUID(), sa.Numeric(4, 1), postgresql.JSONB())
    )
    yield postgresql.ARRAY(sa.Text, dimensions=3, as_tuple=True)
    yield postgresql.HSTORE(text_type=sa.Unicode(20))
    yield postgresql.JSONB(astext_type=sa.String(9))
    yield postgresql.UUID(as_uuid=False)
    yield postgresql.DOMAIN("posint", sa.Integer(), check="VALUE > 0", not_null=True)
    yield postgresql.DOMAIN("code", sa.String(8), default=sa.text("'x'"), constraint_name="c", collation="C")
    yield postgresql.DOUBLE_PRECISION(53)


def _mysql():
    integers = ("TINYINT", "SMALLINT", "MEDIUMINT", "INTEGER", "BIGINT")
    for name, width, unsigned in itertools.product(integers, (None, 4), (None, True)):
        yield getattr(mysql, name)(display_width=width, unsigned=unsigned)
    yield mysql.INTEGER(display_width=5, zerofill=True)
    for name, unsigned in itertools.product(("DECIMAL", "NUMERIC", "FLOAT", "DOUBLE"), (None, True)):
        yield getattr(mysql, name)(10, 3, unsigned=unsigned)
    for name in ("VARCHAR", "CHAR"):
        yield getattr(mysql, name)(20, charset="utf8mb4", collation="utf8mb4_bin")
        yield getattr(mysql, name)(20, binary=True)
        yield getattr(mysql, name)(20, ascii=True)
    yield from (
        getattr(mysql, name)()
        for name in [
            "TINYTEXT",
            "TEXT",
            "MEDIUMTEXT",
            "LONGTEXT",
            "TINYBLOB",
            "BLOB",
            "MEDIUMBLOB",
            "LONGBLOB",
            "JSON",
            "YEAR",
            "DATE",
        ]
    )
    yield mysql.LONGTEXT(charset="latin1")
    yield from (getattr(mysql, name)(fsp=fsp) for name in ("DATETIME", "TIMESTAMP", "TIME") for fsp in (None, 6))
    yield from (mysql.BIT(8), mysql.YEAR(4), mysql.BINARY(16), mysql.VARBINARY(20), mysql.NVARCHAR(10), mysql.NCHAR(3))
    yield mysql.ENUM("a", "b", charset="latin1", collation="latin1_bin")
    yield mysql.SET("a", "b")
    yield mysql.SET("", "b", retrieve_as_bitwise=True)


def _others():
    yield from (Money(), Nested(), Guid(), Coloured(), Ltree(), Vector(3), Hidden(4), Slug(), Slug(7), local_type())
    yield sa.String(20).with_variant(sa.String(30), "mysql", "mariadb").with_variant(postgresql.CITEXT(), "postgresql")
    yield sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    yield Money().with_variant(sa.Integer(), "sqlite")
    yield from (sqlite.DATETIME(), sqlite.JSON(), oracle.NUMBER(10, 2), oracle.RAW(16))
    yield DatabaseType("ltree")
    yield DatabaseType("serial % x", affinity=sa.Integer())


TYPES = [*_generic(), *_postgresql(), *_mysql(), *_others()]


def ddl(type_, dialect):
    try:
        return type_.compile(dialect=dialect)
    except Exception as error:
        return type(error).__name__


def rendered(type_, dialect):
    context = Plain(dialect=dialect)
    return flat(type_node(Scope(context), type_)), context.imports


def evaluated(text, imports):
    """What the text means in a script: with these imports and nothing else."""
    words = python_types.SimpleNamespace(DatabaseType=DatabaseType, f=sa.sql.elements.conv)
    namespace = {"op": words}
    exec("\n".join(["import sqlalchemy as sa", *sorted(imports)]), namespace)
    return eval(text, namespace)


@pytest.mark.parametrize("target", DIALECTS)
def test_the_text_of_a_type_makes_the_same_ddl(target):
    dialect = DIALECTS[target]()
    for type_ in TYPES:
        text, imports = rendered(type_, dialect)
        made = evaluated(text, imports)
        assert ddl(made, dialect) == ddl(type_, dialect), text
        if type_._type_affinity.__module__.startswith("sqlalchemy"):
            assert made._type_affinity is type_._type_affinity, text


def test_the_text_of_a_type_of_sqlalchemy_means_the_same_on_every_database():
    for type_ in [*_generic(), *_postgresql(), *_mysql()]:
        text, imports = rendered(type_, DefaultDialect())
        made = evaluated(text, imports)
        for dialect in (make() for make in DIALECTS.values()):
            assert ddl(made, dialect) == ddl(type_, dialect), (text, dialect.name)


@pytest.mark.parametrize(
    ("type_", "target", "wanted"),
    [
        (sa.Integer(), "sqlite", "sa.Integer()"),
        (sa.String(50), "sqlite", "sa.String(50)"),
        (sa.Numeric(8, 2), "sqlite", "sa.Numeric(8, 2)"),
        (sa.Numeric(asdecimal=False), "sqlite", "sa.Numeric(asdecimal=False)"),
        (sa.DateTime(timezone=True), "sqlite", "sa.DateTime(timezone=True)"),
        (sa.String(collation="C"), "sqlite", 'sa.String(collation="C")'),
        (postgresql.ARRAY(sa.Integer()), "postgresql", "postgresql.ARRAY(sa.Integer())"),
        (sa.Enum(Colour, name="c"), "postgresql", 'postgresql.ENUM("red", "green", name="c", create_type=False)'),
        (
            sa.Enum(Colour, name="c", schema="s"),
            "postgresql",
            'postgresql.ENUM("red", "green", name="c", schema="s", create_type=False)',
        ),
        (sa.ARRAY(sa.Enum("a", name="c")), "postgresql", 'sa.ARRAY(postgresql.ENUM("a", name="c", create_type=False))'),
        (sa.Enum(Colour, name="c"), "sqlite", 'sa.Enum("red", "green", name="c")'),
        (Money(), "sqlite", "sa.Numeric(12, 2)"),
        (Nested(), "sqlite", "sa.Numeric(12, 2)"),
        (Guid(), "sqlite", 'sa.CHAR(36).with_variant(sa.UUID(), "postgresql")'),
        (Vector(3), "postgresql", f"{__name__}.Vector(3)"),
        (Hidden(4), "postgresql", 'op.DatabaseType("HIDDEN(4)")'),
        (local_type(), "postgresql", 'op.DatabaseType("LOCAL")'),
        (mysql.INTEGER(unsigned=True), "mysql", "mysql.INTEGER(unsigned=True)"),
        (
            sa.String(20).with_variant(sa.String(30), "mysql", "mariadb"),
            "mysql",
            'sa.String(20).with_variant(sa.String(30), "mysql", "mariadb")',
        ),
        (DatabaseType("ltree"), "postgresql", 'op.DatabaseType("ltree")'),
    ],
)
def test_a_type_is_written_as_a_person_would(type_, target, wanted):
    assert rendered(type_, DIALECTS[target]())[0] == wanted


def test_imports_are_those_that_the_text_needs():
    assert rendered(postgresql.JSONB(), postgresql.dialect())[1] == {"from sqlalchemy.dialects import postgresql"}
    assert rendered(Vector(3), postgresql.dialect())[1] == {f"import {__name__}"}
    assert rendered(sa.Integer(), postgresql.dialect())[1] == set()


def test_a_class_is_imported_from_the_shortest_package_that_has_it(monkeypatch):
    package, inner = python_types.ModuleType("geo"), python_types.ModuleType("geo.types")
    point = type("Point", (Ltree,), {"__module__": "geo.types"})
    package.Point = inner.Point = point
    monkeypatch.setitem(sys.modules, "geo", package)
    monkeypatch.setitem(sys.modules, "geo.types", inner)
    assert rendered(point(), postgresql.dialect()) == ("geo.Point()", {"import geo"})


def test_the_user_s_prefix_stands_before_types_of_the_application():
    context = Plain(dialect=postgresql.dialect(), opts={"user_module_prefix": "my.types."})
    assert flat(type_node(Scope(context), Vector(3))) == "my.types.Vector(3)"
    assert context.imports == set()


@pytest.mark.parametrize("prefix", ["sa.", "sqlalchemy.", "", "app.db."])
def test_sqlalchemy_s_prefix_is_the_user_s(prefix):
    context = Plain(dialect=sqlite.dialect(), opts={"sqlalchemy_module_prefix": prefix})
    assert flat(type_node(Scope(context), sa.String(5))) == f"{prefix}String(5)"


@pytest.mark.parametrize("said", [5, True, sa.Integer()])
def test_what_render_item_says_has_to_be_text(said):
    context = Plain(dialect=sqlite.dialect(), opts={"render_item": lambda *arguments: said})
    with pytest.raises(CommandError, match=r"render_item returned .* for the type String\(length=5\); it returns text"):
        type_node(Scope(context), sa.String(5))


@pytest.mark.parametrize(("said", "wanted"), [("mine.Type(1)", "mine.Type(1)"), (False, "sa.String(5)")])
def test_render_item_may_say_what_a_type_is(said, wanted):
    seen = []

    def render_item(kind, thing, context):
        seen.append((kind, thing))
        return said

    context = Plain(dialect=sqlite.dialect(), opts={"render_item": render_item})
    type_ = sa.String(5)
    assert flat(type_node(Scope(context), type_)) == wanted
    assert seen == [("type", type_)]
