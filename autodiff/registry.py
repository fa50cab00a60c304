"""Named things that register themselves: kinds, dialect rooms, lint rules, preview formats, commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

from autodiff.errors import UsageError

T = TypeVar("T")


class Registry(Generic[T]):
    """Things by name, in the order in which they were registered.

    :param noun: what the things are, for messages.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._things: dict[str, T] = {}

    def register(self, name: str, thing: T) -> T:
        self._things[name] = thing
        return thing

    def __getitem__(self, name: str) -> T:
        try:
            return self._things[name]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(name, self._things, 1)
            help = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(self._things) or 'none'}"
            raise UsageError(f"there is no {self.noun} {name!r}", help=help) from None

    def get(self, name: str) -> T | None:
        return self._things.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[T]:
        return iter(self._things.values())

    def names(self) -> tuple[str, ...]:
        return tuple(self._things)
