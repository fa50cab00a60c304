"""Sequences that stand on their own, or that a column names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Sequence

from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.sequence_ops import AlterSequenceOp, CreateSequenceOp, DropSequenceOp
from autodiff.state import Change, Key, State
from autodiff.state.state import frozen


@frozen
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
    topic = "tables"

    def summary(self, state: SequenceState) -> str:
        return " ".join(f"{name} {value}" for name, value in options(state).items())

    def read(self, models: Models) -> Iterator[SequenceState]:
        if not models.dialect.supports_sequences:
            return
        for metadata in models.metadatas:
            for _, sequence in sorted(metadata._sequences.items()):
                if not sequence.optional or not models.dialect.sequences_optional:
                    yield self._state(models, sequence)

    @staticmethod
    def _state(models: Models, sequence: Sequence) -> SequenceState:
        key = Key("sequence", models.schema(sequence.schema), None, models.name(sequence.name))
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

    def steps(self, change: Change[SequenceState], sides: Sides) -> Iterator[Step]:

        name, schema = str(change.key.name), change.key.schema
        if change.after is None:
            assert change.before is not None
            yield Step(DropSequenceOp(name, schema=schema), "drop", change.before)
        elif change.before is None:
            yield Step(CreateSequenceOp(name, schema=schema, **options(change.after)), "create", change.after)
        else:
            # One that turns round would go on from a value that is out of its new bounds.
            turns = {"restart": True} if goes_up(change.before) != goes_up(change.after) else {}
            operation = AlterSequenceOp(name, schema=schema, **changed_options(change.before, change.after), **turns)
            yield Step(operation, "alter", change.after, change.before)


OPTIONS = ("data_type", "start", "increment", "minvalue", "maxvalue", "cycle", "cache")


def goes_up(state: SequenceState) -> bool:
    return (state.increment or 1) > 0


def options(state: SequenceState) -> dict[str, Any]:
    """What differs from the server's defaults."""
    return {name: value for name in OPTIONS if (value := getattr(state, name)) not in (None, False)}


def changed_options(before: SequenceState, after: SequenceState) -> dict[str, Any]:
    changed = {name: getattr(after, name) for name in OPTIONS if getattr(after, name) != getattr(before, name)}
    if "data_type" in changed and "minvalue" in changed and after.minvalue is None:
        changed["minvalue"] = (
            1  # PostgreSQL: with another type, NO MINVALUE of one that was the old type's is the new type's
        )
    return changed
