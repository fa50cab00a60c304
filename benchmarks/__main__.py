"""Prints the table: what autodiff, Alembic and the floor take for the same work, CPU seconds and statements.

    python -m benchmarks [--tables 1000] [--new-tables 200] [--revisions 1000] [--only diff|script|history|start]

Alembic is installed into a virtual environment of its own (build/bench), with the SQLAlchemy and the drivers of this one.
CPU seconds are user and system time; on a busy machine trust the ratios, which are from one run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from benchmarks import history, models
from tests.databases.find import sources
from tests.databases.private import Server

ROOT = Path(__file__).parents[1]
ALEMBIC = "alembic==1.20.1"
DRIVERS = ("sqlalchemy", "psycopg", "psycopg-binary", "pymysql", "black")


@dataclass(frozen=True)
class Cost:
    """:param cpu: seconds of CPU, user and system. :param statements: SQL statements sent."""

    cpu: float
    statements: int | None = None

    def __str__(self) -> str:
        return f"{self.cpu:.3f}" + (f" / {self.statements}" if self.statements is not None else "")


@dataclass(frozen=True)
class Line:
    """One row of the table; `goal` is how many times faster than Alembic autodiff shall be."""

    what: str
    autodiff: Cost
    alembic: Cost | None
    floor: Cost
    goal: float | None = None

    def cells(self) -> list[str]:
        times = f"{self.alembic.cpu / self.autodiff.cpu:.1f}×" if self.alembic else "–"
        above = f"{self.autodiff.cpu / self.floor.cpu:.1f}×" if self.floor.cpu else "–"
        goal = f"≥ {self.goal:g}×" if self.goal else ""
        return [self.what, str(self.autodiff), str(self.alembic or "–"), str(self.floor), times, goal, above]


TITLES = ["what", "autodiff", "Alembic", "floor", "faster than Alembic", "goal", "over the floor"]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tables", type=int, default=1000, help="tables of the no-change diff (default: 1000)")
    parser.add_argument("--new-tables", type=int, default=200, help="tables of the new script (default: 200)")
    parser.add_argument("--revisions", type=int, default=1000, help="revisions of the history (default: 1000)")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="measure only this part (repeatable)")
    options = parser.parse_args(arguments)
    alembic = alembic_environment()
    print(f"CPU seconds / statements; {ALEMBIC}, SQLAlchemy {version('sqlalchemy')}, Python {sys.version.split()[0]}")
    lines = [line for name in options.only or PARTS for line in PARTS[name](options, alembic)]
    print("\n".join(table([TITLES, *(line.cells() for line in lines)])))
    return 0


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *others = [cell.ljust(widths[0]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)]
        yield "  ".join([first, *others]).rstrip()


def alembic_environment() -> Path:
    """The interpreter that has Alembic, and the same SQLAlchemy and drivers as this one."""
    folder = ROOT / "build" / "bench"
    wanted = [ALEMBIC, *(f"{name}=={version(name)}" for name in DRIVERS)]
    made = folder / "made"
    if not made.exists() or made.read_text() != "\n".join(wanted):
        print(f"installing {ALEMBIC} into {folder.relative_to(ROOT)} ...", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        made.write_text("\n".join(wanted))
    return folder / "bin" / "python"


# --- against a database: the work is measured inside the process, without start-up and connecting


def measure(python: Path, tool: str, case: str, url: str, tables: int) -> Cost:
    call = [str(python), str(Path(__file__).with_name("measure.py")), tool, case, url, str(tables)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{tool} failed at '{case}' on {url}: {done.stderr.strip().splitlines()[-1:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    if tool == "autodiff" and case == "compare" and said["found"]:
        raise SystemExit(f"autodiff found {said['found']} differences where there are none, on {url}")
    return Cost(said["cpu"], said["statements"] if case == "compare" else None)


def tools(alembic: Path) -> list[tuple[Path, str]]:
    """The interpreter and the name of each of the three that are measured."""
    return [(Path(sys.executable), "autodiff"), (alembic, "alembic"), (alembic, "floor")]


def diff(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for name, url in urls.items():
            engine = sa.create_engine(url)
            models.metadata(options.tables).create_all(engine)
            engine.dispose()
            ours, theirs, floor = (measure(*how, "compare", url, options.tables) for how in tools(alembic))
            yield Line(f"no-change diff of {options.tables} tables, {name}", ours, theirs, floor, 10)


def script(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        ours, theirs, floor = (measure(*how, "script", url, options.new_tables) for how in tools(alembic))
    yield Line(f"script of {options.new_tables} new tables, in black's form", ours, theirs, floor, 8)


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind that this machine has."""
    urls, servers = {"sqlite": f"sqlite:///{folder}/bench.db"}, []
    for family in ("postgresql", "mariadb"):
        found = [source for source in sources(family) if source.how == "programs"]
        if not found:
            print(f"{family}: NOT MEASURED (no server is here)", file=sys.stderr)
            continue
        servers.append(server := Server(found[0]))
        engine = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE DATABASE bench")
        engine.dispose()
        urls[found[0].id] = sa.make_url(server.url).set(database="bench").render_as_string(hide_password=False)
    try:
        yield urls
    finally:
        for server in servers:
            server.stop()


# --- the command line: whole processes


def process(call: Sequence[str], folder: Path, times: int = 1, before: Callable[[], None] | None = None) -> Cost:
    """The least CPU time of some runs of one command."""
    costs = []
    for _ in range(times):
        if before is not None:
            before()
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(call, cwd=folder, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"{' '.join(call)} failed: {done.stdout[-500:]}{done.stderr[-1500:]}")
        costs.append(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)
    return Cost(min(costs))


def commands(alembic: Path) -> tuple[str, str]:
    """The two console scripts."""
    return str(Path(sys.executable).with_name("autodiff")), str(alembic.with_name("alembic"))


def past(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    bare = [sys.executable, "-c", "pass"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history.write(folder, options.revisions)
        database = folder / "history.db"
        nothing = process(bare, folder, 3)
        for words, goal in (("heads", 8), ("current", 8)):
            ours, theirs = (process([tool, words], folder, 3) for tool in commands(alembic))
            yield Line(f"{words}, {options.revisions} revisions", ours, theirs, nothing, goal)

        def empty() -> None:
            database.unlink(missing_ok=True)

        ours, theirs = (process([tool, "upgrade", "head"], folder, 1, empty) for tool in commands(alembic))
        floor = process(
            [sys.executable, str(Path(__file__).with_name("floor.py")), str(options.revisions)], folder, 1, empty
        )
        yield Line(f"upgrade, {options.revisions} revisions, sqlite", ours, theirs, floor, 2)
        (folder / "full").mkdir()
        process([commands(alembic)[1], "upgrade", "head"], folder, 1, empty)
        shutil.copy(database, folder / "full" / "history.db")

        def full() -> None:
            shutil.copy(folder / "full" / "history.db", database)

        ours, theirs = (process([tool, "downgrade", "base"], folder, 1, full) for tool in commands(alembic))
        yield Line(f"downgrade, {options.revisions} revisions, sqlite", ours, theirs, floor, 2)


def start(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        nothing = process([sys.executable, "-c", "pass"], folder, 5)
        ours, theirs = (process([tool, "--help"], folder, 5) for tool in commands(alembic))
        yield Line("--help (floor: python -c pass)", ours, theirs, nothing)


PARTS: dict[str, Callable[[argparse.Namespace, Path], Iterator[Line]]] = {
    "diff": diff,
    "script": script,
    "history": past,
    "start": start,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
