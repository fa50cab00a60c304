"""Post-write hooks: programs or functions that a new script is given to, such as formatters."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodiff.errors import CommandError
from autodiff.messages import short_path, status

#: Stands for the path of the script in a hook's options.
FILENAME_TOKEN = "REVISION_SCRIPT_FILENAME"

Hook = Callable[[str, Mapping[str, str]], Any]
_registry: dict[str, Hook] = {}


def register(name: str) -> Callable[[Hook], Hook]:
    """Make a function known as a hook type.

    :param name: the `type` that configurations name it by.
    """

    def known(function: Hook) -> Hook:
        _registry[name] = function
        return function

    return known


def run(path: str, hooks: Sequence[Mapping[str, str]], *, quiet: bool = False) -> None:
    """Run all hooks on a file, in their order. CommandError when one fails; the file stays."""
    for hook in hooks:
        name = hook.get("_hook_name", "")
        with status(f"Running post write hook '{name}'", quiet=quiet):
            _run_one(path, name, hook)


def _run_one(path: str, name: str, hook: Mapping[str, str]) -> None:
    kind = hook.get("type")
    if not kind:
        raise CommandError(f"post-write hook '{name}' has no type", help=f"add {name}.type = {' or '.join(_registry)}")
    if kind not in _registry:
        raise CommandError(
            f"No formatter with name '{kind}' registered (post-write hook '{name}')",
            help=f"the types are {', '.join(_registry)}; {short_path(path)} is written",
        )
    try:
        _registry[kind](path, hook)
    except CommandError:
        raise
    except Exception as error:
        raise _failed(name, path, f"{type(error).__name__}: {error}") from error


def _failed(name: str, path: str, why: str) -> CommandError:
    return CommandError(f"post-write hook '{name}' failed: {why}", help=f"{short_path(path)} is written; look at it")


def _option(hook: Mapping[str, str], key: str) -> str:
    value = hook.get(key)
    if not value:
        name = hook.get("_hook_name", "")
        raise CommandError(f"Key {name}.{key} is required for post write hook '{name}'")
    return value


def _arguments(path: str, hook: Mapping[str, str]) -> list[str]:
    """The hook's options as words, with the file's path at its token, else in front."""
    words = shlex.split(hook.get("options", ""), posix=os.name != "nt")
    if any(FILENAME_TOKEN in word for word in words):
        return [word.replace(FILENAME_TOKEN, path) for word in words]
    return [path, *words]


def _start(command: Sequence[str], path: str, hook: Mapping[str, str]) -> None:
    name = hook.get("_hook_name", "")
    sys.stdout.flush()
    try:
        code = subprocess.run(command, cwd=hook.get("cwd") or None, check=False).returncode
    except OSError as error:
        raise _failed(name, path, f"{command[0]}: {error.strerror or error}") from error
    if code:
        raise _failed(name, path, f"{command[0]} ended with exit code {code}")


@register("console_scripts")
def run_console_script(path: str, hook: Mapping[str, str]) -> None:
    """Run an installed console script, found by its entry point, with this interpreter."""
    from importlib.metadata import entry_points

    wanted = _option(hook, "entrypoint")
    found = [each for each in entry_points(group="console_scripts") if each.name == wanted]
    if not found:
        raise CommandError(
            f"Could not find entrypoint console_scripts.{wanted} (post-write hook '{hook.get('_hook_name', '')}')",
            help=f"install the package that has it; {short_path(path)} is written",
        )
    call = f"import sys, {found[0].module}; sys.exit({found[0].module}.{found[0].attr}())"
    _start([sys.executable, "-c", call, *_arguments(path, hook)], path, hook)


@register("exec")
def run_program(path: str, hook: Mapping[str, str]) -> None:
    """Run a program, by its path or from PATH."""
    _start([_option(hook, "executable"), *_arguments(path, hook)], path, hook)


@register("module")
def run_module(path: str, hook: Mapping[str, str]) -> None:
    """Run a Python module with this interpreter."""
    _start([sys.executable, "-m", _option(hook, "module"), *_arguments(path, hook)], path, hook)
