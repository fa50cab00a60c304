"""Constraints in words that SQLAlchemy lacks: NO INHERIT, NOT ENFORCED, PERIOD, and NOT VALID in a new table.

The models cannot say them, so that they are not compared. But what has them keeps them when it is made anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.kept import namesake, words
from autodiff.dialects.postgresql.settings import ADDED, escaped
from autodiff.dialects.postgresql.words import bracketed, literal
from autodiff.kinds import CheckState, ForeignKeyState
from autodiff.kinds.constraint import added_constraint, dropped_constraint
from autodiff.kinds.step import Sides, Step
from autodiff.operations.data_ops import SqlOp
from autodiff.state import Change, State

NOT_VALID = " NOT VALID"
# A definition with one of these is none of SQLAlchemy's.
WORDLESS = re.compile(r" NO INHERIT\b| NOT ENFORCED\b|, PERIOD ")


def definition_in_database(state: State) -> str | None:
    """The definition of a constraint that has such words, as the template of a statement has it."""
    return next((sql.removeprefix(ADDED) for sql in state.settings if sql.startswith(ADDED)), None)


def is_made_apart(state: State) -> bool:
    """Does no CREATE TABLE make it, so that it comes by a statement of its own?"""
    return definition_in_database(state) is not None


def steps(change: Change[Any], sides: Sides) -> Iterator[Step] | None:
    """The steps of a constraint that has such words, or that takes the place of one; None for all others."""
    after = change.after
    if not isinstance(after, (CheckState, ForeignKeyState)):
        return None
    there = after if after.source is None or after.settings else change.before or namesake(after, sides)
    definition = None if there is None else definition_in_database(there)
    return None if there is None or definition is None else made_again(change, there, definition, sides)


def made_again(change: Change[Any], there: State, definition: str, sides: Sides) -> Iterator[Step]:
    after = change.after
    assert after is not None, "it is made"
    if change.before is not None:
        yield dropped_constraint(change.before, sides)
    definition = reworded(definition, there, after)
    if WORDLESS.search(definition):
        yield from (Step(SqlOp(sql), "create", after) for sql in statements(definition, there, after, sides))
    else:
        step = added_constraint(after, sides)
        operation: Any = step.operation
        # The rows were not looked at before, and may not stand it now.
        operation.kw["postgresql_not_valid"] = True
        yield step


def reworded(definition: str, there: State, after: State) -> str:
    """The definition as the models have it: a condition of theirs with the words behind it; of a changed key only NOT VALID."""
    if not there.differing(after):
        return definition
    if isinstance(after, CheckState):
        return f"CHECK ({escaped(after.condition.text)}){bracketed(definition.removeprefix('CHECK '))[1]}"
    return NOT_VALID


def statements(definition: str, there: State, after: Any, sides: Sides) -> Iterator[str]:
    names = words(after, there, sides)
    yield (ADDED + definition).format(**names)
    if after.comment is not None:
        yield f"COMMENT ON CONSTRAINT {names['name']} ON {names['table']} IS {literal(after.comment)}"
