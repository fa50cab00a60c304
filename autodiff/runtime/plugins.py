"""Plugins: modules that add comparison functions, operations and renderers, found by entry point or set up by hand."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from enum import Enum, IntEnum
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any, TypeVar

from autodiff.errors import CommandError, UsageError

log = logging.getLogger(__name__)

F = TypeVar("F", bound=Callable[..., Any])

ENTRY_POINT_GROUPS = ("alembic.plugins", "autodiff.plugins")

#: The names under which `autogenerate_plugins` chooses what autodiff compares by itself.
BUILTIN = (
    *(f"alembic.autogenerate.{part}" for part in ("schemas", "tables", "types", "constraints", "defaults", "comments")),
    "alembic.ext.checkconstraint_byname",
)

# A plugin that got another name keeps answering the old one.
RENAMED = {"alembic.autogenerate.checkconstraint_byname": "alembic.ext.checkconstraint_byname"}


class DispatchPriority(IntEnum):
    """When a function is called among the ones for the same target: greatest first."""

    FIRST = 50
    MEDIUM = 25
    LAST = 10


class PriorityDispatchResult(Enum):
    """What a function answers: may the next one for the same element be called?"""

    CONTINUE = "continue"
    STOP = "stop"


class PriorityDispatcher:
    """Functions by target, called in the order of their priorities until one says STOP.

    A STOP ends the functions of one subgroup only, which is the element (types, comments …) that they are about.
    """

    def __init__(self) -> None:
        # Of this shape because programs look into it (declarative-extensions takes its own functions out between runs).
        self._registry: dict[tuple[str, str, DispatchPriority], list[tuple[Callable[..., Any], str | None]]]
        self._registry = defaultdict(list)

    def dispatch_for(
        self,
        target: str,
        *,
        priority: DispatchPriority = DispatchPriority.MEDIUM,
        qualifier: str = "default",
        subgroup: str | None = None,
    ) -> Callable[[F], F]:
        """Register the decorated function.

        :param target: autogenerate, schema, table or column.
        :param qualifier: a dialect's name, or "default" for all.
        """

        def decorate(fn: F) -> F:
            self._registry[target, qualifier, DispatchPriority(priority)].append((fn, subgroup))
            return fn

        return decorate

    def entries(
        self, target: str, qualifier: str = "default"
    ) -> list[tuple[DispatchPriority, str | None, Callable[..., Any]]]:
        """The functions for a target with their priorities and subgroups, in the order of calling.

        Of one priority, those for the dialect come before those for all.
        """
        return [
            (priority, subgroup, fn)
            for priority in sorted(DispatchPriority, reverse=True)
            for wanted in dict.fromkeys((qualifier, "default"))
            for fn, subgroup in self._registry.get((target, wanted, priority), ())
        ]

    def functions(self, target: str, qualifier: str = "default") -> list[tuple[str | None, Callable[..., Any]]]:
        """The functions for a target with their subgroups, in the order of calling."""
        return [(subgroup, fn) for _, subgroup, fn in self.entries(target, qualifier)]

    def dispatch(self, target: str, *, qualifier: str = "default") -> Callable[..., PriorityDispatchResult]:
        """One function that calls all for the target."""
        functions = self.functions(target, qualifier)

        def call(*args: Any, **kw: Any) -> PriorityDispatchResult:
            stopped: set[str | None] = set()
            for subgroup, fn in functions:
                if subgroup not in stopped and fn(*args, **kw) is PriorityDispatchResult.STOP:
                    stopped.add(subgroup)
            return PriorityDispatchResult.STOP if stopped else PriorityDispatchResult.CONTINUE

        return call

    def branch(self) -> PriorityDispatcher:
        """A copy that can grow by itself."""
        copy = PriorityDispatcher()
        copy.populate_with(self)
        return copy

    def populate_with(self, other: PriorityDispatcher) -> None:
        """Add all functions of another one."""
        for key, entries in other._registry.items():
            self._registry[key].extend(entries)


# The plugins that are set up, by name; programs look into it.
_all_plugins: dict[str, Plugin] = {}


class Plugin:
    """A named set of comparison functions.

    :param name: dotted, such as `mypackage.views`; `autogenerate_plugins` in env.py chooses by it.
    :raises UsageError: if a plugin of this name exists already.
    """

    def __init__(self, name: str) -> None:
        if name in _all_plugins:
            raise UsageError(
                f"there is already a plugin {name!r}", help="give this one another name, or .remove() the first"
            )
        self.name = name
        self.autogenerate_comparators = PriorityDispatcher()
        _all_plugins[name] = self
        log.info("setting up plugin %s", name)

    def remove(self) -> None:
        """Forget the plugin and its functions."""
        _all_plugins.pop(self.name, None)

    def add_autogenerate_comparator(
        self,
        fn: Callable[..., PriorityDispatchResult],
        compare_target: str,
        compare_element: str | None = None,
        *,
        qualifier: str = "default",
        priority: DispatchPriority = DispatchPriority.MEDIUM,
    ) -> None:
        """Have a function called by autogenerate.

        :param fn: called with the AutogenContext, the op container, and what the target adds to them; it answers
         CONTINUE, or STOP where nothing else shall look at this element.
        :param compare_target: autogenerate, schema, table or column.
        :param compare_element: what of the target it compares: types, comments …
        :param qualifier: a dialect's name, or "default" for all.
        """
        register = self.autogenerate_comparators.dispatch_for(
            compare_target, priority=priority, qualifier=qualifier, subgroup=compare_element
        )
        register(fn)

    @classmethod
    def populate_autogenerate_priority_dispatch(
        cls, comparators: PriorityDispatcher, include_plugins: Collection[str]
    ) -> None:
        """Put the functions of the chosen plugins into a dispatcher.

        :param include_plugins: names, with `*` for one or more segments; a leading `~` takes away.
        :raises UsageError: for a name that no plugin has.
        """
        for name in chosen([*BUILTIN, *_all_plugins], include_plugins):
            if name not in BUILTIN:
                comparators.populate_with(_all_plugins[name].autogenerate_comparators)

    @classmethod
    def setup_plugin_from_module(cls, module: ModuleType, name: str) -> None:
        """Call the module's `setup(plugin)` with a new plugin of this name."""
        module.setup(cls(name))


