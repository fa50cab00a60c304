"""Types that the models name and the database has not, or has with other labels: made in pg_temp for a moment.

A shadow gets the type's natural name while the models' DDL is read (pg_temp is looked at first), then a made-up one:
what was parsed keeps the object, so prints show the made-up name, which cannot be mistaken for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from autodiff.dialects.postgresql.words import identifier, literals, qualified
from autodiff.kinds import EnumState
from autodiff.state import Snapshot


@dataclass
class Shadows:
    """:param names: the made-up name by the qualified name that the server would print.
    :param spellings: the made-up names by the spellings of types in named schemas, which pg_temp cannot hide.
    """

    create: list[str] = field(default_factory=list)
    rename: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    spellings: dict[str, str] = field(default_factory=dict)

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


def shadows_of(enums: Iterable[EnumState], database: Snapshot, default_schema: str) -> Shadows:
    shadows = Shadows()
    for number, enum in enumerate(enums, 1):
        there = database.get(enum.key)
        if isinstance(there, EnumState) and there.labels == enum.labels:
            continue
        made_up = f'"~e{number}~"'
        name = enum.key.name or ""
        shadows.names[qualified(enum.key.schema or default_schema, name)] = made_up
        labels = literals(enum.labels)
        if enum.key.schema is None and getattr(enum.source, "schema", None) is None:
            shadows.create.append(f"CREATE TYPE pg_temp.{identifier(name)} AS ENUM ({labels})")
            shadows.rename.append(f"ALTER TYPE pg_temp.{identifier(name)} RENAME TO {made_up}")
        else:
            schema = getattr(enum.source, "schema", None) or enum.key.schema or default_schema
            shadows.create.append(f"CREATE TYPE pg_temp.{made_up} AS ENUM ({labels})")
            for left in {schema, identifier(schema)}:
                shadows.spellings.update({f"{left}.{right}": made_up for right in (identifier(name), name)})
    return shadows
