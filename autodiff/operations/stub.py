"""The stubs of the directives for type checkers, written from the declarations: `python -m autodiff.operations.stub`.

It writes `operations/directives.pyi` (methods of `Operations` and `BatchOperations`) and `op.pyi` (functions of `op`).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import black

import autodiff.operations.toimpl  # noqa: F401  (declares them)
from autodiff.operations.base import AbstractOperations
from autodiff.operations.declare import declared
from autodiff.operations.signature import NOT_GIVEN, directive_doc, directive_signature

_HEAD = '''"""{title} Written by `python -m autodiff.operations.stub`."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.schema import Column, SchemaItem
from sqlalchemy.types import TypeEngine
'''

_PACKAGE = Path(__file__).parents[1]


_MODE = black.Mode(line_length=120, is_pyi=True)


def directives() -> str:
    """The text of `operations/directives.pyi`."""
    lines = [_HEAD.format(title="The directives.")]
    for name, batch in (("OperationDirectives", False), ("BatchDirectives", True)):
        lines.append(f"\nclass {name}:")
        for op_class in declared(batch=batch):
            lines.append(_directive(op_class, batch=batch, method=True))
    return black.format_str("\n".join(lines), mode=_MODE)


def op() -> str:
    """The text of `op.pyi`."""
    lines = [_HEAD.format(title="The operations of the run that is going on, as functions.")]
    lines.append("from autodiff.operations.base import BatchOperations, Operations")
    lines.append("from autodiff.operations.literal import DatabaseType as DatabaseType, InlineLiteral")
    lines.append("from autodiff.operations.schemaobj import ref as ref")
    lines.append("from autodiff.operations.tree import MigrateOperation\n")
    lines.append('_T = TypeVar("_T")\n_C = TypeVar("_C", bound=type)\n_F = TypeVar("_F", bound=Callable[..., Any])\n')
    for op_class in declared(batch=False):
        lines.append(_directive(op_class, batch=False, method=False))
    lines.extend(_others())
    return black.format_str("\n".join(lines), mode=_MODE)


def _directive(op_class: Any, *, batch: bool, method: bool) -> str:
    """The function, or method, that is an operation's directive."""
    return _function(
        str(op_class.directive),
        directive_signature(op_class.fields, batch=batch),
        "Table" if op_class.directive == "create_table" else "None",
        directive_doc(op_class.__doc__, op_class.fields, batch=batch),
        method=method,
    )


OTHERS = {
    "batch_alter_table": "AbstractContextManager[BatchOperations]",
    "f": "str",
    "get_bind": "Connection",
    "get_context": "Any",
    "implementation_for": "Callable[[_F], _F]",
    "inline_literal": "InlineLiteral",
    "invoke": "Any",
    "register_operation": "Callable[[_C], _C]",
    "run_async": "_T",
}


def _others() -> Iterator[str]:
    for name, answer in OTHERS.items():
        method = getattr(AbstractOperations, name)
        signature = inspect.signature(method)
        if not inspect.ismethod(method):
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        yield _function(name, signature, answer, method.__doc__, method=False)


def _function(name: str, signature: inspect.Signature, answer: str, doc: str | None, *, method: bool) -> str:
    parameters = [*(["self"] if method else []), *_parameters(signature)]
    indent = "    " if method else ""
    text = inspect.cleandoc(doc or "").replace("\\", "\\\\")
    body = "\n".join(f"{indent}    {line}".rstrip() for line in f'"""{text}\n"""'.split("\n"))
    return f"{indent}def {name}({', '.join(parameters)}) -> {answer}:\n{body}\n"


def _parameters(signature: inspect.Signature) -> Iterator[str]:
    starred = False
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL:
            starred = True
        elif parameter.kind is parameter.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        yield _parameter(parameter)


def _parameter(parameter: inspect.Parameter) -> str:
    stars = (
        "*" if parameter.kind is parameter.VAR_POSITIONAL else "**" if parameter.kind is parameter.VAR_KEYWORD else ""
    )
    text = f"{stars}{parameter.name}: {_annotation(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    default = "..." if parameter.default is NOT_GIVEN or parameter.default == {} else repr(parameter.default)
    return f"{text} = {default}"


def _annotation(annotation: Any) -> str:
    """An annotation as source, the same from every version of Python."""
    if annotation is inspect.Parameter.empty or annotation is Any:
        return "Any"
    if annotation is type(None):
        return "None"
    if isinstance(annotation, str):
        return annotation.replace("Recreate", "Literal['auto', 'always', 'never']").replace("T]", "_T]")
    if annotation is Ellipsis:
        return "..."
    origin, parts = get_origin(annotation), [_annotation(part) for part in get_args(annotation)]
    if origin in (Union, UnionType):
        # None comes last, as people write it.
        return "Any" if "Any" in parts else " | ".join(sorted(parts, key=lambda part: part == "None"))
    if origin is not None:
        return f"{origin.__name__}[{', '.join(parts)}]"
    return str(annotation.__name__)


def write() -> None:
    """Write both stubs into the package."""
    for path, text in STUBS.items():
        path.write_text(text(), encoding="utf-8")


STUBS = {_PACKAGE / "operations" / "directives.pyi": directives, _PACKAGE / "op.pyi": op}

if __name__ == "__main__":
    write()