def chosen(names: Iterable[str], patterns: Collection[str]) -> list[str]:
    """The names that the patterns choose, in their own order.

    :raises UsageError: for a pattern without a star that fits no name.
    """
    known = list(names)
    for pattern in patterns:
        if "*" not in pattern and not _fitting(known, pattern.removeprefix("~")):
            raise UsageError(
                f"there is no plugin {pattern.removeprefix('~')!r}", help=f"known are {', '.join(known) or 'none'}"
            )
    return fitting(known, patterns)


def fitting(known: Sequence[str], patterns: Collection[str]) -> list[str]:
    """The names that the patterns choose, whatever else the patterns mean."""
    wanted = {name for pattern in patterns if not pattern.startswith("~") for name in _fitting(known, pattern)}
    unwanted = {name for pattern in patterns if pattern.startswith("~") for name in _fitting(known, pattern[1:])}
    return [name for name in known if name in wanted - unwanted]


def _fitting(names: Sequence[str], pattern: str) -> list[str]:
    pattern = RENAMED.get(pattern, pattern)
    return [name for name in names if fits(name, pattern)]


def fits(name: str, pattern: str) -> bool:
    """Does a dotted name fit? A star stands for one segment; as the last one, for one or more."""
    segments, wanted = _segments(name), _segments(pattern)
    if wanted[-1:] == ["*"] and len(segments) > len(wanted):
        segments = segments[: len(wanted)]
    return len(segments) == len(wanted) and all(
        want in ("*", segment) for segment, want in zip(segments, wanted, strict=True)
    )


def _segments(name: str) -> list[str]:
    segments = name.split(".")
    return ["alembic", *segments[1:]] if segments[0] == "autodiff" else segments


@lru_cache(maxsize=1)
def load_plugins() -> None:
    """Set up each installed plugin, once per process."""
    for group in ENTRY_POINT_GROUPS:
        for entry in entry_points(group=group):
            _load(entry)


def _load(entry: EntryPoint) -> None:
    try:
        _set_up(entry, entry.load())
    except Exception as error:
        raise CommandError(
            f"the plugin {entry.name!r} ({entry.value}) cannot be set up: {type(error).__name__}: {error}",
            help="update it, or uninstall the package that it belongs to",
        ) from error


def _set_up(entry: EntryPoint, loaded: Any) -> None:
    if isinstance(loaded, ModuleType) and not hasattr(loaded, "setup"):
        loaded = [value for value in vars(loaded).values() if isinstance(value, ModuleType)]
    if isinstance(loaded, ModuleType):
        Plugin.setup_plugin_from_module(loaded, entry.name)
        return
    for module in loaded:  # a collection of modules: the older form
        Plugin.setup_plugin_from_module(module, f"{entry.name}.{module.__name__.rpartition('.')[2]}")
