"""What random models are made of: types with values, defaults and conditions that hold for them, and hostile names.

A model is a value (`Model`, `TableSpec`, `ColumnSpec` …), so that a failing example can be read and shrunk; `build`
makes its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
TABLE_NAMES = ("item", "Person", "order", "a b", "über", "x.y", "50%", "it's", "c:d", "{t}", "back\\slash", 'say "x"')
COLUMN_NAMES = ("a", "b", "Mixed", "group", "c d", "naïve", "p.q", "100%", "e:f", "{0}", 'q"r', "s'", "key", "desc")
COMMENTS = (None, "plain", "it's 50% :odd", 'say "x"', "back\\slash", "two\nlines", "")


@dataclass(frozen=True)
class Type:
    """A column type.

    :param values: three different values; all defaults and conditions hold with them.
    :param defaults: what `server_default` takes; `sa.text` is written ``("sql", text)``.
    :param conditions: CHECK texts over ``{c}``.
    :param wider: types that hold the same values.
    :param only: dialects that have it; empty for all.
    """

    make: Callable[[], Any]
    values: tuple[Any, Any, Any]
    defaults: tuple[Any, ...] = ()
    conditions: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()
    is_key: bool = False
    only: tuple[str, ...] = ()


NUMBERS = (
    "{c} > -9",
    "{c} BETWEEN -9 AND 999",
    "{c} IN (0, 1, 2, 3, 5, -1, 7)",
    "NOT ({c} = 77 OR {c} < -50)",
    "{c} % 100 <> 50",
)
WORDS = (
    "length({c}) < 50",
    "{c} <> 'no'",
    "{c} NOT LIKE '%\\_no'",
    "{c} IS NOT NULL OR {c} IS NULL",
    "{c} NOT IN ('x''y', '5%', 'a:b:c')",
)
TEXTS = ("abc", "it's", "", "50%", "a:b", "NULL", "back\\slash", "{}", '"q"', "7", ("sql", "'x'"), ("sql", "'it''s'"))
P = ("postgresql",)
M = ("mysql",)

TYPES = {
    "int": Type(sa.Integer, (1, 2, 3), ("5", "0", "-1", ("sql", "7"), ("sql", "(1 + 1)")), NUMBERS, ("big",), True),
    "small": Type(sa.SmallInteger, (1, 2, 3), ("5", "0"), NUMBERS, ("int", "big"), True),
    "big": Type(sa.BigInteger, (1, 2, 3), ("5", "-1"), NUMBERS, (), True),
    "word": Type(lambda: sa.String(20), ("x", "y", "it's"), TEXTS, WORDS, ("phrase", "text"), True),
    "phrase": Type(lambda: sa.String(60), ("x", "y y", "50%"), TEXTS, WORDS, ("text",), True),
    "text": Type(sa.Text, ("x", "y\nz", "a:b"), (), WORDS),
    "money": Type(lambda: sa.Numeric(8, 2), (1, 2, 3), ("1.50", "0", ("sql", "2.25")), NUMBERS[:2], ("amount",), True),
    "amount": Type(lambda: sa.Numeric(12, 4), (1, 2, 3), ("2.25",), NUMBERS[:2], (), True),
    "float": Type(sa.Float, (0.5, 1.5, 2.5), ("0.5",), NUMBERS[:2]),
    "flag": Type(sa.Boolean, (True, False, True), (("sql", "true"), ("sql", "false")), ("{c} IS NOT NULL OR 1 = 1",)),
    "day": Type(sa.Date, (date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)), ("2024-02-29",), (), (), True),
    "moment": Type(sa.DateTime, (datetime(2024, 1, 1),) * 3, (("sql", "CURRENT_TIMESTAMP"), ("now",))),
    "json": Type(sa.JSON, ("{}", "[1]", "3")),
    "bytes": Type(sa.LargeBinary, (b"a", b"b", b"\0")),
    "decorated": Type(lambda: sa.String(9).with_variant(sa.String(12), "sqlite"), ("x", "y", "z"), ("v",), WORDS[:1]),
    "jsonb": Type(postgresql.JSONB, ("{}", "[1]", "3"), ("{}", ("sql", "'[]'::jsonb")), only=P),
    "zoned": Type(
        lambda: sa.DateTime(timezone=True), (datetime(2024, 1, 1, tzinfo=timezone.utc),) * 3, (("now",),), only=P
    ),
    "numbers": Type(lambda: postgresql.ARRAY(sa.Integer), ([1], [], [2, 3]), ("{}",), only=P),
    "address": Type(postgresql.INET, ("10.0.0.1", "10.0.0.2", "::1"), ("127.0.0.1",), (), (), True, P),
    "tiny": Type(
        lambda: postgresql.DOMAIN("tiny 50%", sa.Integer, check="VALUE > -99"),
        (1, 2, 3),
        ("5", "0"),
        NUMBERS,
        ("int", "big", "mini"),
        True,
        P,
    ),
    "mini": Type(
        lambda: postgresql.DOMAIN("mini", sa.BigInteger, default="4"), (1, 2, 3), ("5",), NUMBERS, ("big",), True, P
    ),
    "bits": Type(lambda: postgresql.BIT(4), ("0101", "0000", "1111"), ("1010",), (), (), True, P),
    "span": Type(postgresql.INT4RANGE, ("[1,2)", "empty", "[3,9)"), ("[5,6)",), only=P),
    "names": Type(lambda: postgresql.ARRAY(sa.String(9)), (["x"], [], ["y", "it's"]), ("{}", "{a,b}"), only=P),
    "unsigned": Type(lambda: mysql.INTEGER(unsigned=True), (1, 2, 3), ("5",), NUMBERS[1:3], (), True, M),
    "precise": Type(lambda: mysql.DATETIME(fsp=3), (datetime(2024, 1, 1),) * 3, (), (), (), False, M),
    "marks": Type(lambda: mysql.SET("a", "b", "it's"), ({"a"}, {"b"}, {"a", "b"}), ("a",), only=M),
}


class Spec:
    """A value that is shown without the fields at their default."""

    def __repr__(self) -> str:
        told = (f for f in fields(self) if getattr(self, f.name) != f.default)  # type: ignore[arg-type]
        return f"{type(self).__name__}({', '.join(f'{f.name}={getattr(self, f.name)!r}' for f in told)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, repr=False)
class ColumnSpec(Spec):
    """:param type: a word of `TYPES`, ``enum <name>``, or ``list enum <name>`` for an array of it.
    :param default: what `server_default` takes; ``("column", name)`` is one more than that column.
    :param computed: the column that it is `times` of.
    :param former: the column's name in the model that is edited, where it was another.
    """

    name: str
    type: str
    nullable: bool = True
    default: Any = None
    comment: str | None = None
    computed: str | None = None
    times: int = 2
    stored: bool = True
    collation: str | None = None
    former: str | None = None


@dataclass(frozen=True, repr=False)
class IndexSpec(Spec):
    """:param length: how much of the first key a MySQL index has."""

    name: str
    columns: tuple[str, ...]
    length: int | None = None
    unique: bool = False
    descending: bool = False
    where: str | None = None
    lowered: bool = False


@dataclass(frozen=True, repr=False)
class UniqueSpec(Spec):
    name: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class CheckSpec(Spec):
    name: str | None
    column: str
    condition: str

    @property
    def in_column(self) -> bool:
        """Does it stand in the column's definition? (Of the unnamed ones, those of some columns always do.)"""
        return self.name is None and len(self.column) % 2 == 1


