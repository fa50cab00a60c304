"""A table made anew without loss: copied into its new form, its rows counted, everything that hangs on it carried over.

Where enforcement of foreign keys is off, the new table is made beside the old one and takes its name. In a transaction
of the user's with enforcement on, the switch has no effect any more: then the rows wait in a temporary table, and what
would delete or change the rows of children is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.visitors import iterate

from autodiff.dialects.sqlite import foreign_keys
from autodiff.dialects.sqlite.cursor import Cursor, legacy_alter_table, transaction
from autodiff.dialects.sqlite.ddl import table_definition
from autodiff.dialects.sqlite.expression import expression, respelled
from autodiff.dialects.sqlite.facts import affinity
from autodiff.dialects.sqlite.lexer import fold, quoted
from autodiff.dialects.sqlite.merge import Body, Sides, merged
from autodiff.dialects.sqlite.parts import Generated, TableDefinition
from autodiff.dialects.sqlite.stored import (
    Stored,
    broken,
    columns_of_index,
    qualified,
    read_stored,
    references_to,
    working,
)
from autodiff.errors import CommandError, RowsInTheWay
from autodiff.operations.batch import TableRebuild


def rebuild(connection: Connection, plan: TableRebuild) -> None:
    """Change the table as planned; rows, rowids, indexes, triggers, statistics and the AUTOINCREMENT counter are kept.

    :raises CommandError: the change would lose rows or values, or break a view or a trigger.
    """
    with transaction(connection) as cursor:
        _change(cursor, connection, plan)


def _change(cursor: Cursor, connection: Connection, plan: TableRebuild) -> None:
    schema, name = plan.before.schema or "main", str(plan.before.name)
    works = working(cursor, schema)
    renames = native_renames(plan)
    renames = {**out_of_the_way(plan, renames), **renames}
    rename_columns(cursor, schema, name, renames)
    stored = read_stored(cursor, schema, name)
    body = merged(stored.table, sides_of(plan, renames, cursor.dialect))
    if says_the_same(body, stored.table):
        for dropped in plan.dropped_indexes:
            cursor.run(f"DROP INDEX IF EXISTS {quoted(schema)}.{quoted(dropped)}")
    else:
        Copy.of(stored, body, sources_of(plan, stored.table, body, renames, cursor.dialect)).make(cursor, connection)
        make_again(cursor, stored, body, plan)
    for index in plan.created_indexes:
        cursor.run(str(CreateIndex(index).compile(dialect=cursor.dialect)))
    refuse_broken(cursor, schema, works, name)
    if plan.renamed_to and plan.renamed_to != name:
        rename_table(cursor, schema, name, plan.renamed_to)


def script(plan: TableRebuild, dialect: Dialect) -> list[str]:
    """The statements of a rebuild for a run that only writes SQL: `before` is all that is known of the table."""
    sides = sides_of(plan, {}, dialect)
    body = merged(sides.before, sides)
    schema, name = plan.before.schema, str(plan.before.name)
    stored = Stored(schema or "main", sides.before, {}, ())
    new, place = f"_autodiff_new_{name}", f"{quoted(schema)}." if schema else ""
    copy = Copy.of(stored, body, sources_of(plan, sides.before, body, {}, dialect))
    created = {str(index.name) for index in plan.created_indexes}
    kept = sorted((i for i in plan.after.indexes if str(i.name) not in created), key=lambda index: str(index.name))
    return [
        body.create(new, schema),
        copy.insertion(f"{place}{quoted(new)}", f"{place}{quoted(name)}", by_rowid=False),
        f"DROP TABLE {place}{quoted(name)}",
        f"ALTER TABLE {place}{quoted(new)} RENAME TO {quoted(plan.renamed_to or name)}",
        *(str(CreateIndex(index).compile(dialect=dialect)) for index in [*plan.created_indexes, *kept]),
    ]


# the two sides


def definition_of(table: Table, dialect: Dialect) -> TableDefinition:
    """The table as SQLAlchemy's CREATE TABLE says it."""
    return table_definition(str(CreateTable(table).compile(dialect=dialect)))


def sides_of(plan: TableRebuild, renames: Mapping[str, str], dialect: Dialect) -> Sides:
    """The table before and after, where columns that were renamed natively have their new names already."""
    origins = {}
    for column in plan.after.columns:
        source = plan.copied.get(column.name)
        if isinstance(source, str):
            origins[fold(column.name)] = source
        elif source is not None and (origin := _origin(str(column.name), source, plan.before)) is not None:
            origins[fold(column.name)] = origin
    return Sides(definition_of(plan.before, dialect), definition_of(plan.after, dialect), origins, renames)


