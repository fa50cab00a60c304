"""Questions packed into few temporary tables, and the answers read back from them.

One wide table holds a column for each distinct type and default; expressions share a table as long as every column name
in it has one type. Partitioned tables have no file and no toast table, so they are the cheapest to make
(1,000 tables with a CHECK, 2 indexes and a foreign key each: 1 s packed, 8 s and 93,000 dead catalog rows one by one).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from autodiff.dialects.postgresql.catalog import Catalog, Column, Index
from autodiff.dialects.postgresql.questions import Check, Expression, Generated, Keys, Question, Value, Whole
from autodiff.dialects.postgresql.words import identifier, literal

# https://www.postgresql.org/docs/current/limits.html: 1,600 columns in a table
COLUMNS_PER_TWIN = 1500
KEY = '"~k~"'


@dataclass
class Twin:
    """One temporary table.

    :param columns: plain columns that expressions name, by name: type.
    :param clauses: what is asked, by its made-up name: the text that follows ADD in an ALTER TABLE.
    :param indexes: indexes that are asked, by made-up name: the text that follows the table's name.
    :param behind: what stands behind the brackets; the default makes a partitioned table.
    """

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)
    behind: str = f" PARTITION BY LIST ({KEY})"

    def takes(self, columns: Iterable[tuple[str, str]]) -> bool:
        """Has every column name one type?"""
        return len(self.columns) + len(self.clauses) < COLUMNS_PER_TWIN and all(
            self.columns.get(name, type_) == type_ for name, type_ in columns
        )

    def create(self, clauses: Iterable[str]) -> str:
        columns = (f"{identifier(name)} {type_}" for name, type_ in self.columns.items())
        inside = ", ".join([f"{KEY} boolean", *columns, *clauses])
        return f"CREATE TEMPORARY TABLE {identifier(self.name)} ({inside}){self.behind}"

    def create_index(self, name: str) -> str:
        return f"CREATE INDEX {identifier(name)} ON pg_temp.{identifier(self.name)} {self.indexes[name]}"


class Packing:
    """Questions laid out on twins. `names` gives each question the made-up name of its piece."""

    def __init__(self, questions: Iterable[Question], first: int = 0) -> None:
        self.twins: dict[str, Twin] = {}
        self.names: dict[Question, str] = {}
        self.number = first
        self._shared: list[Twin] = []
        self._values: Twin | None = None
        for question in questions:
            if question not in self.names:
                self._place(question)

    def _next(self, letter: str) -> str:
        self.number += 1
        return f"~{letter}{self.number}~"

    def _new_twin(self, name: str | None = None, behind: str = f" PARTITION BY LIST ({KEY})") -> Twin:
        twin = Twin(name or self._next("t"), behind=behind)
        return self.twins.setdefault(twin.name, twin)

    def _place(self, question: Question) -> None:
        if isinstance(question, Value):
            self._place_value(question)
        elif isinstance(question, Whole):
            self._place_whole(question)
        else:
            self._place_expression(question)

    def _place_value(self, question: Value) -> None:
        if self._values is None or not self._values.takes(()):
            self._values = self._new_twin()
        name = self.names[question] = self._next("c")
        default = "" if question.default is None else f" DEFAULT {question.default}"
        self._values.clauses[name] = f"COLUMN {identifier(name)} {question.type}{default}"

    def _place_whole(self, question: Whole) -> None:
        twin = self._new_twin(behind=question.behind)
        twin.columns.update(question.columns)
        name = self.names[question] = self._next("x") if question.inside else twin.name
        if question.inside:
            twin.clauses[name] = f"CONSTRAINT {identifier(name)} {question.inside}"

    def _place_expression(self, question: Check | Generated | Keys) -> None:
        twin = self._twin_for(question)
        twin.columns.update(question.columns)
        if isinstance(question, Check):
            name = self._next("k")
            twin.clauses[name] = f"CONSTRAINT {identifier(name)} CHECK ({question.text})"
        elif isinstance(question, Generated):
            name = self._next("g")
            twin.clauses[name] = (
                f"COLUMN {identifier(name)} {question.type} GENERATED ALWAYS AS ({question.text}) STORED"
            )
        else:
            name = self._next("i")
            twin.indexes[name] = question.text
        self.names[question] = name

    def _twin_for(self, question: Check | Generated | Keys) -> Twin:
        if question.own is not None:
            return self.twins.get(question.own) or self._new_twin(question.own)
        for twin in self._shared:
            if twin.takes(question.columns):
                return twin
        self._shared.append(self._new_twin())
        return self._shared[-1]


def statements(twins: Mapping[str, Twin]) -> Iterator[str]:
    """The statements that make the twins, as few as possible: one error fails them all."""
    for twin in twins.values():
        yield twin.create(clause.removeprefix("COLUMN ") for clause in twin.clauses.values())
        yield from (twin.create_index(name) for name in twin.indexes)


def careful_statements(twins: Mapping[str, Twin]) -> Iterator[tuple[str | None, str]]:
    """A statement per piece, with the piece's name, so that an error fails that piece alone."""
    for twin in twins.values():
        columns, twin_columns = twin.columns, Twin(twin.name, behind=twin.behind)
        if not twin.clauses and not twin.indexes:
            yield twin.name, twin.create(())
            continue
        table = f"pg_temp.{identifier(twin.name)}"
        yield None, twin_columns.create(())
        for name, type_ in columns.items():
            yield None, f"ALTER TABLE {table} ADD COLUMN {identifier(name)} {type_}"
        for name, clause in twin.clauses.items():
            yield name, f"ALTER TABLE {table} ADD {clause}"
        for name in twin.indexes:
            yield name, twin.create_index(name)


