"""`init` and `list_templates`: what is made, what is refused, and that it works."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import black
import pytest

from autodiff import command
from autodiff.cli.main import config_files, main
from autodiff.commands._init_guess import guess_metadata, guess_url
from autodiff.commands.init import script_location
from autodiff.config import Config
from autodiff.errors import CommandError

TEMPLATES = ("async", "generic", "multidb", "pyproject", "pyproject_async")


@pytest.fixture(autouse=True)
def _in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AUTODIFF_CONFIG", "ALEMBIC_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def run(*argv: str) -> None:
    main(list(argv), prog="autodiff")


def url(text: str, ini: str = "autodiff.ini") -> None:
    path = Path(ini)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join(f"sqlalchemy.url = {text}\n" if line.startswith("sqlalchemy.url") else line for line in lines)
    )


def test_each_file_is_named_as_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "migrations")
    out = capsys.readouterr().out
    for name in (
        "migrations/versions",
        "migrations/env.py",
        "migrations/README",
        "migrations/script.py.mako",
        "autodiff.ini",
    ):
        assert f"{name} ... done\n" in out
        assert Path(name).exists()
    assert "Please edit configuration/connection/logging settings in autodiff.ini before proceeding" in out


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_a_template_makes_works_and_is_formatted(template: str) -> None:
    run("-q", "init", "-t", template, "migrations")
    driver = "sqlite+aiosqlite" if "async" in template else "sqlite"
    if template == "multidb":
        text = Path("autodiff.ini").read_text().replace("driver://user:pass@localhost/dbname2", "sqlite:///two.db")
        Path("autodiff.ini").write_text(text.replace("driver://user:pass@localhost/dbname", "sqlite:///t.db"))
    else:
        url(f"{driver}:///t.db")
    run("revision", "-m", 'say "hi"', "--rev-id", "aaa111")
    run("revision", "-m", "second", "--branch-label", "main-line")
    run("upgrade", "head")
    run("downgrade", "-1")
    for name in ("t.db", "two.db") if template == "multidb" else ("t.db",):
        with closing(sqlite3.connect(name)) as connection, connection:
            assert connection.execute("select version_num from alembic_version").fetchall() == [("aaa111",)]
    for path in [*Path("migrations").glob("versions/*.py"), Path("migrations/env.py")]:
        text = path.read_text()
        assert black.format_str(text, mode=black.Mode()) == text, path
    run("upgrade", "aaa111:head", "--sql")


def test_multidb_writes_one_sql_file_for_each_database() -> None:
    run("-q", "init", "-t", "multidb", "migrations")
    text = Path("autodiff.ini").read_text().replace("driver://user:pass@localhost/dbname2", "postgresql+psycopg://h/x")
    Path("autodiff.ini").write_text(text.replace("driver://user:pass@localhost/dbname", "sqlite://"))
    run("revision", "-m", "x")
    run("upgrade", "head", "--sql")
    assert "CREATE TABLE alembic_version" in Path("engine1.sql").read_text()
    assert "BEGIN;" in Path("engine2.sql").read_text()


def test_templates_are_listed_with_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    run("list_templates")
    out = capsys.readouterr().out
    assert out.startswith("Available templates:\n\nasync - ")
    assert all(f"\n{name} - " in out for name in TEMPLATES)
    assert "autodiff init --template generic ./migrations" in out


@pytest.mark.parametrize("name", ["a%b", "with space", "deep/er", "${x}", "größe"])
def test_any_directory_name_makes_a_readable_ini(name: str) -> None:
    run("-q", "init", name)
    run("revision", "-m", "x")
    assert len(list(Path(name, "versions").glob("*.py"))) == 1


@pytest.mark.parametrize(
    ("config_file", "directory", "location"),
    [
        ("/app/autodiff.ini", "/app/migrations", "%(here)s/migrations"),
        ("/app/autodiff.ini", "/app/a%b", "%(here)s/a%%b"),
        ("/app/conf/autodiff.ini", "/app/migrations", "%(here)s/../migrations"),
    ],
)
def test_the_directory_is_named_from_where_the_file_is(config_file: str, directory: str, location: str) -> None:
    assert script_location(config_file, directory) == location


def test_packages_get_their_init_files() -> None:
    run("-q", "init", "--package", "app/migrations")
    assert Path("app/migrations/__init__.py").exists()
    assert Path("app/migrations/versions/__init__.py").exists()
    run("heads")


@pytest.mark.parametrize(
    ("present", "words"), [("full/x", "Directory full already exists and is not empty"), ("full", "is a file")]
)
def test_what_is_there_is_not_touched(present: str, words: str) -> None:
    Path(present).parent.mkdir(exist_ok=True)
    Path(present).write_text("mine")
    with pytest.raises(CommandError, match=words):
        command.init(Config("autodiff.ini"), "full")
    assert Path(present).read_text() == "mine"
    assert not Path("autodiff.ini").exists()


def test_an_empty_directory_is_used() -> None:
    Path("migrations").mkdir()
    run("-q", "init", "migrations")
    run("heads")


def test_an_ini_that_is_there_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.ini").write_text("[alembic]\nkeep = 1\n")
    run("-c", "new.ini", "init", "migrations")
    assert Path("new.ini").read_text() == "[alembic]\nkeep = 1\n"
    assert "File new.ini already exists, skipping" in capsys.readouterr().out


def test_quiet_says_nothing_of_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    Path("autodiff.ini").write_text("[autodiff]\n")
    Path("pyproject.toml").write_text("[tool.autodiff]\n")
    run("-q", "init", "-t", "pyproject", "migrations")
    assert "skipping" not in capsys.readouterr().out


def test_the_hint_names_both_files_of_a_pyproject(capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "-t", "pyproject", "migrations")
    assert (
        "Please edit configuration settings in pyproject.toml and configuration/connection/logging settings in "
        "autodiff.ini before proceeding:" in capsys.readouterr().out
    )


@pytest.mark.parametrize("template", ["generic", "pyproject", "multidb"])
def test_the_program_alembic_names_its_files_as_alembic_does(template: str) -> None:
    main(["-q", "init", "-t", template, "migrations"], prog="alembic")
    assert "[alembic]" in Path("alembic.ini").read_text() or "[tool.alembic]" in Path("pyproject.toml").read_text()
    assert not Path("autodiff.ini").exists()
    main(["heads"], prog="alembic")
    run("heads")


def test_the_program_alembic_wants_a_command() -> None:
    with pytest.raises(SystemExit) as ended:
        main([], prog="alembic")
    assert ended.value.code == 2


def test_an_unknown_template_is_told_and_nothing_is_made() -> None:
    with pytest.raises(CommandError, match="No such template 'nope'"):
        command.init(Config("autodiff.ini"), "migrations", template="nope")
    assert os.listdir() == []


def test_a_pyproject_that_is_there_gets_a_table() -> None:
    Path("pyproject.toml").write_text('[project]\nname = "x"\n')
    run("-q", "init", "-t", "pyproject", "migrations")
    text = Path("pyproject.toml").read_text()
    assert text.startswith('[project]\nname = "x"\n\n\n[tool.autodiff]\n')
    assert config_files(()) == ("autodiff.ini", f"{os.getcwd()}/pyproject.toml")


def test_a_pyproject_that_has_a_table_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    text = '[tool.alembic]\nscript_location = "other"\n'
    Path("pyproject.toml").write_text(text)
    run("init", "-t", "pyproject", "migrations")
    assert Path("pyproject.toml").read_text() == text
    assert "already has a [tool.alembic] section, skipping" in capsys.readouterr().out


def test_templates_of_ones_own_are_used() -> None:
    class Mine(Config):
        def get_template_directory(self) -> str:
            return os.path.abspath("templates")

    template = Path("templates/plain")
    template.mkdir(parents=True)
    (template / "alembic.ini.mako").write_text("[alembic]\nscript_location = ${script_location}\n")
    (template / "env.py").write_text("")
    (template / "README").write_text("My own.\n")
    command.init(Mine("mine.ini"), "migrations", template="plain")
    assert Path("mine.ini").read_text() == "[alembic]\nscript_location = %(here)s/migrations\n"
    out = io.StringIO()
    command.list_templates(Mine(stdout=out))
    assert "plain - My own." in out.getvalue()


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"app/models.py": "from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase):\n    pass\n"},
         "from app.models import Base; target_metadata = Base.metadata"),
        ({"src/shop/db.py": "import sqlalchemy as sa\nmeta = sa.MetaData()\n"},
         "from shop.db import meta; target_metadata = meta"),
        ({"app/__init__.py": "from sqlalchemy.orm import declarative_base\nModel = declarative_base()\n"},
         "from app import Model; target_metadata = Model.metadata"),
        ({"app/models.py": "x = 1\n", "broken.py": "import sqlalchemy as (\n"}, None),
        ({"venv/pyvenv.cfg": "", "venv/x.py": "from sqlalchemy import MetaData\nm = MetaData()\n"}, None),
        ({"migrations/env.py": "from sqlalchemy import MetaData\nm = MetaData()\n"}, None),
    ],
)  # fmt: skip
def test_the_models_are_guessed_from_the_code_without_executing_it(files: dict[str, str], line: str | None) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    assert guess_metadata(os.getcwd(), "migrations") == line


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        (
            ".env",
            "DATABASE_URL=postgresql+psycopg://app:SECRET@localhost/shop\n",
            "postgresql+psycopg://app:***@localhost/shop",
        ),
        ("settings.py", 'URL = "sqlite:///shop.db"\n', "sqlite:///shop.db"),
        ("settings.py", "x = 1\n", None),
    ],
)
def test_the_database_is_guessed_and_its_password_hidden(name: str, text: str, wanted: str | None) -> None:
    Path(name).write_text(text)
    assert guess_url(os.getcwd()) == wanted


def test_an_init_that_fails_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from autodiff.script import file

    def full(path: str, text: bytes) -> None:
        raise CommandError(f"cannot write {path}: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(file, "write_new", full)
        with pytest.raises(CommandError, match="No space left"):
            command.init(Config("autodiff.ini"), "migrations")
    assert not Path("migrations").exists()
    run("-q", "init", "migrations")
    run("heads")


def test_the_lines_to_edit_are_those_of_the_template(capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "-t", "multidb", "migrations")
    out = capsys.readouterr().out
    assert "  autodiff.ini: [engine1] sqlalchemy.url = " in out
    assert "  autodiff.ini: [engine2] sqlalchemy.url = " in out
