"""The models' states in the server's form: which questions they raise, and what the answers make of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Index as SaIndex
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql.compiler import DDLCompiler

from autodiff.dialects.postgresql.asking import Answers
from autodiff.dialects.postgresql.catalog import Index
from autodiff.dialects.postgresql.indexes import index_parts
from autodiff.dialects.postgresql.inheritance import with_inherited_types
from autodiff.dialects.postgresql.questions import (
    Check,
    Generated,
    Keys,
    Question,
    Value,
    Whole,
    is_plain,
    own_name,
    used,
)
from autodiff.dialects.postgresql.read import default_sql
from autodiff.dialects.postgresql.sequences import said_options, sequence_options
from autodiff.dialects.postgresql.shadows import Shadows
from autodiff.dialects.postgresql.words import (
    as_printed,
    qualified,
    split_dots,
    split_list,
    stored_by_default,
    unquoted,
)
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    EnumState,
    ExcludeState,
    ForeignKeyState,
    IdentityValue,
    IndexState,
    PrimaryKeyState,
    SequenceState,
    TableState,
    UniqueState,
)
from autodiff.state import Key, NotCompared, Server, Snapshot, Sql, State
from autodiff.state.state import Options

S = TypeVar("S", bound=State)

# https://www.postgresql.org/docs/current/ddl-system-columns.html
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
NEXTVAL = re.compile(r"nextval\('((?:[^']|'')+)'(?:::regclass)?\)", re.IGNORECASE)
SET_COLUMNS = re.compile(r"(SET\s+(?:NULL|DEFAULT))\s*\((.*)\)", re.IGNORECASE | re.DOTALL)
# Options of an index or constraint that say how it is made, not what it is.
HOW = ("postgresql_concurrently", "postgresql_not_valid")


def changed(state: S, **fields: Any) -> S:
    """`dataclasses.replace` without its checks: ten thousand columns pass here (0.7 µs instead of 7)."""
    clone = object.__new__(type(state))
    clone.__dict__.update(state.__dict__)
    clone.__dict__.update(fields)
    return clone


@dataclass
class Wanted:
    """The models, the database they are compared with, and the answers as they come in.

    :param ddl: a compiler of the dialect with single percent signs.
    :param inherited: keys of columns and conditions that the database's tables have from their parents alone.
    :param merged: those that they have from their parents and of their own.
    :param toastless: keys of the database's tables that have no TOAST table: it has no options, and takes none silently.
    :param casts: how the server converts the types of columns that change theirs (pg_cast).
    :param not_compared: what the server could not be asked; such a piece is taken as the database has it.
    """

    models: Snapshot
    database: Snapshot
    server: Server
    shadows: Shadows
    ddl: DDLCompiler
    inherited: frozenset[Key] = frozenset()
    merged: frozenset[Key] = frozenset()
    toastless: frozenset[Key] = frozenset()
    answers: Answers = field(default_factory=Answers)
    not_compared: list[NotCompared] = field(default_factory=list)
    values: dict[Key, Value] = field(default_factory=dict)
    asked: dict[Key, Question] = field(default_factory=dict)
    _serial: dict[Key, bool] = field(default_factory=dict)
    casts: dict[tuple[str, str], str | None] = field(default_factory=dict)

    @property
    def default_schema(self) -> str:
        return self.server.default_schema or "public"

    # Facts about the models

    @cached_property
    def types(self) -> dict[Key, dict[str, str]]:
        """The columns' types as SQLAlchemy writes them, by table and name."""
        types: dict[Key, dict[str, str]] = {}
        for column in self.models.of_class(ColumnState):
            text = self.shadows.readable(column.type.text) if self.shadows.spellings else column.type.text
            types.setdefault(column.key.of_table, {})[str(column.key.name)] = text
        with_inherited_types(types, self.models.of_class(TableState), self.default_schema)
        return types

    @cached_property
    def key_columns(self) -> dict[Key, tuple[str, ...]]:
        return {key.key.of_table: key.columns for key in self.models.of_class(PrimaryKeyState)}

    def is_serial(self, column: ColumnState) -> bool:
        if not column.autoincrement or column.source is None:
            return False
        if column.key not in self._serial:
            self._serial[column.key] = self._is_serial(column)
        return self._serial[column.key]

    def _is_serial(self, column: ColumnState) -> bool:
        source = column.source
        if source.identity is not None or (source.default is not None and not getattr(source.default, "optional", 0)):
            return False
        return bool(re.search(r" (?:BIG|SMALL)?SERIAL\b", self.ddl.get_column_specification(source)))

    # Questions

    def questions(self) -> Iterator[Question]:
        """What has to be asked; each state's question is kept in `values` or `asked`."""
        for state in self.models.objects.values():
            raised = RAISED.get(type(state))
            if raised is not None:
                yield from raised(self, state)

    def _column_questions(self, column: ColumnState) -> Iterator[Question]:
        table = column.key.of_table
        type_ = self.types[table][str(column.key.name)]
        if column.key.name in SYSTEM_COLUMNS:
            return
        value = Value(type_, self._default_to_ask(column))
        self.values[column.key] = value
        yield value
        if column.computed is not None:
            text = self.shadows.readable(column.computed.expression.text)
            there = self.database.get(column.key)
            printed = there.computed.expression.canonical if isinstance(there, ColumnState) and there.computed else None
            if not self._is_printed(text, printed, table):
                columns = {name: t for name, t in self.types[table].items() if name != column.key.name}
                question = Generated(text, type_, used(text, columns), own_name(text, str(table.table), columns))
                self.asked[column.key] = question
                yield question

    def _default_to_ask(self, column: ColumnState) -> str | None:
        if column.default is None or column.computed is not None or self._missing_nextval(column) is not None:
            return None
        return None if self.is_serial(column) else self.shadows.readable(column.default.text)

    def _missing_nextval(self, column: ColumnState) -> str | None:
        """The print of a `nextval` of a sequence that is still to be made: it cannot be asked, and need not be."""
        key = self._sequence_of(column)
        if key is None or key in self.database.objects or key not in self.models.objects:
            return None
        return f"nextval('{qualified(key.schema or self.default_schema, str(key.name))}'::regclass)"

    def _sequence_of(self, column: ColumnState) -> Key | None:
        """The sequence that the default takes its value from."""
        match = NEXTVAL.fullmatch(column.default.text.strip()) if column.default is not None else None
        if match is None:
            return None
        parts = [unquoted(part) for part in split_dots(match[1].replace("''", "'"))]
        schema, name = self._two(parts)
        return Key("sequence", None if schema == self.default_schema else schema, None, name)

    def _is_printed(self, text: str, printed: str | None, table: Key) -> bool:
        """Is this already what the database prints?"""
        return printed in (text, f"({text})") and is_plain(text, self.types.get(table, ()))

    def _check_questions(self, check: CheckState) -> Iterator[Question]:
        table = check.key.of_table
        there = self.database.get(check.key)
        text = self.shadows.readable(check.condition.text)
        if isinstance(there, CheckState) and self._is_printed(text, there.condition.canonical, table):
            return
        types = self.types.get(table, {})
        question = Check(text, used(text, types), own_name(text, str(table.table), types))
        self.asked[check.key] = question
        yield question

    def _index_questions(self, index: IndexState) -> Iterator[Question]:
        if is_plain_index(index):
            return
        table = index.key.of_table
        types = self.types.get(table, {})
        text = self.shadows.readable(self._index_tail(index.source))
        question = Keys(text, used(text, types), own_name(text, str(table.table), types))
        self.asked[index.key] = question
        yield question

    def _index_tail(self, index: SaIndex) -> str:
        """The CREATE INDEX of a model from the method on, without the tablespace (a partitioned twin takes none)."""
        preparer = self.ddl.preparer
        text = str(self.ddl.process(CreateIndex(index)))
        assert index.table is not None, "an index of the models has its table"
        tail = text.partition(f" ON {preparer.format_table(index.table)} ")[2]
        tablespace = index.dialect_options["postgresql"]["tablespace"]
        return tail.replace(f" TABLESPACE {preparer.quote(tablespace)}", "", 1) if tablespace else tail

    def _exclude_questions(self, exclude: ExcludeState) -> Iterator[Question]:
        text = self.shadows.readable(exclude.definition.text)
        text = text[text.index("EXCLUDE USING") :]
        columns = used(text, self.types.get(exclude.key.of_table, {}))
        self.asked[exclude.key] = Whole(text, "", columns)
        yield self.asked[exclude.key]

    def _table_questions(self, table: TableState) -> Iterator[Question]:
        key = dict(table.options).get("postgresql_partition_by")
        there = self.database.get(table.key)
        printed = dict(there.options).get("postgresql_partition_by") if isinstance(there, TableState) else None
        if key is not None and key != printed:
            types = self.types.get(table.key, {})
            self.asked[table.key] = Whole("", f" PARTITION BY {key}", used(key, types))
            yield self.asked[table.key]

    # Answers

    def states(self) -> Iterator[State]:
        for state in self.models.objects.values():
            settle = SETTLED.get(type(state))
            settled = state if settle is None else settle(self, state)
            if settled is not None:
                yield settled

    def _unknown(self, state: State, what: str, question: Question) -> None:
        why = self.answers.errors.get(question, "the server refused it")
        self.not_compared.append(NotCompared(what, why, state.key))

    def _column(self, column: ColumnState) -> ColumnState | None:
        question = self.values.get(column.key)
        if question is None:
            return None
        there = self.database.get(column.key)
        there = there if isinstance(there, ColumnState) else None
        serial, identity = self.is_serial(column), column.identity
        type_, collation = self._type_and_collation(column, question, there)
        default: Sql | None = None
        if column.default is not None and not serial and column.computed is None:
            default = self._default(column, question, there)
        computed = None if column.computed is None else self._computed(column, column.computed, there)
        in_key = column.key.name in self.key_columns.get(column.key.of_table, ())
        return changed(
            column,
            type=type_,
            nullable=column.nullable and not in_key and not serial and identity is None,
            default=default,
            computed=computed,
            identity=None if identity is None else settled_identity(identity, str(type_.canonical)),
            autoincrement=serial,
            collation=collation,
            comment=column.comment or None,
            options=(),
            depends_on=column.depends_on | self._needs(column, computed),
        )

    def _type_and_collation(
        self, column: ColumnState, question: Value, there: ColumnState | None
    ) -> tuple[Sql, str | None]:
        """As the server printed them; where it did not, as the database has them."""
        row = self.answers.values.get(question) or self.answers.values.get(Value(question.type, None))
        if row is not None:
            return column.type.as_printed(self.shadows.settled(row.type)), row.collation
        if there is None:
            return column.type.as_printed(column.type.text), column.collation
        self._unknown(column, f"type of {column.key.label}", question)
        return column.type.as_printed(str(there.type.canonical)), there.collation

    def _needs(self, column: ColumnState, computed: ComputedValue | None) -> frozenset[Key]:
        if computed is not None:
            return self._named_in(column.key, str(computed.expression.canonical))
        key = self._sequence_of(column)
        return frozenset({key}) if key is not None and key in self.models.objects else frozenset()

    def _default(self, column: ColumnState, question: Value, there: ColumnState | None) -> Sql | None:
        assert column.default is not None, "asked only of a column with a default"
        if question.default is None:
            return column.default.as_printed(self._missing_nextval(column) or column.default.text)
        row = self.answers.values.get(question)
        if row is not None:
            printed = default_sql(row.default)
            return printed and column.default.as_printed(self.shadows.settled(str(printed.canonical)))
        if there is None:
            return column.default.as_printed(column.default.text)
        self._unknown(column, f"default of {column.key.label}", question)
        return there.default and column.default.as_printed(str(there.default.canonical))

    def _computed(self, column: ColumnState, computed: ComputedValue, there: ColumnState | None) -> ComputedValue:
        stored = stored_by_default(self.ddl.dialect)
        if column.source.computed.persisted is not None:
            stored = str(self.ddl.process(column.source.computed)).endswith("STORED")
        printed = there.computed.expression.canonical if there is not None and there.computed is not None else None
        return ComputedValue(self._printed(column, computed.expression, printed, "expression of"), stored)

    def _printed(self, state: State, sql: Sql, there: str | None, what: str) -> Sql:
        """An expression as the server prints it; one that needed no question is printed as the database has it."""
        question = self.asked.get(state.key)
        if question is None:
            return sql.as_printed(there or sql.text)
        printed = self.answers.texts.get(question)
        if printed is not None:
            return sql.as_printed(self.shadows.settled(printed))
        if there is not None:
            self._unknown(state, f"{what} {state.key.label}", question)
        return sql.as_printed(there or sql.text)

    def _check(self, check: CheckState) -> CheckState:
        there = self.database.get(check.key)
        there = there if isinstance(there, CheckState) else None
        printed = there.condition.canonical if there is not None else None
        condition = self._printed(check, check.condition, printed, "check")
        return changed(
            check,
            condition=condition,
            comment=check.comment or None,
            options=(),
            depends_on=check.depends_on | self._needs_of_check(check, there),
        )

    def _needs_of_check(self, check: CheckState, there: CheckState | None) -> frozenset[Key]:
        question = self.asked.get(check.key)
        if isinstance(question, Check):
            key = check.key
            return frozenset(Key("column", key.schema, key.table, name) for name, _ in question.columns)
        return there.depends_on if there is not None else frozenset()

    def _named_in(self, key: Key, text: str) -> frozenset[Key]:
        """The table's columns that a text names, the state's own column left out."""
        columns = used(text, self.types.get(key.of_table, {}))
        found = (Key("column", key.schema, key.table, name) for name, _ in columns)
        return frozenset(column for column in found if column != key)

    def _exclude(self, exclude: ExcludeState) -> ExcludeState:
        there = self.database.get(exclude.key)
        printed = there.definition.canonical if isinstance(there, ExcludeState) else None
        definition = self._printed(exclude, exclude.definition, printed, "exclude constraint")
        comment = there.comment if isinstance(there, ExcludeState) else exclude.comment
        needs = exclude.depends_on | self._named_in(exclude.key, str(definition.canonical))
        return changed(exclude, definition=definition, comment=comment, depends_on=needs)

    def _index(self, index: IndexState) -> IndexState:
        there = self.database.get(index.key)
        there = there if isinstance(there, IndexState) else None
        comment = there.comment if there is not None else None
        question = self.asked.get(index.key)
        storage = tuple(pair for pair in index.options if is_tablespace(pair))
        if question is None:
            elements = tuple(Sql(element.text, element.text) for element in index.elements)
            return changed(index, elements=elements, options=storage, comment=comment)
        row = self.answers.indexes.get(question) if isinstance(question, Keys) else None
        if row is None:
            return self._unknown_index(index, there, question)
        texts = [element.text for element in index.elements]
        parts = self._index_parts(row)
        return changed(
            index,
            elements=tuple(Sql(text, printed) for text, printed in zip(texts, parts.elements, strict=True)),
            where=None if parts.where is None else Sql(index.where.text if index.where else parts.where, parts.where),
            options=tuple(sorted([*parts.options, *storage])),
            comment=comment,
            depends_on=index.depends_on | self._named_in(index.key, row.definition),
        )

    def _index_parts(self, row: Index) -> Any:
        settled = row._replace(definition=self.shadows.settled(row.definition))
        return index_parts(settled, ("~",), self.ddl.preparer)

    def _unknown_index(self, index: IndexState, there: IndexState | None, question: Question) -> IndexState:
        if there is None:
            elements = tuple(Sql(element.text, element.text) for element in index.elements)
            return changed(index, elements=elements, where=index.where and Sql.printed(index.where.text))
        self._unknown(index, f"index {index.key.name} of {index.key.of_table.label}", question)
        return changed(index, elements=there.elements, where=there.where, options=there.options, comment=there.comment)

    # Without the server

    def _table(self, table: TableState) -> TableState:
        there = self.database.get(table.key)
        options = dict(self._table_options(table.options))
        if table.key in self.toastless:
            options = {name: value for name, value in options.items() if not name.startswith("postgresql_with.toast.")}
        if "postgresql_partition_by" in options:
            question = self.asked.get(table.key)
            printed = self.answers.texts.get(question) if question is not None else None
            options["postgresql_partition_by"] = printed or options["postgresql_partition_by"]
            if question is not None and printed is None and isinstance(there, TableState):
                self._unknown(table, f"partition key of {table.key.label}", question)
        return changed(table, comment=table.comment or None, options=tuple(sorted(options.items())))

    def _table_options(self, options: Options) -> Iterator[tuple[str, str]]:
        for name, value in options:
            if name.startswith("postgresql_with."):
                yield name.lower(), value.lower()
            elif name == "postgresql_inherits":
                parents = (split_dots(parent) for parent in split_list(value))
                yield name, ", ".join(qualified(*self._two(list(map(unquoted, parts)))) for parts in parents)
            elif name == "prefixes":
                yield name, value.upper()
            elif name in ("postgresql_partition_by", "postgresql_using", "postgresql_tablespace") and value not in (
                "heap",
                "pg_default",
            ):
                yield name, value

    def _two(self, parts: list[str]) -> tuple[str, str]:
        return (parts[0], parts[1]) if len(parts) > 1 else (self.default_schema, parts[0])

    def _primary_key(self, key: PrimaryKeyState) -> PrimaryKeyState:
        there = self.database.get(key.key)
        name = key.name or (there.name if isinstance(there, PrimaryKeyState) else None)
        return changed(key, name=name, comment=key.comment or None, options=stored(key.options))

    def _unique(self, unique: UniqueState) -> UniqueState:
        return changed(unique, comment=unique.comment or None, options=stored(unique.options))

    def _foreign_key(self, key: ForeignKeyState) -> ForeignKeyState:
        ondelete = set_columns(key.source.ondelete) if key.source is not None else None
        return changed(key, comment=key.comment or None, options=(), ondelete=ondelete or key.ondelete)

    def _enum(self, enum: EnumState) -> EnumState:
        there = self.database.get(enum.key)
        return changed(enum, comment=there.comment) if isinstance(there, EnumState) else enum

    def _sequence(self, sequence: SequenceState) -> SequenceState:
        type_ = self._integer_type(sequence.data_type)
        options = {name: getattr(sequence, name) for name in sequence_options("bigint", {})}
        return changed(sequence, data_type=None if type_ == "bigint" else type_, **said_options(type_, options))

    @staticmethod
    def _integer_type(written: str | None) -> str:
        names = {"int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", None: "bigint"}
        return names.get(written, written or "bigint")


