"""CHECK constraints, those that belong to a type (`Boolean`, `Enum`) included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import CheckConstraint

from autodiff.kinds.constraint import ConstraintState, constraints_of, deferral, keys_of_columns, named_or_numbered
from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.table import options_of
from autodiff.state import Sql


@dataclass(frozen=True, kw_only=True)
class CheckState(ConstraintState):
    """:param of_type: the constraint comes with a column's type (``Boolean(create_constraint=True)``)."""

    condition: Sql
    of_type: bool = field(default=False, compare=False)


class CheckKind(Kind[CheckState]):
    name = "check"

    def read(self, models: Models) -> Iterator[CheckState]:
        for table in models.tables:
            found = list(constraints_of(models, table, CheckConstraint))
            for key, unnamed, constraint in named_or_numbered(models, self.name, table, found):
                yield CheckState(
                    key=key,
                    unnamed=unnamed,
                    condition=Sql(models.expression_text(constraint.sqltext)),
                    of_type=bool(getattr(constraint, "_type_bound", False)),
                    comment=getattr(constraint, "comment", None),
                    options=options_of(constraint.dialect_kwargs, models.dialect.name),
                    depends_on=keys_of_columns(models, constraint.columns),
                    source=constraint,
                    **deferral(constraint),
                )
