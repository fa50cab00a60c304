"""Columns, constraints and indexes as Python source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import (
    CheckConstraint,
    ColumnCollectionConstraint,
    Computed,
    CreateIndex,
    DefaultClause,
    ForeignKeyConstraint,
    Identity,
    PrimaryKeyConstraint,
    SchemaItem,
    UniqueConstraint,
)
from sqlalchemy.sql.base import _NONE_NAME
from sqlalchemy.sql.elements import ClauseElement, ColumnElement, Label, conv
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.sql.naming import _constraint_name_for_table
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import Integer, Numeric

from autodiff.render.python import (
    NOTHING_MORE,
    Argument,
    Call,
    Code,
    Display,
    Literal,
    Node,
    Spelled,
    call,
    display,
    flat,
    listing,
    method,
    spelled_in_order,
)
from autodiff.render.scope import Scope, Unset
from autodiff.render.types import type_node
from autodiff.render.values import (
    Unwritable,
    condition_node,
    default_node,
    expression_text,
    name_node,
    node_of,
    sql_of,
    text_node,
    value_node,
    written_by_author,
)

# -- names --------------------------------------------------------------------------------------------------------------


def final_name(thing: Any) -> Any:
    """The name of a constraint or index after its table's naming convention; None if it has none."""
    name = thing.name
    if name is None or name is _NONE_NAME or isinstance(name, conv):
        return None if name is _NONE_NAME else name
    # A CHECK behind a column has no table to ask for: its parent is the column.
    table = thing.table if isinstance(thing, Index) else getattr(thing, "parent", None)
    if not isinstance(table, Table):
        return name
    made = _constraint_name_for_table(thing, table)  # type: ignore[no-untyped-call]
    return made if isinstance(made, conv) else name


def _name(scope: Scope, thing: Any) -> Node | None:
    name = final_name(thing)
    return None if name is None else name_node(scope, name)


def is_made(scope: Scope, thing: Any) -> bool:
    """Would DDL on the target contain it? (`ddl_if` may say no; the CHECK of a type belongs to the type.)"""
    if getattr(thing, "_type_bound", False):
        return False
    condition = getattr(thing, "_ddl_if", None)
    if condition is None:
        return True
    compiler: Any = scope.twin.ddl_compiler(scope.twin, None)  # type: ignore[arg-type]
    return bool(condition._should_execute(thing, thing, None, compiler=compiler))


# -- options ------------------------------------------------------------------------------------------------------------


def options(scope: Scope, given: Mapping[str, Any]) -> dict[str, Node]:
    """Dialect keywords (``postgresql_where=…``) as source; columns become their names."""
    return {name: option_node(scope, value) for name, value in given.items() if value is not None}


def option_node(scope: Scope, value: Any) -> Node:
    value = value.__clause_element__() if hasattr(value, "__clause_element__") else value
    if isinstance(value, Column):
        return name_node(scope, value.name)
    if isinstance(value, str):
        return name_node(scope, value)
    if isinstance(value, ClauseElement):
        return expression_text(scope, value)
    if isinstance(value, list | tuple | Mapping):
        return display(value, lambda item: option_node(scope, item))
    return value_node(scope, value)


def _flags(thing: Any, *names: str) -> dict[str, Node]:
    """Attributes that are set, as keywords."""
    found = {name: getattr(thing, name, None) for name in names}
    return {n: Code(repr(v)) if isinstance(v, bool) else Literal(str(v)) for n, v in found.items() if v is not None}


# -- columns ------------------------------------------------------------------------------------------------------------


def column_node(scope: Scope, column: Column[Any], among: Iterable[Any] = (), *, added: bool = False) -> Node | None:
    """``sa.Column(…)``; None if the user's hook leaves it out.

    :param among: the constraints that are rendered beside the column; what they say, the column does not.
    :param added: the column is added to a table that exists: constraints have operations of their own.
    """
    said = scope.hooked("column", column)
    if said is not Unset:
        return said  # type: ignore[no-any-return]
    name = name_node(scope, column.name)
    positional = [name, type_node(scope, column.type, _check_name(column)), *_generators(scope, column)]
    if column.table is None or not added:
        positional += _inline(scope, column)
    keywords = _column_keywords(scope, column, list(among))
    return Call(
        scope.of_sqlalchemy("Column"),
        (*(Argument(node) for node in positional), *(_keyword(n, v, column) for n, v in keywords.items())),
    )


