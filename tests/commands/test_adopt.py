"""`adopt`: what it finds in a project that was written for Alembic, what it calls an obstacle, and what it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autodiff.cli.main import main

ENV = """
from sqlalchemy import NullPool, create_engine
from alembic import context
from alembic.script import ScriptDirectory

with create_engine(context.config.get_main_option("sqlalchemy.url"), poolclass=NullPool).connect() as connection:
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()
"""
MAKO = '''"""${message}"""
from alembic import op
import sqlalchemy as sa
${imports}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade():
    ${upgrades}


def downgrade():
    ${downgrades}
'''
SCRIPT = '''"""first"""
from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("t")
'''
FILES = {
    "alembic.ini": "[alembic]\nscript_location = %(here)s/db\nsqlalchemy.url = sqlite:///x.db\n",
    "db/env.py": ENV,
    "db/script.py.mako": MAKO,
    "db/versions/a1.py": SCRIPT,
}
Adopt = Callable[..., tuple[int, str]]


@pytest.fixture
def adopt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Adopt:
    """Runs `adopt` in a project made of FILES; gives the exit code and what it printed."""
    monkeypatch.chdir(tmp_path)
    for name in ("AUTODIFF_CONFIG", "ALEMBIC_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    def run(*words: str) -> tuple[int, str]:
        code = 0
        try:
            main(["adopt", *words])
        except SystemExit as end:
            code = int(end.code or 0)
        return code, capsys.readouterr().out

    return run


def texts() -> dict[str, str]:
    return {name: Path(name).read_text() for name in FILES}


def test_a_project_that_runs_as_it_is_is_told_what_would_change(adopt: Adopt) -> None:
    code, out = adopt()
    assert code == 0
    for line in (
        "configuration  alembic.ini, [alembic], is read as it is",
        "env.py         db/env.py imports 2 names from alembic, all of them here",
        "template       db/script.py.mako is used as it is",
        "scripts        1 revision, 1 head, read without running them",
        "would change  db/env.py: from alembic import … says autodiff (2 lines)",
        "would change  db/script.py.mako: from alembic import … says autodiff (1 line)",
    ):
        assert line in out.splitlines()
    assert texts() == FILES
    assert not Path("x.db").exists()


def test_what_was_listed_is_written_when_told_and_the_project_still_runs(adopt: Adopt) -> None:
    code, out = adopt("--write")
    assert code == 0
    assert "changed  db/env.py" in out
    now = texts()
    assert "from autodiff import context\nfrom autodiff.script import ScriptDirectory\n" in now["db/env.py"]
    assert "alembic" not in now["db/env.py"] + now["db/script.py.mako"]
    assert now["db/versions/a1.py"] == SCRIPT
    main(["upgrade", "head"])
    assert Path("x.db").exists()
    assert "would change" not in adopt()[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("db/env.py", "alembic.script", "alembic.scripts", "env.py:4 imports alembic.scripts.ScriptDirectory, which"),
        (
            "db/env.py",
            "import context",
            "import contexts",
            "env.py:3 imports alembic.contexts, which autodiff does not",
        ),
        ("db/env.py", "with context", "with with", "env.py:8: "),
        ("db/versions/a1.py", "import op", "import opp", "a1.py:2 imports alembic.opp, which autodiff does not have"),
        ("db/versions/a1.py", "None", "'gone'", "gone"),
        ("alembic.ini", "/db", "/nowhere", "nowhere"),
    ],
)
def test_what_stands_in_the_way_is_named(adopt: Adopt, name: str, old: str, new: str, told: str) -> None:
    Path(name).write_text(FILES[name].replace(old, new))
    before = texts()
    code, out = adopt("--write")
    assert code == 1
    marked = [line for line in out.splitlines() if line[15:17] == "! "]
    assert len(marked) == 1
    assert told in marked[0]
    assert "1 in the way (marked with !). Nothing is changed." in out
    assert texts() == before


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("db/env.py", "target_metadata", "target_meta", "configure(target_meta=…) is no option of ours"),
        ("db/env.py", "context.run_migrations()", "run()", "does not call context.run_migrations() itself"),
        ("db/script.py.mako", "${imports}", "", "script.py.mako has no ${imports}"),
        ("db/versions/a1.py", "op.drop_table", "op.drop_view", "op.drop_view (db/versions/a1.py) is not built in"),
    ],
)
def test_what_may_be_meant_is_only_told(adopt: Adopt, name: str, old: str, new: str, told: str) -> None:
    Path(name).write_text(FILES[name].replace(old, new))
    code, out = adopt()
    assert code == 0
    assert told in out


def test_plugins_and_who_asks_for_alembic_are_looked_at(adopt: Adopt, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = {
        "good": ("import alembic.autogenerate\ndef setup(plugin): pass\n", "Requires-Dist: alembic>=1.9\n"),
        "bad": ("import not_there\n", ""),
    }
    for name, (code, requires) in packages.items():
        Path(f"{name}_plugin.py").write_text(code)
        info = Path(f"{name}_plugin-1.0.dist-info")
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.0\n{requires}")
        (info / "entry_points.txt").write_text(f"[alembic.plugins]\n{name} = {name}_plugin\n")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    code, out = adopt()
    assert code == 1
    assert "plugins        good-plugin 1.0 is loaded (good)" in out
    assert "! bad-plugin 1.0 cannot be loaded: ModuleNotFoundError: No module named 'not_there'" in out
    assert "good-plugin requires alembic; the shim satisfies that" in out
