"""Types that the models name and the database has not, or has differently: made in pg_temp for a moment.

A shadow gets the type's natural name while the models' DDL is read (pg_temp is looked at first), then a made-up one:
what was parsed keeps the object, so prints show the made-up name, which cannot be mistaken for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from autodiff.dialects.postgresql.words import identifier, literals, qualified
from autodiff.kinds import DomainState, EnumState
from autodiff.state import Key, Snapshot, State


@dataclass
class Shadows:
    """:param create: statements that make the shadows, by made-up name.
    :param rename: statements that give them their made-up names, by these.
    :param names: the made-up name by the qualified name that the server would print.
    :param spellings: the made-up names by the spellings of types in named schemas, which pg_temp cannot hide.
    :param domains: the domains by made-up name; one that the database has is there only to be read back.
    """

    create: dict[str, str] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)
    domains: dict[str, Key] = field(default_factory=dict)

    def settled(self, printed: str) -> str:
        """A print with the real names in place of the made-up ones."""
        if '"~e' in printed:
            for name, made_up in self.names.items():
                printed = printed.replace(made_up, name)
        return printed

    def unsettled(self, printed: str) -> str:
        """A settled print with the made-up names, so that the server can read it again."""
        for name, made_up in self.names.items():
            printed = renamed(printed, name, made_up)
        return printed

    def readable(self, text: str) -> str:
        """The models' text with made-up names where the natural one cannot be hidden."""
        for spelling, made_up in self.spellings.items():
            text = renamed(text, spelling, made_up)
        return text


def renamed(text: str, name: str, other: str) -> str:
    """The text with one whole name replaced."""
    if name not in text:
        return text
    return re.sub(rf'(?<![\w$."]){re.escape(name)}(?![\w$"])', lambda _: other, text)


def shadows_of(
    enums: Iterable[EnumState],
    domains: Iterable[tuple[DomainState, str]],
    database: Snapshot,
    default_schema: str,
) -> Shadows:
    """:param domains: the models' domains, each after those that it stands on, with what follows AS in their making."""
    shadows = Shadows()
    for enum in enums:
        there = database.get(enum.key)
        if not isinstance(there, EnumState) or there.labels != enum.labels:
            _hide(shadows, enum, "TYPE", f"AS ENUM ({literals(enum.labels)})", default_schema)
    for domain, definition in domains:
        text = f"AS {shadows.readable(definition)}"
        if database.get(domain.key) is None:
            shadows.domains[_hide(shadows, domain, "DOMAIN", text, default_schema)] = domain.key
        else:
            name = _next(shadows)
            shadows.domains[name] = domain.key
            shadows.create[name] = f"CREATE DOMAIN pg_temp.{identifier(name)} {text}"
    return shadows


def _next(shadows: Shadows) -> str:
    return f"~e{len(shadows.create) + 1}~"


def _hide(shadows: Shadows, state: State, word: str, definition: str, default_schema: str) -> str:
    """Puts a shadow before a type that is missing, or different; its made-up name."""
    made_up = _next(shadows)
    marker, key, name = identifier(made_up), state.key, str(state.key.name)
    shadows.names[qualified(key.schema or default_schema, name)] = marker
    written = getattr(state.source, "schema", None)
    if key.schema is None and written is None:
        shadows.create[made_up] = f"CREATE {word} pg_temp.{identifier(name)} {definition}"
        shadows.rename[made_up] = f"ALTER {word} pg_temp.{identifier(name)} RENAME TO {marker}"
        return made_up
    shadows.create[made_up] = f"CREATE {word} pg_temp.{marker} {definition}"
    schema = written or key.schema or default_schema
    for left in {schema, identifier(schema)}:
        shadows.spellings.update({f"{left}.{right}": marker for right in (identifier(name), name)})
    return made_up
