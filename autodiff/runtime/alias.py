"""`import alembic`, and every `alembic.x.y`, give autodiff's own modules: the same objects, not copies."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

NAME, REAL = "alembic", "autodiff"
IMITATED_VERSION = "1.20.1"  # clients branch on it: it is the version whose documented behaviour we give


class AliasPackage(ModuleType):
    """The module `alembic`: autodiff's attributes under another name and version."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(REAL), name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(importlib.import_module(REAL))})


class SameModule(importlib.abc.Loader):
    """ "Loads" `alembic.x` by handing out the module `autodiff.x`."""

    def __init__(self, real: str) -> None:
        self.real = real
        self._spec: Any = None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.real)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # the import system has just written the alias's spec into the module; relative imports, reload() and pickling
        # need its own
        module.__spec__ = self._spec

    def get_code(self, name: str) -> Any:
        """What `python -m alembic` runs."""
        spec = importlib.util.find_spec(self.real)
        loader: Any = spec.loader if spec else None
        return loader.get_code(self.real) if loader else None


class AliasFinder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(NAME + "."):
            return None
        real = REAL + fullname[len(NAME) :]
        found = importlib.util.find_spec(real) if _parent_exists(real) else None
        if found is None:
            return None
        spec = importlib.machinery.ModuleSpec(fullname, SameModule(real), origin=found.origin)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec


def _parent_exists(real: str) -> bool:
    try:
        parent = importlib.import_module(real.rpartition(".")[0])
    except ImportError:
        return False
    return hasattr(parent, "__path__")


def install() -> ModuleType:
    """Put the alias in force for this process; a second call changes nothing.

    An Alembic that was imported before keeps working for whoever holds it; from now on the name means autodiff.

    :return: the module that `import alembic` gives.
    """
    present = sys.modules.get(NAME)
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, AliasFinder())
    if isinstance(present, AliasPackage):
        return present
    for name in [name for name in sys.modules if name == NAME or name.startswith(NAME + ".")]:
        del sys.modules[name]
    package = alias_package()
    sys.modules[NAME] = package
    return package


def uninstall() -> None:
    """Take the alias away again: `import alembic` means whatever is installed under that name."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, AliasFinder)]
    for name in [name for name in sys.modules if name == NAME or name.startswith(NAME + ".")]:
        del sys.modules[name]


def alias_package() -> AliasPackage:
    real = importlib.import_module(REAL)
    package = AliasPackage(NAME, real.__doc__)
    package.__file__ = real.__file__
    package.__path__ = list(real.__path__)
    package.__package__ = NAME
    package.__spec__ = importlib.machinery.ModuleSpec(NAME, None, origin=real.__file__, is_package=True)
    package.__version__ = IMITATED_VERSION  # type: ignore[attr-defined]
    return package
