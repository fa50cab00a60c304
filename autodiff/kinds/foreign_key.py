"""Foreign keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.exc import NoReferenceError

from autodiff.errors import CommandError
from autodiff.kinds.constraint import (
    ConstraintState,
    column_names,
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
from autodiff.state import Change, Key
from autodiff.state.state import frozen


@frozen
class ForeignKeyState(ConstraintState):
    """:param referred: the key of the table that is referred to.
    :param ondelete: the action in capitals; None is NO ACTION (and RESTRICT where the database means the same).
    :param match: FULL, PARTIAL or None (SIMPLE).
    """

    columns: tuple[str, ...]
    referred: Key
    referred_columns: tuple[str, ...]
    ondelete: str | None = None
    onupdate: str | None = None
    match: str | None = None


def action(written: str | None) -> str | None:
    """An action as it is compared: capitals, single blanks, NO ACTION left out."""
    words = " ".join(written.upper().split()) if written else None
    return None if words == "NO ACTION" else words


# What a key's actions are called; None is the standard's default.
_ACTIONS = {"ondelete": "on delete", "onupdate": "on update"}


def _said(written: str | None) -> str:
    return (written or "NO ACTION").lower()


class ForeignKeyKind(Kind[ForeignKeyState]):
    name = "foreign_key"

    def detected(self, change: Change[ForeignKeyState]) -> Iterator[tuple[str, str]]:
        for state, what in ((change.before, "removed"), (change.after, "added")):
            if state is not None:
                columns = f"({','.join(state.columns)})({','.join(state.referred_columns)})"
                yield "constraints", f"Detected {what} foreign key {columns} on table {state.key.of_table.label}"

    def summary(self, state: ForeignKeyState) -> str:
        actions = "".join(
            f" on {verb} {act}" for verb, act in (("delete", state.ondelete), ("update", state.onupdate)) if act
        )
        columns, referred = ", ".join(state.columns), ", ".join(state.referred_columns)
        return f"({columns}) references {state.referred.label} ({referred}){actions.lower()}"

    def difference(self, change: Change[ForeignKeyState]) -> str:
        if not set(change.fields) <= _ACTIONS.keys():
            return super().difference(change)
        return ", ".join(
            f"{_ACTIONS[name]} {_said(getattr(change.before, name))} → {_said(getattr(change.after, name))}"
            for name in change.fields
        )

    def asks_of_rows(self, state: ForeignKeyState) -> tuple[object, ...]:
        return (state.columns, state.referred, state.referred_columns, state.match)

    def note(self, change: Change[ForeignKeyState]) -> str:
        return "fails on orphans" if change.before is None else ""

    def read(self, models: Models) -> Iterator[ForeignKeyState]:
        for table in models.tables:
            found = list(constraints_of(models, table, ForeignKeyConstraint))
            for named, constraint in named_or_numbered(models, self.name, table, found):
                yield self._state(models, named, constraint)

    @staticmethod
    def _state(models: Models, named: dict[str, Any], constraint: ForeignKeyConstraint) -> ForeignKeyState:
        try:
            referred = [element.column for element in constraint.elements]
        except NoReferenceError as error:
            raise CommandError(
                f"a foreign key of {named['key'].of_table.label} cannot be resolved: {error}",
                help="import the module that defines the table that it refers to, in env.py",
            ) from error
        match = (constraint.match or "").upper()
        target = models.table_key(referred[0].table)
        own = [element.parent for element in constraint.elements]
        return ForeignKeyState(
            **named,
            columns=column_names(models, own),
            referred=target,
            referred_columns=column_names(models, referred),
            ondelete=action(constraint.ondelete),
            onupdate=action(constraint.onupdate),
            match=None if match in ("", "SIMPLE") else match,
            comment=getattr(constraint, "comment", None),
            options=options_of(keywords_given(constraint), models.dialect.name),
            depends_on=keys_of_columns(models, own) | keys_of_columns(models, referred) | {target},
            source=constraint,
            **deferral(constraint),
        )

    def steps(self, change: Change[ForeignKeyState], sides: Sides) -> Iterator[Step]:
        return constraint_steps(change, sides)

    def renamed(self, change: Change[ForeignKeyState], sides: Sides) -> Step:
        return renamed_constraint(change, sides)
