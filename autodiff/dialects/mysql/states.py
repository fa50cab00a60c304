"""The states of a table that was printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.mysql.lexer import names_in, quoted, without_escapes, without_history
from autodiff.dialects.mysql.show_create import (
    SPECIAL,
    TEXTUAL,
    Check,
    Definition,
    ForeignKey,
    Index,
    Part,
    TableText,
)
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    ForeignKeyState,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
)
from autodiff.kinds.check import standing_in
from autodiff.state import Key, Sql, State

S = TypeVar("S", bound=State)

# An option of checks for which SQLAlchemy has no argument: `NOT ENFORCED` (MySQL).
ENFORCED = "mysql_enforced"
_BIT_LITERAL = re.compile(r"b'([01]+)'")


@dataclass(frozen=True)
class Printed:
    """What turns printed tables of one database into states.

    :param preparer: quotes names as SQLAlchemy does in DDL.
    :param default_schema: the schema whose name keys leave out.
    :param collations: the default collation of each character set.
    :param is_mysql: MySQL prints expressions with something of their history, which is no difference.
    :param lowers: the server knows tables and schemas by their names in lower case.
    :param escapes: the application's session takes backslashes in literals for escapes, as the one that prints does.
    """

    preparer: IdentifierPreparer
    default_schema: str | None
    collations: Mapping[str, str] = field(default_factory=dict)
    is_mysql: bool = False
    lowers: bool = False
    escapes: bool = True
    _alike: dict[tuple[int, str | None], tuple[Definition, ColumnState]] = field(
        default_factory=dict, init=False, compare=False
    )

    def schema(self, name: str | None) -> str | None:
        if name == self.default_schema:
            return None
        return name.lower() if self.lowers and name is not None else name

    def table_key(self, schema: str | None, name: str | None) -> Key:
        """:param schema: the schema's name; that of the default schema, too."""
        return Key("table", self.schema(schema), name.lower() if self.lowers and name is not None else name)

    # Texts

    def expression(self, text: str) -> Sql:
        """An expression without the name of the default schema (``nextval(`app`.`a_seq`)``)."""
        if self.default_schema is not None:
            text = text.replace(f"{quoted(self.default_schema)}.", "")
        if not self.escapes:
            text = without_escapes(text)
        return Sql.printed(without_history(text) if self.is_mysql else text)

    def default(self, text: str) -> Sql:
        """A default as scripts can say it: SQLAlchemy makes an expression of ``b'101'`` on MySQL, not of ``0b101``."""
        bits = _BIT_LITERAL.match(text) if self.is_mysql else None
        return self.expression(text if bits is None else f"0b{bits[1]}{text[bits.end():]}")

    def element(self, part: Part) -> Sql:
        if part.column is None:
            return self.expression(part.text)
        rest = part.text[len(quoted(part.column)) :]
        return Sql.printed(self.preparer.quote(part.column) + rest)

    def collation(self, definition: Definition, inherited: str | None) -> str | None:
        """The collation that a column has in effect; None where its type has none."""
        if definition.base not in TEXTUAL:
            return None
        if definition.collation is not None:
            return definition.collation
        if definition.charset is not None:
            return self.collations.get(definition.charset, definition.charset)
        return inherited

    def inherited(self, text: TableText) -> str | None:
        """The collation of a table's columns that say none."""
        return text.collation or self.collations.get(text.option("mysql_default_charset") or "")

    # States

    def states(self, key: Key, text: TableText) -> Iterator[State]:
        """All states of a table; an index that only backs a foreign key is among them."""
        yield self.table(key, text)
        yield from self.columns(key, text)
        if text.primary_key is not None:
            yield self.primary_key(key, text.primary_key)
        for index in text.indexes:
            yield self.unique(key, index) if is_constraint(index, text) else self.index(key, index)
        for check in text.checks:
            yield self.check(key, check)
        for foreign_key in text.foreign_keys:
            yield self.foreign_key(key, foreign_key)

    def table(self, key: Key, text: TableText) -> TableState:
        needs = frozenset({Key("schema", None, None, key.schema)} if key.schema else ())
        other = (("mysql_other", "\n".join(sorted(text.other))),) if text.other else ()
        # The charset follows from the collation, but scripts say both; MySQL prints no collation that is a charset's usual one.
        inherited = self.inherited(text)
        usual = (("mysql_collate", inherited),) if text.collation is None and inherited is not None else ()
        options = tuple(sorted((*text.options, *usual, *other)))
        return TableState(key=key, comment=text.comment, options=options, depends_on=needs)

    def columns(self, table: Key, text: TableText) -> Iterator[ColumnState]:
        """A definition that stands in many tables is made a state of once."""
        inherited, itself = self.inherited(text), frozenset({table})
        for position, (name, definition) in enumerate(text.columns):
            key, alike = Key("column", table.schema, table.table, name), (id(definition), inherited)
            _, found = self._alike.get(alike) or self._alike.setdefault(
                alike, (definition, self._column(key, definition, self.collation(definition, inherited)))
            )
            needs = itself if definition.names_nothing else self._needs(table, definition)
            yield found.but(key=key, position=position, depends_on=needs)

    def _needs(self, table: Key, definition: Definition) -> frozenset[Key]:
        computed, default = definition.computed, definition.default
        if default is not None and "nextval(" in default:
            return frozenset({table, *self._sequences(default, table)})
        used = next((names_in(text) for text in (computed, default) if text is not None), [])
        return frozenset({table, *columns_of(table, used)})

    def _column(self, key: Key, definition: Definition, collation: str | None) -> ColumnState:
        computed, default = definition.computed, definition.default
        return ColumnState(
            key=key,
            type=Sql.printed(definition.type),
            nullable=definition.nullable,
            default=None if default is None else self.default(default),
            computed=None if computed is None else ComputedValue(self.expression(computed), definition.stored),
            autoincrement=definition.autoincrement,
            collation=collation,
            comment=definition.comment or None,
        )

    def _sequences(self, default: str, table: Key) -> Iterator[Key]:
        names = names_in(default)
        schema = names[0] if len(names) > 1 else table.schema
        yield Key("sequence", self.schema(schema), None, names[-1])

    def primary_key(self, table: Key, index: Index) -> PrimaryKeyState:
        lengths = tuple(part.text for part in index.parts if not part.plain)
        options = (*index.options, *((("mysql_length", ", ".join(lengths)),) if lengths else ()))
        return PrimaryKeyState(
            key=Key("primary_key", table.schema, table.table, None),
            columns=index.columns,
            comment=index.comment,
            options=tuple(sorted(options)),
            depends_on=columns_of(table, index.columns),
        )

    def unique(self, table: Key, index: Index) -> UniqueState:
        return UniqueState(
            key=Key("unique", table.schema, table.table, index.name),
            server_named=is_of_column(index.name, index.columns[0]),
            columns=index.columns,
            comment=index.comment,
            options=index.options,
            depends_on=columns_of(table, index.columns),
        )

    def index(self, table: Key, index: Index) -> IndexState:
        prefix = (("mysql_prefix", index.family),) if index.family in SPECIAL else ()
        used = {name for part in index.parts for name in ([part.column] if part.column else names_in(part.text))}
        return IndexState(
            key=Key("index", table.schema, table.table, index.name),
            elements=tuple(self.element(part) for part in index.parts),
            unique=index.family == "UNIQUE",
            comment=index.comment,
            options=tuple(sorted((*index.options, *prefix))),
            depends_on=columns_of(table, sorted(used)),
        )

    def check(self, table: Key, check: Check) -> CheckState:
        name = check.name if check.name is not None else standing_in(check.column or "")
        options = () if check.enforced else ((ENFORCED, "False"),)
        return CheckState(
            key=Key("check", table.schema, table.table, name),
            unnamed=check.name is None,
            server_named=is_the_servers(check.name),
            condition=self.expression(check.condition),
            options=options,
            depends_on=columns_of(table, names_in(check.condition)),
        )

    def foreign_key(self, table: Key, foreign_key: ForeignKey) -> ForeignKeyState:
        own = table.schema if foreign_key.schema is None else self.schema(foreign_key.schema)
        referred = self.table_key(None, foreign_key.table)._replace(schema=own)
        return ForeignKeyState(
            key=Key("foreign_key", table.schema, table.table, foreign_key.name),
            server_named=is_the_servers(foreign_key.name),
            columns=foreign_key.columns,
            referred=referred,
            referred_columns=foreign_key.referred,
            ondelete=action(foreign_key.ondelete),
            onupdate=action(foreign_key.onupdate),
            depends_on=columns_of(table, foreign_key.columns) | columns_of(referred, foreign_key.referred) | {referred},
        )


