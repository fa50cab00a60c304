"""The text of CREATE TABLE and CREATE INDEX, as SQLite stores it, read into its parts.

The grammar is SQLite's own: names in any quotes, constraints without a comma between them, a type of any words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from autodiff.dialects.sqlite.expression import Expression, expression_of
from autodiff.dialects.sqlite.lexer import NotUnderstood, Reader, Token, fold, quoted, scanned, split, tokens
from autodiff.dialects.sqlite.parts import (
    Check,
    Collate,
    ColumnDefinition,
    Default,
    Deferral,
    ForeignKey,
    Generated,
    IndexDefinition,
    IndexKey,
    KeyColumn,
    NotNull,
    Null,
    Part,
    PrimaryKey,
    TableDefinition,
    Unique,
)

# A column's type ends where one of these begins.
_COLUMN_WORDS = ("CONSTRAINT", "PRIMARY", "NOT", "NULL", "UNIQUE", "CHECK", "DEFAULT", "COLLATE", "REFERENCES", "AS")
_TABLE_WORDS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


def table_definition(sql: str) -> TableDefinition:
    """The parts of a CREATE TABLE statement.

    :raises NotUnderstood: for any other text (a virtual table, CREATE TABLE … AS).
    """
    return Definitions().table(sql)


class Definitions:
    """Reads the statements of a whole schema; a column or a constraint that stands in many tables is read once."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[ColumnDefinition, list[Part]]] = {}
        self._constraints: dict[str, list[Part]] = {}
        self._keys: dict[str, IndexKey] = {}

    def table(self, sql: str) -> TableDefinition:
        """:raises NotUnderstood: as `table_definition`."""
        head, items, tail = _outline(sql)
        name = _table_name(head)
        columns: list[ColumnDefinition] = []
        constraints: list[Part] = []
        for item in items:
            if constraints or (columns and _CONSTRAINT.match(item)):
                constraints += self._constraints_in(item)
            else:
                column, following = self._column(item)
                columns.append(column)
                constraints += following
        return TableDefinition(
            name=name, columns=tuple(columns), constraints=tuple(constraints), options=_options(tail), sql=sql
        )

    def index(self, sql: str) -> IndexDefinition:
        """:raises NotUnderstood: as `index_definition`."""
        plain = _PLAIN_INDEX.fullmatch(sql)
        if plain is None:
            return index_definition(sql)
        keys = tuple(self._key(name) for name in plain["keys"].split(", "))
        return IndexDefinition(
            name=plain["name"], table=plain["table"], unique=plain["unique"] is not None, keys=keys, where=None, sql=sql
        )

    def _key(self, name: str) -> IndexKey:
        found = self._keys.get(name)
        if found is None:
            found = self._keys[name] = _index_key(name, tokens(name))
        return found

    def _column(self, item: str) -> tuple[ColumnDefinition, list[Part]]:
        """A column, and the constraints of the table that follow it without a comma."""
        found = self._columns.get(item)
        if found is None:
            reader = Reader(item, tokens(item))
            column = _column(reader)
            found = self._columns[item] = replace(column, parts=_attached(column.parts)), _table_constraints(reader)
        return found

    def _constraints_in(self, item: str) -> list[Part]:
        name = _NAME.match(item)
        rest = item if name is None else item[name.end() :]
        found = self._constraints.get(rest)
        if found is None:
            plain = _plain_foreign_key(rest)
            found = _table_constraints(Reader(rest, tokens(rest))) if plain is None else [plain]
            self._constraints[rest] = found
        if name is None:
            return found
        first, *others = found
        if first.name is not None:  # CONSTRAINT a CONSTRAINT b: the last one counts
            return found
        return [first.called(name[1], f"{name[0]}{first.text}"), *others]


# An index over columns alone, as SQLAlchemy writes it; all others are read token by token.
_WORD = "[A-Za-z_][A-Za-z0-9_]*"
_PLAIN_INDEX = re.compile(
    rf"CREATE (?P<unique>UNIQUE )?INDEX (?P<name>{_WORD}) ON (?P<table>{_WORD}) \((?P<keys>{_WORD}(?:, {_WORD})*)\)"
)
# A foreign key as SQLAlchemy writes it; all others are read token by token.
_ACTION = "CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION"
_PLAIN_FOREIGN_KEY = re.compile(
    rf"FOREIGN KEY\((?P<own>{_WORD}(?:, {_WORD})*)\) REFERENCES (?P<table>{_WORD}) \((?P<referred>{_WORD}(?:, {_WORD})*)\)"
    rf"(?: ON DELETE (?P<ondelete>{_ACTION}))?(?: ON UPDATE (?P<onupdate>{_ACTION}))?"
)
_PLAIN_HEAD = re.compile(rf"CREATE TABLE ({_WORD}) ?")
# What ends an item, or must be stepped over to find its end: comments, strings, names in quotes, parentheses, commas.
_MARK = re.compile(
    r"""--[^\n]*|/\*.*?(?:\*/|\Z)|'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\[[^\]]*\]|[(),]""", re.S
)
_CONSTRAINT = re.compile(rf"(?:{'|'.join(_TABLE_WORDS)})\b(?![$])", re.I)
# The name of a constraint in the usual spelling; in any other one it is read with the rest.
_NAME = re.compile(rf"CONSTRAINT ({_WORD}) (?=[A-Z])")