def _keyword(name: str, node: Node, column: Column[Any]) -> Argument:
    implied = name == "nullable" and node == Code("True") and _nullable_anyway(column)
    return Argument(node, name, implied=implied)


def _check_name(column: Column[Any]) -> str | None:
    """The final name of the CHECK that the column's type makes, where a naming convention gives it one."""
    if not isinstance(column.table, Table):
        return None
    for constraint in column.table.constraints:
        if not isinstance(constraint, CheckConstraint) or not getattr(constraint, "_type_bound", False):
            continue
        if any(c is column for c in constraint.columns):
            name = final_name(constraint)
            return str(name) if isinstance(name, conv) else None
    return None


def _generators(scope: Scope, column: Column[Any]) -> Iterator[Node]:
    if isinstance(column.default, sa.Sequence):
        yield node_of(column.default, scope)
    if column.computed is not None:
        yield node_of(column.computed, scope)
    if column.identity is not None:
        yield node_of(column.identity, scope)


def _inline(scope: Scope, column: Column[Any]) -> Iterator[Node]:
    """Constraints that stand with the column: its own CHECKs, and foreign keys while it belongs to no table."""
    if column.table is None:
        for fk in sorted(column.foreign_keys, key=lambda fk: tuple(map(str, target_of(fk)))):
            yield _foreign_key_node(scope, fk)
    for check in sorted(column.constraints, key=lambda c: str(c.name)):
        if is_made(scope, check) and (node := constraint_node(scope, check)) is not None:
            yield node


def _column_keywords(scope: Scope, column: Column[Any], among: list[Any]) -> dict[str, Node]:
    keywords: dict[str, Node | None] = {
        "server_default": _server_default(scope, column),
        "autoincrement": _autoincrement(column),
        "primary_key": _own_flag(column, "primary_key", among, PrimaryKeyConstraint),
        "unique": _own_flag(column, "unique", among, UniqueConstraint),
        "index": _own_flag(column, "index", among, Index),
        "nullable": Code(repr(bool(column.nullable))),
        "system": Code("True") if column.system else None,
        "comment": None if column.comment is None else Literal(column.comment),
        **options(scope, column.dialect_kwargs),
    }
    return {name: node for name, node in keywords.items() if node is not None}


def _server_default(scope: Scope, column: Column[Any]) -> Node | None:
    default = column.server_default
    if default is None or isinstance(default, Computed | Identity):
        return None
    said = scope.hooked("server_default", default)
    if said is not Unset:
        return said  # type: ignore[no-any-return]
    node = _proved_default(scope, column, default_node(scope, default))
    return node if _is_text(default) else Spelled(node, text_node(scope, _as_text(scope, column)))


def _as_text(scope: Scope, column: Column[Any]) -> str:
    """The expression as the dialect's `render_ddl_sql_expr` writes it for a DEFAULT."""
    impl = getattr(scope.context.migration_context, "impl", None)
    default: Any = column.server_default
    arg = default.arg
    return _default_ddl(scope, column, arg) if impl is None else impl.render_ddl_sql_expr(arg, is_server_default=True)


def _is_text(default: Any) -> bool:
    return not isinstance(getattr(default, "arg", None), ColumnElement)


def _proved_default(scope: Scope, column: Column[Any], node: Node) -> Node:
    """The default's words, if a column made with them has the same DDL; else the expression as the target has it."""
    default: Any = column.server_default
    arg = getattr(default, "arg", None)
    if not isinstance(arg, ColumnElement):
        return node
    # A call without arguments, such as now(), is said by its text alone.
    known = (type(arg), flat(node)) if isinstance(node, Call) and not node.arguments else None
    if known in scope.proved:
        return node
    raw = call(scope.of_sqlalchemy("literal_column"), Literal(sql_of(scope, arg)))
    for candidate in (node, raw):
        try:
            if _default_ddl(scope, column, scope.evaluate(candidate)) == _default_ddl(scope, column, arg):
                if known is not None and candidate is node:
                    scope.proved[known] = node
                return candidate
        except SQLAlchemyError:
            continue
    return node


def _default_ddl(scope: Scope, column: Column[Any], value: Any) -> str:
    compiler: Any = scope.twin.ddl_compiler(scope.twin, None)  # type: ignore[arg-type]
    alone: Column[Any] = Column("x", column.type, DefaultClause(value))
    return str(compiler.get_column_default_string(alone))


