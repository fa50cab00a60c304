"""What a dialect's room answers: facts, a bulk reader, canonical forms, and objects for scripts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ClauseElement, Connection, Table
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.schema import Constraint
from sqlalchemy.types import TypeEngine

from autodiff.dialects.features import Features
from autodiff.dialects.wording import reworded
from autodiff.errors import CommandError
from autodiff.kinds import CheckState, ColumnState, EnumState, ExcludeState, IndexState, ViewState, twin_of
from autodiff.kinds.step import Sides, Step
from autodiff.operations.tree import MigrateOperation
from autodiff.state import Change, Comparison, Key, Server, Snapshot, Sql, State
from autodiff.state.state import Options


def everything(name: str | None, kind: str, parents: Mapping[str, str | None]) -> bool:
    """The name filter that lets all names pass."""
    return True


@dataclass(frozen=True)
class Scope:
    """What of a database is read.

    :param schemas: the schemas; None is the default schema. A reader reads all of them in a fixed number of statements.
    :param owned: the schemas in which objects that the models do not have are reported; in the others only the models'
        own tables are looked at.
    :param tables: keys of the models' tables (the reader may read more).
    :param version_tables: keys of tables that are autodiff's own; never reported.
    :param include_name: `context.configure(include_name=…)`: name, kind (``"schema"``, ``"table"``, ``"column"``,
        ``"index"``, ``"unique_constraint"``, ``"foreign_key_constraint"``, ``"check_constraint"``), parents. A reader
        may use it to read less; the driver applies it in any case.
    """

    schemas: tuple[str | None, ...] = (None,)
    owned: frozenset[str | None] = frozenset({None})
    tables: frozenset[Key] = frozenset()
    version_tables: frozenset[Key] = frozenset()
    include_name: Callable[[str | None, str, Mapping[str, str | None]], bool] = field(default=everything)


@dataclass(frozen=True)
class Remade:
    """Statements that make anew what names renamed tables and columns in a text of its own.

    :param forth: what follows the renames.
    :param back: what follows them once they are undone.
    :param refusal: why there are none, although something needs them.
    """

    forth: Sequence[str] = ()
    back: Sequence[str] = ()
    refusal: CommandError | None = None


class Room:
    """How one database pronounces things. One instance per comparison; it may keep what it read off the server.

    :param dialect: SQLAlchemy's dialect, initialised by the connection where there is one.
    """

    features: Features = Features()

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    @cached_property
    def twin(self) -> Dialect:
        return twin_of(self.dialect)

    # Reading

    def server(self, connection: Connection) -> Server:
        """Dialect, version, default schema of the connection, as the keys of the snapshots use them."""
        raise NotImplementedError

    def schema_names(self, connection: Connection) -> list[str]:
        """All schemas that can hold users' objects, the system's and the default one left out."""
        raise NotImplementedError

    def read(self, connection: Connection, scope: Scope) -> Snapshot:
        """All states of the database within the scope, in a number of statements that does not grow with the tables.

        Left out: what is not the user's (extension-owned objects, partitions' children, shadow tables, the version
        tables, indexes that only back a constraint). Texts are as printed; `Sql.canonical` may still be None.
        Never writes, never locks, never calls `nextval`.
        """
        raise NotImplementedError

    def row_counts(self, connection: Connection, tables: Sequence[Key]) -> dict[Key, int]:
        """About how many rows these tables have; without those that nobody has counted and counting would be dear."""
        return {}

    def missing_file(self, url: URL) -> str | None:
        """The file that connecting would make, since the database is not there; None where connecting makes none."""
        return None

    def throw_away(self) -> AbstractContextManager[Connection] | None:
        """An empty database of this kind, which is gone afterwards; None where only a server could make one."""
        return None

    def rehearsed(self, connection: Connection, run: Callable[[Connection], None]) -> list[str] | None:
        """The statements by which `run` changes a throw-away copy of this database, which has its schema and no rows.

        None where all statements can be written without a database.
        """
        return None

    # Canonical forms

    def canonical(
        self,
        connection: Connection,
        models: Snapshot,
        database: Snapshot,
        scope: Scope,
        *,
        scratch: Connection | None = None,
    ) -> Comparison:
        """Both snapshots with every `Sql` in the form in which this database prints it.

        `models` is what `reflect.models` read (texts as SQLAlchemy writes them, SQLAlchemy's objects in `source`). The
        answer's `after` keeps each model state's `source`, and says what the database would make of the models: types
        as `format_type` prints them, implied NOT NULL, serial, names that the server gives to a primary key without
        one (taken from the database where the definition is the same), options at their default left out. Unnamed
        constraints keep their placeholder keys and `unnamed=True`; the differ pairs them by definition.
        What cannot be asked becomes equal on both sides *and* is listed in `not_compared`; no change is invented.
        Leaves no trace in the database and keeps the caller's transaction and session settings as they were.

        :param scratch: a connection to a throw-away database of the same kind, to ask instead where the database refuses.
        """
        raise NotImplementedError

    def companions(self, snapshot: Snapshot, tables: Collection[Key]) -> Mapping[Key, Key]:
        """Indexes of some tables that the database made by itself for a foreign key, each with that foreign key."""
        return {}

    def renamed(self, comparison: Comparison, keys: Mapping[Key, Key]) -> Comparison:
        """A comparison whose `before` has the new names of its tables, with what else that changes here.

        :param keys: the new keys of renamed tables and columns, by the old ones.
        """
        return comparison

    def reworded(self, sql: Sql, names: Mapping[str, str], is_key: bool) -> Sql:
        """An expression of the database's in which columns have new names, as the database then prints it.

        :param names: the new names by the old ones.
        :param is_key: is it a key of an index, which may be a column alone?
        """
        text = reworded(sql.text, names, self.quoted)
        return Sql(text, None if sql.canonical is None else reworded(sql.canonical, names, self.quoted))

    def in_the_way_of_renames(self, snapshot: Snapshot, columns: Sequence[Key]) -> Iterable[Key]:
        """What must go before these columns can be renamed, and come back after: checks, columns that use them …"""
        return ()

    def remade(self, connection: Connection, keys: Mapping[Key, Key]) -> Remade:
        """What is to be said for views and triggers to go on working under the new names; nothing where they follow.

        :param keys: the new keys of renamed tables and columns, by the old ones.
        """
        return Remade()

    # Objects for scripts

    def type_from(self, column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
        """A SQLAlchemy type that compiles to exactly the type of a column that was read from the database."""
        raise NotImplementedError

    def column_keywords(self, column: ColumnState) -> dict[str, Any]:
        """Dialect keywords of a `Column` built from a state (``mysql_…``, ``sqlite_on_conflict_not_null`` …)."""
        return {}

    def is_made_nullable(self, column: ColumnState) -> bool:
        """Is a column that was read from the database made as one that takes NULL?"""
        return column.nullable

    def option_keyword(self, name: str) -> str | None:
        """The keyword under which SQLAlchemy takes an option on this dialect (options carry ``mysql_…`` for MariaDB).

        None for an option that SQLAlchemy has no word for.
        """
        return name

    def options_set_later(self, options: Options) -> dict[str, Any]:
        """Options of a new table that SQLAlchemy's `Table` does not take, and that are set once it is there."""
        return {}

    def keywords_said(self, keywords: dict[str, Any], server: Server) -> dict[str, Any]:
        """The keywords of an object's options as SQLAlchemy writes them on this dialect."""
        return keywords

    def exclude_from(self, state: ExcludeState, table: Table) -> Constraint | None:
        """An EXCLUDE constraint that was read from the database; None where the dialect has none."""
        return None

    def column_of_check(self, state: CheckState) -> str | None:
        """The column in whose definition a CHECK that was read from the database stands; None where beside the columns."""
        return None

    # Planning

    def prelude(self, changes: Sequence[Change[Any]], before: Snapshot) -> Iterable[MigrateOperation]:
        """What a script must say before all else, for this database to run it."""
        return ()

    def auto_name(self, state: State, snapshot: Snapshot) -> str | None:
        """The name that the server will give to a constraint or an index of the models that has none.

        None where it stays unnamed (SQLite), or cannot be foretold.
        """
        return None

    def column_steps(self, change: Change[ColumnState], sides: Sides) -> Iterable[Step] | None:
        """The steps of a column's change, where this database needs its own; None for the usual ones (`kinds.column`)."""
        return None

    def column_keywords_for(self, change: Change[ColumnState], sides: Sides) -> dict[str, Any]:
        """Keywords that an `alter_column` needs here besides the usual ones (``postgresql_using`` …)."""
        return {}

    def value_of_default(self, default: ClauseElement) -> ClauseElement | None:
        """What new rows get by a default of this expression, as a value of an UPDATE; None where that is no value."""
        return default

    def constraint_keywords(self, state: State) -> dict[str, Any]:
        """Keywords that an operation that adds a constraint needs besides those that the models give the constraint."""
        return {}

    def quoted(self, name: str) -> str:
        """A name as databases print it: in quotes where it needs them, its percent signs single."""
        return str(self.twin.identifier_preparer.quote(name))

    def enum_steps(self, change: Change[EnumState], sides: Sides) -> Iterable[Step]:
        """The steps of a change of an enum's labels; only databases with named enums are asked."""
        raise NotImplementedError

    def constraint_steps(self, change: Change[Any], sides: Sides) -> Iterable[Step] | None:
        """The steps of a constraint's change, where this database needs its own; None for the usual ones."""
        return None

    def is_made_apart(self, state: State) -> bool:
        """Is it a constraint that no CREATE TABLE makes, and that comes by a statement of its own behind it?"""
        return False

    def table_sql(self, table: Key) -> str | None:
        """The statement that makes a table of the database, keys included, for which SQLAlchemy has no words."""
        return None

    def with_table(self, table: Key) -> Iterable[ViewState]:
        """What goes with a table of the database, and comes back with it, although models have no words for it: triggers."""
        return ()

    def index_sql(self, state: IndexState) -> str | None:
        """The statement that makes an index for which SQLAlchemy has no words; None for all others."""
        return None

    def goes_by_itself(self, state: State, sides: Sides) -> bool:
        """May an index that the plan drops be gone by then, because the database drops it on its own?"""
        return False

    def refusal(self, step: Step, before: Snapshot) -> str:
        """Why this database will refuse a step whatever rows there are, and the way out; empty where it takes it."""
        return ""

    def restored(self, change: Change[Any], sides: Sides) -> Iterable[Step]:
        """Steps, behind those of a change, that give an object back what no state covers and the change takes away."""
        return ()

    def can_be_renamed(self, change: Change[State], sides: Sides) -> bool:
        """Is nothing in the way of the other name of a constraint or index (of `Features.renamed`) that stays as it is?"""
        return True

    def is_renamed_along(self, change: Change[State], renames: Collection[Change[State]], sides: Sides) -> bool:
        """Does a constraint get its other name with one of these, of another table?"""
        return False

    def edges(self, nodes: Sequence[Any]) -> Iterable[tuple[int, int]]:
        """Pairs (first, then) of positions in `nodes` (`diff.order.Node`): orders that only this database needs."""
        return ()

    def disturbed(self, change: Change[State], before: Snapshot, after: Snapshot) -> Iterable[Key]:
        """Objects of `before` that stand in the way of a change: they are dropped before it and made again after it.

        (On PostgreSQL a CHECK that names a column whose type changes; on MySQL the foreign key over a column that is
        modified …) The planner follows them transitively. In a downgrade the snapshots are swapped: write it so that it
        holds for both directions.
        """
        return ()
