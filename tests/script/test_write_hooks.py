"""Post-write hooks: run in order on the new file; one that cannot run, or fails, is an error."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autodiff.errors import CommandError
from autodiff.script import write_hooks

from .project import Project

APPEND = "import sys; open(sys.argv[1], 'a').write('# ' + ' '.join(sys.argv[2:]) + chr(10))"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    found = Project(tmp_path)
    found.write("append.py", APPEND)
    found.write("fails.py", "import sys; sys.exit(4)")
    found.write("here.py", "import sys, os; open(sys.argv[1], 'a').write('# ' + os.getcwd() + chr(10))")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return found


def written(project: Project, *hooks: dict[str, str]) -> str:
    """The last line of a new script that these hooks were run on."""
    names = [f"h{place}" for place in range(len(hooks))]
    lines = [f"{name}.{key} = {value}" for name, hook in zip(names, hooks) for key, value in hook.items()]  # noqa: B905
    project.ini(more="[post_write_hooks]\n" + "\n".join([f"hooks = {', '.join(names)}", *lines]) + "\n")
    script = project.directory.generate_revision("a1", "x")
    assert script is not None
    return Path(script.path).read_text().splitlines()[-1]


@pytest.mark.parametrize(
    ("hook", "last"),
    [
        ({"type": "module", "module": "append", "options": "one 'two three'"}, "# one two three"),
        ({"type": "module", "module": "append"}, "# "),
        ({"type": "module", "module": "append", "options": "REVISION_SCRIPT_FILENAME x"}, "# x"),
        ({"type": "exec", "executable": sys.executable, "options": "append.py REVISION_SCRIPT_FILENAME -l 9", "cwd": "%(here)s"},
         "# -l 9"),
        ({"type": "module", "module": "here", "cwd": "%(here)s/migrations"}, "migrations"),
    ],
)  # fmt: skip
def test_a_hook_changes_the_new_file(project: Project, hook: dict[str, str], last: str) -> None:
    assert written(project, hook).endswith(last)


def test_hooks_run_in_their_order(project: Project) -> None:
    hooks = [{"type": "module", "module": "append", "options": word} for word in ("first", "second")]
    assert written(project, *hooks) == "# second"


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ({"module": "append"}, "post-write hook 'h0' has no type"),
        ({"type": "nope"}, "No formatter with name 'nope' registered"),
        ({"type": "exec"}, "Key h0.executable is required for post write hook 'h0'"),
        ({"type": "exec", "executable": "no-such-program_"}, "there is no program no-such-program_"),
        ({"type": "module", "module": "no_such_module_"}, "there is no module no_such_module_"),
        (
            {"type": "console_scripts", "entrypoint": "no-such-script_"},
            "Could not find entrypoint console_scripts.no-such-script_",
        ),
    ],
)
def test_a_hook_that_cannot_run_is_told_before_anything_is_written(
    project: Project, hook: dict[str, str], words: str
) -> None:
    with pytest.raises(CommandError) as told:
        written(project, hook)
    assert words in str(told.value)
    assert project.files() == set()


def test_a_hook_that_fails_is_an_error_and_the_file_stays(project: Project) -> None:
    with pytest.raises(
        CommandError, match=r"post-write hook 'h0' failed: .* ended with exit code 4; .*a1_x.py is written"
    ):
        written(project, {"type": "module", "module": "fails"})
    assert project.files() == {"a1_x.py"}


def test_a_function_can_be_a_hook(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_hooks, "_registry", dict(write_hooks._registry))
    seen: list[Any] = []

    @write_hooks.register("mine")
    def mine(path: str, options: Mapping[str, str]) -> None:
        seen.append((Path(path).name, options["colour"]))

    written(project, {"type": "mine", "colour": "red"})
    assert seen == [("a1_x.py", "red")]


def test_what_a_function_raises_is_told_with_its_hook(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_hooks, "_registry", dict(write_hooks._registry))

    @write_hooks.register("breaks")
    def breaks(path: str, options: Mapping[str, str]) -> None:
        raise KeyError("colour")

    with pytest.raises(CommandError, match="post-write hook 'h0' failed: KeyError: 'colour'"):
        written(project, {"type": "breaks"})
