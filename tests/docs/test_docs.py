"""What is undocumented: a command, an option, an operation, a setting, an environment variable, a page, a link."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

import autodiff.operations.ops  # noqa: F401  (which declares them all)
from autodiff.operations.declare import declared

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]


def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["commands.md", "operations.md"])
def test_the_reference_page_is_what_the_code_declares(page: str) -> None:
    written = (DOCS / page).read_text()
    assert written == reference().PAGES[page](), f"docs/{page} is out of date: run  make docs"


def test_every_option_and_parameter_of_the_reference_is_explained() -> None:
    for page in ("commands.md", "operations.md"):
        unexplained = re.findall(r"^\* `[^:]*`: *$", (DOCS / page).read_text(), re.MULTILINE)
        assert unexplained == [], page


def test_every_parameter_of_an_operation_is_explained() -> None:
    """`existing_…` of alter_column are explained together."""
    operations = {op_class.directive for op_class in declared(batch=False)}
    missing = []
    for section in re.split(r"^## op\.", (DOCS / "operations.md").read_text(), flags=re.MULTILINE)[1:]:
        name, signature = section.split("\n", 1)[0], section.split("```")[1]
        for parameter in re.findall(r"[(,]\s*(\w+): ", signature):
            if name in operations and not parameter.startswith("existing_") and f"* `{parameter}`: " not in section:
                missing.append(f"op.{name}({parameter})")
    assert len(operations) > 15
    assert missing == []


def sources() -> str:
    files = [file for file in (ROOT / "autodiff").rglob("*.py") if "templates" not in file.parts]
    return "\n".join(file.read_text() for file in files)


def test_every_setting_is_documented() -> None:
    used = set(re.findall(r"""get_(?:main|alembic|alembic_boolean)_option\(\s*"([\w.]+)\"""", sources()))
    used |= set(re.findall(r"""_path_list\("([\w.]+)\"""", sources()))
    page = (DOCS / "configuration.md").read_text()
    assert [name for name in sorted(used - {"my_option"}) if f"`{name}`" not in page] == []
    assert len(used) > 8


def test_every_environment_variable_is_documented() -> None:
    used = set(re.findall(r"""environ(?:\.get\(|\[)\s*"(\w+)\"""", sources()))
    used |= set(re.findall(r'"((?:AUTODIFF|ALEMBIC)_[A-Z_]+)"', sources()))
    page = (DOCS / "configuration.md").read_text()
    assert [name for name in sorted(used) if name not in page and name not in {"PATH", "PYTHONPATH"}] == []
    assert "AUTODIFF_CONFIG" in used


def test_every_page_is_reached_from_the_first() -> None:
    index = (DOCS / "index.md").read_text()
    assert [page.name for page in sorted(DOCS.glob("*.md")) if page.name != "index.md" and page.name not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