def is_of_column(name: str, column: str) -> bool:
    """Is it a name that the server gives to a key over this column?"""
    rest = name.removeprefix(column)
    return name.startswith(column) and (not rest or (rest[0] == "_" and rest[1:].isdecimal()))


_SERVERS_OWN = re.compile(r"(?:CONSTRAINT|.*_(?:chk|ibfk))_\d+", re.S)


def is_the_servers(name: str | None) -> bool:
    """Is it a name that the server gives to a check or a foreign key?"""
    return name is not None and _SERVERS_OWN.fullmatch(name) is not None


def columns_of(table: Key, names: tuple[str, ...] | list[str]) -> frozenset[Key]:
    return frozenset(Key("column", table.schema, table.table, name) for name in names)


def is_constraint(index: Index, text: TableText) -> bool:
    """Is it what a UniqueConstraint makes? (A unique key with lengths, directions or options is an index.)"""
    plain = replace(index, options=()) if index.options == _LONG and has_long_column(index, text) else index
    return index.family == "UNIQUE" and plain.plain


# What MariaDB makes of a unique key over a column that is too long for one:
# https://mariadb.com/kb/en/getting-started-with-indexes/#unique-index
_LONG = (("mysql_using", "hash"),)
_LONG_TYPES = ("text", "blob", "varchar", "varbinary", "json")


