"""`autodiff ensure_version`: make the version table."""

from __future__ import annotations

from typing import Any

from autodiff.cli.arguments import SQL, Command
from autodiff.settings import Config


def ensure_version(config: Config, sql: bool = False) -> None:
    """Create the version table where it does not exist; its rows stay as they are.

    :param sql: write the SQL instead of executing it.
    """
    from autodiff.cli.environment import run_environment
    from autodiff.script.base import ScriptDirectory

    script = ScriptDirectory.from_config(config)

    def create(heads: Any, context: Any) -> list[Any]:
        context._ensure_version_table()
        return []

    run_environment(config, script, create, as_sql=sql)


COMMAND = Command(ensure_version, "make the version table if it is not there", "autodiff ensure_version", (SQL,))