def _nullable_anyway(column: Column[Any]) -> bool:
    """Would the column be nullable without a word? Not where it is part of a key, or an identity."""
    return not column.primary_key and column.identity is None


def _own_flag(column: Column[Any], flag: str, among: list[Any], kind: type) -> Node | None:
    """``unique=True`` and its like, for a column that belongs to no table yet: no constraint says it."""
    value = getattr(column, flag, None)
    if not value or column.table is not None:
        return None
    if any(isinstance(item, kind) and column.name in _names_of(item) for item in among):
        return None
    return Code(repr(value))


def _autoincrement(column: Column[Any]) -> Node | None:
    """Said where the model says it, and where the rebuilt column would be taken otherwise."""
    said, table = column.autoincrement, column.table
    if not isinstance(table, Table) or not column.primary_key or column.identity is not None:
        return None if said == "auto" else Code(repr(said)) if isinstance(said, bool) else Literal(str(said))
    counts = table._autoincrement_column is column
    if isinstance(said, bool) or counts != _would_count(column):
        return Code(repr(counts))
    return None


def _would_count(column: Column[Any]) -> bool | None:
    """Would SQLAlchemy make the rebuilt column count by itself? (None: it depends on SQLAlchemy's version.)

    A client-side default and a decorator around the type are not rebuilt, and both switch the counting off. A numeric
    key counts under 2.0 and not under 2.1.
    """
    affinity = column.type._type_affinity
    if isinstance(affinity, type) and issubclass(affinity, Numeric):
        return None
    free = column.server_default is None and not column.foreign_keys and len(column.table.primary_key.columns) == 1
    return free and isinstance(affinity, type) and issubclass(affinity, Integer)


# -- constraints --------------------------------------------------------------------------------------------------------

_DEFERRAL = ("deferrable", "initially")


def constraint_node(scope: Scope, constraint: Any) -> Node | None:
    """The constraint as it stands in a table; None if it is left out."""
    kinds = {
        PrimaryKeyConstraint: ("primary_key", primary_key_node),
        UniqueConstraint: ("unique", _unique_node),
        ForeignKeyConstraint: ("foreign_key", foreign_key_constraint_node),
        CheckConstraint: ("check", check_node),
        ExcludeConstraint: ("exclude", _exclude_node),
    }
    for kind, (word, render) in kinds.items():
        if isinstance(constraint, kind):
            said = scope.hooked(word, constraint)
            return render(scope, constraint) if said is Unset else said  # type: ignore[operator,no-any-return]
    raise Unwritable(f"{type(constraint).__name__} {constraint!r}")


def columns_of(constraint: Any) -> list[Any]:
    """The columns of a key in the order in which they stand in DDL: objects, or names while there is no table."""
    if isinstance(constraint, PrimaryKeyConstraint) and constraint._implicit_generated:
        return list(constraint.columns_autoinc_first)
    if isinstance(constraint, ColumnCollectionConstraint) and len(constraint.columns):
        return list(constraint.columns)
    return list(getattr(constraint, "_pending_colargs", ()) or ())


def _names_of(thing: Any) -> list[str]:
    columns = thing.columns if isinstance(thing, Index) else columns_of(thing)
    return [str(getattr(column, "name", column)) for column in columns]


def _column_names(scope: Scope, constraint: Any) -> list[Node]:
    return [name_node(scope, getattr(column, "name", column)) for column in columns_of(constraint)]


def _tail(scope: Scope, constraint: Any) -> dict[str, Node | None]:
    return {
        "name": _name(scope, constraint),
        **_flags(constraint, *_DEFERRAL),
        "comment": None if constraint.comment is None else Literal(constraint.comment),
        **options(scope, constraint.dialect_kwargs),
    }


def primary_key_node(scope: Scope, constraint: PrimaryKeyConstraint) -> Node | None:
    names = _column_names(scope, constraint)
    if not names:
        return None
    return call(scope.of_sqlalchemy("PrimaryKeyConstraint"), *names, **_tail(scope, constraint))


def _unique_node(scope: Scope, constraint: UniqueConstraint) -> Node:
    node = call(scope.of_sqlalchemy("UniqueConstraint"), *_column_names(scope, constraint), **_tail(scope, constraint))
    return spelled_in_order(node, ("deferrable", "initially", "name"))


