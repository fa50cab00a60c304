"""A project with scripts, for tests: its directory, its ini, and autodiff as it is called from programs."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from autodiff.config import Config
from autodiff.script import ScriptDirectory

ENV = """\
from autodiff import context
from sqlalchemy import create_engine, pool

config = context.config


def offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


def online():
    engine = create_engine(config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection)
        with context.begin_transaction():
            context.run_migrations()


offline() if context.is_offline_mode() else online()
"""

TEMPLATES = Path(__file__).parents[2] / "autodiff" / "templates"


class Project:
    """A directory with autodiff.ini, env.py, script.py.mako and versions."""

    def __init__(self, root: Path, url: str = "", **options: str) -> None:
        self.root = root
        self.versions = root / "migrations" / "versions"
        self.versions.mkdir(parents=True)
        self.write("migrations/env.py", ENV)
        template = (TEMPLATES / "generic" / "script.py.mako").read_text()
        self.write("migrations/script.py.mako", template)
        self.ini(url=url, **options)

    def ini(self, url: str = "", more: str = "", **options: str) -> None:
        lines = {
            "script_location": "%(here)s/migrations",
            "path_separator": "newline",
            "sqlalchemy.url": (url or f"sqlite:///{self.root}/t.db").replace("%", "%%"),
            **options,
        }
        self.write("autodiff.ini", "[autodiff]\n" + "".join(f"{k} = {v}\n" for k, v in lines.items()) + more)

    def write(self, path: str, text: str | bytes) -> Path:
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(text if isinstance(text, bytes) else text.encode())
        return full

    def script(
        self, id_: str, down: Any = None, doc: str = "", up: str = "pass", back: str = "pass", **more: Any
    ) -> Path:
        """A revision file; `up` and `back` are the bodies of its functions."""
        lines = [f'"""{doc or id_}"""', "import sqlalchemy as sa", "from autodiff import op", ""]
        identifiers = {"revision": id_, "down_revision": down, "branch_labels": None, "depends_on": None, **more}
        lines += [f"{name} = {value!r}" for name, value in identifiers.items()]
        for name, body in (("upgrade", up), ("downgrade", back)):
            lines += ["", "", f"def {name}():", *(f"    {line}" for line in body.splitlines())]
        return self.write(f"migrations/versions/{id_}.py", "\n".join(lines) + "\n")

    def line(self, *ids: str) -> None:
        for down, id_ in zip((None, *ids), ids):  # noqa: B905  (the last id has no successor)
            self.script(id_, down)

    @property
    def config(self) -> Config:
        return Config(os.fspath(self.root / "autodiff.ini"))

    @property
    def directory(self) -> ScriptDirectory:
        return ScriptDirectory.from_config(self.config)

    def files(self) -> set[str]:
        return {path.name for path in self.versions.iterdir() if path.suffix == ".py"}


def names(scripts: Iterable[Any]) -> list[str]:
    return [script.revision for script in scripts]
