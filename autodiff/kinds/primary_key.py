"""Primary keys: at most one per table, whatever its name."""

from __future__ import annotations

from collections.abc import Iterator

from autodiff.kinds.constraint import (
    ConstraintState,
    column_names,
    constraint_steps,
    deferral,
    final_name,
    keys_of_columns,
    renamed_constraint,
)
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.kinds.table import keywords_given, options_of
from autodiff.state import Change
from autodiff.state.state import frozen


@frozen
class PrimaryKeyState(ConstraintState):
    """:param name: the name; where the models give none, the room fills in what the database has."""

    columns: tuple[str, ...]
    name: str | None = None


class PrimaryKeyKind(Kind[PrimaryKeyState]):
    name = "primary_key"

    def summary(self, state: PrimaryKeyState) -> str:
        return f"({', '.join(state.columns)})"

    def asks_of_rows(self, state: PrimaryKeyState) -> tuple[object, ...]:
        return ("unique", state.columns)

    def note(self, change: Change[PrimaryKeyState]) -> str:
        return "fails on duplicates" if change.before is None else ""

    def read(self, models: Models) -> Iterator[PrimaryKeyState]:
        for table in models.tables:
            constraint = table.primary_key
            implicit = getattr(constraint, "_implicit_generated", False)
            columns = constraint.columns_autoinc_first if implicit else list(constraint.columns)
            if not columns:
                continue
            name = final_name(models, constraint)
            yield PrimaryKeyState(
                key=models.part_key("primary_key", table, None),
                unnamed=name is None,
                columns=column_names(models, columns),
                name=name,
                comment=getattr(constraint, "comment", None),
                options=options_of(keywords_given(constraint), models.dialect.name),
                depends_on=keys_of_columns(models, columns),
                source=constraint,
                **deferral(constraint),
            )

    def steps(self, change: Change[PrimaryKeyState], sides: Sides) -> Iterator[Step]:
        return constraint_steps(change, sides)

    def renamed(self, change: Change[PrimaryKeyState], sides: Sides) -> Step:
        return renamed_constraint(change, sides)