@dataclass(frozen=True, repr=False)
class ForeignKeySpec(Spec):
    name: str | None
    column: str
    to: str
    ondelete: str | None = None
    onupdate: str | None = None
    deferrable: bool = False


@dataclass(frozen=True, repr=False)
class EnumSpec(Spec):
    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class TableSpec(Spec):
    """:param key: ``serial`` (an integer `id`), ``identity``, ``plain`` (an integer without default), ``word``, ``pair``.
    :param also: a column that stands behind those in the primary key.
    :param option: the dialect's own option of the table.
    :param former: the table's name in the model that is edited, where it was another.
    """

    name: str
    key: str = "serial"
    key_name: str | None = None
    comment: str | None = None
    columns: tuple[ColumnSpec, ...] = ()
    indexes: tuple[IndexSpec, ...] = ()
    uniques: tuple[UniqueSpec, ...] = ()
    checks: tuple[CheckSpec, ...] = ()
    foreign_keys: tuple[ForeignKeySpec, ...] = ()
    also: str | None = None
    option: tuple[str, Any] | None = None
    former: str | None = None

    def column(self, name: str) -> ColumnSpec | None:
        return next((column for column in self.columns if column.name == name), None)

    @property
    def key_columns(self) -> tuple[str, ...]:
        return ("id", "part") if self.key == "pair" else ("id",)

    def later(self, column: ColumnSpec | None) -> ColumnSpec | None:
        """What has become of a column of the edited model."""
        found = (c for c in self.columns if column is not None and (c.former or c.name) == column.name)
        return next(found, None)


@dataclass(frozen=True, repr=False)
class Model(Spec):
    tables: tuple[TableSpec, ...]
    enums: tuple[EnumSpec, ...] = ()
    convention: bool = False

    def table(self, name: str) -> TableSpec | None:
        return next((table for table in self.tables if table.name == name), None)

    def later(self, table: str) -> TableSpec | None:
        """What has become of a table of the edited model."""
        return next((each for each in self.tables if (each.former or each.name) == table), None)

    def enum(self, name: str) -> EnumSpec:
        return next(enum for enum in self.enums if enum.name == name)