def check_node(scope: Scope, constraint: CheckConstraint) -> Node:
    condition = condition_node(scope, constraint.sqltext)
    return call(scope.of_sqlalchemy("CheckConstraint"), condition, **_tail(scope, constraint))


def foreign_key_constraint_node(scope: Scope, constraint: ForeignKeyConstraint) -> Node:
    local = listing(name_node(scope, _local_name(constraint, key)) for key in constraint.column_keys)
    remote = listing(target_node(scope, element) for element in constraint.elements)
    tail = _tail(scope, constraint)
    actions = _flags(constraint, "onupdate", "ondelete", "match")
    use_alter = Code("True") if constraint.use_alter else None
    path = scope.of_sqlalchemy("ForeignKeyConstraint")
    deferral = {name: tail.pop(name, None) for name in ("initially", "deferrable")}
    node = call(path, local, remote, name=tail.pop("name"), **actions, **deferral, **tail, use_alter=use_alter)
    node = spelled_in_order(node, ("name", "onupdate", "ondelete", "initially", "deferrable", "use_alter", "match"))
    return node if len(node.arguments) > 2 else replace(node, spelled=(*node.arguments, NOTHING_MORE))


def _local_name(constraint: ForeignKeyConstraint, key: str) -> str:
    column = constraint.columns.get(key) if isinstance(constraint.parent, Table) else None
    return key if column is None else column.name


def _foreign_key_node(scope: Scope, fk: ForeignKey) -> Node:
    """``sa.ForeignKey(…)`` inside of a column."""
    tail = {
        "name": None if fk.name is None or fk.name is _NONE_NAME else name_node(scope, fk.name),
        **_flags(fk, "onupdate", "ondelete", "match", *_DEFERRAL),
        "comment": None if fk.comment is None else Literal(fk.comment),
        **options(scope, fk.dialect_kwargs),
        "use_alter": Code("True") if fk.use_alter else None,
    }
    return call(scope.of_sqlalchemy("ForeignKey"), target_node(scope, fk), **tail)


def target_of(element: ForeignKey) -> tuple[Any, Any, Any]:
    """Schema, table and column that a foreign key points to, by name (a model may say a column's key)."""
    try:
        column = element.column
        return column.table.schema, column.table.name, column.name
    except (SQLAlchemyError, AttributeError):
        schema, table, column_name = element._column_tokens
        return schema, table, column_name


def target_node(scope: Scope, element: ForeignKey) -> Node:
    """The target as ``"schema.table.column"``; `op.ref` where SQLAlchemy would read that string otherwise."""
    schema, table, column = target_of(element)
    parts = [part for part in (schema, table, column) if part is not None]
    if any("." in part or getattr(part, "quote", None) is not None for part in parts):
        said = None if schema is None else name_node(scope, schema)
        return call(f"{scope.op}ref", name_node(scope, table), name_node(scope, column), schema=said)
    return Literal(".".join(map(str, parts)))


def exclude_elements(scope: Scope, constraint: ExcludeConstraint) -> list[Node]:
    """The ``(expression, operator)`` pairs."""
    pairs: list[Node] = []
    for expression, name, operator in constraint._render_exprs:
        known = isinstance(expression, Column) or (expression is None and name is not None)
        key = name_node(scope, str(getattr(expression, "name", name))) if known else expression_text(scope, expression)
        pairs.append(Display("(", (key, Literal(operator)), ")"))
    return pairs


def exclude_tail(scope: Scope, constraint: ExcludeConstraint) -> dict[str, Node | None]:
    where = None if constraint.where is None else expression_text(scope, constraint.where)
    using = Argument(Literal(constraint.using), implied=constraint.using == "gist")
    ops = option_node(scope, constraint.ops) if getattr(constraint, "ops", None) else None
    return {"where": where, "using": using, "ops": ops}


def _exclude_node(scope: Scope, constraint: ExcludeConstraint) -> Node:
    path = scope.of_dialect("postgresql", "ExcludeConstraint")
    tail = _tail(scope, constraint)
    return call(path, *exclude_elements(scope, constraint), **exclude_tail(scope, constraint), **tail)


# -- indexes ------------------------------------------------------------------------------------------------------------


