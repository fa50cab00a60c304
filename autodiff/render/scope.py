"""What rendering needs of its surroundings: prefixes, imports, the user's hook, and a place to prove a text by evaluating it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.elements import conv

from autodiff.errors import CommandError
from autodiff.kinds.kind import twin_of
from autodiff.operations.literal import DatabaseType
from autodiff.operations.schemaobj import ref
from autodiff.render.python import Code, Literal, Node, call, flat, parse

BATCH_PREFIX = "batch_op."


class RenderContext(Protocol):
    """What rendering reads of an `AutogenContext`.

    :ivar imports: import lines that the script needs; rendering adds to it.
    :ivar opts: `sqlalchemy_module_prefix`, `alembic_module_prefix`, `user_module_prefix`, `render_item`,
        `render_as_batch`.
    :ivar dialect: the dialect that the texts are proved on; None is SQLAlchemy's default one.
    """

    imports: set[str]
    opts: MutableMapping[str, Any]

    @property
    def dialect(self) -> Dialect | None: ...
    @property
    def migration_context(self) -> Any: ...


class Plain:
    """A `RenderContext` of these values, for whoever has no comparison at hand."""

    def __init__(
        self,
        *,
        dialect: Dialect | None = None,
        migration_context: Any = None,
        imports: set[str] | None = None,
        opts: MutableMapping[str, Any] | None = None,
    ) -> None:
        self.imports = set() if imports is None else imports
        self.opts: MutableMapping[str, Any] = {} if opts is None else opts
        self.migration_context = migration_context
        self.dialect = dialect if migration_context is None else migration_context.dialect


Unset: Any = object()


class Scope:
    """One rendering.

    :param context: the surroundings; its `imports` grow.
    :param batch_where_needed: write a batch block where the database cannot do without, besides those that were asked for.
    """

    def __init__(self, context: RenderContext, *, batch_where_needed: bool = True) -> None:
        self.context = context
        self.batch_where_needed = batch_where_needed
        self.imports = context.imports
        opts = context.opts
        self.sa = _given(opts, "sqlalchemy_module_prefix", "sa.")
        self.op = _given(opts, "alembic_module_prefix", "op.")
        self.user_prefix: str | None = opts.get("user_module_prefix")
        self.dialect: Dialect = context.dialect or _unknown()
        self.twin = twin_of(self.dialect)
        #: Where a text must mean the same: the target, and one of each family that a script may be run on.
        self.witnesses = [self.twin, _unknown(), *_families()]
        #: Texts that were proved, by class of what they stand for.
        self.proved: dict[tuple[type, str], Node] = {}
        #: How often a hook had something to say: what stands around such a text cannot be proved.
        self.heard = 0
        #: Types that were seen, by all that they hold.
        self.seen: dict[Any, Node] = {}
        self._namespace: dict[str, Any] = {}
        self._bind(self.sa, sa)
        words = SimpleNamespace(f=conv, DatabaseType=DatabaseType, ref=ref)
        self._bind(self.op, words)
        self._bind(BATCH_PREFIX, words)
        for line in sorted(self.imports):
            self._execute(line)

    # -- names

    def of_sqlalchemy(self, name: str) -> Code:
        return Code(f"{self.sa}{name}")

    def final(self, name: str) -> Node:
        """A name to which no naming convention is applied again."""
        return call(f"{prefix_of(self.context)}f", Literal(name))

    def of_dialect(self, package: str, name: str) -> Code:
        """A public name of ``sqlalchemy.dialects.<package>``, imported."""
        self.need(f"from sqlalchemy.dialects import {package}")
        return Code(f"{package}.{name}")

    def of_user(self, cls: type) -> Code | None:
        """A class of the application or of another library, imported; None if it cannot be imported."""
        if self.user_prefix is not None:
            self._bind(self.user_prefix, SimpleNamespace(**{cls.__name__: cls}))
            return Code(f"{self.user_prefix}{cls.__qualname__}")
        module = _shortest_home(cls)
        if module is None:
            return None
        self.need(f"import {module}")
        return Code(f"{module}.{cls.__qualname__}")

    def need(self, line: str) -> None:
        """Make an import line part of the script."""
        if line not in self.imports:
            self.imports.add(line)
            self._execute(line)
        elif line.split()[-1].split(".")[0] not in self._namespace:
            self._execute(line)

    # -- hooks

    def hooked(self, kind: str, thing: Any) -> Any:
        """What the user's `render_item` (then the dialect's own hook, for a type) says: a node; None to leave the thing
        out; `Unset` where they have nothing to say."""
        hook = self.context.opts.get("render_item")
        said: Any = hook(kind, thing, self.context) if hook else False
        if said is False and kind == "type":
            said = self._impl_says(thing)
        if said is False:
            return Unset
        if said is not None and not isinstance(said, str):
            raise CommandError(
                f"render_item returned {said!r} for the {kind} {thing!r}", help="it returns text, None, or False"
            )
        self.heard += 1
        return None if said is None else foreign(said)

    def _impl_says(self, type_: Any) -> Any:
        impl: Any = getattr(self.context.migration_context, "impl", None)
        render_type: Callable[..., Any] | None = getattr(impl, "render_type", None)
        said: Any = render_type(type_, self.context) if render_type else False
        return said or False

    # -- proof

    def evaluate(self, node: Node) -> Any:
        """The value that the text of the node has in the script."""
        return eval(flat(node), dict(self._namespace))

    def _execute(self, line: str) -> None:
        try:
            exec(line, self._namespace)
        except Exception:
            # A line of the user's own that cannot be executed here; the finished script is proved again, and loudly.
            return

    def _bind(self, prefix: str, value: Any) -> None:
        """Make ``prefix`` (``sa.``, ``my.own.``, or nothing) mean `value` in the proofs."""
        names = [part for part in prefix.split(".") if part]
        if not names:
            self._namespace.update({k: v for k, v in vars(value).items() if not k.startswith("__")})
            return
        for name in reversed(names[1:]):
            value = SimpleNamespace(**{name: value})
        self._namespace[names[0]] = value


def _unknown() -> Dialect:
    return DefaultDialect()


def _families() -> Iterator[Dialect]:
    for package in (postgresql, mysql, sqlite):
        made: Callable[[], Dialect] = package.dialect
        yield made()


def _given(opts: MutableMapping[str, Any], name: str, default: str) -> str:
    value = opts.get(name)
    return default if value is None else str(value)


def prefix_of(context: Any) -> str:
    """``op.``, or ``batch_op.`` inside of a batch block."""
    if getattr(context, "_has_batch", False):
        return BATCH_PREFIX
    return _given(context.opts, "alembic_module_prefix", "op.")


@contextmanager
def within_batch(context: Any) -> Iterator[None]:
    """Render for the inside of a batch block."""
    context._has_batch = True
    try:
        yield
    finally:
        context._has_batch = False


def foreign(source: str) -> Node:
    """Source that a hook wrote, as a tree where it can be read as one."""
    return parse(source) or Code(source)


def _shortest_home(cls: type) -> str | None:
    """The shortest prefix of the class's module from which the class can be had by its qualified name."""
    if "<locals>" in cls.__qualname__ or cls.__module__ == "__main__":
        return None
    parts = cls.__module__.split(".")
    for length in range(1, len(parts) + 1):
        name = ".".join(parts[:length])
        found: Any = sys.modules.get(name)
        for attribute in cls.__qualname__.split("."):
            found = getattr(found, attribute, None)
        if found is cls:
            return name
    return None
