"""What a CREATE TABLE or CREATE INDEX statement of SQLite consists of, each piece with the text that its author wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from autodiff.dialects.sqlite.expression import Expression, Node, Scope, canonical, type_text
from autodiff.dialects.sqlite.lexer import fold, tokens

P = TypeVar("P", bound="Part")


@dataclass(frozen=True, kw_only=True)
class Part:
    """One constraint of a column or of the table.

    :param name: the name that CONSTRAINT gives it; None without one.
    :param text: as written, the name included.
    """

    name: str | None = None
    text: str = ""

    def called(self: P, name: str, text: str) -> P:
        """The same with a name: what `dataclasses.replace` makes, at a tenth of the time."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, name=name, text=text)
        return made


@dataclass(frozen=True)
class KeyColumn:
    """One column of a PRIMARY KEY or UNIQUE, with the collation that is written there."""

    name: str
    collation: str | None = None
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class PrimaryKey(Part):
    columns: tuple[KeyColumn, ...]
    conflict: str | None = None
    autoincrement: bool = False
    inline: bool = False


@dataclass(frozen=True, kw_only=True)
class Unique(Part):
    columns: tuple[KeyColumn, ...]
    conflict: str | None = None


@dataclass(frozen=True, kw_only=True)
class Check(Part):
    condition: Expression


@dataclass(frozen=True, kw_only=True)
class ForeignKey(Part):
    """:param referred_columns: empty where the parent's primary key is meant.
    :param deferrable, initially_deferred: as written after NOT was understood; they may be written apart from it.
    """

    columns: tuple[str, ...]
    referred: str
    referred_columns: tuple[str, ...] = ()
    ondelete: str | None = None
    onupdate: str | None = None
    match: str | None = None
    deferrable: bool = False
    initially_deferred: bool = False


@dataclass(frozen=True, kw_only=True)
class NotNull(Part):
    conflict: str | None = None


@dataclass(frozen=True, kw_only=True)
class Null(Part):
    """The word NULL, which says nothing."""


@dataclass(frozen=True, kw_only=True)
class Default(Part):
    """:param bare: a word or a quoted name, which SQLite takes as a string (`DEFAULT abc`)."""

    value: Expression
    bare: bool = False

    @cached_property
    def node(self) -> Node:
        """The canonical tree, before the column's affinity."""
        if self.bare:
            return ("string", self.value.tokens[-1].value)
        # No column can be named in a default, so "abc" is always the string.
        return canonical(self.value, Scope(rowid=False))


@dataclass(frozen=True, kw_only=True)
class Collate(Part):
    collation: str


@dataclass(frozen=True, kw_only=True)
class Generated(Part):
    expression: Expression
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Deferral(Part):
    """DEFERRABLE …, written away from its foreign key: it belongs to the last one before it."""

    deferrable: bool
    initially_deferred: bool


@dataclass(frozen=True, kw_only=True)
class ColumnDefinition:
    """:param written: the name as it is spelled, quotes included.
    :param declared: the type's text as written; empty without a type.
    """

    name: str
    written: str
    declared: str
    parts: tuple[Part, ...]
    text: str

    @cached_property
    def type_words(self) -> str:
        """The type in capitals with single blanks."""
        return type_text(tokens(self.declared))

    def all(self, wanted: type[P]) -> Iterator[P]:
        return (part for part in self.parts if isinstance(part, wanted))

    @cached_property
    def says_not_null(self) -> bool:
        return self.last(NotNull) is not None

    def last(self, wanted: type[P]) -> P | None:
        """The part of this sort that counts: the last one, as in SQLite."""
        return next((part for part in reversed(self.parts) if isinstance(part, wanted)), None)


@dataclass(frozen=True, kw_only=True)
class TableDefinition:
    """:param options: the words after the closing parenthesis, in capitals, one string per option.
    :param sql: the whole statement; it is what equality means for two definitions of one text.
    """

    name: str
    columns: tuple[ColumnDefinition, ...]
    constraints: tuple[Part, ...] = ()
    options: tuple[str, ...] = ()
    sql: str = ""

    @cached_property
    def strict(self) -> bool:
        return "STRICT" in self.options

    @cached_property
    def without_rowid(self) -> bool:
        return "WITHOUT ROWID" in self.options

    @cached_property
    def scope(self) -> Scope:
        """What names mean in this table's expressions."""
        return Scope(self.name, frozenset(self._by_name), not self.without_rowid)

    @cached_property
    def _by_name(self) -> Mapping[str, ColumnDefinition]:
        return {fold(column.name): column for column in reversed(self.columns)}

    def column(self, name: str) -> ColumnDefinition | None:
        return self._by_name.get(fold(name))

    def all(self, wanted: type[P]) -> Iterator[P]:
        """The constraints of one sort, those written at columns first, in the order of the text."""
        return (part for part in self._parts if isinstance(part, wanted))

    @cached_property
    def _parts(self) -> tuple[Part, ...]:
        """All constraints, those written at columns first."""
        return (*(part for column in self.columns for part in column.parts), *self.constraints)

    @cached_property
    def primary_key(self) -> PrimaryKey | None:
        return next(self.all(PrimaryKey), None)

    @cached_property
    def key_names(self) -> frozenset[str]:
        """The columns of the primary key, folded."""
        return frozenset(fold(part.name) for part in self.primary_key.columns) if self.primary_key else frozenset()

    @cached_property
    def alias(self) -> str | None:
        """The column that is another name of the rowid, if there is one."""
        key = self.primary_key
        if key is None or len(key.columns) != 1 or self.without_rowid:
            return None
        column = self.column(key.columns[0].name)
        if column is None or fold(column.declared).strip() != "integer" or (key.inline and key.columns[0].descending):
            return None
        return column.name


@dataclass(frozen=True, kw_only=True)
class IndexKey:
    """:param expression: a column or an expression, its COLLATE included, its direction left out."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class IndexDefinition:
    name: str
    table: str
    unique: bool
    keys: tuple[IndexKey, ...]
    where: Expression | None
    sql: str
