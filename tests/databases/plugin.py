"""The fixtures that give a test its database, and the summary that says which databases were tested and which not."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.databases.container import Container, NoDocker
from tests.databases.database import Database, MySQLDatabase, PostgreSQLDatabase, SQLiteDatabase
from tests.databases.find import EXPECTED, FAMILIES, HOW_TO_GET, Source, sources
from tests.databases.private import Server

REQUIRED = "AUTODIFF_TEST_REQUIRE"


class Running(Protocol):
    url: str

    def stop(self) -> None: ...


class Given:
    """A server that somebody else started and stops: named in the environment, or by pytest-xdist's controller."""

    def __init__(self, url: str) -> None:
        self.url = url

    def stop(self) -> None:
        return None


class Databases:
    """The servers of this test run, started when first asked for, and what is known about those that are not there."""

    def __init__(self, handed: dict[str, Any] | None = None, worker: str = "main") -> None:
        self.sources: dict[str, list[Source]] = {}
        self.worker = worker
        self.missing: dict[str, str] = {}
        self.tested: Counter[str] = Counter()
        self._running: dict[str, Running] = {}
        self._databases: dict[str, Database] = {}
        if handed is None:
            try:
                self.sources = {family: sources(family) for family in FAMILIES}
            except LookupError as error:
                raise pytest.UsageError(str(error)) from error
        else:
            self.sources = {f: [Source(**source) for source in found] for f, found in handed["sources"].items()}
            self.missing = handed["missing"]
            self._running = {id: Given(url) for id, url in handed["urls"].items()}

    def handed(self) -> dict[str, Any]:
        """All of it for a worker of pytest-xdist: the servers are started here, side by side."""
        servers = [source for found in self.sources.values() for source in found if source.family != "sqlite"]
        with ThreadPoolExecutor() as pool:
            list(pool.map(self.start, servers))
        return {
            "sources": {family: [asdict(source) for source in found] for family, found in self.sources.items()},
            "missing": self.missing,
            "urls": {id: server.url for id, server in self._running.items()},
        }

    def start(self, source: Source) -> Running | None:
        if source.id not in self._running and source.id not in self.missing:
            try:
                self._running[source.id] = _running(source)
            except NoDocker as error:
                self.missing[source.id] = f"no server on this machine, and {error}"
            except Exception as error:  # a server that does not start is not there, whatever the reason
                self.missing[source.id] = str(error)
        return self._running.get(source.id)

    def database(self, source: Source, folder: Path) -> Database:
        if source.family == "sqlite":
            return SQLiteDatabase(source, folder)
        server = self.start(source)
        if server is None:
            raise LookupError(why_not(source.family, self.missing[source.id]))
        if source.id in self._databases:
            database = self._databases[source.id]
            database.reset()  # type: ignore[attr-defined]
        else:
            kind = PostgreSQLDatabase if source.family == "postgresql" else MySQLDatabase
            database = self._databases[source.id] = kind(source, server.url, f"autodiff_{self.worker}")
        return database

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()
        self._running.clear()

    def summary(self) -> Iterator[tuple[str, bool]]:
        """A line per backend, and whether it is one to worry about."""
        for family in FAMILIES:
            if not self.sources[family]:
                must = f", but required by {REQUIRED}" if is_required(family) else ""
                yield f"{family}: NOT TESTED{must} ({why_not(family, why_none(family))})", True
            for source in self.sources[family]:
                if source.id in self.missing:
                    yield f"{source.id}: NOT TESTED ({why_not(family, self.missing[source.id])})", True
                elif self.tested[source.id]:
                    yield f"{source.id}: {self.tested[source.id]} tests on {source}", False
                else:
                    yield f"{source.id}: no test of this run asked for it", False


def _running(source: Source) -> Running:
    if source.how == "url":
        return Given(source.at)
    return Container(source.family, source.at) if source.how == "docker" else Server(source)


def why_none(family: str) -> str:
    return "switched off" if os.environ.get(f"AUTODIFF_TEST_{family.upper()}") else "no server on this machine"


def why_not(family: str, reason: str) -> str:
    return f"{reason}; to have it: {HOW_TO_GET[family]}"


def is_required(family: str) -> bool:
    return family in os.environ.get(REQUIRED, "").split()


KEY = pytest.StashKey[Databases]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "families(*names): the families that `database` is of, where they are not all")
    workerinput = getattr(config, "workerinput", None)
    if workerinput is None:
        config.stash[KEY] = Databases()
    else:
        config.stash[KEY] = Databases(workerinput["databases"], workerinput["workerid"])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["databases"] = node.config.stash[KEY].handed()


def pytest_unconfigure(config: pytest.Config) -> None:
    if KEY in config.stash:
        config.stash[KEY].stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    databases = metafunc.config.stash[KEY]
    marked = next((mark.args for mark in metafunc.definition.iter_markers("families")), FAMILIES)
    for name in ("database", *FAMILIES):
        if name in metafunc.fixturenames:
            families = marked if name == "database" else (name,)
            metafunc.parametrize(name, [row for f in families for row in _rows(databases, f)], indirect=True)


def _rows(databases: Databases, family: str) -> list[Any]:
    found = databases.sources[family]
    if not found and family in EXPECTED:
        return [pytest.param(family, id=family)]
    return [pytest.param(source, id=source.id) for source in found]


def _one(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    databases = request.config.stash[KEY]
    try:
        if isinstance(request.param, str):
            raise LookupError(why_not(request.param, why_none(request.param)))
        database = databases.database(request.param, tmp_path)
    except LookupError as error:
        family = request.param if isinstance(request.param, str) else request.param.family
        if is_required(family):
            pytest.fail(f"{family} is required ({REQUIRED}): {error}", pytrace=False)
        pytest.skip(f"{family}: {error}")
    request.node.user_properties.append(("database", database.id))
    yield database
    database.close()


database = pytest.fixture(_one, name="database")
sqlite = pytest.fixture(_one, name="sqlite")
postgresql = pytest.fixture(_one, name="postgresql")
mariadb = pytest.fixture(_one, name="mariadb")
mysql = pytest.fixture(_one, name="mysql")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    databases = config.stash[KEY]
    for reports in (terminalreporter.stats.get(outcome, ()) for outcome in ("passed", "failed", "xfailed")):
        for report in reports:
            if report.when == "call":
                databases.tested.update(value for key, value in report.user_properties if key == "database")
    terminalreporter.section("databases")
    for line, is_warning in databases.summary():
        terminalreporter.write_line(line, yellow=is_warning, bold=is_warning)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A required family that is not there fails the run even where no test asked for it."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    databases = config.stash[KEY]
    without = [family for family in FAMILIES if is_required(family) and not databases.sources[family]]
    if without and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