def has_long_column(index: Index, text: TableText) -> bool:
    return any(c.name in index.columns and c.definition.base.endswith(_LONG_TYPES) for c in text.columns)


def action(written: str | None) -> str | None:
    """RESTRICT, NO ACTION and nothing are one for InnoDB.

    https://mariadb.com/kb/en/foreign-keys/ ("RESTRICT ... NO ACTION is a synonym"), dev.mysql.com 15.1.20.5
    """
    return (
        None if written is None or written.upper() in ("RESTRICT", "NO ACTION") else " ".join(written.upper().split())
    )


def covers(index: Index, columns: tuple[str, ...]) -> bool:
    """Can the index back a foreign key over these columns?"""
    leading = index.parts[: len(columns)]
    return (
        leading[0].column == columns[0]
        and index.family not in SPECIAL
        and tuple(part.column for part in leading) == columns
        and all("(" not in part.text[len(quoted(part.column or "")) :] for part in leading)
    )


def like(found: S, model: State) -> S:
    """A printed state as the models' one: what `dataclasses.replace` makes, at a tenth of the time."""
    made = object.__new__(type(found))
    made.__dict__.update(found.__dict__, key=model.key, unnamed=model.unnamed, source=model.source)
    return made


def sequence(
    key: Key, start: int, low: int, high: int, increment: int, cache: int, *, cycle: bool, data_type: str | None
) -> SequenceState:
    """A sequence's state, options at MariaDB's defaults left out (https://mariadb.com/kb/en/create-sequence/).

    Those of a sequence that counts up by one: the others follow from options that may change, and ALTER SEQUENCE
    leaves what it does not name where it was.
    """
    return SequenceState(
        key=key,
        data_type=data_type,
        start=None if start == 1 else start,
        increment=None if increment == 1 else increment,
        minvalue=None if low == 1 else low,
        maxvalue=None if high == bounds(data_type)[1] else high,
        cycle=cycle,
        cache=None if cache == 1000 else cache,
        depends_on=frozenset({Key("schema", None, None, key.schema)} if key.schema else ()),
    )


_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32}


def bounds(data_type: str | None, *, down: bool = False) -> tuple[int, int]:
    """The lowest and the highest value of a sequence that says neither; its type is `bigint` where it says none."""
    name, _, sign = (data_type or "bigint").partition(" ")
    largest = (1 << (_BITS.get(name, 64) - (sign != "unsigned"))) - 1
    return (-largest, -1) if down and sign != "unsigned" else (1, largest - 1)
