"""Sequences that stand on their own, or that a column names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Sequence

from autodiff.kinds.kind import Kind, Models
from autodiff.state import Key, State


@dataclass(frozen=True, kw_only=True)
class SequenceState(State):
    """Options at the server's default are None. A sequence that a serial or identity column owns has no state."""

    data_type: str | None = None
    start: int | None = None
    increment: int | None = None
    minvalue: int | None = None
    maxvalue: int | None = None
    cycle: bool = False
    cache: int | None = None
    owned_by: Key | None = None


class SequenceKind(Kind[SequenceState]):
    name = "sequence"

    def read(self, models: Models) -> Iterator[SequenceState]:
        if not models.dialect.supports_sequences:
            return
        for metadata in models.metadatas:
            for _, sequence in sorted(metadata._sequences.items()):
                if not sequence.optional or not models.dialect.sequences_optional:
                    yield self._state(models, sequence)

    @staticmethod
    def _state(models: Models, sequence: Sequence) -> SequenceState:
        key = Key("sequence", models.schema(sequence.schema), None, str(sequence.name))
        return SequenceState(
            key=key,
            data_type=None if sequence.data_type is None else models.type_text(sequence.data_type).lower(),
            start=sequence.start,
            increment=sequence.increment,
            minvalue=sequence.minvalue,
            maxvalue=sequence.maxvalue,
            cycle=bool(sequence.cycle),
            cache=sequence.cache,
            depends_on=frozenset({Key("schema", None, None, key.schema)} if key.schema else ()),
            source=sequence,
        )
