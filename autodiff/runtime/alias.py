"""`import alembic`, and every `alembic.x.y`, give autodiff's own modules: the same objects, not copies."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

NAME, REAL = "alembic", "autodiff"
TESTING, PROGRAM = "alembic.testing", "alembic.__main__"
ITS_OWN = frozenset({"__version__", "__spec__", "__loader__", "__class__"})
IMITATED_VERSION = "1.20.1"  # clients branch on it: it is the version whose documented behaviour we give


class AliasPackage(ModuleType):
    """The module `alembic`: whatever is read, set, patched or deleted in it is that of the package autodiff.

    It cannot be the very same object for one reason: `alembic.__version__` has to be the version that is imitated, and
    `autodiff.__version__` is our own. Only that, and what the import system keeps of a name, belongs to it alone.
    """

    def __getattribute__(self, name: str) -> Any:
        if name in ITS_OWN:
            return super().__getattribute__(name)
        found = getattr(importlib.import_module(REAL), name)
        if name == "__dict__":  # mock.patch() looks here for what it has to put back
            return {**found, **{own: getattr(self, own) for own in ITS_OWN & found.keys()}}
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ITS_OWN:
            super().__setattr__(name, value)
        else:
            setattr(importlib.import_module(REAL), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(importlib.import_module(REAL), name)

    def __dir__(self) -> list[str]:
        return dir(importlib.import_module(REAL))


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
        if fullname == NAME:
            return alias_spec()
        if not fullname.startswith(NAME + "."):
            return None
        if fullname.startswith(TESTING) and (folder := testing_of_alembic()) is not None:
            return testing_spec(fullname, folder)
        real = REAL + fullname[len(NAME) :] if fullname != PROGRAM else REAL + ".compat.program"
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
    """The module `alembic`, as it is to stand in sys.modules."""
    package = AliasPackage(NAME)
    package.__version__ = IMITATED_VERSION
    package.__spec__ = alias_spec()
    package.__loader__ = package.__spec__.loader
    return package


def alias_spec() -> importlib.machinery.ModuleSpec:
    real = importlib.import_module(REAL)
    spec = importlib.machinery.ModuleSpec(NAME, SamePackage(), origin=real.__file__, is_package=True)
    spec.submodule_search_locations = list(real.__path__)
    return spec


class SamePackage(importlib.abc.Loader):
    """ "Loads" `alembic`, after somebody has deleted it from sys.modules or asks for it to be loaded again."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return alias_package()

    def exec_module(self, module: ModuleType) -> None:
        pass

    def get_resource_reader(self, name: str) -> Any:
        """What importlib.resources asks for the files in the package."""
        loader: Any = importlib.import_module(REAL).__loader__
        return loader.get_resource_reader(REAL)


# --- the package by which dialects test themselves


def testing_of_alembic() -> str | None:
    """The folder of an installed Alembic's `alembic.testing`; None where there is no Alembic, or only a shim."""
    for place in sys.path:
        folder = os.path.join(place or os.getcwd(), NAME, "testing")
        if os.path.isfile(os.path.join(folder, "__init__.py")):
            return folder
    return None


def testing_spec(fullname: str, folder: str) -> importlib.machinery.ModuleSpec | None:
    """That package, as it is; what it imports from `alembic` is ours."""
    if fullname != TESTING:
        return None  # it is found on the package's own path
    file = os.path.join(folder, "__init__.py")
    return importlib.util.spec_from_file_location(TESTING, file, submodule_search_locations=[folder])
