"""Migrations from inside of a running event loop: `await autodiff.aio.upgrade(config, "head")`.

A command runs in a thread of its own, so an env.py that calls `asyncio.run()` works as it does on the command line,
and the caller's loop goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any

_COMMANDS = (
    *("branches", "check", "current", "downgrade", "edit", "ensure_version", "heads", "history", "init"),
    *("list_templates", "merge", "revision", "show", "stamp", "upgrade"),
)


async def run(command: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """Run a function of `autodiff.command` in a thread, and wait for it.

    A caller that is cancelled still waits for the end of the command, since a thread cannot be stopped half-way, and
    gets its CancelledError then.
    """
    running = asyncio.ensure_future(asyncio.to_thread(command, *args, **kw))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


def _awaitable(name: str) -> Callable[..., Any]:
    async def call(*args: Any, **kw: Any) -> Any:
        return await run(getattr(import_module("autodiff.command"), name), *args, **kw)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`autodiff.command.{name}`, to be awaited; the same arguments."
    return call


globals().update({name: _awaitable(name) for name in _COMMANDS})

__all__ = [*_COMMANDS, "run"]
