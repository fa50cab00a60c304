"""What a database can do, for the tests of `autodiff.testing.suite`: a dialect's package overrides what differs."""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import Requirements


class SuiteRequirements(Requirements):  # type: ignore[misc]
    """Stands beside SQLAlchemy's own: ``class Requirements(sqlalchemy…SuiteRequirements, SuiteRequirements)``."""

    @property
    def alter_column(self) -> Any:
        """Type, nullability and default of a column of a table with rows can be changed in place."""
        return exclusions.open()

    @property
    def rename_column(self) -> Any:
        """A column can be renamed in place."""
        return exclusions.open()

    @property
    def alter_constraints(self) -> Any:
        """Constraints can be added to a table that is there, and dropped from it."""
        return exclusions.open()

    @property
    def foreign_key_actions(self) -> Any:
        """Foreign keys have ON DELETE and ON UPDATE, and are reflected with them."""
        return exclusions.open()

    @property
    def comments(self) -> Any:
        """Tables and columns have comments, and are reflected with them."""
        return exclusions.only_if(lambda config: config.db.dialect.supports_comments, "has no comments")

    @property
    def computed_columns(self) -> Any:
        """Columns can be computed, and are reflected as such."""
        return exclusions.closed()

    @property
    def identity_columns(self) -> Any:
        """Columns can be GENERATED … AS IDENTITY, and are reflected as such."""
        return exclusions.closed()
