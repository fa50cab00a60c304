"""The command line: arguments, help, exit codes, and how failures are told."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autodiff import commands
from autodiff.cli.main import CommandLine, config_files, main
from autodiff.config import Config
from autodiff.errors import CommandError, DatabaseNotAtHead, UsageError
from tests.databases.database import Database
from tests.script.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    for name in ("AUTODIFF_CONFIG", "ALEMBIC_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path)


def run(*argv: str, prog: str = "autodiff") -> int:
    """The exit code of a call."""
    try:
        main(list(argv), prog=prog)
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_without_a_command_the_journey_is_told_in_six_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  autodiff ")]
    assert len(lines) == 6


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("autodiff 0.")


@pytest.mark.parametrize("command", commands.names())
def test_the_help_of_each_command_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    out = capsys.readouterr().out
    assert f"example:\n  autodiff {command}" in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("upgrad", "head"), "did you mean 'upgrade'?"),
        (("haeds",), "did you mean 'heads'?"),
        (("revision", "--mesage", "x"), "did you mean '--message'?"),
        (("upgrade", "head", "--sqll"), "did you mean '--sql'?"),
        (("--confg", "x", "heads"), "did you mean '--config'?"),
        (("upgrade", "head", "-q"), "-q stands before the command: autodiff -q upgrade …"),
        (("upgrade",), "FAILED: autodiff upgrade: revision is missing; for example: autodiff upgrade head\n"),
        (("revision", "-m"), "FAILED: autodiff revision: argument -m/--message: expected one argument; for example: "),
        (("x" * 9,), "FAILED: there is no command 'xxxxxxxxx'; `autodiff --help` shows how\n"),
        (("diff", "--sq"), "FAILED: autodiff diff: unknown: --sq; for example: autodiff diff --format markdown\n"),
    ],
)
def test_a_mistyped_word_names_the_nearest(argv: Any, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*argv) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.startswith("FAILED: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("option", "command"), [("--auto", "revision"), ("--verb", "heads")])
def test_long_options_may_be_abbreviated(option: str, command: str) -> None:
    parsed = CommandLine("autodiff").parser.parse_args([command, option])
    assert getattr(parsed, {"--auto": "autogenerate", "--verb": "verbose"}[option]) is True


@pytest.mark.parametrize("value", ["-1", "-12", "lib@-1", "ab12-1", "head-1", "+1"])
def test_a_relative_revision_is_no_option(value: str) -> None:
    assert CommandLine("autodiff").parser.parse_args(["downgrade", value]).revision == value


def test_values_for_env_py_are_kept_in_their_order() -> None:
    assert CommandLine("autodiff").parser.parse_args(["-x", "a=1", "-x", "b", "heads"]).x == ["a=1", "b"]


# --- which configuration


@pytest.mark.parametrize(
    ("present", "given", "environment", "ini", "toml"),
    [
        ((), (), {}, "autodiff.ini", None),
        (("alembic.ini",), (), {}, "alembic.ini", None),
        (("alembic.ini", "autodiff.ini"), (), {}, "autodiff.ini", None),
        (("pyproject.toml",), (), {}, "autodiff.ini", "pyproject.toml"),
        ((), ("x.ini",), {"AUTODIFF_CONFIG": "y.ini"}, "x.ini", None),
        ((), (), {"AUTODIFF_CONFIG": "y.ini", "ALEMBIC_CONFIG": "z.ini"}, "y.ini", None),
        ((), (), {"ALEMBIC_CONFIG": "z.ini"}, "z.ini", None),
        ((), ("x.ini", "p.toml"), {}, "x.ini", "p.toml"),
        (("autodiff.ini",), ("p.toml",), {}, "autodiff.ini", "p.toml"),
        (("pyproject.toml",), ("x.ini",), {}, "x.ini", None),
    ],
)
def test_the_configuration_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    present: Any,
    given: Any,
    environment: Any,
    ini: str,
    toml: str | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AUTODIFF_CONFIG", "ALEMBIC_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in present:
        (tmp_path / name).touch()
    found = config_files(given)
    assert (found[0], found[1] and Path(found[1]).name) == (ini, toml)


@pytest.mark.parametrize("given", [("a.ini", "b.ini"), ("a.toml", "b.toml")])
def test_two_files_of_one_kind_are_a_usage_error(given: Any) -> None:
    with pytest.raises(UsageError):
        config_files(given)
    assert run("-c", given[0], "-c", given[1], "heads") == 2


def test_another_section_can_be_named(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.line("aaa111")
    text = (project.root / "autodiff.ini").read_text()
    project.write("autodiff.ini", text.replace("[autodiff]", "[other]"))
    assert run("-n", "other", "heads") == 0
    assert capsys.readouterr().out == "aaa111 (head)\n"
    assert run("-n", "nosection", "heads") == 3
    assert "has no section [nosection] (its sections: [other])" in capsys.readouterr().err


# --- failures


def failing(error: BaseException) -> CommandLine:
    """A command line with the command `fail`."""

    def fail(config: Config) -> None:
        raise error

    line = CommandLine("autodiff")
    line.register_command(fail)
    return line


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (CommandError("it broke", help="mend it"), 3, "FAILED: it broke; mend it\n"),
        (UsageError("odd words"), 2, "FAILED: odd words\n"),
        (DatabaseNotAtHead("not at head"), 1, "FAILED: not at head\n"),
        (CommandError("postgresql://scott:SECRET@h/db"), 3, "FAILED: postgresql://scott:***@h/db\n"),
        (KeyboardInterrupt(), 130, "FAILED: interrupted\n"),
    ],
)
def test_a_failure_is_one_line_on_stderr_and_an_exit_code(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        failing(error).main(["fail"])
    out = capsys.readouterr()
    assert (end.value.code, out.err, out.out) == (code, told, "")


def test_a_failure_is_told_in_quiet_mode(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        failing(CommandError("it broke")).main(["-q", "fail"])
    assert capsys.readouterr().err == "FAILED: it broke\n"


@pytest.mark.parametrize("error", [CommandError("it broke"), ZeroDivisionError("0")])
def test_with_raiseerr_the_error_itself_comes_out(error: BaseException) -> None:
    with pytest.raises(type(error)):
        failing(error).main(["--raiseerr", "fail"])


def test_under_the_name_alembic_the_exit_code_of_a_failure_is_255(project: Project) -> None:
    assert run("show", "nope", prog="alembic") == 255
    assert run("show", "nope") == 3


ENV_FAILURES = [
    ("import nosuchmodule_\n", "migrations/env.py line 1: No module named 'nosuchmodule_'"),
    ("import json.nosuchmodule_\n", "(the package 'json' is there, and has no 'nosuchmodule_')"),
    ("def x(:\n", "migrations/env.py line 1: invalid syntax"),
    ("x = 1\n1 / 0\n", "migrations/env.py line 2: ZeroDivisionError: division by zero"),
    ("import sys\nsys.exit(0)\n", "migrations/env.py line 2 called sys.exit(0)"),
    ("x = 1\n", "never called context.run_migrations()"),
    ("open('/nonexistent/file')\n", "migrations/env.py line 1: /nonexistent/file: No such file or directory"),
    ("from sqlalchemy import create_engine\ncreate_engine('')\n", "env.py line 2: sqlalchemy.url is not a URL"),
    ("from sqlalchemy import create_engine\ncreate_engine('nosql://u:SECRET@h')\n", "sqlalchemy.dialects:nosql"),
    (
        "from sqlalchemy import create_engine\ncreate_engine('postgresql+psycopg://u:SECRET@127.0.0.1:1/x').connect()\n",
        "cannot reach the database postgresql+psycopg://u:***@127.0.0.1:1/x: Connection refused; is the server running",
    ),
    (
        "from sqlalchemy import create_engine\nconnectable = create_engine('sqlite+aiosqlite://')\nconnectable.connect()\n",
        "the driver 'aiosqlite' is asynchronous",
    ),
    (
        "from sqlalchemy import create_engine\ncreate_engine('sqlite://').connect().exec_driver_sql('select nope')\n",
        "env.py line 2: no such column: nope; the statement was: select nope",
    ),
    (
        "import sqlite3\nfrom sqlalchemy import create_engine\nholder = sqlite3.connect('x.db', isolation_level=None)\n"
        "holder.execute('BEGIN EXCLUSIVE')\n"
        "create_engine('sqlite:///x.db', connect_args={'timeout': 0}).connect().exec_driver_sql('select * from sqlite_master')\n",
        "env.py line 5: another program has locked the SQLite database",
    ),
    (
        "open('x.db', 'w').write('no database')\nfrom sqlalchemy import create_engine\n"
        "create_engine('sqlite:///x.db').connect().exec_driver_sql('select * from sqlite_master')\n",
        "env.py line 3: file is not a database, though the url says sqlite; is the url right?",
    ),
    (
        "from sqlalchemy import engine_from_config\nengine_from_config({})\n",
        "env.py line 2: there is no sqlalchemy.url in this section of the configuration",
    ),
    (
        "from logging.config import fileConfig\nfileConfig('log.ini')\n",
        "env.py line 2: the logging sections of the ini file: there is no section [formatters]",
    ),
]


@pytest.mark.parametrize(("text", "words"), ENV_FAILURES)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_goes_wrong_in_env_py_is_one_line_with_its_place(
    project: Project, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write("log.ini", "[loggers]\nkeys = root\n[handlers]\nkeys =\n")
    project.write("migrations/env.py", text)
    assert run("current") == 3
    err = capsys.readouterr().err
    assert words in err
    assert err.startswith("FAILED: ")
    assert err.count("\n") == 1
    assert "SECRET" not in err
    gc.collect()  # what these env.py files leave open is complained about here, where it is expected


@pytest.mark.parametrize("folder", ["usr/lib/python3/dist-packages", "home/me/.local/lib/python3.11/site-packages"])
def test_the_place_of_a_failure_is_never_in_an_installed_package(
    project: Project, folder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write(f"{folder}/somebodys.py", "def fail():\n    1 / 0\n")
    monkeypatch.syspath_prepend(project.root / folder)
    project.write("migrations/env.py", "import somebodys\nsomebodys.fail()\n")
    monkeypatch.delitem(sys.modules, "somebodys", raising=False)
    assert run("current") == 3
    assert capsys.readouterr().err == "FAILED: migrations/env.py line 2: ZeroDivisionError: division by zero\n"


def test_a_server_that_cannot_be_reached_is_told_without_a_traceback(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write(
        "migrations/env.py",
        "from sqlalchemy import create_engine\ncreate_engine('postgresql+psycopg://u:SECRET@127.0.0.1:1/x').connect()\n",
    )
    assert run("current", "-v") == 3
    err = capsys.readouterr().err
    assert err.startswith("FAILED: cannot reach the database postgresql+psycopg://u:***@127.0.0.1:1/x: ")
    assert err.count("\n") == 1


@pytest.mark.families("postgresql", "mariadb", "mysql")
def test_a_database_that_is_not_there_is_told_with_the_way_out(
    project: Project, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    url = sa.make_url(database.url).set(database="nowhere")
    project.ini(url=url.render_as_string(hide_password=False))
    assert run("current") == 3
    err = capsys.readouterr().err
    assert err.startswith("FAILED: cannot reach the database ")
    assert "; create it, or correct its name in the url\n" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "driver://user:pass@localhost/dbname",
            "FAILED: sqlalchemy.url in the configuration is still the one that init wrote",
        ),
        ("postgres://u:SECRET@h/x", "SQLAlchemy calls it postgresql://"),
        (
            "mysql+mysqldb://u:SECRET@h/x",
            "FAILED: the driver 'MySQLdb' that the url names is not installed; pip install",
        ),
    ],
)
def test_a_url_that_needs_an_edit_is_told(
    project: Project, url: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project.ini(url=url)
    assert run("current") == 3
    err = capsys.readouterr().err
    assert words in err
    assert "SECRET" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["-c", "autodif.ini", "heads"],
            "No config file 'autodif.ini' found, or file has no '[alembic]' section; did you mean",
        ),
        (["-c", "nowhere/x.ini", "heads"], "section; name the file with -c, or begin with `autodiff init migrations`"),
        (["-n", "nosection", "heads"], "autodiff.ini has no section [nosection] (its sections: "),
    ],
)
def test_a_configuration_that_is_not_there_is_told_with_the_way_out(
    project: Project, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*argv) == 3
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [
        (">&-", 0, ""),
        ("> /dev/full", 3, "FAILED: cannot write the output: No space left on device\n"),
        (">&- 2>&-", 0, ""),
    ],
)
@pytest.mark.parametrize("command", ["history", "history -v", "heads"])
def test_an_output_that_takes_nothing_is_no_traceback(
    project: Project, redirection: str, code: int, told: str, command: str
) -> None:
    project.script("aaa111")
    ended = subprocess.run(
        ["sh", "-c", f'"$0" -m autodiff {command} {redirection}', sys.executable],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (code, told)


def test_an_ini_with_a_byte_order_mark_configures_logging_too(project: Project) -> None:
    logging = (
        "[loggers]\nkeys = root\n[handlers]\nkeys =\n[formatters]\nkeys =\n[logger_root]\nlevel = WARNING\nhandlers =\n"
    )
    project.ini(more=logging)
    text = (project.root / "autodiff.ini").read_bytes()
    project.write("autodiff.ini", b"\xef\xbb\xbf" + text)
    env = (project.root / "migrations" / "env.py").read_text()
    project.write("migrations/env.py", env.replace("config = context.config\n", "config = context.config\nfrom logging.config import fileConfig\nfileConfig(config.config_file_name, disable_existing_loggers=False)\n"))  # fmt: skip
    project.line("a")
    assert run("upgrade", "head") == 0


# --- commands of one's own


def test_a_function_becomes_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    def greet(config: Config, who: str, loud: bool = False, times: int = 1, mark: str = "!") -> None:
        """Greet a person.

        :param who: the person's name,
         or a nickname.
        :param str mark: what stands at the end
        """
        print(" ".join([f"hello {who}{mark}"] * times).upper() if loud else f"hello {who}{mark}")

    line = CommandLine("autodiff")
    line.register_command(greet)
    line.main(["greet", "ann", "--loud", "--times", "2"])
    line.main(["greet", "bob", "--mark", "?"])
    assert capsys.readouterr().out == "HELLO ANN! HELLO ANN!\nhello bob?\n"
    with pytest.raises(SystemExit):
        line.main(["greet", "--help"])
    out = capsys.readouterr().out
    assert "the person's name, or a nickname." in " ".join(out.split())
    assert "what stands at the end" in out


def test_a_command_line_can_be_subclassed(capsys: pytest.CaptureFixture[str], project: Project) -> None:
    class Mine(CommandLine):
        def run_cmd(self, config: Config, options: Any) -> None:
            print("before", options.cmd[0].__name__)
            super().run_cmd(config, options)

    project.line("aaa111")
    Mine("mine").main(["heads"])
    assert capsys.readouterr().out == "before heads\naaa111 (head)\n"


def test_a_function_without_a_name_is_no_command() -> None:
    with pytest.raises(CommandError):
        CommandLine().register_command(lambda config: None)


# --- start-up

HEAVY = ("sqlalchemy", "mako", "black", "asyncio", "logging", "subprocess", "tempfile")


@pytest.mark.parametrize(
    "argv",
    [("--help",), (), ("--version",), ("heads",), ("history",), ("branches",), ("show", "head"), ("upgrade", "--help")],
)
def test_commands_without_a_database_load_none_of_the_heavy_modules(project: Project, argv: Any) -> None:
    project.line("aaa111", "bbb222")
    call = (
        "import sys\nfrom autodiff.cli.main import main\n"
        "try:\n    main(prog='autodiff')\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    source = Path(commands.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(source)!r})\n{call}", *argv],
        capture_output=True,
        text=True,
        cwd=project.root,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_two_ini_files_are_an_error_that_a_program_catches_and_a_user_reads(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CommandError, match=r"only one ini file may be indicated: a\.ini, b\.ini"):
        CommandLine().main(["-c", "a.ini", "-c", "b.ini", "heads"])
    assert run("-c", "a.ini", "-c", "b.ini", "heads") == 2
    assert "FAILED: only one ini file may be indicated" in capsys.readouterr().err
