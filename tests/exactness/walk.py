"""The walk from one model to another on a real database: write the script, run it, and what a second witness says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from autodiff.autogenerate.comparison import Compared, compare
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.told import Judge
from autodiff.migration import MigrationContext
from autodiff.operations import Operations
from autodiff.operations.tree import OpContainer
from autodiff.preview.report import lines_of
from autodiff.preview.text import body_lines
from autodiff.render.scope import Plain
from autodiff.render.script import imports_block, render_ops
from autodiff.state import Key
from tests import witness
from tests.databases.database import Database, SQLiteDatabase

Models = Callable[[sa.MetaData], object]
Rows = Mapping[str, Sequence[Mapping[str, Any]]]

# Which number a server puts behind a name that it makes up depends on what was there before.
_MADE_UP = re.compile(r"(_ibfk_|CONSTRAINT_|_key|_check|_fkey)\d+")


@dataclass(frozen=True)
class Script:
    """A generated script: its text, the bodies of its two functions, and the differences that it is for."""

    detected: str
    imports: str
    upgrade: str
    downgrade: str

    @property
    def text(self) -> str:
        up, down = (f"def {name}() -> None:\n    {getattr(self, name)}\n" for name in ("upgrade", "downgrade"))
        return f"{self.imports}\n\n\n{up}\n\n{down}"


@dataclass
class Place:
    """One database that is walked on: its engine, the schemas beside the default one, options of `context.configure`.

    `noted` says that what is not compared may be noted.
    """

    database: Database
    schemas: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    noted: bool = False

    def __post_init__(self) -> None:
        self.engine = self.database.engine(poolclass=NullPool)

    def build(self, metadata: sa.MetaData) -> None:
        metadata.create_all(self.engine)

    def fill(self, metadata: sa.MetaData, rows: Rows) -> None:
        with self.engine.begin() as connection:
            for table in metadata.sorted_tables:
                if rows.get(table.key):
                    connection.execute(table.insert(), [dict(row) for row in rows[table.key]])

    def empty(self, metadata: sa.MetaData) -> None:
        """Delete all rows."""
        with self.engine.begin() as connection, _unhindered(connection):
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())

    def raze(self) -> None:
        """Drop everything."""
        if isinstance(self.database, SQLiteDatabase):
            self.database.path.unlink(missing_ok=True)
        else:
            self.database.reset()  # type: ignore[attr-defined]

    def witness(self) -> list[str]:
        with self.engine.connect() as connection:
            return witness.lines(connection, self.schemas)

    def values(self, columns: Mapping[str, tuple[sa.Table, Sequence[str], Sequence[str]]]) -> dict[str, list[Any]]:
        """The rows of some columns of each table, in the order of some others: ``{name: (table, columns, order)}``."""
        found = {}
        with self.engine.connect() as connection:
            for name, (table, wanted, order) in columns.items():
                query = sa.select(*(sa.column(column) for column in wanted)).select_from(
                    sa.table(table.name, schema=table.schema)
                )
                query = query.order_by(*(sa.column(column) for column in order))
                found[name] = [tuple(row) for row in connection.execute(query)]
        return found

    # -- what is tested

    def script(self, metadata: sa.MetaData) -> Script | None:
        """The script that brings the database to the models; None where there is nothing to do."""
        with self.engine.connect() as connection:
            context = self._context(connection, metadata)
            compared = compare(AutogenContext(context))
            assert self.noted or compared.comparison.not_compared == ()
            if not compared.upgrade:
                return None
            judge = Judge(compared, {})
            lines = lines_of(compared.changes, renamed(compared), judge, compared.renamed_parts)
            detected = "\n".join(body_lines(lines, colour=False))
            surroundings = Plain(migration_context=context, imports={"import sqlalchemy as sa"})
            bodies = [render_ops(OpContainer(ops), surroundings) for ops in (compared.upgrade, compared.downgrade)]
            return Script(detected, imports_block(surroundings.imports), *bodies)

    def run(self, script: Script, function: str, metadata: sa.MetaData) -> None:
        """Execute one of its functions, as env.py does."""
        with self.engine.connect() as connection:
            context = self._context(connection, metadata)
            namespace: dict[str, Any] = {}
            exec(compile(script.text, "script", "exec"), namespace)
            namespace["op"] = Operations(context)
            with context.begin_transaction():
                namespace[function]()
            if connection.in_transaction():
                connection.commit()

    def _context(self, connection: sa.Connection, metadata: sa.MetaData) -> Any:
        options = {"target_metadata": metadata, **self.options}
        if self.schemas:
            names = {None, *self.schemas}
            options |= {
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in names,
            }
        return MigrationContext.configure(connection, opts=options)


def renamed(compared: Compared) -> list[tuple[Key, Key]]:
    return [(rename.old, rename.new) for rename in compared.renames]


@contextmanager
def _unhindered(connection: sa.Connection) -> Iterator[None]:
    """Foreign keys in a circle do not stop DELETE."""
    on, off = {
        "postgresql": ("SET session_replication_role = replica", "SET session_replication_role = DEFAULT"),
        "mysql": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
        "mariadb": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
    }.get(connection.dialect.name, ("SELECT 1", "SELECT 1"))
    connection.exec_driver_sql(on)
    yield
    connection.exec_driver_sql(off)


def unnumbered(lines: Sequence[str]) -> list[str]:
    """The witness's lines without the numbers in names that the server made up."""
    return sorted(_MADE_UP.sub(r"\1", line) for line in lines)


def settled(lines: Sequence[str]) -> list[str]:
    """The witness's lines in a form that does not depend on the way by which the same was reached."""
    foreign_keys = {(m[1], m[2]) for line in lines if (m := _MYSQL_FOREIGN_KEY.match(line))}
    return sorted(_items(line) for line in lines if not _backs_foreign_key(line, foreign_keys))


# PostgreSQL's printing is no fixed point: made from its own output, an IN list has its casts at the items.
_CASTS = re.compile(r"\(\(ARRAY\[((?:'(?:[^']|'')*'::[a-z ]+(?:, )?)+)\]\)::([a-z ]+)\[\]\)")
# The index that MySQL makes for a foreign key is called after the column, or after the key if that has a name.
_MYSQL_FOREIGN_KEY = re.compile(r"(.*?): CONSTRAINT `.*` FOREIGN KEY (\(.*?\)) REFERENCES")
_MYSQL_KEY = re.compile(r"(.*?): KEY `.*?` (\(.*?\))$")


def _items(line: str) -> str:
    def of_items(found: re.Match[str]) -> str:
        items = re.findall(r"'(?:[^']|'')*'::[a-z ]+", found[1])
        return f"(ARRAY[{', '.join(f'({item})::{found[2]}' for item in items)}])"

    return _CASTS.sub(of_items, line)


def _backs_foreign_key(line: str, foreign_keys: set[tuple[str, str]]) -> bool:
    found = _MYSQL_KEY.match(line)
    return found is not None and (found[1], found[2]) in foreign_keys
