"""A change of a schema, done as its users do it and undone again: the ground that the suite's tests stand on."""

from __future__ import annotations

import functools
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.testing import config as untyped_config
from sqlalchemy.testing import fixtures
from sqlalchemy.testing.assertions import eq_

from autodiff.autogenerate.api import AutogenContext, produce_migrations
from autodiff.operations.base import Operations
from autodiff.operations.tree import OpContainer
from autodiff.render.script import render_ops
from autodiff.runtime.migration import MigrationContext

#: what SQLAlchemy's plugin sets up: `db`, the engine, and `requirements`
config: Any = untyped_config
TablesTest = fixtures.TablesTest

F = TypeVar("F", bound=Callable[..., Any])


class TestBase(fixtures.TestBase):
    """A class of tests, as SQLAlchemy's pytest plugin collects them."""


class MigrationTest(TestBase):
    """Tests of changes. Each runs on every database that `--dburi` names."""

    __backend__ = True

    def change(
        self, before: sa.MetaData, after: sa.MetaData, rows: dict[str, list[dict[str, Any]]] | None = None
    ) -> list[str]:
        """Bring a database from some tables to others by generated scripts, and back.

        Asserted: right after `create_all` there is no difference; the upgrade leaves none; the downgrade leaves none;
        the rows of columns that stay are kept.

        :param before: the tables that are there.
        :param after: the tables that are wanted.
        :param rows: rows to put into tables first, by table.
        :return: what was found different: `add_column`, `modify_type` …; sorted.
        """
        with created(before, after) as connection:
            filled(connection, before, rows or {})
            same(connection, before, after, "right after create_all there is a difference")
            upgrade, downgrade, found = scripts(connection, after, before)
            execute(connection, after, upgrade)
            same(connection, after, before, f"after the upgrade\n{upgrade}\n")
            kept(connection, after, rows or {})
            execute(connection, before, downgrade)
            same(connection, before, after, f"after the downgrade\n{downgrade}\n")
            kept(connection, before, rows or {})
        return found

    @staticmethod
    def found(found: list[str], wanted: list[str]) -> None:
        """Assert that these differences were found, whatever goes with them (on MySQL, a foreign key's index)."""
        missing = list((Counter(wanted) - Counter(found)).elements())
        eq_(missing, [], f"not found: {missing}; found: {found}")
        assert found, "no difference was found"

    def unchanged(self, before: sa.MetaData, after: sa.MetaData) -> None:
        """Assert that tables which are written differently are the same to the database."""
        with created(before, after) as connection:
            same(connection, after, before, "afterwards")

    def altered(
        self, before: sa.MetaData, after: sa.MetaData, alter: Callable[[Operations], Any], **rows: list[dict[str, Any]]
    ) -> None:
        """Run operations, and assert that the tables are then as they are said to be.

        :param before: the tables that are there.
        :param alter: given an Operations object, changes them.
        :param after: the tables as they have to be then.
        :param rows: rows to put into tables first, by table.
        """
        with created(before, after) as connection:
            filled(connection, before, rows)
            context = migration_context(connection, after, before)
            with Operations.context(context) as op:
                alter(op)
            connection.commit()
            same(connection, after, before, "afterwards")


def requires(*names: str) -> Callable[[F], F]:
    """Skip the decorated test where one of these requirements is closed."""

    def decorate(test: F) -> F:
        @functools.wraps(test)
        def run(*args: Any, **kw: Any) -> Any:
            for name in names:
                if not getattr(config.requirements, name).enabled:
                    config.skip_test(f"the requirement {name} is closed")
            return test(*args, **kw)

        return run  # type: ignore[return-value]

    return decorate


@contextmanager
def created(before: sa.MetaData, *others: sa.MetaData) -> Iterator[sa.Connection]:
    """A connection to a database that has these tables; afterwards they are gone, whatever became of them."""
    names = {table.name for metadata in (before, *others) for table in metadata.tables.values()}
    with config.db.connect() as connection:
        dropped(connection, names)
        before.create_all(connection)
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            dropped(connection, names)


def dropped(connection: sa.Connection, names: Iterable[str]) -> None:
    """Drop the tables of these names, if they are there."""
    present = set(sa.inspect(connection).get_table_names()).intersection(names)
    found = sa.MetaData()
    found.reflect(connection, only=sorted(present))
    found.drop_all(connection)
    connection.commit()


def migration_context(connection: sa.Connection, wanted: sa.MetaData, other: sa.MetaData) -> MigrationContext:
    """A context that compares everything, and looks at the tables of the test alone."""
    names = {table.name for metadata in (wanted, other) for table in metadata.tables.values()}

    def include_name(name: str | None, type_: str, parents: Any) -> bool:
        return type_ != "table" or name in names

    return MigrationContext.configure(
        connection,
        opts={
            "target_metadata": wanted,
            "compare_type": True,
            "compare_server_default": True,
            "include_name": include_name,
            "render_as_batch": not config.requirements.alter_in_place.enabled,
        },
    )


def differences(connection: sa.Connection, wanted: sa.MetaData, other: sa.MetaData) -> list[Any]:
    """The differences between the database and `wanted`, as tuples."""
    found = produce_migrations(migration_context(connection, wanted, other), wanted).upgrade_ops
    connection.commit()
    assert found is not None
    return list(found.as_diffs())


def scripts(connection: sa.Connection, wanted: sa.MetaData, other: sa.MetaData) -> tuple[str, str, list[str]]:
    """The generated upgrade and downgrade as programs, and the kinds of differences between them."""
    context = migration_context(connection, wanted, other)
    script = produce_migrations(context, wanted)
    connection.commit()
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    upgrade, downgrade = (program(context, ops) for ops in (script.upgrade_ops, script.downgrade_ops))
    return upgrade, downgrade, sorted(kinds(script.upgrade_ops.as_diffs()))


def same(connection: sa.Connection, wanted: sa.MetaData, other: sa.MetaData, when: str) -> None:
    """Assert that there is no difference; the message names those that there are, and when."""
    found = differences(connection, wanted, other)
    eq_(found, [], f"{when}: {found!r}")


def kinds(diffs: Iterable[Any]) -> Iterator[str]:
    """The first words of diff tuples, those of altered columns among them."""
    for diff in diffs:
        if isinstance(diff, list):
            yield from kinds(diff)
        else:
            yield diff[0]


def program(context: MigrationContext, ops: OpContainer) -> str:
    """Operations as the text that would stand in a script."""
    autogen_context = AutogenContext(context)
    body = textwrap.indent(textwrap.dedent(render_ops(ops, autogen_context)), "    ")
    return "\n".join([*sorted(autogen_context.imports), "def run():", body, "run()", ""])


def execute(connection: sa.Connection, wanted: sa.MetaData, text: str) -> None:
    """Run the text of a script, and commit."""
    with Operations.context(migration_context(connection, wanted, wanted)) as op:
        exec(compile(text, "<script>", "exec"), {"op": op, "sa": sa})
    connection.commit()


def filled(connection: sa.Connection, metadata: sa.MetaData, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Put rows into tables."""
    for name, values in rows.items():
        connection.execute(metadata.tables[name].insert(), values)
    connection.commit()


def kept(connection: sa.Connection, metadata: sa.MetaData, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Assert that what was put into columns that are still there is in them."""
    for name, values in rows.items():
        table = metadata.tables[name]
        columns = [table.c[key] for key in values[0] if key in table.c]
        found = sorted(tuple(row) for row in connection.execute(sa.select(*columns)))
        wanted = sorted(tuple(row[column.key] for column in columns) for row in values)
        eq_(found, wanted)
    connection.commit()