def _origin(new: str, expression: Any, before: Table) -> str | None:
    """The old column that an expression makes the new one of: of the same name, else the only one in it."""
    if new in before.columns:
        return new
    used = {str(part.name) for part in iterate(expression) if isinstance(part, ColumnClause)}
    known = [name for name in used if name in before.columns]
    return known[0] if len(known) == 1 else None


def native_renames(plan: TableRebuild) -> dict[str, str]:
    """The columns that only get another name, old to new: SQLite's own RENAME COLUMN follows into views and triggers."""
    sources = [source for source in plan.copied.values() if isinstance(source, str)]
    return {
        source: new
        for new, source in plan.copied.items()
        if isinstance(source, str)
        and source != new
        and sources.count(source) == 1
        and source not in plan.after.columns
        and (new not in plan.before.columns or is_dropped(plan, new))
    }


def is_dropped(plan: TableRebuild, name: str) -> bool:
    """Does none of the new columns come from this old one?"""
    values = [value for value in plan.copied.values() if not isinstance(value, str)]
    used = {str(part.name) for value in values for part in iterate(value) if isinstance(part, ColumnClause)}
    return name not in used and name not in plan.copied.values()


def out_of_the_way(plan: TableRebuild, renames: Mapping[str, str]) -> dict[str, str]:
    """Names for dropped columns whose own names others get, old to new: RENAME COLUMN wants a name that is free."""
    return {new: f"_autodiff_gone_{new}" for new in renames.values() if new in plan.before.columns}


def rename_columns(cursor: Cursor, schema: str, table: str, renames: Mapping[str, str]) -> None:
    for old, new in renames.items():
        cursor.run(f"ALTER TABLE {quoted(schema)}.{quoted(table)} RENAME COLUMN {quoted(old)} TO {quoted(new)}")


def rename_table(cursor: Cursor, schema: str, old: str, new: str) -> None:
    """RENAME TO; a change of case alone takes two steps, since SQLite knows the name already."""
    if fold(old) == fold(new):
        between = unused_name(cursor, schema, new)
        rename_table(cursor, schema, old, between)
        old = between
    cursor.run(f"ALTER TABLE {quoted(schema)}.{quoted(old)} RENAME TO {quoted(new)}")


def says_the_same(body: Body, table: TableDefinition) -> bool:
    """Does the body say nothing but what is stored?"""
    return (
        list(body.columns.values()) == [column.text for column in table.columns]
        and list(body.constraints) == [part.text for part in table.constraints]
        and body.options == table.options
    )


# rows


@dataclass(frozen=True)
class Source:
    """Where a new column's values come from.

    :param sql: an expression over the old table, which is called `o`.
    :param plain: the old column, where its values are copied as they are.
    """

    sql: str
    plain: str | None = None


def sources_of(
    plan: TableRebuild, stored: TableDefinition, body: Body, renames: Mapping[str, str], dialect: Dialect
) -> dict[str, Source]:
    """By new column; columns without a source get their default."""
    known = {fold(column.name) for column in plan.before.columns}
    found: dict[str, Source] = {}
    for name in body.columns:
        given = plan.copied.get(name)
        if given is None:
            if fold(name) not in known and stored.column(name) is not None:
                found[name] = Source(f"o.{quoted(name)}", name)
        elif isinstance(given, str):
            now = renames.get(given, given)
            found[name] = Source(f"o.{quoted(now)}", now)
        else:
            found[name] = Source(_compiled(given, stored, renames, dialect))
    return found


def _compiled(given: Any, stored: TableDefinition, renames: Mapping[str, str], dialect: Dialect) -> str:
    """The user's expression over the old columns, which may have been renamed meanwhile."""
    text = str(given.compile(dialect=dialect, compile_kwargs={"literal_binds": True, "include_table": False}))
    old = frozenset({fold(column.name) for column in stored.columns} | {fold(name) for name in renames})
    parsed = expression(text)
    return f"({respelled(parsed, replace(stored.scope, columns=old), {fold(a): b for a, b in renames.items()})})"


