"""What SQLite stores of one table and of what hangs on it, and which views and triggers work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autodiff.dialects.sqlite.cursor import Cursor
from autodiff.dialects.sqlite.ddl import index_definition, table_definition
from autodiff.dialects.sqlite.expression import columns_of
from autodiff.dialects.sqlite.lexer import NotUnderstood, Reader, fold, literal, quoted, tokens
from autodiff.dialects.sqlite.parts import ForeignKey, IndexDefinition, TableDefinition
from autodiff.errors import CommandError


@dataclass(frozen=True)
class Stored:
    """:param indexes: by name; those that only back a constraint have no text and are left out.
    :param triggers: statements that make the table's triggers again, the connection's temporary ones included.
    """

    schema: str
    table: TableDefinition
    indexes: Mapping[str, IndexDefinition]
    triggers: tuple[str, ...]

    @property
    def name(self) -> str:
        """The qualified name, quoted."""
        return f"{quoted(self.schema)}.{quoted(self.table.name)}"


def read_stored(cursor: Cursor, schema: str, name: str) -> Stored:
    """:raises CommandError: there is no such table, or its text is not one that a table can be made from again."""
    found = cursor.rows(
        f"SELECT type, name, sql FROM {quoted(schema)}.sqlite_master WHERE lower(tbl_name) = lower(?) ORDER BY rowid",
        (name,),
    )
    texts = [sql for kind, _, sql in found if kind == "table"]
    if not texts:
        raise CommandError(
            f"there is no table {name!r}", help="is the database at the revision that the script expects?"
        )
    indexes = {index: index_definition(sql) for kind, index, sql in found if kind == "index" and sql}
    triggers = [qualified(sql, schema) for kind, _, sql in found if kind == "trigger"]
    try:
        return Stored(schema, table_definition(texts[0]), indexes, (*triggers, *_temporary(cursor, name, schema)))
    except NotUnderstood as error:
        raise CommandError(
            f"table {name!r} cannot be made anew: {error}", help="change it with op.execute()"
        ) from error


def _temporary(cursor: Cursor, name: str, schema: str) -> Iterator[str]:
    """Triggers of the connection on the table: DROP TABLE takes them along, and they are in another catalog."""
    for (sql,) in cursor.rows(
        "SELECT sql FROM sqlite_temp_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?)", (name,)
    ):
        shadowed = cursor.value(
            "SELECT 1 FROM sqlite_temp_master WHERE type = 'table' AND lower(name) = lower(?)", (name,)
        )
        if not shadowed or schema == "temp":
            yield qualified(sql, "temp")


def qualified(sql: str, schema: str) -> str:
    """The statement with the schema of what it makes, which the stored text leaves out."""
    reader = Reader(sql, tokens(sql))
    while not reader.sees_any("TABLE", "INDEX", "VIEW", "TRIGGER"):
        reader.next()
    reader.next()
    reader.take("IF", "NOT", "EXISTS")
    at = reader.next().start
    return f"{sql[:at]}{quoted(schema)}.{sql[at:]}"


def columns_of_index(index: IndexDefinition, table: TableDefinition) -> frozenset[str]:
    """The table's columns that the index uses, folded."""
    used = [columns_of(key.expression, table.scope) for key in index.keys]
    return frozenset().union(*used, columns_of(index.where, table.scope) if index.where else frozenset())


def references_to(cursor: Cursor, schema: str, name: str) -> Iterator[tuple[str, ForeignKey]]:
    """The foreign keys of the schema that refer to a table, its own included, with the table that each belongs to."""
    for (sql,) in cursor.rows(
        f"SELECT sql FROM {quoted(schema)}.sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
    ):
        if fold(name) not in fold(sql) and '"' not in name:
            continue
        try:
            table = table_definition(sql)
        except NotUnderstood:  # a virtual table has no foreign keys
            continue
        yield from ((table.name, key) for key in table.all(ForeignKey) if fold(key.referred) == fold(name))


# views and triggers


def working(cursor: Cursor, schema: str) -> dict[str, str]:
    """The statements that compile each view and trigger, by a word for the object; those that SQLite takes now.

    Never EXPLAIN: it does not look whether the schema has changed, and a driver's cached statement is then stale.
    """
    probes = dict(_probes(cursor, schema))
    return {what: probe for what, probe in probes.items() if cursor.works(probe)}


def broken(cursor: Cursor, schema: str, before: Mapping[str, str]) -> list[str]:
    """The views and triggers that worked before and do not now, with the columns that their tables have now."""
    now = dict(_probes(cursor, schema))
    return [what for what in before if what not in now or not cursor.works(now[what])]


def _probes(cursor: Cursor, schema: str) -> Iterator[tuple[str, str]]:
    for place in dict.fromkeys((schema, "temp")):
        listed = cursor.rows(
            f"SELECT type, name, tbl_name, sql FROM {quoted(place)}.sqlite_master WHERE type IN ('view', 'trigger')"
        )
        for kind, name, table, sql in listed:
            if kind == "view":
                yield f"view {name!r}", f"SELECT 1 FROM {quoted(place)}.{quoted(name)} WHERE 0"
            else:
                target = quoted(table) if place == "temp" else f"{quoted(place)}.{quoted(table)}"
                yield from _trigger_probes(cursor, name, table, target, place, columns_of_trigger(sql))


def columns_of_trigger(sql: str) -> list[str]:
    """The columns of ``UPDATE OF a, b``; none where the trigger is for all or for something else than UPDATE."""
    reader = Reader(sql, tokens(sql))
    while not reader.sees_any("DELETE", "INSERT", "UPDATE"):
        reader.next()
    if not reader.take("UPDATE", "OF"):
        return []
    found = [reader.name()]
    while reader.take(","):
        found.append(reader.name())
    return found


def _trigger_probes(
    cursor: Cursor, name: str, table: str, target: str, place: str, updated: list[str]
) -> Iterator[tuple[str, str]]:
    asked = f"PRAGMA {'' if place == 'temp' else quoted(place) + '.'}table_xinfo({literal(table)})"
    # (Of a view that does not work it is an error.)
    columns = [quoted(row[1]) for row in cursor.rows(asked) if not row[6]] if cursor.works(asked) else []
    if not columns:
        return
    listed = ", ".join(columns)
    changed = [quoted(column) for column in updated] or columns
    for event, probe in (
        ("DELETE", f"DELETE FROM {target} WHERE 0"),
        ("UPDATE", f"UPDATE {target} SET {', '.join(f'{column} = {column}' for column in changed)} WHERE 0"),
        ("INSERT", f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {target} WHERE 0"),
    ):
        yield f"trigger {name!r} ({event} on {table!r})", probe