def values_of(model: Model, column: ColumnSpec) -> tuple[Any, Any, Any]:
    if column.type not in TYPES:
        labels = model.enum(column.type.removeprefix("list ")[5:]).labels
        is_list = column.type.startswith("list ")
        return ([labels[0]], [labels[1], labels[0]], []) if is_list else (labels[0], labels[1], labels[0])
    return TYPES[column.type].values


# -- tables


def build(model: Model, dialect: str) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=CONVENTION if model.convention else None)
    for spec in model.tables:
        option = {} if spec.option is None else {f"{dialect}_{spec.option[0]}": spec.option[1]}
        option |= {name.replace("mysql_", "mariadb_", 1): value for name, value in option.items()}
        info = {"renamed_from": spec.former} if spec.former else {}
        table = sa.Table(spec.name, metadata, *_key(spec), comment=spec.comment, info=info, **option)
        for column in spec.columns:
            checks = [check for check in spec.checks if check.in_column and check.column == column.name]
            table.append_column(_column(model, column, dialect, checks))
        also = (spec.also,) if spec.also else ()
        table.append_constraint(sa.PrimaryKeyConstraint(*spec.key_columns, *also, name=spec.key_name))
        for index in spec.indexes:
            _index(table, index, dialect)
        for unique in spec.uniques:
            table.append_constraint(sa.UniqueConstraint(*(table.c[c] for c in unique.columns), name=unique.name))
        for check in (check for check in spec.checks if not check.in_column):
            table.append_constraint(sa.CheckConstraint(condition(check, dialect), name=check.name))
    for spec in model.tables:
        for key in spec.foreign_keys:
            source, target = metadata.tables[spec.name].c[key.column], metadata.tables[key.to].c["id"]
            metadata.tables[spec.name].append_constraint(
                sa.ForeignKeyConstraint(
                    [source],
                    [target],
                    name=key.name,
                    ondelete=key.ondelete,
                    onupdate=key.onupdate,
                    deferrable=key.deferrable or None,
                )
            )
    return metadata


def _key(spec: TableSpec) -> Iterator[Any]:
    if spec.key == "word":
        yield sa.Column("id", sa.String(20))
    else:
        counting = [sa.Identity()] if spec.key == "identity" else []
        yield sa.Column("id", sa.Integer, *counting, autoincrement=spec.key in ("serial", "identity"))
    if spec.key == "pair":
        yield sa.Column("part", sa.Integer, autoincrement=False)


def _column(model: Model, spec: ColumnSpec, dialect: str, checks: Sequence[CheckSpec]) -> sa.Column[Any]:
    if spec.type not in TYPES:
        enum = model.enum(spec.type.removeprefix("list ")[5:])
        type_: Any = sa.Enum(*enum.labels, name=enum.name, create_constraint=True)
        if spec.type.startswith("list "):
            type_ = postgresql.ARRAY(type_)
    else:
        type_ = TYPES[spec.type].make()
    if spec.collation is not None:
        type_.collation = spec.collation
    times = f"{quoted(spec.computed, dialect)} * {spec.times}".replace(":", "\\:") if spec.computed else ""
    more: list[Any] = [sa.Computed(times, persisted=spec.stored)] if times else []
    more += [sa.CheckConstraint(condition(check, dialect)) for check in checks]
    return sa.Column(
        spec.name,
        type_,
        *more,
        nullable=spec.nullable,
        server_default=_default(spec.default, dialect),
        comment=spec.comment,
        info={"renamed_from": spec.former} if spec.former else {},
    )


def _default(default: Any, dialect: str) -> Any:
    if not isinstance(default, tuple):
        return default
    if default[0] == "column":
        return sa.text(f"({quoted(default[1], dialect)} + 1)".replace(":", "\\:"))
    return sa.func.now() if default == ("now",) else sa.text(default[1])


def _index(table: sa.Table, spec: IndexSpec, dialect: str) -> None:
    first, *others = (table.c[name] for name in spec.columns)
    element: Any = sa.func.lower(first) if spec.lowered else first.desc() if spec.descending else first
    # (Of a DOMAIN, SQLAlchemy 2.1 does not know the operators, and warns.)
    where = sa.column(spec.where).is_not(None) if spec.where else None
    keywords: dict[str, Any] = {f"{dialect}_where": where} if where is not None else {}
    if spec.length is not None:
        keywords = {f"{room}_length": {spec.columns[0]: spec.length} for room in ("mysql", "mariadb")}
    sa.Index(spec.name, element, *others, unique=spec.unique, **keywords)


def condition(spec: CheckSpec, dialect: str) -> str:
    return spec.condition.replace("{c}", quoted(spec.column, dialect)).replace(":", "\\:")


def quoted(name: str, dialect: str) -> str:
    mark = "`" if dialect == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark
