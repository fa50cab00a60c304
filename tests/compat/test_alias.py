"""Programs written for Alembic: `import alembic` is autodiff, in whatever order and form they import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(code: str, *arguments: str, cwd: Path | None = None) -> str:
    """A fresh interpreter: what has been imported before must not matter."""
    done = subprocess.run(
        [sys.executable, *(arguments or ("-c", code))],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


INSTALL = "import autodiff.compat; autodiff.compat.install()\n"


@pytest.mark.parametrize(
    "name",
    [
        *("context", "migration", "environment", "op", "operations", "operations.ops", "ddl", "ddl.impl", "ddl.base"),
        *("runtime", "runtime.migration", "runtime.environment", "runtime.plugins", "script", "script.revision"),
    ],
)
def test_each_module_is_the_same_object_under_both_names(name: str) -> None:
    top, _, last = name.rpartition(".")
    code = (
        f"import alembic.{name}, autodiff.{name}, sys\n"
        f"assert sys.modules['alembic.{name}'] is sys.modules['autodiff.{name}']\n"
        f"assert alembic.{name} is autodiff.{name}\n"
        f"from alembic{'.' + top if top else ''} import {last} as it\n"
        f"assert it is autodiff.{name}\n"
        f"assert autodiff.{name}.__spec__.name == 'autodiff.{name}'\n"
    )
    run(INSTALL + code)


def test_the_alias_reports_the_version_that_it_imitates() -> None:
    out = run(
        INSTALL + "import alembic; print(alembic.__version__); from alembic import op, __version__ as v; print(v)"
    )
    assert [tuple(map(int, line.split("."))) >= (1, 20) for line in out.split()] == [True, True]


def test_classes_can_be_patched_under_either_name() -> None:
    run(
        INSTALL + "from unittest import mock\nimport autodiff.runtime.migration as m\n"
        "with mock.patch('alembic.runtime.migration.MigrationContext.configure') as p:\n"
        "    assert m.MigrationContext.configure is p\n"
    )


def test_a_module_that_autodiff_has_not_is_an_import_error() -> None:
    run(
        INSTALL
        + "try:\n    import alembic.nothing\nexcept ImportError as e:\n    assert 'alembic.nothing' in str(e)\nelse:\n    raise SystemExit(1)\n"
    )


def test_a_folder_named_alembic_in_the_project_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "env.py").write_text("")
    run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + INSTALL + "from alembic import context, op",
        cwd=tmp_path,
    )


def test_an_installed_alembic_gives_way_and_comes_back(tmp_path: Path) -> None:
    package = tmp_path / "alembic"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = 'real'")
    (package / "op.py").write_text("real = True")
    run(
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import alembic, alembic.op\nheld = alembic\nassert alembic.op.real\n"
        + INSTALL
        + "import alembic\nassert alembic.__version__ != 'real'\n"
        "from alembic import op\nassert op.__name__ == 'autodiff.op'\nassert held.__version__ == 'real'\n"
        "autodiff.compat.uninstall()\nimport alembic.op\nassert alembic.op.real and alembic.__version__ == 'real'\n"
    )


def test_a_program_runs_with_the_alias_in_force(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys, alembic\nprint(alembic.context.__name__, sys.argv[1:])")
    assert run("", "-m", "autodiff.compat", "--", str(script), "-x", "1") == "autodiff.context ['-x', '1']\n"


def test_pytest_runs_with_the_alias_in_force(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "def test_it():\n    from alembic import context\n    assert context.__name__ == 'autodiff.context'\n"
    )
    out = run("", "-m", "autodiff.compat", "--", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path), cwd=tmp_path)
    assert "1 passed" in out


def test_a_run_of_an_environment_puts_the_alias_in_force() -> None:
    out = run(
        "from autodiff.environment import EnvironmentContext\n"
        "class Script: env_py_location = 'env.py'\n"
        "with EnvironmentContext(None, Script(), fn=None, run_required=False):\n"
        "    from alembic import context\n"
        "    print(context.is_offline_mode())\n"
    )
    assert out == "False\n"
