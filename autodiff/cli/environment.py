"""env.py run for a command: the function that plans, what env.py may ask, and the scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.cli.logging_config import reading_byte_order_mark
from autodiff.script.base import ScriptDirectory
from autodiff.settings import Config


def run_environment(config: Config, script: ScriptDirectory, fn: Callable[[Any, Any], Any], **options: Any) -> None:
    """Execute env.py so that its `context.run_migrations()` calls `fn(stored heads, migration context)` for steps."""
    from autodiff.runtime.environment import EnvironmentContext

    with reading_byte_order_mark(config.config_file_name), EnvironmentContext(config, script, fn=fn, **options):
        script.run_env()


def stored_heads(config: Config, script: ScriptDirectory) -> tuple[str, ...]:
    """What the database's version table holds; over several databases, all of it. Nothing is written."""
    found: dict[str, None] = {}

    def remember(heads: tuple[str, ...], context: Any) -> list[Any]:
        found.update(dict.fromkeys(heads))
        return []

    run_environment(config, script, remember, read_only=True)
    return tuple(found)


def needs_database(name: object) -> bool:
    """Whether a revision is named relative to what the database holds: `current`, `+1`, `label@-1`."""
    from autodiff.script.resolve import parse

    if not isinstance(name, str) or not name.strip():
        return False
    return any(parse(each).name in ("", "current") for each in name.split(":") if each.strip())
