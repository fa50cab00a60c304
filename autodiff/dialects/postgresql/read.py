"""The rows of the catalogs as states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.postgresql import catalog as rows
from autodiff.dialects.postgresql.belongings import above, belonging, of_its_own
from autodiff.dialects.postgresql.hanging import hanging
from autodiff.dialects.postgresql.indexes import index_parts, storage
from autodiff.dialects.postgresql.inheritance import keys_of
from autodiff.dialects.postgresql.names import object_name, own_name
from autodiff.dialects.postgresql.nesting import kept_nested
from autodiff.dialects.postgresql.partition_indexes import of_partition
from autodiff.dialects.postgresql.references import References, is_default
from autodiff.dialects.postgresql.sequences import said_options, sequence_options
from autodiff.dialects.postgresql.settings import of_sequence, templates
from autodiff.dialects.postgresql.uncovered import uncovered
from autodiff.dialects.postgresql.views import creation, grants
from autodiff.dialects.postgresql.words import as_printed, bracketed, identifier
from autodiff.kinds import (
    CheckState,
    ColumnState,
    ComputedValue,
    DomainCheck,
    DomainState,
    EnumState,
    ExcludeState,
    ForeignKeyState,
    IdentityValue,
    IndexState,
    PrimaryKeyState,
    SchemaState,
    SequenceState,
    TableState,
    UniqueState,
    ViewState,
)
from autodiff.state import Key, NotCompared, Sql, State
from autodiff.state.state import Options

ACTIONS = {"a": None, "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}
MATCHES = {"f": "FULL", "p": "PARTIAL", "s": None}
# A stored `DEFAULT NULL`: the server keeps it only where the type's length has to be applied.
NULL_DEFAULT = re.compile(r"\(?NULL(::[\w .\"\[\]()]+)?\)?", re.IGNORECASE)


def option_pairs(keyword: str, options: list[str] | None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for option in options or ():
        name, _, value = option.partition("=")
        yield f"{keyword}.{prefix}{name}", value


@dataclass(kw_only=True)
class Reader(References):
    """Makes the states of one reading.

    :param preparer: quotes names as a script does.
    :param inherited: keys of columns and conditions that tables have from their parents alone, found by `states`.
    :param merged: those that tables have from their parents and of their own.
    :param toastless: keys of tables that have no TOAST table, found by `states`.
    """

    preparer: IdentifierPreparer
    inherited: set[Key] = field(default_factory=set)
    merged: set[Key] = field(default_factory=set)
    toastless: set[Key] = field(default_factory=set)

    @property
    def uncovered(self) -> tuple[NotCompared, ...]:
        """What was found and no state covers."""
        return tuple(uncovered([*self.entries("uncovered"), *self._unsaid_sequences()], self.default_schema))

    def _unsaid_sequences(self) -> Iterator[dict[str, Any]]:
        """Sequences that a column owns and that no model can say: of no default, or of a serial with options of its own."""
        of_table: dict[Key, list[str]] = {}
        for row in self.catalog.columns:
            for entry in self.owned.get((row.relation, row.number), ()):
                if row.relation in self.tables and not entry["identity"]:
                    if not is_default(row, entry):
                        of_table.setdefault(self.tables[row.relation], []).append(
                            f"{entry['name']} owned by {row.name}"
                        )
                    elif any(sequence_options(entry["type"], entry).values()):
                        of_table.setdefault(self.tables[row.relation], []).append(entry["name"])
        for table, names in of_table.items():
            schema = table.schema or self.default_schema
            yield {"schema": schema, "table": table.table, "what": "sequence", "names": sorted(names)}

    def states(self) -> Iterator[State]:
        yield from self._schemas()
        yield from self._enums()
        yield from self._domains()
        yield from self._sequences()
        yield from self._tables()
        of_tables: tuple[Iterable[State | None], ...] = (
            map(self._column, self.catalog.columns),
            map(self._constraint, self.catalog.constraints),
            map(self._index, self.catalog.indexes),
        )
        for states in of_tables:
            yield from (self._with_settings(state) for state in states if state is not None)
        yield from self._views()

    def _with_settings(self, state: State) -> State:
        settings = self.settings.get(state.key)
        return state if settings is None else state.but(settings=settings)

    # What is not compared, and comes back with what is made anew

    @cached_property
    def settings(self) -> dict[Key, tuple[str, ...]]:
        """What parts of tables have and no field of their states covers: see `kept`."""
        found: dict[Key, tuple[str, ...]] = {}
        for kind, statements_of in (("setting", templates), ("index of a partition", of_partition)):
            for entry in sorted(self.entries(kind), key=below_others):
                table = self.tables.get(entry["relation"])
                if table is not None:
                    name = None if entry["kind"] == "primary_key" else entry["name"]
                    key = self.part(entry["kind"], table, name)
                    found[key] = (*found.get(key, ()), *statements_of(entry))
        for row in self.catalog.columns:
            entries = self.owned.get((row.relation, row.number), ())
            if entries and row.relation in self.tables:
                key = self.part("column", self.tables[row.relation], row.name)
                statements = (sql for entry in entries for sql in self._of_sequence(row, entry, str(key.table)))
                found[key] = (*found.get(key, ()), *statements)
        return found

    @staticmethod
    def _of_sequence(row: rows.Column, entry: dict[str, Any], table: str) -> Iterator[str]:
        options = sequence_options(entry["type"], entry)
        return of_sequence(
            entry,
            options,
            own_name=object_name(table, row.name, "seq"),
            is_used=entry["identity"] or is_default(row, entry),
        )

    # Outside of tables

    @cached_property
    def _outside(self) -> dict[Key, tuple[str, ...]]:
        """What types and sequences have besides what is compared."""
        return {
            Key(entry["kind"], self.schema(entry["schema"]), None, entry["name"]): of_its_own(entry)
            for entry in self.entries("outside")
        }

    @staticmethod
    def _in_schema(schema: str | None) -> frozenset[Key]:
        return frozenset({Key("schema", None, None, schema)} if schema is not None else ())

    def _schemas(self) -> Iterator[State]:
        for entry in self.entries("schema"):
            name = self.schema(entry["name"])
            if name is not None:
                yield SchemaState(key=Key("schema", None, None, name))

    def _enums(self) -> Iterator[State]:
        for entry in self.entries("enum"):
            key = self.enums[entry["oid"]]
            yield EnumState(
                key=key,
                labels=tuple(entry["labels"] or ()),
                comment=entry["comment"],
                settings=self._outside.get(key, ()),
                depends_on=self._in_schema(key.schema),
            )

    def _domains(self) -> Iterator[State]:
        for entry in self.domains_by_need():
            key = self.domains[entry["oid"]]
            stands_on = {of[entry["base_oid"]] for of in (self.enums, self.domains) if entry["base_oid"] in of}
            checks = (DomainCheck(name, bare_sql(condition)) for name, condition in entry["checks"] or ())
            yield DomainState(
                key=key,
                type=self.type_sql(entry["base"]),
                collation=entry["collation"],
                not_null=entry["not_null"],
                not_null_name=own_name(str(key.name), entry["not_null_name"]),
                default=default_sql(entry["default"]),
                checks=tuple(sorted(checks, key=lambda check: check.name)),
                comment=entry["comment"],
                settings=self._outside.get(key, ()),
                depends_on=self._in_schema(key.schema) | stands_on,
            )

    def _sequences(self) -> Iterator[State]:
        for entry in self.entries("sequence"):
            if entry["owner"] is None:
                yield self.sequence(entry)

    def sequence(self, entry: dict[str, Any]) -> SequenceState:
        schema = self.schema(entry["schema"])
        key = Key("sequence", schema, None, entry["name"])
        return SequenceState(
            key=key,
            settings=self._outside.get(key, ()),
            data_type=None if entry["type"] == "bigint" else entry["type"],
            depends_on=self._in_schema(schema),
            **said_options(entry["type"], entry),
        )

    # Tables

    def _tables(self) -> Iterator[State]:
        for row in self.catalog.relations:
            key = self.tables.get(row.oid)
            if key is not None:
                if not row.toasted:
                    self.toastless.add(key)
                options = self.table_options(row)
                yield TableState(
                    key=key,
                    comment=row.comment,
                    options=tuple(sorted(options)),
                    option_order=tuple(name for name, _ in options),
                    depends_on=self._in_schema(key.schema) | set(keys_of(row.parents or (), self.default_schema)),
                )

    def table_options(self, row: rows.Relation) -> Options:
        pairs = [*option_pairs("postgresql_with", row.options)]
        pairs += option_pairs("postgresql_with", row.toast_options, "toast.")
        if row.partition_key is not None:
            pairs.append(("postgresql_partition_by", row.partition_key))
        if row.parents:
            pairs.append(("postgresql_inherits", ", ".join(row.parents)))
        if row.method not in (None, "heap"):
            pairs.append(("postgresql_using", str(row.method)))
        if row.tablespace is not None:
            pairs.append(("postgresql_tablespace", row.tablespace))
        if row.persistence == "u":
            pairs.append(("prefixes", "UNLOGGED"))
        return tuple(pairs)

    # Columns

    def type_sql(self, printed: str) -> Sql:
        """A type: for people without the default schema's name, which is on their path."""
        start = f"{as_printed(self.default_schema or '')}."
        return Sql(printed[len(start) :] if printed.startswith(start) else printed, printed)

    def _column(self, row: rows.Column) -> ColumnState | None:
        table = self.tables.get(row.relation)
        if table is None:
            return None
        key = self.part("column", table, row.name)
        if row.inherited:
            (self.merged if row.local else self.inherited).add(key)
        serial = self._is_serial(row)
        needs = {table}
        if row.type_oid in self.enums:
            needs.add(self.enums[row.type_oid])
        if row.type_oid in self.domains:
            needs.add(self.domains[row.type_oid])
        needs.update(self._needs_of_default(row, table, key))
        return ColumnState(
            key=key,
            type=self.type_sql(row.type),
            nullable=not row.not_null,
            default=None if serial or row.generated else default_sql(row.default),
            computed=ComputedValue(bare_sql(row.default or ""), row.generated == "s") if row.generated else None,
            identity=self._identity(row),
            autoincrement=serial,
            collation=row.collation,
            comment=row.comment,
            position=row.number - 1,
            depends_on=frozenset(needs),
        )

    def _is_serial(self, row: rows.Column) -> bool:
        """Does the default itself depend on the sequence that the column owns?"""
        owned = self.owned.get((row.relation, row.number), ())
        return any(is_default(row, sequence) for sequence in owned)

    def _needs_of_default(self, row: rows.Column, table: Key, key: Key) -> Iterator[Key]:
        for need in row.default_needs or ():
            relation, _, number = need.partition(".")
            if need in self.sequences:
                entry = self.sequences[need]
                if entry["owner"] is None:
                    yield Key("sequence", self.schema(entry["schema"]), None, entry["name"])
            elif int(relation) == row.relation and int(number) not in (0, row.number):
                yield from self.column_keys(table, self.named(row.relation, [int(number)]))

    def _identity(self, row: rows.Column) -> IdentityValue | None:
        if not row.identity:
            return None
        owned = self.owned.get((row.relation, row.number), ())
        sequence = next((entry for entry in owned if entry["identity"]), {})
        return IdentityValue(always=row.identity == "a", **sequence_options(row.type, sequence))

    # Constraints

    def _constraint(self, row: rows.Constraint) -> State | None:
        table = self.tables.get(row.relation)
        if table is None:
            return None
        columns = self.named(row.relation, row.columns)
        common: dict[str, Any] = {
            "deferrable": row.deferrable,
            "initially_deferred": row.deferred,
            "comment": row.comment,
            "depends_on": self.column_keys(table, (*columns, *self.named(row.relation, row.included))) | {table},
        }
        if row.kind == "f":
            return self._foreign_key(row, table, columns, common)
        if row.kind == "c":
            key = self.part("check", table, row.name)
            if row.inherited:
                (self.merged if row.local else self.inherited).add(key)
            return CheckState(key=key, condition=bare_sql(row.definition or ""), **common)
        if row.kind == "x":
            return ExcludeState(
                key=self.part("exclude", table, row.name), definition=Sql.printed(row.definition or ""), **common
            )
        common["options"] = self._key_options(row)
        if row.kind == "p":
            return PrimaryKeyState(key=self.part("primary_key", table, None), name=row.name, columns=columns, **common)
        return UniqueState(key=self.part("unique", table, row.name), columns=columns, **common)

    def _key_options(self, row: rows.Constraint) -> Options:
        pairs = []
        if row.included:
            pairs.append(("postgresql_include", ", ".join(self.named(row.relation, row.included))))
        if row.nulls_not_distinct:
            pairs.append(("postgresql_nulls_not_distinct", "True"))
        return tuple(pairs)

    def _foreign_key(
        self, row: rows.Constraint, table: Key, columns: tuple[str, ...], common: dict[str, Any]
    ) -> ForeignKeyState:
        referred = Key("table", self.schema(row.referred_schema or ""), row.referred_table)
        referred_columns = tuple(row.referred_columns or ())
        ondelete = ACTIONS[row.ondelete]
        if row.ondelete_columns:
            listed = ", ".join(as_printed(name) for name in self.named(row.relation, row.ondelete_columns))
            ondelete = f"{ondelete} ({listed})"
        common["depends_on"] |= self.column_keys(referred, referred_columns) | {referred}
        return ForeignKeyState(
            key=self.part("foreign_key", table, row.name),
            columns=columns,
            referred=referred,
            referred_columns=referred_columns,
            ondelete=ondelete,
            onupdate=ACTIONS[row.onupdate],
            match=MATCHES[row.match],
            **common,
        )

    # Views, and what else is only ever made again

    def _views(self) -> Iterator[State]:
        keys = {
            entry["oid"]: Key("view", self.schema(entry["schema"]), None, entry["name"])
            for entry in self.entries("view")
        }
        yield from self._hanging(keys, is_used=True)
        for entry in self.in_order("view"):
            view = f"{identifier(entry['schema'])}.{identifier(entry['name'])}"
            word = "MATERIALIZED VIEW" if entry["materialized"] else "VIEW"
            yield ViewState(
                key=keys[entry["oid"]],
                drop=f"DROP {word} {view}",
                definition=tuple(creation(view, entry)),
                grants=tuple(grants(view, entry)),
                depends_on=self.uses(entry, keys),
            )
        yield from self._hanging(keys, is_used=False)

    def _hanging(self, views: dict[int, Key], is_used: bool) -> Iterator[State]:
        """Functions, which views may use, or all the others; the order is that in which they are made."""
        for entry in self.in_order("hanging"):
            uses = self.uses(entry, views)
            if uses and entry.get("is_in_the_way", True) and entry.get("is_used", False) == is_used:
                on = self.tables.get(entry.get("relation", 0))
                yield hanging(entry, self.schema(entry["schema"]), uses, on)

    @cached_property
    def typed(self) -> dict[Key, str]:
        """The types of the tables OF a type."""
        typed = (entry for entry in self.entries("belonging") if entry.get("of_type") is not None)
        return {self.tables[entry["relation"]]: entry["of_type"] for entry in typed if entry["relation"] in self.tables}

    def with_table(self, table: Key) -> list[ViewState]:
        """What goes with a table that is dropped: in the order in which it is made again."""
        return self._belongings.get(table, [])

    @cached_property
    def _belongings(self) -> dict[Key, list[ViewState]]:
        found: dict[Key, list[ViewState]] = {}
        partitions = sorted(self.in_order("partition"), key=lambda entry: entry["depth"])
        for entry in (*partitions, *self.in_order("hanging"), *self.in_order("belonging")):
            table = self.tables.get(entry.get("relation", 0))
            if table is not None:
                uses = self.uses(entry, {}) | {table} | above(entry, self.schema)
                schema = self.schema(entry["schema"])
                made = hanging(entry, schema, uses, table) if "drop" in entry else belonging(entry, schema, uses)
                found.setdefault(table, []).append(made)
        return found

    # Indexes

    def _index(self, row: rows.Index) -> IndexState | None:
        table = self.tables.get(row.relation)
        if table is None:
            return None
        parts = index_parts(row, self.named(row.relation, [n for n in row.columns if n]), self.preparer)
        used = self.named(row.relation, [*row.columns, *(row.needs or ())])
        return IndexState(
            key=self.part("index", table, row.name),
            elements=tuple(Sql.printed(element) for element in parts.elements),
            unique=row.unique,
            where=None if parts.where is None else bare_sql(parts.where),
            comment=row.comment,
            options=parts.options,
            option_order=tuple(name for name, _ in storage(row)),
            valid=row.valid,
            depends_on=self.column_keys(table, used) | {table},
        )


def bare_sql(printed: str) -> Sql:
    """A printed expression; for scripts without the brackets around it, and so that it is printed as it is."""
    if printed.startswith("("):
        inside, rest = bracketed(printed)
        if not rest:
            return Sql(kept_nested(inside), printed)
    return Sql(kept_nested(printed), printed)


def default_sql(printed: str | None) -> Sql | None:
    return None if printed is None or NULL_DEFAULT.fullmatch(printed) else Sql.printed(printed)


def below_others(entry: dict[str, Any]) -> tuple[int, str]:
    """Where a setting stands: a table sets storage for its partitions too, so that theirs come after it."""
    return entry.get("depth", 0), entry.get("partition") or ""
