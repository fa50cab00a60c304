"""The commands, as programs call them, on a SQLite file."""

from __future__ import annotations

import io
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from autodiff import command
from autodiff.config import Config
from autodiff.errors import CommandError, DatabaseNotAtHead, SeveralHeads
from autodiff.script import Script
from tests.script.project import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


class Commands:
    """Commands on a project, and what they printed."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **kw: Any) -> str:
            out = io.StringIO()
            config = Config(os.fspath(self.project.root / "autodiff.ini"), stdout=out, output_buffer=out)
            getattr(command, name)(config, *args, **kw)
            return out.getvalue()

        return call

    def rows(self) -> list[str]:
        with closing(sqlite3.connect(self.project.root / "t.db")) as connection, connection:
            return sorted(row[0] for row in connection.execute("select version_num from alembic_version"))

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.project.root / "t.db")) as connection, connection:
            return {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}


@pytest.fixture
def run(project: Project) -> Commands:
    for down, id_ in ((None, "aaa111"), ("aaa111", "bbb222"), ("bbb222", "ccc333")):
        project.script(
            id_,
            down,
            up=f"op.create_table('t_{id_}', sa.Column('id', sa.Integer, primary_key=True))",
            back=f"op.drop_table('t_{id_}')",
        )
    return Commands(project)


@pytest.mark.parametrize(
    ("to", "rows"),
    [("head", ["ccc333"]), ("+2", ["bbb222"]), ("bbb", ["bbb222"]), ("aaa111+1", ["bbb222"]), ("heads", ["ccc333"])],
)
def test_upgrade_goes_to_where_it_is_told(run: Commands, to: str, rows: list[str]) -> None:
    run.upgrade(to)
    assert run.rows() == rows


@pytest.mark.parametrize(
    ("to", "rows"), [("-1", ["bbb222"]), ("aaa", ["aaa111"]), ("base", []), ("head-2", ["aaa111"])]
)
def test_downgrade_goes_to_where_it_is_told(run: Commands, to: str, rows: list[str]) -> None:
    run.upgrade("head")
    run.downgrade(to)
    assert run.rows() == rows
    assert len([name for name in run.tables() if name.startswith("t_")]) == {"-1": 2, "base": 0}.get(to, 1)


def test_offline_sql_goes_from_one_end_of_a_range_to_the_other(run: Commands) -> None:
    out = run.upgrade("aaa111:ccc333", sql=True)
    assert "CREATE TABLE t_bbb222" in out
    assert "CREATE TABLE t_aaa111" not in out
    assert out.index("t_bbb222") < out.index("t_ccc333")
    out = run.downgrade("ccc333:aaa111", sql=True)
    assert out.index("DROP TABLE t_ccc333") < out.index("DROP TABLE t_bbb222")


@pytest.mark.parametrize(
    ("name", "args", "words"),
    [
        ("upgrade", ("aaa111:bbb222",), "Range revision not allowed"),
        ("upgrade", (None,), "no revision was named"),
        ("upgrade", ("aaa111:", True), "'aaa111:' is not a range"),
        ("upgrade", (":bbb222", True), "':bbb222' is not a range"),
        ("upgrade", ("ccc333:aaa111", True), "autodiff downgrade ccc333:aaa111 --sql"),
        ("downgrade", ("bbb222", True), "downgrade with --sql requires <fromrev>:<torev>"),
        ("downgrade", ("aaa111:base",), "Range revision not allowed"),
        ("stamp", ("aaa111:bbb222",), "Range revision not allowed"),
        ("stamp", (["aaa111:bbb222", "bbb222:ccc333"], True), "only supports a single starting revision at a time"),
        ("stamp", ("head", True, None, True), "Can't use --purge with --sql mode"),
        ("revision", ("x", True, True), "Using --sql with --autogenerate does not make any sense"),
        ("revision", ("x", False, True), "does not make any sense"),
        ("merge", ("head",), "there is nothing to merge: 'head' names only ccc333; the history has one head"),
        ("merge", (("aaa111", "ccc333"),), "ccc333 comes after aaa111 already"),
        ("history", ("x",), "History range requires [start]:[end], [start]:, or :[end]"),
        ("history", ("ccc333:aaa111",), "Requested range ccc333:aaa111 does not refer to ancestor/descendant revisions"),
        ("show", ("nope",), "identified by 'nope'"),
        ("edit", ("current",), "No current revisions"),
        ("edit", ("base",), "No revision files indicated by symbol 'base'"),
    ],
)  # fmt: skip
def test_calls_that_make_no_sense_are_refused(run: Commands, name: str, args: Any, words: str) -> None:
    with pytest.raises(CommandError) as told:
        getattr(run, name)(*args)
    assert words in str(told.value)
    assert run.project.files() == {"aaa111.py", "bbb222.py", "ccc333.py"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 / 0\n", "division by zero"),
        ("upgrade = 5\n", "has upgrade = 5 in the place of the function upgrade()"),
        ("\n", "has no function upgrade()"),
    ],
)
def test_nothing_is_applied_when_a_later_script_cannot_be_loaded(run: Commands, text: str, words: str) -> None:
    run.project.write("migrations/versions/ddd444.py", f"revision = 'ddd444'\ndown_revision = 'ccc333'\n{text}")
    with pytest.raises((ZeroDivisionError, CommandError)) as told:
        run.upgrade("head")
    assert words in str(told.value)
    assert not [name for name in run.tables() if name.startswith("t_")]


def test_stamp_sets_rows_without_running_scripts(run: Commands) -> None:
    run.stamp("head")
    assert run.rows() == ["ccc333"]
    assert run.tables() == {"alembic_version"}
    run.stamp("head-1")
    assert run.rows() == ["bbb222"]
    run.stamp("base")
    assert run.rows() == []


def test_stamp_with_purge_replaces_rows_that_no_script_has(run: Commands) -> None:
    run.stamp("head")
    with closing(sqlite3.connect(run.project.root / "t.db")) as connection, connection:
        connection.execute("update alembic_version set version_num = 'gone'")
    with pytest.raises(CommandError, match="identified by 'gone'"):
        run.stamp("head")
    run.stamp("bbb222", purge=True)
    assert run.rows() == ["bbb222"]


def test_current_says_where_the_database_is_and_writes_nothing(run: Commands) -> None:
    assert run.current() == ""
    assert run.tables() == set()
    run.upgrade("head-1")
    assert run.current() == "bbb222\n"
    run.upgrade("head")
    assert run.current() == "ccc333 (head)\n"
    assert run.current(verbose=True).startswith(
        f"Current revision(s) for sqlite:///{run.project.root}/t.db:\nRev: ccc333 (head)\n"
    )


def test_current_shows_an_id_that_no_script_has(run: Commands) -> None:
    run.stamp("head")
    (run.project.versions / "ccc333.py").unlink()
    assert run.current() == "ccc333 (no script has this id)\n"


@pytest.mark.parametrize(
    ("first", "kept"),
    [
        ("op.execute('CREATE TABLE y (a INTEGER)')", "its 1st statement; `autodiff upgrade` goes on after it"),
        (
            "(op.execute('CREATE TABLE y (a INTEGER)'), op.execute('CREATE TABLE z (a INTEGER)'))",
            "its first 2 statements; `autodiff upgrade` goes on after them",
        ),
    ],
    ids=["one statement", "two"],
)
def test_current_says_what_is_half_applied(
    run: Commands, project: Project, capsys: pytest.CaptureFixture[str], first: str, kept: str
) -> None:
    block = f"with op.get_context().autocommit_block(): {first}\nop.execute('SELECT nothing')"
    project.script("ddd444", "ccc333", up=block)
    with pytest.raises(CommandError, match=kept.replace("`autodiff upgrade`", "the next run")):
        run.upgrade("head")
    assert run.current() == "ccc333\n"
    assert f"ddd444 is half applied: of its upgrade the database keeps {kept}\n" in capsys.readouterr().err


def test_current_can_insist_on_the_heads(run: Commands) -> None:
    with pytest.raises(DatabaseNotAtHead, match="Database is not on all head revisions"):
        run.current(check_heads=True)
    run.upgrade("head")
    assert run.current(check_heads=True) == "ccc333 (head)\n"


def test_current_shows_what_a_dependent_row_implies(run: Commands) -> None:
    run.project.script("eee555", None, depends_on="ccc333")
    run.upgrade("heads")
    assert run.rows() == ["eee555"]
    assert run.current() == "ccc333 (effective head)\neee555 (head)\n"
    assert run.current(check_heads=True)


HISTORY = ["bbb222 -> ccc333 (head), ccc333", "aaa111 -> bbb222, bbb222", "<base> -> aaa111, aaa111"]


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (None, HISTORY),
        (":", HISTORY),
        ("bbb222:", HISTORY[:2]),
        (":bbb222", HISTORY[1:]),
        ("aaa:bbb", HISTORY[1:]),
        ("-1:", HISTORY[:2]),
        (":+2", HISTORY[1:]),
        ("base:current", HISTORY[1:]),
        ("current:", HISTORY[:2]),
        ("current-1:head", HISTORY),
        ("bbb222:bbb222+1", HISTORY[:2]),
        ("bbb222:+1", HISTORY[:2]),
        ("current:+1", HISTORY[:2]),
        ("aaa111:+9", HISTORY),
        ("-1:bbb222", HISTORY[1:]),
        ("-1:current", HISTORY[1:]),
        ("-9:", HISTORY),
    ],
)
def test_history_shows_a_range_newest_first(run: Commands, given: str | None, lines: list[str]) -> None:
    run.upgrade("bbb222")
    assert run.history(given).splitlines() == lines


def test_history_marks_what_is_applied(run: Commands) -> None:
    run.upgrade("bbb222")
    assert run.history(indicate_current=True).splitlines()[1] == "aaa111 -> bbb222 (current), bbb222"


def test_history_of_nothing_is_empty(project: Project) -> None:
    assert Commands(project).history() == ""
    assert Commands(project).heads() == ""


def test_heads_and_branches(run: Commands) -> None:
    run.project.script("ddd444", "bbb222", doc="side", branch_labels="side")
    assert run.heads() == "ccc333 (head)\nddd444 (side) (head)\n"
    assert run.branches() == "bbb222 (branchpoint)\n       -> ccc333\n       -> ddd444 (side)\n\n".replace("-> ccc333\n", "-> ccc333 (head)\n").replace("(side)\n", "(side) (head)\n")  # fmt: skip
    assert "-> ddd444 (side) (head), side" in run.branches(verbose=True)


@pytest.mark.parametrize(
    ("name", "id_"), [("ccc", "ccc333"), ("head-1", "bbb222"), ("current", "aaa111"), ("+1", "bbb222")]
)
def test_show_understands_every_name(run: Commands, name: str, id_: str) -> None:
    run.upgrade("aaa111")
    assert run.show(name).startswith(f"Rev: {id_}")


def test_show_base_shows_nothing(run: Commands) -> None:
    assert run.show("base") == ""


def test_revision_returns_the_script(run: Commands) -> None:
    config = run.project.config
    script = command.revision(config, "add user", rev_id="ddd444")
    assert isinstance(script, Script)
    assert (script.revision, script.down_revision, script.doc) == ("ddd444", "ccc333", "add user")


def test_heads_can_insist_on_a_single_one(run: Commands) -> None:
    run.project.script("ddd444", "bbb222")
    with pytest.raises(SeveralHeads, match="there are 2 heads; `autodiff merge heads` joins them") as told:
        run.heads(single=True)
    assert told.value.exit_code == 1
    run.merge("heads", message="both")
    assert run.heads(single=True).count("\n") == 1


def test_merge_joins_the_heads(run: Commands) -> None:
    run.project.script("ddd444", "bbb222")
    script = command.merge(run.project.config, "heads", message="join")
    assert script is not None
    assert script.down_revision == ("ccc333", "ddd444")
    run.upgrade("head")
    assert run.rows() == [script.revision]


def test_ensure_version_makes_the_table_and_leaves_its_rows(run: Commands) -> None:
    run.ensure_version()
    assert run.tables() == {"alembic_version"}
    run.stamp("aaa111")
    run.ensure_version()
    assert run.rows() == ["aaa111"]
    assert "CREATE TABLE alembic_version" in run.ensure_version(sql=True)


def test_edit_opens_the_file_in_the_editor(run: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = run.project.write("editor.sh", '#!/bin/sh\necho "$@" > "$(dirname "$0")/edited"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", "")
    monkeypatch.setenv("EDITOR", f"{editor} -w")
    run.edit("bbb")
    assert (run.project.root / "edited").read_text() == f"-w {run.project.versions}/bbb222.py\n"


def test_an_editor_that_fails_is_told(run: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = run.project.write("editor.sh", "#!/bin/sh\nexit 3\n")
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    with pytest.raises(CommandError, match=r"Error executing editor \(.*ended with exit code 3\)"):
        run.edit("head")


def test_an_env_py_that_runs_no_migrations_is_an_error(run: Commands) -> None:
    run.project.write("migrations/env.py", "")
    for call in (lambda: run.upgrade("head"), lambda: run.stamp("head"), run.current):
        with pytest.raises(CommandError, match=r"never called context\.run_migrations"):
            call()


def test_revision_environment_runs_env_py(run: Commands) -> None:
    text = (run.project.root / "migrations" / "env.py").read_text()
    run.project.write(
        "migrations/env.py", text.replace("context.configure(", "context.configure(template_args={'colour': 'red'}, ")
    )
    template = (run.project.root / "migrations" / "script.py.mako").read_text()
    run.project.write("migrations/script.py.mako", template + "\ncolour = ${repr(colour)}\n")
    run.project.ini(revision_environment="true")
    script = command.revision(run.project.config, "x", rev_id="ddd444")
    assert isinstance(script, Script)
    assert script.module.colour == "red"
