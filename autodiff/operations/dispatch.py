"""Functions chosen by the class (or the name) of what they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Dispatcher:
    """Functions by target and qualifier; a class is looked up along its bases.

    :param uselist: keep several functions per target, and call them all.
    """

    def __init__(self, uselist: bool = False) -> None:
        self._registry: dict[tuple[Any, ...], Any] = {}
        self.uselist = uselist

    def dispatch_for(self, target: Any, *, qualifier: str = "default", replace: bool = False) -> Callable[[F], F]:
        """Register the decorated function for `target`.

        :raises ValueError: if there is one already, unless `replace` (or the dispatcher keeps lists).
        """

        def decorate(fn: F) -> F:
            key = (target, qualifier)
            if self.uselist:
                self._registry.setdefault(key, []).append(fn)
            elif key in self._registry and not replace:
                raise ValueError(
                    f"key already exists: there is a function for {target!r} ({qualifier}); say replace=True"
                )
            else:
                self._registry[key] = fn
            return fn

        return decorate

    def dispatch(self, obj: Any, qualifier: str = "default") -> Callable[..., Any]:
        """The function for `obj`: a name, a class, or an instance of a class; else for what the class stands for.

        :raises ValueError: if there is none.
        """
        targets = [obj] if isinstance(obj, str) else (obj if isinstance(obj, type) else type(obj)).__mro__
        for wanted in (qualifier, "default"):
            for target in targets:
                if (target, wanted) in self._registry:
                    return self._callable(self._registry[(target, wanted)])
        stand_in = getattr(obj, "stands_for", None)
        if stand_in is not None:
            return self.dispatch(stand_in, qualifier)
        raise ValueError(f"no dispatch function for object: {obj!r}")

    def _callable(self, found: Any) -> Callable[..., Any]:
        if not self.uselist:
            return found  # type: ignore[no-any-return]

        def all_of_them(*args: Any, **kw: Any) -> None:
            for fn in found:
                fn(*args, **kw)

        return all_of_them

    def branch(self) -> Dispatcher:
        """A copy that can grow by itself."""
        copy = Dispatcher(self.uselist)
        copy._registry = {key: list(fns) if self.uselist else fns for key, fns in self._registry.items()}
        return copy
