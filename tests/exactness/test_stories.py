"""Each story of `fixtures/` on each database that it names: what is detected, what is written, and where it leads."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff.render.script import CLOSING, OPENING
from tests.databases.database import Database
from tests.exactness.stories import EXPECTED, Story, stories
from tests.exactness.walk import Place, Script, settled, unnumbered
from tests.witness import difference

ACCEPT = bool(os.environ.get("AUTODIFF_ACCEPT"))
STORIES = [story.path for story in stories()]


@pytest.mark.parametrize("path", STORIES, ids=[f"{path.parent.name}/{path.stem}" for path in STORIES])
def test_a_story_goes_as_it_is_told(path: Any, database: Database) -> None:
    story = Story.read(path)
    has_more = any(story.statements(name, database.family) for name in ("given", "beside"))
    place = Place(database, story.schemas, noted=has_more)
    before, after = (story.models(name, database.family) for name in ("before", "after"))
    wanted, start = witnessed(place, story, after), witnessed(place, story, before)
    prepare(place, story, before)
    database.execute(*story.statements("rows", database.family))
    rows = place.values(columns_of_both(before, after))
    assert place.script(before) is None, "a fresh database differs from its models"

    script = place.script(after)
    if script is None:
        # SQLite keeps its authors' text, so that another spelling of the same is another text.
        assert database.family == "sqlite" or difference(start, wanted) == [], "not seen"
    compare_with(story, database, script)
    if script is None:
        return
    place.run(script, "upgrade", after)
    assert difference(settled(unnumbered(place.witness())), settled(unnumbered(wanted))) == []
    assert place.script(after) is None, "the second diff is not empty"
    assert texts(place.values(columns_of_both(before, after))) == texts(rows)
    place.run(script, "downgrade", after)
    assert difference(settled(place.witness()), settled(start)) == []
    assert place.script(before) is None, "the diff after the downgrade is not empty"
    assert place.values(columns_of_both(before, after)) == rows


def prepare(place: Place, story: Story, metadata: sa.MetaData) -> None:
    database = place.database
    for name in story.schemas:
        database.schema(name)
    database.execute(*story.statements("given", database.family))
    place.build(metadata)
    database.execute(*story.statements("beside", database.family))


def witnessed(place: Place, story: Story, metadata: sa.MetaData) -> list[str]:
    """What a database that is made of the models alone looks like. It is empty afterwards."""
    prepare(place, story, metadata)
    lines = place.witness()
    if not (story.schemas or any(story.statements(name, place.database.family) for name in ("given", "beside"))):
        metadata.drop_all(place.engine)  # a tenth of the time, and mostly enough
        if place.witness() == []:
            return lines
    place.raze()
    assert place.witness() == []
    return lines


def texts(rows: Mapping[str, Sequence[Sequence[Any]]]) -> dict[str, list[list[str]]]:
    """Values as texts, numbers without zeros at their end: a change of type may change what Python gets."""
    return {name: [[_text(value) for value in row] for row in found] for name, found in rows.items()}


def _text(value: Any) -> str:
    return str(value.normalize()) if isinstance(value, Decimal) else str(value)


def columns_of_both(before: sa.MetaData, after: sa.MetaData) -> dict[str, Any]:
    found = {}
    for key, table in before.tables.items():
        if key in after.tables:
            columns = [c.name for c in table.columns if c.name in after.tables[key].columns]
            order = [c.name for c in table.primary_key if c.name in columns]
            found[key] = (table, columns, order or columns)
    return found


def compare_with(story: Story, database: Database, script: Script | None) -> None:
    family = database.family
    said = {
        "detected": script.detected if script else "",
        "upgrade": body(script.upgrade) if script else "",
        "downgrade": body(script.downgrade) if script else "",
    }
    if (usual := usual_collation(database)) is not None:
        said = {name: text.replace(usual, "utf8mb4_general_ci") for name, text in said.items()}
    if ACCEPT:
        for name in EXPECTED:
            story.accept(name, family, said[name])
        story.write()
    assert said == {name: story.section(name, family) for name in EXPECTED}


def usual_collation(database: Database) -> str | None:
    """The collation that MariaDB gives to what says none, which is another one since 11.5."""
    return str(database.rows("SELECT @@collation_database")[0][0]) if database.family == "mariadb" else None


def body(text: str) -> str:
    """The statements of a function without the lines around them."""
    lines = [line for line in textwrap.dedent(f"    {text}").splitlines() if line not in (OPENING, CLOSING)]
    return "\n".join(lines)
