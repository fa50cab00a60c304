"""The script directory: what it reads, what it writes, and what it refuses."""

from __future__ import annotations

import os
import py_compile
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from autodiff.errors import CommandError, ScriptError
from autodiff.script import ScriptDirectory

from .project import Project, names


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_scripts_are_read_without_being_executed(project: Project) -> None:
    project.write("migrations/versions/a.py", "revision = 'a'\ndown_revision = None\ndef f(): pass\n1 / 0\n")
    assert project.directory.get_heads() == ["a"]


def test_a_script_whose_identifiers_are_computed_is_executed(project: Project) -> None:
    project.write("migrations/versions/a.py", "revision = 'a' * 3\ndown_revision = None\n")
    assert project.directory.get_heads() == ["aaa"]


@pytest.mark.parametrize("name", [".#a.py", "__init__.py", "readme.txt", ".hidden.py", "a.pyc", "a.py~"])
def test_files_that_are_no_scripts_are_passed_over(project: Project, name: str) -> None:
    project.write(f"migrations/versions/{name}", "1/0")
    assert project.directory.get_heads() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Could not determine revision id from filename bad.py"),
        ("revision = 'b'\n", "there is no down_revision"),
        ("def upgrade(:\n", "bad.py line 1: invalid syntax"),
        ("revision = 'b'\ndown_revision = 3\n", "down_revision = 3 is neither an id nor a list"),
        ("revision = 'b'\ndown_revision = ''\n", "down_revision = '' is neither"),
        ("revision = 3\ndown_revision = None\n", "revision = 3 is not the text of an id"),
        ("revision = 'b'\ndown_revision = None\nbranch_labels = 5\n", "branch_labels = 5 is neither a label"),
        ("revision = 'b@c'\ndown_revision = None\n", "not allowed in revision identifier 'b@c'"),
        ("revision = 'b'\ndown_revision = 'b'\n", "Self-loop is detected in revisions (b)"),
        ("revision = 'b'\ndown_revision = 'zz'\n", "down_revision names 'zz', which is the id of no script"),
        ("<<<<<<< HEAD\nrevision = 'b'\n", "bad.py line 1: invalid syntax (was it merged with conflicts?)"),
        (b"revision = 'b'\nx = '\xfc'\n", "bad.py line 2: "),  # in words that differ between versions of Python
        ("revision = 'b'\x00\n", "null bytes"),
        ("revision = 'a'\ndown_revision = None\n", "Revision a is present more than once"),
        ("import sys\nrevision = str(sys.exit(0))\n", "called sys.exit(0)"),
    ],
)
def test_a_file_that_cannot_be_a_script_is_named(project: Project, text: str | bytes, words: str) -> None:
    project.script("a")
    project.write("migrations/versions/bad.py", text)
    with pytest.raises(CommandError) as told:
        project.directory.get_heads()
    assert words in str(told.value)
    assert "bad.py" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_versions_directory_is_an_error_and_not_an_empty_history(project: Project) -> None:
    project.versions.rmdir()
    with pytest.raises(CommandError, match=r"the versions directory .* does not exist"):
        project.directory.get_heads()


def test_the_first_revision_makes_the_versions_directory(project: Project) -> None:
    project.versions.rmdir()
    project.directory.generate_revision("a1", "first")
    assert project.files() == {"a1_first.py"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"script_location": "%(here)s/nowhere"}, "Path doesn't exist"),
        ({"script_location": "%(here)s/autodiff.ini"}, "is not a directory"),
        ({"script_location": ""}, "script_location is empty"),
        ({"script_location": "nopackage:scripts"}, "there is no package nopackage"),
        ({"script_location": r"C:\Project A\migrations"}, r"Path doesn't exist: C:\Project A\migrations"),
        ({"truncate_slug_length": "long"}, "truncate_slug_length = 'long' is not a number"),
        ({"sourceless": "maybe"}, "sourceless = 'maybe' is neither true nor false"),
    ],
)
def test_settings_that_lead_nowhere_are_told(project: Project, options: Any, words: str) -> None:
    project.ini(**options)
    with pytest.raises(CommandError) as told:
        _ = project.directory
    assert words in str(told.value)


@pytest.mark.parametrize("location", ["apppkg:db/scripts", "apppkg:db:scripts", "apppkg.db:scripts"])
def test_a_directory_inside_of_a_package(project: Project, monkeypatch: pytest.MonkeyPatch, location: str) -> None:
    project.write("apppkg/__init__.py", "")
    project.write("apppkg/db/__init__.py", "")
    project.write("apppkg/db/scripts/versions/a.py", "revision = 'a'\ndown_revision = None\n")
    monkeypatch.syspath_prepend(project.root)
    project.ini(script_location=location)
    assert project.directory.get_heads() == ["a"]


