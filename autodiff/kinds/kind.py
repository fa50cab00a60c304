"""What a kind of object has to say, and how the models are read for it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import MetaData, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import Constraint
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from autodiff.kinds.shape import by_shape, remember_columns
from autodiff.kinds.step import Sides, Step
from autodiff.operations.schemaobj import nameless_by_convention
from autodiff.registry import Registry
from autodiff.state import Change, Key, State

S = TypeVar("S", bound=State)


def twin_of(dialect: Dialect) -> Dialect:
    """The same dialect, as initialised, that writes single percent signs.

    Drivers with (py)format parameters make SQLAlchemy double every ``%`` in DDL; stored text has one.
    """
    twin: Any = copy.copy(dialect)
    twin.__dict__.pop("_type_memos", None)  # remembers how the original writes literals
    twin.paramstyle, twin.positional = "named", False
    twin.identifier_preparer = twin.preparer(twin)
    twin.type_compiler_instance = twin.type_compiler = type(dialect.type_compiler_instance)(twin)
    twin.type_descriptor = by_shape(dialect.type_descriptor)
    remember_columns(twin)
    leave_unnamed(twin)
    return twin  # type: ignore[no-any-return]


def leave_unnamed(twin: Any) -> None:
    """Let DDL have the CHECK of a type without a name that a naming convention with ``%(constraint_name)s`` cannot name.

    SQLAlchemy refuses to write it; databases that were made before the convention was have it.
    """
    named = twin.identifier_preparer.format_constraint

    def format_constraint(constraint: Any, **kw: Any) -> Any:
        if getattr(constraint, "_type_bound", False) and nameless_by_convention(constraint):
            return None
        return named(constraint, **kw)

    twin.identifier_preparer.format_constraint = format_constraint


def all_constraints(table: Table) -> Iterator[Constraint]:
    listed = sorted(table.constraints, key=attrgetter("_creation_order"))
    yield from listed
    for column in table.columns:
        if column.constraints:
            yield from (c for c in column.constraints if c not in listed)


@dataclass(frozen=True)
class Models:
    """The models as one source of states.

    :param metadatas: the user's `MetaData` objects.
    :param dialect: the dialect of the connection, initialised.
    :param default_schema: the name that an unqualified table lands in.
    :param lowers: the server knows tables and schemas by their names in lower case.
    :param name_bytes: how many bytes of a name the server keeps.
    :param has_named_types: enums and domains are types of their own there.
    :param takes_empty_names: ``""`` is a name like any other there.
    """

    metadatas: Sequence[MetaData]
    dialect: Dialect
    default_schema: str | None
    lowers: bool = False
    name_bytes: int | None = None
    has_named_types: bool = False
    takes_empty_names: bool = False

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Tables of all metadata objects, by key; views (SQLAlchemy 2.1 keeps them among the tables) left out."""
        tables = [t for metadata in self.metadatas for _, t in sorted(metadata.tables.items())]
        return tuple(t for t in tables if getattr(t, "_creator_ddl", None) is None)

    @cached_property
    def _constraints(self) -> dict[Table, list[Constraint]]:
        return {table: list(all_constraints(table)) for table in self.tables}

    def constraints(self, table: Table) -> list[Constraint]:
        """All constraints of a table, in the order of their making, column-level ones last."""
        return self._constraints[table]

    @cached_property
    def twin(self) -> Dialect:
        return twin_of(self.dialect)

    @cached_property
    def ddl(self) -> DDLCompiler:
        """A compiler of this dialect for pieces of DDL."""
        return self.twin.ddl_compiler(self.twin, None)  # type: ignore[arg-type]

    def name(self, written: Any) -> str:
        """A name as the server keeps it: a longer one is cut in every statement, so that it is found all the same."""
        name = str(written)
        limit = self.name_bytes
        if limit is None or (len(name) <= limit and name.isascii()):
            return name
        kept = name.encode()[:limit].decode(errors="ignore")
        if kept != name:
            self.cut[name] = kept
        return kept

    @cached_property
    def cut(self) -> dict[str, str]:
        """The names that the server cuts, and what it keeps of them."""
        return {}

    def schema(self, written: str | None) -> str | None:
        """The schema as a key has it: the default schema is None however it is written."""
        if written in (None, "", self.default_schema):
            return None
        name = self.name(written)
        return name.lower() if self.lowers else name

    def table_key(self, table: Table) -> Key:
        found = self._table_keys.get(table)
        if found is None:
            found = self._table_keys[table] = self._table_key(table)
        return found

    def _table_key(self, table: Table) -> Key:
        name = self.name(table.name)
        return Key("table", self.schema(table.schema), name.lower() if self.lowers else name)

    @cached_property
    def _table_keys(self) -> dict[Table, Key]:
        return {}

    def part_key(self, kind: str, table: Table, name: str | None) -> Key:
        of_table = self.table_key(table)
        return Key(kind, of_table[1], of_table[2], None if name is None else self.name(name))

    @cached_property
    def type_text(self) -> Callable[[TypeEngine[Any]], str]:
        """The SQL of a type."""
        return by_shape(lambda type_: str(type_.compile(dialect=self.twin)))

    def expression_text(self, expression: Any) -> str:
        """The SQL of an expression as it stands in DDL: literals inline, columns without their table."""
        return str(self.ddl.sql_compiler.process(expression, include_table=False, literal_binds=True))


