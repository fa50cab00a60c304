"""The statements of a revision, told from its script without running it on the database."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from autodiff.operations.base import Operations
from autodiff.runtime.target import Target

log = logging.getLogger(__name__)

# Calling what these packages give changes nothing outside of a run.
_KNOWN = ("autodiff", "alembic", "sqlalchemy")
# What a run that writes SQL answers otherwise than one on a database, or says in another number of statements.
_OTHERWISE = frozenset({"bulk_insert", "get_bind", "get_context", "run_async"})


class Texts:
    """A stream that keeps each statement that is written to it."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    def write(self, text: str) -> int:
        if not text.startswith("--"):
            self.kept.append(text)
        return len(text)

    def flush(self) -> None:
        pass


def statements_of(step: Any, context: Target) -> Sequence[str]:
    """The statements as `--sql` writes them; none where the script is more than a list of operations.

    Only such a script may be called a second time: whatever else it does would be done again.
    """
    texts = Texts()
    try:
        if step.is_stamp or not list_of_operations(step):
            return ()
        with Operations.context(context.writing(texts)):
            step.migration_fn()
    except Exception:  # what cannot be written without a database is not counted
        log.debug("the statements of %s cannot be told", step, exc_info=True)
        return ()
    return texts.kept


def list_of_operations(step: Any) -> list[ast.stmt]:
    """What the step's function says, where it calls operations, one after the other, and nothing else; else nothing."""
    with open(step.revision.path, "rb") as file:
        tree = ast.parse(file.read())
    known = set(_imported(tree))
    found = [e for e in tree.body if isinstance(e, ast.FunctionDef) and e.name == step.migration_fn.__name__]
    body = found[0].body if len(found) == 1 else []
    return body if all(_is_operation(each, known) for each in body) else []


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names that the script has from packages that are known."""
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] in _KNOWN:
            yield from (alias.asname or alias.name for alias in statement.names)
        if isinstance(statement, ast.Import):
            yield from (a.asname or a.name for a in statement.names if a.name.partition(".")[0] in _KNOWN)


def _is_operation(statement: ast.stmt, known: set[str]) -> bool:
    if isinstance(statement, ast.With):
        names = {each.optional_vars.id for each in statement.items if isinstance(each.optional_vars, ast.Name)}
        opened = all(_is_plain(each.context_expr, known) for each in statement.items)
        return opened and all(_is_operation(each, known | names) for each in statement.body)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) or _is_plain(statement.value, known)
    return isinstance(statement, ast.Pass)


def _is_plain(call: ast.expr, known: set[str]) -> bool:
    """A call whose words all come from known packages."""
    words = [each for each in ast.walk(call) if isinstance(each, (ast.Name, ast.Attribute))]
    return isinstance(call, ast.Call) and all(
        each.id in known if isinstance(each, ast.Name) else each.attr not in _OTHERWISE for each in words
    )
