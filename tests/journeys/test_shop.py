"""The example application's journey: five versions of its models, up and down, with rows in the tables."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from autodiff import command
from autodiff.config import Config
from fixtures import shop
from fixtures.shop.rows import RENAMED_COLUMNS, RENAMED_TABLES, ROWS
from tests import witness
from tests.databases.database import Database

Rows = dict[str, list[dict[str, Any]]]
# On one server there are more databases than the application's own.
OURS = """
SCHEMA = {schema!r}


def ours(name, type_, parent_names):
    return type_ != "schema" or name in (None, SCHEMA)


config = """


class Shop:
    """A folder with the application, its migrations and its database."""

    def __init__(self, folder: Path, database: Database, schema: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.database = database
        self.schema = schema
        monkeypatch.setenv("SHOP_HR_SCHEMA", schema or "")
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(folder)
        self.config = Config("alembic.ini")
        command.init(self.config, "migrations")
        self.config.set_main_option("sqlalchemy.url", database.url.replace("%", "%%"))
        env = folder / "migrations" / "env.py"
        text = env.read_text()
        wired = text.replace("target_metadata = None", 'target_metadata = config.attributes["metadata"]')
        wired = wired.replace(
            "target_metadata=target_metadata",
            "target_metadata=target_metadata, include_schemas=bool(SCHEMA), include_name=ours",
        )
        env.write_text(wired.replace("\nconfig = ", OURS.format(schema=schema), 1))

    def models(self, version: int) -> sa.MetaData:
        """The application's models become those of this version."""
        (self.folder / "models.py").write_text(shop.models_file(version).read_text())
        sys.modules.pop("models", None)
        importlib.invalidate_caches()
        metadata = importlib.import_module("models").Base.metadata
        self.config.attributes["metadata"] = metadata
        assert isinstance(metadata, sa.MetaData)
        return metadata

    def schemas(self) -> list[str]:
        return [self.schema] if self.schema else []

    def lines(self, engine: sa.Engine | None = None) -> list[str]:
        """What the database says of itself."""
        with (engine or self.database.engine(poolclass=NullPool)).connect() as connection:
            return witness.lines(connection, self.schemas())

    def insert(self, metadata: sa.MetaData, version: int) -> None:
        with self.database.engine(poolclass=NullPool).begin() as connection:
            for name, rows in ROWS[version].items():
                table = next(table for table in metadata.tables.values() if table.name == name)
                for row in rows:
                    quoted = ", ".join(connection.dialect.identifier_preparer.quote(column) for column in row)
                    values = ", ".join(f":{column}" for column in row)
                    into = connection.dialect.identifier_preparer.format_table(table)
                    connection.execute(sa.text(f"INSERT INTO {into} ({quoted}) VALUES ({values})"), row)

    def rows(self, metadata: sa.MetaData) -> Rows:
        """All rows, by the oldest name of their table, with values in one form."""
        found: Rows = {}
        with self.database.engine(poolclass=NullPool).connect() as connection:
            for table in metadata.tables.values():
                select = sa.text(f"SELECT * FROM {connection.dialect.identifier_preparer.format_table(table)}")
                rows = [dict(row) for row in connection.execute(select).mappings()]
                found[RENAMED_TABLES.get(table.name, table.name)] = [
                    {RENAMED_COLUMNS.get((table.name, column), column): plain(value) for column, value in row.items()}
                    for row in rows
                ]
        return found


def plain(value: Any) -> str:
    """A value as text that no change of type makes another: 10, 10.00 and 10.0 are one number."""
    if isinstance(value, (int, float, Decimal)):
        return str(Decimal(str(value * 1)).normalize())
    try:
        return str(Decimal(value).normalize())
    except (InvalidOperation, TypeError, ValueError):
        return str(value)


def kept(before: Rows, after: Rows) -> list[str]:
    """What became of rows that both have: one line for each value that is not what it was."""
    lost = []
    for table in before.keys() & after.keys():
        old, new = (sorted(shared(rows, before[table], after[table])) for rows in (before[table], after[table]))
        if old != new:
            lost.append(f"{table}: {old} became {new}")
    return lost


def shared(rows: Sequence[dict[str, Any]], *sides: Sequence[dict[str, Any]]) -> list[str]:
    """Rows as text, of the columns that all sides have."""
    columns = set.intersection(*(set(side[0]) if side else set() for side in sides))
    return [str({column: row[column] for column in sorted(columns)}) for row in rows]


@pytest.fixture
def hr_schema(database: Database) -> str | None:
    try:
        return database.schema("hr")
    except LookupError:
        return None


def test_five_versions_up_and_down_with_rows(
    database: Database, hr_schema: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = Shop(tmp_path, database, hr_schema, monkeypatch)
    built = {version: fresh_lines(application, version) for version in shop.VERSIONS}
    rows: dict[int, Rows] = {0: {}}
    metadata = sa.MetaData()
    for version in shop.VERSIONS:
        metadata = application.models(version)
        command.revision(application.config, f"version {version}", autogenerate=True, rev_id=f"v{version}")
        command.upgrade(application.config, "head")
        command.check(application.config)
        assert witness.difference(application.lines(), built[version]) == [], f"upgrade to {version}"
        assert kept(rows[version - 1], application.rows(metadata)) == [], f"rows after the upgrade to {version}"
        application.insert(metadata, version)
        rows[version] = application.rows(metadata)
    for version in reversed(shop.VERSIONS):
        below = application.models(version - 1) if version > 1 else sa.MetaData()
        command.downgrade(application.config, "-1")
        expected = built[version - 1] if version > 1 else []
        assert witness.difference(application.lines(), expected) == [], f"downgrade from {version}"
        assert kept(rows[version], application.rows(below)) == [], f"rows after the downgrade from {version}"
        rows[version - 1] = application.rows(below)


def fresh_lines(application: Shop, version: int) -> list[str]:
    """What the database says of itself where `create_all` made this version; it is empty again afterwards."""
    metadata = shop.metadata(version, application.schema)
    engine = application.database.engine(poolclass=NullPool)
    metadata.create_all(engine)
    found = application.lines(engine)
    metadata.drop_all(engine)
    assert application.lines(engine) == []
    return found
