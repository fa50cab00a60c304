"""Column types as Python source: the class's public name, its arguments read back from the instance, proved by compiling."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.dialects.postgresql.named_types import NamedType
from sqlalchemy.sql import sqltypes
from sqlalchemy.types import TypeDecorator, TypeEngine

from autodiff.operations.literal import DatabaseType
from autodiff.render.python import (
    Argument,
    Call,
    Code,
    Literal,
    Node,
    Spelled,
    call,
    flat,
    from_ast,
    method,
    spelled_in_order,
)
from autodiff.render.scope import Scope, Unset
from autodiff.render.values import Unwritable, condition_node, node_of, value_node

_P = inspect.Parameter
_Type = TypeEngine[Any]


def type_node(scope: Scope, type_: _Type, check_name: str | None = None) -> Node:
    """The type as source.

    :param check_name: the final name of the CHECK that the type makes (Boolean, Enum), where a convention made one.
    """
    said = scope.hooked("type", type_)
    if said is not Unset and said is not None:
        return said  # type: ignore[no-any-return]
    variants = getattr(type_, "_variant_mapping", None)
    if not variants:
        return _one(scope, type_, check_name)
    bare = copy.copy(type_)
    bare._variant_mapping = {}  # type: ignore[assignment]
    return _with_variants(_one(scope, bare, check_name), [(name, type_node(scope, v)) for name, v in variants.items()])


def _with_variants(node: Node, variants: list[tuple[str, Node]]) -> Node:
    """The node with its variants; dialects that have the same one share a call."""
    names: dict[Node, list[str]] = {}
    for name, variant in variants:
        names.setdefault(variant, []).append(name)
    short = long = node
    for variant, dialects in names.items():
        short = method(short, "with_variant", variant, *map(Literal, dialects))
    for name, variant in sorted(variants, key=itemgetter(0)):
        long = method(long, "with_variant", variant, Literal(name))
    return short if short == long else Spelled(short, long)


def _one(scope: Scope, type_: _Type, check_name: str | None) -> Node:
    if isinstance(type_, DatabaseType):
        return _database_type(scope, type_.spec, type_.affinity)
    if isinstance(type_, TypeDecorator) and not _of_sqlalchemy(type(type_)):
        return _implementation(scope, type_, check_name)
    if _pinned(scope, type_):
        return type_node(scope, sa.CHAR(32))
    if isinstance(type_, sa.Enum):
        return _enum(scope, type_, check_name)
    if isinstance(type_, DOMAIN):
        return _domain(scope, type_)
    return _plain(scope, type_, check_name)


def _of_sqlalchemy(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "sqlalchemy"


def _pinned(scope: Scope, type_: _Type) -> bool:
    """Is it a `Uuid` of which another version of SQLAlchemy makes something else?

    MariaDB: CHAR(32) under 2.0, UUID under 2.1 (measured on 2.0.58, 2.1.9).
    """
    mariadb = getattr(scope.dialect, "is_mariadb", False)
    return mariadb and isinstance(type_, sqltypes.Uuid) and _ddl(scope.twin, type_) == "CHAR(32)"


@node_of.register
def _(value: TypeEngine, scope: Scope) -> Node:  # type: ignore[type-arg]
    return type_node(scope, value)


@node_of.register
def _(value: type, scope: Scope) -> Node:
    if issubclass(value, TypeEngine):
        return type_node(scope, value())
    raise Unwritable(value.__qualname__)


# -- what a text must agree in ------------------------------------------------------------------------------------------


def _ddl(dialect: Any, type_: _Type) -> str:
    """The type in DDL; the error's class where the dialect has no words for it."""
    try:
        return str(type_.compile(dialect=dialect))
    except Exception as error:
        return f"<{type(error).__name__}>"


def _affinity(type_: _Type) -> Any:
    try:
        return type_._type_affinity
    except Exception:
        return None


def _agrees(scope: Scope, node: Node, type_: _Type, everywhere: bool) -> bool:
    """Does the text make the same DDL as the type: on the target, or on every family of databases?"""
    try:
        made = scope.evaluate(node)
    except Exception:
        return False
    if isinstance(made, type):
        made = made()
    if not isinstance(made, TypeEngine) or _affinity(made) is not _affinity(type_):
        return False
    witnesses = scope.witnesses if everywhere else scope.witnesses[:1]
    return all(_ddl(dialect, made) == _ddl(dialect, type_) for dialect in witnesses)


