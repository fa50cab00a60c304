"""Answers where no temporary table can be made (a hot standby, no privilege): the planner prints both sides.

``OFFSET 0`` keeps the planner from folding the row of NULLs away; COLLATE clauses, which a plan does not show, have to be
alike besides. Measured on 232 expressions: the same verdict as with temporary tables for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from autodiff.dialects.postgresql.asking import Answers, message_of
from autodiff.dialects.postgresql.catalog import Column
from autodiff.dialects.postgresql.fold import without_length
from autodiff.dialects.postgresql.planner import Plan, plans
from autodiff.dialects.postgresql.questions import Check, Columns, Generated, Question, Value
from autodiff.dialects.postgresql.sending import ask_nothing
from autodiff.dialects.postgresql.session import Rollback
from autodiff.dialects.postgresql.wanted import Wanted
from autodiff.dialects.postgresql.words import identifier, literal
from autodiff.kinds import CheckState, ColumnState
from autodiff.state import Key

_COLLATE = re.compile(r'\bCOLLATE\s+((?:"[^"]*"|\w+)(?:\.(?:"[^"]*"|\w+))*)', re.IGNORECASE)


@dataclass(frozen=True)
class Pair:
    """Two texts of one meaning, perhaps.

    :param question: what the models ask.
    :param part: of a column: its ``type`` or its ``default``; else the expression.
    :param query: prints the models' side and the database's.
    :param ours: the models' text.
    :param stored: the database's print.
    """

    question: Question
    part: str
    query: str
    ours: str
    stored: str

    def equal(self, plan: Plan) -> bool:
        return len(set(plan.output)) == 1 and collations(self.ours) == collations(self.stored)


def planned_answers(connection: Connection, wanted: Wanted, search_path: str) -> Answers:
    """Answers to the questions of objects that the database has; the others' texts are taken as they are written."""
    pairs = [*_columns(wanted), *_expressions(wanted)]
    answers = Answers()
    with Rollback(connection):
        try:
            ask_nothing(connection, f"SELECT set_config('search_path', {literal(search_path)}, true)")
            found = plans(connection, [pair.query for pair in pairs])
        except DBAPIError as error:
            found = [Plan(message=message_of(error)) for _ in pairs]
    for pair, plan in zip(pairs, found, strict=True):
        _take(answers, pair, plan)
    for question in {*wanted.values.values(), *wanted.asked.values()}:
        if not answers.knows(question):
            answers.errors.setdefault(question, "this takes a temporary table, and the server makes none here")
    return answers


def _columns(wanted: Wanted) -> Iterator[Pair]:
    for key, question in wanted.values.items():
        there = wanted.database.get(key)
        if not isinstance(there, ColumnState):
            continue
        ours, stored = question.type, str(there.type.canonical)
        yield Pair(question, "type", f"SELECT NULL::{bare(ours)}, NULL::{bare(stored)}", ours, stored)
        if question.default is not None and there.default is not None:
            type_, default = without_length(bare(ours)), str(there.default.canonical)
            query = f"SELECT ({question.default})::{type_}, ({default})::{type_}"
            yield Pair(question, "default", query, question.default, default)


def _expressions(wanted: Wanted) -> Iterator[Pair]:
    for key, question in wanted.asked.items():
        if isinstance(question, (Check, Generated)):
            for stored in _stored(wanted, key):
                row = typed_row(question.columns, str(key.table))
                query = f"SELECT ({question.text}), ({stored}) {row}"
                yield Pair(question, "", query, question.text, stored)


def _stored(wanted: Wanted, key: Key) -> Iterator[str]:
    """The prints that may be meant: of the object of this name, or of all of its table where it has no name."""
    there, state = wanted.database.get(key), wanted.models.get(key)
    if isinstance(there, ColumnState) and there.computed is not None:
        yield str(there.computed.expression.canonical)
    elif isinstance(there, CheckState):
        yield str(there.condition.canonical)
    elif isinstance(state, CheckState) and state.unnamed:
        yield from (str(check.condition.canonical) for check in wanted.database.parts_of(key.of_table, CheckState))


def typed_row(columns: Columns, table: str) -> str:
    """A row of NULLs with the columns' types, under the table's name."""
    if not columns:
        return ""
    values = ", ".join(f"NULL::{type_} AS {identifier(name)}" for name, type_ in columns)
    return f"FROM (SELECT {values} OFFSET 0) {identifier(table)}"


def _take(answers: Answers, pair: Pair, plan: Plan) -> None:
    if not plan.output:
        answers.errors[pair.question] = plan.message or "the server refused it"
        return
    text = pair.stored if pair.equal(plan) else plan.output[0]
    question = pair.question
    if not isinstance(question, Value):
        if question not in answers.texts or pair.equal(plan):
            answers.texts[question] = text
    elif pair.part == "type":
        type_ = pair.stored if len(set(plan.output)) == 1 else plan.output[0].partition("::")[2]
        answers.values[question] = _column(type_, None, collations(question.type))
    elif question in answers.values:
        answers.values[question] = answers.values[question]._replace(default=text)


def _column(type_: str, default: str | None, collation: list[str]) -> Column:
    name = collation[-1].replace('"', "") if collation else None
    return Column(0, 0, "", type_, False, "", "", default, None, name, None, 0, True, False)


def bare(type_: str) -> str:
    """A type without its collation."""
    return _COLLATE.sub("", type_).strip()


def collations(text: str) -> list[str]:
    return sorted(_COLLATE.findall(text))
