"""A command made of any function: its signature says how it is called, its docstring what it does."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from autodiff.cli.arguments import Argument, Command, argument, flag
from autodiff.errors import CommandError

_PARAMETER = re.compile(r":param\s+(?:[^:]*\s)?(\w+):\s*(.*?)(?=\n\s*:|\n\s*\n|\Z)", re.DOTALL)


def command_of(function: Callable[..., Any]) -> Command:
    """The command that a function is; its first parameter takes the Config."""
    name = getattr(function, "__name__", "<lambda>")
    if name == "<lambda>":
        raise CommandError("a command needs a function with a name", help="write it with def")
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise CommandError(f"the command {name} has no parameter for the Config")
    doc = inspect.getdoc(function) or ""
    helps = {found[1]: " ".join(found[2].split()) for found in _PARAMETER.finditer(doc)}
    summary = " ".join(doc.split("\n\n")[0].split()) or f"the command {name}"
    arguments = tuple(
        _argument(each, helps) for each in parameters[1:] if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    )
    return Command(function, summary.replace("%", "%%"), _example(name, arguments), arguments)


def _argument(parameter: inspect.Parameter, helps: dict[str, str]) -> Argument:
    name = parameter.name
    help = helps.get(name, f"the parameter {name}").replace("%", "%%")
    if parameter.default is parameter.empty:
        return argument(name, help=help)
    option = f"--{name.replace('_', '-')}"
    if parameter.default is False:
        return flag(option, help=help)
    if isinstance(parameter.default, int) and not isinstance(parameter.default, bool):
        return argument(option, help=help, default=parameter.default, type=int)
    return argument(option, help=help, default=parameter.default)


def _example(name: str, arguments: tuple[Argument, ...]) -> str:
    return " ".join(["autodiff", name, *(each.flags[0].upper() for each in arguments if each.is_positional)])
