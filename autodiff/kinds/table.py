"""Tables: what belongs to the table itself (its columns, constraints and indexes are kinds of their own)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from autodiff.kinds.kind import Kind, Models
from autodiff.state import Key, State
from autodiff.state.state import Options


@dataclass(frozen=True, kw_only=True)
class TableState(State):
    """:param comment: the comment; None where there is none.
    :param options: table options, by SQLAlchemy's keyword (``mysql_engine``, ``sqlite_strict``,
        ``postgresql_with.fillfactor``; ``prefixes`` for UNLOGGED and its like), those at their default left out.
    """

    comment: str | None = None
    options: Options = ()


def options_of(dialect_kwargs: Mapping[str, Any], dialect_name: str) -> Options:
    """The dialect keywords that concern this dialect, one pair each; a mapping gives a pair per entry.

    MariaDB takes both ``mysql_…`` and ``mariadb_…``; they are one option, named ``mysql_…``.
    """
    prefixes = {"mariadb": ("mysql_", "mariadb_"), "mysql": ("mysql_",)}.get(dialect_name, (f"{dialect_name}_",))
    pairs: dict[str, str] = {}
    for keyword, value in dialect_kwargs.items():
        if not keyword.startswith(prefixes) or value is None or value is False:
            continue
        name = keyword.replace("mariadb_", "mysql_", 1)
        if isinstance(value, Mapping):
            pairs.update({f"{name}.{key}": str(entry) for key, entry in value.items()})
        elif isinstance(value, (list, tuple)):
            pairs[name] = ", ".join(str(getattr(entry, "name", entry)) for entry in value)
        else:
            pairs[name] = str(value)
    return tuple(sorted(pairs.items()))


class TableKind(Kind[TableState]):
    name = "table"

    def read(self, models: Models) -> Iterator[TableState]:
        for table in models.tables:
            prefixes = " ".join(str(prefix) for prefix in getattr(table, "_prefixes", ()))
            options = options_of(table.dialect_kwargs, models.dialect.name)
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
