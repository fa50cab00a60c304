"""PostgreSQL's room."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import Constraint
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import TypeEngine

from autodiff.dialects.generic.tables import is_taken
from autodiff.dialects.postgresql import generated, serial, unsaid
from autodiff.dialects.postgresql.along import left_of
from autodiff.dialects.postgresql.belongings import along_with
from autodiff.dialects.postgresql.canonical import Elsewhere, compare
from autodiff.dialects.postgresql.catalog import read_catalog
from autodiff.dialects.postgresql.changes import is_replaced
from autodiff.dialects.postgresql.disturbed import disturbed
from autodiff.dialects.postgresql.features import PostgresqlFeatures
from autodiff.dialects.postgresql.followers import Follower, followed, followers
from autodiff.dialects.postgresql.inheritance import Families
from autodiff.dialects.postgresql.kept import restored, restored_below, steps_without_not_null
from autodiff.dialects.postgresql.names import automatic_names
from autodiff.dialects.postgresql.order import edges
from autodiff.dialects.postgresql.plan import column_keywords, comment_steps, enum_steps, exclude_from
from autodiff.dialects.postgresql.read import Reader
from autodiff.dialects.postgresql.refused import refusal
from autodiff.dialects.postgresql.sending import ask
from autodiff.dialects.postgresql.session import guest, printing_path
from autodiff.dialects.postgresql.settings import may_hold_null
from autodiff.dialects.postgresql.shadows import Shadows, shadows_of
from autodiff.dialects.postgresql.types import type_from
from autodiff.dialects.postgresql.wanted import Wanted
from autodiff.dialects.postgresql.wanted_domains import definition
from autodiff.dialects.postgresql.words import LONGEST, split_dots, split_list, unquoted
from autodiff.dialects.room import Remade, Room, Scope
from autodiff.kinds import ColumnState, DomainState, EnumState, ExcludeState, ViewState
from autodiff.kinds.column import altered
from autodiff.kinds.step import Sides, Step
from autodiff.kinds.table import keyword_value
from autodiff.state import Change, Comparison, Key, Server, Snapshot, State
from autodiff.state.state import Options

SCHEMA_NAMES = """
SELECT n.nspname::text FROM pg_catalog.pg_namespace n
WHERE left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
  AND n.nspname IS DISTINCT FROM pg_catalog.current_schema()
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                  WHERE e.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND e.objid = n.oid
                    AND e.deptype = 'e')
ORDER BY n.nspname
"""

# What the last ANALYZE counted, or what was written since where there was none.
ROW_COUNTS = """
SELECT n.nspname::text, c.relname::text,
       CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE pg_catalog.pg_stat_get_live_tuples(c.oid) END::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND left(n.nspname, 3) <> 'pg_' AND n.nspname <> 'information_schema'
