"""The rows of the catalogs as states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy.sql.compiler import IdentifierPreparer

from autodiff.dialects.postgresql import catalog as rows
from autodiff.dialects.postgresql.belongings import above, belonging, of_its_own
from autodiff.dialects.postgresql.catalog import Catalog
from autodiff.dialects.postgresql.hanging import hanging
from autodiff.dialects.postgresql.indexes import index_parts
from autodiff.dialects.postgresql.inheritance import keys_of
from autodiff.dialects.postgresql.names import object_name, own_name
from autodiff.dialects.postgresql.nesting import kept_nested
from autodiff.dialects.postgresql.sequences import SEQUENCE_LIMITS
from autodiff.dialects.postgresql.settings import of_sequence, templates
from autodiff.dialects.postgresql.uncovered import uncovered
from autodiff.dialects.postgresql.words import as_printed, bracketed, grant, identifier, literal, where_role_is_there
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


def sequence_options(type_: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a sequence or identity, those at the server's default for its type left out.

    https://www.postgresql.org/docs/current/sql-createsequence.html
    """
    limit = SEQUENCE_LIMITS.get(type_, 2**63)
    increment = options.get("increment") or 1
    low, high = (1, limit - 1) if increment > 0 else (-limit, -1)
    low_given = options.get("minvalue")
    high_given = options.get("maxvalue")
    first = (low if low_given is None else low_given) if increment > 0 else (high if high_given is None else high_given)
    return {
        "start": None if options.get("start") in (None, first) else options["start"],
        "increment": None if increment == 1 else increment,
        "minvalue": None if low_given in (None, low) else low_given,
        "maxvalue": None if high_given in (None, high) else high_given,
        "cycle": bool(options.get("cycle")),
        "cache": None if options.get("cache") in (None, 1) else options["cache"],
    }


def said_options(type_: str, options: dict[str, Any]) -> dict[str, Any]:
    """Options of a sequence, those at the default of one that counts up from 1 left out.

    The defaults of others follow from options that may change, and ALTER SEQUENCE leaves what it does not name where it
    was: https://www.postgresql.org/docs/current/sql-altersequence.html
    """
    short = sequence_options(type_, options)
    limit = SEQUENCE_LIMITS.get(type_, 2**63)
    down = (short["increment"] or 1) < 0
    low = (-limit if down else 1) if short["minvalue"] is None else short["minvalue"]
    high = (-1 if down else limit - 1) if short["maxvalue"] is None else short["maxvalue"]
    start = (high if down else low) if short["start"] is None else short["start"]
    return short | {
        "start": None if start == 1 else start,
        "minvalue": None if low == 1 else low,
        "maxvalue": None if high == limit - 1 else high,
    }


