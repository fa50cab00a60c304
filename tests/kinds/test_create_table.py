"""CREATE TABLE as `TableWriter` writes it is what SQLAlchemy writes, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from autodiff.kinds.create_table import TableWriter

TABLES: dict[str, Any] = {
    "a key of one": lambda: [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("n", sa.String(5), nullable=False),
    ],
    "a key of two": lambda: [
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.Integer, primary_key=True),
    ],
    "no key": lambda: [sa.Column("a", sa.Integer, sa.CheckConstraint("a > 0"))],
    "constraints": lambda: [
        sa.Column("a", sa.Integer, sa.ForeignKey("o.id"), unique=True),
        sa.Column("b", sa.Boolean(create_constraint=True, name="b")),
        sa.UniqueConstraint("a", "b", name="u"),
        sa.CheckConstraint("a % 2 = 0", name="c"),
    ],
    "a foreign key added later": lambda: [
        sa.Column("a", sa.Integer),
        sa.ForeignKeyConstraint(["a"], ["o.id"], use_alter=True, name="f"),
    ],
    "no columns": lambda: [],
}
OPTIONS: dict[str, Any] = {
    "plain": {},
    "said": {"prefixes": ["TEMPORARY"], "comment": "it's", "mysql_engine": "InnoDB", "sqlite_with_rowid": False},
    "placed": {"schema": "s p"},
}


@pytest.mark.parametrize("dialect", [sqlite.dialect(), mysql.dialect(), postgresql.dialect()], ids=lambda d: d.name)
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("columns", TABLES)
def test_the_text_is_that_of_sqlalchemy(dialect: Any, options: str, columns: str) -> None:
    metadata = sa.MetaData()
    sa.Table("o", metadata, sa.Column("id", sa.Integer, primary_key=True))
    table = sa.Table("t", metadata, *TABLES[columns](), **OPTIONS[options])
    assert TableWriter(dialect).is_able
    assert TableWriter(dialect).text(table) == str(CreateTable(table).compile(dialect=dialect)).strip()
