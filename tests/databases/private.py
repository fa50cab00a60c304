"""Starts a private server: data in memory, a unix socket, no port, no fsync; a guard process ends it with the test run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.databases.find import Source


@dataclass
class Order:
    """What the guard process is told: see `guard.py`."""

    folder: str
    socket: str
    ready: str
    end_signal: str
    user: str | None
    setup: list[list[str]] = field(default_factory=list)
    serve: list[str] = field(default_factory=list)


class Server:
    """A private server that runs until `stop`, or until this process ends, in whatever way it does."""

    def __init__(self, source: Source) -> None:
        folder = _folder(source)
        order = _postgresql(source, folder) if source.family == "postgresql" else _mysql(source, folder)
        self.url = _url(source, folder)
        self._guard = subprocess.Popen(
            [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._guard.stdin is not None
        assert self._guard.stdout is not None
        self._guard.stdin.write(json.dumps(asdict(order)) + "\n")
        self._guard.stdin.flush()
        said = json.loads(self._guard.stdout.readline() or '{"error": "its guard process ended"}')
        if "error" in said:
            self.stop()
            raise RuntimeError(f"{source} did not start: {said['error']}")

    def stop(self) -> None:
        self._guard.communicate(timeout=30)


def _folder(source: Source) -> Path:
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix=f"autodiff-{source.id}-", dir=place))
    folder.chmod(0o755)
    return folder


def _url(source: Source, folder: Path) -> str:
    if source.family == "postgresql":
        return f"postgresql+psycopg://postgres@/postgres?host={folder}"
    # PyMySQL takes 20 ms per connection to load certificates unless it is told not to.
    return f"mysql+pymysql://root@localhost/mysql?unix_socket={folder}/socket&ssl_disabled=true&charset=utf8mb4"


def _user(*names: str) -> str | None:
    """Who runs the server: both kinds refuse to run as root."""
    if os.geteuid() != 0:
        return None
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in (*names, "nobody") if name in known)


def _postgresql(source: Source, folder: Path) -> Order:
    order = Order(str(folder), f"{folder}/.s.PGSQL.5432", "postmaster", "SIGQUIT", _user("postgres"))
    programs = _reachable(Path(source.at), order)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "max_connections": "100",
        "max_locks_per_transaction": "1000",
    }
    data = f"{folder}/data"
    init = [f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    order.setup.append(init)
    order.serve = [f"{programs}/postgres", "-D", data, *(f"--{key}={value}" for key, value in settings.items())]
    return order


def _reachable(programs: Path, order: Order) -> Path:
    """The programs, copied where the server's user may not enter their folder (a virtual environment below /root)."""
    if order.user is None or all(folder.stat().st_mode & 0o005 == 0o005 for folder in (programs, *programs.parents)):
        return programs
    install = programs.parent
    copy = Path(order.folder) / "programs" / install.parent.name / install.name
    shutil.copytree(install, copy, symlinks=True)
    # The wheel's programs look for their libraries in the folder's sibling.
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy.parent.with_name(libraries.name), symlinks=True)
    return copy / programs.name


def _mysql(source: Source, folder: Path) -> Order:
    order = Order(str(folder), f"{folder}/socket", "greeting", "SIGKILL", _user("mysql"))
    programs = Path(source.at)
    data = f"{folder}/data"
    if source.family == "mariadb":
        beside = [programs, programs.parent / "bin", programs.parent / "scripts"]
        install = shutil.which("mariadb-install-db", path=os.pathsep.join(map(str, beside))) or shutil.which(
            "mariadb-install-db"
        )
        # --force: without it a machine that cannot resolve its own name is refused.
        how = ["--auth-root-authentication-method=normal", "--skip-test-db", "--force"]
        # Where it makes the system tables it deletes temporary tables, too: never in a directory that others use.
        order.setup.append([str(install), "--no-defaults", f"--datadir={data}", f"--tmpdir={folder}", *how])
        order.serve = [f"{programs}/mariadbd"]
        own = ["--innodb-flush-method=nosync"]
    else:
        order.setup.append([f"{programs}/mysqld", "--no-defaults", f"--datadir={data}", "--initialize-insecure"])
        order.serve = [f"{programs}/mysqld"]
        # The folder for files that it was built with need not be there; its second protocol would listen on a port.
        own = ["--innodb-flush-method=fsync", "--secure-file-priv=", "--mysqlx=OFF", "--disable-log-bin"]
    order.serve += [
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder}/socket",
        f"--pid-file={folder}/pid",
        # A server that starts deletes the temporary tables of others in a shared directory.
        f"--tmpdir={data}",
        "--skip-networking",
        "--innodb-flush-log-at-trx-commit=0",
        "--max-connections=100",
        "--character-set-server=utf8mb4",
        *own,
    ]
    return order
