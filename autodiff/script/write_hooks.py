"""Post-write hooks: programs or functions that a new script is given to, such as formatters."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autodiff.errors import CommandError
from autodiff.messages import short_path, status

#: Stands for the path of the script in a hook's options.
FILENAME_TOKEN = "REVISION_SCRIPT_FILENAME"

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

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


def check(hooks: Sequence[Mapping[str, str]]) -> None:
    """CommandError when a hook cannot be started, so that nothing is written before it is corrected."""
    for hook in hooks:
        name, kind = hook.get("_hook_name", ""), hook.get("type")
        if not kind:
            raise CommandError(
                f"post-write hook '{name}' has no type", help=f"add {name}.type = {' or '.join(_registry)}"
            )
        if kind not in _registry:
            raise CommandError(
                f"No formatter with name '{kind}' registered (post-write hook '{name}')",
                help=f"the types are {', '.join(_registry)}; nothing was written",
            )
        if _registry[kind] in _CHECKS:
            _CHECKS[_registry[kind]](hook)


def run(path: str, hooks: Sequence[Mapping[str, str]], *, quiet: bool = False) -> None:
    """Run all hooks on a file, in their order. CommandError when one fails; the file stays."""
    for hook in hooks:
        name = hook.get("_hook_name", "")
        with status(f"Running post write hook '{name}'", quiet=quiet, newline=True):
            _run_one(path, name, hook)


def _run_one(path: str, name: str, hook: Mapping[str, str]) -> None:
    kind = hook["type"]
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
    found = _entry_point(hook)
    call = f"import sys, {found.module}; sys.exit({found.module}.{found.attr}())"
    _start([sys.executable, "-c", call, *_arguments(path, hook)], path, hook)


@register("exec")
def run_program(path: str, hook: Mapping[str, str]) -> None:
    """Run a program, by its path or from PATH."""
    _start([_option(hook, "executable"), *_arguments(path, hook)], path, hook)


@register("module")
def run_module(path: str, hook: Mapping[str, str]) -> None:
    """Run a Python module with this interpreter."""
    _start([sys.executable, "-m", _option(hook, "module"), *_arguments(path, hook)], path, hook)


def _entry_point(hook: Mapping[str, str]) -> EntryPoint:
    from importlib.metadata import entry_points

    wanted = _option(hook, "entrypoint")
    for each in entry_points(group="console_scripts"):
        if each.name == wanted:
            return each
    raise CommandError(
        f"Could not find entrypoint console_scripts.{wanted} (post-write hook '{hook.get('_hook_name', '')}')",
        help="install the package that has it; nothing was written",
    )


def _program(hook: Mapping[str, str]) -> None:
    executable = _option(hook, "executable")
    if os.path.dirname(executable) and not os.path.isabs(executable) and hook.get("cwd"):
        return  # it is found from the hook's own directory
    if shutil.which(executable) is None:
        raise CommandError(
            f"post-write hook '{hook.get('_hook_name', '')}': there is no program {executable}",
            help="install it, or correct the hook; nothing was written",
        )


def _module(hook: Mapping[str, str]) -> None:
    from importlib.util import find_spec

    module = _option(hook, "module")
    try:
        found = find_spec(module)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise CommandError(
            f"post-write hook '{hook.get('_hook_name', '')}': there is no module {module}",
            help="install it, or correct the hook; nothing was written",
        )


_CHECKS: dict[Hook, Callable[[Mapping[str, str]], object]] = {
    run_console_script: _entry_point,
    run_program: _program,
    run_module: _module,
}
