"""The models as a snapshot of states, texts as SQLAlchemy writes them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import MetaData
from sqlalchemy.engine import Dialect

from autodiff.errors import CommandError
from autodiff.kinds import Models, kinds
from autodiff.kinds.schema import SchemaState
from autodiff.state import Key, Server, Snapshot, State

log = logging.getLogger(__name__)


def read_models(metadata: MetaData | Sequence[MetaData], dialect: Dialect, server: Server) -> Snapshot:
    """All states that the models want, in the order in which they are made.

    :raises CommandError: two `MetaData` objects define the same table, or a foreign key leads nowhere.
    """
    metadatas = [metadata] if isinstance(metadata, MetaData) else list(metadata)
    models = Models(
        metadatas,
        dialect,
        server.default_schema,
        lowers=server.lowers_table_names,
        name_bytes=server.name_bytes,
        has_named_types=server.has_named_types,
        takes_empty_names=server.takes_empty_names,
    )
    refuse_duplicates(models)
    states = [state for kind in kinds for state in kind.read(models)]
    for name, kept in models.cut.items():
        log.warning("the name %s is too long: the server keeps %s", name, kept)
    return Snapshot.of([*schemas_that_stand_alone(states), *states], server)


def schemas_that_stand_alone(states: Sequence[State]) -> list[SchemaState]:
    """Schemas that only a type or a sequence is in, and no table."""
    outside = [state for state in states if state.key[2] is None]
    known = {state.key for state in outside if state.key.kind == "schema"}
    needed = {key for state in outside for key in state.depends_on if key.kind == "schema"}
    return [SchemaState(key=key) for key in sorted(needed - known, key=str)]


def refuse_duplicates(models: Models) -> None:
    seen: set[Key] = set()
    for key in (models.table_key(table) for table in models.tables):
        if key in seen:
            raise CommandError(
                f"table {key.label!r} is defined twice in target_metadata",
                help="leave one of the two definitions, or one of the MetaData objects, out",
            )
        seen.add(key)
