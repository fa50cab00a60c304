"""What `adopt` looks at: the files of a project written for Alembic, and the packages around it. Nothing is run."""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import distributions, entry_points

from autodiff.errors import CommandError
from autodiff.messages import short_path
from autodiff.script.base import ScriptDirectory
from autodiff.settings import Config

PLACE = re.compile(r"^(?P<before>\s*from\s+)alembic(?=(\.[\w.]+)?\s+import\s)", re.MULTILINE)
TEMPLATE = "script.py.mako"


@dataclass(frozen=True)
class Found:
    """:param topic: configuration, env.py, template, scripts, plugins, installed.
    :param text: what is there.
    :param in_the_way: why the project would not run as it is; None where it would.
    """

    topic: str
    text: str
    in_the_way: str | None = None


def look(config: Config) -> Iterator[Found]:
    """Everything that is found, topic by topic."""
    yield from configuration(config)
    try:
        script = ScriptDirectory.from_config(config)
    except CommandError as error:
        yield Found("scripts", "there is no script directory", str(error))
        return
    yield from environment(script)
    yield from template(script)
    yield from scripts(script)
    yield from plugins()
    yield from installed()


def configuration(config: Config) -> Iterator[Found]:
    files = [name for name in (config.config_file_name, config.toml_file_name) if name and os.path.exists(name)]
    if not files:
        looked = config.config_file_name or "an ini file"
        yield Found("configuration", "none", f"{looked} does not exist; name the file with -c")
    for name in files:
        table = config.config_ini_section if name == config.config_file_name else "tool.alembic or tool.autodiff"
        yield Found("configuration", f"{short_path(name)}, [{table}], is read as it is")


# env.py, the template and the scripts


def environment(script: ScriptDirectory) -> Iterator[Found]:
    path = script.env_py_location
    tree = parsed(path)
    if isinstance(tree, Found):
        yield tree
        return
    yield from imports("env.py", path, tree)
    unknown = sorted({word.arg for call in calls(tree, "configure") for word in call.keywords if word.arg} - options())
    for name in unknown:
        yield Found("env.py", f"configure({name}=…) is no option of ours; it is passed on, and a run warns of it")
    if not any(True for _ in calls(tree, "run_migrations")):
        yield Found("env.py", f"{short_path(path)} does not call context.run_migrations() itself")
    said = {word.arg for call in calls(tree, "configure") for word in call.keywords}
    if "compare_server_default" not in said:
        yield Found(
            "env.py", "changes: server defaults are compared, too; compare_server_default=False leaves them out"
        )


def options() -> set[str]:
    from autodiff.runtime.environment import EnvironmentContext

    return set(inspect.signature(EnvironmentContext.configure).parameters)


def template(script: ScriptDirectory) -> Iterator[Found]:
    path = os.path.join(script.dir, TEMPLATE)
    text = read(path)
    if text is None:
        yield Found("template", "none", f"{short_path(path)} does not exist; `autodiff revision` needs it")
        return
    missing = [name for name in ("upgrades", "downgrades", "imports") if name not in text]
    for name in missing:
        yield Found("template", f"{TEMPLATE} has no ${{{name}}}: autogenerate has nowhere to write it")
    if not missing:
        yield Found("template", f"{short_path(path)} is used as it is")


def scripts(script: ScriptDirectory) -> Iterator[Found]:
    try:
        revisions = list(script.walk_revisions())
        heads = script.get_heads()
    except CommandError as error:
        yield Found("scripts", "cannot be read", str(error))
        return
    said = f"{counted(len(revisions), 'revision')}, {counted(len(heads), 'head')}"
    yield Found("scripts", f"{said}, read without running them" if revisions else said)
    foreign: dict[str, list[str]] = {}
    for revision in revisions:
        tree = parsed(revision.path)
        if isinstance(tree, Found):
            yield Found("scripts", tree.text, tree.in_the_way)
            continue
        yield from (found for found in imports("scripts", revision.path, tree) if found.in_the_way)
        for name in unknown_directives(tree):
            foreign.setdefault(name, []).append(short_path(revision.path))
    for name, paths in sorted(foreign.items()):
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield Found("scripts", f"op.{name} ({paths[0]}{more}) is not built in: env.py, or a plugin, has to register it")