@dataclass(frozen=True)
class Copy:
    """The copy of a stored table into its new body.

    :param waiting: the name of the temporary table that the rows are in, which is also what their rowid is called there.
    """

    stored: Stored
    body: Body
    new: TableDefinition
    sources: Mapping[str, Source]
    waiting: str | None = None

    @classmethod
    def of(cls, stored: Stored, body: Body, sources: Mapping[str, Source]) -> Copy:
        new = table_definition(body.create(stored.table.name))
        values = {name: source for name, source in sources.items() if not _is_generated(new, name)}
        if new.alias is not None and new.alias not in values and not stored.table.without_rowid:
            values[new.alias] = Source(f"o.{rowid_name(stored.table)}")
        return cls(stored, body, new, values)

    def make(self, cursor: Cursor, connection: Connection) -> None:
        """Copy, and put the copy in the place of the old table. Indexes and triggers are gone then."""
        count = cursor.value(f"SELECT count(*) FROM {self.stored.name}")
        counter = self._counter(cursor)
        with legacy_alter_table(cursor):
            if foreign_keys.enforced(connection) and self._is_referred_to(cursor):
                self._through_temporary(cursor)
            else:
                self._beside(cursor)
        left = cursor.value(f"SELECT count(*) FROM {self.stored.name}")
        if left != count:
            raise CommandError(
                f"table {self.stored.table.name!r} had {count} rows and would have {left}",
                help="nothing is changed; look for a trigger or a foreign key that deletes them",
            )
        self._set_counter(cursor, counter)

    # the two ways

    def _beside(self, cursor: Cursor) -> None:
        name, schema = self.stored.table.name, self.stored.schema
        new = unused_name(cursor, schema, name)
        target = f"{quoted(schema)}.{quoted(new)}"
        cursor.run(self.body.create(new, schema))
        self._insert(cursor, target, self.stored.name, new)
        self._refuse_loss(cursor, target, self.stored.name)
        retag_statistics(cursor, schema, name, new)
        cursor.run(f"DROP TABLE {self.stored.name}")
        cursor.run(f"ALTER TABLE {target} RENAME TO {quoted(name)}")
        retag_statistics(cursor, schema, new, name)

    def _through_temporary(self, cursor: Cursor) -> None:
        """The table keeps its name all the time, and references to it are looked at when the transaction commits."""
        name, schema = self.stored.table.name, self.stored.schema
        self._refuse_actions(cursor)
        deferred = cursor.value("PRAGMA defer_foreign_keys")
        cursor.run("PRAGMA defer_foreign_keys=ON")
        waiting = unused_name(cursor, "temp", name)
        place = f'"temp".{quoted(waiting)}'
        values = [f"{value.sql} AS {quoted(column)}" for column, value in self.sources.items()]
        values += [] if self._rowid is None else [f"{self._rowid} AS {quoted(waiting)}"]
        cursor.run(f"CREATE TABLE {place} AS SELECT {', '.join(values)} FROM {self.stored.name} AS o")
        retag_statistics(cursor, schema, name, waiting)
        cursor.run(f"DROP TABLE {self.stored.name}")
        cursor.run(self.body.create(name, schema))
        waiting_rows = replace(self, sources=_as_they_are(self.sources), waiting=waiting)
        waiting_rows._insert(cursor, self.stored.name, place, waiting)
        waiting_rows._refuse_loss(cursor, self.stored.name, place)
        cursor.run(f"DROP TABLE {place}")
        retag_statistics(cursor, schema, waiting, name)
        if not deferred:
            self._check_now(cursor)

    def _check_now(self, cursor: Cursor) -> None:
        """The references are whole again; what is not, SQLite will say at COMMIT, which is too late for a script."""
        name = self.stored.table.name
        children = {child for child, _ in references_to(cursor, self.stored.schema, name)} | {name}
        for child in sorted(children):
            lost = cursor.rows(f"PRAGMA {quoted(self.stored.schema)}.foreign_key_check({quoted(child)})")
            rows = [row for row in lost if fold(child) == fold(name) or fold(str(row[2])) == fold(name)]
            foreign_keys.tell_new(foreign_keys.counted(rows), refuse=True)

    def _is_referred_to(self, cursor: Cursor) -> bool:
        return any(True for _ in references_to(cursor, self.stored.schema, self.stored.table.name))

    def _refuse_actions(self, cursor: Cursor) -> None:
        """DROP TABLE deletes the rows first; what that does to children is not to be undone."""
        name = self.stored.table.name
        for child, key in references_to(cursor, self.stored.schema, name):
            if key.ondelete in (None, "NO ACTION", "RESTRICT") or fold(child) == fold(name):
                continue
            if cursor.value(f"SELECT 1 FROM {quoted(self.stored.schema)}.{quoted(child)} LIMIT 1"):
                raise CommandError(
                    f"table {name!r} cannot be changed in this transaction: foreign_keys is ON, and "
                    f"{child!r} refers to it with ON DELETE {key.ondelete}",
                    help="let autodiff begin the transaction, or say PRAGMA foreign_keys=OFF before it begins",
                )

    # the rows

    @property
    def _rowid(self) -> str | None:
        """The rowid of the old row, where it is copied apart from the columns and neither table is without."""
        if self.new.alias is not None or self.new.without_rowid or self.stored.table.without_rowid:
            return None
        return f"o.{quoted(self.waiting) if self.waiting else rowid_name(self.stored.table)}"

    def insertion(self, target: str, source: str, by_rowid: bool = True) -> str:
        """The INSERT that copies all rows; an ON CONFLICT of the new table must not swallow any."""
        columns = [quoted(name) for name in self.sources]
        values = [value.sql for value in self.sources.values()]
        if by_rowid and self._rowid is not None:
            columns.append(rowid_name(self.new))
            values.append(self._rowid)
        return f"INSERT OR ABORT INTO {target} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {source} AS o"

    def _insert(self, cursor: Cursor, target: str, source: str, new: str) -> None:
        if not self.sources and self._rowid is None:
            return
        try:
            cursor.run(self.insertion(target, source))
        except IntegrityError as error:
            # Nobody knows the copy, which is gone by then.
            for told in (error, error.orig):
                if told is not None:
                    told.args = tuple(str(said).replace(f"{new}.", f"{self.stored.table.name}.") for said in told.args)
            raise

    def _refuse_loss(self, cursor: Cursor, target: str, source: str) -> None:
        """A column of another affinity stores some values as others ('007' as 7): refuse, before the old ones are gone."""
        joined = self._joined()
        for name, value in self.sources.items():
            if value.plain is None or joined is None or not self._affinity_changes(name, value.plain):
                continue
            new, old = f"n.{quoted(name)}", f"o.{quoted(value.plain)}"
            lost = cursor.rows(
                f"SELECT {old}, {new} FROM {source} AS o JOIN {target} AS n ON {joined} WHERE {_differs(new, old)} LIMIT 1"
            )
            if lost:
                before, after = lost[0]
                raise RowsInTheWay(
                    f"values of {self.stored.table.name}.{name} do not fit its new type: {before!r} would become {after!r}",
                    help="change these values first, with op.execute('UPDATE …')",
                )

    def _affinity_changes(self, name: str, old: str) -> bool:
        return _affinity(self.new, name) != _affinity(self.stored.table, old)

    def _joined(self) -> str | None:
        """How a new row finds the old one that it was copied from."""
        if self._rowid is not None:
            return f"n.{rowid_name(self.new)} = {self._rowid}"
        if self.new.alias is not None and self.new.alias in self.sources:
            return f"n.{quoted(self.new.alias)} = {self.sources[self.new.alias].sql}"
        key = self.new.primary_key
        columns = [column.name for column in key.columns] if key is not None else []
        if not columns or any(self.sources.get(name, Source("")).plain is None for name in columns):
            return None
        return " AND ".join(f"n.{quoted(name)} = {self.sources[name].sql}" for name in columns)

    # AUTOINCREMENT

    def _counter(self, cursor: Cursor) -> int | None:
        key = self.stored.table.primary_key
        if key is None or not key.autoincrement:
            return None
        place = quoted(self.stored.schema)
        found: int | None = cursor.value(
            f"SELECT seq FROM {place}.sqlite_sequence WHERE name = ?", (self.stored.table.name,)
        )
        return found

    def _set_counter(self, cursor: Cursor, counter: int | None) -> None:
        """The largest id ever given. A second row for the table would be ignored, hence no blind INSERT."""
        key = self.new.primary_key
        if counter is None or key is None or not key.autoincrement:
            return
        table, name = f"{quoted(self.stored.schema)}.sqlite_sequence", self.stored.table.name
        if not cursor.run(f"UPDATE {table} SET seq = max(seq, ?) WHERE name = ?", (counter, name)):
            cursor.run(f"INSERT INTO {table} (name, seq) VALUES (?, ?)", (name, counter))


