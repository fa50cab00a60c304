"""EXCLUDE constraints (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.dialects.postgresql import ExcludeConstraint

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
from autodiff.state import Change, Sql
from autodiff.state.state import frozen


@frozen
class ExcludeState(ConstraintState):
    """:param definition: the whole definition, ``EXCLUDE USING gist (…) WHERE (…)``."""

    definition: Sql


class ExcludeKind(Kind[ExcludeState]):
    name = "exclude"
    word = "exclude constraint"

    def summary(self, state: ExcludeState) -> str:
        return state.definition.text

    def asks_of_rows(self, state: ExcludeState) -> tuple[object, ...]:
        return ("holds", self.summary(state))

    def note(self, change: Change[ExcludeState]) -> str:
        return "fails where it does not hold" if change.before is None else ""

    def read(self, models: Models) -> Iterator[ExcludeState]:
        if not hasattr(models.ddl, "visit_exclude_constraint"):
            return
        for table in models.tables:
            found = list(constraints_of(models, table, ExcludeConstraint))
            for named, constraint in named_or_numbered(models, self.name, table, found):
                yield ExcludeState(
                    **named,
                    definition=Sql(str(models.ddl.process(constraint))),
                    depends_on=keys_of_columns(models, constraint.columns),
                    source=constraint,
                    **deferral(constraint),
                )

    def steps(self, change: Change[ExcludeState], sides: Sides) -> Iterator[Step]:
        return constraint_steps(change, sides)

    def renamed(self, change: Change[ExcludeState], sides: Sides) -> Step:
        return renamed_constraint(change, sides)