# -- ordinary types -----------------------------------------------------------------------------------------------------


def _plain(scope: Scope, type_: _Type, check_name: str | None) -> Node:
    """The first candidate that means the same everywhere; else the first that does on the target; else raw text."""
    look = _look(type_) if check_name is None else None
    if look is None:
        return _tried(scope, type_, check_name)
    if look not in scope.seen:
        scope.seen[look] = _tried(scope, type_, None)
    return scope.seen[look]


def _look(type_: _Type) -> Any:
    """All that an instance of a type of SQLAlchemy's own holds, to know the same type again; None if it cannot be told."""
    if not _of_sqlalchemy(type(type_)):
        return None
    look = (type(type_), tuple(sorted(vars(type_).items())))
    try:
        hash(look)
    except TypeError:
        return None
    return look


def _tried(scope: Scope, type_: _Type, check_name: str | None) -> Node:
    candidates = []
    heard = scope.heard
    for node in _candidates(scope, type_, check_name):
        if scope.heard != heard:  # the user's own words for a part of it, such as the items of an ARRAY
            return node
        key = (type(type_), flat(node))
        if _of_sqlalchemy(type(type_)) and key in scope.proved:
            return node
        if _agrees(scope, node, type_, everywhere=True):
            scope.proved[key] = node
            return node
        candidates.append(node)
    for node in candidates:
        if _agrees(scope, node, type_, everywhere=False):
            return node
    return _raw(scope, type_, candidates)


def _raw(scope: Scope, type_: _Type, candidates: list[Node]) -> Node:
    spec = _ddl(scope.twin, type_)
    if spec.startswith("<"):
        # The dialect has no words for it (NullType, a type of another database): what the model says is the best there is.
        return candidates[0] if candidates else call(scope.of_sqlalchemy("types.NullType"))
    affinity = _affinity(type_)
    known = (
        affinity is not None and affinity is not sqltypes.NullType and getattr(sa, affinity.__name__, None) is affinity
    )
    return _database_type(scope, spec, _untouched(affinity) if known else None)


def _database_type(scope: Scope, spec: str, affinity: Any) -> Node:
    kept = None if affinity is None else type_node(scope, sa.types.to_instance(affinity))
    return call(f"{scope.op}DatabaseType", Literal(spec), affinity=kept)


def _candidates(scope: Scope, type_: _Type, check_name: str | None) -> Iterator[Node]:
    for cls in type(type_).__mro__:
        if cls is TypeEngine or not issubclass(cls, TypeEngine):
            continue
        path = class_path(scope, cls)
        if path is None:
            continue
        named = call_of(scope, path, type_, cls, check_name)
        if named is not None:
            yield named
        if cls is type(type_):
            yield from _from_repr(path, type_)


def class_path(scope: Scope, cls: type) -> Code | None:
    """The public name of a class in a script, imported where it needs to be."""
    name = cls.__name__
    if getattr(sa, name, None) is cls:
        return scope.of_sqlalchemy(name)
    if not _of_sqlalchemy(cls):
        return scope.of_user(cls)
    if cls.__module__.startswith("sqlalchemy.dialects."):
        package = cls.__module__.split(".")[2]
        if getattr(sys.modules[f"sqlalchemy.dialects.{package}"], name, None) is cls:
            return scope.of_dialect(package, name)
        return None
    return scope.of_sqlalchemy(f"types.{name}") if getattr(sa.types, name, None) is cls else None


# -- arguments ----------------------------------------------------------------------------------------------------------


@cache
def _parameters(cls: type) -> tuple[inspect.Parameter, ...]:
    """The parameters of a class, those that its ``**kw`` hands on to its bases included."""
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is None or base is object:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind is not _P.VAR_KEYWORD:
                found.setdefault(parameter.name, parameter)
        if not any(p.kind is _P.VAR_KEYWORD for p in parameters):
            break
    return tuple(found.values())


@cache
def _untouched(cls: type) -> Any:
    """An instance made without arguments, to see what they are by default; None where some are required."""
    try:
        return cls()
    except Exception:
        return None


