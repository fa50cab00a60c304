"""Programs written for Alembic: `import alembic` is autodiff, in whatever order and form they import."""

from __future__ import annotations

import os
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
        "with EnvironmentContext(None, Script(), fn=None):\n"
        "    from alembic import context\n"
        "    print(context.is_offline_mode())\n"
    )
    assert out == "False\n"


@pytest.mark.parametrize(
    "code",
    [
        "assert alembic.__name__ == 'autodiff' and alembic.__path__ is autodiff.__path__",
        "assert vars(alembic).keys() == vars(autodiff).keys() and dir(alembic) == dir(autodiff)",
        "from unittest import mock\nwith mock.patch('alembic.__version__', '1.2'):\n    assert alembic.__version__ == '1.2'\n"
        "assert autodiff.__version__ != alembic.__version__ == '1.20.1'",
        "alembic.mine = 1; assert autodiff.mine == 1; del alembic.mine; assert not hasattr(autodiff, 'mine')",
        "autodiff.mine = 1; assert alembic.mine == 1",
        "from unittest import mock\nwith mock.patch('alembic.op', 'x'):\n    assert autodiff.op == 'x'\n"
        "import autodiff.op\nassert alembic.op is autodiff.op",
        "with __import__('unittest.mock').mock.patch.object(alembic, 'op', 'x'):\n    from autodiff import op; assert op == 'x'",
        "import importlib\nassert importlib.reload(alembic) is not None and alembic.op is importlib.import_module('autodiff.op')",
        "del sys.modules['alembic']; import alembic as again; assert again.op is alembic.op and again.__name__ == 'autodiff'",
        "import importlib.util\nassert importlib.util.find_spec('alembic').origin == autodiff.__file__",
        "import importlib.resources as r\nassert (r.files('alembic') / 'templates' / 'generic' / 'env.py').is_file()",
        "import pkgutil\nassert {'op', 'script'} <= {m.name for m in pkgutil.iter_modules(alembic.__path__)}",
        "import pickle, alembic.util.exc as exc\nassert pickle.loads(pickle.dumps(exc.CommandError)) is autodiff.util.exc.CommandError",
        "assert autodiff.__version__ != alembic.__version__ == '1.20.1'",
        "from alembic import *",
        "assert repr(alembic).startswith(\"<module 'alembic'\")",
    ],
)
def test_the_package_itself_is_one_thing_under_two_names(code: str) -> None:
    run(INSTALL + "import sys, alembic, autodiff\n" + code)


def test_no_module_is_there_twice() -> None:
    run(
        INSTALL + "import sys, alembic.op, alembic.script.base, alembic.ddl.postgresql, alembic.autogenerate.api\n"
        "twice = [n for n in sys.modules if n.split('.')[0] == 'alembic' and sys.modules[n].__name__ == n]\n"
        "assert not twice, twice\n"
    )


def test_modules_are_the_same_in_whatever_order_they_are_imported() -> None:
    run(
        INSTALL + "import random, sys\n"
        "names = ['alembic.operations.ops', 'autodiff.operations', 'alembic.ddl.impl', 'alembic.op', 'autodiff.op',\n"
        "         'alembic.script.base', 'alembic.runtime.migration', 'autodiff.runtime.migration', 'alembic.util.exc']\n"
        "for seed in range(20):\n"
        "    random.Random(seed).shuffle(names)\n"
        "    for name in [n for n in sys.modules if n.split('.')[0] == 'alembic']: del sys.modules[name]\n"
        "    for name in names: __import__(name)\n"
        "    for name in list(sys.modules):\n"
        "        if name.startswith('alembic.'):\n"
        "            assert sys.modules[name] is sys.modules['autodiff' + name[7:]], name\n"
        "import alembic, autodiff\nassert alembic.script is autodiff.script\n"
    )


def test_a_program_that_is_started_by_one_with_the_alias_has_it_too(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import subprocess, sys\n"
        "print(subprocess.check_output([sys.executable, '-c', 'import alembic.op as o; print(o.__name__)'], text=True))\n"
        "print(subprocess.check_output([sys.executable, '-m', 'alembic', '--version'], text=True))\n"
    )
    out = run("", "-m", "autodiff.compat", "--", str(script))
    assert out.split()[0] == "autodiff.op"
    assert "1.20.1" in out


def test_the_workers_of_pytest_have_the_alias(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "from alembic import context\n"
        "def test_one():\n    assert context.__name__ == 'autodiff.context'\n"
        "def test_two():\n    assert context.__name__ == 'autodiff.context'\n"
    )
    out = run(
        "",
        *["-m", "autodiff.compat", "--", "pytest", "-n", "2", "-q", "-p", "no:cacheprovider"],
        str(tmp_path),
        cwd=tmp_path,
    )
    assert "2 passed" in out


def test_an_interpreter_without_autodiff_keeps_its_alembic(tmp_path: Path) -> None:
    (tmp_path / "alembic").mkdir()
    (tmp_path / "alembic" / "__init__.py").write_text("__version__ = 'real'")
    place = ROOT / "autodiff" / "compat" / "path"
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import alembic; print(alembic.__version__)"],  # -S: nothing that is installed
        capture_output=True,
        text=True,
        cwd=tmp_path.parent,
        env={"PYTHONPATH": f"{place}{os.pathsep}{tmp_path}"},
    )
    assert done.stdout == "real\n", done.stderr


@pytest.mark.parametrize("beside", [True, False])
def test_the_testing_package_is_ours_unless_alembic_is_installed(tmp_path: Path, beside: bool) -> None:
    if beside:
        for name, text in (
            ("", ""),
            ("testing", "from alembic.testing.more import it"),
            ("testing/more", "it = 'its own'"),
        ):
            folder = tmp_path / "alembic" / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "__init__.py").write_text(text)
    out = run(
        INSTALL + f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import alembic.testing, alembic.op\nprint(getattr(alembic.testing, 'it', 'ours'), alembic.op.__name__)\n"
    )
    assert out == ("its own" if beside else "ours") + " autodiff.op\n"
