"""One revision file: what its header says, its module when it has to run, and how listings show it."""

from __future__ import annotations

import os
from collections.abc import Collection
from types import ModuleType
from typing import Any

from autodiff.errors import ScriptError
from autodiff.messages import short_path
from autodiff.script.file import load_module
from autodiff.script.graph import Revision, RevisionError, RevisionIds
from autodiff.script.header import read_header

IDENTIFIERS = ("revision", "down_revision", "branch_labels", "depends_on")


class Script(Revision):
    """A revision file of a script directory.

    :param module: the executed file.
    :param rev_id: its id.
    :param path: where it is.
    """

    path: str

    def __init__(self, module: ModuleType, rev_id: str, path: str) -> None:
        self._set(path, {name: getattr(module, name, None) for name in IDENTIFIERS} | {"revision": rev_id})
        self._module: ModuleType | None = module
        self._docstring = module.__doc__ or ""

    @classmethod
    def _from_path(cls, scriptdir: Any, path: str) -> Script:
        """Read a file: its header alone if that says all, else by executing it."""
        return cls.read(path)

    @classmethod
    def read(cls, path: str) -> Script:
        """Read a file: its header alone if that says all, else by executing it. ScriptError names what is wrong."""
        script = cls.__new__(cls)
        script._module = None
        header = None if path.endswith((".pyc", ".pyo")) else _header(path)
        if header is None:
            script._module = load_script(path)
            identifiers = {name: value for name, value in vars(script._module).items() if name in IDENTIFIERS}
            script._docstring = script._module.__doc__ or ""
        else:
            identifiers, script._docstring = header
        script._set(path, _checked(path, identifiers))
        return script

    def _set(self, path: str, identifiers: dict[str, Any]) -> None:
        self.path = path
        try:
            super().__init__(
                identifiers["revision"],
                identifiers["down_revision"],
                identifiers.get("depends_on"),
                identifiers.get("branch_labels"),
            )
        except RevisionError as error:
            error.message = f"{error.message}: {short_path(path)}"
            error.args = (error.message,)
            raise

    @property
    def module(self) -> ModuleType:
        """The executed file; executed when it is first asked for."""
        if self._module is None:
            self._module = load_script(self.path)
        return self._module

    @property
    def doc(self) -> str:  # type: ignore[override]
        """The first line of the docstring."""
        return self._docstring.strip().partition("\n")[0].strip()

    @property
    def longdoc(self) -> str:
        """The docstring."""
        from inspect import cleandoc

        return cleandoc(self._docstring).strip()

    def __str__(self) -> str:
        return self.cmd_format(False, include_doc=True, include_parents=True)

    # --- listings

    def _head(self, *, labels: bool, tree_indicators: bool) -> str:
        """`id (label) (head) (effective head) (branchpoint) (mergepoint) (current)`."""
        marks = [f" ({', '.join(sorted(self.branch_labels))})"] if labels and self.branch_labels else []
        marks += self._indicators(tree_indicators)
        if getattr(self, "_db_current_indicator", False):
            marks.append(" (current)")
        return f"{self.revision}{''.join(marks)}"

    def _indicators(self, of_the_tree: bool) -> list[str]:
        marks = {
            " (head)": self._is_real_head,
            " (effective head)": self.is_effective_head,
            " (branchpoint)": of_the_tree and self.is_branch_point,
            " (mergepoint)": of_the_tree and self.is_merge_point,
        }
        return [mark for mark, holds in marks.items() if holds]

    @property
    def log_entry(self) -> str:
        """The full entry: one fact per line, then the docstring, indented."""
        lines = [f"Rev: {self._head(labels=False, tree_indicators=True)}"]
        if self.is_merge_point:
            lines.append(f"Merges: {', '.join(self.down_revisions)}")
        else:
            lines.append(f"Parent: {self.down_revision or '<base>'}")
        if self.dependencies:
            lines.append(f"Also depends on: {_comma(self.dependencies)}")
        if self.is_branch_point:
            lines.append(f"Branches into: {', '.join(self.children)}")
        if self.branch_labels:
            lines.append(f"Branch names: {', '.join(sorted(self.branch_labels))}")
        lines.append(f"Path: {self.path}")
        body = "".join(f"    {line}\n" if line.strip() else "\n" for line in self.longdoc.splitlines())
        return "\n".join(lines) + f"\n\n{body}"

    def cmd_format(
        self,
        verbose: bool,
        include_branches: bool = False,
        include_doc: bool = False,
        include_parents: bool = False,
        tree_indicators: bool = True,
    ) -> str:
        """How a listing shows the revision: the full entry, or one line."""
        if verbose:
            return self.log_entry
        text = self._head(labels=include_branches, tree_indicators=tree_indicators)
        if include_parents:
            text = f"{self._parents()} -> {text}"
        return f"{text}, {self.doc}" if include_doc else text

    def _parents(self) -> str:
        depends = f" ({_comma(self.dependencies)})" if self.dependencies else ""
        return f"{', '.join(self.down_revisions) or '<base>'}{depends}"


