"""The version table: reading the revisions that a database is at, and moving its rows step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Delete, MetaData, String, Table, Update, bindparam, func, inspect, literal_column, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable

from autodiff.errors import CommandError, words_of
from autodiff.runtime.remedy import remedy_of
from autodiff.runtime.target import Target

ID_WIDTH = 32  # the column's width where no id of the scripts is longer


class VersionTableError(CommandError):
    """The version table cannot be read, or holds what no revision is called."""


class VersionTable:
    """The table of one migration context, with its rows."""

    def __init__(self, context: Target) -> None:
        self.context = context

    @property
    def table(self) -> Table:
        return self.context._version

    @property
    def name(self) -> str:
        return self.table.fullname

    def exists(self) -> bool:
        connection = self.context.require_connection()
        return connection.dialect.has_table(connection, self.table.name, schema=self.table.schema)

    def read(self) -> tuple[str, ...]:
        """The revisions that the database is at, sorted; none where the table does not exist.

        :raises VersionTableError: when a row is not a revision id, or stands there twice.
        """
        if not self.exists():
            return ()
        connection = self.context.require_connection()
        try:
            rows = connection.execute(select(self.table.c.version_num)).scalars().all()
        except DBAPIError as error:
            raise self._failed(
                error,
                "read the column version_num of",
                f"it needs a column version_num VARCHAR({ID_WIDTH}); is {self.name} another program's table?",
            ) from error
        self._refuse_odd(rows)
        return tuple(sorted(set(rows)))

    def _failed(self, error: DBAPIError, doing: str, otherwise: str | None = None) -> VersionTableError:
        said = words_of(error.orig).splitlines()[0]
        help_ = remedy_of(error.orig) or otherwise
        return VersionTableError(f"cannot {doing} the version table {self.name}: {said}", help=help_)

    def _refuse_odd(self, rows: Iterable[Any]) -> None:
        odd = [row for row in rows if not isinstance(row, str) or not row.strip()]
        if odd:
            raise VersionTableError(
                f"the version table {self.name} holds {odd[0]!r}, which is no revision id",
                help="correct its rows by hand, or set them anew with `autodiff stamp --purge REVISION`",
            )

    def refuse_duplicates(self, steps: Iterable[Any]) -> None:
        """Refuse a table that holds a revision twice, before anything runs: its rows cannot be moved one by one."""
        if not self.exists():
            return
        column = self.table.c.version_num
        counted = select(column, func.count()).group_by(column).having(func.count() > 1)
        twice = {row[0]: int(row[1]) for row in self.context.require_connection().execute(counted)}
        for step in steps if twice else ():
            for change in step.version_changes(set(twice)):
                if change.old in twice:
                    doing = f"updating {change.old!r} to {change.new!r}" if change.new else f"deleting {change.old!r}"
                    raise unexpected_rows(doing, self.context.version_table, twice[change.old])

    def ensure(self, widest: int = 0) -> None:
        """Create the table where it does not exist.

        :param widest: the length of the longest id that it will have to hold.
        """
        if self.exists():
            return
        connection = self.context.require_connection()
        try:
            self._as_wide_as(widest).create(connection)
        except DBAPIError as error:
            raise self._failed(error, "create") from error

    def create_offline(self, widest: int = 0) -> None:
        self.context.impl._exec(CreateTable(self._as_wide_as(widest)))

    def _as_wide_as(self, widest: int) -> Table:
        kind = self.table.c.version_num.type
        if not isinstance(kind, String) or kind.length is None or kind.length >= widest:
            return self.table
        wider = self.table.to_metadata(MetaData())
        wider.c.version_num.type = String(widest)
        return wider

    def refuse_too_long(self, ids: Iterable[str]) -> None:
        """Refuse an id that the existing table cannot hold, before anything runs."""
        longest = max(ids, key=len, default="")
        connection = self.context.require_connection()
        if len(longest) <= ID_WIDTH or not self.context.backend.keeps_to_width or not self.exists():
            return
        columns = inspect(connection).get_columns(self.table.name, schema=self.table.schema)
        width = next((getattr(c["type"], "length", None) for c in columns if c["name"] == "version_num"), None)
        if width is not None and width < len(longest):
            raise VersionTableError(
                f"revision id {longest!r} has {len(longest)} characters; {self.name}.version_num holds {width}",
                help=f"widen it first: ALTER TABLE {self.name} … version_num VARCHAR({len(longest)})",
            )

    def purge(self) -> None:
        """Delete all rows."""
        if self.context.as_sql:
            self.context.impl._exec(self.table.delete())
        else:
            self.context.require_connection().execute(self.table.delete())


class HeadMaintainer:
    """Keeps the rows of the version table in step with the revisions that are run.

    :param heads: what the table holds now; changed with each step.
    """

    def __init__(self, context: Target, heads: Collection[str]) -> None:
        self.context = context
        self.heads = set(heads)

    def update_to_step(self, step: Any) -> None:
        """Write the rows that this step means.

        :param step: a revision step or a stamp step of a plan.
        """
        for change in step.version_changes(self.heads):
            if change.action == "insert":
                self._insert_version(change.new)
            elif change.action == "update":
                self._update_version(change.old, change.new)
            else:
                self._delete_version(change.old)
        self.heads = set(step.heads_after(self.heads))

    def _insert_version(self, version: str) -> None:
        statement = self.context._version.insert().values(version_num=self._value(version))
        if self.context.as_sql:
            self.context.impl._exec(statement)
        else:
            self.context.require_connection().execute(statement.inline())

    def _update_version(self, old: str, new: str) -> None:
        table = self.context._version
        statement = table.update().where(table.c.version_num == self._value(old))
        self._move(statement.values(version_num=self._value(new)), f"updating {old!r} to {new!r}")

    def _delete_version(self, version: str) -> None:
        table = self.context._version
        self._move(table.delete().where(table.c.version_num == self._value(version)), f"deleting {version!r}")

    def _move(self, statement: Update | Delete, doing: str) -> None:
        if self.context.as_sql:
            self.context.impl._exec(statement)
            return
        result = self.context.require_connection().execute(statement)
        if self.context.dialect.supports_sane_rowcount and result.rowcount != 1:
            raise unexpected_rows(doing, self.context.version_table, result.rowcount)

    def _value(self, version: str) -> Any:
        kind: Any = String()
        if not self.context.as_sql:
            # In the text, so that the server's log and who listens to the statements can read the way of the rows.
            return bindparam(None, version, kind, unique=True, literal_execute=True)
        render = kind.literal_processor(self.context.dialect)
        return literal_column(render(version) if render else repr(version), kind)


def unexpected_rows(doing: str, table: str, found: int) -> CommandError:
    return CommandError(
        f"Online migration expected to match one row when {doing} in {table!r}; {found} found",
        help="another migrator, or a script, has changed the version table: see `autodiff current`",
    )
