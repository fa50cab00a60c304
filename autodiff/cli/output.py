"""How a failure is told: one line on stderr that names the place and the way out, and never a password."""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from functools import lru_cache
from types import TracebackType
from typing import Any, TypeGuard

from autodiff.errors import CommandError, words_of
from autodiff.messages import note, short_path
from autodiff.redact import redact

FAILED = "FAILED: "

# drivers whose package has another name than their module
_PACKAGES = {
    "MySQLdb": "mysqlclient",
    "psycopg2": "psycopg2-binary",
    "mysql": "mysql-connector-python",
    "cx_Oracle": "cx-Oracle",
}
# what `init` writes, and what Alembic's does
_PLACEHOLDERS = ("sqlalchemy.dialects:dialect.driver", "sqlalchemy.dialects:driver")


def exit_code(error: BaseException) -> int:
    """What the process ends with: 1 differences, 2 usage, 3 failed or could not tell."""
    return error.exit_code if isinstance(error, CommandError) else 3


def tell(error: BaseException, *, traceback: bool = False) -> None:
    """Print a failure, after its traceback when that was asked for."""
    if traceback and not _is_unreachable(error):
        from traceback import format_exception

        note(redact("".join(format_exception(error))).rstrip())
    note(f"{FAILED}{redact(told(error))}")


def told(error: BaseException) -> str:
    """A failure in one line; in more only where its author wrote more."""
    if isinstance(error, CommandError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, BrokenPipeError):
        return "the reader of the output went away"
    if isinstance(error, ModuleNotFoundError) and _is_driver(error.__traceback__):
        return _driver_missing(error)
    if _is_unreachable(error):
        return _reason(error)  # the place is of no use: what is wrong is in the url, or at the server
    place = None if str(error).endswith(_PLACEHOLDERS) else where(error)
    if _is_logging_config(error.__traceback__):
        return f"{place}: the logging sections of the ini file: {_logging_reason(error)}"
    return f"{place}: {_reason(error)}" if place else _reason(error)


def _is_unreachable(error: BaseException) -> bool:
    """Did a driver fail to connect, before any statement?"""
    from_driver = getattr(error, "orig", None) is not None and type(error).__module__.startswith("sqlalchemy.")
    return from_driver and getattr(error, "statement", None) is None and _engine_in(error.__traceback__) is not None


def _is_driver(trace: TracebackType | None) -> bool:
    """Was the module asked for by an SQLAlchemy dialect?"""
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "import_dbapi":
            return True
        trace = trace.tb_next
    return False


def _driver_missing(error: ModuleNotFoundError) -> str:
    module = str(error.name).partition(".")[0]
    package = _PACKAGES.get(module, module)
    return f"the driver {module!r} that the url names is not installed; pip install {package}, or name another driver in the url"


def _is_logging_config(trace: TracebackType | None) -> bool:
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "logging.config":
            return True
        trace = trace.tb_next
    return False


