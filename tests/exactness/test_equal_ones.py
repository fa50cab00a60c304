"""Constraints and indexes that are equal are counted: those that the models have no place for are dropped, by name.

A name in the models means that one; without a name any equal one is meant, whatever it is called. So a unique that the
models do not name is there if there is one over its columns, under a name of somebody's own too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.diff.differ import diff, settled
from autodiff.reflect.compare import Database, Question

# By kind: what follows ADD in the database, and the models' constraint of that name.
KINDS: dict[str, tuple[str, Any]] = {
    "unique": ("CONSTRAINT {name} UNIQUE (a)", lambda name: sa.UniqueConstraint("a", name=name)),
    "foreign_key": (
        "CONSTRAINT {name} FOREIGN KEY (a) REFERENCES t (id)",
        lambda name: sa.ForeignKeyConstraint(["a"], ["t.id"], name=name),
    ),
    "check": ("CONSTRAINT {name} CHECK (a > 0)", lambda name: sa.CheckConstraint("a > 0", name=name)),
    "index": ("INDEX {name} (a)", lambda name: sa.Index(name, "a")),
}
CASES = [
    (["m1", "m2"], ["m1"], ["drop m2"]),
    (["m1", "m2"], ["m2"], ["drop m1"]),
    (["m1", "m2"], ["m2", "m1"], []),
    (["m1", "m2"], [None], ["drop m2"]),
    (["m1"], [None], []),
    (["m1", "m2"], ["m2", None], []),
    (["m1", "m2"], [None, None], []),
    (["m1", "m2", "m3"], ["m2", None], ["drop m3"]),
    (["m1"], ["m2"], ["add m2", "drop m1"]),
]


def cases() -> Iterator[tuple[str, list[str], list[str | None], list[str]]]:
    for kind in KINDS:
        for stored, wanted, differences in CASES:
            # (An index has a name, and MySQL's server names what has none: there is no second one without.)
            if None not in wanted or kind != "index":
                yield kind, stored, wanted, differences


@pytest.mark.parametrize(("kind", "stored", "wanted", "differences"), list(cases()))
def test_equal_ones_are_counted(
    database: Any, kind: str, stored: list[str], wanted: list[str | None], differences: list[str]
) -> None:
    text, made = KINDS[kind]
    if kind == "index" and database.family != "mariadb":
        database.execute("CREATE TABLE t (id INT PRIMARY KEY NOT NULL, a INT)")
        database.execute(*(f"CREATE INDEX {name} ON t (a)" for name in stored))
    elif database.family == "sqlite":
        database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY NOT NULL, a INT, "
            + ", ".join(text.format(name=n) for n in stored)
            + ")"
        )
    else:
        database.execute("CREATE TABLE t (id INT PRIMARY KEY NOT NULL, a INT)")
        database.execute(*(f"ALTER TABLE t ADD {text.format(name=name)}" for name in stored))
    metadata = sa.MetaData()
    id = sa.Column("id", sa.INT, primary_key=True, autoincrement=False)
    index = [sa.Index("backing", "a")] if kind == "foreign_key" and database.family == "mariadb" else []
    sa.Table("t", metadata, id, sa.Column("a", sa.INT), *index, *(made(name) for name in wanted))
    with database.engine().connect() as connection:
        found = settled(Database(connection).compared(Question(metadata)))
    changes = [c for c in diff(found.before, found.after) if c.kind == kind]
    assert sorted(f"{change.verb} {change.key.name}" for change in changes) == differences
