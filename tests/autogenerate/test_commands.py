"""check, diff and drift, as a user types them: what they print, what they exit with, and that they write nothing."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from autodiff import command
from autodiff.config import Config
from tests.autogenerate.project import Project, forget_models
from tests.databases.database import Database

USERS = 'sa.Table("users", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)))\n'
LONGER = USERS.replace("String(20)", "String(40)")
ORDERS = 'sa.Table("orders", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("total", sa.Integer))\n'


def tables(database: Database) -> set[str]:
    engine = database.engine()
    with engine.connect() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_diff_of_an_empty_database_lists_every_table_and_exits_with_1(project: Project, database: Database):
    project.models(USERS + ORDERS)
    ran = project.run("diff")
    assert ran.code == 1
    assert "+ table orders    2 columns" in ran.out
    assert "+ table users     2 columns" in ran.out
    assert '2 differences in 2 objects. To write them as a revision: autodiff revision --autogenerate -m "…"' in ran.out
    assert tables(database) == set(), "diff has written"


def test_the_journey_from_models_to_database_and_back(project: Project, database: Database):
    project.models(USERS)
    written = project.did("revision", "--autogenerate", "-m", "users")
    assert "Detected added table 'users'" in written.err
    project.did("upgrade", "head")
    assert tables(database) == {"users", "alembic_version"}
    assert project.did("diff").out.rstrip().endswith("No differences.")
    assert "No new upgrade operations detected." in project.did("check").out

    project.models(LONGER + ORDERS)
    checked = project.run("check")
    assert checked.code == 1
    assert checked.err.splitlines()[-1].startswith("FAILED: New upgrade operations detected: [")
    project.did("revision", "--autogenerate", "-m", "orders")
    project.did("upgrade", "head")
    assert project.did("diff").out.rstrip().endswith("No differences.")

    project.did("downgrade", "-1")
    assert tables(database) == {"users", "alembic_version"}
    project.models(USERS)
    assert project.run("diff").out.rstrip().endswith("No differences.")
    project.did("downgrade", "base")
    assert tables(database) == {"alembic_version"}


def test_check_says_when_the_database_is_behind(project: Project):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    ran = project.run("check")
    assert ran.code == 3
    assert "FAILED: Target database is not up to date" in ran.err


@pytest.mark.parametrize("format", ["markdown", "json", "python"])
def test_diff_in_other_forms_says_the_same(project: Project, format: str):
    project.models(USERS)
    ran = project.run("diff", "--format", format)
    assert ran.code == 1
    assert "users" in ran.out
    if format == "json":
        told = json.loads(ran.out)
        assert told["schema_version"] == 1
        assert told["differences"] == 1
        assert told["objects"][0]["verb"] == "add"
        assert "CREATE TABLE users" in told["statements"][0]
    if format == "python":
        assert 'op.create_table(\n    "users",' in ran.out


def test_diff_as_sql_is_what_the_upgrade_runs(project: Project, database: Database):
    project.models(USERS)
    ran = project.run("diff", "--format", "sql")
    database.execute(ran.out.strip().rstrip(";"))
    assert project.did("diff").out.rstrip().endswith("No differences.")


def test_diff_as_sql_changes_what_the_database_cannot_alter(project: Project, database: Database):
    """On SQLite that is the making anew of the table, with what hangs on it."""
    project.models(USERS + ORDERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    database.execute("INSERT INTO users (id, name) VALUES (1, 'ann')")
    database.execute("CREATE VIEW names AS SELECT name FROM users")
    checked = ORDERS.replace('sa.Column("total"', 'sa.CheckConstraint("total > 0", name="ck"), sa.Column("total"')
    project.models(LONGER.replace("sa.String(40))", "sa.String(40)), sa.Index('ix', 'name')") + checked)
    ran = project.run("diff", "--format", "sql")
    database.execute(*ran.out.strip().rstrip(";").split(";\n"))
    assert "\nNo differences.\n" in project.did("diff").out
    assert database.rows("SELECT name FROM names") == [("ann",)]


def test_a_difference_is_told_once(project: Project):
    project.models(USERS)
    for format in ("text", "markdown", "json"):
        assert "Detected" not in project.run("diff", "--format", format).err
        assert "Generating static SQL" not in project.run("diff", "--format", format).err
    assert "Detected" not in project.run("explain").err
    assert "Detected added table 'users'" in project.run("check").err


def test_a_default_and_an_action_are_told_in_sql(project: Project):
    parents = USERS + ORDERS.replace(
        "sa.Integer))", 'sa.Integer, sa.ForeignKey("users.id", name="fk"), server_default="0"))'
    )
    project.models(parents)
    project.did("revision", "--autogenerate", "-m", "both")
    project.did("upgrade", "head")
    project.models(parents.replace('name="fk"', 'name="fk", ondelete="CASCADE"').replace('="0"', '="1"'))
    told = project.run("diff").out
    assert "~ foreign key fk    on delete no action → cascade" in told
    assert " → '1'" in told


def test_diff_of_a_database_that_is_behind_says_what_comes_first(project: Project):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    ran = project.run("diff")
    assert "at base (no revision)" in ran.out
    assert ran.out.splitlines()[-1].endswith("autodiff upgrade heads")


def test_colour_only_where_it_is_wanted(project: Project):
    project.models(USERS)
    assert "\x1b[" not in project.run("diff").out
    assert "\x1b[32m+ table users" in project.run("diff", "--color", "always").out


def test_empty_models_are_refused_and_the_way_out_is_named(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models("")
    ran = project.run("revision", "--autogenerate", "-m", "oops")
    assert ran.code == 3
    assert "the models' metadata is empty, so every table of the database (1) would be dropped" in ran.err
    assert "--allow-drops" in ran.err
    assert len(project.scripts()) == 1
    project.did("revision", "--autogenerate", "-m", "meant", "--allow-drops")
    assert len(project.scripts()) == 2


def test_a_program_that_has_no_such_option_gets_the_script_and_a_warning(
    project: Project, database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models("")
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr(sys, "path", [str(project.folder), *sys.path])
    command.revision(Config(str(project.folder / "autodiff.ini")), "a plugin's objects alone", autogenerate=True)
    assert len(project.scripts()) == 2
    assert "every table of the database (1) would be dropped" in caplog.text
    forget_models()


def test_drops_that_a_hook_takes_out_are_not_refused(project: Project, database: Database):
    """What would be written is judged."""
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models("")
    keep = "process_revision_directives=lambda context, revision, scripts: scripts[0].upgrade_ops.ops.clear(),"
    env = project.folder / "migrations/env.py"
    env.write_text(env.read_text().replace("target_metadata=", f"{keep} target_metadata="))
    project.did("revision", "--autogenerate", "-m", "kept")
    assert "drop_table" not in "".join(text.split("def downgrade")[0] for text in project.scripts())


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("drift", "--url", "x"), "--url"),
        (("drift", "--scratch-url", "x"), "--scratch-url"),
        (("diff", "--scratch-url", "x"), "--scratch-url"),
    ],
)
def test_what_is_no_url_is_named_by_its_option(project: Project, words: tuple[str, ...], option: str):
    project.models(USERS)
    ran = project.run(*words)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith(f"FAILED: what was given as {option} is not a URL; ")


def test_a_rename_that_is_told_keeps_the_rows(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    database.execute("INSERT INTO users (id, name) VALUES (1, 'ann')")
    project.models(USERS.replace('"users"', '"people"'))
    hint = project.run("diff")
    assert "'users' is dropped and 'people' is new, with 2 of 2 columns alike." in hint.out
    assert "If that is a rename: autodiff revision --autogenerate --rename users=people" in hint.out
    project.models(USERS.replace('"users"', '"people"').replace('"name"', '"full_name"'))
    project.did(
        "revision",
        "--autogenerate",
        "-m",
        "rename",
        "--rename",
        "users=people",
        "--rename",
        "users.name=people.full_name",
    )
    project.did("upgrade", "head")
    assert database.rows("SELECT id, full_name FROM people") == [(1, "ann")]
    assert project.did("diff").out.rstrip().endswith("No differences.")
    project.did("downgrade", "-1")
    assert database.rows("SELECT id, name FROM users") == [(1, "ann")]


def test_a_rename_in_the_models_is_made_once(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    database.execute("INSERT INTO users (id, name) VALUES (1, 'ann')")
    project.models(USERS.replace('"name", sa.String(20)', '"full_name", sa.String(20), info={"renamed_from": "name"}'))
    project.did("revision", "--autogenerate", "-m", "rename")
    project.did("upgrade", "head")
    assert database.rows("SELECT id, full_name FROM users") == [(1, "ann")]
    assert project.did("diff").out.rstrip().endswith("No differences.")


def test_a_rename_of_something_that_is_not_there_is_refused(project: Project):
    project.models(USERS)
    ran = project.run("diff", "--rename", "nobody=users")
    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "FAILED: --rename 'nobody=users': the database has no table or column 'nobody'"


def test_a_renamed_table_keeps_its_primary_key_and_what_hangs_on_it(project: Project, database: Database):
    orders = 'sa.Table("orders", metadata, sa.Column("user", sa.ForeignKey("users.id")))\n'
    project.models(USERS + orders)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    renamed = (USERS + orders).replace('"users', '"people').replace("String(20)))", "String(20)), info=FORMER)")
    project.models("FORMER = {'renamed_from': 'users'}\n" + renamed)
    written = project.run("diff").out
    assert "→ table users    now people" in written
    assert "1 difference in 1 object." in written


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ('sa.UniqueConstraint("name")', "fails on duplicates"),
        ('sa.Index("ix", "name", unique=True)', "fails on duplicates"),
        ('sa.ForeignKeyConstraint(["name"], ["users.name"])', "fails on orphans"),
        ('sa.CheckConstraint("name > \'a\'", name="ck")', "fails where it does not hold"),
        ('sa.Column("n", sa.Integer), sa.UniqueConstraint("n")', ""),
        ('sa.Column("n", sa.Integer), sa.ForeignKeyConstraint(["n"], ["users.id"])', ""),
        ('sa.Index("ix", "name")', ""),
    ],
)
def test_diff_tells_which_new_constraints_the_rows_may_be_against(project: Project, more: str, wanted: str):
    before = USERS.replace("String(20)", "String(20), unique=True") if "users.name" in more else USERS
    project.models(before)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models(before.replace("))\n", f"), {more})\n"))
    notes = re.findall(r"fails .*", project.run("diff").out)
    assert notes == ([wanted] if wanted else [])


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ("", "models:metadata, 1 table"),
        ("from sqlalchemy.orm import DeclarativeBase\nclass Base(DeclarativeBase): metadata = metadata\ndel metadata\n", "models:Base.metadata, 1 table"),
    ],
)  # fmt: skip
def test_diff_says_where_the_models_are(project: Project, more: str, wanted: str):
    project.models(USERS + more)
    if "Base" in wanted:
        env = project.folder / "migrations/env.py"
        env.write_text(
            env.read_text().replace("from models import metadata", "from models import Base\nmetadata = Base.metadata")
        )
    assert f"models    {wanted}" in project.run("diff").out.splitlines()


def test_drift_finds_what_no_script_made(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    assert project.run("drift", "--against", "models").code == 0
    database.execute("CREATE INDEX ix_tmp ON users (name)")
    ran = project.run("drift", "--against", "models")
    assert ran.code == 1
    assert "It differs in 1 place from what the models say (models:metadata, 1 table):" in ran.out
    assert "+ index ix_tmp" in ran.out
    assert "(name), not promised" in ran.out


def test_a_constraint_that_gets_another_name_is_one_line(project: Project, database: Database):
    """Where the script renames it; elsewhere one goes and one comes."""
    old, new = (
        USERS.replace("))\n", f"), sa.UniqueConstraint('name', name='{name}'))\n") for name in ("uq_old", "uq_new")
    )
    project.models(old)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models(new)
    if database.dialect == "sqlite":
        assert "+ unique uq_new" in project.run("diff").out
        return
    lines = project.run("diff").out.splitlines()
    assert lines[3:5] == ["~ table users", "    → unique uq_old    now uq_new"]
    assert (
        "| → | users: unique uq_old | now uq_new |  |" in project.run("diff", "--format", "markdown").out.splitlines()
    )
    (table,) = json.loads(project.run("diff", "--format", "json").out)["objects"]
    assert [(part["verb"], part["name"], part["detail"]) for part in table["parts"]] == [
        ("rename", "uq_old", "now uq_new")
    ]
    assert (
        "    → unique uq_new    promised, uq_old found" in project.run("drift", "--against", "models").out.splitlines()
    )


def test_drift_makes_no_database(project: Project, tmp_path: Path):
    project.models(USERS)
    missing = tmp_path / "missing.db"
    ran = project.run("drift", "--url", f"sqlite:///{missing}")
    assert ran.code == 3
    assert ran.err.splitlines()[-1] == f"FAILED: there is no database '{missing}'; is the path in the URL right?"
    assert not missing.exists()


def test_drift_against_the_revision_needs_a_place_to_run_the_scripts(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    database.execute("CREATE INDEX ix_tmp ON users (name)")
    if database.dialect == "sqlite":
        ran = project.run("drift")
        assert ran.code == 1
        assert "+ index ix_tmp" in ran.out
        return
    ran = project.run("drift", "--against", "revision")
    assert ran.code == 3
    assert "--scratch-url" in ran.err
    scratch = database.another()
    ran = project.run("drift", "--scratch-url", str(scratch.url))
    assert ran.code == 1, ran
    assert "+ index ix_tmp" in ran.out
    again = project.run("drift", "--scratch-url", str(scratch.url))
    assert again.code == 3
    assert "is not empty" in again.err


def drifted(project: Project, database: Database) -> None:
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users", "--rev-id", "r1")
    project.did("upgrade", "head")
    for statement in ("CREATE INDEX ix_tmp ON users (name)", "ALTER TABLE users ADD COLUMN age INTEGER"):
        database.execute(statement)


def scratch(database: Database) -> tuple[str, ...]:
    return () if database.dialect == "sqlite" else ("--scratch-url", str(database.another().url))


def test_drift_is_adopted_as_a_revision_that_the_other_databases_get(project: Project, database: Database):
    drifted(project, database)
    ran = project.did("drift", *scratch(database), "--adopt", "-m", "keep the index")
    assert "_keep_the_index.py ... done" in ran.out
    (second,) = [text for text in project.scripts() if '"""keep the index' in text]
    assert 'down_revision: str | Sequence[str] | None = "r1"' in second
    adopted = second.split('\nrevision: str = "')[1].partition('"')[0]
    assert f"autodiff stamp {adopted} there" in ran.out
    assert project.did("current").out.strip() == "r1", "drift has written to the database"
    project.did("stamp", adopted)
    assert project.did("drift", *scratch(database)).out.splitlines()[-1] == f"It is what {adopted} promises."
    project.did("downgrade", "-1")
    assert project.did("drift", *scratch(database)).out.splitlines()[-1] == "It is what r1 promises."
    project.did("upgrade", "head")
    assert project.did("drift", *scratch(database)).out.splitlines()[-1] == f"It is what {adopted} promises."


