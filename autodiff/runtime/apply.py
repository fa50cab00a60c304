"""Running the steps of a plan: online in transactions and under the lock, offline as SQL text."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from autodiff import progress
from autodiff.errors import CommandError, words_of
from autodiff.messages import short_path
from autodiff.operations.offending import rows_against
from autodiff.operations.tree import under_way
from autodiff.runtime.ahead import refuse_ahead
from autodiff.runtime.failure import Stopped, failure
from autodiff.runtime.interrupts import Interrupts
from autodiff.runtime.journal import Entry, Journal, direction_of
from autodiff.runtime.lock import DEFAULT_TIMEOUT, Lock, LockRequest
from autodiff.runtime.outline import statements_of
from autodiff.runtime.ownership import Ownership
from autodiff.runtime.target import Target
from autodiff.runtime.transactions import Transactions
from autodiff.runtime.versions import HeadMaintainer, VersionTable
from autodiff.script.graph import as_tuple

log = logging.getLogger("autodiff.runtime.migration")

COUNTING_TIME = 5  # seconds that counting the rows behind an error may take
TABLE_TIMEOUT = 1.0  # seconds that a statement waits for a table before it lets the application's queries go first


def offline(context: Target, arguments: Mapping[str, Any]) -> None:
    """Write the SQL of the steps instead of executing them."""
    heads = context.get_current_heads()
    steps = context.plan(heads)
    if context.purge:
        raise CommandError(
            "--purge needs a database: it deletes rows that only a database knows", help="run it without --sql"
        )
    maintainer = HeadMaintainer(context, heads)
    for number, step in enumerate(steps):
        with context.begin_transaction(_per_migration=True):
            if number == 0 and not heads:
                context._ensure_version_table()
            log.info("Running %s", step)
            context.impl.static_output(f"-- Running {step.short_log}")
            write_step(context, step, arguments)
            maintainer.update_to_step(step)
            tell_callbacks(context, step, maintainer, arguments)


def write_step(context: Target, step: Any, arguments: Mapping[str, Any]) -> None:
    try:
        step.migration_fn(**arguments)
    except (Exception, SystemExit) as error:
        stopped = Stopped(
            revision=step_id(step),
            doc=getattr(step, "doc", "") or "",
            path=getattr(step.revision, "path", None),
            is_upgrade=step.is_upgrade or step.is_stamp,
            command=command_of(context, step),
            offline=True,
        )
        raise failure(error, stopped) from error


def online(context: Target, arguments: Mapping[str, Any]) -> None:
    """Bring the connection's database from where it is to where the plan leads."""
    transactions = context.transactions
    assert transactions is not None
    transactions.open()
    try:
        OnlineRun(context, transactions, arguments).run()
    except BaseException:
        if not transactions.scope_open:
            transactions.end(after_error=True)
        raise
    if not transactions.scope_open:
        transactions.end()


