"""Tables: what belongs to the table itself (its columns, constraints and indexes are kinds of their own)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from sqlalchemy import Table

from autodiff.kinds.kind import Kind, Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.data_ops import SqlOp
from autodiff.operations.table_ops import (
    CreateTableCommentOp,
    CreateTableOp,
    DropTableCommentOp,
    DropTableOp,
    SetTableOptionsOp,
)
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Key, State
from autodiff.state.state import Options, frozen


@frozen
class TableState(State):
    """:param comment: the comment; None where there is none.
    :param options: table options, by SQLAlchemy's keyword (``mysql_engine``, ``sqlite_strict``,
        ``postgresql_with.fillfactor``; ``prefixes`` for UNLOGGED and its like), those at their default left out.
    :param option_order: the names of options in the order in which the database keeps them, where it keeps one.
    """

    comment: str | None = None
    options: Options = ()
    option_order: tuple[str, ...] = field(default=(), compare=False)


def whole_tables(changes: Iterable[Change[Any]]) -> set[Key]:
    """The tables that are made or dropped, with all that is in them."""
    return {change.key for change in changes if change.kind == "table" and change.verb != "alter"}


def keywords_given(thing: Any) -> Mapping[str, Any]:
    """The dialect keywords of a SQLAlchemy object; most have none, and are not made to build a view of it."""
    return thing.dialect_kwargs if "dialect_options" in thing.__dict__ else {}


def options_of(dialect_kwargs: Mapping[str, Any], dialect_name: str) -> Options:
    """The dialect keywords that concern this dialect, one pair each; a mapping gives a pair per entry.

    MariaDB takes both ``mysql_…`` and ``mariadb_…``; they are one option, named ``mysql_…``.
    """
    if not dialect_kwargs:
        return ()
    prefixes = {"mariadb": ("mysql_", "mariadb_"), "mysql": ("mysql_",)}.get(dialect_name, (f"{dialect_name}_",))
    pairs: dict[str, str] = {}
    for keyword, value in dialect_kwargs.items():
        if not keyword.startswith(prefixes) or value is None or value is False or value == []:
            continue  # (MetaData.reflect() gives every primary key on PostgreSQL an empty `postgresql_include`.)
        name = keyword.replace("mariadb_", "mysql_", 1)
        if isinstance(value, Mapping):
            pairs.update({f"{name}.{key}": str(entry) for key, entry in value.items()})
        elif isinstance(value, (list, tuple)):
            pairs[name] = ", ".join(str(getattr(entry, "name", entry)) for entry in value)
        else:
            pairs[name] = str(value)
    return tuple(sorted(pairs.items()))


def field_difference(change: Change[TableState], name: str) -> str:
    before, after = getattr(change.before, name), getattr(change.after, name)
    if name == "options":
        return ", ".join(
            f"{option} {old or 'none'} → {new or 'none'}" for option, old, new in different_options(before, after)
        )
    return f"{name} {quoted_or_none(before)} → {quoted_or_none(after)}"


def quoted_or_none(value: object) -> str:
    return "none" if value is None else repr(value)


def different_options(before: Options, after: Options) -> list[tuple[str, str | None, str | None]]:
    old, new = dict(before), dict(after)
    return [(name, old.get(name), new.get(name)) for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


class TableKind(Kind[TableState]):
    name = "table"
    topic = "tables"

    def detected(self, change: Change[TableState]) -> Iterator[tuple[str, str]]:
        if change.verb != "alter":
            yield from super().detected(change)
            return
        label = change.key.label
        if "comment" in change.fields:
            yield "comments", f"Detected table comment change on {label!r}"
        if "options" in change.fields:
            yield "tables", f"Detected changed options of table {label!r}"

    def summary(self, state: TableState) -> str:
        return ", ".join(f"{name} {value}" for name, value in state.options)

    def difference(self, change: Change[TableState]) -> str:
        return ", ".join(field_difference(change, name) for name in change.fields)

    def note(self, change: Change[TableState]) -> str:
        return "loses data" if change.verb == "drop" else ""

    def read(self, models: Models) -> Iterator[TableState]:
        for table in models.tables:
            prefixes = " ".join(str(prefix) for prefix in getattr(table, "_prefixes", ()))
            options = options_of(keywords_given(table), models.dialect.name)
            yield TableState(
                key=models.table_key(table),
                comment=table.comment,
                options=(*options, ("prefixes", prefixes)) if prefixes else options,
                depends_on=frozenset(self._needs(models, table)),
                source=table,
            )

    @staticmethod
    def _needs(models: Models, table: Table) -> Iterator[Key]:
        schema = models.schema(table.schema)
        if schema is not None:
            yield Key("schema", None, None, schema)

    def steps(self, change: Change[TableState], sides: Sides) -> Iterator[Step]:
        if change.before is None and change.after is not None:
            table = sides.after.table(change.key)
            parts = tuple(part for part in sides.after.snapshot.parts(change.key) if part.key.kind != "index")
            sql = sides.words.table_sql(change.key) if change.after.source is None else None
            operation = CreateTableOp.from_table(table)
            unnamed = any(part.unnamed for part in parts)
            operation.final_names = unnamed and change.after.source is None and sides.has_naming_convention
            yield Step(operation if sql is None else SqlOp(sql), "create", change.after, also=parts)
            is_stored = change.after.source is None
            later = sides.words.options_set_later(in_stored_order(change.after)) if is_stored else {}
            if later:
                name, existing = str(change.key.table), dict.fromkeys(later)
                options = SetTableOptionsOp(name, schema=change.key.schema, existing=existing, **later)
                yield Step(options, "alter", change.after, change.after)
            for other in sides.words.with_table(change.key) if change.after.source is None else ():
                yield from (Step(SqlOp(sql), "create", other) for sql in (*other.definition, *other.grants))
        elif change.after is None and change.before is not None:
            table = sides.before.table(change.key)
            parts = tuple(sides.before.snapshot.parts(change.key))
            gone = DropTableOp.from_table(table)
            indexes = sorted((part for part in parts if part.key.kind == "index"), key=lambda part: str(part.key.name))
            gone._indexes = tuple(map(sides.before.thing, indexes))
            yield Step(gone, "drop", change.before, also=parts)
        elif change.before is not None and change.after is not None:
            yield from self._altered(change.before, change.after)

    @staticmethod
    def _altered(before: TableState, after: TableState) -> Iterator[Step]:
        name, schema = str(after.key.table), after.key.schema
        if before.options != after.options:
            different = {name.partition(".")[0] for name, _, _ in different_options(before.options, after.options)}
            existing, wanted = (
                {
                    keyword: in_given_order(keyword_value(in_stored_order(state), keyword), state, keyword)
                    for keyword in sorted(different)
                }
                for state in (before, after)
            )
            yield Step(SetTableOptionsOp(name, schema=schema, existing=existing, **wanted), "alter", after, before)
        if before.comment != after.comment:
            yield Step(comment_operation(before, after), "alter", after, before)


def keyword_value(options: Options, keyword: str) -> Any:
    """What SQLAlchemy's keyword takes: a mapping of the pairs ``keyword.name``, a list of words, a switch, or a text."""
    entries = {name[len(keyword) + 1 :]: value for name, value in options if name.startswith(f"{keyword}.")}
    if entries:
        return entries
    value = dict(options).get(keyword)
    if keyword == "prefixes":
        return value.split() if value else value
    return value == "True" if value in ("True", "False") else value


def in_stored_order(state: Any) -> Options:
    """The options of a table or an index, which are compared in the order of their names, in that of the database."""
    places = {name: place for place, name in enumerate(state.option_order)}
    return tuple(sorted(state.options, key=lambda option: places.get(option[0], -1))) if places else state.options


def in_given_order(value: Any, state: TableState, keyword: str) -> Any:
    """A mapping in the order in which the models give it, which is the order in which the database keeps it."""
    given = keywords_given(state.source).get(keyword) if state.source is not None else None
    if not isinstance(value, dict) or not isinstance(given, Mapping):
        return value
    names = [str(name).lower() for name in given]
    return {name: value[name] for name in names if name in value} | value


def comment_operation(before: TableState, after: TableState) -> MigrateOperation:
    name, schema = str(after.key.table), after.key.schema
    if after.comment is None:
        return DropTableCommentOp(name, schema=schema, existing_comment=before.comment)
    return CreateTableCommentOp(name, after.comment, schema=schema, existing_comment=before.comment)
