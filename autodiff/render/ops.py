"""Operations as Python source: one directive each, batch blocks where the database needs them, and custom renderers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Computed, Identity, PrimaryKeyConstraint
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.types import TypeEngine

from autodiff.dialects.hazards import hazards_of
from autodiff.operations.base import BatchOperations
from autodiff.operations.column_ops import AddColumnOp, AlterColumnOp, DropColumnOp
from autodiff.operations.constraint_ops import (
    AddConstraintOp,
    CreateCheckConstraintOp,
    CreateExcludeConstraintOp,
    CreateForeignKeyOp,
    CreateUniqueConstraintOp,
    DropConstraintOp,
    RenameConstraintOp,
)
from autodiff.operations.data_ops import ExecuteSQLOp
from autodiff.operations.dispatch import Dispatcher
from autodiff.operations.index_ops import CreateIndexOp, DropIndexOp
from autodiff.operations.signature import NOT_GIVEN
from autodiff.operations.table_ops import CreateTableCommentOp, CreateTableOp, DropTableCommentOp, DropTableOp
from autodiff.operations.tree import MigrateOperation, ModifyTableOps, OpContainer
from autodiff.render.python import (
    SPELLED_OUT,
    Argument,
    Call,
    Code,
    Display,
    Lines,
    Literal,
    Node,
    Spelled,
    call,
    flat,
    keyword,
    layout,
    listing,
    spelled_in_order,
)
from autodiff.render.review import stays_in_place
from autodiff.render.schema import (
    column_node,
    constraint_node,
    index_keys,
    index_options,
    is_made,
    item_node,
    option_node,
)
from autodiff.render.scope import BATCH_PREFIX, Scope, prefix_of, within_batch
from autodiff.render.values import (
    Unwritable,
    condition_node,
    default_node,
    expression_text,
    name_node,
    text_node,
    value_node,
)

#: Functions ``(autogen_context, op) -> str | list[str]`` by class of operation; a user's own win over what is built in.
renderers = Dispatcher()


@dataclass(frozen=True)
class Statement:
    """One statement of a script's function, with the operation that it came from.

    :param node: the directive's call; None for lines of a custom renderer.
    :param lines: what a custom renderer said.
    :param block: the statements inside of the ``with``, if it opens one.
    """

    op: MigrateOperation
    node: Node | None = None
    lines: tuple[str, ...] = ()
    block: tuple[Statement, ...] = field(default=())


# -- the tree -----------------------------------------------------------------------------------------------------------


def statements(scope: Scope, container: OpContainer) -> Iterator[Statement]:
    """The statements of all operations, in order."""
    for op in container.ops:
        if isinstance(op, ModifyTableOps):
            yield from _of_table(scope, op)
        elif isinstance(op, OpContainer) and not _is_custom(op):
            yield from statements(scope, op)
        else:
            yield from _of_op(scope, op)


def _of_table(scope: Scope, container: ModifyTableOps) -> Iterator[Statement]:
    """The operations on one table: in a batch block if the user wants it so, or the database cannot do without."""
    if not container.ops:
        return
    needed = scope.batch_where_needed and any(_needs_rebuild(scope, op) for op in container.ops)
    if not (scope.context.opts.get("render_as_batch") or needed):
        for is_rewrite, some in groupby(container.ops, partial(_rewrites, scope)):
            yield from _beside_each_other(scope, container, list(some), joined=is_rewrite)
        return
    inside: list[MigrateOperation] = []
    for op in container.ops:
        if _in_batch(op):
            inside.append(op)
            continue
        yield from _batch_block(scope, container, inside)
        inside = []
        yield from _of_op(scope, op)
    yield from _batch_block(scope, container, inside)


def _beside_each_other(
    scope: Scope, container: ModifyTableOps, ops: Sequence[MigrateOperation], *, joined: bool
) -> Iterator[Statement]:
    """Operations one by one, or, where one statement of several is better than several statements, in a block."""
    if joined and len(ops) > 1:
        yield from _batch_block(scope, container, ops)
        return
    for op in ops:
        yield from _of_op(scope, op)


def _rewrites(scope: Scope, op: MigrateOperation) -> bool:
    """Does it write the table again, and may others of its kind do that together with it?"""
    hazards = hazards_of(scope.dialect)
    if not (scope.batch_where_needed and hazards.joined and isinstance(op, AlterColumnOp)):
        return False
    if op.modify_type is None or op.modify_name is not None or op.existing_rows is not NOT_GIVEN:
        return False
    return op.existing_type is None or not stays_in_place(op.existing_type, op.modify_type, hazards)


def _batch_block(scope: Scope, container: ModifyTableOps, inside: Sequence[MigrateOperation]) -> Iterator[Statement]:
    if not inside:
        return
    with within_batch(scope.context):
        block = tuple(statement for op in inside for statement in _of_op(scope, op))
    schema = Code("None") if container.schema is None else name_node(scope, container.schema)
    of = (
        Argument(name_node(scope, container.table_name)),
        Argument(schema, "schema", implied=container.schema is None),
    )
    opening = Call(Code(f"{scope.op}batch_alter_table"), of)
    yield Statement(container, opening, block=block)


def _in_batch(op: MigrateOperation) -> bool:
    """Has the operation a form inside of a batch block?"""
    return _is_custom(op) or (op.directive is not None and hasattr(BatchOperations, op.directive))


def _needs_rebuild(scope: Scope, op: MigrateOperation) -> bool:
    """May the database have to make the table anew for it? (`supports_alter` is SQLAlchemy's fact about SQLite.)"""
    if scope.dialect.supports_alter:
        return False
    altering = (AddConstraintOp, DropConstraintOp, RenameConstraintOp, AlterColumnOp, DropColumnOp)
    return isinstance(op, altering) or (isinstance(op, AddColumnOp) and not _is_plain(op.column))


def _is_plain(column: Column[Any]) -> bool:
    """Can any database add the column to a table with rows?"""
    constant = column.server_default is None or isinstance(getattr(column.server_default, "arg", None), str)
    return bool(column.nullable) and constant and column.computed is None and not column.primary_key


def _is_custom(op: MigrateOperation) -> bool:
    return renderers.dispatch(op) is not render_builtin


def _of_op(scope: Scope, op: MigrateOperation) -> Iterator[Statement]:
    if not _is_custom(op):
        yield Statement(op, directive_node(scope, op))
        return
    said = renderers.dispatch(op)(scope.context, op)
    texts = [said] if isinstance(said, str) else list(said or ())
    yield Statement(op, lines=tuple(line for text in texts for line in text.split("\n")))


# -- one directive ------------------------------------------------------------------------------------------------------


def directive_node(scope: Scope, op: MigrateOperation) -> Node:
    """The call of the directive that makes the operation.

    :raises ValueError: if there is none: an operation of somebody's own needs a renderer of its own.
    """
    if op.directive is None:
        raise ValueError(f"no dispatch function for object: {op!r}")
    batch = prefix_of(scope.context) == BATCH_PREFIX
    positional, keywords = _written(scope, op, batch)
    arguments = (*map(Argument, positional), *(keyword(name, node) for name, node in keywords.items()))
    made = Call(
        Code(f"{prefix_of(scope.context)}{op.directive}"),
        arguments,
        tall=isinstance(op, CreateTableOp),
        lines=next((lines for kind, lines in _LINES.items() if isinstance(op, kind)), Lines.ONE),
    )
    return _spelled(scope, op, made)


def _spelled(scope: Scope, op: MigrateOperation, made: Call) -> Call:
    """The call with its arguments as the spelled-out form has them: in another order, without what need not be said."""
    order = next((order for kind, order in _ORDERS.items() if isinstance(op, kind)), None)
    if order is None:
        return made
    if isinstance(op, CreateTableOp):
        order = (*order[:-2], *sorted(set(op.table_kw).difference(order)), *order[-2:])
    made = spelled_in_order(made, order, without=frozenset(_not_spelled(op)))
    if isinstance(op, CreateTableOp) and made.spelled is not None and any(map(_says_constraints, op.columns)):
        name, keywords = made.spelled[0], [a for a in made.spelled if a.name is not None]
        return replace(made, spelled=(name, *map(Argument, _items_of_table(scope, op)), *keywords))
    return made


_ORDERS: dict[type, tuple[str, ...]] = {
    CreateTableOp: ("schema", "comment", "info", "prefixes", "if_not_exists"),
    AlterColumnOp: (
        "existing_type",
        "server_default",
        "new_column_name",
        "type_",
        "nullable",
        "comment",
        "existing_comment",
        "existing_nullable",
        "existing_server_default",
        "*",
        "schema",
    ),
    CreateForeignKeyOp: (
        "source_schema",
        "referent_schema",
        "onupdate",
        "ondelete",
        "initially",
        "deferrable",
        "use_alter",
        "match",
    ),
    CreateUniqueConstraintOp: ("deferrable", "initially", "schema"),
    CreateIndexOp: ("unique", "schema", "*", "if_not_exists"),
    DropIndexOp: ("table_name", "schema", "*", "if_exists"),
    DropConstraintOp: ("schema", "type_"),
}


def _not_spelled(op: MigrateOperation) -> Iterator[str]:
    """Keywords that the spelled-out form leaves out: what is replaced anyway, and a word of ours."""
    if isinstance(op, AlterColumnOp):
        if op.modify_nullable is not None:
            yield "existing_nullable"
        if op.existing_server_default is None or (op.modify_server_default is not False and not _default_counts(op)):
            yield "existing_server_default"
    if isinstance(op, DropConstraintOp) and op.constraint_type == "exclude":
        yield "type_"


def _default_counts(op: AlterColumnOp) -> bool:
    """Must a change of the default know the old one? So does one of the type, to or of an identity, of MySQL's ON UPDATE."""
    old, new = op.existing_server_default, op.modify_server_default
    text = str(getattr(old, "arg", old))
    other_kind = isinstance(old, Computed | Identity) or isinstance(new, Identity)
    return op.modify_type is not None or other_kind or "ON UPDATE" in text.upper()


def _says_constraints(item: Any) -> bool:
    """Is it a column, of no table yet, that says by itself what are constraints in a table?"""
    if not isinstance(item, Column) or item.table is not None or item.index:
        return False
    return bool(item.primary_key or item.unique or item.foreign_keys or item.constraints)


def _items_of_table(scope: Scope, op: CreateTableOp) -> list[Node]:
    """Columns, then constraints by their text, of the table that the operation makes."""
    table = op.to_table(scope.context.migration_context)
    constraints = [c for c in table.constraints if is_made(scope, c)]
    columns = [column_node(scope, column, constraints) for column in table.columns]
    others = [node for node in (constraint_node(scope, c) for c in constraints) if node is not None]
    return [*(c for c in columns if c is not None), *sorted(others, key=lambda node: flat(node, SPELLED_OUT))]


_LINES: dict[type, Lines] = {
    CreateTableOp: Lines.TABLE,
    AlterColumnOp: Lines.HANGING,
    CreateTableCommentOp: Lines.BLOCK,
    DropTableCommentOp: Lines.BLOCK,
}


def _implied(text: str) -> Argument:
    """A default, which only the spelled-out form says."""
    return Argument(Code(text), implied=True)


def _written(scope: Scope, op: MigrateOperation, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    for kind, write in _WRITERS.items():
        if isinstance(op, kind):
            return write(scope, op, batch)
    return _as_declared(scope, op, batch)


def _as_declared(scope: Scope, op: MigrateOperation, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    return [_value(scope, v) for v in positional], {n: _value(scope, v) for n, v in keywords.items()}


def _value(scope: Scope, value: Any) -> Node:
    if isinstance(value, tuple | list):
        return listing(_value(scope, item) for item in value)
    if isinstance(value, ClauseElement) and not isinstance(value, TypeEngine):
        return value_node(scope, value)
    if isinstance(value, Mapping):
        return option_node(scope, value)
    return value_node(scope, value)


def _create_table(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    # a plugin's operation may make its table in its own way
    own = type(op).to_table is CreateTableOp.to_table
    items = op.columns if own else CreateTableOp.from_table(op.to_table()).columns
    made = [(item, item_node(scope, item, items)) for item in items]
    columns = [node for item, node in made if isinstance(item, Column) and node is not None]
    parts = [(item, node) for item, node in made if not isinstance(item, Column) and node is not None]
    # CREATE TABLE says the primary key first, whatever the order of the arguments.
    others = [node for _, node in sorted(parts, key=lambda part: not isinstance(part[0], PrimaryKeyConstraint))]
    said = [*columns, *map(Spelled, others, sorted(others, key=lambda node: flat(node, SPELLED_OUT)))]
    keywords = {name: value for name, value in op.arguments()[1].items() if name not in op.kw}
    given = {**keywords, **{name: value for name, value in op.table_kw.items() if value not in ([], {}, ())}}
    written = {n: option_node(scope, v) for n, v in given.items() if v is not None and n != "info"}
    with suppress(Unwritable):
        # Notes that the application keeps with its table; they may be anything.
        written |= {"info": option_node(scope, given["info"])} if "info" in given else {}
    return [name_node(scope, op.table_name), *said], written


def _drop_table(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    # What else is known of the table (engine, comment) is for the way back.
    keywords = {"schema": op.schema, "if_exists": op.if_exists}
    return [name_node(scope, op.table_name)], {n: _value(scope, v) for n, v in keywords.items() if v is not None}


def _add_column(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    nodes = [
        column_node(scope, value, added=True) if isinstance(value, Column) else _value(scope, value)
        for value in positional
    ]
    return [node for node in nodes if node is not None], {n: _value(scope, v) for n, v in keywords.items()}


_ALTER_ORDER = (
    "new_column_name",
    "existing_type",
    "type_",
    "server_default",
    "nullable",
    "comment",
    "existing_comment",
    "existing_nullable",
    "existing_server_default",
)


def _alter_column(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    """What it is, what it becomes, what stays: the order in which a reader asks."""
    positional, keywords = op.arguments(batch=batch)
    ordered = sorted(keywords, key=lambda n: _ALTER_ORDER.index(n) if n in _ALTER_ORDER else len(_ALTER_ORDER))
    written = {}
    for name in ordered:
        value = keywords[name]
        if name == "existing_server_default" and value is None:
            continue  # to say nothing of a default is to say that there is none, for each database
        default = name.endswith("server_default") and value is not None and value is not False
        written[name] = default_node(scope, value) if default else _value(scope, value)
    return [_value(scope, value) for value in positional], written


def _create_index(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    keys = list(op.columns)
    nodes = [
        listing(index_keys(scope, keys, op.kw)) if value is op.columns else _value(scope, value) for value in positional
    ]
    own = {name: _value(scope, value) for name, value in keywords.items() if name not in op.kw}
    own = {"unique": own.pop("unique", _implied("False")), **own}
    return nodes, {**own, **index_options(scope, op.kw, keys)}


def _drop_index(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    written = {name: _value(scope, value) for name, value in keywords.items() if name not in op.kw}
    if len(positional) > 1:
        written = {"table_name": _value(scope, positional[1]), **written}
    # Only how it is dropped counts here; what it was is for the way back.
    how = {n: _value(scope, v) for n, v in op.kw.items() if n.endswith("_concurrently") and v is not None}
    return [_value(scope, positional[0])], {**written, **how}


def _drop_constraint(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    places = 1 if batch else 2
    written = {name: _value(scope, value) for name, value in keywords.items()}
    if len(positional) > places:
        written = {"type_": _value(scope, positional[places]), **written}
    return [_value(scope, value) for value in positional[:places]], written


def _create_check(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    nodes = [condition_node(scope, v) if v is op.condition else _value(scope, v) for v in positional]
    return nodes, {n: option_node(scope, v) for n, v in keywords.items() if v is not None}


def _create_constraint(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    written = {n: option_node(scope, v) for n, v in keywords.items() if v is not None}
    if "deferrable" in written and "initially" in written:
        names = [n for n in written if n != "deferrable"]
        names.insert(names.index("initially") + 1, "deferrable")
        written = {name: written[name] for name in names}
    return [_value(scope, value) for value in positional], written


def _create_exclude(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, keywords = op.arguments(batch=batch)
    places = 1 if batch else 2
    pairs = [Display("(", (_element(scope, e), Literal(str(operator))), ")") for e, operator in positional[places:]]
    return [*(_value(scope, v) for v in positional[:places]), *pairs], {
        n: option_node(scope, v) for n, v in keywords.items() if v is not None
    }


def _element(scope: Scope, expression: Any) -> Node:
    expression = getattr(expression, "__clause_element__", lambda: expression)()
    if isinstance(expression, Column | str):
        name = name_node(scope, expression if isinstance(expression, str) else expression.name)
        return Spelled(name, call(scope.of_sqlalchemy("column"), name))
    return expression_text(scope, expression)


def _table_comment(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    positional, written = _as_declared(scope, op, batch)
    names = ("existing_comment",) if batch else ("existing_comment", "schema")
    return positional, {name: written.get(name, _implied("None")) for name in names}


def _execute(scope: Scope, op: Any, batch: bool) -> tuple[list[Node], dict[str, Node]]:
    statement = op.sqltext
    if isinstance(statement, str):
        node: Node = Literal(statement)
    elif getattr(statement, "__visit_name__", None) == "textclause":
        node = value_node(scope, statement)
    else:
        compiled = statement.compile(dialect=scope.twin, compile_kwargs={"literal_binds": True})
        node = text_node(scope, str(compiled).strip())
    options = {"execution_options": op.execution_options} if op.execution_options else {}
    return [node], {name: _value(scope, value) for name, value in options.items()}


_Writer = Callable[[Scope, Any, bool], tuple[list[Node], dict[str, Node]]]
_WRITERS: dict[type, _Writer] = {
    CreateTableOp: _create_table,
    DropTableOp: _drop_table,
    AddColumnOp: _add_column,
    AlterColumnOp: _alter_column,
    CreateIndexOp: _create_index,
    DropIndexOp: _drop_index,
    DropConstraintOp: _drop_constraint,
    CreateCheckConstraintOp: _create_check,
    CreateExcludeConstraintOp: _create_exclude,
    AddConstraintOp: _create_constraint,
    CreateTableCommentOp: _table_comment,
    DropTableCommentOp: _table_comment,
    ExecuteSQLOp: _execute,
}


# -- lines --------------------------------------------------------------------------------------------------------------


Notes = Callable[[MigrateOperation], Sequence[str]]
"""What is to be said before an operation, a comment line each."""


def no_notes(op: MigrateOperation) -> Sequence[str]:
    return ()


def lines_of(statement: Statement, indent: int, notes: Notes = no_notes) -> Iterator[str]:
    """The statement in black's form, its notes before it."""
    yield from (f"{' ' * indent}# {note}" for note in notes(statement.op))
    if statement.node is None:
        yield from indented(statement.lines, indent)
    elif statement.block:
        yield from layout(statement.node, indent, "with ", " as batch_op:")
        for inner in statement.block:
            yield from lines_of(inner, indent + 4, notes)
    else:
        yield from layout(statement.node, indent)


def spelled_lines(statement: Statement) -> Iterator[str]:
    """The statement in the spelled-out form, as plugins and tests know it: what is inside of a batch block is indented by
    its first line alone, and an empty line ends the block."""
    if statement.node is None:
        yield from statement.lines
        return
    text = flat(statement.node, SPELLED_OUT)
    if not statement.block:
        yield from text.split("\n")
        return
    yield f"with {text} as batch_op:"
    for inner in statement.block:
        first, *others = spelled_lines(inner)
        yield from (f"    {first}", *(others if inner.node is not None else indented(others, 4)))
    yield ""


def indented(lines: Sequence[str], indent: int) -> Iterator[str]:
    """Somebody else's lines; the inside of a string over several lines stays as it is."""
    inside = _inside_strings("\n".join(lines))
    for number, line in enumerate(lines, 1):
        yield line if number in inside or not line.strip() else " " * indent + line


def _inside_strings(source: str) -> set[int]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant | ast.JoinedStr):
            found.update(range(node.lineno + 1, (node.end_lineno or node.lineno) + 1))
    return found


@renderers.dispatch_for(MigrateOperation)
def render_builtin(autogen_context: Any, op: MigrateOperation) -> str:
    """The text of an operation as the built-in renderer writes it, spelled out."""
    return flat(directive_node(Scope(autogen_context), op), SPELLED_OUT)
