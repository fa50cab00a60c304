"""Foreign keys, and what they do when the row that they refer to is deleted or changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, String, Table, UniqueConstraint

from autodiff.testing.fixtures import MigrationTest, requires

__all__ = ["AutogenerateFKOptionsTest", "AutogenerateForeignKeysTest"]

CHANGED = ["add_fk", "remove_fk"]


def referring(*constraints: ForeignKeyConstraint) -> MetaData:
    """A table with these foreign keys to another, which has a key of one column and one of two."""
    metadata = MetaData()
    Table(
        "target",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("a", Integer, nullable=False),
        Column("b", String(10), nullable=False),
        UniqueConstraint("a", "b", name="uq_target_a_b"),
    )
    Table(
        "source",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("target_id", Integer),
        Column("a", Integer),
        Column("b", String(10)),
        *constraints,
    )
    return metadata


def key(name: str | None = "fk_source_target", **options: Any) -> ForeignKeyConstraint:
    """A foreign key of one column."""
    return ForeignKeyConstraint(["target_id"], ["target.id"], name=name, **options)


def composite(name: str = "fk_source_target_a_b") -> ForeignKeyConstraint:
    """A foreign key of two columns."""
    return ForeignKeyConstraint(["a", "b"], ["target.a", "target.b"], name=name)


ROWS = {"target": [{"id": 1, "a": 1, "b": "x"}], "source": [{"id": 1, "target_id": 1, "a": 1, "b": "x"}]}


class AutogenerateForeignKeysTest(MigrationTest):
    """ADD and DROP."""

    __requires__ = ("foreign_key_constraint_reflection",)

    def test_add_fk(self) -> None:
        self.found(self.change(referring(), referring(key()), ROWS), ["add_fk"])

    def test_remove_fk(self) -> None:
        self.found(self.change(referring(key()), referring(), ROWS), ["remove_fk"])

    def test_no_change(self) -> None:
        self.unchanged(referring(key()), referring(key()))

    def test_no_change_of_one_without_a_name(self) -> None:
        self.unchanged(referring(key(None)), referring(key(None)))

    def test_add_composite_fk_with_name(self) -> None:
        self.found(self.change(referring(), referring(composite()), ROWS), ["add_fk"])

    def test_remove_composite_fk(self) -> None:
        self.found(self.change(referring(composite()), referring(), ROWS), ["remove_fk"])

    def test_no_change_composite_fk(self) -> None:
        self.unchanged(referring(composite()), referring(composite()))

    def test_add_two(self) -> None:
        self.found(self.change(referring(), referring(key(), composite()), ROWS), ["add_fk", "add_fk"])


class AutogenerateFKOptionsTest(MigrationTest):
    """ON DELETE, ON UPDATE, DEFERRABLE and INITIALLY: each is found, done and undone."""

    __requires__ = ("foreign_key_constraint_reflection", "reflects_fk_options")

    def _changes(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.found(self.change(referring(key(**before)), referring(key(**after)), ROWS), CHANGED)

    def _stays(self, before: dict[str, Any], after: dict[str, Any] | None = None) -> None:
        self.unchanged(referring(key(**before)), referring(key(**(before if after is None else after))))

    @requires("fk_ondelete_is_reflected")
    def test_add_ondelete(self) -> None:
        self._changes({}, {"ondelete": "CASCADE"})

    @requires("fk_ondelete_is_reflected")
    def test_remove_ondelete(self) -> None:
        self._changes({"ondelete": "SET NULL"}, {})

    @requires("fk_ondelete_is_reflected")
    def test_nochange_ondelete(self) -> None:
        self._stays({"ondelete": "CASCADE"}, {"ondelete": "cascade"})

    @requires("fk_ondelete_is_reflected", "fk_ondelete_restrict")
    def test_nochange_ondelete_restrict(self) -> None:
        self._stays({"ondelete": "RESTRICT"})

    @requires("fk_ondelete_is_reflected", "fk_ondelete_restrict")
    def test_change_ondelete_from_restrict(self) -> None:
        self._changes({"ondelete": "RESTRICT"}, {"ondelete": "CASCADE"})

    @requires("fk_ondelete_is_reflected", "fk_ondelete_noaction")
    def test_nochange_ondelete_noaction(self) -> None:
        self._stays({"ondelete": "NO ACTION"}, {})

    @requires("fk_onupdate", "fk_onupdate_is_reflected")
    def test_add_onupdate(self) -> None:
        self._changes({}, {"onupdate": "CASCADE"})

    @requires("fk_onupdate", "fk_onupdate_is_reflected")
    def test_remove_onupdate(self) -> None:
        self._changes({"onupdate": "CASCADE"}, {})

    @requires("fk_onupdate", "fk_onupdate_is_reflected", "fk_onupdate_restrict")
    def test_change_onupdate_from_restrict(self) -> None:
        self._changes({"onupdate": "RESTRICT"}, {"onupdate": "CASCADE"})

    @requires("fk_onupdate", "fk_onupdate_is_reflected", "fk_ondelete_is_reflected")
    def test_ondelete_onupdate_combo(self) -> None:
        self._changes({"onupdate": "CASCADE", "ondelete": "SET NULL"}, {"ondelete": "CASCADE"})

    @requires("fk_deferrable", "fk_deferrable_is_reflected")
    def test_add_deferrable(self) -> None:
        self._changes({}, {"deferrable": True})

    @requires("fk_deferrable", "fk_deferrable_is_reflected")
    def test_remove_deferrable(self) -> None:
        self._changes({"deferrable": True}, {})

    @requires("fk_initially", "fk_deferrable_is_reflected")
    def test_add_initially_deferred(self) -> None:
        self._changes({}, {"deferrable": True, "initially": "DEFERRED"})

    @requires("fk_initially", "fk_deferrable_is_reflected")
    def test_remove_initially_deferred(self) -> None:
        self._changes({"deferrable": True, "initially": "DEFERRED"}, {"deferrable": True})

    @requires("fk_initially", "fk_deferrable_is_reflected")
    def test_add_initially_immediate_plus_deferrable(self) -> None:
        self._changes({}, {"deferrable": True, "initially": "IMMEDIATE"})

    @requires("fk_initially", "fk_deferrable_is_reflected")
    def test_nochange_initially_deferred(self) -> None:
        self._stays({"deferrable": True, "initially": "DEFERRED"})
