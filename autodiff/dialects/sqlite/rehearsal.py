"""Databases that are gone afterwards: an empty one, and one in memory with the schema of another, to hear what runs."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool, StaticPool

from autodiff.dialects.sqlite.foreign_keys import ask
from autodiff.dialects.sqlite.lexer import quoted
from autodiff.dialects.sqlite.read import schema_names
from autodiff.dialects.sqlite.stored import qualified

# What changes the database, and the switches without which it would not: a view must not stop a RENAME.
_CHANGES = re.compile(
    r"\s*(?:(?:CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|REPLACE)\b|PRAGMA legacy_alter_table\s*=)", re.I
)


@contextmanager
def throw_away() -> Iterator[Connection]:
    """An empty database in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="autodiff-") as folder:
        engine = create_engine(f"sqlite:///{folder}/scratch.db", poolclass=NullPool)
        with engine.connect() as connection:
            yield connection


def rehearsed(connection: Connection, run: Callable[[Connection], None]) -> list[str]:
    """The statements by which `run` changes a database of this schema, without what it only asks.

    :param connection: the database whose schema is copied; it is only read.
    """
    heard: list[str] = []
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as copy:
            for statement in copying(connection):
                copy.exec_driver_sql(statement)
            copy.commit()
            driver = copy.connection.driver_connection
            assert driver is not None
            driver.set_trace_callback(heard.append)
            run(copy)
            driver.set_trace_callback(None)
    finally:
        engine.dispose()
    return [statement for statement in heard if _CHANGES.match(statement)]


def copying(connection: Connection) -> list[str]:
    """The statements that make the same schema in an empty database. (What SQLite keeps for itself has no text.)"""
    attached = schema_names(connection)
    statements = [f"ATTACH ':memory:' AS {quoted(schema)}" for schema in attached]
    for schema in ("main", *attached):
        place = f"{quoted(schema)}.sqlite_master"
        rows = ask(
            connection,
            f"SELECT sql FROM {place} WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
            " ORDER BY type <> 'table', rowid",
        )
        statements += [sql if schema == "main" else qualified(sql, schema) for (sql,) in rows]
    return statements
