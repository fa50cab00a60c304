"""A database for one test: its URL, engines on it, more schemas and databases beside it; empty when the test begins."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.databases.find import Source


class Database:
    """What the fixtures `database`, `sqlite`, `postgresql`, `mariadb` and `mysql` give.

    `id` is `sqlite`, `postgresql-18`, `mariadb`, …; `family` the same without the major; `dialect` SQLAlchemy's name.
    """

    def __init__(self, source: Source, url: str) -> None:
        self.id = source.id
        self.family = source.family
        self.url = url
        self._engines: list[sa.Engine] = []
        self._connections: list[Any] = []
        self._others: list[Database] = []

    @property
    def dialect(self) -> str:
        """`sqlite`, `postgresql` or `mysql` (which is MariaDB's, too)."""
        return sa.make_url(self.url).get_backend_name()

    @property
    def async_url(self) -> str:
        """The same database through aiosqlite, asyncpg or aiomysql."""
        driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+aiomysql"}
        url = sa.make_url(self.url).difference_update_query(["ssl_disabled"])  # a word of PyMySQL's
        return str_url(url.set(drivername=driver[self.dialect]))

    def engine(self, **arguments: Any) -> sa.Engine:
        """A new engine; when the test ends it is disposed of, with the connections that the test left open."""
        engine = sa.create_engine(self.url, **arguments)
        sa.event.listen(engine, "connect", lambda connection, _record: self._connections.append(connection))
        self._engines.append(engine)
        return engine

    def execute(self, *statements: str) -> None:
        """Run statements, and commit."""
        with self.engine(poolclass=NullPool).begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, as plain tuples."""
        with self.engine(poolclass=NullPool).connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def schema(self, name: str) -> str:
        """Make a schema beside the default one; its name as models must write it. SQLite has none: LookupError."""
        raise LookupError(f"{self.id} has no schemas")

    def another(self, name: str = "another") -> Database:
        """A second, empty database on the same server, closed together with this one."""
        other = self._beside(name)
        self._others.append(other)
        return other

    def _beside(self, name: str) -> Database:
        raise NotImplementedError

    def close(self) -> None:
        for other in self._others:
            other.close()
        self._others.clear()
        for engine in self._engines:
            engine.dispose()
        self._engines.clear()
        for connection in self._connections:
            with suppress(Exception):  # most are closed already, and each driver says so in its own way
                connection.close()
        self._connections.clear()


class SQLiteDatabase(Database):
    def __init__(self, source: Source, folder: Path, name: str = "test") -> None:
        self._source = source
        self.path = folder / f"{name}.db"
        super().__init__(source, f"sqlite:///{self.path}")

    def _beside(self, name: str) -> SQLiteDatabase:
        return SQLiteDatabase(self._source, self.path.parent, name)


class PostgreSQLDatabase(Database):
    """One database and one superuser per worker; a reset drops all that the superuser owns.

    That is a third of what CREATE DATABASE per test takes, and it takes extensions, publications and types along.
    """

    def __init__(self, source: Source, admin_url: str, name: str) -> None:
        self._source = source
        self._name = name
        self._admin_url = sa.make_url(admin_url)
        self._run(
            f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            f"DROP ROLE IF EXISTS {name}",
            f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{name}'",
            f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0",
        )
        url = self._admin_url.set(username=name, password=name, database=name)
        super().__init__(source, url.render_as_string(hide_password=False))
        self.reset()

    def schema(self, name: str) -> str:
        self.execute(f'CREATE SCHEMA "{name}"')
        return name

    def _beside(self, name: str) -> PostgreSQLDatabase:
        return AnotherPostgreSQLDatabase(self._source, str_url(self._admin_url), f"{self._name}_{name}")

    def reset(self) -> None:
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()",
            f"DROP OWNED BY {self._name} CASCADE",
            f"CREATE SCHEMA IF NOT EXISTS public AUTHORIZATION {self._name}",
            f"ALTER SCHEMA public OWNER TO {self._name}",
            f"ALTER DATABASE {self._name} RESET ALL",
            f"ALTER ROLE {self._name} RESET ALL",
            database=self._name,
        )

    def _run(self, *statements: str, database: str | None = None) -> None:
        url = self._admin_url.set(database=database) if database else self._admin_url
        run_as_admin(url, *statements)


class AnotherPostgreSQLDatabase(PostgreSQLDatabase):
    """A second database, which is gone when the test ends."""

    def close(self) -> None:
        super().close()
        self._run(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)", f"DROP ROLE IF EXISTS {self._name}")


class MySQLDatabase(Database):
    """A database per test, dropped with those that the test made beside it: CREATE DATABASE takes no time here."""

    def __init__(self, source: Source, admin_url: str, name: str) -> None:
        self._source = source
        self._name = name
        self._admin_url = sa.make_url(admin_url)
        super().__init__(source, str_url(self._admin_url.set(database=name)))
        self.reset()

    def schema(self, name: str) -> str:
        full = f"{self._name}_{name}"
        run_as_admin(self._admin_url, f"CREATE DATABASE {full} CHARACTER SET utf8mb4")
        return full

    def _beside(self, name: str) -> MySQLDatabase:
        return MySQLDatabase(self._source, str_url(self._admin_url), f"{self._name}_{name}")

    def reset(self) -> None:
        for session in self._sessions():
            with suppress(sa.exc.OperationalError):  # it may have ended by itself meanwhile (error 1094)
                run_as_admin(self._admin_url, session)
        run_as_admin(self._admin_url, *self._databases())
        run_as_admin(self._admin_url, f"CREATE DATABASE {self._name} CHARACTER SET utf8mb4")

    def _sessions(self) -> list[str]:
        # An open transaction of a session that was left behind would hold DROP DATABASE up.
        query = "SELECT id FROM information_schema.processlist WHERE db = '{0}' OR db LIKE '{0}\\_%%'"
        return [f"KILL {id}" for (id,) in rows_as_admin(self._admin_url, query.format(self._name))]

    def _databases(self) -> list[str]:
        query = "SELECT schema_name FROM information_schema.schemata"
        ours = re.compile(rf"{self._name}(_.*)?", re.DOTALL)
        names = [name for (name,) in rows_as_admin(self._admin_url, query) if ours.fullmatch(name)]
        # Foreign keys may lead from one to the other.
        return ["SET foreign_key_checks = 0", *(f"DROP DATABASE `{name}`" for name in names)]


def str_url(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def run_as_admin(url: sa.URL, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def rows_as_admin(url: sa.URL, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]
