"""`Rewriter`: replaces operations of a script as it is generated; a `process_revision_directives` made of small functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from autodiff.operations.dispatch import Dispatcher
from autodiff.operations.tree import MigrateOperation, MigrationScript, OpContainer

Rewrite = Callable[[Any, Any, Any], Any]
"""``fn(context, revision, op)``: gives back the operation, another one, a list of them, or an empty list to drop it."""

F = TypeVar("F", bound=Rewrite)


class Rewriter:
    """Functions by class of operation, applied to each operation of the scripts::

        writer = Rewriter()

        @writer.rewrites(ops.AddColumnOp)
        def nullable_first(context, revision, op):
            …
            return [op, another]

        context.configure(…, process_revision_directives=writer)

    What a function gives back is not given to the same rewriter again; that of one rewriter is given to the next of a
    `chain`.
    """

    _traverse = Dispatcher()
    """How an operation's inside is visited, by class: ``fn(rewriter, context, revision, op)``."""

    def __init__(self) -> None:
        self._rewrites: list[tuple[type, Rewrite]] = []
        self._chained: tuple[Rewriter, ...] = ()

    def chain(self, other: Rewriter) -> Rewriter:
        """A rewriter that does what this one does, then what `other` does."""
        chained = type(self)()
        vars(chained).update(vars(self))
        chained._chained = (*self._chained, other)
        return chained

    def rewrites(self, operator: type[MigrateOperation]) -> Callable[[F], F]:
        """Decorate the function that is given each operation of a class (and of its subclasses).

        Several functions for a class are applied one after the other.
        """

        def register(fn: F) -> F:
            self._rewrites.append((operator, fn))
            return fn

        return register

    def __call__(self, context: Any, revision: Any, directives: list[MigrationScript]) -> None:
        self.process_revision_directives(context, revision, directives)
        for other in self._chained:
            other(context, revision, directives)

    def process_revision_directives(self, context: Any, revision: Any, directives: list[MigrationScript]) -> None:
        """Rewrite the scripts in place."""
        self._rewrite_all(context, revision, directives)

    # -- the tree

    def _rewrite_all(self, context: Any, revision: Any, directives: list[Any]) -> None:
        directives[:] = [new for old in directives for new in self._rewritten(context, revision, old)]

    def _rewritten(self, context: Any, revision: Any, directive: MigrateOperation) -> Iterator[MigrateOperation]:
        """What takes the place of an operation; the insides are rewritten after it."""
        for new in self._replaced(context, revision, directive):
            self._visit(context, revision, new)
            yield new

    def _replaced(self, context: Any, revision: Any, directive: MigrateOperation) -> list[MigrateOperation]:
        if isinstance(directive, MigrateOperation) and self in directive._mutations:
            return [directive]
        current = [directive]
        for operator, rewrite in self._rewrites:
            current = [
                new
                for old in current
                for new in (_listed(rewrite(context, revision, old), old) if isinstance(old, operator) else [old])
            ]
        for new in current:
            if isinstance(new, MigrateOperation):
                new._mutations = new._mutations | {self}
        return current

    def _visit(self, context: Any, revision: Any, directive: MigrateOperation) -> None:
        self._traverse.dispatch(directive)(self, context, revision, directive)


def _listed(said: Any, op: MigrateOperation) -> list[Any]:
    """What a function gave back, as a list; a function that gives nothing back has changed the operation itself."""
    if said is None:
        return [op]
    return list(said) if isinstance(said, Iterable) and not isinstance(said, MigrateOperation) else [said]


@Rewriter._traverse.dispatch_for(object)  # a plugin's operation need not be a MigrateOperation
def _nothing_inside(rewriter: Rewriter, context: Any, revision: Any, directive: object) -> None:
    pass


@Rewriter._traverse.dispatch_for(OpContainer)
def _operations(rewriter: Rewriter, context: Any, revision: Any, directive: OpContainer) -> None:
    rewriter._rewrite_all(context, revision, directive.ops)


@Rewriter._traverse.dispatch_for(MigrationScript)
def _both_ways(rewriter: Rewriter, context: Any, revision: Any, directive: MigrationScript) -> None:
    for containers in (directive.upgrade_ops_list, directive.downgrade_ops_list):
        rewriter._rewrite_all(context, revision, containers)
