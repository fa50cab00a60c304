"""What a change means on PostgreSQL: conversions of stored values, steps of an enum. Pure.

Each sequence was proved with rows in the tables, up and down, on PostgreSQL 15 and 18.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from autodiff.dialects.postgresql.fold import without_length
from autodiff.kinds import EnumState
from autodiff.state import Change

STRINGS = frozenset({"text", "character varying", "bpchar", "name"})
INTEGERS = frozenset({"smallint", "integer", "bigint"})
NUMBERS = frozenset({*INTEGERS, "numeric", "real", "double precision"})
TIMES = frozenset({"timestamp without time zone", "timestamp with time zone"})

Casts = Mapping[tuple[str, str], str | None]
"""How pg_cast converts: (from, to) without modifiers: ``i``, ``a``, ``e``, or None where there is no row."""


def using_for(old: str, new: str, column: str, casts: Casts, target: str | None = None) -> str | None:
    """The expression for ``ALTER COLUMN … TYPE … USING``; None where PostgreSQL converts by itself.

    The server converts by itself where pg_cast has an implicit or assignment cast, and to any string; it casts where it
    has an explicit one, and from any string; else there is a conversion by hand, or the way through text.

    :param old, new: the types as the server prints them.
    :param column: the column's name, quoted.
    :param target: the new type as the script writes it, if it differs from the print.
    """
    source, wanted = without_length(old), without_length(new)
    target = without_length(target or new) if target is None or target == new else target
    if source == wanted:
        return using_for_bits(old, new, column) if source.removesuffix("[]") == '"bit"' else None
    if source.endswith("[]") or wanted.endswith("[]"):
        return using_for_array(source, wanted, column, casts, target)
    if '"bit"' in (source, wanted) and INTEGERS & {source, wanted}:
        return using_for_bits_of_numbers(old, new, column)
    special = by_hand(source, wanted, column, target)
    if special is not None:
        return special
    cast = casts.get((source, wanted))
    if cast in ("i", "a") or wanted in STRINGS:
        return None
    if cast == "e" or source in STRINGS:
        return f"{column}::{target}"
    return f"{column}::text::{target}"


def using_for_array(source: str, wanted: str, column: str, casts: Casts, target: str) -> str | None:
    """A value becomes an array of it alone, and back; an array of more becomes a string as it is written, or is refused."""
    if not source.endswith("[]"):
        array = f"ARRAY[{column}]::{target}"
        if source in STRINGS:  # it may be an array that became a string
            return f"CASE WHEN {column} IS NULL OR {column} LIKE '{{%}}' THEN {column}::{target} ELSE {array} END"
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {array} END"
    if not wanted.endswith("[]"):
        is_one = f"cardinality({column}) = 1 AND {column}[1] IS NOT NULL"
        if wanted in STRINGS:
            is_one += f" AND {column}[1]::text NOT LIKE '{{%}}'"
            return f"CASE WHEN {is_one} THEN {column}[1]::{target} ELSE {column}::{target} END"
        return f"CASE WHEN {is_one} THEN {column}[1]::{target} ELSE {column}::text::{target} END"
    item = using_for(source[:-2], wanted[:-2], column, casts)
    if item is None:
        return None
    if "boolean[]" in (source, wanted) and {source[:-2], wanted[:-2]} & NUMBERS:
        return f"{column}::integer[]::{target}" if "integer[]" not in (source, wanted) else f"{column}::{target}"
    return f"{column}::text[]::{target}" if "::text::" in item else f"{column}::{target}"


def using_for_bits(old: str, new: str, column: str) -> str | None:
    """BIT strings of another length, which no assignment takes: more bits are zeros, and only zeros are cut off."""
    if bits(new) > bits(old):
        return f"{column}::{new}"
    if bits(new) < bits(old):
        return f"CASE WHEN {column}::{new}::{old} = {column} THEN {column}::{new} ELSE {column} END"
    return None


def using_for_bits_of_numbers(old: str, new: str, column: str) -> str:
    """An integer's bits, as many as there are; a number that has more is refused for its length."""
    if old in INTEGERS:
        value = f"{column}::integer" if old == "smallint" else column
        whole = "bigint" if old == "bigint" else "integer"
        fits = f"{value}::{new}::{whole} = {column}"
        return f"CASE WHEN {fits} THEN {value}::{new} ELSE {value}::bit({bits(new) + 1}) END"
    return f"{column}::integer::smallint" if new == "smallint" else f"{column}::{new}"


