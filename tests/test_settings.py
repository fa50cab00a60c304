"""Settings: the ini file, the pyproject table, and what a program sets itself."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autodiff.config import Config, ConfigError
from autodiff.errors import CommandError


def ini(tmp_path: Path, text: str | bytes, name: str = "autodiff.ini") -> str:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return os.fspath(path)


def config(tmp_path: Path, text: str, **more: Any) -> Config:
    return Config(ini(tmp_path, text), **more)


def toml(tmp_path: Path, text: str) -> Config:
    return Config(toml_file=ini(tmp_path, text, "pyproject.toml"))


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("[alembic]\nx = 1\n", "alembic"),
        ("[autodiff]\nx = 1\n", "autodiff"),
        ("[alembic]\nx = 2\n[autodiff]\nx = 1\n", "autodiff"),
        ("\ufeff[autodiff]\nx = 1\n", "autodiff"),
        ("[autodiff]\r\nx = 1\r\n", "autodiff"),
    ],
)
def test_the_main_section_is_autodiff_or_else_alembic(tmp_path: Path, text: str, section: str) -> None:
    found = config(tmp_path, text)
    assert (found.config_ini_section, found.get_main_option("x")) == (section, "1")


def test_another_section_can_be_named(tmp_path: Path) -> None:
    found = config(tmp_path, "[DEFAULT]\ny = 2\n[autodiff]\nx = 1\n[other]\nx = 3\n", ini_section="other")
    assert (found.get_main_option("x"), found.get_main_option("y")) == ("3", "2")


def test_here_is_the_directory_of_the_file(tmp_path: Path) -> None:
    found = config(tmp_path, "[autodiff]\nscript_location = %(here)s/m\n")
    assert found.get_main_option("script_location") == f"{tmp_path}/m"
    section = found.get_section("autodiff")
    assert section == {"here": str(tmp_path), "script_location": f"{tmp_path}/m"}


def test_a_directory_with_a_percent_sign_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a%b").mkdir()
    found = config(tmp_path / "a%b", "[autodiff]\nscript_location = %(here)s/m\n")
    assert found.get_main_option("script_location") == f"{tmp_path}/a%b/m"


def test_arguments_of_the_program_can_be_referred_to(tmp_path: Path) -> None:
    found = config(tmp_path, "[autodiff]\nx = %(name)s/%(number)s\n", config_args={"name": "n", "number": 5})
    assert found.get_main_option("x") == "n/5"


def test_options_can_be_set_and_removed_in_memory() -> None:
    found = Config()
    assert found.get_main_option("x") is None
    assert found.get_main_option("x", "default") == "default"
    found.set_main_option("x", "a%%b")
    assert found.get_main_option("x") == "a%b"
    found.set_section_option("other", "y", "1")
    assert found.get_section_option("other", "y") == "1"
    assert found.get_section("other") == {"y": "1", "here": "."}
    found.set_main_option("script_location", "%(here)s/migrations")
    assert found.get_main_option("script_location") == "./migrations"
    assert found.get_section("nowhere", {"z": "0"}) == {"z": "0"}
    found.remove_main_option("x")
    assert found.get_main_option("x") is None


def test_live_objects_travel_in_attributes() -> None:
    given = {"connection": object()}
    found = Config(attributes=given)
    assert found.attributes == given
    found.attributes["more"] = 1
    assert "more" not in given


SECRET = "postgresql://scott:pa%40SECRET@h/db"


def test_a_percent_sign_that_is_not_doubled_is_told_without_the_value(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'sqlalchemy.url' has a '%' that is not doubled") as told:
        Config().set_main_option("sqlalchemy.url", SECRET)
    assert "SECRET" not in str(told.value)
    found = config(tmp_path, f"[autodiff]\nsqlalchemy.url = {SECRET}\n")
    for ask in (lambda: found.get_main_option("sqlalchemy.url"), lambda: found.get_section("autodiff")):
        with pytest.raises(CommandError, match=r"autodiff\.ini \[autodiff\]: 'sqlalchemy.url' has a '%'") as raised:
            ask()
        assert "SECRET" not in str(raised.value)


def test_the_settings_can_be_printed_without_secrets() -> None:
    found = Config()
    found.set_main_option("sqlalchemy.url", "postgresql://scott:SECRET@h/db")
    assert "SECRET" not in repr(found) + str(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("script_location = m\n", "line 1: not an ini file"),
        ("[autodiff]\nx = 1\n[autodiff]\n", "line 3: section [autodiff] is there twice"),
        ("[autodiff]\nx = 1\nx = 2\n", "line 3: 'x' is there twice in [autodiff]"),
        ("[autodiff]\nx = 1\n y z\n[[\nfoo\n", "not an ini file"),
        (b"[autodiff]\n# gr\xfc\xdfe\n", "line 2: not UTF-8"),
        ("[other]\nx = 1\n", "has no section [alembic] (its sections: [other])"),
        ("", "has no section [alembic] (its sections: none)"),
    ],
)
def test_a_broken_ini_is_named_with_its_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(ConfigError) as told:
        Config(ini(tmp_path, text)).get_main_option("x")
    assert words in str(told.value)
    assert "autodiff.ini" in str(told.value)


def test_an_ini_that_does_not_exist_is_told_when_it_is_asked() -> None:
    with pytest.raises(ConfigError, match=r"No config file 'nope\.ini' found"):
        Config("nope.ini").get_main_option("script_location")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[tool.alembic]\nscript_location = '%(here)s/m'\n", "{here}/m"),
        ("[tool.alembic]\nscript_location = 'a'\n[tool.autodiff]\nscript_location = 'b%%c'\n", "b%c"),
        ("[project]\nname = 'x'\n", None),
    ],
)
def test_the_table_is_tool_autodiff_or_else_tool_alembic(tmp_path: Path, text: str, wanted: str | None) -> None:
    found = toml(tmp_path, text).get_alembic_option("script_location")
    assert found == (wanted and wanted.format(here=tmp_path))


def test_the_ini_comes_before_the_toml(tmp_path: Path) -> None:
    toml_file = ini(tmp_path, "[tool.autodiff]\nx = 'toml'\ny = 'toml'\n", "pyproject.toml")
    found = Config(ini(tmp_path, "[autodiff]\nx = ini\n"), toml_file)
    assert (found.get_alembic_option("x"), found.get_alembic_option("y")) == ("ini", "toml")
    assert found.get_main_option("y") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = \n", "pyproject.toml"),
        (b"y = '\xff'\n", "pyproject.toml line 1: not UTF-8"),
        ("[tool]\nautodiff = 5\n", "[tool.autodiff] is not a table"),
        ("[tool.autodiff]\nx = '%(nope)s'\n", "'x' refers to %(nope)s"),
        ("[tool.autodiff]\nx = '50%'\n", "'x' has a '%' that is not doubled"),
        ("[[tool.autodiff.post_write_hooks]]\ntype = 'exec'\n", "needs a name"),
    ],
)
def test_a_broken_toml_is_named(tmp_path: Path, text: str | bytes, words: str) -> None:
    found = Config(toml_file=ini(tmp_path, text, "pyproject.toml"))
    with pytest.raises(CommandError) as told:
        _ = found.get_alembic_option("x"), found.get_hooks_list()
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("true", True),
        ("YES", True),
        ("1", True),
        ("on", True),
        ("false", False),
        ("no", False),
        ("0", False),
        ("", False),
    ],
)
def test_yes_and_no(tmp_path: Path, value: str, wanted: bool) -> None:
    assert config(tmp_path, f"[autodiff]\nx = {value}\n").get_alembic_boolean_option("x") is wanted


@pytest.mark.parametrize(
    ("text", "wanted"), [("x = true", True), ("x = false", False), ("x = 'yes'", True), ("", False)]
)
def test_yes_and_no_in_toml(tmp_path: Path, text: str, wanted: bool) -> None:
    assert toml(tmp_path, f"[tool.autodiff]\n{text}\n").get_alembic_boolean_option("x") is wanted


def test_neither_yes_nor_no_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="x = 'maybe' is neither true nor false"):
        config(tmp_path, "[autodiff]\nx = maybe\n").get_alembic_boolean_option("x")


@pytest.mark.parametrize(
    ("separator", "value", "wanted"),
    [
        ("os", os.pathsep.join(("a", "b c")), ["a", "b c"]),
        (":", "a:b", ["a", "b"]),
        (";", "a; b", ["a", "b"]),
        ("space", "a  b", ["a", "b"]),
        ("newline", "\n  a\n  b c\n", ["a", "b c"]),
    ],
)
def test_paths_are_split_as_the_file_says(tmp_path: Path, separator: str, value: str, wanted: list[str]) -> None:
    found = config(
        tmp_path, f"[autodiff]\npath_separator = {separator}\nversion_locations = {value}\nprepend_sys_path = {value}\n"
    )
    assert found.get_version_locations_list() == wanted
    assert found.get_prepend_sys_paths_list() == wanted


def test_paths_without_a_separator_are_split_as_they_used_to_be_with_a_warning(tmp_path: Path) -> None:
    found = config(tmp_path, "[autodiff]\nversion_locations = a, b c\nprepend_sys_path = a:b, c\n")
    with pytest.warns(DeprecationWarning, match="No path_separator found"):
        assert found.get_version_locations_list() == ["a", "b", "c"]
    with pytest.warns(DeprecationWarning, match="No path_separator found"):
        assert found.get_prepend_sys_paths_list() == ["a", "b", "c"]


def test_the_old_name_of_the_separator_is_understood_with_a_warning(tmp_path: Path) -> None:
    found = config(tmp_path, "[autodiff]\nversion_path_separator = ;\nversion_locations = a;b\n")
    with pytest.warns(DeprecationWarning, match="version_path_separator"):
        assert found.get_version_locations_list() == ["a", "b"]


@pytest.mark.parametrize(("named", "found"), [("os", os.pathsep), ("space", " "), ("newline", "\n"), (";", ";")])
def test_an_application_can_ask_for_the_separator(tmp_path: Path, named: str, found: str) -> None:
    """Flask-Alembic does."""
    settings = config(tmp_path, f"[autodiff]\npath_separator = {named}\n")
    assert settings._get_file_separator_char("path_separator") == found
    assert settings._get_file_separator_char("version_path_separator") is None


def test_a_separator_that_is_none_is_told(tmp_path: Path) -> None:
    found = config(tmp_path, "[autodiff]\npath_separator = |\nversion_locations = a|b\n")
    with pytest.raises(ValueError, match=r"'\|' is not a valid value for path_separator; expected 'space', 'newline'"):
        found.get_version_locations_list()


def test_paths_in_toml_are_a_list(tmp_path: Path) -> None:
    found = toml(tmp_path, "[tool.autodiff]\nversion_locations = ['%(here)s/a', 'b c']\nprepend_sys_path = '.'\n")
    assert found.get_version_locations_list() == [f"{tmp_path}/a", "b c"]
    assert found.get_prepend_sys_paths_list() == ["."]


HOOKS = [
    {"_hook_name": "b", "type": "exec", "executable": "x"},
    {"_hook_name": "a", "type": "module", "options": "-l 9"},
]


def test_hooks_keep_their_order(tmp_path: Path) -> None:
    text = "[post_write_hooks]\nhooks = b, a\na.type = module\na.options = -l 9\nb.type = exec\nb.executable = x\n"
    assert config(tmp_path, f"[autodiff]\n{text}").get_hooks_list() == HOOKS
    tables = "".join(
        "[[tool.autodiff.post_write_hooks]]\n"
        + "".join(f"{'name' if key == '_hook_name' else key} = '{value}'\n" for key, value in hook.items())
        for hook in HOOKS
    )
    assert toml(tmp_path, tables).get_hooks_list() == HOOKS


def test_a_result_is_printed_as_it_is_unless_there_are_arguments() -> None:
    out = io.StringIO()
    found = Config(stdout=out)
    found.print_stdout("100% %s")
    found.print_stdout("%s is at %s", "db", "ab12")
    assert out.getvalue() == "100% %s\ndb is at ab12\n"


def test_what_a_terminal_cannot_show_is_replaced() -> None:
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    Config(stdout=out).print_stdout("m’ 🚀")
    out.flush()
    assert out.buffer.getvalue() == b"m? ?\n"  # type: ignore[attr-defined]


class Unencoded:
    """A stream that says which encoding it has, and takes any text."""

    def __init__(self, encoding: str | None) -> None:
        self.encoding = encoding
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...


@pytest.mark.parametrize(
    ("encoding", "written"), [(None, "m?il ?\n"), ("ascii", "m?il ?\n"), ("latin-1", "méil ?\n"), ("utf-8", "méil €\n")]
)
def test_a_stream_gets_what_its_encoding_has(encoding: str | None, written: str) -> None:
    stream = Unencoded(encoding)
    Config(stdout=stream).print_stdout("méil €")  # type: ignore[arg-type]
    assert stream.text == written


def test_a_string_buffer_gets_everything() -> None:
    buffer = io.StringIO()
    Config(stdout=buffer).print_stdout("méil €")
    assert buffer.getvalue() == "méil €\n"


def test_the_logger_that_was_set_up_for_alembic_hears_which_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.ini").write_text("[alembic]\n")
    program = (
        "import logging, sys\n"
        "logging.getLogger('alembic.config').addHandler(logging.StreamHandler(sys.stdout))\n"
        "logging.getLogger('alembic.config').setLevel('INFO')\n"
        "from autodiff.config import Config\n"
        f"Config({str(tmp_path / 'a.ini')!r}).file_config\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"Loading config from file: {tmp_path / 'a.ini'}\n", "")
