"""What env.py calls: the functions of the `EnvironmentContext` that is being run, as functions of this module."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from autodiff.runtime.environment import ENVIRONMENTS, EnvironmentContext

_ATTRIBUTES = ("config", "script")
_FUNCTIONS = tuple(
    name for name, value in vars(EnvironmentContext).items() if callable(value) and not name.startswith("_")
)


def _function(name: str) -> Callable[..., Any]:
    method = getattr(EnvironmentContext, name)

    @functools.wraps(method)
    def call(*args: Any, **kw: Any) -> Any:
        environment = ENVIRONMENTS.current()
        if environment is None:
            raise NameError(
                f"Can't invoke function {name!r}, as the proxy object has not yet been established for the"
                " EnvironmentContext class: `autodiff.context` works inside of env.py, while a command runs it."
            )
        return getattr(environment, name)(*args, **kw)

    signature = inspect.signature(method)
    call.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=list(signature.parameters.values())[1:]
    )
    call.__module__ = __name__
    return call


globals().update({name: _function(name) for name in _FUNCTIONS})


def __getattr__(name: str) -> Any:
    environment = ENVIRONMENTS.current()
    if name == "_proxy":  # env.py files ask by it whether a command runs them, or somebody imports them
        return environment
    if name.startswith("__") or environment is None:
        note = " (it is there inside of env.py, while a command runs it)" if name in _ATTRIBUTES else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{note}")
    return getattr(environment, name)


def __dir__() -> list[str]:
    return [*_ATTRIBUTES, *_FUNCTIONS]


__all__ = [*_FUNCTIONS]