def call_of(scope: Scope, path: Code, type_: _Type, cls: type, check_name: str | None) -> Node | None:
    """The call of `cls` with the arguments that the instance was made with; None where one of them cannot be written."""
    try:
        made = Call(path, tuple(_arguments(scope, type_, cls, check_name)))
    except Unwritable:
        return None
    return _as_repr_has_it(scope, made, type_) if cls is type(type_) and _of_sqlalchemy(cls) else made


def _as_repr_has_it(scope: Scope, made: Call, type_: _Type) -> Call:
    """The call whose spelled-out form has the keywords that the type's own repr has, in that order."""
    said = _named_in_repr(type_)
    known = {argument.name for argument in made.arguments}
    more = [name for name in said if name not in known and isinstance(getattr(type_, name, None), TypeEngine | bool)]
    kept = made.arguments
    with suppress(Unwritable):
        kept = (*kept, *(Argument(value_node(scope, getattr(type_, name)), name, implied=True) for name in more))
    return spelled_in_order(replace(made, arguments=kept), said)


def _named_in_repr(type_: _Type) -> list[str]:
    """The keywords of the type's repr, as far as it can be read."""
    try:
        tree = ast.parse(repr(type_), mode="eval").body
    except (SyntaxError, ValueError):
        return []
    return [k.arg for k in tree.keywords if k.arg is not None] if isinstance(tree, ast.Call) else []


def _arguments(scope: Scope, type_: _Type, cls: type, check_name: str | None) -> Iterator[Argument]:
    parameters = _parameters(cls)
    placed = not any(p.kind is _P.VAR_POSITIONAL for p in parameters)
    for parameter in parameters:
        name = parameter.name
        if parameter.kind is _P.VAR_POSITIONAL:
            values: Any = getattr(type_, "enums", None) or getattr(type_, name, None) or getattr(type_, "values", ())
            yield from (Argument(value_node(scope, value)) for value in values)
        elif name == "name" and check_name is not None:
            yield Argument(scope.final(check_name), name)
        elif name not in _NEVER:
            argument = _argument(scope, type_, cls, parameter, placed)
            placed = placed and argument is not None and (argument.name is None or argument.by_place)
            if argument is not None:
                yield argument


# Not about the type in the database (and reading some of them is deprecated).
_NEVER = {"metadata", "inherit_schema", "values_callable", "sort_key_function", "omit_aliases", "validate_strings"}


def _argument(scope: Scope, type_: _Type, cls: type, parameter: inspect.Parameter, placed: bool) -> Argument | None:
    value = getattr(type_, parameter.name, Unset)
    if parameter.default is _P.empty:
        if value is Unset:
            raise Unwritable(parameter.name)
        return Argument(value_node(scope, value))
    # A number at its place needs no keyword: String(50), Numeric(10, 2), but DateTime(timezone=True).
    positional = placed and parameter.kind is _P.POSITIONAL_OR_KEYWORD
    short = positional and isinstance(value, int) and not isinstance(value, bool)
    if value is Unset or _is_default(cls, parameter, value) or _is_of_labels(type_, parameter.name, value):
        return None
    try:
        return Argument(value_node(scope, value), parameter.name, by_place=short)
    except Unwritable:
        return None


def _is_default(cls: type, parameter: inspect.Parameter, value: Any) -> bool:
    if value is parameter.default or value is None:
        return True
    usual = getattr(_untouched(cls), parameter.name, Unset)
    if isinstance(value, TypeEngine) and isinstance(usual, TypeEngine):
        return type(value) is type(usual) and repr(value) == repr(usual)
    return isinstance(value, str | bool | int | float) and bool(value in (parameter.default, usual))


def _is_of_labels(type_: _Type, name: str, value: Any) -> bool:
    """Is it the length of the longest label, which ENUM and SET find out by themselves?"""
    labels = getattr(type_, "enums", None) or getattr(type_, "values", None)
    return name == "length" and isinstance(labels, list | tuple) and value == max(map(len, labels), default=0)


def _from_repr(path: Code, type_: _Type) -> Iterator[Node]:
    """The type's own repr, under the public name of its class."""
    try:
        tree = ast.parse(repr(type_), mode="eval").body
    except (SyntaxError, ValueError):
        return
    node = from_ast(tree)
    if isinstance(node, Call):
        yield Call(path, node.arguments)


# -- types that stand for others ----------------------------------------------------------------------------------------


