"""What PostgreSQL adds to a plan: conversions, steps around sequences and enums, EXCLUDE constraints from their print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import conv

from autodiff.dialects.generic.tables import verbatim
from autodiff.dialects.postgresql.changes import Casts, mentions, using_for
from autodiff.dialects.postgresql.changes import enum_steps as label_steps
from autodiff.dialects.postgresql.fold import without_length
from autodiff.dialects.postgresql.wanted_domains import base_type, by_print
from autodiff.dialects.postgresql.words import as_printed, bracketed, literal, split_list
from autodiff.kinds import ColumnState, EnumState, ExcludeState, PrimaryKeyState
from autodiff.kinds.domain import columns_of
from autodiff.kinds.step import Side, Sides, Step
from autodiff.operations.column_ops import AlterColumnOp
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.enum_ops import AddEnumValueOp, ReplaceEnumOp
from autodiff.state import Change

# A default that is one label: 'a'::public.mood
LABEL = re.compile(r"'((?:[^']|'')*)'(?:::.*)?")


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
    old = values_of(str(before.type.canonical), sides.before)
    new = values_of(str(after.type.canonical), sides.after)
    target = without_length(new).removeprefix(f"{as_printed(default_schema)}.")
    using = using_for(old, new, quote(str(before.key.name)), casts, target)
    if using is not None:
        keywords["postgresql_using"] = using
    if after.default is not None:
        keywords["modify_server_default"] = sides.after.thing(after).server_default
    return keywords


def values_of(printed: str, side: Side) -> str:
    """What the values of a printed type are: of a domain, those of the type that it stands on."""
    if "." not in printed:
        return printed
    snapshot = side.snapshot
    return base_type(printed, by_print(snapshot.objects.values(), snapshot.server.default_schema or "public"))


def enum_steps(change: Change[EnumState], sides: Sides) -> Iterator[Step]:
    """New labels are added; other changes make the type anew."""
    before, after = change.before, change.after
    assert before is not None, "an alteration"
    assert after is not None, "an alteration"
    name, schema = str(after.key.name), after.key.schema
    added = label_steps(before.labels, after.labels)
    if added is not None:
        for label in added:
            operation = AddEnumValueOp(name, label.label, schema=schema, before=label.before, after=label.after)
            yield Step(operation, "alter", after, before)
        return
    gone = [label for label in before.labels if label not in after.labels]
    # A column that goes, or is made anew around this, has gone by then.
    uses = [
        column
        for column in columns_of(before.key, sides.before.snapshot)
        if column.key in sides.after.snapshot.objects and column.computed is None
    ]
    for column in uses:
        if column.default is not None and mentions(str(column.default.canonical), gone):
            yield Step(without_default(column, sides), "alter", after, before)
    replacement = ReplaceEnumOp(
        name,
        list(after.labels),
        schema=schema,
        columns=[described(column, gone) for column in uses],
        existing=list(before.labels),
    )
    yield Step(replacement, "alter", after, before)


def without_default(column: ColumnState, sides: Sides) -> AlterColumnOp:
    """A default that is lost with its label goes first."""
    existing = sides.before.thing(column)
    return AlterColumnOp(
        str(column.key.table),
        str(column.key.name),
        schema=column.key.schema,
        modify_server_default=None,
        existing_type=existing.type,
        existing_nullable=column.nullable,
        existing_server_default=existing.server_default,
    )


def described(column: ColumnState, gone: Sequence[str]) -> dict[str, Any]:
    """A column of an enum, for a script that is written without a database."""
    words: dict[str, Any] = {"table": column.key.table, "column": column.key.name}
    if column.key.schema is not None:
        words["schema"] = column.key.schema
    label = LABEL.fullmatch(str(column.default.canonical)) if column.default is not None else None
    if label is not None and not mentions(label[0], gone):
        words["default"] = label[1].replace("''", "'")
    if str(column.type.canonical).endswith("[]"):
        words["array"] = True
    return words


def exclude_from(state: ExcludeState, table: Table) -> ExcludeConstraint:
    """An EXCLUDE constraint from its print: ``EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (…)``."""
    method, _, rest = state.definition.text.removeprefix("EXCLUDE USING ").partition(" ")
    keys, rest = bracketed(rest)
    elements = [key.rpartition(" WITH ")[::2] for key in split_list(keys)]
    where = bracketed(rest[len(" WHERE ") :])[0] if rest.startswith(" WHERE (") else None
    columns = {as_printed(column.name): column for column in table.columns}
    made = ExcludeConstraint(
        *((columns.get(element, verbatim(element)), operator) for element, operator in elements),
        name=conv(str(state.key.name)),
        using=method,
        where=None if where is None else verbatim(where),
        deferrable=state.deferrable or None,
        initially="DEFERRED" if state.initially_deferred else None,
    )
    made.comment = state.comment  # (its __init__ takes none)
    return made


def comment_steps(change: Change[Any], quoted: Callable[[str], str]) -> Iterator[Step] | None:
    """Another comment needs no other constraint; None for another change."""
    before, after = change.before, change.after
    if before is None or after is None or change.fields != ("comment",):
        return None
    name = after.name if isinstance(after, PrimaryKeyState) else after.key.name
    table = ".".join(quoted(part) for part in (after.key.schema, str(after.key.table)) if part)
    comment = "NULL" if after.comment is None else literal(after.comment)
    statement = f"COMMENT ON CONSTRAINT {quoted(str(name))} ON {table} IS {comment}"
    return iter((Step(SqlOp(statement), "alter", after, before),))