def block(before: Iterable[str], pieces: Iterable[str], after: Iterable[str]) -> str:
    """One DO statement: every driver sends it as it is, with several statements in it."""
    return do([execute(sql) for sql in (*before, *pieces, *after)])


def careful_block(before: Iterable[str], pieces: Iterable[tuple[str | None, str]], after: Iterable[str]) -> str:
    """The same; a piece that fails leaves the server's message in a setting of the transaction, if it has a name."""
    careful = [f"BEGIN {execute(sql)} EXCEPTION WHEN OTHERS THEN {failed(name)} END;" for name, sql in pieces]
    return do([*map(execute, before), *careful, *map(execute, after)])


def do(lines: Iterable[str], declare: str = "") -> str:
    """One DO statement. It says in the server's log, and to who listens to statements, that it changes nothing."""
    return f"/* autodiff asks; rolled back */ DO {literal(declare + ' BEGIN ' + ' '.join(lines) + ' END')}"


def execute(sql: str) -> str:
    return f"EXECUTE {literal(sql)};"


def failed(name: str | None) -> str:
    return "NULL;" if name is None else f"PERFORM set_config('{setting(name)}', SQLERRM, true);"


def setting(name: str) -> str:
    """The setting that holds the error of a piece (its name is ``~c7~``, or a table's own)."""
    return "autodiff." + name.strip("~")


@dataclass
class Printed:
    """What the server printed, by the made-up names of the pieces."""

    columns: dict[str, Column]
    checks: dict[str, str]
    indexes: dict[str, Index]
    partition_keys: dict[str, str]

    @classmethod
    def of(cls, catalog: Catalog) -> Printed:
        return cls(
            {row.name: row for row in catalog.columns if row.name.startswith("~")},
            {row.name: row.definition or "" for row in catalog.constraints if row.name.startswith("~")},
            {row.name: row for row in catalog.indexes if row.name.startswith("~")},
            {row.name: row.partition_key for row in catalog.relations if row.partition_key is not None},
        )


__all__ = ["Expression", "Packing", "Printed", "Twin", "block", "careful_block", "careful_statements", "statements"]