# --- what is written


def test_a_new_script_comes_after_the_head(project: Project) -> None:
    project.script("a")
    script = project.directory.generate_revision("b", "add user")
    assert script is not None
    assert (script.revision, script.down_revision, script.doc) == ("b", "a", "add user")
    assert project.directory.get_heads() == ["b"]


TRICKY = [
    'say "hi"', 'doc """ end', 'x"""\nimport os; os._exit(9)\n"""', 'ends with "', "path C:\\", "C:\\users\\x41 \\N{BULLET}",
    "line one\nline two", "a\rb", "100% %s %(rev)s", "{} {rev}", "${7*7}", "<% x() %>", "\n% for x in y:\n", "## hidden",
    "🚀 שלום", "bad \udc80 byte", "", "   ", "it's ''' done", "a\x0cb", "a\u2028b", "\x1b[31mred", "a\x00b", '\\"""',
]  # fmt: skip


@pytest.mark.parametrize("message", TRICKY)
def test_a_message_is_kept_as_text_and_never_becomes_code(project: Project, message: str) -> None:
    script = project.directory.generate_revision("a1", message)
    assert script is not None
    text = Path(script.path).read_bytes().decode()
    told = message.encode("utf-8", "backslashreplace").decode()
    assert (script.module.__doc__ or "").lstrip(" ").startswith(told.lstrip(" ") + "\n")  # 3.13 strips docstrings
    assert "${" not in text.replace("${7*7}", "")
    assert project.directory.get_heads() == ["a1"]


@pytest.mark.parametrize("template", ["# ${message}\n", "m = '${message}'\n", "${message}\n"])
def test_a_template_that_would_make_code_of_the_message_is_refused(project: Project, template: str) -> None:
    body = "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
    project.write("migrations/script.py.mako", template + body)
    for message in ("x\nimport os", "x'; import os; y='"):
        try:
            script = project.directory.generate_revision("a1", message)
        except ScriptError:
            assert project.files() == set()
        else:
            assert script is not None
            assert not hasattr(script.module, "os")
            os.unlink(script.path)


def test_a_template_may_write_the_message_as_a_literal(project: Project) -> None:
    project.write(
        "migrations/script.py.mako",
        "doc = ${repr(message)}\nrevision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n",
    )
    script = project.directory.generate_revision("a1", 'C:\\ """ x')
    assert script is not None
    assert script.module.doc == 'C:\\ """ x'


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("revision = ${repr(up_revision)}\n", "down_revision"),
        ("${nope}\n", "script.py.mako line 1: it uses a name that it was not given"),
        ("% if x\n", "script.py.mako is broken"),
        ("revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\nx = (\n", "is no Python, line 3"),
        ("import nosuchmodule_\n", "ModuleNotFoundError: No module named 'nosuchmodule_'"),
        (
            "revision = 'other'\ndown_revision = ${repr(down_revision)}\n",
            "Version b1 specified revision b1, however the migration",
        ),
    ],
)
def test_a_template_that_makes_no_script_is_told_and_nothing_is_written(
    project: Project, template: str, words: str
) -> None:
    project.script("a1")
    project.write("migrations/script.py.mako", template)
    with pytest.raises(ScriptError) as told:
        project.directory.generate_revision("b1", "x")
    assert words in str(told.value)
    assert sorted(os.listdir(project.versions)) == ["a1.py"]


def test_a_label_that_the_template_does_not_write_is_told_and_nothing_is_written(project: Project) -> None:
    project.write(
        "migrations/script.py.mako", "revision = ${repr(up_revision)}\ndown_revision = ${repr(down_revision)}\n"
    )
    with pytest.raises(
        ScriptError, match=r"Version a1 specified branch_labels x, however .* does not have them; have you upgraded"
    ):
        project.directory.generate_revision("a1", "x", branch_labels="x")
    assert project.files() == set()


def test_a_missing_template_is_told(project: Project) -> None:
    (project.root / "migrations" / "script.py.mako").unlink()
    with pytest.raises(ScriptError, match=r"script\.py\.mako does not exist"):
        project.directory.generate_revision("a1", "x")


def test_a_file_is_never_overwritten(project: Project) -> None:
    there = project.write("migrations/versions/a1_x.py", "revision = 'other'\ndown_revision = None\n")
    with pytest.raises(ScriptError, match=r"a1_x\.py exists already"):
        project.directory.generate_revision("a1", "x", head="base")
    assert "other" in there.read_text()
    assert sorted(os.listdir(project.versions)) == ["a1_x.py"]


