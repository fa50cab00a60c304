"""Python files of a script directory: executed by path, and written so that a half-written one is never seen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from types import CodeType, ModuleType

from autodiff.errors import ScriptError
from autodiff.messages import short_path


def load_module(name: str, path: str) -> ModuleType:
    """Execute the Python file (source, or bytecode by its suffix) at a path, and return it as a module.

    The module is found in `sys.modules` only while it is executed: dataclasses and pickle look there for it.
    """
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader
    from importlib.util import module_from_spec, spec_from_file_location

    loader_class = SourcelessFileLoader if path.endswith((".pyc", ".pyo")) else SourceFileLoader
    loader = loader_class(name, path)
    spec = spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = module_from_spec(spec)
    _execute(module, lambda: loader.exec_module(module))
    return module


def run_source(code: CodeType, name: str, path: str) -> ModuleType:
    """Execute compiled source as the module that it will be once it is a file at `path`."""
    module = ModuleType(name)
    module.__file__ = path
    _execute(module, lambda: exec(code, module.__dict__))
    return module


# On a module while it is executed.
_RUNS = "__autodiff_runs__"


def _execute(module: ModuleType, run: Callable[[], object]) -> None:
    name, before = module.__name__, sys.modules.get(module.__name__)
    sys.modules[name] = module
    setattr(module, _RUNS, True)
    try:
        run()
    except SystemExit as error:
        raise ScriptError(
            f"{short_path(module.__file__ or name)}{_line_of(error, module)} called sys.exit({error.code!r})",
            help="raise an exception to stop with an error",
        ) from error
    finally:
        setattr(module, _RUNS, False)
        if sys.modules.get(name) is module:
            # In threads the one before may have come to its end meanwhile.
            if before is None or not getattr(before, _RUNS, True):
                del sys.modules[name]
            else:
                sys.modules[name] = before


def _line_of(error: BaseException, module: ModuleType) -> str:
    trace = error.__traceback__
    lines = []
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == module.__file__:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f" line {lines[-1]}" if lines else ""


def bytecode_of(path: str) -> str | None:
    """The path of a source file's bytecode, in `__pycache__` or beside it; None when there is none."""
    from importlib.util import cache_from_source

    for candidate in (cache_from_source(path), f"{path}c", f"{path}o"):
        if os.path.exists(candidate):
            return candidate
    return None


def write_new(path: str, text: bytes) -> None:
    """Write a file that must not exist yet: whole, flushed to the disk, then under its name; or not at all.

    ScriptError when the name is taken, or the disk refuses.
    """
    import tempfile

    directory = os.path.dirname(path)
    try:
        os.makedirs(directory, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".new", dir=directory)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        _name(temporary, path)
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _name(temporary: str, path: str) -> None:
    """Give the file its name, unless it is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: FAT, some network shares
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(temporary, path)
    _flush_directory(os.path.dirname(path))


def _flush_directory(path: str) -> None:
    with suppress(OSError):  # Windows cannot open a directory
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _not_written(path: str, error: OSError) -> ScriptError:
    if isinstance(error, FileExistsError):
        return ScriptError(f"{short_path(path)} exists already", help="nothing was written")
    return ScriptError(f"cannot write {short_path(path)}: {error.strerror or error}", help="nothing was written")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
