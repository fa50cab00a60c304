"""Prints the table: what autodiff, Alembic and the floor take for the same work, CPU seconds and statements.

    python -m benchmarks [--tables 1000] [--new-tables 200] [--revisions 1000] [--rounds 3]
                         [--only diff|script|history|start]

Alembic is installed into a virtual environment of its own (build/bench), with the SQLAlchemy and the drivers of this one.
CPU seconds are user and system time, the least of some rounds in which the tools take turns; on a busy machine trust
the ratios, which are from one run.
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
    """One row of the table.

    :param costs: autodiff's, Alembic's, the floor's.
    :param goal: how many times faster than Alembic, or at most how far over the floor.
    """

    what: str
    costs: Sequence[Cost]
    goal: str = ""

    def cells(self) -> list[str]:
        ours, theirs, floor = self.costs
        times, above = f"{theirs.cpu / ours.cpu:.1f}×", f"{ours.cpu / floor.cpu:.1f}×"
        return [self.what, str(ours), str(theirs), str(floor), times, above, self.goal]


TITLES = ["what", "autodiff", "Alembic", "floor", "faster than Alembic", "over the floor", "goal"]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tables", type=int, default=1000, help="tables of the no-change diff (default: 1000)")
    parser.add_argument("--new-tables", type=int, default=200, help="tables of the new script (default: 200)")
    parser.add_argument("--revisions", type=int, default=1000, help="revisions of the history (default: 1000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each tool is measured (default: 3)")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="measure only this part (repeatable)")
    options = parser.parse_args(arguments)
    alembic = alembic_environment()
    print(f"CPU seconds / statements; {ALEMBIC}, SQLAlchemy {version('sqlalchemy')}, Python {sys.version.split()[0]}")
    lines = [line for name in options.only or PARTS for line in PARTS[name](options, alembic)]
    print("\n".join(table([TITLES, *(line.cells() for line in lines)])))
    return 0


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The rows as people read them on a terminal, and as Markdown takes them."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    for row in (rows[0], ruler, *rows[1:]):
        first, *others = [cell.ljust(widths[0]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)]
        yield f"| {' | '.join([first, *others])} |"


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


def compared(alembic: Path, case: str, url: str, tables: int, rounds: int) -> list[Cost]:
    """What a case costs autodiff, Alembic and the floor: the least of some rounds in which they take turns."""
    tools = [(Path(sys.executable), "autodiff"), (alembic, "alembic"), (alembic, "floor")]
    turns = [[measure(*tool, case, url, tables) for tool in tools] for _ in range(rounds)]
    return [min(costs, key=lambda cost: cost.cpu) for costs in zip(*turns, strict=True)]


def measure(python: Path, tool: str, case: str, url: str, tables: int) -> Cost:
    call = [str(python), str(Path(__file__).with_name("measure.py")), tool, case, url, str(tables)]
    done = subprocess.run(call, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{tool} failed at '{case}' on {url}: {done.stderr.strip().splitlines()[-1:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    if tool == "autodiff" and case == "compare" and said["found"]:
        raise SystemExit(f"autodiff found {said['found']} differences where there are none, on {url}")
    return Cost(said["cpu"], said["statements"] if case == "compare" else None)


def diff(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder, databases(Path(folder)) as urls:
        for name, url in urls.items():
            engine = sa.create_engine(url)
            models.metadata(options.tables).create_all(engine)
            engine.dispose()
            costs = compared(alembic, "compare", url, options.tables, options.rounds)
            yield Line(f"no-change diff of {options.tables} tables, {name}", costs, "5× faster, ≤ 12 statements")


def script(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/empty.db"
        costs = compared(alembic, "script", url, options.new_tables, options.rounds)
    yield Line(f"script of {options.new_tables} new tables, in black's form", costs, "8× faster")


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, str]]:
    """An empty database of each kind that this machine has."""
    urls, servers = {"sqlite": f"sqlite:///{folder}/bench.db"}, []
    for family in ("postgresql", "mariadb", "mysql"):
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


@dataclass(frozen=True)
class Process:
    """One command, and what must be made ready before each time that it runs."""

    call: Sequence[str]
    before: Callable[[], object] = tuple

    def cost(self, folder: Path) -> Cost:
        self.before()
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(self.call, cwd=folder, capture_output=True, text=True, env=environment())
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise SystemExit(f"{' '.join(self.call)} failed: {done.stdout[-500:]}{done.stderr[-1500:]}")
        return Cost(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)


def environment() -> dict[str, str]:
    """As a user has it: modules are compiled once, and kept."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}


def processes(folder: Path, rounds: int, *some: Process) -> list[Cost]:
    """The least CPU time of each of some commands, which take turns."""
    turns = [[each.cost(folder) for each in some] for _ in range(rounds)]
    return [min(costs, key=lambda cost: cost.cpu) for costs in zip(*turns, strict=True)]


def commands(alembic: Path) -> tuple[str, str]:
    """The two console scripts."""
    return str(Path(sys.executable).with_name("autodiff")), str(alembic.with_name("alembic"))


NOTHING = Process([sys.executable, "-c", "pass"])


def past(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    count = options.revisions
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history.write(folder, count)
        database, full = folder / "history.db", folder / "full.db"
        autodiff, theirs = commands(alembic)
        Process([theirs, "upgrade", "head"]).cost(folder)
        shutil.move(database, full)
        for words, goal in (("heads", "8× faster"), ("history", "8× faster"), ("current", "")):
            some = [Process([tool, words]) for tool in (autodiff, theirs)]
            costs = processes(folder, options.rounds, *some, NOTHING)
            yield Line(f"{words}, {count} revisions (floor: python -c pass)", costs, goal)
        bare = [sys.executable, str(Path(__file__).with_name("floor.py")), str(count)]
        ways = {
            "upgrade head": lambda: database.unlink(missing_ok=True),
            "downgrade base": lambda: shutil.copy(full, database),
        }
        for words, ready in ways.items():
            some = [Process([tool, *words.split()], ready) for tool in (autodiff, theirs)]
            floor = Process(bare, ways["upgrade head"])
            costs = processes(folder, options.rounds, *some, floor)
            yield Line(f"{words}, {count} revisions, sqlite", costs, "no slower")


def start(options: argparse.Namespace, alembic: Path) -> Iterator[Line]:
    with tempfile.TemporaryDirectory() as name:
        some = [Process([tool, "--help"]) for tool in commands(alembic)]
        costs = processes(Path(name), 2 * options.rounds, *some, NOTHING)
    yield Line("--help (floor: python -c pass)", costs, "≤ 4× the floor")


PARTS: dict[str, Callable[[argparse.Namespace, Path], Iterator[Line]]] = {
    "diff": diff,
    "script": script,
    "history": past,
    "start": start,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