def index_keys(scope: Scope, keys: Iterable[Any], given: Mapping[str, Any]) -> list[Node]:
    """The keys of an index: columns by name, expressions as text that gives the same DDL."""
    own = f"{scope.dialect.name}_ops"
    classes = [value for name, value in given.items() if name == own and isinstance(value, Mapping)]
    return [_key_node(scope, key, *(c[k] for c in classes if (k := getattr(key, "key", None)) in c)) for key in keys]


def _key_node(scope: Scope, key: Any, *operator_classes: str) -> Node:
    """:param operator_classes: for an expression: SQLAlchemy finds them by its label, which a text has not."""
    key = key.__clause_element__() if hasattr(key, "__clause_element__") else key
    if isinstance(key, Column):
        return name_node(scope, key.name)
    if isinstance(key, str):
        return name_node(scope, key)
    text = written_by_author(key)
    if text is not None:
        # text() takes the escapes of colons away, literal_column() does not.
        literal = _literal_key(scope, key, sql_of(scope, key))
        return Spelled(call(scope.of_sqlalchemy("text"), Literal(text)), literal)
    sql = sql_of(scope, key)
    wanted = _index_ddl(scope, key)
    same = [s for s in (sql, f"({sql})") if _index_ddl(scope, scope.evaluate(text_node(scope, s))) == wanted]
    said = " ".join([*(same or [sql])[:1], *operator_classes])
    return Spelled(text_node(scope, said), _literal_key(scope, key, said))


def _literal_key(scope: Scope, key: Any, text: str) -> Node:
    column = call(scope.of_sqlalchemy("literal_column"), Literal(text))
    return method(column, "label", Literal(key.name)) if isinstance(key, Label) else column


def _index_ddl(scope: Scope, key: Any) -> str | None:
    """CREATE INDEX over this key alone, on the target."""
    table = Table("t", sa.MetaData())
    stubs: dict[str, Column[Any]] = {}

    def stub(element: Any, **kw: Any) -> Any:
        # An index joins the table of its columns; the model's own table must not get it.
        return (
            stubs.setdefault(element.name, Column(element.name, element.type)) if isinstance(element, Column) else None
        )

    try:
        alone = replacement_traverse(key, {}, stub)
        for column in stubs.values():
            table.append_column(column)
        return str(CreateIndex(Index("i", alone, _table=table)).compile(dialect=scope.twin))
    except Exception:
        return None


def index_options(scope: Scope, given: Mapping[str, Any], keys: Iterable[Any]) -> dict[str, Node]:
    """The options of an index; those that SQLAlchemy looks up by a column's key are said by its name."""
    named = {column.key: column.name for column in keys if isinstance(column, Column)}
    expressions = {getattr(key, "key", None) for key in keys if not isinstance(key, Column | str)}
    said: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, Mapping) and name.endswith("_ops"):
            value = {named.get(key, key): item for key, item in value.items() if key not in expressions} or None
        said[name] = value
    return options(scope, said)


def index_node(scope: Scope, index: Index) -> Node:
    keys = list(index.expressions)
    return call(
        scope.of_sqlalchemy("Index"),
        _name(scope, index) or Code("None"),
        *index_keys(scope, keys, index.dialect_kwargs),
        unique=Code("True") if index.unique else None,
        **index_options(scope, index.dialect_kwargs, keys),
    )


# -- dispatch -----------------------------------------------------------------------------------------------------------


def item_node(scope: Scope, item: Any, among: Iterable[Any]) -> Node | None:
    """A column, constraint or index as an argument of `op.create_table`; None if it is left out."""
    if isinstance(item, Column):
        return column_node(scope, item, among)
    if not is_made(scope, item):
        return None
    if isinstance(item, Index):
        return index_node(scope, item)
    return constraint_node(scope, item)


@node_of.register
def _(value: SchemaItem, scope: Scope) -> Node:
    node = item_node(scope, value, ())
    if node is None:
        raise Unwritable(repr(value))
    return node


@node_of.register(Table)
@node_of.register(TableClause)
def _(value: Any, scope: Scope) -> Node:
    """A table of which a script needs the names and types of the columns, to insert rows."""
    columns = [
        call(scope.of_sqlalchemy("column"), name_node(scope, c.name), type_node(scope, c.type)) for c in value.columns
    ]
    schema = None if value.schema is None else name_node(scope, value.schema)
    return call(scope.of_sqlalchemy("table"), name_node(scope, str(value.name)), *columns, schema=schema)
