"""The journal: how far a revision has come whose statements are not all in one transaction.

Where the server commits DDL by itself (MariaDB, MySQL), in an autocommit block, and where a script commits, a revision
can be left half applied. One row per such revision says how many of its statements are done, by a hash of their text,
and which one was about to run; the next run leaves out the ones that are done. The row is written in the transaction of
the work itself, and goes with the version row. An ordinary revision on PostgreSQL or SQLite never has one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, and_, bindparam, event, select
from sqlalchemy.exc import DBAPIError

from autodiff.errors import CommandError, words_of
from autodiff.runtime.backends.backend import READS
from autodiff.runtime.drivers import wait
from autodiff.runtime.remedy import remedy_of
from autodiff.runtime.target import Target
from autodiff.runtime.transactions import Transactions

TEMPORARY = re.compile(r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:LOCAL\s+|GLOBAL\s+)?TEMP(?:ORARY)?\b", re.I)
CHANGES_ROWS = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|WITH|LOAD|COPY|CALL|DO)\b", re.I)


class HalfApplied(CommandError):
    """A revision was left half applied, and it cannot be told, or not be done, what is missing."""


@dataclass(frozen=True)
class Entry:
    """A row of the journal.

    :param applied: how many writing statements of the revision are done.
    :param digest: the hash of their texts.
    :param intent: the statement that was about to run, None where none was.
    :param fingerprint: the hash of the schema before it.
    """

    revision: str
    direction: str
    applied: int
    digest: str
    intent: str | None
    fingerprint: str | None

    @property
    def is_asked_about(self) -> bool:
        """Is there a statement of which nobody can tell whether it ran?"""
        return self.intent is not None and (self.fingerprint is None or CHANGES_ROWS.match(self.intent) is not None)

    def kept(self, next_run: str) -> str:
        """What the database keeps of the revision, and what the next run will do, in words.

        :param next_run: how to call the next run.
        """
        these = "its 1st statement" if self.applied == 1 else f"its first {self.applied} statements"
        if self.intent is None:
            return f"{these}; {next_run} goes on after {'it' if self.applied == 1 else 'them'}"
        perhaps = f"{these}, and perhaps one more" if self.applied else "perhaps its 1st statement"
        if self.is_asked_about:
            return f"{perhaps}: nothing tells whether it ran, so that {next_run} stops there and asks"
        return f"{perhaps}: {next_run} looks whether it ran, and goes on"

    @property
    def by_hand(self) -> str:
        """The way out where the next run cannot go on by itself."""
        return (
            f"look whether it was done, do by hand what is missing of {self.revision}, and say where the database is by"
            " `autodiff stamp --purge REVISION`"
        )


class Journal:
    """The journal of one run; it counts the writing statements of the step under way."""

    def __init__(self, context: Target, transactions: Transactions) -> None:
        self.context = context
        self.transactions = transactions
        self.backend = context.backend
        self.table = journal_table(context)
        self.statements = StepRow(self.table)
        self.entries: dict[tuple[str, str], Entry] = {}
        self.exists = False
        self.step: tuple[str, str] | None = None
        self.count = 0
        self.digest = ""
        self.certain = (0, "")  # what is committed for sure: count and digest
        self.written = False
        self.resuming: Entry | None = None
        self.leaves_out = False  # has an earlier run done the next statement?

    # -- the run

    def open(self, steps: Sequence[Any]) -> None:
        """Read what an earlier run left, and make the table where each revision needs it."""
        connection = self.transactions.connection
        found = entries_in(self.table, connection)
        self.exists = found is not None
        self.entries = {(entry.revision, entry.direction): entry for entry in found or ()}
        self._refuse_other_direction(steps)
        if self.backend.ddl_commits and any(step.is_migration and not step.is_stamp for step in steps):
            self._make_table()

    def _refuse_other_direction(self, steps: Sequence[Any]) -> None:
        wanted = {(step.revision.revision, direction_of(step)) for step in steps if not step.is_stamp}
        for (revision, direction), entry in self.entries.items():
            if (revision, direction) not in wanted and any(direction_of(step) != direction for step in steps):
                raise HalfApplied(
                    f"the {direction} of {revision} was left after {entry.applied} statements",
                    help=f"finish it first, by the {direction} to it; or do by hand what is missing, and say where the"
                    " database is by `autodiff stamp --purge REVISION`",
                )

    def forget(self) -> None:
        """The database is said to be exactly at a revision: nothing is half applied."""
        if self.exists:
            self.transactions.connection.execute(self.table.delete())
            self.entries.clear()

    def close(self) -> None:
        """Take the table away when nothing is left in it."""
        if self.exists and not self.transactions.connection.execute(select(self.table).limit(1)).first():
            self.table.drop(self.transactions.connection)
            if not self.transactions.each_statement_commits:
                self.transactions.connection.commit()

    def _make_table(self) -> None:
        if self.exists:
            return
        try:
            self.table.create(self.transactions.connection)
        except DBAPIError as error:
            said = words_of(error.orig).splitlines()[0]
            raise CommandError(
                f"cannot create the table {self.table.fullname}, which says how far a revision has come: {said}",
                help=remedy_of(error.orig),
            ) from error
        self.exists = True

    # -- a step

    @contextmanager
    def during(self, revision: str, direction: str) -> Iterator[None]:
        """Count the statements of a step, and leave out the ones that an earlier run has done."""
        self.step = (revision, direction)
        self.count, self.digest, self.certain, self.written = 0, "", (0, ""), False
        self.resuming = self.entries.get(self.step)
        self.transactions.journal = self
        if self.resuming is not None:
            self.certain = (self.resuming.applied, self.resuming.digest)
        try:
            with self._leaving_out():
                yield
        finally:
            self.transactions.journal = None

    @contextmanager
    def _leaving_out(self) -> Iterator[None]:
        if self.resuming is None:
            yield
            return
        engine = self.transactions.connection.engine
        listeners: list[tuple[str, Callable[..., bool]]] = [
            ("do_execute", lambda cursor, statement, parameters, context: self._leave_out(context, cursor)),
            ("do_executemany", lambda cursor, statement, parameters, context: self._leave_out(context, cursor)),
            ("do_execute_no_params", lambda cursor, statement, context: self._leave_out(context, cursor)),
        ]
        for name, listener in listeners:
            event.listen(engine, name, listener)
        try:
            yield
        finally:
            for name, listener in listeners:
                event.remove(engine, name, listener)

    def _leave_out(self, context: Any, cursor: Any) -> bool:
        if not self.leaves_out or context.root_connection is not self.transactions.connection:
            return False
        self.leaves_out = False
        if getattr(context.compiled, "effective_returning", None):
            cursor.execute("SELECT NULL WHERE 1 = 0")  # a result without rows, for who fetches what RETURNING gives
        else:
            wait(context.root_connection, 0)  # an AsyncConnection refuses a statement that awaits nothing
        return True

    def finish(self) -> None:
        """The step is done: its row goes together with the version row."""
        if self.resuming is not None and self.count < self.resuming.applied:
            raise self._changed()
        if self.resuming is not None or self.written:
            self._execute(self.statements.delete)

    # -- a statement

    def before(self, statement: str) -> None:
        """Called before each statement of the script."""
        if READS.match(statement):
            return
        if self.resuming is not None and self.count < self.resuming.applied:
            if TEMPORARY.match(statement):
                raise self._cannot("it fills a temporary table, which went with the connection")
            self.leaves_out = True
        elif self.resuming is not None and self.count == self.resuming.applied and self.resuming.intent:
            self._settle(statement, self.resuming)
        elif self._commits(statement):
            self._intend(statement)

    def after(self, statement: str) -> None:
        """Called after each statement of the script that did not fail, or that was left out."""
        if READS.match(statement):
            return
        left_out = self.resuming is not None and self.count < self.resuming.applied
        self.count += 1
        self.digest = hashlib.sha256((self.digest + statement).encode(errors="surrogatepass")).hexdigest()
        if left_out:
            self._compare()
        elif self._commits(statement):
            self.certain = (self.count, self.digest)
            if not self.backend.ddl_commits:
                self._write(self.count, self.digest)

    def checkpoint(self) -> None:
        """Called before a commit in the middle of a step: what is committed with it is done."""
        if self.resuming is not None and self.count < self.resuming.applied:
            return
        if self.count > self.certain[0] or self.transactions.in_autocommit is False:
            self._write(self.count, self.digest)
            self.certain = (self.count, self.digest)

    def failed(self, *, is_answered: bool) -> Entry | None:
        """After the rollback of a step that failed: what stays of it, noted for the next run; None where nothing does.

        What was in doubt stays so until somebody has looked.

        :param is_answered: did the server itself say that the last statement failed? When a connection is cut, it may
            still be at work on what was about to run.
        """
        if self.step is None or not (self.written or self.resuming):
            return None
        found = self._execute(self.statements.find).first()
        if found is None:
            return None
        entry = Entry(*found)
        if self.certain[0] > entry.applied:
            entry = replace(entry, applied=self.certain[0], digest=self.certain[1], intent=None, fingerprint=None)
        elif is_answered and not (self.resuming is not None and self.resuming.intent):
            entry = replace(entry, intent=None, fingerprint=None)
        if entry.applied == 0 and entry.intent is None:
            self._execute(self.statements.delete)
            return None
        self._write(entry.applied, entry.digest, entry.intent, entry.fingerprint)
        return entry

    # -- what is in doubt

    def _settle(self, statement: str, entry: Entry) -> None:
        """The run before was cut off around this statement: has the server done it?"""
        if statement != entry.intent:
            raise self._changed()
        self.backend.clear_way(self.transactions.connection, statement)
        if CHANGES_ROWS.match(statement):
            raise self._cannot("it changes rows, and nothing in the schema tells whether it ran", statement)
        done = self.backend.is_done(self.transactions.connection, statement, entry.fingerprint)
        if done is None:
            raise self._cannot("the schema does not tell whether it ran", statement)
        if done:
            self.resuming = Entry(entry.revision, entry.direction, entry.applied + 1, "", None, None)
            self.leaves_out = True
        else:
            self.resuming = Entry(entry.revision, entry.direction, entry.applied, entry.digest, None, None)
            self._intend(statement)

    def _compare(self) -> None:
        assert self.resuming is not None
        if self.count == self.resuming.applied and self.resuming.digest and self.digest != self.resuming.digest:
            raise self._changed()
        if self.count == self.resuming.applied and not self.resuming.digest:
            self.certain = (self.count, self.digest)  # the one in doubt turned out to be done

    def _changed(self) -> HalfApplied:
        assert self.step is not None
        assert self.resuming is not None
        return HalfApplied(
            f"{self.step[0]} was left after {self.resuming.applied} statements, and its script has another text there now",
            help="restore that part of the script; or do by hand what is missing, and say where the database is by"
            " `autodiff stamp --purge REVISION`",
        )

    def _cannot(self, why: str, statement: str | None = None) -> HalfApplied:
        assert self.step is not None
        assert self.resuming is not None
        about = f"\n  {' '.join(statement.split())[:300]}\n" if statement else " "
        return HalfApplied(
            f"{self.step[0]} was cut off after {self.resuming.applied} statements, and cannot go on by itself:{about}{why}",
            help=self.resuming.by_hand,
        )

    # -- rows

    def _commits(self, statement: str) -> bool:
        return self.transactions.each_statement_commits or self.backend.commits_by_itself(statement)

    def _intend(self, statement: str) -> None:
        connection = self.transactions.connection
        self.backend.clear_way(connection, statement)
        self._write(self.count, self.digest, statement, self.backend.fingerprint(connection, statement))

    def _write(self, applied: int, digest: str, intent: str | None = None, fingerprint: str | None = None) -> None:
        assert self.step is not None
        self._make_table()
        values = {"applied": applied, "digest": digest, "intent": intent, "fingerprint": fingerprint}
        if not self._is_there(values):
            self._execute(self.statements.add, **values)
        self.written = True

    def _is_there(self, values: dict[str, Any]) -> bool:
        """Change the step's row; False where it has none: it is the first, or a rollback of the script took it."""
        if self.resuming is None and not self.written:
            return False
        changed = self._execute(self.statements.change, **values)
        return changed.rowcount > 0 or self._execute(self.statements.find).first() is not None

    def _execute(self, statement: Any, **values: Any) -> Any:
        assert self.step is not None
        of = {"of_revision": self.step[0], "of_direction": self.step[1]}
        return self.transactions.connection.execute(statement, {**of, **values})