def _plain_foreign_key(text: str) -> ForeignKey | None:
    found = _PLAIN_FOREIGN_KEY.fullmatch(text)
    if found is None:
        return None
    own, table, referred, ondelete, onupdate = found.groups()
    return ForeignKey(
        text=text,
        columns=tuple(own.split(", ")),
        referred=table,
        referred_columns=tuple(referred.split(", ")),
        ondelete=ondelete,
        onupdate=onupdate,
    )


def _outline(sql: str) -> tuple[str, list[str], str]:
    """The text before the parentheses of CREATE TABLE, the items in them, and the text after them."""
    items: list[str] = []
    head, depth, start = "", 0, 0
    for mark in _MARK.finditer(sql):
        what = mark[0]
        if what == "(":
            depth += 1
            if depth == 1:
                head, start = sql[: mark.start()], mark.end()
        elif what == ")":
            depth -= 1
            if depth <= 0:
                return head, [*items, _trimmed(sql, start, mark.start())], sql[mark.end() :]
        elif what == "," and depth == 1:
            items.append(_trimmed(sql, start, mark.start()))
            start = mark.end()
    raise NotUnderstood(f"the text ends too early: {sql!r}")


_BLANK = re.compile(r"(?:\s+|--[^\n]*|/\*.*?(?:\*/|\Z))*", re.S)


def _trimmed(sql: str, start: int, end: int) -> str:
    """The text without the blanks and comments before it, so that it begins with its first word."""
    before = _BLANK.match(sql, start, end)
    return sql[before.end() if before else start : end].rstrip()


def _table_name(head: str) -> str:
    plain = _PLAIN_HEAD.fullmatch(head)
    if plain is not None:
        return plain[1]
    reader = Reader(head, tokens(head))
    reader.require("CREATE")
    _ = reader.take("TEMP") or reader.take("TEMPORARY")
    reader.require("TABLE")
    name = _object_name(reader)
    if not reader.ended:
        raise NotUnderstood(f"( expected after the name: {head!r}")
    return name


def is_virtual(sql: str) -> bool:
    """Is this the text of a CREATE VIRTUAL TABLE?"""
    return [token.text.upper() for token in islice(scanned(sql), 2)] == ["CREATE", "VIRTUAL"]


def _object_name(reader: Reader) -> str:
    reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    return reader.name() if reader.take(".") else name


def _options(tail: str) -> tuple[str, ...]:
    rest = tokens(tail)
    if rest and rest[-1].text == ";":
        rest.pop()
    return tuple(sorted(" ".join(token.text.upper() for token in option) for option in split(rest)))


def _table_constraints(reader: Reader) -> list[Part]:
    """The constraints from here on; no comma need stand between them."""
    constraints: list[Part] = []
    while not reader.ended:
        constraints.append(_table_constraint(reader))
    return constraints