def test_nothing_is_adopted_where_nothing_differs_or_the_head_is_elsewhere(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users", "--rev-id", "r1")
    project.did("upgrade", "head")
    assert project.did("drift", *scratch(database), "--adopt").out.splitlines()[-1] == "It is what r1 promises."
    database.execute("CREATE INDEX ix_tmp ON users (name)")
    project.did("revision", "-m", "next", "--rev-id", "r2")
    ran = project.run("drift", *scratch(database), "--adopt")
    assert ran.code == 3
    assert ran.err.splitlines()[-1].endswith(
        " is at r1, and a new revision comes after r2; bring the database there first: autodiff upgrade head"
    )
    assert len(project.scripts()) == 2


def test_drift_says_with_which_commands_it_is_undone_or_kept(project: Project, database: Database):
    drifted(project, database)
    words = scratch(database)
    command = " ".join(("autodiff drift", *words[:1], *("…" for _ in words[1:])))
    way_on = f"The statements that bring it back: {command} --sql      To keep it: {command} --adopt"
    assert way_on in project.run("drift", *words).out.splitlines()
    assert "DROP" in project.run("drift", *scratch(database), "--sql").out
    ran = project.run("drift", "--against", "models", "--adopt")
    assert (ran.code, "--adopt writes a revision from what" in ran.err) == (2, True)


def test_a_script_that_changes_nothing_is_told_so(project: Project) -> None:
    project.models(USERS)
    assert "No differences" not in project.did("revision", "--autogenerate", "-m", "one", "--rev-id", "r1").err
    project.did("upgrade", "head")
    assert "No differences: the script changes nothing." in project.did("revision", "--autogenerate", "-m", "none").err
    assert "No differences" not in project.did("revision", "-m", "by hand", "--head", "r1", "--splice").err


def test_what_needs_judgement_is_told_with_its_line_and_its_rows(project: Project, database: Database):
    project.models(USERS + ORDERS)
    project.did("revision", "--autogenerate", "-m", "both", "--rev-id", "r1")
    project.did("upgrade", "head")
    database.execute("INSERT INTO orders (id, total) VALUES (1, 10), (2, 20), (3, 30)")
    if database.family == "postgresql":
        database.execute("ANALYZE orders")
    project.models(USERS)
    assert "2 columns, about 3 rows" in project.run("diff").out
    ran = project.did("revision", "--autogenerate", "-m", "less", "--rev-id", "r2")
    lines = project.scripts()[-1].split("\n")
    place = next(number for number, line in enumerate(lines, 1) if "drop_table" in line)
    assert lines[place - 2].strip().startswith("# review: loses data: drops the table with about 3 rows")
    assert f"1 to review: a table dropped (line {place})" in ran.err.splitlines()


def test_a_type_is_a_matter_for_judgement_where_a_stored_value_may_not_fit(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models(LONGER)
    assert "may not fit" not in project.run("diff").out
    project.models(USERS.replace("String(20)", "String(10)"))
    # https://sqlite.org/datatype3.html: SQLite keeps a longer text in VARCHAR(10), and its scripts say nothing either.
    assert ("may not fit" in project.run("diff").out) is (database.family != "sqlite")


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        ('sa.Column("n", sa.Integer, nullable=False)', True),
        ('sa.Column("n", sa.Integer)', False),
        ('sa.Column("n", sa.Integer, nullable=False, default=0)', False),
        ('sa.Column("n", sa.Integer, nullable=False, server_default="0")', False),
    ],
)
def test_diff_tells_of_a_new_column_that_nobody_has_a_value_for(project: Project, column: str, wanted: bool):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models(USERS.replace('sa.Column("name"', f'{column}, sa.Column("name"'))
    assert ("needs a value for rows" in project.run("diff").out) == wanted