RAISED: Mapping[type[State], Any] = {
    ColumnState: Wanted._column_questions,
    CheckState: Wanted._check_questions,
    IndexState: Wanted._index_questions,
    ExcludeState: Wanted._exclude_questions,
    TableState: Wanted._table_questions,
}
SETTLED: Mapping[type[State], Any] = {
    ColumnState: Wanted._column,
    CheckState: Wanted._check,
    ExcludeState: Wanted._exclude,
    IndexState: Wanted._index,
    TableState: Wanted._table,
    PrimaryKeyState: Wanted._primary_key,
    UniqueState: Wanted._unique,
    ForeignKeyState: Wanted._foreign_key,
    EnumState: Wanted._enum,
    SequenceState: Wanted._sequence,
}


def is_plain_index(index: IndexState) -> bool:
    """A btree index over columns alone: nothing in it that the server could print differently."""
    if index.where is not None or index.source is None:
        return False
    options = [pair for pair in index.options if not is_tablespace(pair) and pair[0] not in HOW]
    if any(pair != ("postgresql_using", "btree") for pair in options):
        return False
    if index.source.dialect_options["postgresql"]["ops"]:
        return False
    return all(hasattr(element, "table") for element in index.source.expressions)


def is_tablespace(pair: tuple[str, str]) -> bool:
    return pair[0] == "postgresql_tablespace" and pair[1] != "pg_default"


def stored(options: Options) -> Options:
    kept = ("postgresql_include", "postgresql_nulls_not_distinct")
    return tuple(pair for pair in options if pair[0] in kept)


def settled_identity(identity: IdentityValue, type_: str) -> IdentityValue:
    names = ("start", "increment", "minvalue", "maxvalue", "cycle", "cache")
    return IdentityValue(
        always=identity.always, **sequence_options(type_, {name: getattr(identity, name) for name in names})
    )


def set_columns(ondelete: str | None) -> str | None:
    """``SET NULL (columns)`` as the database prints it; None for an action without columns."""
    match = SET_COLUMNS.fullmatch(ondelete.strip()) if ondelete else None
    if match is None:
        return None
    columns = (unquoted(part) if part.startswith('"') else part.lower() for part in split_list(match[2]))
    return f"{' '.join(match[1].upper().split())} ({', '.join(map(as_printed, columns))})"