def option_pairs(keyword: str, options: list[str] | None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for option in options or ():
        name, _, value = option.partition("=")
        yield f"{keyword}.{prefix}{name}", value


@dataclass
class Reader:
    """Makes the states of one reading.

    :param default_schema: the schema whose keys have None.
    :param left_out: keys of tables that are autodiff's own.
    :param inherited: keys of columns and conditions that tables have from their parents, found by `states`.
    :param toastless: keys of tables that have no TOAST table, found by `states`.
    """

    catalog: Catalog
    preparer: IdentifierPreparer
    default_schema: str | None
    left_out: frozenset[Key] = frozenset()
    inherited: set[Key] = field(default_factory=set)
    toastless: set[Key] = field(default_factory=set)

    @property
    def uncovered(self) -> tuple[NotCompared, ...]:
        """What was found and no state covers."""
        return tuple(uncovered([*self._entries("uncovered"), *self._unsaid_sequences()], self.default_schema))

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

    def schema(self, name: str) -> str | None:
        return None if name == self.default_schema else name

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

    # What rows refer to

    @cached_property
    def tables(self) -> dict[int, Key]:
        """Keys of the tables by object id."""
        keys = {
            row.oid: Key("table", self.schema(row.schema), row.name)
            for row in self.catalog.relations
            if row.kind in ("r", "p")
        }
        return {oid: key for oid, key in keys.items() if key not in self.left_out}

    @cached_property
    def settings(self) -> dict[Key, tuple[str, ...]]:
        """What parts of tables have and no field of their states covers: see `kept`."""
        found: dict[Key, tuple[str, ...]] = {}
        for entry in sorted(
            self._entries("setting"), key=lambda each: (each.get("depth", 0), each.get("partition") or "")
        ):
            table = self.tables.get(entry["relation"])
            if table is not None:
                name = None if entry["kind"] == "primary_key" else entry["name"]
                key = self._part(entry["kind"], table, name)
                found[key] = (*found.get(key, ()), *templates(entry))
        for row in self.catalog.columns:
            entries = self.owned.get((row.relation, row.number), ())
            if entries and row.relation in self.tables:
                key = self._part("column", self.tables[row.relation], row.name)
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

    @cached_property
    def columns(self) -> dict[int, dict[int, str]]:
        """Names of the columns by table and number."""
        names: dict[int, dict[int, str]] = {}
        for row in self.catalog.columns:
            names.setdefault(row.relation, {})[row.number] = row.name
        return names

    @cached_property
    def enums(self) -> dict[int, Key]:
        keys = {}
        for entry in self._entries("enum"):
            key = Key("enum", self.schema(entry["schema"]), None, entry["name"])
            keys[entry["oid"]] = keys[entry["array"]] = key
        for entry in self._by_need():
            if entry["base_oid"] in keys:
                keys[entry["oid"]] = keys[entry["array"]] = keys[entry["base_oid"]]
        return keys

    @cached_property
    def domains(self) -> dict[int, Key]:
        keys = {}
        for entry in self._entries("domain"):
            key = Key("domain", self.schema(entry["schema"]), None, entry["name"])
            keys[entry["oid"]] = keys[entry["array"]] = key
        return keys

    def _by_need(self) -> Iterator[dict[str, Any]]:
        """The domains, each after the one that it stands on."""
        left = list(self._entries("domain"))
        while left:
            waiting = {entry["oid"] for entry in left}
            yield from (entry for entry in left if entry["base_oid"] not in waiting)
            left = [entry for entry in left if entry["base_oid"] in waiting]

    @cached_property
    def sequences(self) -> dict[str, dict[str, Any]]:
        """Sequences by object id as `Column.default_needs` writes it."""
        return {f"{entry['oid']}.0": entry for entry in self._entries("sequence")}

    @cached_property
    def owned(self) -> dict[tuple[int, int], list[dict[str, Any]]]:
        """Sequences by the column that owns them."""
        found: dict[tuple[int, int], list[dict[str, Any]]] = {}
        for entry in self._entries("sequence"):
            if entry["owner"] is not None:
                found.setdefault((entry["owner"], entry["owner_column"]), []).append(entry)
        return found

    def owned_under(self, keys: Mapping[Key, Key]) -> Iterator[tuple[str | None, str, str]]:
        """Sequences called after renamed tables and columns that own them: their schema, their name, the one that follows.

        The server leaves them where they are; but whoever looks for one, as SQLAlchemy does where nothing returns the
        value, makes its name up of the table's and the column's.
        """
        taken = {(row.schema, row.name) for row in self.catalog.relations}
        taken |= {(entry["schema"], entry["name"]) for entry in self._entries("sequence")}
        for (relation, number), entries in self.owned.items():
            table, column = self.tables.get(relation), self.columns.get(relation, {}).get(number)
            if table is None or column is None:
                continue
            renamed = keys.get(
                self._part("column", table, column), self._part("column", keys.get(table, table), column)
            )
            old, new = (object_name(str(of[0]), str(of[1]), "seq") for of in ((table.table, column), renamed[2:]))
            for entry in entries:
                if entry["name"] == old != new and (entry["schema"], new) not in taken:
                    yield self.schema(entry["schema"]), old, new

    def _entries(self, kind: str) -> Iterator[dict[str, Any]]:
        return (entry for found, entry in self.catalog.outside if found == kind)

    def _in_order(self, kind: str) -> list[dict[str, Any]]:
        """The entries by name: the catalogs have no order of their own."""
        return sorted(self._entries(kind), key=lambda entry: (entry["schema"], entry["name"]))

    def _part(self, kind: str, table: Key, name: str | None) -> Key:
        return Key(kind, table.schema, table.table, name)

    def _named(self, relation: int, numbers: list[int] | None) -> tuple[str, ...]:
        names = self.columns.get(relation, {})
        return tuple(names[number] for number in numbers or () if number in names)

    def _column_keys(self, table: Key, names: tuple[str, ...]) -> frozenset[Key]:
        return frozenset(self._part("column", table, name) for name in names)

    # Outside of tables

    @cached_property
    def _outside(self) -> dict[Key, tuple[str, ...]]:
        """What types and sequences have besides what is compared."""
        return {
            Key(entry["kind"], self.schema(entry["schema"]), None, entry["name"]): of_its_own(entry)
            for entry in self._entries("outside")
        }

    @staticmethod
    def _in_schema(schema: str | None) -> frozenset[Key]:
        return frozenset({Key("schema", None, None, schema)} if schema is not None else ())

    def _schemas(self) -> Iterator[State]:
        for entry in self._entries("schema"):
            name = self.schema(entry["name"])
            if name is not None:
                yield SchemaState(key=Key("schema", None, None, name))

    def _enums(self) -> Iterator[State]:
        for entry in self._entries("enum"):
            key = self.enums[entry["oid"]]
            yield EnumState(
                key=key,
                labels=tuple(entry["labels"] or ()),
                comment=entry["comment"],
                settings=self._outside.get(key, ()),
                depends_on=self._in_schema(key.schema),
            )

    def _domains(self) -> Iterator[State]:
        for entry in self._by_need():
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
        for entry in self._entries("sequence"):
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
                yield TableState(
                    key=key,
                    comment=row.comment,
                    options=self.table_options(row),
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
        return tuple(sorted(pairs))

    # Columns

    def type_sql(self, printed: str) -> Sql:
        """A type: for people without the default schema's name, which is on their path."""
        start = f"{as_printed(self.default_schema or '')}."
        return Sql(printed[len(start) :] if printed.startswith(start) else printed, printed)

    def _column(self, row: rows.Column) -> ColumnState | None:
        table = self.tables.get(row.relation)
        if table is None:
            return None
        key = self._part("column", table, row.name)
        if not row.local:
            self.inherited.add(key)
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
                yield from self._column_keys(table, self._named(row.relation, [int(number)]))

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
        columns = self._named(row.relation, row.columns)
        common: dict[str, Any] = {
            "deferrable": row.deferrable,
            "initially_deferred": row.deferred,
            "comment": row.comment,
            "depends_on": self._column_keys(table, (*columns, *self._named(row.relation, row.included))) | {table},
        }
        if row.kind == "f":
            return self._foreign_key(row, table, columns, common)
        if row.kind == "c":
            key = self._part("check", table, row.name)
            if not row.local:
                self.inherited.add(key)
            return CheckState(key=key, condition=bare_sql(row.definition or ""), **common)
        if row.kind == "x":
            return ExcludeState(
                key=self._part("exclude", table, row.name), definition=Sql.printed(row.definition or ""), **common
            )
        common["options"] = self._key_options(row)
        if row.kind == "p":
            return PrimaryKeyState(key=self._part("primary_key", table, None), name=row.name, columns=columns, **common)
        return UniqueState(key=self._part("unique", table, row.name), columns=columns, **common)

    def _key_options(self, row: rows.Constraint) -> Options:
        pairs = []
        if row.included:
            pairs.append(("postgresql_include", ", ".join(self._named(row.relation, row.included))))
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
            listed = ", ".join(as_printed(name) for name in self._named(row.relation, row.ondelete_columns))
            ondelete = f"{ondelete} ({listed})"
        common["depends_on"] |= self._column_keys(referred, referred_columns) | {referred}
        return ForeignKeyState(
            key=self._part("foreign_key", table, row.name),
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
            for entry in self._entries("view")
        }
        yield from self._hanging(keys, is_used=True)
        for entry in self._in_order("view"):
            view = f"{identifier(entry['schema'])}.{identifier(entry['name'])}"
            word = "MATERIALIZED VIEW" if entry["materialized"] else "VIEW"
            yield ViewState(
                key=keys[entry["oid"]],
                drop=f"DROP {word} {view}",
                definition=tuple(creation(view, entry)),
                grants=tuple(grants(view, entry)),
                depends_on=self._uses(entry, keys),
            )
        yield from self._hanging(keys, is_used=False)

    def _hanging(self, views: dict[int, Key], is_used: bool) -> Iterator[State]:
        """Functions, which views may use, or all the others; the order is that in which they are made."""
        for entry in self._in_order("hanging"):
            uses = self._uses(entry, views)
            if uses and entry.get("is_in_the_way", True) and entry.get("is_used", False) == is_used:
                on = self.tables.get(entry.get("relation", 0))
                yield hanging(entry, self.schema(entry["schema"]), uses, on)

    @cached_property
    def typed(self) -> dict[Key, str]:
        """The types of the tables OF a type."""
        typed = (entry for entry in self._entries("belonging") if entry.get("of_type") is not None)
        return {self.tables[entry["relation"]]: entry["of_type"] for entry in typed if entry["relation"] in self.tables}

    def with_table(self, table: Key) -> list[ViewState]:
        """What goes with a table that is dropped: in the order in which it is made again."""
        return self._belongings.get(table, [])

    @cached_property
    def _belongings(self) -> dict[Key, list[ViewState]]:
        found: dict[Key, list[ViewState]] = {}
        partitions = sorted(self._in_order("partition"), key=lambda entry: entry["depth"])
        for entry in (*partitions, *self._in_order("hanging"), *self._in_order("belonging")):
            table = self.tables.get(entry.get("relation", 0))
            if table is not None:
                uses = self._uses(entry, {}) | {table} | above(entry, self.schema)
                schema = self.schema(entry["schema"])
                made = hanging(entry, schema, uses, table) if "drop" in entry else belonging(entry, schema, uses)
                found.setdefault(table, []).append(made)
        return found

    def _uses(self, entry: dict[str, Any], views: dict[int, Key]) -> frozenset[Key]:
        """The tables, columns, views and types that a query or an expression uses."""
        needs: set[Key] = set()
        for oid, number in entry.get("uses") or ():
            if number is None:
                needs |= {of[oid] for of in (self.enums, self.domains) if oid in of}
            elif oid in views:
                needs.add(views[oid])
            elif oid in self.tables:
                needs |= {self.tables[oid]} | self._column_keys(self.tables[oid], self._named(oid, [number]))
        return frozenset(needs)

    # Indexes

    def _index(self, row: rows.Index) -> IndexState | None:
        table = self.tables.get(row.relation)
        if table is None:
            return None
        parts = index_parts(row, self._named(row.relation, [n for n in row.columns if n]), self.preparer)
        used = self._named(row.relation, [*row.columns, *(row.needs or ())])
        return IndexState(
            key=self._part("index", table, row.name),
            elements=tuple(Sql.printed(element) for element in parts.elements),
            unique=row.unique,
            where=None if parts.where is None else bare_sql(parts.where),
            comment=row.comment,
            options=parts.options,
            valid=row.valid,
            depends_on=self._column_keys(table, used) | {table},
        )


def is_default(row: rows.Column, sequence: dict[str, Any]) -> bool:
    """Does the column's default take the next value of the sequence?"""
    return f"{sequence['oid']}.0" in (row.default_needs or ())


def creation(view: str, entry: dict[str, Any]) -> Iterator[str]:
    """The statements that make a view again, with what hangs on it."""
    word = "MATERIALIZED VIEW" if entry["materialized"] else "VIEW"
    options = f" WITH ({entry['options']})" if entry["options"] else ""
    populated = "" if entry["populated"] else " WITH NO DATA"
    yield f"CREATE {word} {view}{options} AS {entry['definition'].strip().rstrip(';')}{populated}"
    yield from entry["indexes"] or ()
    for column, default in entry["defaults"] or ():
        yield f"ALTER VIEW {view} ALTER COLUMN {identifier(column)} SET DEFAULT {default}"
    if entry["owner"] is not None:
        yield where_role_is_there(f"ALTER {word} {view} OWNER TO {identifier(entry['owner'])}")
    if entry["comment"] is not None:
        yield f"COMMENT ON {word} {view} IS {literal(entry['comment'])}"
    for column, comment in entry["comments"] or ():
        yield f"COMMENT ON COLUMN {view}.{identifier(column)} IS {literal(comment)}"


def grants(view: str, entry: dict[str, Any]) -> Iterator[str]:
    for privilege, role, grantable in [*(entry["grants"] or ()), *(entry["column_grants"] or ())]:
        yield grant(privilege, view, role, grantable)


def bare_sql(printed: str) -> Sql:
    """A printed expression; for scripts without the brackets around it, and so that it is printed as it is."""
    if printed.startswith("("):
        inside, rest = bracketed(printed)
        if not rest:
            return Sql(kept_nested(inside), printed)
    return Sql(kept_nested(printed), printed)


def default_sql(printed: str | None) -> Sql | None:
    return None if printed is None or NULL_DEFAULT.fullmatch(printed) else Sql.printed(printed)