def _comma(names: RevisionIds) -> str:
    return names if isinstance(names, str) else ", ".join(names or ())


def _header(path: str) -> tuple[dict[str, Any], str] | None:
    try:
        return read_header(_content(path))
    except OSError as error:
        raise ScriptError(f"{short_path(path)} cannot be read: {error.strerror or error}") from error
    except SyntaxError as error:
        raise ScriptError(_syntax(path, error)) from error
    except ValueError as error:  # a null byte
        raise ScriptError(f"{short_path(path)}: {error}") from error


def _content(path: str) -> bytes:
    """The bytes of a file, read in half the time of `open` (measured: a listing of 1,000 scripts does little else)."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        found = chunk = os.read(handle, _CHUNK)
        while len(chunk) == _CHUNK:
            chunk = os.read(handle, _CHUNK)
            found += chunk
        return found
    finally:
        os.close(handle)


_CHUNK = 1 << 16


def _refuse_no_python(path: str) -> None:
    """ScriptError with the line, when the file as a whole is no Python: of a header without an id that is the cause."""
    with open(path, "rb") as stream:
        source = stream.read()
    try:
        compile(source, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise ScriptError(_syntax(path, error)) from error


def _syntax(path: str, error: SyntaxError) -> str:
    line = f" line {error.lineno}" if error.lineno else ""
    conflict = bool(error.text) and error.text.startswith(("<<<<<<<", "=======", ">>>>>>>"))  # type: ignore[union-attr]
    hint = " (was it merged with conflicts?)" if conflict else ""
    return f"{short_path(path)}{line}: {error.msg}{hint}"


def load_script(path: str) -> ModuleType:
    """Execute a revision file. What it raises itself stays as it is; that it is no Python is a ScriptError."""
    name = os.path.basename(path).split(".")[0].replace("-", "_") + "_py"
    try:
        return load_module(name, path)
    except SyntaxError as error:
        if error.filename not in (None, path):
            raise
        raise ScriptError(_syntax(path, error)) from error


def _checked(path: str, identifiers: dict[str, Any]) -> dict[str, Any]:
    """The identifiers, if they are of the right types; ScriptError names the file and the identifier."""
    if identifiers.get("revision") is None:
        _refuse_no_python(path)
        raise ScriptError(
            f"Could not determine revision id from filename {os.path.basename(path)}. Be sure the 'revision' variable is "
            f"declared inside the script ({short_path(path)})",
            help="a file of the versions directory states revision and down_revision; move other files elsewhere",
        )
    if "down_revision" not in identifiers:
        raise ScriptError(
            f"{short_path(path)}: there is no down_revision", help="write `down_revision = None` in the first script"
        )
    revision = identifiers["revision"]
    if not isinstance(revision, str) or not revision:
        raise ScriptError(f"{short_path(path)}: revision = {revision!r} is not the text of an id")
    for name in IDENTIFIERS[1:]:
        value = identifiers.get(name)
        if value is not None:
            _check_ids(path, name, value)
    return identifiers


def _check_ids(path: str, name: str, value: Any) -> None:
    if isinstance(value, str) and value:
        return
    several = isinstance(value, Collection) and not isinstance(value, (str, bytes))
    if several and all(isinstance(each, str) and each for each in value):
        return
    what = "a label" if name == "branch_labels" else "an id"
    raise ScriptError(
        f"{short_path(path)}: {name} = {value!r} is neither {what} nor a list of them", help="write None for none"
    )
