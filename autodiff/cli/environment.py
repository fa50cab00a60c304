"""env.py run for a command: the function that plans, what env.py may ask, and the scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from autodiff.cli.logging_config import reading_byte_order_mark
from autodiff.script.base import ScriptDirectory
from autodiff.settings import Config

if TYPE_CHECKING:
    from autodiff.autogenerate.context import AutogenContext

T = TypeVar("T")


def run_environment(config: Config, script: ScriptDirectory, fn: Callable[[Any, Any], Any], **options: Any) -> None:
    """Execute env.py so that its `context.run_migrations()` calls `fn(stored heads, migration context)` for steps."""
    from autodiff.runtime.environment import EnvironmentContext

    options = {"run_required": True, **options}
    with reading_byte_order_mark(config.config_file_name), EnvironmentContext(config, script, fn=fn, **options):
        script.run_env()


def compared(
    config: Config,
    script: ScriptDirectory,
    tell: Callable[[AutogenContext, tuple[str, ...]], T],
    rename: Sequence[str] | None,
    scratch_url: str | None,
) -> list[T]:
    """What `tell` makes of each database that env.py reaches and of where it is. Nothing is written.

    :param rename: `old=new` names of tables or columns that were renamed.
    :param scratch_url: an empty database of the same kind, which is asked where this one makes no temporary tables.
    """
    from autodiff.autogenerate.context import AutogenContext

    found: list[T] = []

    def compare(heads: tuple[str, ...], migration_context: Any) -> list[Any]:
        own = {"renames": tuple(rename or ()), "scratch_url": scratch_url}
        found.append(tell(AutogenContext(migration_context, opts={**migration_context.opts, **own}), heads))
        return []

    run_environment(config, script, compare, read_only=True)
    return found


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
