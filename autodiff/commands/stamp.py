"""`autodiff stamp`: say which revisions a database is at, without running scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autodiff.cli.arguments import LOCK_TIMEOUT, REVISION_HELP, SQL, TAG, Command, argument, flag
from autodiff.errors import CommandError
from autodiff.settings import Config


def stamp(
    config: Config,
    revision: str | Sequence[str],
    sql: bool = False,
    tag: str | None = None,
    purge: bool = False,
    lock_timeout: float | None = None,
) -> None:
    """Set the version rows of a database; no script runs.

    :param revision: one or several revisions that the database is at.
    :param sql: write the SQL instead of executing it; `from:to` says where it starts.
    :param tag: a text for env.py.
    :param purge: delete all rows first, unknown ones too.
    :param lock_timeout: how long to wait for another migrator, in seconds.
    """
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)
    if sql and purge:
        raise CommandError("Can't use --purge with --sql mode", help="the SQL would not know which rows to delete")
    start, named = _start(revision, sql)

    def steps(heads: Any, context: Any) -> Any:
        return script._stamp_revs(named, () if purge else heads)

    run_environment(
        config,
        script,
        steps,
        as_sql=sql,
        starting_rev=start,
        destination_rev=named[0] if len(named) == 1 else named,
        tag=tag,
        lock_timeout=lock_timeout,
        purge=purge,
    )


def _start(revision: str | Sequence[str], sql: bool) -> tuple[str | None, tuple[str, ...]]:
    """Where `--sql` starts, and the revisions that are named."""
    from autodiff.script.resolve import is_range, split_range

    named = (revision,) if isinstance(revision, str) else tuple(revision)
    if not any(is_range(each) for each in named):
        return None, named
    if not sql:
        raise CommandError(f"Range revision not allowed: '{' '.join(named)}'", help="a range is for --sql")
    ranges = [split_range(each) if is_range(each) else (None, each) for each in named]
    starts = {start for start, _ in ranges if start is not None}
    if len(starts) > 1:
        raise CommandError(
            "Stamp operation with --sql only supports a single starting revision at a time",
            help=f"there are {', '.join(sorted(starts))}",
        )
    return starts.pop(), tuple(end for _, end in ranges)


COMMAND = Command(
    stamp,
    "say which revisions a database is at; no script runs",
    "autodiff stamp head",
    (
        argument("revision", nargs="+", help=f"where the database is: {REVISION_HELP}"),
        SQL,
        TAG,
        LOCK_TIMEOUT,
        flag("--purge", help="delete all version rows first, unknown ones too"),
    ),
)
