"""The name `alembic` for the processes that `python -m autodiff.compat -- …` starts: its folder is first on PYTHONPATH."""

import sys

try:
    import autodiff.compat
except ImportError:  # another interpreter, which has no autodiff: there the name means what it always did
    import importlib
    import os

    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [place for place in sys.path if os.path.abspath(place or ".") != here]
    del sys.modules["alembic"]
    importlib.import_module("alembic")
else:
    # From here on sys.modules["alembic"] is the alias, and so is what this import statement gives.
    autodiff.compat.install()
