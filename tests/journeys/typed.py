"""A folder in which a user types commands: each runs as a process of its own, as from a shell."""

from __future__ import annotations

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases.database import Database

ROOT = Path(__file__).parents[2]

MODELS = """\
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass

"""
USER = """
class User(Base):
    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(50))

"""


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class Folder:
    """Where the user is."""

    def __init__(self, path: Path, database: Database | None = None) -> None:
        self.path = path
        self.database = database

    def start(self, line: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Run a command line (`autodiff …`) without waiting for its end."""
        words = shlex.split(line)
        own = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"}
        inherited = {key: value for key, value in os.environ.items() if not key.endswith("_CONFIG")}
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.path,
            env={**inherited, **own, **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, line: str, code: int | None = 0, environ: Mapping[str, str] | None = None) -> Said:
        """Run a command line to its end, and insist on its exit code."""
        process = self.start(line, environ)
        out, err = process.communicate(timeout=120)
        said = Said(process.returncode, out, err)
        if code is not None:
            assert said.code == code, f"{line}: exit code {said.code}, not {code}\n{said.all}"
        return said

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{name} has no {old!r}:\n{text}"
        self.write(name, text.replace(old, new, 1))

    # --- what every user does first

    def initialized(self, models: str | None = None, directory: str = "migrations") -> Folder:
        """`init`, then the two edits: the URL in the ini file, the models in env.py."""
        self.run(f"autodiff init {directory}")
        self.point_at_database()
        if models is not None:
            self.write("models.py", models)
            self.edit(
                f"{directory}/env.py",
                "target_metadata = None",
                "from models import Base\n\ntarget_metadata = Base.metadata",
            )
        return self

    def point_at_database(self, ini: str = "autodiff.ini") -> None:
        assert self.database is not None
        lines = self.read(ini).splitlines(keepends=True)
        url = self.database.url.replace("%", "%%")
        changed = [f"sqlalchemy.url = {url}\n" if line.startswith("sqlalchemy.url") else line for line in lines]
        assert changed != lines
        self.write(ini, "".join(changed))

    def revision(self, id_: str, message: str, upgrade: str, downgrade: str = "pass", options: str = "") -> Path:
        """`revision -m`, then the two functions filled in by hand."""
        self.run(f"autodiff revision -m {shlex.quote(message)} --rev-id {id_} {options}")
        script = self.script(id_)
        text = script.read_text()
        head, _, tail = text.partition("def upgrade()")
        assert tail.count("    pass") == 2, text
        body = tail.replace("    pass", "    " + upgrade.replace("\n", "\n    "), 1)
        start, _, end = body.partition("def downgrade()")
        body = f"{start}def downgrade(){end.replace('    pass', '    ' + downgrade, 1)}"
        script.write_text(f"{head}def upgrade(){body}")
        return script

    def script(self, id_: str, directory: str = "migrations") -> Path:
        """The file of a revision."""
        (found,) = [path for path in (self.path / directory / "versions").rglob("*.py") if id_ in path.name]
        return found

    def newest(self, directory: str = "migrations") -> Path:
        """The script that was written last."""
        found = (self.path / directory / "versions").rglob("*.py")
        return max(found, key=lambda path: path.stat().st_mtime_ns)

    # --- the database, seen without autodiff

    def tables(self) -> set[str]:
        assert self.database is not None
        engine = self.database.engine()
        found = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
        engine.dispose()
        return found

    def columns(self, table: str) -> list[str]:
        assert self.database is not None
        engine = self.database.engine()
        found = [column["name"] for column in sa.inspect(engine).get_columns(table)]
        engine.dispose()
        return found

    def version(self) -> list[str]:
        """What the version table holds; nothing where it is not there."""
        assert self.database is not None
        engine = self.database.engine()
        is_there = sa.inspect(engine).has_table("alembic_version")
        engine.dispose()
        if not is_there:
            return []
        return sorted(str(row[0]) for row in self.database.rows("SELECT version_num FROM alembic_version"))


def feed(database: Database, sql: str, folder: Path) -> None:
    """Give a file of SQL to the database's own client program, as a person would."""
    if database.family == "sqlite":
        connection = sqlite3.connect(str(sa.make_url(database.url).database))
        connection.executescript(sql)
        connection.close()
        return
    file = folder / "fed.sql"
    file.write_text(sql)
    url = sa.make_url(database.url)
    if database.family == "postgresql":
        call = [client("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(file)]
        host = url.query.get("host", url.host)
        environ = {"PGHOST": str(host), "PGUSER": str(url.username), "PGDATABASE": str(url.database)}
        environ |= {"PGPASSWORD": str(url.password), "PGPORT": str(url.port or 5432)}
    else:
        call = [client(database.family), "--no-defaults", f"--user={url.username}", str(url.database)]
        call += (
            [f"--socket={url.query['unix_socket']}"]
            if "unix_socket" in url.query
            else [f"--host={url.host}", f"--port={url.port or 3306}"]
        )
        environ = {"MYSQL_PWD": str(url.password or "")}
    with file.open() as stdin:
        done = subprocess.run(call, stdin=stdin, capture_output=True, text=True, env={**os.environ, **environ})
    assert done.returncode == 0, done.stderr


def client(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"the program {name} is not on the PATH")
    return found
