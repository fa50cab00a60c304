"""Stories: one change of models per file, `fixtures/<kind>/<story>.txt`, and what it has to lead to on each database.

    databases: sqlite postgresql mariadb

    == before
    Table("t", metadata, Column("id", Integer, primary_key=True))

    == after
    Table("t", metadata, Column("id", Integer, primary_key=True), Column("x", Integer))

    == detected
    add column t.x

    == upgrade
    op.add_column("t", sa.Column("x", sa.Integer()))

    == downgrade
    op.drop_column("t", "x")

The first lines, up to the first `==`, say on which databases the story is told (by default on all), and in free text why
it matters; `schemas: one, two` are made beside the default one. A section may be for one database alone: `== upgrade
sqlite`. Statements, one a line: `== given` before the models' tables are made (extensions, types), `== beside` behind them
(views, triggers, partitions: they have to be there after each step), `== rows` put rows in before the upgrade. What is expected is written by `make accept`, and read in `git diff fixtures/`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

ROOT = Path(__file__).parents[2] / "fixtures"
FAMILIES = ("sqlite", "postgresql", "mariadb")
MODELS = ("before", "after")
EXPECTED = ("detected", "upgrade", "downgrade")
STATEMENTS = ("given", "beside", "rows")
SECTIONS = (*MODELS, *STATEMENTS, *EXPECTED)

_HEADING = re.compile(r"^== (\w+)(?: (\w+))?$", re.MULTILINE)


@dataclass
class Story:
    """One file. Sections are kept in the order in which they are written, by heading: ``upgrade`` or ``upgrade sqlite``."""

    path: Path
    preamble: str
    sections: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> Story:
        preamble, *rest = _HEADING.split(path.read_text())
        headings = zip(rest[0::3], rest[1::3], rest[2::3], strict=True)
        sections = {f"{name} {family}" if family else name: body.strip("\n") for name, family, body in headings}
        unknown = [heading for heading in sections if heading.split()[0] not in SECTIONS]
        assert not unknown, f"{path}: a story has no section {unknown}, but {', '.join(SECTIONS)}"
        story = cls(path, preamble.strip("\n"), sections)
        assert set(story.families) <= set(FAMILIES), f"{path}: databases are {', '.join(FAMILIES)}"
        return story

    @property
    def id(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def families(self) -> tuple[str, ...]:
        named = re.search(r"^databases: (.*)$", self.preamble, re.MULTILINE)
        return tuple(named[1].split()) if named else FAMILIES

    def section(self, name: str, family: str) -> str:
        """What it says for this database: the section of its own, else that for all."""
        return self.sections.get(f"{name} {family}", self.sections.get(name, ""))

    def models(self, name: str, family: str) -> sa.MetaData:
        """The tables of `before` or `after`, made by executing its lines with the names of SQLAlchemy at hand."""
        given = {"sa": sa, "mysql": mysql, "postgresql": postgresql, "sqlite": sqlite, "metadata": sa.MetaData()}
        namespace: dict[str, Any] = {**vars(sa), **given}
        exec(compile(self.section(name, family), f"{self.id}: {name}", "exec"), namespace)
        made: sa.MetaData = namespace["metadata"]
        return made

    def statements(self, name: str, family: str) -> list[str]:
        return [line.replace("%", "%%") for line in self.section(name, family).splitlines() if line]

    @property
    def schemas(self) -> list[str]:
        named = re.search(r"^schemas: (.*)$", self.preamble, re.MULTILINE)
        return named[1].split(", ") if named else []

    # -- writing

    def accept(self, name: str, family: str, text: str) -> None:
        """Expect this for the database: what most of them say is for all, the rest in sections of their own."""
        common = self.sections.pop(name, None)
        told = {each: self.sections.pop(f"{name} {each}", common) for each in self.families} | {family: text}
        times = Counter(each for each in told.values() if each is not None)
        most, number = times.most_common(1)[0]
        for each, said in told.items():
            if said is not None and (said != most or number == 1 < len(told)):
                self.sections[f"{name} {each}"] = said
        if number > 1 or len(told) == 1:
            self.sections[name] = most

    def write(self) -> None:
        places = {heading: number for number, heading in enumerate(self._order())}
        parts = [self.preamble] if self.preamble else []
        for heading in sorted(self.sections, key=lambda heading: places[heading]):
            parts.append(f"== {heading}\n{self.sections[heading]}".rstrip("\n"))
        self.path.write_text("\n\n".join(parts) + "\n")

    def _order(self) -> Iterator[str]:
        for name in SECTIONS:
            yield name
            yield from (f"{name} {family}" for family in self.families)


def stories() -> list[Story]:
    return [Story.read(path) for path in sorted(ROOT.glob("*/*.txt"))]
