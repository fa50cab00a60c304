"""The floors of the house: which room may import which (docs/architecture.md, §3), type-hint imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "autodiff"

# The longest name wins: `script.revision` is on floor 1, the rest of `script` on floor 5.
FLOORS = {
    6: ["cli", "commands", "__main__"],
    5: ["autogenerate", "runtime", "script"],
    4: ["reflect", "diff", "render", "preview", "lint", "verify"],
    3: ["dialects"],
    2: ["kinds"],
    1: [
        "operations",
        "ddl",
        *(
            f"script.{name}"
            for name in ("graph", "order", "resolve", "revision", "step", "plan", "header", "header_tree", "naming")
        ),
    ],
    0: ["state", "registry", "errors", "logs", "messages", "progress", "redact", "settings"],
}
# Thin modules under the documented names: they may import anything, and nobody inside imports them.
FACES = [
    *("op", "context", "command", "config", "environment", "migration", "util", "aio"),
    *("compat", "testing", "templates"),
    *("autogenerate.compare", "autogenerate.render", "operations.ops"),
    *("ddl.postgresql", "ddl.sqlite", "ddl.mysql", "ddl.mariadb", "ddl.mssql", "ddl.oracle"),
]
# A package's own __init__ is its face: it may gather what lies in the package, and others may import it.


def modules() -> dict[str, Path]:
    """All modules by their name below `autodiff`; a package goes by its own name."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "templates" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def room(module: str) -> str | int:
    """The floor that a module is on, or `face`."""
    known: dict[str, str | int] = {name: floor for floor, names in FLOORS.items() for name in names}
    known.update(dict.fromkeys(FACES, "face"))
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (prefix := ".".join(parts[:length])) in known:
            return known[prefix]
    raise AssertionError(f"autodiff.{module} stands on no floor: name its room in FLOORS or FACES")


def imported(module: str) -> Iterator[tuple[str, int]]:
    """The modules below `autodiff` that one imports, wherever in its text, each with its line."""
    for node in ast.walk(ast.parse(MODULES[module].read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node)
            names = [f"{source}.{alias.name}" for alias in node.names]
        for name in names:
            if (target := longest_module(name)) is not None:
                yield target, node.lineno  # type: ignore[attr-defined]


def absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = ["autodiff", *module.split(".")]
    if MODULES[module].name != "__init__.py":
        package.pop()
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])


def longest_module(name: str) -> str | None:
    parts = name.split(".")
    if parts[0] != "autodiff":
        return None
    for length in range(len(parts), 1, -1):
        if (candidate := ".".join(parts[1:length])) in MODULES:
            return candidate
    return None


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_a_module_imports_only_its_own_floor_and_those_below(module: str) -> None:
    floor = room(module)
    if floor == "face":
        return
    for target, line in imported(module):
        below = room(target)
        where = f"{MODULES[module].name}:{line}: autodiff.{module} (floor {floor}) imports autodiff.{target}"
        assert below != "face", f"{where}, a face"
        assert below <= floor, f"{where} (floor {below})"  # type: ignore[operator]


def test_no_floor_has_a_cycle() -> None:
    graph = {
        module: {target for target, _ in imported(module) if target != module}
        for module in MODULES
        if module and room(module) != "face"
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("modules import each other: " + " -> ".join(error.args[1]))


def test_importing_the_package_loads_no_module_of_it() -> None:
    assert list(imported("")) == []
