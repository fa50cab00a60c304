"""Face: the operations of the run that is going on, as functions."""

from __future__ import annotations

import functools
import inspect
import sys
from types import ModuleType
from typing import Any

from autodiff.operations import Operations
from autodiff.operations.base import current_operations
from autodiff.operations.literal import DatabaseType
from autodiff.operations.schemaobj import ref


class _Op(ModuleType):
    """A module whose functions are looked up in `Operations`, so that registered operations are there too."""

    @property
    def _proxy(self) -> Operations | None:
        return current_operations.get()

    @_proxy.setter
    def _proxy(self, operations: Operations | None) -> None:
        current_operations.set(operations)

    def __getattr__(self, name: str) -> Any:
        method = None if name.startswith("_") else getattr(Operations, name, None)
        if not callable(method):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        function = _function(name, method)
        setattr(self, name, function)
        return function

    def __dir__(self) -> list[str]:
        return sorted({*vars(self), *(name for name in dir(Operations) if not name.startswith("_"))})


def _function(name: str, method: Any) -> Any:
    """The function that calls the method of the run that is going on."""
    if inspect.ismethod(method):  # register_operation, implementation_for, context
        return method

    @functools.wraps(method)
    def function(*args: Any, **kw: Any) -> Any:
        operations = current_operations.get()
        if operations is None:
            raise NameError(
                f"Can't invoke function '{name}', as the proxy object has not yet been established for the autodiff "
                f"'Operations' class. Try placing this code inside a callable."
            )
        return getattr(operations, name)(*args, **kw)

    function.__qualname__ = name
    function.__module__ = __name__
    signature = inspect.signature(method)
    function.__signature__ = signature.replace(parameters=list(signature.parameters.values())[1:])  # type: ignore[attr-defined]
    return function


sys.modules[__name__].__class__ = _Op

__all__ = ["DatabaseType", "ref"]