class Kind(Generic[S]):
    """Everything that autodiff knows about one kind of object. One instance, registered in `kinds`."""

    name: ClassVar[str]

    def read(self, models: Models) -> Iterator[S]:
        """The states of this kind that the models want, texts as SQLAlchemy writes them (not canonical yet)."""
        raise NotImplementedError

    def steps(self, change: Change[S], sides: Sides) -> Iterator[Step]:
        """The operations that a change means. What comes with a table that is made or dropped is not asked for."""
        raise NotImplementedError

    def renamed(self, change: Change[S], sides: Sides) -> Step:
        """The step that gives an object another name; only kinds among `Features.renamed` are asked."""
        raise NotImplementedError

    # For people

    # What people call it, where that is not its name with blanks.
    word: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "word" not in cls.__dict__:
            cls.word = cls.name.replace("_", " ")

    def summary(self, state: S) -> str:
        """The state in a few words, as it stands behind its name in a preview."""
        return ""

    def difference(self, change: Change[S]) -> str:
        """What an alteration changes, in a few words: ``numeric(8, 2) → numeric(6, 2)``."""
        assert change.before is not None
        assert change.after is not None
        if change.fields == ("comment",):
            comments = (getattr(state, "comment", None) for state in (change.before, change.after))
            return "comment " + " → ".join("none" if comment is None else repr(comment) for comment in comments)
        before, after = self.summary(change.before), self.summary(change.after)
        return f"{before} → {after}" if before != after else ", ".join(change.fields)

    # The last part of the logger's name under which differences of this kind are told.
    topic: ClassVar[str] = "constraints"

    def detected(self, change: Change[S]) -> Iterator[tuple[str, str]]:
        """Log lines of a change: the topic (last part of the logger's name) and the text."""
        what = {"add": "added", "drop": "removed", "alter": "changed"}[change.verb]
        name, state = said_name(change), change.after or change.before
        if name or state is None:
            yield self.topic, f"Detected {what} {self.word} {name!r}{self.place(change)}"
        else:  # what it says, and of which table
            yield self.topic, f"Detected {what} {self.word} {' '.join(self.summary(state).split())}{Kind.place(self, change)}"

    def place(self, change: Change[S]) -> str:
        """Where the object is, as the log line of its change ends."""
        table = change.key.table
        return f" on {change.key.of_table.label!r}" if table is not None and change.kind != "table" else ""

    def asks_of_rows(self, state: S) -> tuple[object, ...] | None:
        """What the object asks of the rows of its table: equal for two that the same rows satisfy; None for nothing."""
        return None

    def note(self, change: Change[S]) -> str:
        """What a reviewer must judge: ``loses data``, ``may not fit``; empty where there is nothing."""
        return ""


def said_name(change: Change[Any]) -> str:
    """The object's own name for a log line; the table's for an object that has none."""
    key = change.key
    if key.table is None or change.kind == "table":
        return key.label
    return key.name if key.name is not None and not key.name.startswith("~") else ""


kinds: Registry[Kind[Any]] = Registry("kind")
"""All kinds, in the order in which objects are made: a kind comes after what it is made of."""
