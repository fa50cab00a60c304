"""`autodiff drift`: does a live database hold what the models, or its own revision, promise?"""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import MESSAGE, Command, argument, flag
from autodiff.commands.diff import COLOR, FORMAT, coloured
from autodiff.errors import UsageError
from autodiff.settings import Config


def drift(
    config: Config,
    url: str | None = None,
    against: str | None = None,
    scratch_url: str | None = None,
    format: str = "text",
    color: str = "auto",
    verbose: bool = False,
    sql: bool = False,
    adopt: bool = False,
    message: str | None = None,
) -> int:
    """Compare a live database with what it should be. It is only read, with `adopt` too.

    :param url: the database; None for `sqlalchemy.url` of the configuration.
    :param against: ``models``, or ``revision``: what the scripts up to the database's own revision make. None for
        ``revision`` where a throw-away database can be had (SQLite, or `scratch_url`), else ``models``.
    :param scratch_url: an empty database of the same kind, in which the scripts are run to see what they make.
    :param format: text, markdown, sql, python or json.
    :param color: auto (on a terminal), always or never.
    :param verbose: name each object that was not compared, with the reason.
    :param sql: the same as format `sql`.
    :param adopt: write a revision that makes what was found; it is compared with what its own revision promises.
    :param message: that revision's message.
    :returns: 1 if it differs, 0 if it does not, or if the difference was adopted.
    """
    from autodiff.autogenerate.drift import Drift
    from autodiff.script.base import ScriptDirectory

    format = "sql" if sql else format
    if adopt and (format != "text" or against == "models"):
        raise UsageError("--adopt writes a revision from what the database's own revision promises", help=_NOT_WITH)
    script = ScriptDirectory.from_config(config)
    drift = Drift(config, script, url or _url(config), scratch_url, named=url is not None)
    checked = drift.checked("revision" if adopt else against, format)
    if format == "text":
        for line in checked.introduction:
            config.print_stdout("%s", line)
    config.print_stdout("%s", checked.written(format, coloured(color, config), verbose).rstrip("\n"))
    if not (adopt and checked.differs):
        return int(checked.differs)
    for written in drift.adopt(checked, message or "adopt what was found"):
        if written is not None:
            config.print_stdout(_ADOPTED, written.revision)
    return 0


_NOT_WITH = "leave out --against models, --sql and --format"
_ADOPTED = (
    "This database has it already: autodiff stamp %s there, and upgrade everywhere else. Write it into the models, too:"
    " what they lack, the next --autogenerate takes back."
)


def _url(config: Config) -> str:
    found = config.get_main_option("sqlalchemy.url")
    if not found:
        raise UsageError(
            "which database? there is no sqlalchemy.url in the configuration", help="autodiff drift --url …"
        )
    return str(found)


def _choices(*names: str) -> dict[str, Any]:
    return {"choices": names, "default": None}


COMMAND = Command(
    drift,
    "does a live database hold what it should?",
    "autodiff drift --url postgresql://readonly@staging/shop",
    (
        argument("--url", help="the database; default: sqlalchemy.url of the configuration"),
        argument(
            "--against", **_choices("models", "revision"), help="compare with the models, or with its own revision"
        ),
        argument(
            "--scratch-url",
            metavar="URL",
            help="an empty database to run the scripts in, to see what they make; it is left with that",
        ),
        FORMAT,
        flag("--sql", help="the statements that bring it back: the same as --format sql"),
        flag("--adopt", help="keep what was found: write a revision that makes it"),
        MESSAGE,
        COLOR,
        flag("-v", "--verbose", help="name each object that was not compared, with the reason"),
    ),
)