def test_drift_does_not_tell_of_runs_that_nobody_asked_for(project: Project, database: Database):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    words = () if database.dialect == "sqlite" else ("--scratch-url", str(database.another().url))
    ran = project.did("drift", *words)
    assert "Running upgrade" not in ran.err
    assert "Generating static SQL" not in ran.err
    assert ran.out.splitlines()[-1].startswith("It is what ")


def test_explain_says_both_forms_and_how_to_silence_it(project: Project, database: Database):
    checked = USERS.replace(
        'sa.Column("name"', 'sa.CheckConstraint("length(name) > 0", name="ck_id"), sa.Column("name"'
    )
    project.models(checked)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    assert project.did("explain").out.splitlines()[0] == "No differences."
    project.models(checked.replace("length(name) > 0", "length(name) > 1").replace("String(20)", "String(10)"))
    ran = project.run("explain", "ck_id")
    assert ran.code == 1
    told = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert told[0] == "~ check users.ck_id"
    assert "models length(name) > 1" in told
    assert any(line.startswith("database ") and "> 0" in line for line in told)
    assert any("include_object" in line and "'check_constraint'" in line and "'ck_id'" in line for line in told)
    assert "users.name" not in ran.out
    assert any(line.startswith("asked ") and "length(name) > 1" in line for line in told) == (
        database.dialect != "sqlite"
    )
    assert "compare_type" in project.run("explain", "users.name").out