@pytest.mark.parametrize("template", ["../%(rev)s", "/tmp/%(rev)s"])
def test_a_file_stays_in_its_directory(project: Project, template: str) -> None:
    project.ini(file_template=template.replace("%", "%%"))
    with pytest.raises(CommandError, match="leads out of"):
        project.directory.generate_revision("a1", "x")


@pytest.mark.parametrize(
    ("head", "splice", "parents"),
    [
        ("head", False, "c"),
        ("base", False, None),
        ("b", True, "b"),
        (("c",), False, "c"),
        ("c", False, "c"),
        ("head-1", True, "b"),
    ],
)
def test_the_parent_can_be_named(project: Project, head: Any, splice: bool, parents: Any) -> None:
    project.line("a", "b", "c")
    script = project.directory.generate_revision("d", "x", head=head, splice=splice)
    assert script is not None
    assert script.down_revision == parents


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"head": "b"}, "Revision b is not a head revision; please specify --splice"),
        ({"head": "nope"}, "identified by 'nope'"),
        ({"depends_on": "nope"}, "identified by 'nope'"),
        ({"version_path": "/tmp/elsewhere"}, "Path /tmp/elsewhere is not represented in current version locations"),
        ({"branch_labels": ["a b"]}, "'a b'"),
    ],
)
def test_arguments_that_fit_nothing_are_refused(project: Project, arguments: Any, words: str) -> None:
    project.line("a", "b", "c")
    with pytest.raises(CommandError) as told:
        project.directory.generate_revision("d", "x", **arguments)
    assert words in str(told.value)
    assert project.files() == {"a.py", "b.py", "c.py"}


def test_several_heads_need_a_choice(project: Project) -> None:
    project.line("a", "b")
    project.script("c", "a")
    with pytest.raises(CommandError, match=r"Multiple heads are present; please specify the head revision.*b, c"):
        project.directory.generate_revision("d", "x")
    script = project.directory.generate_revision("d", "x", head=("b", "c"))
    assert script is not None
    assert script.down_revision == ("b", "c")


def test_labels_and_dependencies_are_written(project: Project) -> None:
    project.line("aaa111", "bbb222")
    script = project.directory.generate_revision(
        "ccc333", "x", head="base", branch_labels=["shop", "my-shop"], depends_on=["aaa", "bbb"]
    )
    assert script is not None
    assert script.branch_labels == {"shop", "my-shop"}
    assert script.dependencies == ("aaa111", "bbb222")


def test_the_map_knows_a_script_that_was_just_written(project: Project) -> None:
    directory = project.directory
    directory.generate_revision("a", "x")
    directory.generate_revision("b", "y")
    assert names(directory.walk_revisions()) == ["b", "a"]


# --- several locations


def locations(project: Project, *directories: str, **options: str) -> None:
    project.ini(version_locations="".join(f"\n  %(here)s/{each}" for each in directories), **options)
    for each in directories:
        (project.root / each).mkdir(parents=True, exist_ok=True)


def test_a_script_is_written_beside_its_parent(project: Project) -> None:
    locations(project, "one", "two")
    project.write("two/a.py", "revision = 'a'\ndown_revision = None\n")
    script = project.directory.generate_revision("b", "x")
    assert script is not None
    assert Path(script.path).parent.name == "two"


def test_a_new_base_in_several_locations_needs_a_choice(project: Project) -> None:
    locations(project, "one", "two")
    with pytest.raises(CommandError, match="Multiple version locations present, please specify --version-path"):
        project.directory.generate_revision("b", "x")
    script = project.directory.generate_revision("b", "x", version_path=project.root / "one")
    assert script is not None
    assert Path(script.path).parent.name == "one"


def test_dated_directories_work_with_several_locations(project: Project) -> None:
    locations(
        project, "one", "two", file_template="%%(year)d/%%(month).2d/%%(rev)s", recursive_version_locations="true"
    )
    first = project.directory.generate_revision("a", "x", version_path=project.root / "two")
    second = project.directory.generate_revision("b", "y")
    assert first is not None
    assert second is not None
    assert os.path.dirname(first.path) == os.path.dirname(second.path)
    assert project.directory.get_heads() == ["b"]


def test_directories_below_are_read_only_if_asked_for(project: Project) -> None:
    project.write("migrations/versions/old/a.py", "revision = 'a'\ndown_revision = None\n")
    assert project.directory.get_heads() == []
    project.ini(recursive_version_locations="true")
    assert project.directory.get_heads() == ["a"]


def test_a_location_that_is_named_twice_is_read_once_with_a_warning(project: Project) -> None:
    project.script("a")
    locations(project, "migrations/versions", "migrations/../migrations/versions")
    with pytest.warns(UserWarning, match="loaded twice! ignoring"):
        assert project.directory.get_heads() == ["a"]