class StepRow:
    """The statements on the row of one step, each made once: SQLAlchemy knows it again without looking it through."""

    def __init__(self, table: Table) -> None:
        step: dict[str, Any] = {"revision": bindparam("of_revision"), "direction": bindparam("of_direction")}
        this = and_(*(table.c[name] == value for name, value in step.items()))
        self.find = select(table).where(this)
        self.add = table.insert().values(step)
        self.change = table.update().where(this)
        self.delete = table.delete().where(this)


def entries_in(table: Table, connection: Connection) -> list[Entry] | None:
    """The rows of the journal; None where there is no table."""
    if not connection.dialect.has_table(connection, table.name, schema=table.schema):
        return None
    return [Entry(*row) for row in connection.execute(select(table))]


def half_applied(context: Target, connection: Connection) -> list[Entry]:
    """What earlier runs left half applied."""
    return entries_in(journal_table(context), connection) or []


def direction_of(step: Any) -> str:
    return "upgrade" if step.is_upgrade else "downgrade"


def journal_name(version_table: str) -> str:
    """Not a name like the version table's: tools look for version tables by name, and read `version_num` in each."""
    return f"{version_table}_journal".replace("alembic_version", "autodiff")


def journal_table(context: Target) -> Table:
    return Table(
        journal_name(context.version_table),
        MetaData(),
        Column("revision", String(255), primary_key=True),
        Column("direction", String(9), primary_key=True),
        Column("applied", Integer, nullable=False),
        Column("digest", String(64), nullable=False),
        Column("intent", Text),
        Column("fingerprint", String(64)),
        schema=context.version_table_schema,
    )
