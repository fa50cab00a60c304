"""What `init` can see of a project without executing it: where its models' metadata is, and which database it uses."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from autodiff.redact import redact

_PASSED_OVER = {"node_modules", "site-packages", "__pycache__", "build", "dist", "tests", "test", "venv", "env"}
_URL = re.compile(r"""["'=\s]((?:postgresql|postgres|mysql|mariadb|sqlite|mssql|oracle)(?:\+\w+)?://[^\s"']*)""")
_BASES = {"DeclarativeBase", "DeclarativeBaseNoMeta", "MappedAsDataclass", "SQLModel"}
_MANY = 2000


def guess_metadata(root: str, directory: str) -> str | None:
    """The line for env.py that names the models' metadata; None where nothing is found.

    :param root: the project's directory.
    :param directory: the script directory, which is passed over.
    """
    for path in _python_files(root, directory):
        with open(path, "rb") as stream:
            source = stream.read(200_000)
        if b"sqlalchemy" not in source and b"sqlmodel" not in source:
            continue
        name = _metadata_name(source)
        if name is not None:
            module = _module_name(os.path.relpath(path, root))
            return f"from {module} import {name.partition('.')[0]}; target_metadata = {name}"
    return None


def _python_files(root: str, directory: str) -> Iterator[str]:
    left = _MANY
    skipped = os.path.abspath(directory)
    for here, below, names in os.walk(root):
        below[:] = sorted(
            name
            for name in below
            if not name.startswith(".")
            and name not in _PASSED_OVER
            and os.path.join(os.path.abspath(here), name) != skipped
            and not os.path.exists(os.path.join(here, name, "pyvenv.cfg"))
        )
        for name in sorted(names):
            if name.endswith(".py") and not name.startswith("test_"):
                yield os.path.join(here, name)
                left -= 1
                if not left:
                    return


def _metadata_name(source: bytes) -> str | None:
    """`Base.metadata` for a declarative base, `metadata` for a MetaData at the top of a file."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(_last_name(base) in _BASES - {"SQLModel"} for base in node.bases):
            return f"{node.name}.metadata"
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            made = _last_name(node.value.func)
            if isinstance(target, ast.Name) and made in ("declarative_base", "automap_base"):
                return f"{target.id}.metadata"
            if isinstance(target, ast.Name) and made == "MetaData":
                return target.id
    return None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _module_name(path: str) -> str:
    parts = path.removesuffix(".py").split(os.sep)
    if parts[0] == "src" and len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def guess_url(root: str) -> str | None:
    """The database's URL from .env or a settings file, its password hidden; None where nothing is found."""
    for name in (
        ".env",
        "settings.py",
        "config.py",
        "database.py",
        "db.py",
        "app/database.py",
        "app/db.py",
        "app/config.py",
    ):
        path = os.path.join(root, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as stream:
                found = _URL.search(stream.read(200_000))
            if found:
                return redact(found[1])
    return None
