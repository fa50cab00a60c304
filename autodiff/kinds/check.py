"""CHECK constraints, those that belong to a type (`Boolean`, `Enum`) included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from sqlalchemy import CheckConstraint

from autodiff.kinds.constraint import (
    ConstraintState,
    constraint_steps,
    constraints_of,
    deferral,
    keys_of_columns,
    named_or_numbered,
    renamed_constraint,
)
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.kinds.table import keywords_given, options_of
from autodiff.state import Change, Sql
from autodiff.state.state import frozen


def standing_in(column: str) -> str:
    """The key's name of a check that stands in a column's definition and has no name of its own."""
    return f"~column {column}"


@frozen
class CheckState(ConstraintState):
    """:param of_type: the constraint comes with a column's type (``Boolean(create_constraint=True)``)."""

    condition: Sql
    of_type: bool = field(default=False, compare=False)


class CheckKind(Kind[CheckState]):
    name = "check"
    word = "check constraint"

    def summary(self, state: CheckState) -> str:
        return state.condition.text

    def asks_of_rows(self, state: CheckState) -> tuple[object, ...]:
        return ("holds", state.condition.canonical or state.condition.text)

    def note(self, change: Change[CheckState]) -> str:
        return "fails where it does not hold" if change.before is None else ""

    def read(self, models: Models) -> Iterator[CheckState]:
        for table in models.tables:
            found = list(constraints_of(models, table, CheckConstraint))
            for named, constraint in named_or_numbered(models, self.name, table, found):
                yield CheckState(
                    **named,
                    condition=Sql(models.expression_text(constraint.sqltext)),
                    of_type=bool(getattr(constraint, "_type_bound", False)),
                    comment=getattr(constraint, "comment", None),
                    options=options_of(keywords_given(constraint), models.dialect.name),
                    depends_on=keys_of_columns(models, constraint.columns),
                    source=constraint,
                    **deferral(constraint),
                )

    def steps(self, change: Change[CheckState], sides: Sides) -> Iterator[Step]:
        return constraint_steps(change, sides)

    def renamed(self, change: Change[CheckState], sides: Sides) -> Step:
        return renamed_constraint(change, sides)
