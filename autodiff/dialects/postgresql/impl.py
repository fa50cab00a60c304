"""DDL as PostgreSQL says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from autodiff.ddl import objects
from autodiff.ddl.base import (
    AlterColumn,
    AlterTableClause,
    ComputedColumnDefault,
    IdentityColumnDefault,
    RenameTable,
    alter_start,
    format_type,
    instance_of,
    rename_to,
)
from autodiff.ddl.base import visit_computed_column as visit_any_computed_column
from autodiff.ddl.impl import DefaultImpl
from autodiff.dialects.postgresql import domains, enums, misfits, sequences
from autodiff.dialects.postgresql.refused import WAY_OUT
from autodiff.dialects.postgresql.words import split_list
from autodiff.errors import CommandError

DEFERRED = """
SELECT string_agg(DISTINCT quote_ident(n.nspname) || '.' || quote_ident(k.conname), ', ')
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE k.condeferred AND to_regclass(:name) IN (k.conrelid, k.confrelid)
"""


class PostgresqlIdentity(IdentityColumnDefault):
    """Change the identity.

    :param restart: the value that it goes on with; True for its start, None for the one that it has.
    """

    restart: int | bool | None = None


class PostgresqlColumnType(AlterColumn):
    """Change the type, with the expression that converts what is stored.

    :param using: SQL of the expression; None for PostgreSQL's own cast.
    """

    def __init__(self, name: str, column_name: str, type_: Any, **kw: Any) -> None:
        self.using = kw.pop("using", None)
        super().__init__(name, column_name, **kw)
        self.type_ = instance_of(type_)


_WITH_INDEX = (sa.PrimaryKeyConstraint, sa.UniqueConstraint, ExcludeConstraint)


def refers_to_itself(foreign_key: sa.ForeignKeyConstraint) -> bool:
    """Is it a reference of a table to that table?"""
    return all(e.target_fullname.rpartition(".")[0] == foreign_key.table.fullname for e in foreign_key.elements)


class PostgresqlImpl(DefaultImpl):
    """The words of PostgreSQL."""

    __dialect__ = "postgresql"
    transactional_ddl = True
    supports_exclude = True
    named_enums = True
    type_synonyms = (*DefaultImpl.type_synonyms, {"FLOAT", "DOUBLE PRECISION"})
    identity_attrs_ignore = ("on_null", "order")

    def defaults_differ(self, column: Column[Any], found: str | None, wanted: str | None) -> bool:
        if column.primary_key and column is column.table._autoincrement_column:
            return False  # SERIAL
        if found is None or wanted is None or found == wanted or not isinstance(self.connection, sa.Connection):
            return found != wanted
        return "nextval(" in found + wanted or not self._same_value(column.type, found, wanted)

    def _same_value(self, type_: TypeEngine[Any], one: str, other: str) -> bool:
        """Do two expressions give the same value of this type? What cannot be asked is not the same."""
        assert self.connection is not None
        name = type_.compile(dialect=self.dialect)
        values = [f"CAST(({text}) AS {name})::text" for text in (one, other)]
        question = sa.text(f"SELECT {' IS NOT DISTINCT FROM '.join(values)}".replace(":", "\\:"))
        transaction = self.connection.begin_nested()
        try:
            return bool(self.connection.scalar(question))
        except SQLAlchemyError:
            return False
        finally:
            transaction.rollback()

    def __init__(self, dialect: Any, *args: Any, **kw: Any) -> None:
        super().__init__(dialect, *args, **kw)
        if dialect.server_version_info is None:
            # standard_conforming_strings is on since PostgreSQL 9.1; before it connects, SQLAlchemy 2.0 doubles backslashes.
            self._script_dialect._backslash_escapes = False  # type: ignore[attr-defined]

    def prep_table_for_batch(self, batch_impl: Any, table: sa.Table) -> None:
        """Free the names that constraints with an index have: they are one name space per schema."""
        named = [constraint for constraint in table.constraints if constraint.name is not None]
        named.sort(key=lambda constraint: str(constraint.name))
        for constraint in named:  # first what stands on such an index
            if isinstance(constraint, sa.ForeignKeyConstraint) and refers_to_itself(constraint):
                self.drop_constraint(constraint)
        for constraint in named:
            if isinstance(constraint, _WITH_INDEX):
                self.drop_constraint(constraint)

    def alter_column(
        self,
        table_name: str,
        column_name: str,
        *,
        nullable: bool | None = None,
        server_default: Any = False,
        name: str | None = None,
        type_: TypeEngine[Any] | None = None,
        schema: str | None = None,
        autoincrement: bool | None = None,
        existing_type: TypeEngine[Any] | None = None,
        existing_server_default: Any = None,
        existing_nullable: bool | None = None,
        existing_autoincrement: bool | None = None,
        **kw: Any,
    ) -> None:
        using = kw.pop("postgresql_using", None)
        existing: dict[str, Any] = {
            "schema": schema,
            "existing_type": existing_type,
            "existing_server_default": existing_server_default,
            "existing_nullable": existing_nullable,
        }
        is_other_identity = isinstance(server_default, sa.Identity) and isinstance(existing_server_default, sa.Identity)
        # Bounds that only the old type has go before it.
        comes_first = is_other_identity and is_narrower(existing_type, type_)
        if comes_first:
            self._change_identity(table_name, column_name, server_default, existing, data_type=type_)
        if type_ is not None:
            if server_default is not False and plain_default(existing_server_default):
                # The old default cannot always be cast (42804), and would keep the old type's cast where it can.
                self._exec(self.default_element(table_name, column_name, None, existing))
                existing["existing_server_default"] = None
            self._change_type(PostgresqlColumnType(table_name, column_name, type_, using=using, **existing))
        if is_other_identity:
            if not comes_first:
                self._change_identity(table_name, column_name, server_default, existing)
            server_default = False
        if server_default is not False and is_other_kind(existing["existing_server_default"], server_default):
            # A column has a default or an identity (55000), and one statement takes away what the other has made; one
            # with an identity stays NOT NULL.
            self._exec(self.default_element(table_name, column_name, None, existing))
            existing["existing_server_default"] = None
            server_default = False if server_default is None else server_default
        super().alter_column(
            table_name, column_name, nullable=nullable, server_default=server_default, name=name, **existing, **kw
        )

    def _change_identity(
        self, table_name: str, column_name: str, identity: sa.Identity, existing: Mapping[str, Any], **also: Any
    ) -> None:
        """:param also: what will change of the sequence besides."""
        change = PostgresqlIdentity(table_name, column_name, identity, self, **existing)
        options = {**sequences.of_identity(identity), **also}
        change.restart = self._restart_of_column(table_name, column_name, existing["schema"], options)
        self._exec(change)

    def _change_type(self, element: PostgresqlColumnType) -> None:
        """With the identity's sequence, whose type follows."""
        words, schema = enums.Words(self), element.schema
        if is_narrower(element.existing_type, element.type_):
            type_ = {"data_type": element.type_}
            restart = self._restart_of_column(element.table_name, element.column_name, schema, type_)
            if restart is not None:
                same = PostgresqlIdentity(element.table_name, element.column_name, None, self, schema=schema)
                same.restart = restart
                self._exec(same)
        misfits.change_type(
            self,
            element,
            table=words.name(element.table_name, schema),
            column=words.column(element.column_name),
            type_=domains.type_text(words, element.type_),
            using=element.using,
        )

    def _restart_of_column(
        self, table_name: str, column_name: str, schema: str | None, options: Mapping[str, Any]
    ) -> int | bool | None:
        if self.as_sql or not isinstance(self.connection, sa.Connection):
            return None
        table = enums.Words(self).name(table_name, schema)
        sequence = sequences.of_column(self.connection, table, column_name)
        return None if sequence is None else sequences.restart(self.connection, sequence, options)

    def alter_sequence(
        self,
        name: str,
        *,
        schema: str | None = None,
        options: Mapping[str, Any],
        restart: int | bool | None = None,
    ) -> None:
        if restart is None and not self.as_sql and isinstance(self.connection, sa.Connection):
            restart = sequences.restart(self.connection, enums.Words(self).name(name, schema), options)
        super().alter_sequence(name, schema=schema, options=options, restart=restart)

    def create_enum(
        self, name: str, values: Sequence[str], *, schema: str | None = None, comment: str | None = None
    ) -> None:
        self._exec(objects.CreateEnum(name, values, schema))
        if comment is not None:
            self._exec(objects.CommentOnEnum(name, comment, schema))

    def drop_enum(self, name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
        self._exec(objects.DropEnum(name, schema, if_exists=if_exists))

    def add_enum_value(self, name: str, value: str, *, schema: str | None = None, **place: Any) -> None:
        self._exec(objects.AddEnumValue(name, value, schema, **place))

    def rename_enum_value(self, name: str, old: str, new: str, *, schema: str | None = None) -> None:
        self._exec(objects.RenameEnumValue(name, old, new, schema))

    def replace_enum(self, name: str, values: Sequence[str], *, schema: str | None = None, **how: Any) -> None:
        enums.replace_enum(self, name, values, schema=schema, **how)

    def create_domain(self, name: str, type_: Any, *, schema: str | None = None, **what: Any) -> None:
        for statement in domains.creation(enums.Words(self), name, type_, schema, **what):
            self.verbatim(statement)

    def alter_domain(self, name: str, *, schema: str | None = None, **what: Any) -> None:
        for statement in domains.alterations(enums.Words(self), name, schema, **what):
            self.verbatim(statement)

    def drop_domain(self, name: str, *, schema: str | None = None, if_exists: bool = False) -> None:
        self.verbatim(f"DROP DOMAIN {'IF EXISTS ' if if_exists else ''}{enums.Words(self).name(name, schema)}")

    def settle_rows(self, table_name: str, schema: str | None) -> None:
        """Deferred constraints are looked at now: "cannot ALTER TABLE because it has pending trigger events" (55006)."""
        if self.as_sql or not isinstance(self.connection, sa.Connection):
            return
        name = {"name": enums.Words(self).name(table_name, schema)}
        names = self.connection.execute(sa.text(DEFERRED), name).scalar()
        if names:
            self.verbatim(f"SET CONSTRAINTS {names} IMMEDIATE")
            self.verbatim(f"SET CONSTRAINTS {names} DEFERRED")

    def set_table_options(
        self, table_name: str, options: Mapping[str, Any], *, existing: Mapping[str, Any], schema: str | None = None
    ) -> None:
        for clause in table_clauses(self.dialect.identifier_preparer, options, existing):
            self._exec(AlterTableClause(table_name, clause, schema=schema))


def is_narrower(old: Any, new: Any) -> bool:
    """Is it an integer type with less numbers than the old one?"""
    if old is None or new is None:
        return False
    limits = [sequences.SEQUENCE_LIMITS.get(sequences.type_name(type_)) for type_ in (old, new)]
    return None not in limits and limits[1] < limits[0]  # type: ignore[operator]


def is_other_kind(old: Any, new: Any) -> bool:
    """Is one an identity, and the other a plain default or, behind an identity, none?"""
    if isinstance(new, sa.Identity):
        return plain_default(old)
    return isinstance(old, sa.Identity) and not isinstance(new, sa.Computed)


def plain_default(default: Any) -> bool:
    """Is it a default that DROP DEFAULT takes away?"""
    is_given = default is not None and default is not False
    return is_given and not isinstance(default, (sa.Computed, sa.Identity))


@compiles(RenameTable, "postgresql")
def visit_rename_table(element: RenameTable, compiler: DDLCompiler, **kw: Any) -> str:
    return rename_to(element, compiler)


@compiles(PostgresqlColumnType, "postgresql")
def visit_column_type(element: PostgresqlColumnType, compiler: DDLCompiler, **kw: Any) -> str:
    # The driver reads a doubled % as one.
    text = str(element.using or "").replace("%", "%%" if compiler.preparer._double_percents else "%")
    using = f" USING {text}" if text else ""
    return f"{alter_start(element, compiler)} TYPE {format_type(compiler, element.type_)}{using}"


@compiles(ComputedColumnDefault, "postgresql")
def visit_computed_column(element: ComputedColumnDefault, compiler: DDLCompiler, **kw: Any) -> str:
    if element.default is not None:
        return visit_any_computed_column(element, compiler, **kw)
    return f"{alter_start(element, compiler)} DROP EXPRESSION"


@compiles(IdentityColumnDefault, "postgresql")
def visit_identity_column(element: IdentityColumnDefault, compiler: Any, **kw: Any) -> str:
    start = alter_start(element, compiler)
    restart = getattr(element, "restart", None)
    again = "RESTART" if restart is True else None if restart is None else f"RESTART WITH {restart}"
    if element.default is None and again is not None:
        return f"{start} {again}"
    if element.default is None:
        return f"{start} DROP IDENTITY"
    if not isinstance(element.existing_server_default, sa.Identity):
        column = Column("x", sa.Integer, element.default)
        return f"{start} ADD {compiler.visit_identity_column(column.identity).strip()}"
    changes = identity_changes(element.existing_server_default, element.default)
    if again is not None and "RESTART" not in changes:
        changes.append(again)
    return f"{start} {' '.join(changes)}"


_WORDS = {
    "start": "START WITH",
    "increment": "INCREMENT BY",
    "minvalue": "MINVALUE",
    "maxvalue": "MAXVALUE",
    "cache": "CACHE",
}


def goes_down(identity: sa.Identity) -> bool:
    return (identity.increment or 1) < 0


def turns_with(option: str, turns: bool) -> bool:
    """Is the option, where nothing is said, another one because the sequence turns round?"""
    return turns and option in ("start", "minvalue", "maxvalue")


def unsaid(option: str, identity: sa.Identity) -> str:
    """The clause that brings an option back to what it is where nothing is said."""
    first = (identity.maxvalue or -1) if goes_down(identity) else (identity.minvalue or 1)
    return {
        "start": f"START WITH {first}",
        "increment": "INCREMENT BY 1",
        "minvalue": "NO MINVALUE",
        "maxvalue": "NO MAXVALUE",
        "cache": "CACHE 1",
    }[option]


def identity_changes(before: sa.Identity, after: sa.Identity) -> list[str]:
    """The clauses of ALTER COLUMN that make one identity the other."""
    clauses = []
    # One that turns round has the other bounds, and would go on from a value that is out of them.
    turns = goes_down(before) != goes_down(after)
    if bool(before.always) != bool(after.always):
        clauses.append(f"SET GENERATED {'ALWAYS' if after.always else 'BY DEFAULT'}")
    for option, words in _WORDS.items():
        old, new = getattr(before, option), getattr(after, option)
        if new is not None and new != old:
            clauses.append(f"SET {words} {new}")
        elif new is None and (old is not None or turns_with(option, turns)) and not getattr(after, f"no{option}", None):
            clauses.append(f"SET {unsaid(option, after)}")
    for option, word in (("nominvalue", "NO MINVALUE"), ("nomaxvalue", "NO MAXVALUE")):
        if getattr(after, option) and not getattr(before, option):
            clauses.append(f"SET {word}")
    if bool(before.cycle) != bool(after.cycle):
        clauses.append(f"SET {'' if after.cycle else 'NO '}CYCLE")
    if turns:
        clauses.append("RESTART")
    return clauses or ["SET GENERATED " + ("ALWAYS" if after.always else "BY DEFAULT")]


def table_clauses(preparer: Any, options: Mapping[str, Any], existing: Mapping[str, Any]) -> Iterator[str]:
    """The clauses of ALTER TABLE that change the options."""
    for name, value in options.items():
        if name == "prefixes":
            yield from _logged("UNLOGGED" in (value or ()), "UNLOGGED" in (existing.get(name) or ()))
        elif name == "postgresql_unlogged":
            yield from _logged(bool(value), bool(existing.get(name, not value)))
        elif name == "postgresql_with":
            yield from _storage(dict(value or {}), dict(existing.get(name) or {}))
        elif name == "postgresql_tablespace":
            yield f"SET TABLESPACE {preparer.quote(value or 'pg_default')}"
        elif name == "postgresql_using":
            yield f"SET ACCESS METHOD {preparer.quote(value or 'heap')}"
        elif name == "postgresql_inherits":
            yield from _inherits(_parents(value), _parents(existing.get(name)))
        elif name.startswith("postgresql_"):
            raise CommandError(
                f"PostgreSQL cannot change {name.removeprefix('postgresql_')} of a table that exists",
                help=WAY_OUT,
            )


def _logged(unlogged: bool, was: bool) -> Iterator[str]:
    if unlogged != was:
        yield "SET UNLOGGED" if unlogged else "SET LOGGED"


def _storage(options: Mapping[str, Any], existing: Mapping[str, Any]) -> Iterator[str]:
    """The server puts what is set behind what stays: from the first one that would not be in its place, all are set."""
    staying = iter([name for name, value in existing.items() if options.get(name) == value])
    rest = [*dropwhile(lambda option: option[0] == next(staying, None), options.items())]
    changed = [f"{name} = {value}" for name, value in rest]
    gone = [name for name in existing if name not in options]
    if changed:
        yield f"SET ({', '.join(changed)})"
    if gone:
        yield f"RESET ({', '.join(gone)})"


def _parents(value: Any) -> list[str]:
    """Tables as SQL writes them: ``public.p, "Q 1"``, or a list of such."""
    return [] if value is None else split_list(value) if isinstance(value, str) else list(value)


def _inherits(parents: Sequence[str], existing: Sequence[str]) -> Iterator[str]:
    yield from (f"NO INHERIT {parent}" for parent in existing if parent not in parents)
    yield from (f"INHERIT {parent}" for parent in parents if parent not in existing)
