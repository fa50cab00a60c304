"""Random models and random edits: nothing is invented, nothing missed, and what is written runs, both ways, with rows.

What each step leads to is told by a second witness, which knows nothing of autodiff. A failing example is shrunk to the
least model and the least edit; `AUTODIFF_TEST_EXAMPLES=1000` tries more of them, and then other ones each time.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, event, given, settings

from tests.databases.database import Database
from tests.exactness.grammar import ColumnSpec, Model, TableSpec, build, values_of
from tests.exactness.strategies import edits
from tests.exactness.walk import Place, Rows, settled, unnumbered
from tests.witness import difference

ASKED = os.environ.get("AUTODIFF_TEST_EXAMPLES")
EXAMPLES = int(ASKED or 0)
BOUNDED = {"sqlite": 50, "postgresql": 20, "mariadb": 40, "mysql": 40}
KEYS = {"word": ("a", "b", "c")}


def test_a_random_edit_is_seen_scripted_and_undone(database: Database) -> None:
    place = Place(database)

    @settings(
        max_examples=EXAMPLES or BOUNDED[database.family],
        derandomize=not ASKED,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(edits(database.dialect))
    def walk(models: tuple[Model, Model]) -> None:
        there_and_back(place, *models)

    walk()


def there_and_back(place: Place, old: Model, new: Model) -> None:
    before, after = (build(model, place.database.dialect) for model in (old, new))
    place.raze()
    place.build(after)
    wanted = place.witness()
    assert place.script(after) is None, "a fresh database differs from its models"
    place.raze()
    place.build(before)
    start = place.witness()
    assert place.script(before) is None, "a fresh database differs from its models"
    place.fill(before, rows_of(old, new))
    rows = place.values(kept(before, old, old, new))

    script = place.script(after)
    if script is None:
        assert difference(start, wanted) == [], "not seen"
        return
    event("changed")
    try:
        place.run(script, "upgrade", after)
        assert difference(settled(unnumbered(place.witness())), settled(unnumbered(wanted))) == []
        assert place.script(after) is None, "the second diff is not empty"
        assert place.values(kept(after, new, old, new)) == rows
        if not rows_can_return(old, new):
            place.empty(after)
            rows = {table: [] for table in rows}
        place.run(script, "downgrade", after)
        assert difference(settled(place.witness()), settled(start)) == []
        assert place.script(before) is None, "the diff after the downgrade is not empty"
        assert place.values(kept(before, old, old, new)) == rows
    except Exception as error:
        error.add_note(script.text) if hasattr(error, "add_note") else None
        raise


def rows_of(old: Model, new: Model) -> Rows:
    return {
        table.name: [_row(old, table, new.later(table.name), number) for number in range(3)] for table in old.tables
    }


def _row(old: Model, table: TableSpec, later: TableSpec | None, number: int) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(table.key_columns, KEYS.get(table.key, (1, 2, 3))[number])
    for column in table.columns:
        if column.computed is None:
            is_null = number == 2 and _may_be_null(column, later)
            row[column.name] = None if is_null else values_of(old, column)[number]
    return row


def _may_be_null(column: ColumnSpec, later: TableSpec | None) -> bool:
    then = later.later(column) if later else None
    return column.nullable and (then is None or then.nullable)


def kept(metadata: sa.MetaData, by: Model, old: Model, new: Model) -> dict[str, Any]:
    """The columns that both models have with the same values, as one model calls them, and the keys to order by."""
    found = {}
    for table in old.tables:
        later = new.later(table.name)
        if later is not None:
            pairs = ((column, later.later(column)) for column in table.columns)
            names = [
                (a if by is old else b).name
                for a, b in pairs
                if b is not None and (not b.computed or a.times == b.times)
            ]
            called = metadata.tables[table.name if by is old else later.name]
            found[table.name] = (called, [*table.key_columns, *names], table.key_columns)
    return found


def rows_can_return(old: Model, new: Model) -> bool:
    """Can the rows that the new models have be rows of the old ones: is a value known for all that was dropped?"""
    return all(_can_return(old, new, table) for table in old.tables)


def _can_return(old: Model, new: Model, table: TableSpec) -> bool:
    later = new.later(table.name)
    if later is None:
        return True
    gone = [c for c in table.columns if not later.later(c) and not c.computed]
    unique = {c for u in table.uniques for c in u.columns} | {c for i in table.indexes if i.unique for c in i.columns}
    referring = [key for key in table.foreign_keys if later.later(table.column(key.column))]
    return (
        all(c.nullable or c.default is not None for c in gone)
        and not any(c.name in unique and c.default is not None for c in gone)
        and all(new.later(key.to) for key in referring)
    )
