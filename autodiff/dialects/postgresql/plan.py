"""What PostgreSQL adds to a plan: conversions, steps around sequences and enums, EXCLUDE constraints from their print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import conv

from autodiff.dialects.generic.tables import verbatim
from autodiff.dialects.postgresql.changes import Casts, enum_steps, mentions, using_for
from autodiff.dialects.postgresql.fold import without_length
from autodiff.dialects.postgresql.words import as_printed, bracketed, split_list
from autodiff.kinds import CheckState, ColumnState, EnumState, ExcludeState, IndexState
from autodiff.kinds.step import Sides
from autodiff.state import Change, Snapshot, State


def column_keywords(
    change: Change[ColumnState], sides: Sides, casts: Casts, quote: Callable[[str], str]
) -> dict[str, Any]:
    """For a change of type: how stored values are converted, and the default, which is always set anew.

    A default that stays keeps the cast of the old type, and where there is no assignment cast it stops the change (42804).
    """
    before, after = change.before, change.after
    assert before is not None, "an alteration"
    assert after is not None, "an alteration"
    if "type" not in change.fields:
        return {}
    keywords: dict[str, Any] = {}
    default_schema = sides.before.snapshot.server.default_schema or "public"
    new = str(after.type.canonical)
    target = without_length(new).removeprefix(f"{as_printed(default_schema)}.")
    using = using_for(str(before.type.canonical), new, quote(str(before.key.name)), casts, target)
    if using is not None:
        keywords["postgresql_using"] = using
    if after.default is not None:
        keywords["modify_server_default"] = sides.after.thing(after).server_default
    return keywords


def is_replaced(change: Change[State], after: Snapshot) -> bool:
    """Must an enum be made anew: are labels gone or in another order, or is a new one used in the same transaction?"""
    old, new = change.before, change.after
    if not isinstance(old, EnumState) or not isinstance(new, EnumState) or old.labels == new.labels:
        return False
    if enum_steps(old.labels, new.labels) is None:
        return True
    added = [label for label in new.labels if label not in old.labels]
    return any(mentions(text, added) for text in texts_over(new, after))


def texts_over(enum: EnumState, snapshot: Snapshot) -> list[str]:
    """The SQL in which labels of an enum may stand: of the columns of this type, and of what names them."""
    columns = {c.key: c for c in snapshot.of_class(ColumnState) if enum.key in c.depends_on}
    texts = [str(c.default.canonical) for c in columns.values() if c.default is not None]
    for table in {key.of_table for key in columns}:
        for part in snapshot.parts(table):
            if isinstance(part, CheckState):
                texts.append(str(part.condition.canonical))
            elif isinstance(part, ColumnState) and part.computed is not None:
                texts.append(str(part.computed.expression.canonical))
            elif isinstance(part, IndexState):
                texts += [str(sql.canonical) for sql in (*part.elements, part.where) if sql is not None]
    return texts


def exclude_from(state: ExcludeState, table: Table) -> ExcludeConstraint:
    """An EXCLUDE constraint from its print: ``EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (…)``."""
    method, _, rest = state.definition.text.removeprefix("EXCLUDE USING ").partition(" ")
    keys, rest = bracketed(rest)
    elements = [key.rpartition(" WITH ")[::2] for key in split_list(keys)]
    where = bracketed(rest[len(" WHERE ") :])[0] if rest.startswith(" WHERE (") else None
    columns = {as_printed(column.name): column for column in table.columns}
    return ExcludeConstraint(
        *((columns.get(element, verbatim(element)), operator) for element, operator in elements),
        name=conv(str(state.key.name)),
        using=method,
        where=None if where is None else verbatim(where),
        deferrable=state.deferrable or None,
        initially="DEFERRED" if state.initially_deferred else None,
    )