class OnlineRun:
    """One run over one database."""

    def __init__(self, context: Target, transactions: Transactions, arguments: Mapping[str, Any]) -> None:
        self.context = context
        self.transactions = transactions
        self.arguments = arguments
        self.backend = context.backend
        self.maintainer = HeadMaintainer(context, ())
        self.journal = Journal(context, transactions)
        self.start: tuple[str, ...] = ()

    @property
    def commits_each_revision(self) -> bool:
        context = self.context
        return self.backend.ddl_commits or context._transaction_per_migration or not context.impl.transactional_ddl

    # -- the run

    def run(self) -> None:
        heads = self._heads()
        steps = self.context.plan(heads)
        if steps or self.context.purge:
            self._run_locked(heads, steps)
        if not self.transactions.scope_open:
            self._finish_transaction()

    def _finish_transaction(self) -> None:
        if self.context.opts.get("read_only"):
            self.transactions.rollback()
        else:
            self.transactions.commit()

    def _run_locked(self, heads: tuple[str, ...], steps: list[Any]) -> None:
        try:
            lock = self._locked()
            self._set_up_session()
            now = self._heads()
            if now != heads:
                steps = self.context.plan(now)
            if steps or self.context.purge:
                self._apply(lock, now, steps)
        except BaseException:
            # a failing step has done this already; here it is the lock, the plan, or the version table
            if self.transactions.alive:
                self.transactions.rollback()
            raise
        finally:
            self.transactions.running = False

    def _heads(self) -> tuple[str, ...]:
        with self.transactions.own():
            return self.context.get_current_heads()

    def _locked(self) -> Lock:
        transactions = self.transactions
        ends_transaction = self._leave_idle_transaction()
        lock = self.backend.lock(
            LockRequest(
                connection=transactions.connection,
                version_table=self.context.version_table,
                version_table_schema=self.context.version_table_schema,
                timeout=lock_timeout(self.context),
                ends_transaction=ends_transaction,
                lasts="transaction" if transactions.owner is Ownership.CALLERS else "session",
            )
        )
        with transactions.own():
            lock.acquire()
        transactions.at_end.append(lambda: self._unlock(lock))
        return lock

    def _unlock(self, lock: Lock) -> None:
        if self.transactions.alive:
            lock.release()
        else:
            lock.forget()

    def _leave_idle_transaction(self) -> bool:
        """End a transaction in which nobody but us has done anything; say whether polling may end transactions."""
        transactions = self.transactions
        if transactions.owner is Ownership.CALLERS:
            return False
        if transactions.ours:
            if transactions.used and self.backend.keeps_adopted:
                return False
            if transactions.used:
                transactions.commit()
            else:
                transactions.rollback()
        return True

    def _set_up_session(self) -> None:
        transactions = self.transactions
        if transactions.owner is Ownership.CALLERS or transactions.connection.in_transaction():
            return
        with transactions.own():
            before = self.backend.before_run(transactions.connection, lock_timeout(self.context))
        transactions.at_end.append(lambda: self._restore_session(before))

    def _restore_session(self, before: object) -> None:
        if self.transactions.alive:
            self.backend.after_run(self.transactions.connection, before)

    # -- the steps

    def _apply(self, lock: Lock, heads: tuple[str, ...], steps: list[Any]) -> None:
        self._check_before(steps)
        self.start = heads
        self.transactions.running = True
        self._take_turns()
        self._begin(lock)
        with self.transactions.own():
            if self.transactions.owner is not Ownership.CALLERS:
                self._open_journal(steps)
            self.context._ensure_version_table(purge=self.context.purge)
        self.maintainer.heads = set() if self.context.purge else set(heads)
        self.transactions.interrupts = Interrupts()
        with self.transactions.interrupts:
            for number, step in enumerate(steps):
                progress.at(f"{step.name} {step_id(step)}{said_of(step)}, revision {number + 1} of {len(steps)}")
                if number and self.commits_each_revision:
                    self._begin(lock)
                self._step(lock, step)

    def _take_turns(self) -> None:
        transactions = self.transactions
        seconds = seconds_of(self.context, "table_lock_timeout", TABLE_TIMEOUT)
        if seconds and transactions.ours:
            end = self.backend.take_turns(transactions.connection, seconds, self._may_take_turns)
            transactions.at_end.append(end)

    def _may_take_turns(self) -> bool:
        """Will the next statement run, and in a transaction of ours?

        (The driver may not have sent BEGIN yet: it does with the first statement.)
        """
        transactions, connection = self.transactions, self.transactions.connection
        return (
            transactions.revision is not None
            and not self.journal.leaves_out
            and not transactions.each_statement_commits
            and connection.in_transaction()
            and not transactions.driver.autocommit(connection)
        )

    def _open_journal(self, steps: list[Any]) -> None:
        self.journal.open(steps if not self.context.purge else ())
        self.transactions.at_end.append(self._close_journal)
        if self.context.purge or all(step.is_stamp for step in steps):
            self.journal.forget()

    def _close_journal(self) -> None:
        transactions = self.transactions
        if transactions.alive and (transactions.each_statement_commits or not transactions.connection.in_transaction()):
            self.journal.close()

    def _check_before(self, steps: list[Any]) -> None:
        for step in steps:
            refuse_other_arguments(step, self.arguments)
        versions = VersionTable(self.context)
        with self.transactions.own():
            versions.refuse_duplicates(steps)
            versions.refuse_too_long(change.new for change in self._changes(steps) if change.new)

    def _changes(self, steps: list[Any]) -> Iterator[Any]:
        heads = set(self._heads())
        for step in steps:
            yield from step.version_changes(heads)
            heads = set(step.heads_after(heads))

    def _begin(self, lock: Lock) -> None:
        if not lock.per_transaction:
            self._leave_idle_transaction()  # ours has only read by now; on SQLite, who reads first cannot wait to write
        self.transactions.begin()
        if not lock.per_transaction or self.transactions.owner is Ownership.AUTOCOMMIT:
            return
        with self.transactions.own():
            lock.again()
            heads = set(self.context.get_current_heads())
        if self.maintainer.heads and heads != self.maintainer.heads:
            raise CommandError(
                f"another migrator has moved the database to {', '.join(sorted(heads)) or 'base'} meanwhile",
                help="run the command again",
            )

    def _step(self, lock: Lock, step: Any) -> None:
        transactions = self.transactions
        before = tuple(sorted(self.maintainer.heads))
        transactions.revision, transactions.done, transactions.statement = step_id(step), 0, None
        transactions.rolled_back_in_step = False
        log.info("Running %s", step)
        try:
            with self._journaled(step):
                self._look_ahead(step)
                step.migration_fn(**self.arguments)
                transactions.interrupts.raise_again()
            self._write_version(lock, step)
            if self.commits_each_revision:
                transactions.commit()
        except BaseException as error:
            self._stop(error, step, before)
            raise
        finally:
            transactions.revision = None

    def _look_ahead(self, step: Any) -> None:
        """Stop before anything has changed, where it cannot be rolled back."""
        if self.backend.ddl_commits and not step.is_stamp and self.journal.resuming is None:
            with self.transactions.own():
                refuse_ahead(step, self.context)

    def _journaled(self, step: Any) -> AbstractContextManager[None]:
        if step.is_stamp or self.transactions.owner is Ownership.CALLERS:
            return nullcontext()
        return self.journal.during(step_id(step), direction_of(step))

    def _write_version(self, lock: Lock, step: Any) -> None:
        transactions = self.transactions
        transactions.begin()  # the script may have committed
        with transactions.own():
            lock.check()
            if transactions.rolled_back_in_step:
                self.context._ensure_version_table()
            if not step.is_stamp and transactions.owner is not Ownership.CALLERS:
                self.journal.finish()
            self.maintainer.update_to_step(step)
        tell_callbacks(self.context, step, self.maintainer, self.arguments)
        transactions.pending.append(step_id(step))

    # -- a step that stopped

    def _stop(self, error: BaseException, step: Any, before: tuple[str, ...]) -> None:
        """Roll back, look where the database is now, and raise what a person is told."""
        transactions = self.transactions
        interrupted_by = transactions.interrupts.signal if transactions.interrupts.is_behind(error) else None
        is_cut_off = not isinstance(error, (Exception, SystemExit))  # a task that was cancelled, for one
        if interrupted_by or is_cut_off:
            self._stop_statement()
        self._roll_back_quietly()
        if is_cut_off and not interrupted_by:
            return
        left = self._left(step)
        stopped = Stopped(
            revision=step_id(step),
            doc=getattr(step, "doc", "") or "",
            path=getattr(getattr(step, "revision", None), "path", None),
            is_upgrade=step.is_upgrade or step.is_stamp,
            done=transactions.done,
            statement=transactions.statement,
            written=statements_of(step, self.context),
            rows=self._rows_against(error),
            heads=self._heads_now(),
            before=(self.start, before),
            left="" if left is None else left.kept("the next run"),
            by_hand=left.by_hand if left is not None and left.is_asked_about else "",
            command=command_of(self.context, step),
            owner_is_caller=transactions.owner is Ownership.CALLERS,
            interrupted_by=interrupted_by,
        )
        raise failure(error, stopped) from error

    def _stop_statement(self) -> None:
        thread = self.transactions.thread
        if thread is None:
            return
        try:
            self.backend.stop_statement(self.transactions.connection, thread)
        except Exception as error:
            log.warning("the statement under way may still run on the server: %s", words_of(error))

    def _left(self, step: Any) -> Entry | None:
        """What the database keeps of a step that stopped."""
        if step.is_stamp or self.transactions.owner is Ownership.CALLERS:
            return None
        is_answered = self.transactions.alive
        try:
            with self.transactions.own():
                left = self.journal.failed(is_answered=is_answered)
                self.transactions.connection.commit()
        except Exception:
            log.debug("writing the journal after a failure failed", exc_info=True)
            return None
        return left

    def _rows_against(self, error: BaseException) -> str:
        """Which rows the database has refused a statement for, in words; empty where that is not the cause."""
        transactions = self.transactions
        is_of_rows = (
            isinstance(error, (IntegrityError, DataError, OperationalError)) and not error.connection_invalidated
        )
        if not is_of_rows or not transactions.ours:
            return ""
        try:
            with transactions.own(), self.backend.limited_time(transactions.connection, COUNTING_TIME):
                found = rows_against(under_way.get(), transactions.connection)
        except Exception:
            log.debug("the rows that are in the way cannot be counted", exc_info=True)
            found = ""
        self._roll_back_quietly()
        return found

    def _roll_back_quietly(self) -> None:
        try:
            self.transactions.rollback()
        except Exception:
            log.debug("rolling back after a failure failed", exc_info=True)

    def _heads_now(self) -> tuple[str, ...] | None:
        if self.transactions.owner is Ownership.CALLERS:
            return None
        try:
            heads = self._heads()
            self.transactions.rollback()
        except Exception:
            return None
        return heads


