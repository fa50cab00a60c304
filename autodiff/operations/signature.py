"""How the one `__init__` of an operation becomes the signature of its directive.

The annotations carry what the two differ in: `TableName` and `SchemaName` are what the with-line of a batch has already
said, `Called` renames, `Spread` turns a sequence into `*args`, `OnlyInBatch` and `NotInBatch` say where a parameter exists.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

_P = inspect.Parameter


@dataclass(frozen=True)
class SaidByBatch:
    """The with-line of the batch says it: the batch directive does not take it."""

    role: str


@dataclass(frozen=True)
class Called:
    """The directive's word for a parameter of the class."""

    name: str


@dataclass(frozen=True)
class Kept:
    """The attribute in which the operation keeps the argument, where it is not the parameter's own name."""

    attribute: str


@dataclass(frozen=True)
class Spread:
    """A sequence for the class, `*args` in the directive."""


@dataclass(frozen=True)
class OnlyInBatch:
    """A parameter that makes sense inside of a batch only."""


@dataclass(frozen=True)
class NotInBatch:
    """A parameter that makes no sense inside of a batch."""


@dataclass(frozen=True)
class OnlyForClass:
    """A parameter that no directive has."""


@dataclass(frozen=True)
class ByWord:
    """Positional for the class, keyword-only in the directive."""


TableName = Annotated[str, SaidByBatch("table")]
SchemaName = Annotated["str | None", SaidByBatch("schema")]


class _Unset:
    """Stands for "not given", where None means something."""

    def __repr__(self) -> str:
        return "<not given>"

    def __bool__(self) -> bool:
        return False


NOT_GIVEN: Any = _Unset()


@dataclass(frozen=True)
class Field:
    """One parameter of an operation: its words for the class and for the directive, and where its value is kept."""

    parameter: inspect.Parameter
    annotation: Any
    marks: tuple[Any, ...]

    @property
    def name(self) -> str:
        return self.parameter.name

    @cached_property
    def word(self) -> str:
        """What the directive calls it."""
        return next((m.name for m in self.marks if isinstance(m, Called)), self.name)

    @property
    def attribute(self) -> str:
        return next((m.attribute for m in self.marks if isinstance(m, Kept)), self.name)

    @property
    def role(self) -> str | None:
        return next((m.role for m in self.marks if isinstance(m, SaidByBatch)), None)

    @property
    def default(self) -> Any:
        return self.parameter.default

    @property
    def private(self) -> bool:
        return self.name.startswith("_")

    @property
    def rest(self) -> bool:
        """Is it `**kw`?"""
        return self.parameter.kind is _P.VAR_KEYWORD

    def marked(self, mark: type) -> bool:
        return any(isinstance(m, mark) for m in self.marks)

    def belongs(self, batch: bool) -> bool:
        if self.private or self.marked(OnlyForClass):
            return False
        if batch:
            return self.role is None and not self.marked(NotInBatch)
        return not self.marked(OnlyInBatch)

    def for_directive(self) -> inspect.Parameter:
        kind = self.parameter.kind
        if self.marked(Spread):
            item = (get_args(self.annotation) or (Any,))[0]
            return self.parameter.replace(name=self.word, kind=_P.VAR_POSITIONAL, default=_P.empty, annotation=item)
        if self.marked(ByWord):
            kind = _P.KEYWORD_ONLY
        return self.parameter.replace(name=self.word, kind=kind, annotation=self.annotation)


def fields_of(cls: type) -> tuple[Field, ...]:
    """The parameters of `cls.__init__`, less self, in order."""
    init = cls.__init__  # type: ignore[misc]
    hints = get_type_hints(init, vars(sys.modules[cls.__module__]), include_extras=True)
    parameters = list(inspect.signature(init).parameters.values())[1:]
    return tuple(_field(parameter, hints.get(parameter.name, Any)) for parameter in parameters)


def _field(parameter: inspect.Parameter, hint: Any) -> Field:
    if get_origin(hint) is Union:
        # Python 3.10 makes the hint of a parameter whose default is None an Optional, around the annotation.
        hint = next((part for part in get_args(hint) if get_origin(part) is Annotated), hint)
    if get_origin(hint) is Annotated:
        annotation, *marks = get_args(hint)
        return Field(parameter, annotation, tuple(marks))
    return Field(parameter, hint, ())


def directive_signature(fields: Sequence[Field], *, batch: bool) -> inspect.Signature:
    """What `op.<name>` (or `batch_op.<name>`) takes."""
    return inspect.Signature(list(_in_order([f.for_directive() for f in fields if f.belongs(batch)])))


def _in_order(parameters: Sequence[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """Positional, `*args`, keywords, `**kw`; a required parameter that follows an optional one becomes a keyword."""
    spread = any(p.kind is _P.VAR_POSITIONAL for p in parameters)
    seen_spread = False
    for parameter in sorted(parameters, key=lambda p: p.kind):
        seen_spread = seen_spread or parameter.kind is _P.VAR_POSITIONAL
        if spread and not seen_spread and parameter.default is not _P.empty:
            parameter = parameter.replace(kind=_P.KEYWORD_ONLY)
        yield parameter


def for_class(fields: Sequence[Field], given: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a directive as the class wants them."""
    keywords: dict[str, Any] = {}
    for field in fields:
        if field.rest:
            keywords.update(given.get(field.word, {}))
        elif field.word in given:
            keywords[field.name] = given[field.word]
        elif field.marked(Spread):
            keywords[field.name] = ()
    return keywords


_PARAMETER = re.compile(r"^:param (\w+):.*(?:\n(?!:).*)*\n?", re.MULTILINE)


def directive_doc(doc: str | None, fields: Sequence[Field], *, batch: bool) -> str:
    """The class's text in the words of the directive, less the parameters that the directive does not have."""
    words = {field.name: field.word for field in fields if field.belongs(batch)}

    def replace(match: re.Match[str]) -> str:
        word = words.get(match[1])
        return "" if word is None else match[0].replace(f":param {match[1]}:", f":param {word}:", 1)

    return _PARAMETER.sub(replace, inspect.cleandoc(doc or "") + "\n").strip()


def misfit(word: str, signature: inspect.Signature, args: Sequence[Any], kw: dict[str, Any]) -> str | None:
    """What Python says of a method of this signature that is called with these arguments; None if they fit."""
    own = _P("self", _P.POSITIONAL_OR_KEYWORD)
    scope: dict[str, Any] = {}
    exec(f"def {word}{inspect.Signature([own, *map(_bare, signature.parameters.values())])}: ...", scope)
    try:
        scope[word](None, *args, **kw)
    except TypeError as error:
        return str(error)
    return None


def _bare(parameter: inspect.Parameter) -> inspect.Parameter:
    """The parameter, less what source text cannot say."""
    default = parameter.default if parameter.default is _P.empty else None
    return parameter.replace(annotation=_P.empty, default=default)
