"""Face: Python files and templates by path."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from autodiff.script.base import package_path
from autodiff.script.compose import render_template
from autodiff.script.file import bytecode_of, load_module


def load_python_file(dir_: str | os.PathLike[str], filename: str | os.PathLike[str]) -> ModuleType:
    """Execute a Python file and return it as a module; its bytecode where the source is missing."""
    path = os.path.join(dir_, filename)
    name = os.path.basename(path).replace(".", "_").replace("-", "_")
    if not os.path.exists(path):
        found = bytecode_of(path)
        if found is None:
            raise ImportError(f"Can't find Python file {path}")
        path = found
    return load_module(name, path)


def pyc_file_from_path(path: str | os.PathLike[str]) -> str | None:
    """The bytecode of a source file, if there is one."""
    return bytecode_of(os.fspath(path))


def template_to_file(
    template_file: str | os.PathLike[str], dest: str | os.PathLike[str], output_encoding: str, **kw: Any
) -> None:
    """Fill in a mako template and write the result."""
    text = render_template(os.fspath(template_file), kw)
    with open(dest, "wb") as stream:
        stream.write(text.encode(output_encoding))


def coerce_resource_to_filename(fname_or_resource: str | os.PathLike[str]) -> str:
    """A path, or `package:path` as a path."""
    return package_path(os.fspath(fname_or_resource))


__all__ = [
    "coerce_resource_to_filename",
    "load_python_file",
    "pyc_file_from_path",
    "template_to_file",
]
