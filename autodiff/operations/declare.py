"""`@operation`: one declaration per operation, from which its directives and classmethods are made.

They are made when they are first asked for: a run of scripts asks for few of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from autodiff.operations.base import BatchOperations, Operations, directive
from autodiff.operations.deferred import Deferred
from autodiff.operations.signature import Field, directive_doc, directive_signature, fields_of, for_class, misfit
from autodiff.operations.tree import MigrateOperation

Op = TypeVar("Op", bound=MigrateOperation)

_P = inspect.Parameter


_declared: dict[str, tuple[type[MigrateOperation], bool, bool]] = {}


def declared(*, batch: bool) -> list[type[MigrateOperation]]:
    """The classes of all directives of `op` (or of `batch_op`), by name."""
    found = sorted(_declared.items())
    return [op_class for _, (op_class, in_op, in_batch) in found if (in_batch if batch else in_op)]


def operation(name: str, *, op: bool = True, batch: bool = False) -> Callable[[type[Op]], type[Op]]:
    """Declare an operation: `op.<name>` (and `batch_op.<name>`) take what its `__init__` takes.

    :param op: is it a directive of `op`?
    :param batch: is it a directive of `batch_op` too?
    """

    def declare(op_class: type[Op]) -> type[Op]:
        op_class.directive = name
        _declared[name] = (op_class, op, batch)
        Deferred.put(op_class, "fields", lambda: fields_of(op_class))
        if op:
            _add(op_class, name, batch=False)
            Deferred.put(Operations, name, lambda: directive(name, op_class, name))
        if batch:
            _add(op_class, f"batch_{name}", batch=True)
            Deferred.put(BatchOperations, name, lambda: directive(name, op_class, f"batch_{name}"))
        return op_class

    return declare


def _add(op_class: type[Op], method: str, *, batch: bool) -> None:
    if method not in vars(op_class):
        Deferred.put(op_class, method, lambda: classmethod(_maker(op_class, method, batch=batch)))


def _maker(op_class: type[Op], method: str, *, batch: bool) -> Callable[..., Any]:
    """A function of the class, the operations, and the directive's arguments, that makes the operation and invokes it."""
    fields = op_class.fields
    signature = directive_signature(fields, batch=batch)
    word = op_class.directive

    def make(cls: type[Op], operations: Any, *args: Any, **kw: Any) -> Any:
        try:
            given = signature.bind(*args, **kw).arguments
        except TypeError as error:
            raise TypeError(misfit(str(word), signature, args, kw) or f"{word}() {error}") from None
        keywords = for_class(fields, given)
        if batch:
            keywords.update(_said_by(operations, fields))
        return operations.invoke(cls(**keywords))

    make.__name__ = method
    make.__qualname__ = f"{op_class.__name__}.{method}"
    make.__module__ = op_class.__module__
    make.__doc__ = directive_doc(op_class.__doc__, fields, batch=batch)
    first = [_P(parameter, _P.POSITIONAL_OR_KEYWORD) for parameter in ("cls", "operations")]
    make.__signature__ = signature.replace(parameters=[*first, *signature.parameters.values()])  # type: ignore[attr-defined]
    return make


def _said_by(operations: Any, fields: tuple[Field, ...]) -> dict[str, Any]:
    """What the with-line of the batch says, in the words of the class."""
    said = {"table": operations.table_name, "schema": operations.schema}
    return {field.name: said[field.role] for field in fields if field.role is not None}
