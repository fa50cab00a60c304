"""A live database against what the models, or its own revision's scripts, promise. It is only read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.pool import NullPool

from autodiff.autogenerate.comparison import Compared, version_tables
from autodiff.autogenerate.context import AutogenContext
from autodiff.autogenerate.scratch import ordinary, scratch_database
from autodiff.autogenerate.told import Told, tell, written
from autodiff.dialects import room_of
from autodiff.dialects.room import Room
from autodiff.diff.differ import diff, settled
from autodiff.diff.sides import DatabaseSide
from autodiff.errors import CommandError
from autodiff.logs import RUNS, unheard
from autodiff.preview import Report
from autodiff.preview.drift import drift_text
from autodiff.preview.report import line_of_operation, lines_of
from autodiff.redact import redact
from autodiff.reflect.compare import Database, Question
from autodiff.state import Comparison

if TYPE_CHECKING:
    from autodiff.runtime.migration import MigrationContext
    from autodiff.script.base import Script, ScriptDirectory


@dataclass(frozen=True)
class Checked:
    """:param introduction: where the database is, and what it was compared with.
    :param told: the comparison.
    :param heads: where the database is.
    """

    introduction: Sequence[str]
    told: Told
    heads: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.told.report.lines)

    def written(self, format: str, colour: bool, verbose: bool) -> str:
        if format == "text":
            return drift_text(self.told.report, colour=colour, verbose=verbose)
        return written(self.told, format, colour=colour, verbose=verbose)


class Drift:
    """:param config: the configuration; its env.py is asked for the models, and reaches no database.
    :param url: the database to look at.
    :param scratch_url: an empty database of the same kind, for the scripts.
    :param named: whether somebody named the database; otherwise it is the configuration's.
    """

    def __init__(
        self, config: Any, script: ScriptDirectory, url: str, scratch_url: str | None, *, named: bool = True
    ) -> None:
        self.config = config
        self.script = script
        self.named = named
        self.url = ordinary(url)
        self.scratch_url = None if scratch_url is None else ordinary(scratch_url, "--scratch-url")

    def checked(self, against: str | None, format: str = "text") -> Checked:
        """Compare.

        :param against: ``models``, ``revision``, or None to choose.
        :param format: how it will be written.
        :raises CommandError: the database has no revision to go by, or there is no throw-away database.
        """
        options = self.configured()
        engine = create_engine(self.url, poolclass=NullPool)
        missing = room_of(engine.dialect).missing_file(self.url)
        if missing is not None:
            raise CommandError(f"there is no database {missing!r}", help="is the path in the URL right?")
        with engine.connect() as connection:
            context = self._context(connection, options)
            heads = context.get_current_heads()
            if against is None:
                has_scratch = self.scratch_url is not None or Database(connection).room.throw_away() is not None
                against = "revision" if heads and has_scratch else "models"
            if against == "models":
                found = self._against_models(context, heads)
            else:
                found = self._against_revision(context, heads, options)
            return replace(found, told=found.told.prepared(format))

    def adopt(self, checked: Checked, message: str) -> list[Script | None]:
        """Write a revision that makes what was found, after the head; the database itself is left alone.

        :param checked: a comparison with what the database's revision promises.
        :raises CommandError: the database is not at the head, so that a revision after it would not be its next one.
        """
        from autodiff.autogenerate.revision import RevisionContext

        heads = self.script.get_heads(consider_depends_on=True)
        if set(checked.heads) != set(heads):
            raise CommandError(
                f"{self._name()} is at {self._position(checked.heads)}, and a new revision comes after {', '.join(heads)}",
                help=f"bring the database there first: autodiff upgrade {'head' if len(heads) == 1 else 'heads'}",
            )
        revision = RevisionContext(self.config, self.script, {"message": message, "head": "head"})
        revision.take(checked.heads, checked.told.compared, checked.told.context)
        return list(revision.generate_scripts())

    def configured(self) -> dict[str, Any]:
        """What env.py gives to `context.configure()`; env.py runs offline, so that it opens no connection."""
        from autodiff.runtime.environment import EnvironmentContext

        found: dict[str, Any] = {}

        def remember(heads: Any, context: MigrationContext) -> list[Any]:
            found.update(context.opts)
            return []

        self.config.set_main_option("sqlalchemy.url", self.url.render_as_string(hide_password=False).replace("%", "%%"))
        with (
            unheard(RUNS),
            open(os.devnull, "w", encoding="utf-8") as nowhere,
            EnvironmentContext(self.config, self.script, fn=remember, as_sql=True, output_buffer=nowhere),
        ):
            self.script.run_env()
        return {name: value for name, value in found.items() if name not in _OF_THE_RUN}

    def _context(self, connection: Connection, options: dict[str, Any]) -> MigrationContext:
        from autodiff.runtime.migration import MigrationContext

        return MigrationContext.configure(connection, opts={**options, "read_only": True})

    def _against_models(self, context: MigrationContext, heads: tuple[str, ...]) -> Checked:
        autogen = AutogenContext(context)
        told = tell(autogen, self._position(heads))
        found, parts = (
            [change.swapped() for change in of] for of in (told.compared.changes, told.compared.renamed_parts)
        )
        renamed = [(rename.new, rename.old) for rename in told.compared.renames]
        plugins = [line_of_operation(op).swapped() for op in told.compared.found_by_plugins]
        report = replace(
            told.report,
            models=f"the models say ({told.report.models})",
            lines=[*lines_of(found, renamed, renamed_parts=parts), *plugins],
            way_on=f"The statements that bring it back: {self.command} --sql",
        )
        return Checked([self._where(heads)], replace(told, report=report), heads)

    def _against_revision(self, context: MigrationContext, heads: tuple[str, ...], options: dict[str, Any]) -> Checked:
        if not heads:
            raise CommandError(
                f"{self._name()} has no revision, so that nothing is promised of it",
                help="compare it with the models: autodiff drift --against models",
            )
        self.script.get_all_current(heads)  # an id that no script has is told as such
        assert context.bind is not None
        empty = Question(MetaData(), bool(options.get("include_schemas")), version_tables=version_tables(context))
        live = Database(context.bind)
        found = live.compared(empty)
        with self._scratch(live.room) as connection, unheard(RUNS):
            self._run_scripts(connection, heads, options)
            promised = Database(connection).compared(empty).before
        promised = replace(promised, server=found.before.server)
        comparison = settled(Comparison(promised, found.before, found.not_compared, found.how))
        told = self._told(live, comparison, context, heads)
        return Checked([self._where(heads)], told, heads)

    def _told(self, live: Database, comparison: Comparison, context: MigrationContext, heads: tuple[str, ...]) -> Told:
        """What was found, seen from what was promised; the statements lead back to the promise."""
        promised, found = DatabaseSide(live.room, comparison.before), DatabaseSide(live.room, comparison.after)
        changes = diff(comparison.before, comparison.after)
        compared = Compared(live.room, comparison, promised, found, changes)
        back = Compared(live.room, comparison, found, promised, [change.swapped() for change in changes])
        report = Report(
            database=f"{self._name()} at {self._position(heads)}",
            models=f"{', '.join(heads)} {'promises' if len(heads) == 1 else 'promise'}",
            lines=lines_of(changes, renamed_parts=compared.renamed_parts),
            not_compared=comparison.not_compared,
            how=comparison.how,
            way_on=f"The statements that bring it back: {self.command} --sql      To keep it: {self.command} --adopt",
        )
        autogen = AutogenContext(context, autogenerate=False)
        return Told(report, compared, autogen, way=back)

    def _run_scripts(self, connection: Connection, heads: tuple[str, ...], options: dict[str, Any]) -> None:
        """The history up to these revisions, in the throw-away database."""
        from autodiff.runtime.environment import EnvironmentContext

        def steps(current: Any, context: MigrationContext) -> list[Any]:
            return list(self.script._upgrade_revs(heads[0] if len(heads) == 1 else heads, current))

        environment = EnvironmentContext(self.config, self.script, fn=steps, destination_rev=heads, run_required=True)
        with environment:
            environment.configure(connection=connection, target_metadata=options.get("target_metadata"))
            with environment.begin_transaction():
                environment.run_migrations()

    def _scratch(self, room: Room) -> AbstractContextManager[Connection]:
        """A connection to a throw-away database that is empty."""
        scratch = room.throw_away() if self.scratch_url is None else scratch_database(self.scratch_url)
        if scratch is None:
            raise CommandError(
                "to see what the scripts make, they must run in a throw-away database",
                help="name an empty one with --scratch-url, or compare with the models: --against models",
            )
        return scratch

    # Words

    @property
    def command(self) -> str:
        """How the command was called."""
        scratch = "" if self.scratch_url is None else " --scratch-url …"
        return f"autodiff drift{' --url …' if self.named else ''}{scratch}"

    def _name(self) -> str:
        return redact(self.url.render_as_string(hide_password=True))

    def _position(self, heads: tuple[str, ...]) -> str:
        return ", ".join(heads) or "no revision"

    def _where(self, heads: tuple[str, ...]) -> str:
        """``staging/shop is at 8b1c…; the scripts' head is 3f2a… (1 behind).``"""
        wanted = tuple(self.script.get_heads())
        if not heads:
            return f"{self._name()} is at no revision."
        if set(heads) == set(wanted):
            return f"{self._name()} is at {', '.join(heads)}, the head."
        behind = len(list(self.script._upgrade_revs("heads", heads)))
        return f"{self._name()} is at {', '.join(heads)}; the scripts' head is {', '.join(wanted)} ({behind} behind)."


# Options of one run that another run must not take over.
_OF_THE_RUN = frozenset(
    {
        "as_sql",
        "output_buffer",
        "fn",
        "script",
        "starting_rev",
        "destination_rev",
        "tag",
        "template_args",
        "literal_binds",
    }
)
