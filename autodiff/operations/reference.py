"""The reference page of the directives, written from the declarations: `python -m autodiff.operations.reference`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import autodiff.operations.toimpl  # noqa: F401  (declares them)
from autodiff.operations.base import AbstractOperations
from autodiff.operations.declare import declared
from autodiff.operations.signature import directive_doc, directive_signature
from autodiff.operations.stub import OTHERS, call
from autodiff.operations.tree import MigrateOperation

_HEAD = """# Operations

What a migration script can say. `op` is imported from `autodiff`; `batch_op` is what `op.batch_alter_table` gives, where
table and schema are said once. This page is written from the operations' declarations by
`python -m autodiff.operations.reference`.

Two more things live in `op`: `op.DatabaseType("ltree")`, a column type in the database's own words, and
`op.ref("table", "column", schema="s")`, the target of a foreign key whose names are taken as they are, dots included.
"""

_PARAMETER = re.compile(r"^:param (\w+):\s*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)


def reference() -> str:
    """The text of `docs/operations.md`."""
    classes = declared(batch=False)
    names = sorted({str(op_class.directive) for op_class in classes} | set(OTHERS))
    by_name = {str(op_class.directive): op_class for op_class in classes}
    contents = " · ".join(f"[{name}](#{name})" for name in names)
    parts = [_HEAD, contents + "\n"]
    for name in names:
        parts.append("\n".join(_directive(by_name[name]) if name in by_name else _method(name)))
    return "\n".join(parts)


def _directive(op_class: type[MigrateOperation]) -> Iterator[str]:
    name = str(op_class.directive)
    signature = directive_signature(op_class.fields, batch=False)
    yield f"## {name}\n"
    yield f"```python\nop.{call(name, signature)}"
    if op_class in declared(batch=True):
        yield f"batch_op.{call(name, directive_signature(op_class.fields, batch=True))}"
    yield "```\n"
    yield from _text(_both(op_class))
    yield f"Class: `autodiff.operations.ops.{op_class.__name__}`\n"


def _both(op_class: type[MigrateOperation]) -> str:
    """The text for `op`, with the parameters that only a batch has."""
    doc = directive_doc(op_class.__doc__, op_class.fields, batch=False)
    only = [f for f in op_class.fields if f.belongs(True) and not f.belongs(False)]
    extra = dict(_PARAMETER.findall(directive_doc(op_class.__doc__, op_class.fields, batch=True)))
    lines = [f":param {field.word}: (in a batch) {extra[field.word]}" for field in only if field.word in extra]
    return "\n".join([doc, *lines])


def _method(name: str) -> Iterator[str]:
    method = getattr(AbstractOperations, name)
    signature = inspect.signature(method)
    if not inspect.ismethod(method):
        signature = signature.replace(parameters=list(signature.parameters.values())[1:])
    yield f"## {name}\n"
    yield f"```python\nop.{call(name, signature)}\n```\n"
    yield from _text(inspect.cleandoc(method.__doc__ or ""))


def _text(doc: str) -> Iterator[str]:
    before = doc.split("\n:", 1)[0].strip()
    yield f"{before}\n"
    parameters = _PARAMETER.findall(doc)
    for name, text in parameters:
        yield f"* `{name}`: {' '.join(text.split())}"
    if parameters:
        yield ""


def undocumented() -> list[str]:
    """Parameters of directives that no text says anything of, as ``directive.parameter``."""
    missing = []
    for op_class in declared(batch=False):
        said = {name for name, _ in _PARAMETER.findall(inspect.cleandoc(op_class.__doc__ or ""))}
        fields = (f for f in op_class.fields if f.belongs(False) or f.belongs(True))
        missing += [f"{op_class.directive}.{f.name}" for f in fields if f.name not in said]
    return missing


if __name__ == "__main__":
    print(reference(), end="")