def unknown_directives(tree: ast.AST) -> set[str]:
    from autodiff.operations import Operations

    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "op"
    }
    return {name for name in used if not hasattr(Operations, name)}


def parsed(path: str | None) -> ast.AST | Found:
    """The syntax tree of a file; a finding where there is none."""
    text = read(path) if path else None
    name = os.path.basename(path or "")
    if text is None:
        return Found(name, "none", f"{short_path(path or '')} does not exist")
    try:
        return ast.parse(text)
    except SyntaxError as error:
        return Found(name, short_path(path or ""), f"{short_path(path or '')}:{error.lineno}: {error.msg}")


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """The calls of a function or method of this name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name in (getattr(node.func, "attr", None), getattr(node.func, "id", None)):
            yield node


def imports(topic: str, path: str, tree: ast.AST) -> Iterator[Found]:
    """What a file imports from Alembic, and whether it is here under the same name."""
    wanted = list(imported(tree))
    lacking = [(module, name, line) for module, name, line in wanted if not is_here(module, name)]
    for module, name, line in lacking:
        what = f"{module}.{name}" if name else module
        yield Found(topic, what, f"{short_path(path)}:{line} imports {what}, which autodiff does not have")
    if wanted and not lacking:
        yield Found(topic, f"{short_path(path)} imports {counted(len(wanted), 'name')} from alembic, all of them here")


def imported(tree: ast.AST) -> Iterator[tuple[str, str | None, int]]:
    """Module, name and line of each import from the package alembic."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and is_ours(node.module or ""):
            yield from ((node.module or "", alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None, node.lineno) for alias in node.names if is_ours(alias.name))


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == "alembic"


@cache
def is_here(module: str, name: str | None) -> bool:
    """Is there such a module, and such a name in it, under `autodiff`?"""
    real = "autodiff" + module[len("alembic") :]
    try:
        found = import_module(real)
    except ImportError:
        return False
    if name is None or name in ("*", "__version__") or hasattr(found, name):
        return True
    return is_here(f"{module}.{name}", None)


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


# the packages around


def plugins() -> Iterator[Found]:
    """Plugins that register themselves; each is imported, as a run would."""
    from autodiff.runtime.alias import install

    install()
    for entry in entry_points(group="alembic.plugins"):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        try:
            entry.load()
        except Exception as error:
            yield Found("plugins", package, f"{package} cannot be loaded: {type(error).__name__}: {error}")
        else:
            yield Found("plugins", f"{package} is loaded ({entry.name})")


def installed() -> Iterator[Found]:
    """Is Alembic installed, and who asks for it?"""
    found = {str(dist.metadata["Name"]).lower(): dist for dist in distributions() if dist.metadata["Name"]}
    asking = sorted(name for name, dist in found.items() if any(map(asks_for_alembic, dist.requires or ())))
    asking = [name for name in asking if name != "alembic"]
    alembic = found.get("alembic")
    if alembic is not None and not any(requirement.startswith("autodiff") for requirement in alembic.requires or ()):
        yield Found("installed", f"alembic {alembic.version} is there and not used; both can be")
    elif alembic is not None:
        yield Found("installed", "the shim stands for alembic")
    if asking:
        yield Found(
            "installed", f"{', '.join(asking)} require{'s' * (len(asking) == 1)} alembic; the shim satisfies that"
        )


def asks_for_alembic(requirement: str) -> bool:
    return re.match(r"alembic(?![\w.-])", requirement, re.IGNORECASE) is not None and "extra ==" not in requirement


# what can be changed


def read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return None


def rewrites(script: ScriptDirectory) -> Iterator[tuple[str, int, Callable[[], None]]]:
    """Files in which `from alembic import …` can say autodiff: path, number of lines, and what changes it.

    Scripts that have run stay as they are.
    """
    for path in (script.env_py_location, os.path.join(script.dir, TEMPLATE)):
        text = read(path)
        changed, count = PLACE.subn(r"\g<before>autodiff", text or "")
        if count:
            yield path, count, lambda path=path, changed=changed: write(path, changed)  # type: ignore[misc]


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def in_the_way(found: Iterable[Found]) -> list[Found]:
    return [each for each in found if each.in_the_way]
