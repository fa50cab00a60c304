"""A project with models for one test: init, models that can be changed, and commands as a user types them."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from autodiff.cli.main import main

ROOT = Path(__file__).parents[2]

MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
"""

ENV = """
from sqlalchemy import create_engine, pool

from autodiff import context
from models import metadata

url = context.config.get_main_option("sqlalchemy.url")

if context.is_offline_mode():
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with create_engine(url, poolclass=pool.NullPool).connect() as connection:
        context.configure(connection=connection, target_metadata=metadata)
        with context.begin_transaction():
            context.run_migrations()
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


def forget_models() -> None:
    """The next import reads `models.py` again, whatever its time stamp."""
    sys.modules.pop("models", None)
    importlib.invalidate_caches()


class Project:
    """A folder with `models.py`, an environment, and the commands over them."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.models("")
        (folder / "migrations/versions").mkdir(parents=True)
        (folder / "migrations/env.py").write_text(ENV)
        template = ROOT / "autodiff/templates/generic/script.py.mako"
        (folder / "migrations/script.py.mako").write_text(template.read_text())
        url = url.replace("%", "%%")
        (folder / "autodiff.ini").write_text(
            f"[autodiff]\nscript_location = migrations\nprepend_sys_path = .\npath_separator = os\nsqlalchemy.url = {url}\n"
        )

    def models(self, tables: str) -> None:
        """Replace the models: statements that make tables on `metadata`."""
        (self.folder / "models.py").write_text(MODELS + tables)
        for compiled in self.folder.glob("__pycache__/models.*"):
            compiled.unlink()

    def run(self, *words: str) -> Ran:
        """One command, in this process but with modules, streams, path and logging of its own."""
        out, err = io.StringIO(), io.StringIO()
        handler = logging.StreamHandler(err)
        logger = logging.getLogger("autodiff")
        level = logger.level
        path = list(sys.path)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        forget_models()
        code: object = 0
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main(list(words))
        except SystemExit as stop:
            code = stop.code
        finally:
            os.chdir(before)
            logger.removeHandler(handler)
            logger.setLevel(level)
            sys.path[:] = path
            forget_models()
        return Ran(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())

    def did(self, *words: str) -> Ran:
        """One command that has to work."""
        ran = self.run(*words)
        assert ran.code == 0, f"autodiff {' '.join(words)}: {ran}"
        return ran

    def scripts(self) -> list[str]:
        return [path.read_text() for path in sorted((self.folder / "migrations/versions").glob("*.py"))]