def _logging_reason(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"there is no section [{error.args[0]}]"
    return " ".join(str(error).split())


def _reason(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return str(error.msg)
    from_database = _database_reason(error)
    if from_database:
        return from_database
    text = " ".join(str(error).split())
    if isinstance(error, FileNotFoundError) and error.filename is None and not _is_anywhere():
        return "the current directory is gone; go to the project's with cd"
    if isinstance(error, OSError) and error.strerror:
        return f"{short_path(error.filename)}: {error.strerror}" if _is_path(error.filename) else error.strerror
    if isinstance(error, (ModuleNotFoundError, ImportError)):
        return f"{text}{_import_help(error)}"
    if isinstance(error, KeyError) and error.args == ("url",):
        return "there is no sqlalchemy.url in this section of the configuration; write your database's there"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _is_anywhere() -> bool:
    """Does the current directory exist?"""
    try:
        os.getcwd()
    except FileNotFoundError:
        return False
    return True


def _is_path(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and bool(name)


def _import_help(error: ImportError) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        package, _, module = error.name.rpartition(".")
        if package in sys.modules:
            return f" (the package {package!r} is there, and has no {module!r})"
        return f" (install it, or put its directory into prepend_sys_path: {error.name.partition('.')[0]})"
    return ""


def _database_reason(error: BaseException) -> str | None:
    """What SQLAlchemy or a driver says, without its decoration."""
    if not type(error).__module__.startswith("sqlalchemy."):
        return None
    kind = type(error).__name__
    if kind == "NoSuchModuleError":
        if str(error).endswith(_PLACEHOLDERS):
            return "sqlalchemy.url in the configuration is still the one that init wrote; write your database's there"
        way_out = "is the dialect's package installed, and the url's first part right?"
        if str(error).endswith(":postgres"):
            way_out = "SQLAlchemy calls it postgresql://"
        return f"{' '.join(str(error).split())}; {way_out}"
    if kind == "ArgumentError" and "URL" in str(error):
        return "sqlalchemy.url is not a URL; it reads dialect+driver://host/database, with user:…@ before the host"
    if kind == "MissingGreenlet":
        return _async_driver(error)
    original = getattr(error, "orig", None)
    if original is None:
        return f"{kind}: {' '.join(str(error).split('(Background on')[0].split())}"
    text = " ".join(words_of(original).split())
    statement = getattr(error, "statement", None)
    if text == "database is locked":
        return (
            "another program has locked the SQLite database, and has not let go of it in time; wait for it, or end it"
        )
    if text == "file is not a database":
        return f"{text}, though the url says sqlite; is the url right?"
    if statement:
        return f"{text}; the statement was: {' '.join(str(statement).split())[:300]}"
    return f"{_database(error)}{_without_place(text)}; {_unreachable_help(text)}"


# libpq says where it tried to connect to, and asks whether the server runs; the URL has said so already
_PLACE = re.compile(
    r'connection failed: |connection to server (?:at|on socket) "[^"]*"(?: \([^)]*\))?(?:, port \d+)? failed: |FATAL: +'
)
_ASKS = re.compile(r"\s*Is the server running .*?\?")
_NO_DATABASE = re.compile(r"Unknown database|database \".*\" does not exist", re.I)
_NO_SERVER = re.compile(r"refused|timed? ?out|timeout|resolve|translate|known|route|unreachable|No such file", re.I)


def _without_place(text: str) -> str:
    return _ASKS.sub("", _PLACE.sub("", text)).strip()


def _unreachable_help(text: str) -> str:
    if _NO_DATABASE.search(text):
        return "create it, or correct its name in the url"
    if _NO_SERVER.search(text):
        return "is the server running, and are host and port in the url right?"
    return "is the url right?"


def _async_driver(error: BaseException) -> str:
    engine = _engine_in(error.__traceback__)
    driver = f"'{engine.dialect.driver}' " if engine is not None else ""
    return (
        f"the driver {driver}is asynchronous, and env.py uses it without an event loop; "
        "name another driver in the url, or take the env.py of `autodiff init -t async`"
    )


def _database(error: BaseException) -> str:
    """`cannot reach the database ...: ` where no statement had been sent yet."""
    url = _url_in(error.__traceback__)
    return f"cannot reach the database {url}: " if url else "cannot reach the database: "


def _url_in(trace: TracebackType | None) -> str | None:
    """The URL of the engine that was connecting, its password hidden."""
    engine = _engine_in(trace)
    return None if engine is None else str(engine.url.render_as_string(hide_password=True))


def _engine_in(trace: TracebackType | None) -> Any:
    """The SQLAlchemy engine that was in use when the error was raised."""
    found = None
    while trace is not None:
        for value in (trace.tb_frame.f_locals.get("self"), trace.tb_frame.f_locals.get("connectable")):
            if type(value).__name__ == "Engine" and hasattr(value, "dialect"):
                found = value
        trace = trace.tb_next
    return found


def where(error: BaseException) -> str | None:
    """`file line n` of the innermost frame in the user's own code."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{short_path(error.filename)} line {error.lineno}"
    found = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if is_users_file(name) or trace.tb_frame.f_globals.get("__name__") == "env_py":
            found = f"{short_path(name)} line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def is_users_file(name: str) -> bool:
    """Whether a file belongs to the user's project, not to autodiff, to Python, or to an installed package."""
    path = os.path.abspath(name)
    # packages are also below the user's home, in the system's own directory, in the venv that another one stands on
    if not name.endswith(".py") or {"site-packages", "dist-packages"}.intersection(path.split(os.sep)):
        return False
    return not name.startswith("<") and not path.startswith(_installed())


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    places = {sysconfig.get_paths().get(name, "") for name in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")}
    places |= {os.path.dirname(os.path.abspath(sys.modules["os"].__file__ or ""))}
    return tuple(os.path.join(place, "") for place in {ours, *places} if place)