def bits(printed: str) -> int:
    length = re.search(r"\((\d+)\)", printed)
    return int(length[1]) if length else 1


def by_hand(source: str, wanted: str, column: str, target: str) -> str | None:
    """Conversions that PostgreSQL has no cast for, or whose cast does something else than one means."""
    if wanted == "boolean" and source in NUMBERS:
        return f"{column} <> 0"
    if source == "boolean" and wanted in NUMBERS:
        return f"{column}::integer::{target}" if wanted != "integer" else f"{column}::integer"
    if source == "bytea" and wanted in STRINGS:
        return f"convert_from({column}, 'UTF8')"
    if source in STRINGS and wanted == "bytea":
        return f"convert_to({column}, 'UTF8')"
    if source == "inet" and wanted in STRINGS:
        return f"abbrev({column})"  # the cast writes the /32 that one address does not say
    if (source, wanted) == ("uuid", "bytea"):
        return f"decode(replace({column}::text, '-', ''), 'hex')"
    if (source, wanted) == ("bytea", "uuid"):
        return f"encode({column}, 'hex')::uuid"
    if source.endswith("multirange") and wanted == source.replace("multirange", "range"):
        whole = f"range_merge({column})"
        return f"CASE WHEN {whole}::{source} = {column} THEN {whole} ELSE {column}::text::{target} END"
    if source in NUMBERS and wanted in TIMES:
        return f"to_timestamp({column})"
    if source in TIMES and wanted in NUMBERS:
        return f"extract(epoch from {column})::{target}"
    return None


def same_operators(old: str, new: str) -> bool:
    """Do values of both types compare with each other, so that a foreign key may stay while one side changes?"""
    source, wanted = without_length(old), without_length(new)
    return source == wanted or any({source, wanted} <= family for family in (INTEGERS, STRINGS - {"name"}))


@dataclass(frozen=True)
class LabelStep:
    """One change of an enum's labels that keeps the type.

    :param verb: ``add``, before or after another label, or ``rename``.
    """

    verb: Literal["add", "rename"]
    label: str
    before: str | None = None
    after: str | None = None
    old: str | None = None


def enum_steps(old: Sequence[str], new: Sequence[str]) -> list[LabelStep] | None:
    """The steps from the old labels to the new ones; None where the type has to be made anew (removed, reordered)."""
    if [label for label in new if label in old] != list(old):
        return None
    return list(_additions(list(old), new))


def is_replaced(change: Change[Any]) -> bool:
    """Must an enum be made anew: are labels gone, or in another order?"""
    old, new = change.before, change.after
    if not isinstance(old, EnumState) or not isinstance(new, EnumState):
        return False
    return old.labels != new.labels and enum_steps(old.labels, new.labels) is None


def _additions(there: list[str], new: Sequence[str]) -> Iterator[LabelStep]:
    for place, label in enumerate(new):
        if label in there:
            continue
        if place == 0:
            yield LabelStep("add", label, before=there[0]) if there else LabelStep("add", label)
            there.insert(0, label)
            continue
        previous = new[place - 1]
        position = there.index(previous) + 1
        at_end = position == len(there)
        yield LabelStep("add", label) if at_end else LabelStep("add", label, after=previous)
        there.insert(position, label)


def mentions(text: str, labels: Sequence[str]) -> bool:
    """Does a piece of SQL hold one of the labels as a literal, or in the literal of an array?"""
    found = {match.replace("''", "'") for match in re.findall(r"'((?:[^']|'')*)'", text)}
    items = {item for literal in found if literal.startswith("{") for item in array_items(literal)}
    return not (found | items).isdisjoint(labels)


def array_items(literal: str) -> list[str]:
    r"""The items of an array as its output function writes it: ``{a,"b c","d\"e"}``."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', literal)
    return [re.sub(r"\\(.)", r"\1", quoted) if quoted else plain for quoted, plain in found]
