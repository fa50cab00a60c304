"""`autodiff drift`: does a live database hold what the models, or its own revision, promise?"""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import Command, argument, flag
from autodiff.commands.diff import COLOR, FORMAT, coloured
from autodiff.settings import Config


def drift(
    config: Config,
    url: str | None = None,
    against: str | None = None,
    scratch_url: str | None = None,
    format: str = "text",
    color: str = "auto",
    verbose: bool = False,
) -> int:
    """Compare a live database with what it should be. It is only read.

    :param url: the database; None for `sqlalchemy.url` of the configuration.
    :param against: ``models``, or ``revision``: what the scripts up to the database's own revision make. None for
        ``revision`` where a throw-away database can be had (SQLite, or `scratch_url`), else ``models``.
    :param scratch_url: an empty database of the same kind, in which the scripts are run to see what they make.
    :param format: text, markdown, sql, python or json.
    :param color: auto (on a terminal), always or never.
    :param verbose: name each object that was not compared, with the reason.
    :returns: 1 if it differs, 0 if it does not.
    """
    from autodiff.autogenerate.drift import Drift
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    checked = Drift(config, script, url or _url(config), scratch_url).checked(against)
    if format == "text":
        for line in checked.introduction:
            config.print_stdout("%s", line)
    config.print_stdout("%s", checked.written(format, coloured(color, config), verbose).rstrip("\n"))
    return int(checked.differs)


def _url(config: Config) -> str:
    from autodiff.errors import UsageError

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
        COLOR,
        flag("-v", "--verbose", help="name each object that was not compared, with the reason"),
    ),
)