def _as_they_are(sources: Mapping[str, Source]) -> dict[str, Source]:
    """The same columns, read from a table that has them under their new names."""
    return {name: Source(f"o.{quoted(name)}", source.plain) for name, source in sources.items()}


def _is_generated(table: TableDefinition, name: str) -> bool:
    column = table.column(name)
    return column is not None and column.last(Generated) is not None


def _affinity(table: TableDefinition, name: str) -> str:
    column = table.column(name)
    return "blob" if column is None else affinity(column.type_words, table.strict)


def _differs(new: str, old: str) -> str:
    """Other text, and not the same number: 1 is 1.0, and so is '1.50' 1.5, but '007' is not 7."""
    numbers = "('integer', 'real')"
    same_number = f"typeof({new}) IN {numbers} AND typeof({old}) IN {numbers} AND {new} = {old}"
    written = (
        f"typeof({new}) IN {numbers} AND typeof({old}) = 'text' AND length({old}) <= 16 "
        f"AND CAST({old} AS NUMERIC) = {new} AND {old} NOT GLOB '*[^0-9.-]*' AND ltrim({old}, '-') NOT GLOB '0[0-9]*'"
    )
    return f"CAST({new} AS TEXT) IS NOT CAST({old} AS TEXT) AND NOT ({same_number}) AND NOT ({written})"


