"""What a database can do, as the suite asks for it; a dialect's author overrides what is different there."""

from __future__ import annotations

from typing import Any

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import Requirements


def _open() -> Any:
    return exclusions.open()


def _closed() -> Any:
    return exclusions.closed()


def _dialect_says(attribute: str) -> Any:
    """Open where SQLAlchemy's dialect has the attribute and it is true."""
    return exclusions.only_if(
        lambda config: getattr(config.db.dialect, attribute, False), f"the dialect says {attribute} = False"
    )


class SuiteRequirements(Requirements):
    """Mix it into the class that `requirement_cls` names, after SQLAlchemy's own SuiteRequirements.

    What is open runs; what is closed is skipped. Where SQLAlchemy's dialect says itself whether the database can do
    something, that is asked.
    """

    @property
    def alter_column(self) -> Any:
        """A column can be changed: in place, or (`alter_in_place` closed) in a batch."""
        return _open()

    @property
    def alter_in_place(self) -> Any:
        """ALTER TABLE changes, drops and adds columns and constraints; closed, everything is done in a batch."""
        return _open()

    @property
    def rename_table(self) -> Any:
        """A table can be renamed."""
        return _open()

    @property
    def transactional_ddl(self) -> Any:
        """What DDL did is gone after a rollback; the dialect's impl says so by `transactional_ddl`."""
        from autodiff.ddl.impl import DefaultImpl

        return exclusions.only_if(
            lambda config: DefaultImpl.get_by_dialect(config.db.dialect).transactional_ddl, "DDL commits"
        )

    # --- columns

    @property
    def computed_columns(self) -> Any:
        """GENERATED ALWAYS AS, and it is reflected."""
        return _open()

    @property
    def computed_columns_alter(self) -> Any:
        """A generated column can be added to a table that is there."""
        return _open()

    @property
    def identity_columns(self) -> Any:
        """GENERATED AS IDENTITY."""
        return _dialect_says("supports_identity_columns")

    @property
    def identity_columns_alter(self) -> Any:
        """An identity can be changed, added to a column, and taken from it."""
        return _open()

    @property
    def autoincrement_on_composite_pk(self) -> Any:
        """A column of a primary key of several may count by itself."""
        return _open()

    @property
    def alter_primary_key(self) -> Any:
        """The type of a primary key's column can be changed, and it counts by itself as before."""
        return _open()

    @property
    def integer_subtype_comparisons(self) -> Any:
        """SMALLINT, INTEGER and BIGINT are told from each other."""
        return _open()

    @property
    def server_default_reflection(self) -> Any:
        """Server defaults are reflected."""
        return _open()

    @property
    def comments(self) -> Any:
        """Tables and columns have comments."""
        return _dialect_says("supports_comments")

    # --- constraints and indexes

    @property
    def index_reflection(self) -> Any:
        """Indexes are reflected."""
        return _open()

    @property
    def unique_constraint_reflection(self) -> Any:
        """Unique constraints are reflected as such."""
        return _open()

    @property
    def foreign_key_constraint_reflection(self) -> Any:
        """Foreign keys exist, and are reflected."""
        return _open()

    @property
    def fk_names(self) -> Any:
        """A foreign key keeps the name that it is given."""
        return _open()

    @property
    def reflects_fk_options(self) -> Any:
        """What a foreign key does on deletion and update is reflected; each of the options can be closed by itself."""
        return _open()

    @property
    def fk_ondelete_is_reflected(self) -> Any:
        """ON DELETE is reflected."""
        return _open()

    @property
    def fk_onupdate(self) -> Any:
        """ON UPDATE exists."""
        return _open()

    @property
    def fk_onupdate_is_reflected(self) -> Any:
        """ON UPDATE is reflected."""
        return _open()

    @property
    def fk_ondelete_restrict(self) -> Any:
        """ON DELETE RESTRICT exists, and is told from NO ACTION."""
        return _open()

    @property
    def fk_onupdate_restrict(self) -> Any:
        """ON UPDATE RESTRICT exists, and is told from NO ACTION."""
        return _open()

    @property
    def fk_ondelete_noaction(self) -> Any:
        """ON DELETE NO ACTION exists, and is the same as saying nothing."""
        return _open()

    @property
    def fk_initially(self) -> Any:
        """INITIALLY DEFERRED and INITIALLY IMMEDIATE exist."""
        return _open()

    @property
    def fk_deferrable(self) -> Any:
        """DEFERRABLE exists."""
        return _open()

    @property
    def fk_deferrable_is_reflected(self) -> Any:
        """DEFERRABLE and INITIALLY are reflected."""
        return _open()

    @property
    def check_constraints_w_enforcement(self) -> Any:
        """CHECK exists, and is enforced."""
        return _open()

    @property
    def check_constraint_reflection(self) -> Any:
        """CHECK constraints are reflected."""
        return _open()

    # --- what suites of SQLAlchemy and of Alembic ask for besides

    @property
    def schemas(self) -> Any:
        """There are schemas in the sense of namespaces."""
        return _open()

    @property
    def sequences(self) -> Any:
        """There are sequences."""
        return _dialect_says("supports_sequences")

    @property
    def autocommit_isolation(self) -> Any:
        """AUTOCOMMIT is an isolation level."""
        return _open()

    @property
    def reflects_pk_names(self) -> Any:
        """The name of a primary key is reflected."""
        return _closed()


__all__ = ["Requirements", "SuiteRequirements"]
