"""What a database holds that models have no words for, such as triggers and views: it is said, not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from autodiff.state import Key, NotCompared

_OF_PEOPLE = ("grant", "column grant")

Row = tuple[str, str, "str | None", str]
"""A kind of thing, its schema, its table (None where it belongs to none), its name."""


def remarks(
    found: Iterable[Row], key_of: Callable[[str, str | None], Key], is_wanted: Callable[[Key], bool]
) -> Iterator[NotCompared]:
    """One remark for each kind of thing on a table, or in a schema.

    :param key_of: the key of a table, or of a schema's name alone.
    """
    names: dict[tuple[str, Key], list[str]] = {}
    for kind, schema, table, name in found:
        key = key_of(schema, table)
        if is_wanted(key):
            names.setdefault((kind, key), []).append(name)
    for (kind, key), some in sorted(names.items(), key=lambda item: (str(item[0][1]), item[0][0])):
        listed = ", ".join(sorted(some))
        plural = "" if len(some) == 1 else "s"
        whose = f"to {listed}" if kind in _OF_PEOPLE else listed
        where = f" on table {key.label}" if key.table is not None else f" of schema {key.schema}" if key.schema else ""
        what = f"{kind}{plural} {whose}{where}"
        why = f"models have no words for {'it' if len(some) == 1 else 'them'}"
        yield NotCompared(what, why, key if key.table is not None else None)
