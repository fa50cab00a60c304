"""Face: dispatchers, tuples, booleans, revision ids."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property as memoized_property
from typing import Any, TypeVar

from sqlalchemy.util import immutabledict

from autodiff.operations.dispatch import Dispatcher
from autodiff.runtime.plugins import DispatchPriority, PriorityDispatcher, PriorityDispatchResult
from autodiff.script.naming import new_id

T = TypeVar("T")

_TRUE = ("true", "yes", "on", "y", "t", "1")
_FALSE = ("false", "no", "off", "n", "f", "0")


def rev_id() -> str:
    """A new revision id: 12 hexadecimal digits."""
    return new_id()


def asbool(obj: Any) -> bool:
    """True or False of a text such as `yes`; of other values, their truth.

    :raises ValueError: for other texts.
    """
    if not isinstance(obj, str):
        return bool(obj)
    text = obj.strip().lower()
    if text not in _TRUE + _FALSE:
        raise ValueError(f"String is not true/false: {obj!r}")
    return text in _TRUE


def to_tuple(x: Any, default: tuple[Any, ...] | None = None) -> Any:
    """None is `default`, a text or a single value a tuple of one, any iterable a tuple of its items."""
    if x is None:
        return default
    if isinstance(x, Iterable) and not isinstance(x, (str, bytes)):
        return tuple(x)
    return (x,)


def to_list(x: Any, default: list[Any] | None = None) -> Any:
    """The same as a list."""
    return default if x is None else list(to_tuple(x))


def not_none(value: T | None) -> T:
    """The value, which is known not to be None."""
    assert value is not None
    return value


__all__ = [
    "DispatchPriority",
    "Dispatcher",
    "PriorityDispatchResult",
    "PriorityDispatcher",
    "asbool",
    "immutabledict",
    "memoized_property",
    "not_none",
    "rev_id",
    "to_list",
    "to_tuple",
]