def _implementation(scope: Scope, type_: TypeDecorator[Any], check_name: str | None) -> Node:
    """What a decorator stores, so that the script lives on when the application's class is gone.

    A dialect on which the decorator chooses another type gets a variant.
    """
    base = _stored(type_, None)
    said = dict(getattr(base, "_variant_mapping", None) or {})
    variants = []
    for dialect in scope.witnesses:
        if dialect.name in said or dialect.name == "default":
            continue
        chosen = _stored(type_, dialect)
        if _ddl(dialect, chosen) != _ddl(dialect, base):
            said[dialect.name] = chosen
            variants.append((dialect.name, type_node(scope, chosen)))
    return _with_variants(type_node(scope, base, check_name), variants)


def _stored(type_: TypeDecorator[Any], dialect: Any) -> _Type:
    chosen: Any = type_.impl_instance if dialect is None else type_.load_dialect_impl(dialect)
    while isinstance(chosen, TypeDecorator) and not _of_sqlalchemy(type(chosen)):
        chosen = chosen.impl_instance if dialect is None else chosen.load_dialect_impl(dialect)
    return chosen  # type: ignore[no-any-return]


def _enum(scope: Scope, type_: sa.Enum, check_name: str | None) -> Node:
    """An enum by its labels, never by its Python class.

    Where the database has named enums, the type is made by `op.create_enum`, once, and a table must not make it again.
    """
    if type_.name and getattr(type_, "native_enum", True) and _is_named_type(scope, type_):
        return Call(scope.of_dialect("postgresql", "ENUM"), (*_enum_arguments(scope, type_), _NOT_CREATED))
    if not _of_sqlalchemy(type(type_)) or type(type_) is not sa.Enum:
        return _plain(scope, type_, check_name)
    return Call(scope.of_sqlalchemy("Enum"), tuple(_generic_enum_arguments(scope, type_, check_name)))


_NOT_CREATED = Argument(Code("False"), "create_type")


def _domain(scope: Scope, type_: DOMAIN) -> Node:
    """A domain by its name: it is made by `op.create_domain`, once, and a table must not make it again."""
    path = scope.of_dialect("postgresql", "DOMAIN")
    of = [Argument(value_node(scope, type_.name)), Argument(type_node(scope, type_.data_type))]
    schema = [] if type_.schema is None else [Argument(value_node(scope, type_.schema), "schema")]
    made = Call(path, (*of, *schema, _NOT_CREATED))
    created = [] if type_.create_type else [_NOT_CREATED]
    return replace(made, spelled=(*of, *_domain_arguments(scope, type_), *schema, *created))


def _domain_arguments(scope: Scope, type_: DOMAIN) -> Iterator[Argument]:
    """What a domain is besides its name and type."""
    for name in ("collation", "collation_schema", "default", "constraint_name", "not_null", "check"):
        value = getattr(type_, name, None)
        if value is not None and value is not False:
            yield Argument(condition_node(scope, value) if name == "check" else value_node(scope, value), name)


def _is_named_type(scope: Scope, type_: sa.Enum) -> bool:
    """Is it, on this dialect, a type of its own that tables would create? (PostgreSQL and what descends from it.)"""
    return isinstance(type_.dialect_impl(scope.twin), NamedType)


def _enum_arguments(scope: Scope, type_: sa.Enum) -> Iterator[Argument]:
    yield from (Argument(Literal(str(label))) for label in type_.enums)
    yield Argument(value_node(scope, type_.name), "name")
    if type_.schema is not None:
        yield Argument(value_node(scope, type_.schema), "schema")


def _generic_enum_arguments(scope: Scope, type_: sa.Enum, check_name: str | None) -> Iterator[Argument]:
    yield from (Argument(Literal(str(label))) for label in type_.enums)
    if check_name is not None:
        yield Argument(scope.final(check_name), "name")
    elif type_.name is not None:
        yield Argument(value_node(scope, type_.name), "name")
    if type_.schema is not None:
        yield Argument(value_node(scope, type_.schema), "schema")
    if not type_.native_enum:
        yield Argument(Code("False"), "native_enum")
    if type_.create_constraint:
        yield Argument(Code("True"), "create_constraint")
    if type_.length is not None and type_.length != max(map(len, type_.enums), default=0):
        yield Argument(Code(repr(type_.length)), "length")
