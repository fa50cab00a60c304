"""What one object is: the common part of all states (each kind has its own, in ``kinds/``)."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar

from typing_extensions import dataclass_transform

from autodiff.state.key import Key

Options = tuple[tuple[str, str], ...]
"""Options by SQLAlchemy's own keyword for them (``mysql_engine``, ``postgresql_with.fillfactor`` …), sorted by name."""


S = TypeVar("S", bound="State")
C = TypeVar("C", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def frozen(cls: C) -> C:
    """A frozen dataclass of keywords that is made in a third of the time: a large schema has tens of thousands."""
    made: Any = dataclass(frozen=True, kw_only=True)(cls)
    defaults = {f.name: f.default for f in fields(made) if f.default is not MISSING}
    count = len(fields(made))

    def __init__(self: Any, **values: Any) -> None:
        own = self.__dict__
        own.update(defaults, **values)
        if len(own) != count:
            wrong = {f.name for f in fields(made)} ^ own.keys()
            raise TypeError(f"{cls.__name__} has other fields, or needs more: {', '.join(sorted(wrong))}")

    made.__init__ = __init__
    return made  # type: ignore[no-any-return]


@frozen
class State:
    """One object at one moment. Equality is the dataclass's; what must not count says ``compare=False``.

    :param key: the object's identity.
    :param unnamed: the object has no name of its own (the name in its key is a placeholder, unique in the table, that
        must never be rendered): an unnamed CHECK of a model, a constraint of SQLite …
    :param called: the name of one that is `unnamed` only because others of its kind and table have the same name, which
        SQLite takes: they are told apart by what they say.
    :param server_named: the name looks like one that the server made up, for what had none.
    :param depends_on: keys of what must exist before this object.
    :param settings: statements that set what no field covers, as the room of the database wrote them.
    :param source: the SQLAlchemy object of the models, or None for an object read from a database.
    """

    key: Key
    unnamed: bool = field(default=False, compare=False)
    called: str | None = field(default=None, compare=False)
    server_named: bool = field(default=False, compare=False)
    depends_on: frozenset[Key] = field(default=frozenset(), compare=False)
    settings: tuple[str, ...] = field(default=(), compare=False, repr=False)
    source: Any = field(default=None, compare=False, repr=False)

    def but(self: S, **changes: Any) -> S:
        """The state with other values: what `dataclasses.replace` makes, at a tenth of the time."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **changes)
        return made

    def standing_for(self: S, source: Any) -> S:
        """This state, read from a database, as the models' one as well, where it is known to be the same.

        Only whoever has just made it may say so: it is not copied, since a large schema consists of such.
        """
        self.__dict__["source"] = source
        return self

    def differing(self, other: State) -> tuple[str, ...]:
        """Names of the compared fields (the key aside) in which the two differ."""
        return tuple(
            f.name
            for f in fields(self)
            if f.compare and f.name != "key" and getattr(self, f.name) != getattr(other, f.name)
        )
