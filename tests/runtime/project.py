"""A project on disk for one test: an env.py, revisions, and the runs over them."""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

from autodiff.config import Config
from autodiff.environment import EnvironmentContext
from autodiff.script import ScriptDirectory

ENV = """
from sqlalchemy import create_engine, event, pool, text
from autodiff import context

config = context.config

def offline():
    context.configure(url=config.get_main_option("sqlalchemy.url"), {options})
    with context.begin_transaction():
        context.run_migrations()

def online():
    engine = create_engine(config.get_main_option("sqlalchemy.url"), poolclass=pool.NullPool)
{online}

offline() if context.is_offline_mode() else online()
"""

ONLINE = """
with engine.connect() as connection:
    context.configure(connection=connection, {options})
    with context.begin_transaction():
        context.run_migrations()
"""

# SQLAlchemy's recipe for transactions that hold DDL on SQLite (its page on the dialect has it), with what begins one.
OWN_BEGIN = """
@event.listens_for(engine, "connect")
def connected(driver, record):
    driver.isolation_level = None

@event.listens_for(engine, "begin")
def begins(connection):
    {begin}
"""


class Project:
    """Scripts and an env.py in a folder, over one database."""

    def __init__(self, folder: Path, url: str, options: str = "", online: str = ONLINE) -> None:
        self.folder = folder
        self.url = url
        (folder / "versions").mkdir(parents=True)
        self.env(online, options)
        self.attributes: dict[str, Any] = {}

    def env(self, online: str = ONLINE, options: str = "") -> None:
        body = textwrap.indent(textwrap.dedent(online).replace("{options}", options), "    ")
        text = ENV.replace("{online}", body).replace("{options}", options)
        (self.folder / "env.py").write_text(text)

    def revision(
        self, id: str, down: str | tuple[str, ...] | None, up: str = "pass", downgrade: str = "pass", **identifiers: Any
    ) -> Path:
        more = "".join(f"{name} = {value!r}\n" for name, value in identifiers.items())
        path = self.folder / "versions" / f"{id}.py"
        path.write_text(
            f'"""make {id}"""\nfrom autodiff import op\nimport sqlalchemy as sa\n\nrevision = {id!r}\ndown_revision = {down!r}\n'
            f"{more}\n\ndef upgrade():\n{block(up)}\n\n\ndef downgrade():\n{block(downgrade)}\n"
        )
        return path

    def chain(self, *ids: str) -> None:
        """A table per revision."""
        down = None
        for id in ids:
            self.revision(
                id, down, f'op.create_table("t_{id}", sa.Column("x", sa.Integer))', f'op.drop_table("t_{id}")'
            )
            down = id

    # -- running

    def config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.set_main_option("sqlalchemy.url", self.url.replace("%", "%%"))
        config.attributes.update(self.attributes)
        return config

    def upgrade(self, to: str = "heads", **options: Any) -> None:
        self._run(lambda script: lambda heads, context: script._upgrade_revs(to, heads), destination_rev=to, **options)

    def downgrade(self, to: str, **options: Any) -> None:
        self._run(
            lambda script: lambda heads, context: script._downgrade_revs(to, heads), destination_rev=to, **options
        )

    def stamp(self, to: str, **options: Any) -> None:
        self._run(lambda script: lambda heads, context: script._stamp_revs(to, heads), destination_rev=to, **options)

    def look(self, **options: Any) -> tuple[str, ...]:
        """What `current` does: where is the database?"""
        seen: list[tuple[str, ...]] = []

        def fn(heads: tuple[str, ...], context: Any) -> list[Any]:
            seen.append(heads)
            return []

        self._run(lambda script: fn, read_only=True, **options)
        return seen[0]

    def sql(self, to: str = "heads", down: bool = False, **options: Any) -> str:
        buffer = io.StringIO()
        start, _, end = to.rpartition(":")
        (self.downgrade if down else self.upgrade)(
            end, as_sql=True, starting_rev=start or None, output_buffer=buffer, **options
        )
        return buffer.getvalue()

    def _run(self, plan: Any, **options: Any) -> None:
        config = self.config()
        script = ScriptDirectory.from_config(config)
        with EnvironmentContext(config, script, fn=plan(script), **options):
            script.run_env()


def block(body: str) -> str:
    return textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
