"""A whole script's source in black's form: known to be so without asking black, where it was written by us."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from autodiff.render.python import WIDTH, Call, flat, from_ast, layout, width


def format_source(text: str) -> str:
    """The source as black would write it (88 columns).

    Black is asked only where the text is not plainly in its form already: where a hook or a template wrote a part of it.

    :raises black.InvalidInput: if the text is not Python.
    """
    if is_formatted(text):
        return text
    import black

    return black.format_str(text, mode=black.Mode(line_length=WIDTH))


def is_formatted(text: str) -> bool:
    """Is the text surely what black would make of it? (False says nothing: there are forms that this does not know.)"""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    # Not splitlines(): form feeds and Unicode's own line ends do not end a line of Python.
    lines = text.split("\n")
    if lines.pop() != "" or not lines or "\r" in text or "\f" in text:
        return False
    return all(_as_black_writes(statement, lines, 0) for statement in tree.body) and all(_gaps(tree.body, lines, 0))


# -- statements ---------------------------------------------------------------------------------------------------------


def _as_black_writes(statement: ast.stmt, lines: Sequence[str], indent: int) -> bool:
    source = list(lines[statement.lineno - 1 : statement.end_lineno])
    if isinstance(statement, ast.FunctionDef):
        body = statement.body
        head = _HEAD.fullmatch(source[0]) and not statement.decorator_list and body[0].lineno > statement.lineno
        return bool(head) and width(source[0]) <= WIDTH and all(_as_black_writes(s, lines, indent + 4) for s in body)
    if isinstance(statement, ast.With):
        return _with(statement, lines, indent)
    if isinstance(statement, ast.Expr):
        return _expression(statement, source, indent)
    return source == [" " * indent + line for line in _one_line(statement)] and width(source[0]) <= WIDTH


_HEAD = re.compile(r"def \w+\((\w+(: \w+)?)?\)( -> \w+)?:")


def _with(statement: ast.With, lines: Sequence[str], indent: int) -> bool:
    item = statement.items[0]
    node = from_ast(item.context_expr)
    if len(statement.items) > 1 or node is None or not isinstance(item.optional_vars, ast.Name):
        return False
    head = lines[statement.lineno - 1 : statement.body[0].lineno - 1]
    written = layout(node, indent, "with ", f" as {item.optional_vars.id}:")
    comments = head[len(written) :]
    fits = head[: len(written)] == written and all(_is_comment(line, indent + 4) for line in comments)
    return fits and all(_as_black_writes(s, lines, indent + 4) for s in statement.body)


def _expression(statement: ast.Expr, source: list[str], indent: int) -> bool:
    value = statement.value
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return _is_plain_docstring(source, indent)
    node = from_ast(value)
    if node is None:
        return False
    if layout(node, indent) == source:
        return True
    # One argument per line, each with its comma, is a form that black keeps; the tree does not tell it.
    return isinstance(node, Call) and layout(replace(node, tall=True), indent) == source


def _one_line(statement: ast.stmt) -> Iterator[str]:
    """The line of an import, an assignment of a plain value, or `pass`; none for other statements."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
        yield ast.unparse(statement)
    elif isinstance(statement, ast.AnnAssign) and statement.value and (node := from_ast(statement.value)):
        yield f"{ast.unparse(statement.target)}: {ast.unparse(statement.annotation)} = {flat(node)}"
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1 and (node := from_ast(statement.value)):
        yield f"{ast.unparse(statement.targets[0])} = {flat(node)}"


def _is_plain_docstring(source: list[str], indent: int) -> bool:
    """A docstring that black leaves alone: no escapes, no quotes at its ends, nothing that it would indent otherwise."""
    text = "\n".join(source)[indent:]
    if not (text.startswith('"""') and text.endswith('"""') and len(text) > 6) or "\\" in text or "\t" in text:
        return False
    inner = text[3:-3]
    if inner[0] in ' "\n' or inner.rstrip()[-1:] in ("", '"') or any(line != line.rstrip() for line in source):
        return False
    if len(source) == 1:
        return inner == inner.strip() and width(source[0]) <= WIDTH
    return source[-1] == " " * indent + '"""' and all(_indent_of(line) == indent for line in source if line)


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# -- what stands between them -------------------------------------------------------------------------------------------


def _gaps(body: Sequence[ast.stmt], lines: Sequence[str], indent: int) -> Iterator[bool]:
    """For each place between, before and after statements: are its blank lines and comments as black leaves them?"""
    inner = [s for s in body if isinstance(s, ast.FunctionDef | ast.With)]
    first = 0 if indent == 0 else body[0].lineno - 1
    yield body[0].lineno - 1 == first if body else False
    for before, after in pairwise(body):
        gap = lines[before.end_lineno or before.lineno : after.lineno - 1]
        if indent == 0:
            yield _top_level_gap(before, after, gap)
        else:
            yield _inner_gap(gap, indent)
    for statement in inner:
        start = statement.body[0].lineno - 1
        head = lines[statement.lineno : start] if isinstance(statement, ast.FunctionDef) else []
        yield _inner_gap(head, indent + 4) and "" not in head
        yield from _gaps(statement.body, lines, indent + 4)
    if indent == 0 and body:
        # Comments at the end of the last function.
        yield all(_is_comment(line, 4) for line in lines[body[-1].end_lineno or body[-1].lineno :])


def _top_level_gap(before: ast.stmt, after: ast.stmt, gap: Sequence[str]) -> bool:
    comments = [line for line in gap if line]
    blank = len(gap) - len(comments)
    if isinstance(before, ast.FunctionDef):
        # Comments at the end of the function, then two blank lines.
        ends = ([*comments, "", ""], ["", *comments, "", ""])
        return (
            all(_is_comment(line, 4) for line in comments) and list(gap) in ends and (bool(comments) or len(gap) == 2)
        )
    if isinstance(after, ast.FunctionDef):
        return list(gap) == ["", ""]
    if not all(_is_comment(line, 0) for line in comments) or list(gap) != [""] * blank + comments:
        return False
    imports = (ast.Import, ast.ImportFrom)
    leaves_imports = isinstance(before, imports) and not isinstance(after, imports)
    docstring = isinstance(before, ast.Expr)
    return blank == 1 if leaves_imports or docstring or comments else blank <= 1


def _inner_gap(gap: Sequence[str], indent: int) -> bool:
    """Inside of a function: comments at the depth of what follows, at most one blank line before them."""
    comments = [line for line in gap if line]
    return list(gap) in (comments, ["", *comments]) and all(_is_comment(line, indent) for line in comments)


def _is_comment(line: str, indent: int) -> bool:
    return _indent_of(line) == indent and re.match(r"# \S|#$", line.strip()) is not None and line == line.rstrip()
