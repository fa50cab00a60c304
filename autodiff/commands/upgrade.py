"""`autodiff upgrade`: apply revisions."""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import LOCK_TIMEOUT, REVISION_HELP, SQL, TAG, Command, argument
from autodiff.errors import CommandError
from autodiff.settings import Config


def upgrade(
    config: Config, revision: str, sql: bool = False, tag: str | None = None, lock_timeout: float | None = None
) -> None:
    """Apply revisions, oldest first.

    :param revision: where to go; `from:to` with `sql`.
    :param sql: write the SQL instead of executing it.
    :param tag: a text for env.py.
    :param lock_timeout: how long to wait for another migrator, in seconds.
    """
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory
    from autodiff.script.plan import check_loadable
    from autodiff.script.resolve import require_name, start_and_end

    require_name(revision)
    script = ScriptDirectory.from_config(config)
    start, revision = start_and_end(revision, sql)

    def steps(heads: Any, context: Any) -> Any:
        found = script._upgrade_revs(revision, heads)
        if start is not None and not found:
            raise CommandError(
                f"there is nothing to upgrade from '{start}' to '{revision}'",
                help=f"the other way is `autodiff downgrade {start}:{revision} --sql`",
            )
        return check_loadable(found)

    run_environment(
        config,
        script,
        steps,
        as_sql=sql,
        starting_rev=start,
        destination_rev=revision,
        tag=tag,
        lock_timeout=lock_timeout,
    )


COMMAND = Command(
    upgrade,
    "apply revisions",
    "autodiff upgrade head",
    (argument("revision", help=f"where to go: {REVISION_HELP}; FROM:TO with --sql"), SQL, TAG, LOCK_TIMEOUT),
)