def _attached(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A DEFERRABLE that stands apart is given to the foreign key before it."""
    found: list[Part] = []
    for part in parts:
        at = max((n for n, earlier in enumerate(found) if isinstance(earlier, ForeignKey)), default=None)
        if isinstance(part, Deferral) and at is not None:
            key = found[at]
            assert isinstance(key, ForeignKey)
            found[at] = replace(key, deferrable=part.deferrable, initially_deferred=part.initially_deferred)
        found.append(part)
    return tuple(found)


# columns


def _column(reader: Reader) -> ColumnDefinition:
    start = reader.at
    written = reader.peek()
    name = reader.name()
    type_start = reader.at
    while not (reader.ended or reader.sees(",") or _column_word(reader)):
        if reader.sees("("):
            reader.group()
        else:
            reader.next()
    declared = reader.between(type_start, reader.at)
    parts: list[Part] = []
    while not (reader.ended or reader.sees(",") or _table_constraint_without_comma(reader)):
        parts.append(_column_constraint(reader, name))
    assert written is not None
    return ColumnDefinition(
        name=name, written=written.text, declared=declared, parts=tuple(parts), text=reader.between(start, reader.at)
    )


def _column_word(reader: Reader) -> bool:
    return reader.sees_any(*_COLUMN_WORDS) or reader.sees("GENERATED", "ALWAYS", "AS")


def _table_constraint_without_comma(reader: Reader) -> bool:
    """FOREIGN KEY or UNIQUE ( after a column: the comma before a table constraint may be missing."""
    ahead = 2 if reader.sees("CONSTRAINT") else 0
    first, second, third = (reader.peek(ahead + n) for n in range(3))
    if first is None or second is None:
        return False
    if first.is_word("FOREIGN"):
        return True
    if first.is_word("UNIQUE"):
        return second.text == "("
    return first.is_word("PRIMARY") and third is not None and third.text == "("


def _column_constraint(reader: Reader, column: str) -> Part:
    return _constraint(reader, lambda: _read_column_constraint(reader, column))


def _constraint(reader: Reader, read: Callable[[], Part]) -> Part:
    start, name = reader.at, None
    while reader.take("CONSTRAINT"):
        name = reader.name()
        if reader.ended or reader.sees(","):
            return Null(name=name, text=reader.between(start, reader.at))
    part = read()
    return replace(part, name=name, text=reader.between(start, reader.at))


def _read_column_constraint(reader: Reader, column: str) -> Part:
    for words, read in _COLUMN_READERS.items():
        if reader.take(*words):
            return read(reader, column)
    token = reader.peek()
    raise NotUnderstood(f"column {column!r}: {token.text if token else 'the end'!r} not understood: {reader.sql!r}")


def _primary_key(reader: Reader, column: str) -> Part:
    descending = _direction(reader)
    conflict = _conflict(reader)
    autoincrement = reader.take("AUTOINCREMENT")
    key = KeyColumn(column, None, descending)
    return PrimaryKey(columns=(key,), conflict=conflict, autoincrement=autoincrement, inline=True)


def _default(reader: Reader, column: str) -> Part:
    start = reader.at
    if reader.sees("("):
        reader.group()
        return Default(value=_expression(reader, start))
    _ = reader.take("-") or reader.take("+")
    token = reader.next()
    bare = token.kind == "name" or (token.kind == "word" and not token.is_word(*_DEFAULT_WORDS))
    return Default(value=_expression(reader, start), bare=bare)


def string_of_default(written: str) -> str | None:
    """The string that a default without parentheses and quotes of its own is: ``red``, ``"red"``; None for all others."""
    token, *rest = tokens(written)
    if rest or not (token.kind == "name" or (token.kind == "word" and not token.is_word(*_DEFAULT_WORDS))):
        return None
    return token.value


_DEFAULT_WORDS = ("NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP")


def _expression(reader: Reader, start: int) -> Expression:
    return expression_of(reader.sql, reader.tokens[start : reader.at])


def _generated(reader: Reader, column: str) -> Part:
    expression = _bracketed(reader)
    stored = reader.take("STORED")
    reader.take("VIRTUAL")
    return Generated(expression=expression, stored=stored)


def _references(reader: Reader, columns: tuple[str, ...]) -> ForeignKey:
    key = ForeignKey(columns=columns, referred=reader.name())
    if reader.sees("("):
        key = replace(key, referred_columns=tuple(column.name for column in _key_columns(reader)))
    while True:
        if reader.take("ON", "DELETE"):
            key = replace(key, ondelete=_action(reader))
        elif reader.take("ON", "UPDATE"):
            key = replace(key, onupdate=_action(reader))
        elif reader.take("ON", "INSERT"):
            _action(reader)
        elif reader.take("MATCH"):
            key = replace(key, match=reader.name().upper())
        elif reader.sees("DEFERRABLE") or reader.sees("NOT", "DEFERRABLE"):
            later = _deferral(reader)
            return replace(key, deferrable=later.deferrable, initially_deferred=later.initially_deferred)
        else:
            return key


def _action(reader: Reader) -> str:
    first = reader.next().text.upper()
    return f"{first} {reader.next().text.upper()}" if first in ("SET", "NO") else first


def _deferral(reader: Reader) -> Deferral:
    negative = reader.take("NOT")
    reader.require("DEFERRABLE")
    deferred = reader.take("INITIALLY", "DEFERRED")
    if not deferred:
        reader.take("INITIALLY", "IMMEDIATE")
    # NOT DEFERRABLE INITIALLY DEFERRED is immediate (https://sqlite.org/foreignkeys.html#fk_deferred).
    return Deferral(deferrable=not negative, initially_deferred=deferred and not negative)


def _null(reader: Reader) -> Part:
    _conflict(reader)
    return Null()


def _apart(reader: Reader, words: int) -> Part:
    reader.at -= words
    return _deferral(reader)


def _direction(reader: Reader) -> bool:
    descending = reader.take("DESC")
    if not descending:
        reader.take("ASC")
    return descending


def _conflict(reader: Reader) -> str | None:
    return reader.next().text.upper() if reader.take("ON", "CONFLICT") else None


_COLUMN_READERS: dict[tuple[str, ...], Callable[[Reader, str], Part]] = {
    ("PRIMARY", "KEY"): _primary_key,
    ("NOT", "DEFERRABLE"): lambda reader, column: _apart(reader, 2),
    ("DEFERRABLE",): lambda reader, column: _apart(reader, 1),
    ("NOT", "NULL"): lambda reader, column: NotNull(conflict=_conflict(reader)),
    ("NULL",): lambda reader, column: _null(reader),
    ("UNIQUE",): lambda reader, column: Unique(columns=(KeyColumn(column),), conflict=_conflict(reader)),
    ("CHECK",): lambda reader, column: _check(reader),
    ("DEFAULT",): _default,
    ("COLLATE",): lambda reader, column: Collate(collation=reader.name()),
    ("REFERENCES",): lambda reader, column: _references(reader, (column,)),
    ("GENERATED", "ALWAYS", "AS"): _generated,
    ("AS",): _generated,
}


# table constraints


def _table_constraint(reader: Reader) -> Part:
    return _constraint(reader, lambda: _read_table_constraint(reader))


def _read_table_constraint(reader: Reader) -> Part:
    if reader.take("PRIMARY", "KEY"):
        return _table_primary_key(reader)
    if reader.take("UNIQUE"):
        return Unique(columns=_key_columns(reader), conflict=_conflict(reader))
    if reader.take("CHECK"):
        return _check(reader)
    reader.require("FOREIGN", "KEY")
    columns = tuple(column.name for column in _key_columns(reader))
    reader.require("REFERENCES")
    return _references(reader, columns)


def _bracketed(reader: Reader) -> Expression:
    """The expression in the brackets that come, with its author's comments at both ends."""
    opening = reader.tokens[reader.at]
    inside = reader.group()
    text = reader.sql[opening.end : reader.tokens[reader.at - 1].start].strip()
    if inside and "--" in reader.sql[inside[-1].end : reader.tokens[reader.at - 1].start]:
        text += "\n"  # that ends the comment
    return Expression(text, tuple(inside))


def _check(reader: Reader) -> Part:
    condition = _bracketed(reader)
    _conflict(reader)  # SQLite reads ON CONFLICT after a CHECK and ignores it
    return Check(condition=condition)


def _table_primary_key(reader: Reader) -> Part:
    inner = reader.group()
    autoincrement = bool(inner) and inner[-1].is_word("AUTOINCREMENT")
    columns = tuple(_key_column(reader.sql, part) for part in split(inner[:-1] if autoincrement else inner))
    return PrimaryKey(columns=columns, conflict=_conflict(reader), autoincrement=autoincrement)


def _key_columns(reader: Reader) -> tuple[KeyColumn, ...]:
    return tuple(_key_column(reader.sql, part) for part in split(reader.group()))


def _key_column(sql: str, part: list[Token]) -> KeyColumn:
    reader = Reader(sql, part)
    name = reader.name()
    collation = fold(reader.name()) if reader.take("COLLATE") else None
    return KeyColumn(name, collation, _direction(reader))


# indexes


def index_definition(sql: str) -> IndexDefinition:
    """The parts of a CREATE INDEX statement.

    :raises NotUnderstood: for any other text.
    """
    reader = Reader(sql, tokens(sql))
    reader.require("CREATE")
    unique = reader.take("UNIQUE")
    reader.require("INDEX")
    name = _object_name(reader)
    reader.require("ON")
    table = reader.name()
    keys = tuple(_index_key(sql, part) for part in split(reader.group()))
    where = None
    if reader.take("WHERE"):
        rest = reader.tokens[reader.at :]
        where = expression_of(sql, rest[:-1] if rest and rest[-1].text == ";" else rest)
    return IndexDefinition(name=name, table=table, unique=unique, keys=keys, where=where, sql=sql)


def _index_key(sql: str, part: list[Token]) -> IndexKey:
    if len(part) > 2 and part[-2].is_word("NULLS"):
        part = part[:-2]
    descending = len(part) > 1 and part[-1].is_word("DESC")
    if len(part) > 1 and part[-1].is_word("ASC", "DESC"):
        part = part[:-1]
    return IndexKey(expression=_key_expression(sql, part), descending=descending)


def _key_expression(sql: str, part: list[Token]) -> Expression:
    """A key in 'single quotes' names a column, alone or before COLLATE, as nowhere else."""
    alone = len(part) == 1 or part[1].is_word("COLLATE")
    if part and part[0].kind == "string" and alone:
        name = part[0]
        part = [Token("name", quoted(name.value), name.start, name.value), *part[1:]]
        return Expression(" ".join(token.text for token in part), tuple(part))
    return expression_of(sql, part)