def rowid_name(table: TableDefinition) -> str:
    """A name of the rowid that no column has taken.

    :raises CommandError: all three are columns.
    """
    taken = {fold(column.name) for column in table.columns} - {fold(table.alias or "")}
    for name in ("rowid", "_rowid_", "oid"):
        if name not in taken:
            return name
    raise CommandError(f"the rowid of table {table.name!r} has no name: rowid, _rowid_ and oid are columns")


def unused_name(cursor: Cursor, schema: str, name: str) -> str:
    """A name for the copy. What is found under the first choice may be somebody's rows, and stays."""
    taken = {fold(str(row[0])) for row in cursor.rows(f"SELECT name FROM {quoted(schema)}.sqlite_master")}
    wanted = f"_autodiff_new_{name}"
    number = 1
    while fold(wanted) in taken:
        number += 1
        wanted = f"_autodiff_new_{name}_{number}"
    return wanted


def retag_statistics(cursor: Cursor, schema: str, old: str, new: str) -> None:
    """Give ANALYZE's numbers to another name: DROP TABLE would delete them."""
    tables = cursor.rows(
        f"SELECT name FROM {quoted(schema)}.sqlite_master WHERE name IN ('sqlite_stat1', 'sqlite_stat4')"
    )
    for (table,) in tables:
        cursor.run(f"UPDATE {quoted(schema)}.{table} SET tbl = ? WHERE tbl = ?", (new, old))


# what hangs on the table


def make_again(cursor: Cursor, stored: Stored, body: Body, plan: TableRebuild) -> None:
    """The indexes that stay, and the triggers. An index that uses a dropped column goes with it."""
    left = {fold(name) for name in body.columns}
    dropped = {fold(name) for name in plan.dropped_indexes}
    for name, index in stored.indexes.items():
        if fold(name) not in dropped and columns_of_index(index, stored.table) <= left:
            cursor.run(qualified(index.sql, stored.schema))
        else:
            forget_statistics(cursor, stored, name)
    for trigger in stored.triggers:
        cursor.run(trigger)


def forget_statistics(cursor: Cursor, stored: Stored, index: str) -> None:
    place = quoted(stored.schema)
    tables = cursor.rows(f"SELECT name FROM {place}.sqlite_master WHERE name IN ('sqlite_stat1', 'sqlite_stat4')")
    for (table,) in tables:
        cursor.run(f"DELETE FROM {place}.{table} WHERE tbl = ? AND idx = ?", (stored.table.name, index))


def refuse_broken(cursor: Cursor, schema: str, before: Mapping[str, str], table: str) -> None:
    """:raises CommandError: a view or trigger that worked before does not any more."""
    lost = broken(cursor, schema, before)
    if lost:
        raise CommandError(
            f"the change of table {table!r} breaks {', '.join(lost)}",
            help="drop it before with op.execute(), and make it anew after",
        )