"""


class PostgresqlRoom(Room):
    """How PostgreSQL pronounces things."""

    features = PostgresqlFeatures()

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        self.reader: Reader | None = None
        self.casts: dict[tuple[str, str], str | None] = {}
        self._named: Snapshot | None = None
        self._names: dict[Key, str] = {}
        self._families: Families | None = None
        self._followers: list[Follower] = []

    def server(self, connection: Connection) -> Server:
        with guest(connection):
            row = ask(connection, "SELECT current_schema(), current_setting('search_path')")[0]
        version = tuple(int(number) for number in connection.dialect.server_version_info or ())
        return Server(
            "postgresql",
            version,
            default_schema=row[0] or "public",
            name_bytes=LONGEST,
            settings={"search_path": row[1]},
            has_named_types=bool(self.dialect.supports_native_enum),
        )

    def schema_names(self, connection: Connection) -> list[str]:
        with guest(connection):
            return [row[0] for row in ask(connection, SCHEMA_NAMES)]

    def row_counts(self, connection: Connection, tables: Sequence[Key]) -> dict[Key, int]:
        with guest(connection):
            default = self.server(connection).default_schema
            found = {(schema, name): int(rows) for schema, name, rows in ask(connection, ROW_COUNTS)}
        wanted = {key: found.get((key.schema or default, key.table), -1) for key in tables}
        return {key: rows for key, rows in wanted.items() if rows >= 0}

    def read(self, connection: Connection, scope: Scope) -> Snapshot:
        with guest(connection):
            server = self.server(connection)
            schemas = list(dict.fromkeys(name or server.default_schema or "public" for name in scope.schemas))
            with printing_path(connection, server):
                catalog = read_catalog(connection, schemas, server.version)
        self.reader = Reader(
            catalog=catalog,
            default_schema=server.default_schema,
            left_out=scope.version_tables,
            preparer=self.twin.identifier_preparer,
        )
        return Snapshot.of(self.reader.states(), server)

    def canonical(
        self,
        connection: Connection,
        models: Snapshot,
        database: Snapshot,
        scope: Scope,
        *,
        scratch: Connection | None = None,
    ) -> Comparison:
        server = database.server
        wanted = Wanted(
            models,
            database,
            server,
            self._shadows(models, database, server),
            self.twin.ddl_compiler(self.twin, None),  # type: ignore[arg-type]
            frozenset(self.reader.inherited if self.reader is not None else ()),
            frozenset(self.reader.merged if self.reader is not None else ()),
            frozenset(self.reader.toastless if self.reader is not None else ()),
        )
        found = compare(connection, wanted, server, None if scratch is None else self._elsewhere(scratch, models))
        self.casts = wanted.casts
        if self.reader is None:
            return found
        return replace(found, not_compared=(*found.not_compared, *self.reader.uncovered))

    def _elsewhere(self, scratch: Connection, models: Snapshot) -> Elsewhere:
        server = self.server(scratch)
        return Elsewhere(scratch, server, self._shadows(models, Snapshot({}, server), server))

    def _shadows(self, models: Snapshot, database: Snapshot, server: Server) -> Shadows:
        ddl: Any = self.twin.ddl_compiler(self.twin, None)  # type: ignore[arg-type]
        domains = ((domain, definition(domain.source, ddl)) for domain in models.of_class(DomainState))
        return shadows_of(models.of_class(EnumState), domains, database, server.default_schema or "public")

    def renamed(self, comparison: Comparison, keys: Mapping[Key, Key]) -> Comparison:
        self._followers = followers(comparison, keys)
        return followed(comparison, self._followers)

    def remade(self, connection: Connection, keys: Mapping[Key, Key]) -> Remade:
        """The names that the server made of renamed ones follow them; all else goes by itself."""
        sequences = [] if self.reader is None else list(self.reader.owned_under(keys))
        former = {new: old for old, new in keys.items()}
        forth = [self._renamed_sequence(*names) for names in sequences]
        back = [self._renamed_sequence(schema, new, old) for schema, old, new in sequences]
        for table, old, new in self._followers:
            forth.append(self._renamed_constraint(table, old, new))
            back.append(self._renamed_constraint(former.get(table, table), new, old))
        return Remade(forth, back)

    def _renamed_sequence(self, schema: str | None, old: str, new: str) -> str:
        return f"ALTER SEQUENCE {self._qualified(schema, old)} RENAME TO {self.quoted(new)}"

    def _renamed_constraint(self, table: Key, old: str, new: str) -> str:
        name = self._qualified(table.schema, str(table.table))
        return f"ALTER TABLE {name} RENAME CONSTRAINT {self.quoted(old)} TO {self.quoted(new)}"

    def _qualified(self, schema: str | None, name: str) -> str:
        return ".".join(self.quoted(part) for part in (schema, name) if part)

    # Objects for scripts

    def type_from(self, column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
        return type_from(column, snapshot)

    def is_made_nullable(self, column: ColumnState) -> bool:
        return column.nullable or may_hold_null(column.settings)

    def options_set_later(self, options: Options) -> dict[str, Any]:
        parameters = keyword_value(options, "postgresql_with")
        return {} if parameters is None or is_taken("postgresql_with") else {"postgresql_with": parameters}

    def keywords_said(self, keywords: dict[str, Any], server: Server) -> dict[str, Any]:
        parents = keywords.get("postgresql_inherits")
        if parents is None:
            return keywords
        return {**keywords, "postgresql_inherits": [parent_name(each, server) for each in split_list(parents)]}

    def exclude_from(self, state: ExcludeState, table: Table) -> Constraint:
        return exclude_from(state, table)

    # Planning

    def auto_name(self, state: State, snapshot: Snapshot) -> str | None:
        if snapshot is not self._named:
            self._named, self._names = snapshot, automatic_names(snapshot)
        return self._names.get(state.key)

    def column_steps(self, change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
        families = self.families(sides.before.snapshot, sides.after.snapshot)
        return families.steps(change, self._own_steps(change, sides), sides)

    def families(self, before: Snapshot, after: Snapshot) -> Families:
        if self._families is None or self._families.before is not before or self._families.after is not after:
            self._families = Families(before, after)
        return self._families

    def _own_steps(self, change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
        if generated.becomes_plain(change, sides.before.snapshot):
            return generated.made_plain(change, sides)
        if generated.is_made_anew(change, sides.before.snapshot, sides.after.snapshot):
            return generated.made_anew(change, sides)
        left = left_of(change, sides)
        if left is not None and left.before is not None and left.after is not None:
            return altered(left, left.before, left.after, sides) if left.fields else ()
        if serial.needs_own_steps(change):
            return serial.steps(change, sides, self.quoted)
        return steps_without_not_null(change, sides)

    def column_keywords_for(self, change: Change[ColumnState], sides: Sides) -> dict[str, Any]:
        return column_keywords(change, sides, self.casts, self.quoted)

    def constraint_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step] | None:
        return comment_steps(change, self.quoted) or unsaid.steps(change, sides)

    def is_made_apart(self, state: State) -> bool:
        return unsaid.is_made_apart(state)

    def with_table(self, table: Key) -> Iterable[ViewState]:
        return [] if self.reader is None else self.reader.with_table(table)

    def enum_steps(self, change: Change[EnumState], sides: Sides) -> Iterable[Step]:
        return enum_steps(change, sides)

    def refusal(self, step: Step, before: Snapshot) -> str:
        return refusal(step, before, {} if self.reader is None else self.reader.typed)

    def restored(self, change: Change[Any], sides: Sides) -> Iterable[Step]:
        yield from restored(change, sides)
        yield from along_with(change, sides, self.with_table)
        if self.reader is not None and change.kind == "column":
            families = self.families(sides.before.snapshot, sides.after.snapshot)
            yield from restored_below(change, families.children(change.key.of_table), self.reader.settings, sides)

    def is_renamed_along(self, change: Change[State], renames: Collection[Change[State]], sides: Sides) -> bool:
        return self.families(sides.before.snapshot, sides.after.snapshot).is_renamed_along(change, renames)

    def edges(self, nodes: Sequence[Any]) -> Iterable[tuple[int, int]]:
        yield from edges(nodes)
        if nodes:
            yield from self.families(nodes[0].before, nodes[0].after).edges(nodes)

    def disturbed(self, change: Change[State], before: Snapshot, after: Snapshot) -> Iterable[Key]:
        families = self.families(before, after)
        for each in families.with_inherited_changes(change):
            yield from disturbed(each, before, after, families, is_replaced(each))


def parent_name(printed: str, server: Server) -> str:
    """A table in INHERITS: SQLAlchemy quotes the name, and has no place for a schema."""
    schema, name = (unquoted(part) for part in split_dots(printed))
    return name if schema == server.default_schema else quoted_name(printed, quote=False)


__all__ = ["PostgresqlRoom"]