def test_an_unnamed_constraint_is_explained_by_what_it_says_and_silenced_without_a_name(project: Project):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    project.models(USERS.replace("String(20))", 'String(20)), sa.UniqueConstraint("id", "name")'))
    told = [line.strip() for line in project.run("explain").out.splitlines()]
    assert "+ unique users (id, name): the models have it, the database does not" in told
    assert any(line.endswith("False for type_ == 'unique_constraint' and name is None") for line in told)
    env = next(project.folder.rglob("env.py"))
    silent = "include_object=lambda _, name, type_, *__: not (type_ == 'unique_constraint' and name is None)"
    env.write_text(env.read_text().replace("target_metadata=metadata)", f"target_metadata=metadata, {silent})"))
    assert project.did("explain").out.splitlines()[0] == "No differences."


def test_explain_tells_one_thing_of_a_new_table_and_refuses_a_name_that_nobody_has(project: Project):
    project.models(USERS)
    assert sum(line.startswith("+") for line in project.run("explain").out.splitlines()) == 1
    assert "+ column users.name" in project.run("explain", "users.name").out
    ran = project.run("explain", "user")
    assert ran.code == 3
    assert ran.err.splitlines()[-1] == "FAILED: neither the models nor the database have 'user'; did you mean 'users'?"
    project.did("revision", "--autogenerate", "-m", "users")
    project.did("upgrade", "head")
    assert project.did("explain", "users").out.splitlines()[0] == "No differences in users."
    project.models(
        USERS.replace('"name", ', '"called", ').replace("sa.String(20)", 'sa.String(20), info={"renamed_from": "name"}')
    )
    assert "→ column users.name: the models call it users.called" in project.run("explain", "users").out


@pytest.mark.parametrize("command", [["check"], ["revision", "--autogenerate", "-m", "x"]])
def test_a_revision_whose_script_is_gone_is_told_as_such(project: Project, command: list[str]):
    project.models(USERS)
    project.did("revision", "--autogenerate", "-m", "users", "--rev-id", "gone")
    project.did("upgrade", "head")
    next((project.folder / "migrations/versions").glob("gone*")).unlink()
    ran = project.run(*command)
    assert ran.code == 3
    assert ran.err.splitlines()[-1].startswith("FAILED: Can't locate revision identified by 'gone'; the database holds")
    assert "at gone (no script has this id)" in project.run("diff").out