@contextmanager
def autocommit_block(context: Target) -> Iterator[None]:
    transactions = context.transactions
    assert transactions is not None
    opened_here = transactions.owner is None
    transactions.open()
    if transactions.owner is Ownership.AUTOCOMMIT or transactions.in_autocommit:
        yield
        return
    if transactions.owner is Ownership.CALLERS:
        raise CommandError(
            "autocommit_block() has to commit, and the transaction belongs to the program that runs the migrations",
            help="give env.py a connection without an open transaction",
        )
    goes_on = transactions.running or transactions.connection.in_transaction()
    with transactions.autocommit():
        yield
    if goes_on:
        transactions.begin()
    elif opened_here:
        transactions.close()


def tell_callbacks(context: Target, step: Any, maintainer: HeadMaintainer, arguments: Mapping[str, Any]) -> None:
    for callback in context.on_version_apply_callbacks:
        callback(ctx=context, step=step.info, heads=set(maintainer.heads), run_args=dict(arguments))


def refuse_other_arguments(step: Any, arguments: Mapping[str, Any]) -> None:
    """CommandError before anything runs when a script's function wants other arguments than env.py gives."""
    code = getattr(step.migration_fn, "__code__", None)
    if not arguments and code is not None and not code.co_argcount + code.co_kwonlyargcount:
        return
    from inspect import signature

    try:
        signature(step.migration_fn).bind(**arguments)
    except TypeError as error:
        path = short_path(getattr(step.revision, "path", None) or step_id(step))
        raise CommandError(
            f"{path}: {step.migration_fn.__name__}() of revision {step_id(step)} cannot be called: {error}",
            help=f"env.py calls it with {', '.join(arguments) or 'no arguments'}: context.run_migrations(…) hands them on",
        ) from None
    except ValueError:  # a function of C has no signature
        return


