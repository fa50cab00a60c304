"""`Deferred`: what a class has by a name, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Deferred:
    """Stands for an attribute of a class until somebody looks it up; from then on, the attribute is there itself.

    :param make: makes what the class shall have: a function, a classmethod, any value.
    """

    def __init__(self, owner: type, name: str, make: Callable[[], Any]) -> None:
        self.owner, self.name, self.make = owner, name, make

    @classmethod
    def put(cls, owner: type, name: str, make: Callable[[], Any]) -> None:
        setattr(owner, name, cls(owner, name, make))

    def __get__(self, instance: Any, owner: type) -> Any:
        if vars(self.owner).get(self.name) is self:
            setattr(self.owner, self.name, self.make())
        return getattr(owner if instance is None else instance, self.name)