def test_a_mistyped_location_is_told(project: Project) -> None:
    project.ini(version_locations="%(here)s/verisons")
    with pytest.raises(CommandError, match="verisons"):
        project.directory.get_heads()


@pytest.mark.parametrize("simple", [True, False])
def test_bytecode_is_read_where_there_is_no_source(project: Project, simple: bool) -> None:
    source = project.script("a")
    py_compile.compile(os.fspath(source), cfile=os.fspath(source) + "c" if simple else None, doraise=True)
    source.unlink()
    assert project.directory.get_heads() == []
    project.ini(sourceless="true")
    script = project.directory.get_revision("a")
    assert script.doc == "a"
    assert callable(script.module.upgrade)


# --- env.py


def test_env_py_is_executed_as_a_module_that_leaves_no_trace(project: Project) -> None:
    project.write("migrations/env.py", "import sys\nassert sys.modules[__name__].__file__ == __file__\n")
    project.directory.run_env()
    assert "env_py" not in sys.modules


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("import sys\nsys.exit(0)\n", ScriptError, "env.py line 2 called sys.exit(0)"),
        ("1 / 0\n", ZeroDivisionError, "division by zero"),
        ("def x(:\n", SyntaxError, "invalid syntax"),
    ],
)
def test_what_env_py_raises(project: Project, text: str, error: Any, words: str) -> None:
    project.write("migrations/env.py", text)
    with pytest.raises(error) as told:
        project.directory.run_env()
    assert words in str(told.value)


def test_a_missing_env_py_is_told(project: Project) -> None:
    (project.root / "migrations" / "env.py").unlink()
    with pytest.raises(ScriptError, match=r"env\.py does not exist"):
        project.directory.run_env()


def test_prepended_paths_come_first_and_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    project.ini(prepend_sys_path=f"{project.root}/one\n  {project.root}/two")
    for _ in range(2):
        _ = project.directory
    assert sys.path[:2] == [f"{project.root}/one", f"{project.root}/two"]
    assert sys.path.count(f"{project.root}/one") == 1


# --- asking


def test_a_directory_answers_as_programs_ask(project: Project) -> None:
    project.line("aaa1", "bbb1", "ccc1")
    project.script("ddd1", None, branch_labels="other", depends_on="bbb1")
    found = project.directory
    assert (found.get_heads(), found.get_bases()) == (["ccc1", "ddd1"], ["aaa1", "ddd1"])
    assert [found.as_revision_number(given) for given in ("bbb", "nope", "+1", "other@head")] == [
        *("bbb", "nope", "+1", "ddd1")
    ]
    assert found.as_revision_number("base") is None
    assert found.as_revision_number("heads") == ("ccc1", "ddd1")
    assert names(found.walk_revisions("bbb1", "ccc1")) == ["ccc1", "bbb1"]
    assert names(found.walk_revisions("bbb1", "heads")) == ["ccc1", "bbb1"]
    with pytest.raises(CommandError, match="Requested range ccc1:ddd1 does not refer to ancestor/descendant"):
        names(found.walk_revisions("ccc1", "ddd1"))
    assert names(found.iterate_revisions("ccc1", "aaa1")) == ["ccc1", "bbb1"]
    assert names(found.get_revisions(("aaa1", "other"))) == ["aaa1", "ddd1"]
    assert found.get_revisions("base") == found.revision_map.get_revisions(("base",)) == ()
    assert found.version_locations == []
    assert {each.revision for each in found.get_all_current(("ddd1",))} == {"bbb1", "ddd1"}
    with pytest.raises(CommandError, match="The script directory has multiple heads"):
        found.get_current_head()
    with pytest.raises(CommandError, match="multiple bases"):
        found.get_base()


def test_a_directory_that_does_not_exist_is_told() -> None:
    with pytest.raises(CommandError, match="/nonexistent"):
        ScriptDirectory("/nonexistent")


def test_nothing_here_warns(project: Project) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        project.line("a", "b")
        assert project.directory.get_heads() == ["b"]


OVERLAPPING = """
import time
from pathlib import Path

def wait(name):
    while not (Path(__file__).parent / name).exists():
        time.sleep(0.01)

if (Path(__file__).parent / "first").exists():
    (Path(__file__).parent / "second").touch()
    wait("over")
else:
    (Path(__file__).parent / "first").touch()
    wait("second")
"""


def test_env_py_leaves_no_trace_where_runs_overlap(project: Project) -> None:
    project.write("migrations/env.py", OVERLAPPING)
    folder = project.root / "migrations"
    first, second = (threading.Thread(target=project.directory.run_env) for _ in range(2))
    first.start()
    while not (folder / "first").exists():
        time.sleep(0.01)
    second.start()
    first.join(timeout=60)
    (folder / "over").touch()
    second.join(timeout=60)
    assert "env_py" not in sys.modules