def said_of(step: Any) -> str:
    """` (add order status)`; empty where the script says nothing."""
    return f" ({step.doc})" if getattr(step, "doc", None) else ""


def step_id(step: Any) -> str:
    if step.is_stamp:
        return f"the stamp of {', '.join(step.to_revisions) or 'base'}"
    revision = getattr(step, "revision", None)
    return str(getattr(revision, "revision", None) or step)


def lock_timeout(context: Target) -> float:
    """How long to wait for another migrator, in seconds."""
    return seconds_of(context, "lock_timeout", DEFAULT_TIMEOUT)


def seconds_of(context: Target, name: str, default: float) -> float:
    """A time in seconds: the command's option, configure()'s, the configuration's."""
    value = context.opts.get(name)
    if value is None and context.config is not None:
        value = context.config.get_main_option(name)
    if value in (None, ""):
        return default
    try:
        return max(float(value), 0.0)
    except (TypeError, ValueError):
        raise CommandError(f"{name} is {value!r}, which is no number of seconds") from None


def command_of(context: Target, step: Any) -> str:
    """The command that goes on after the cause has been removed."""
    verb = "stamp" if step.is_stamp else "upgrade" if step.is_upgrade else "downgrade"
    target = " ".join(as_tuple(context.opts.get("destination_rev"))) or ("head" if step.is_upgrade else "-1")
    start = context.opts.get("starting_rev") if context.as_sql else None
    return f"autodiff {verb} {f'{start}:' if start else ''}{target}{' --sql' if context.as_sql else ''}"
