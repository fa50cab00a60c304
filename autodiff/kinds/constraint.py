"""What all kinds of constraints share: their names, and how the models' ones are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Column, Table
from sqlalchemy.schema import Constraint

from autodiff.kinds.kind import Models
from autodiff.kinds.step import Sides, Step
from autodiff.operations.constraint_ops import AddConstraintOp, DropConstraintOp, RenameConstraintOp
from autodiff.state import Change, Key, State
from autodiff.state.state import Options, frozen

C = TypeVar("C", bound=Constraint)


@frozen
class ConstraintState(State):
    """:param options: by SQLAlchemy's keyword: ``postgresql_include``, ``postgresql_not_valid``, ``sqlite_on_conflict`` …"""

    deferrable: bool = False
    initially_deferred: bool = False
    comment: str | None = None
    options: Options = ()


def final_name(models: Models, thing: Any) -> str | None:
    """The name that a constraint or an index gets: naming conventions and the length limit applied; None if unnamed."""
    # MariaDB takes an empty name for none, and PostgreSQL refuses it.
    if thing.name is None or (thing.name == "" and not models.takes_empty_names):
        return None
    name = models.twin.identifier_preparer.format_constraint(thing, _alembic_quote=False)
    return None if name is None else models.name(name)


def constraints_of(models: Models, table: Table, wanted: type[C]) -> Iterator[C]:
    """The table's constraints of one class, column-level ones included, that DDL on this dialect would contain."""
    for constraint in models.constraints(table):
        if isinstance(constraint, wanted) and is_made(models, constraint):
            yield constraint


def is_made(models: Models, thing: Any) -> bool:
    """Does DDL on this dialect contain it (``ddl_if``, rules of schema types)?"""
    rule = getattr(thing, "_create_rule", None)
    if rule is not None and not _added_apart(rule) and not rule(models.ddl):
        return False
    condition = getattr(thing, "_ddl_if", None)
    return condition is None or bool(condition._should_execute(thing, thing, None, compiler=models.ddl))


def _added_apart(rule: Any) -> bool:
    """Is it the rule that AddConstraint leaves behind? `create_all` uses that for circles of foreign keys, and from then
    on CREATE TABLE is to leave the constraint out, which is nonetheless one of the table's."""
    return "_create_rule_disable" in (getattr(rule, "name", None), getattr(rule, "__name__", None))


def named_or_numbered(
    models: Models, kind: str, table: Table, things: list[Any]
) -> Iterator[tuple[dict[str, Any], Any]]:
    """Constraints or indexes, each with its key: the final name, or a placeholder ``~1``, ``~2`` … for the unnamed.

    A name that occurs twice is nobody's key: SQLite takes it, and a shared Enum or a naming convention gives it.
    """
    names = [final_name(models, thing) for thing in things]
    number = 0
    for name, thing in zip(names, things, strict=True):
        if name is not None and names.count(name) == 1:
            yield {"key": models.part_key(kind, table, name)}, thing
        else:
            number += 1
            yield {"key": models.part_key(kind, table, f"~{number}"), "unnamed": True, "called": name}, thing


def place_of_keys(change: Change[Any], keys: Callable[[Any], tuple[str, ...]]) -> str:
    """How the log line of an index or of a unique constraint ends: its keys, or how they have changed."""
    old, new = change.before, change.after
    if old is None:
        return f" on '{keys(new)}'"
    words = []
    if new is not None and keys(old) != keys(new):
        words.append(f"expression {keys(old)} to {keys(new)}")
    if new is not None and getattr(old, "unique", None) != getattr(new, "unique", None):
        words.append(f"unique={old.unique} to unique={new.unique}")
    table = f" on {change.key.of_table.label!r}"
    return f"{table}: {', '.join(words)}" if words else table


def column_names(models: Models, columns: Any) -> tuple[str, ...]:
    return tuple(models.name(column.name) for column in columns)


def deferral(constraint: Any) -> dict[str, Any]:
    if constraint.deferrable is None and not getattr(constraint, "initially", None):
        return {}
    initially = str(getattr(constraint, "initially", None) or "").upper()
    return {
        "deferrable": bool(constraint.deferrable) or initially == "DEFERRED",
        "initially_deferred": initially == "DEFERRED",
    }


def keys_of_columns(models: Models, columns: Any) -> frozenset[Key]:
    """Keys of a table's columns; a bare `column("x")` in an expression belongs to no table and is left out."""
    return frozenset(_column_key(models, column) for column in columns if column.table is not None)


def _column_key(models: Models, column: Column[Any]) -> Key:
    return models.part_key("column", column.table, column.name)


def constraint_steps(change: Change[Any], sides: Sides) -> Iterator[Step]:
    """A constraint is changed by dropping it and adding it again."""
    own = sides.words.constraint_steps(change, sides)
    if own is not None:
        yield from own
        return
    if change.before is not None:
        yield dropped_constraint(change.before, sides)
    if change.after is not None:
        yield added_constraint(change.after, sides)


def dropped_constraint(state: Any, sides: Sides) -> Step:
    operation = DropConstraintOp.from_constraint(sides.before.thing(state))
    operation.set_name(None if state.called else sides.before.name(state))
    if operation.condition is not None:
        operation.condition = state.condition.text
    return Step(operation, "drop", state)


def added_constraint(state: State, sides: Sides) -> Step:
    operation: Any = AddConstraintOp.from_constraint(sides.after.thing(state))
    said, operation.constraint_name = operation.constraint_name, sides.after.name(state)
    operation.named_by_server = said is None and operation.constraint_name is not None
    operation.kw.update(sides.words.constraint_keywords(state))
    if operation.constraint_name is None and state.source is None and sides.has_naming_convention:
        operation.kw["final_name"] = True
    return Step(operation, "create", state)


def renamed_constraint(change: Change[Any], sides: Sides) -> Step:
    before, after = change.before, change.after
    assert before is not None, "an alteration"
    assert after is not None, "an alteration"
    dropped, added = dropped_constraint(before, sides).operation, added_constraint(after, sides).operation
    assert isinstance(dropped, DropConstraintOp), "what a constraint is dropped by"
    operation = RenameConstraintOp(
        dropped.table_name,
        str(sides.before.name(before)),
        str(sides.after.name(after)),
        type_=dropped.constraint_type,
        schema=dropped.schema,
    )
    operation.instead_of = (dropped, added)
    return Step(operation, "alter", after, before)
