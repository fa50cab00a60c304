"""The models' own DDL, as it is tried out: a temporary table each, indexes inline, without foreign keys.

Creating and dropping temporary tables does not commit; CREATE INDEX and ALTER TABLE do, even on temporary tables, so
that indexes stand inside of CREATE TABLE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Index, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateIndex, CreateTable

from autodiff.dialects.mysql.lexer import DOUBLE, NAME, STRING, TOKEN, end_of_group, quoted
from autodiff.dialects.mysql.table_options import REFUSED, in_one_form
from autodiff.kinds import IndexState
from autodiff.kinds.create_table import TableWriter
from autodiff.state import Key, State


@dataclass(frozen=True)
class Trial:
    """:param key: the model's table.
    :param name: the temporary table, with its schema, quoted.
    :param sql: CREATE TEMPORARY TABLE …
    :param aside: indexes that temporary tables refuse (FULLTEXT, VECTOR).
    :param options: table options that temporary tables refuse, as they will be printed.
    :param error: why there is no DDL.
    """

    key: Key
    name: str
    sql: str = ""
    aside: tuple[IndexState, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        """Is nothing of the table set aside?"""
        return not self.aside and not self.options


@dataclass(frozen=True)
class Trials:
    """Writes trials.

    :param dialect: the twin that writes single percent signs.
    :param schemas: existing schemas by the name in keys.
    :param collations: the collations that tables without one would inherit, where trials are made in another database.
    """

    dialect: Dialect
    schemas: dict[str | None, str]
    prefix: str = "_autodiff_"
    collations: Mapping[str | None, str] = field(default_factory=dict)

    def of(self, number: int, key: Key, table: Table, parts: tuple[State, ...], name: str | None = None) -> Trial:
        """:param name: another name than the made up one (a text that says the table's own name needs that)."""
        trial_name = f"{quoted(self.schema(key))}.{quoted(name or f'{self.prefix}{number}')}"
        try:
            body, options = self.body(table)
            indexes = [(state, self.index(state, table)) for state in parts if isinstance(state, IndexState)]
        except (CompileError, AttributeError, TypeError, ValueError) as error:
            return Trial(key, trial_name, error=str(error))
        options, refused = without_refused(options, is_mariadb=self.is_mariadb)
        if not _CHARSET.search(options) and (collation := self.collations.get(key.schema)):
            options = f" COLLATE={collation}{options}"
        aside = tuple(state for state, text in indexes if is_refused(text))
        lines = "".join(f",\n\t{text}" for _, text in indexes if not is_refused(text))
        return Trial(
            key,
            trial_name,
            f"CREATE TEMPORARY TABLE {trial_name} {body[:-1].rstrip()}{lines}\n){options}",
            aside,
            refused,
        )

    def schema(self, key: Key) -> str:
        """Where a trial is made: in the table's own schema, whose charset it inherits, if that exists."""
        return self.schemas.get(key.schema) or self.schemas[None]

    def body(self, table: Table) -> tuple[str, str]:
        """What stands in the parentheses of CREATE TABLE (with them), and the options after them."""
        if self.writer.is_able:
            return self.writer.body(table, ()), self.writer.options(table)
        ddl: Any = CreateTable(table, include_foreign_key_constraints=[])
        text = str(ddl.compile(dialect=self.dialect)).strip()
        start = text.index("(", after_name(text, table, self.dialect))
        if not table.dialect_kwargs and table.comment is None and text.endswith("\n)"):
            return text[start:], ""
        options = self.dialect.ddl_compiler(self.dialect, None).post_create_table(table)  # type: ignore[arg-type]
        if options and text.endswith(options) and text[: -len(options)].endswith(")"):
            return text[start : -len(options)], options
        end = end_of_group(text, start)
        return text[start:end], text[end:]

    @property
    def is_mariadb(self) -> bool:
        return bool(getattr(self.dialect, "is_mariadb", False))

    @cached_property
    def writer(self) -> TableWriter:
        return TableWriter(self.dialect)

    def index(self, state: IndexState, table: Table) -> str:
        """``UNIQUE INDEX name (columns) USING …``, as it stands in CREATE TABLE."""
        if is_plain(state.source):
            return self._plain_index(state.source)
        text = str(CreateIndex(state.source).compile(dialect=self.dialect))
        name = f" ON {self.dialect.identifier_preparer.format_table(table)} "
        head, _, rest = text.partition(name)
        return f"{head.removeprefix('CREATE ')} {rest}"

    def _plain_index(self, index: Index) -> str:
        preparer = self.dialect.identifier_preparer
        columns = ", ".join(preparer.quote(column.name) for column in index.columns)
        return f"{'UNIQUE ' if index.unique else ''}INDEX {preparer.format_index(index)} ({columns})"


def is_plain(index: Any) -> bool:
    """Columns and nothing else, written by SQLAlchemy itself (not a user's own `@compiles`)."""
    if type(index) is not Index or index.dialect_kwargs or hasattr(CreateIndex, "_compiler_dispatcher"):
        return False
    return all(type(expression) is Column for expression in index.expressions)


def is_refused(index: str) -> bool:
    """Temporary InnoDB tables refuse indexes over texts and vectors (error 1796)."""
    return index.upper().startswith(("FULLTEXT", "VECTOR"))


def after_name(text: str, table: Table, dialect: Dialect) -> int:
    name = dialect.identifier_preparer.format_table(table)
    return text.index(name, text.index("TABLE ")) + len(name)


_CHARSET = re.compile(r"(?i)\b(?:CHARSET|CHARACTER SET|COLLATE)\b")
_VALUE = rf"{STRING}|{DOUBLE}|{NAME}|\w+"
_REFUSED = re.compile(rf"(?i)\b(ROW_FORMAT|KEY_BLOCK_SIZE)\s*=?\s*({_VALUE})", re.S)
_REFUSED_BY_MYSQL = re.compile(rf"(?i)\b(ROW_FORMAT|KEY_BLOCK_SIZE|{'|'.join(REFUSED)})\s*=?\s*({_VALUE})", re.S)
_PARTITION = re.compile(r"(?i)\bPARTITION\s+BY\b(.*)", re.S)


def without_refused(options: str, *, is_mariadb: bool) -> tuple[str, dict[str, str]]:
    """Table options without those that temporary tables refuse, and these.

    (Compressed row formats: error 1478; partitions: error 1562; see `table_options` for MySQL's own.)
    """
    refused_options = _REFUSED if is_mariadb else _REFUSED_BY_MYSQL
    if not _PARTITION.search(options) and not refused_options.search(options):
        return options, {}
    refused: dict[str, str | None] = {}
    if match := next(_outside_of_strings(_PARTITION, options), None):
        refused["mysql_partition_by"] = " ".join(match[1].split())
        options = options[: match.start()]
    for match in [*_outside_of_strings(refused_options, options)][::-1]:
        name, value = match[1].upper(), match[2]
        if name in REFUSED or name == "KEY_BLOCK_SIZE" or value.upper() == "COMPRESSED":
            refused[f"mysql_{name.lower()}"] = in_one_form(name, value) if name in REFUSED else value.upper()
            options = options[: match.start()] + options[match.end() :]
    return options, {name: value for name, value in refused.items() if value is not None}


def _outside_of_strings(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    strings = [(t.start(), t.end()) for t in TOKEN.finditer(text) if t[0][:1] in "'\"`"]
    return (m for m in pattern.finditer(text) if not any(start <= m.start() < end for start, end in strings))
