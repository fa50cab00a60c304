"""Writes the reference pages from what the code declares: `python docs/reference.py`, or `make docs`."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import black

DOCS = Path(__file__).parent
OP_STUB = DOCS.parent / "autodiff" / "op.pyi"


def commands() -> str:
    """The page of the command line."""
    from autodiff.cli.main import CommandLine

    line = CommandLine(prog="autodiff")
    lines = ["# Commands", "", "`autodiff COMMAND --help` says the same. Options before the command hold for all:", ""]
    lines += options(line.parser)
    lines += [
        "",
        "Exit codes: 0 done (no differences), 1 there are differences, 2 the call was wrong, 3 it failed.",
        "",
    ]
    for name, parser in sorted(line.subparsers.choices.items()):
        lines += [f"## autodiff {name}", "", (parser.description or "").strip(), "", "```console"]
        lines += [f"$ {example.strip()}" for example in (parser.epilog or "").splitlines()[1:]]
        lines += ["```", "", *options(parser), ""]
    return "\n".join(lines).rstrip() + "\n"


def options(parser: argparse.ArgumentParser) -> list[str]:
    rows = []
    for action in parser._actions:
        if isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        choices = "|".join(map(str, action.choices)) if action.choices else ""
        value = "" if action.nargs == 0 else f" {action.metavar or choices or action.dest.upper()}"
        words = ", ".join(f"`{flag}{value}`" for flag in action.option_strings) or f"`{action.dest.upper()}`"
        rows.append(f"* {words}: {cell(action.help or '')}")
    return rows


def cell(text: str) -> str:
    return " ".join(text.replace("%%", "%").replace("%(prog)s", "autodiff").split())


def operations() -> str:
    """The page of `op.*`, from the stub that type checkers read."""
    lines = [
        "# Operations",
        "",
        "What a script can do: `from autodiff import op`. Those that `batch_op` has, too, leave out the table's name and schema,",
        "which the line `with op.batch_alter_table(…) as batch_op:` said already.",
        "",
    ]
    for function in functions(ast.parse(OP_STUB.read_text())):
        lines += [f"## op.{function.name}", "", "```python", signature(function), "```", ""]
        lines += [*prose(ast.get_docstring(function) or ""), ""]
    return "\n".join(lines).rstrip() + "\n"


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    seen = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name not in seen and not node.name.startswith("_"):
            seen.add(node.name)
            yield node


def signature(function: ast.FunctionDef) -> str:
    bare = ast.FunctionDef(
        name=function.name,
        args=function.args,
        body=[ast.Expr(ast.Constant(...))],
        decorator_list=[],
        returns=function.returns,
        lineno=0,
    )
    bare.type_params = []  # type: ignore[attr-defined, unused-ignore]  # Python 3.12 and later ask for it
    text = black.format_str(ast.unparse(bare), mode=black.Mode(line_length=100, is_pyi=True)).strip()
    return re.sub(r":\s*\.\.\.$", "", text.removeprefix("def "))


def prose(docstring: str) -> list[str]:
    """A docstring as Markdown: paragraphs, and a list of the parameters."""
    text = inspect.cleandoc(docstring).replace("``", "`")
    lines = []
    for line in text.splitlines():
        parameter = re.match(r":param (\w+): (.*)", line)
        result = re.match(r":returns?: (.*)", line)
        if parameter:
            lines.append(f"* `{parameter[1]}`: {parameter[2]}")
        elif result:
            lines.append(f"* returns {result[1]}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("    ") else line)
    return lines


PAGES: dict[str, Callable[[], str]] = {"commands.md": commands, "operations.md": operations}


def main() -> None:
    for name, text in PAGES.items():
        (DOCS / name).write_text(text())


if __name__ == "__main__":
    main()
