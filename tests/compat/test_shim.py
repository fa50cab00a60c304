"""The shim distribution: what an installer, an import and a shell find under the name `alembic`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from autodiff.compat import IMITATED_VERSION

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like site-packages, with the shim's wheel in it."""
    folder = tmp_path_factory.mktemp("shim")
    (wheel,) = WheelBuilder(str(ROOT / "compat/alembic-shim")).build(directory=str(folder / "dist"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def run(installed: Path, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=installed,
        env={"PYTHONPATH": f"{installed}:{ROOT}", "PYTHONWARNINGS": "error"},
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def test_an_installer_finds_the_version_that_autodiff_gives(installed: Path) -> None:
    said = run(installed, "-c", "import importlib.metadata as m; print(m.version('alembic'), m.requires('alembic')[0])")
    assert said == f"{IMITATED_VERSION} autodiff-migrations>=0.1.0\n"


@pytest.mark.parametrize(
    "first",
    [
        "import alembic",
        "import alembic.op",
        "from alembic import op",
        "from alembic.operations.ops import CreateTableOp",
        "import alembic.runtime.migration",
        "import autodiff.compat; autodiff.compat.install()",
    ],
)
def test_whatever_is_imported_first_both_names_are_the_same_modules(installed: Path, first: str) -> None:
    run(
        installed,
        "-c",
        f"{first}\nimport alembic, autodiff.op, autodiff.operations.ops, sys\n"
        f"assert alembic.__version__ == {IMITATED_VERSION!r}\n"
        "import alembic.op, alembic.operations.ops\n"
        "assert alembic.op is autodiff.op and sys.modules['alembic.op'] is autodiff.op\n"
        "assert alembic.operations.ops.CreateTableOp is autodiff.operations.ops.CreateTableOp\n",
    )


def test_the_program_is_named_alembic_and_fails_as_that_does(installed: Path) -> None:
    entry = next(installed.glob("*.dist-info/entry_points.txt")).read_text()
    assert "alembic = autodiff.compat.program:main" in entry
    program = "import sys; from autodiff.compat.program import main; main()"
    assert run(installed, "-c", program, "--version").startswith(f"alembic {IMITATED_VERSION} (autodiff ")
    run(installed, "-c", program, "-c", "none.ini", "heads", code=255)


def test_python_m_alembic_is_autodiff(installed: Path) -> None:
    assert "generic" in run(installed, "-m", "alembic", "list_templates")
