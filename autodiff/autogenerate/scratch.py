"""A throw-away database that the user names: to run scripts in, or to ask what the database itself does not answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from autodiff.errors import CommandError, UsageError
from autodiff.reflect.compare import Database, Question
from autodiff.state import Snapshot

# Drivers that only speak asynchronously, and the ordinary ones that reach the same servers.
_ORDINARY = {"asyncpg": "psycopg", "aiosqlite": "pysqlite", "aiomysql": "pymysql", "asyncmy": "pymysql"}


@contextlib.contextmanager
def scratch_database(url: str | URL) -> Iterator[Connection]:
    """A connection to it.

    :raises CommandError: it has tables, so that it is not a throw-away one.
    """
    with create_engine(ordinary(url, "--scratch-url"), poolclass=NullPool).connect() as connection:
        refuse_unless_empty(connection)
        yield connection


def ordinary(url: str | URL, option: str = "--url") -> URL:
    """The URL with a synchronous driver.

    :param option: where it was given.
    :raises UsageError: it is no URL, or names no dialect that is here.
    """
    try:
        made = make_url(url)
        made.get_dialect()
    except NoSuchModuleError as error:
        raise UsageError(
            f"no dialect is called {made.drivername!r}",
            help="is its package installed, and the first part of the URL right?",
        ) from error
    except ArgumentError as error:
        raise UsageError(
            f"what was given as {option} is not a URL", help="it reads dialect+driver://user@host/database"
        ) from error
    driver = made.get_driver_name()
    return made.set(drivername=f"{made.get_backend_name()}+{_ORDINARY[driver]}") if driver in _ORDINARY else made


def refuse_unless_empty(connection: Connection) -> None:
    """:raises CommandError: the database has tables, so that it is not a throw-away one."""
    snapshot: Snapshot = Database(connection).compared(Question(MetaData())).before
    tables = [key.label for key in snapshot.objects if key.kind == "table"]
    if tables:
        raise CommandError(
            f"the database of --scratch-url is not empty: it has {len(tables)} table{'s' if len(tables) != 1 else ''} "
            f"({', '.join(tables[:3])}{' …' if len(tables) > 3 else ''})",
            help="name an empty database, in which nothing can be lost",
        )
