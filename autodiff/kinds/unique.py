"""Unique constraints."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import UniqueConstraint

from autodiff.kinds.constraint import (
    ConstraintState,
    column_names,
    constraint_steps,
    constraints_of,
    deferral,
    keys_of_columns,
    named_or_numbered,
    place_of_keys,
    renamed_constraint,
)
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.kinds.table import keywords_given, options_of
from autodiff.state import Change
from autodiff.state.state import frozen


@frozen
class UniqueState(ConstraintState):
    columns: tuple[str, ...]


class UniqueKind(Kind[UniqueState]):
    name = "unique"
    word = "unique constraint"

    def summary(self, state: UniqueState) -> str:
        return f"({', '.join(state.columns)})"

    def place(self, change: Change[UniqueState]) -> str:
        return place_of_keys(change, lambda state: state.columns)

    def asks_of_rows(self, state: UniqueState) -> tuple[object, ...]:
        return ("unique", state.columns)

    def note(self, change: Change[UniqueState]) -> str:
        return "fails on duplicates" if change.before is None else ""

    def read(self, models: Models) -> Iterator[UniqueState]:
        for table in models.tables:
            found = list(constraints_of(models, table, UniqueConstraint))
            for named, constraint in named_or_numbered(models, self.name, table, found):
                columns = list(constraint.columns)
                yield UniqueState(
                    **named,
                    columns=column_names(models, columns),
                    comment=getattr(constraint, "comment", None),
                    options=options_of(keywords_given(constraint), models.dialect.name),
                    depends_on=keys_of_columns(models, columns),
                    source=constraint,
                    **deferral(constraint),
                )

    def steps(self, change: Change[UniqueState], sides: Sides) -> Iterator[Step]:
        return constraint_steps(change, sides)

    def renamed(self, change: Change[UniqueState], sides: Sides) -> Step:
        return renamed_constraint(change, sides)
