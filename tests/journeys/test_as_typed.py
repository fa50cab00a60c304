"""The journeys that people learn from the tutorials of this field, as they type them, on each database."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import sqlalchemy as sa

import autodiff
from tests.databases.database import Database
from tests.journeys.typed import MODELS, USER, Folder, feed

ACCOUNT = 'op.create_table("account", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50)))'


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Folder:
    """An empty folder, and an empty database."""
    return Folder(tmp_path, database)


@pytest.fixture
def anywhere(sqlite: Database, tmp_path: Path) -> Folder:
    """The same, where it does not matter which database it is."""
    return Folder(tmp_path, sqlite)


def several_revisions(folder: Folder) -> None:
    """Three revisions in a line: 1975ea, ae1027, 27c6a3."""
    folder.revision("1975ea83b712", "create account table", ACCOUNT, 'op.drop_table("account")')
    add = 'op.add_column("account", sa.Column("last_transaction_date", sa.DateTime))'
    folder.revision("ae1027a6acf0", "Add a column", add, 'op.drop_column("account", "last_transaction_date")')
    folder.revision("27c6a30d7c24", "a note", 'op.add_column("account", sa.Column("note", sa.Text))')
    folder.edit("migrations/versions/27c6a30d7c24_a_note.py", "    pass", '    op.drop_column("account", "note")')


# --- A. First steps


def test_the_version_is_the_program_s_and_the_package_s(tmp_path: Path) -> None:
    assert Folder(tmp_path).run("autodiff --version").out == f"autodiff {autodiff.__version__}\n"


def test_init_names_what_it_makes_and_which_file_to_edit(tmp_path: Path) -> None:
    here = Folder(tmp_path)
    said = here.run("autodiff init migrations")
    for made in ("migrations", "migrations/versions"):
        assert re.search(rf"Creating directory \S*{made} \.\.\. +done", said.out), said.out
    for made in ("migrations/env.py", "migrations/README", "migrations/script.py.mako", "autodiff.ini"):
        assert re.search(rf"Generating \S*{made} \.\.\. +done", said.out), said.out
        assert (tmp_path / made).is_file()
    assert "autodiff.ini" in said.out.partition("Please edit")[2]


def test_init_leaves_a_folder_alone_that_is_not_empty(tmp_path: Path) -> None:
    here = Folder(tmp_path)
    here.write("migrations/mine.txt", "precious")
    said = here.run("autodiff init migrations", code=3)
    assert "FAILED: " in said.all
    assert "already exists and is not empty" in said.all
    assert here.read("migrations/mine.txt") == "precious"
    assert not (tmp_path / "autodiff.ini").exists()


def test_list_templates_names_each_with_one_line(tmp_path: Path) -> None:
    said = Folder(tmp_path).run("autodiff list_templates").out
    for name in ("generic", "async", "multidb", "pyproject", "pyproject_async"):
        assert re.search(rf"^{name} - \S.*$", said, re.MULTILINE), said
    assert "autodiff init --template" in said


@pytest.mark.parametrize("template", ["generic", "async", "multidb", "pyproject", "pyproject_async"])
def test_each_template_makes_an_environment_whose_commands_work(tmp_path: Path, template: str) -> None:
    here = Folder(tmp_path)
    here.run(f"autodiff init --template {template} migrations")
    here.run("autodiff revision -m first")
    assert "(head)" in here.run("autodiff heads").out


def test_the_ini_is_found_in_the_folder_by_the_option_and_by_the_variable(anywhere: Folder) -> None:
    anywhere.initialized()
    anywhere.run("autodiff current")
    (anywhere.path / "autodiff.ini").rename(anywhere.path / "elsewanywhere.ini")
    assert "No config file 'autodiff.ini' found" in anywhere.run("autodiff current", code=3).all
    anywhere.run("autodiff --config elsewanywhere.ini current")
    anywhere.run("autodiff current", environ={"AUTODIFF_CONFIG": "elsewanywhere.ini"})
    anywhere.run("autodiff current", environ={"ALEMBIC_CONFIG": "elsewanywhere.ini"})
    anywhere.run("autodiff -c elsewanywhere.ini current", environ={"AUTODIFF_CONFIG": "nowanywhere.ini"})


def test_an_alembic_ini_serves_as_it_is(anywhere: Folder) -> None:
    anywhere.initialized()
    text = anywhere.read("autodiff.ini")
    (anywhere.path / "autodiff.ini").unlink()
    anywhere.write("alembic.ini", text.replace("[autodiff]", "[alembic]"))
    anywhere.run("autodiff current")


def test_the_url_may_come_from_the_application_s_settings(here: Folder) -> None:
    assert here.database is not None
    here.initialized(MODELS + USER)
    here.write("settings.py", f"url = {here.database.url.replace('%', '%%')!r}\n")
    ini = re.sub(r"sqlalchemy.url = .*", "sqlalchemy.url = driver://nowhere/db", here.read("autodiff.ini"))
    here.write("autodiff.ini", ini)
    here.edit(
        "migrations/env.py",
        "config = context.config\n",
        'config = context.config\nimport settings\n\nconfig.set_main_option("sqlalchemy.url", settings.url)\n',
    )
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.run("autodiff upgrade head")
    assert here.tables() == {"user"}


# --- B. By hand


def test_a_new_revision_is_a_file_with_its_identifiers_and_two_empty_functions(anywhere: Folder) -> None:
    anywhere.initialized()
    said = anywhere.run('autodiff revision -m "create account table"')
    script = anywhere.newest()
    assert re.search(rf"Generating \S*{script.name} \.\.\. +done", said.out), said.out
    id_ = script.name.removesuffix("_create_account_table.py")
    assert re.fullmatch("[0-9a-f]{12}", id_)
    text = script.read_text()
    assert text.startswith('"""create account table\n\n')
    assert f"Revision ID: {id_}\n" in text
    assert "Revises:" in text
    assert re.search(r"^Create Date: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text, re.MULTILINE)
    for name, value in (("revision", f'"{id_}"'), ("down_revision", "None")):
        assert re.search(rf"^{name}\b.* = {value}$", text.replace("'", '"'), re.MULTILINE), text
    for name in ("branch_labels", "depends_on"):
        assert re.search(rf"^{name}\b.* = None$", text, re.MULTILINE), text
    for name in ("upgrade", "downgrade"):
        assert re.search(rf"^def {name}\(\) -> None:\n(    \"\"\".*\"\"\"\n)?    pass$", text, re.MULTILINE), text


def test_upgrade_says_what_it_runs_and_remembers_it(here: Folder) -> None:
    here.initialized()
    here.revision("1975ea83b712", "create account table", ACCOUNT, 'op.drop_table("account")')
    said = here.run("autodiff upgrade head")
    assert "Running upgrade  -> 1975ea83b712, create account table" in said.err
    assert re.search(r"Context impl \w+\.", said.err)
    assert re.search(r"Will assume (non-)?transactional DDL\.", said.err)
    assert here.tables() == {"account"}
    assert here.version() == ["1975ea83b712"]


def test_up_and_down_by_partial_id_by_steps_and_to_the_base(here: Folder) -> None:
    here.initialized()
    several_revisions(here)
    said = here.run("autodiff upgrade ae1")
    assert "Running upgrade 1975ea83b712 -> ae1027a6acf0, Add a column" in said.err
    assert here.version() == ["ae1027a6acf0"]
    said = here.run("autodiff downgrade base")
    assert "Running downgrade 1975ea83b712 -> , create account table" in said.err
    assert here.tables() == set()
    here.run("autodiff upgrade +2")
    assert here.version() == ["ae1027a6acf0"]
    said = here.run("autodiff downgrade -1")
    assert "Running downgrade ae1027a6acf0 -> 1975ea83b712, Add a column" in said.err
    here.run("autodiff upgrade 1975+2")
    assert here.columns("account") == ["id", "name", "last_transaction_date", "note"]
    here.run("autodiff downgrade ae1027")
    assert here.version() == ["ae1027a6acf0"]
    here.run("autodiff upgrade heads")
    assert here.version() == ["27c6a30d7c24"]


def test_first_letters_that_fit_two_ids_are_refused_with_both(anywhere: Folder) -> None:
    anywhere.initialized()
    anywhere.revision("ab12cd34ef56", "add users", ACCOUNT)
    anywhere.revision("abd09c2e1f07", "add orders", "pass")
    said = anywhere.run("autodiff upgrade ab", code=3)
    assert "FAILED: " in said.all
    assert "ab12cd34ef56" in said.all
    assert "abd09c2e1f07" in said.all
    assert "Traceback" not in said.all


def test_a_revision_that_is_not_there_is_told_in_one_line(anywhere: Folder) -> None:
    anywhere.initialized()
    said = anywhere.run("autodiff upgrade fade", code=3)
    assert "FAILED: Can't locate revision identified by 'fade'" in said.all
    assert "Traceback" not in said.all


# --- C. Where am I


def test_current_names_the_head_only_where_it_is_the_head(here: Folder) -> None:
    here.initialized()
    several_revisions(here)
    assert here.run("autodiff current").out == ""
    here.run("autodiff upgrade 1975ea")
    assert here.run("autodiff current").out == "1975ea83b712\n"
    here.run("autodiff upgrade head")
    assert here.run("autodiff current").out == "27c6a30d7c24 (head)\n"


def test_current_verbose_shows_the_entry_and_the_url_without_its_password(here: Folder) -> None:
    assert here.database is not None
    here.initialized()
    several_revisions(here)
    here.run("autodiff upgrade head")
    said = here.run("autodiff current --verbose").out
    assert said.startswith("Current revision(s) for ")
    password = sa.make_url(here.database.url).password
    if password is not None:
        assert ":***@" in said
    assert "Rev: 27c6a30d7c24 (head)" in said
    assert "Parent: ae1027a6acf0" in said


def test_history_goes_from_the_newest_to_the_base(anywhere: Folder) -> None:
    anywhere.initialized()
    several_revisions(anywhere)
    assert anywhere.run("autodiff history").out.splitlines() == [
        "ae1027a6acf0 -> 27c6a30d7c24 (head), a note",
        "1975ea83b712 -> ae1027a6acf0, Add a column",
        "<base> -> 1975ea83b712, create account table",
    ]


def test_history_verbose_and_show_tell_all_of_a_revision(anywhere: Folder) -> None:
    anywhere.initialized()
    several_revisions(anywhere)
    said = anywhere.run("autodiff history --verbose").out
    assert re.findall(r"^Rev: (\w+)", said, re.MULTILINE) == ["27c6a30d7c24", "ae1027a6acf0", "1975ea83b712"]
    assert "Parent: <base>" in said
    assert re.search(r"^Path: \S+/1975ea83b712_create_account_table\.py$", said, re.MULTILINE)
    assert "\n    create account table\n" in said
    shown = anywhere.run("autodiff show 1975ea").out
    assert shown.startswith("Rev: 1975ea83b712")
    assert "    create account table" in shown


def test_heads_and_branches_tell_them(anywhere: Folder) -> None:
    anywhere.initialized()
    several_revisions(anywhere)
    assert anywhere.run("autodiff heads").out == "27c6a30d7c24 (head)\n"
    assert anywhere.run("autodiff branches").out == ""
    anywhere.revision("aaaa11112222", "aside", "pass", options="--head 1975ea --splice")
    assert set(anywhere.run("autodiff heads").out.splitlines()) == {"27c6a30d7c24 (head)", "aaaa11112222 (head)"}
    assert anywhere.run("autodiff heads --verbose").out.count("Rev: ") == 2
    said = anywhere.run("autodiff branches").out
    assert "1975ea83b712 (branchpoint)" in said
    assert "-> aaaa11112222" in said
    assert "Rev: 1975ea83b712" in anywhere.run("autodiff branches --verbose").out


# --- D. From the models


def test_a_model_becomes_a_table_and_check_says_that_nothing_is_left(here: Folder) -> None:
    here.initialized(MODELS + USER)
    said = here.run('autodiff revision --autogenerate -m "User model"')
    assert "Detected added table 'user'" in said.err
    script = here.newest().read_text()
    assert "op.create_table(" in script
    assert "op.drop_table(" in script
    assert "op.drop_table(" in script.partition("def downgrade")[2]
    said = here.run("autodiff check", code=3)
    assert "Target database is not up to date" in said.all
    here.run("autodiff upgrade head")
    assert here.tables() == {"user"}
    assert "No new upgrade operations detected." in here.run("autodiff check").out


def test_a_mistake_is_taken_back_and_made_again(here: Folder) -> None:
    here.initialized(MODELS + USER)
    here.run('autodiff revision --autogenerate -m "User model"')
    here.run("autodiff upgrade head")
    here.write("models.py", MODELS + USER + "    emial: Mapped[str | None] = mapped_column(sa.String(80))\n")
    said = here.run('autodiff revision --autogenerate -m "email"')
    assert "Detected added column 'user.emial'" in said.err
    here.run("autodiff upgrade head")
    here.run("autodiff downgrade -1")
    here.newest().unlink()
    here.write("models.py", MODELS + USER + "    email: Mapped[str | None] = mapped_column(sa.String(80))\n")
    here.run('autodiff revision --autogenerate -m "email"')
    here.run("autodiff upgrade head")
    assert here.columns("user") == ["id", "name", "email"]
    here.run("autodiff check")


def test_a_database_that_is_already_what_the_models_say_is_stamped(here: Folder) -> None:
    assert here.database is not None
    here.initialized(MODELS + USER)
    here.run("autodiff revision -m 'the beginning'")
    here.database.execute(
        {
            "sqlite": "CREATE TABLE user (id INTEGER NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (id))",
            "postgresql": 'CREATE TABLE "user" (id SERIAL NOT NULL, name VARCHAR(50) NOT NULL, PRIMARY KEY (id))',
            "mysql": "CREATE TABLE user (id INTEGER NOT NULL AUTO_INCREMENT, name VARCHAR(50) NOT NULL,"
            " PRIMARY KEY (id))",
        }[here.database.dialect]
    )
    said = here.run("autodiff stamp head")
    assert "Running stamp_revision" in said.err
    assert "No new upgrade operations detected." in here.run("autodiff check").out
    models = (
        MODELS
        + USER
        + 'class Note(Base):\n    __tablename__ = "note"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    )
    here.write("models.py", models)
    said = here.run("autodiff revision --autogenerate -m Note")
    assert re.findall(r"Detected .*", said.err) == ["Detected added table 'note'"]


def test_the_downgrade_of_a_revision_that_made_an_enum_drops_the_type_too(here: Folder) -> None:
    assert here.database is not None
    mood = '    mood: Mapped[str] = mapped_column(sa.Enum("sad", "happy", name="mood"), server_default="sad")\n'
    here.initialized(MODELS + USER + mood)
    for _ in range(2):
        if not list((here.path / "migrations" / "versions").glob("*.py")):
            here.run("autodiff revision --autogenerate -m 'User with a mood'")
        here.run("autodiff upgrade head")
        here.run("autodiff check")
        here.run("autodiff downgrade base")
    if here.database.family == "postgresql":
        assert here.database.rows("SELECT typname FROM pg_type WHERE typname = 'mood'") == []


def test_a_table_with_a_foreign_key_is_added_to_altered_in_and_dropped_from(here: Folder) -> None:
    role = textwrap.dedent("""
        class Role(Base):
            __tablename__ = "role"

            id: Mapped[int] = mapped_column(primary_key=True)

        """)
    key = '    role_id: Mapped[int | None] = mapped_column(sa.ForeignKey("role.id", name="fk_user_role"))\n'
    here.initialized(MODELS + role + USER + key)
    here.run("autodiff revision --autogenerate -m start")
    here.run("autodiff upgrade head")
    here.database.execute("INSERT INTO role (id) VALUES (1)")  # type: ignore[union-attr]
    insert = {"mysql": "`user`"}.get(here.database.dialect, '"user"')  # type: ignore[union-attr]
    here.database.execute(f"INSERT INTO {insert} (id, name, role_id) VALUES (1, 'Ann', 1)")  # type: ignore[union-attr]
    steps = {
        "added to": role + USER + key + "    age: Mapped[int | None]\n",
        "altered in": role + USER.replace("sa.String(50)", "sa.String(80)") + key + "    age: Mapped[int | None]\n",
        "dropped from": role + USER.replace("sa.String(50)", "sa.String(80)") + "    age: Mapped[int | None]\n",
    }
    for step, models in steps.items():
        here.write("models.py", MODELS + models)
        here.run(f"autodiff revision --autogenerate -m '{step}'")
        here.run("autodiff upgrade head")
        here.run("autodiff check")
        assert here.database.rows(f"SELECT name FROM {insert}") == [("Ann",)]  # type: ignore[union-attr]
    assert here.columns("user") == ["id", "name", "age"]
    here.run("autodiff downgrade base")
    assert here.tables() == set()


# --- E. A team's habits


def test_file_names_follow_the_template(anywhere: Folder) -> None:
    anywhere.initialized()
    template = (
        "file_template = %%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d%%(second).2d_%%(rev)s_%%(slug)s\n"
    )
    anywhere.edit("autodiff.ini", "sqlalchemy.url", f"{template}sqlalchemy.url")
    anywhere.run("autodiff revision -m 'Add a thing, now'")
    assert re.fullmatch(r"\d{8}_\d{6}_[0-9a-f]{12}_add_a_thing_now\.py", anywhere.newest().name)


def test_a_revision_spliced_in_between_two_others(here: Folder) -> None:
    here.initialized()
    several_revisions(here)
    here.revision("5911ce5911ce", "in between", "pass", options="--head ae1027 --splice")
    here.edit("migrations/versions/27c6a30d7c24_a_note.py", "ae1027a6acf0", "5911ce5911ce")
    script = here.script("27c6a30d7c24")
    script.write_text(script.read_text().replace("ae1027a6acf0", "5911ce5911ce"))
    assert here.run("autodiff heads").out == "27c6a30d7c24 (head)\n"
    said = here.run("autodiff upgrade head")
    assert re.findall(r"-> (\w+),", said.err) == ["1975ea83b712", "ae1027a6acf0", "5911ce5911ce", "27c6a30d7c24"]


def test_two_people_s_branches_are_merged(here: Folder) -> None:
    here.initialized()
    here.revision("1975ea83b712", "create account table", ACCOUNT, 'op.drop_table("account")')
    here.revision("aaaa11112222", "hers", 'op.create_table("hers", sa.Column("id", sa.Integer))')
    here.revision(
        "bbbb11112222", "his", 'op.create_table("his", sa.Column("id", sa.Integer))', options="--head 1975 --splice"
    )
    said = here.run("autodiff upgrade head", code=3)
    assert "FAILED: " in said.all
    assert "heads" in said.all
    assert len(here.run("autodiff heads").out.splitlines()) == 2
    here.run("autodiff upgrade heads")
    assert here.version() == ["aaaa11112222", "bbbb11112222"]
    here.run("autodiff merge -m 'merge hers and his' heads")
    assert len(here.run("autodiff heads").out.splitlines()) == 1
    said = here.run("autodiff upgrade head")
    assert re.search(r"Running upgrade aaaa11112222, bbbb11112222 -> \w+, merge hers and his", said.err)
    assert len(here.version()) == 1
    assert here.tables() == {"account", "hers", "his"}


def test_a_new_installation_is_built_at_once_and_migrated_later(here: Folder) -> None:
    here.initialized(MODELS + USER)
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.write(
        "install.py",
        textwrap.dedent(f"""
            import sqlalchemy as sa
            from autodiff import command
            from autodiff.config import Config
            from models import Base

            engine = sa.create_engine({here.database.url!r})
            Base.metadata.create_all(engine)
            engine.dispose()
            command.stamp(Config("autodiff.ini"), "head")
            """),  # type: ignore[union-attr]
    )
    here.run("install")
    assert "(head)" in here.run("autodiff current").out
    here.write("models.py", MODELS + USER + "    age: Mapped[int | None]\n")
    here.run("autodiff revision --autogenerate -m age")
    here.run("autodiff upgrade head")
    assert here.columns("user") == ["id", "name", "age"]


def test_a_hook_changes_what_was_written(anywhere: Folder) -> None:
    anywhere.initialized()
    hook = "import pathlib, sys\nfile = pathlib.Path(sys.argv[1])\nfile.write_text('# seen\\n' + file.read_text())\n"
    anywhere.write("seen.py", hook)
    options = "hooks = seen\nseen.type = module\nseen.module = seen\nseen.options = REVISION_SCRIPT_FILENAME\n"
    anywhere.edit("autodiff.ini", "[post_write_hooks]\n", f"[post_write_hooks]\n{options}")
    said = anywhere.run("autodiff revision -m hooked")
    assert anywhere.newest().read_text().startswith("# seen\n")
    assert "Running post write hook 'seen' ..." in said.out


def test_offline_sql_runs_in_the_database_s_own_client(here: Folder) -> None:
    assert here.database is not None
    here.initialized()
    several_revisions(here)
    up = here.run("autodiff upgrade head --sql").out
    assert here.tables() == set()
    feed(here.database, up, here.path)
    assert here.columns("account") == ["id", "name", "last_transaction_date", "note"]
    assert here.version() == ["27c6a30d7c24"]
    down = here.run("autodiff downgrade 27c6a30d7c24:1975ea83b712 --sql").out
    feed(here.database, down, here.path)
    assert here.columns("account") == ["id", "name"]
    assert here.version() == ["1975ea83b712"]


def test_the_environment_may_be_anywhere_and_the_models_in_a_package(here: Folder) -> None:
    here.write("core/__init__.py", "from core.base import Base\nfrom core.user import User\n")
    here.write("core/base.py", MODELS)
    here.write(
        "core/user.py", MODELS.splitlines()[0] + "\n" + MODELS.splitlines()[1] + "\nfrom core.base import Base\n" + USER
    )
    here.run("autodiff init db/alembic")
    here.point_at_database()
    here.edit("db/alembic/env.py", "target_metadata = None", "from core import Base\n\ntarget_metadata = Base.metadata")
    here.run("autodiff revision --autogenerate -m 'User model'")
    assert here.newest("db/alembic").parent == here.path / "db" / "alembic" / "versions"
    here.run("autodiff upgrade head")
    assert here.tables() == {"user"}


# --- F. Beyond the tutorials


def test_diff_shows_what_a_revision_would_hold_and_writes_nothing(here: Folder) -> None:
    here.initialized(MODELS + USER)
    said = here.run("autodiff diff", code=1)
    assert "+ table user" in said.out
    assert here.tables() == set()
    assert list((here.path / "migrations" / "versions").glob("*.py")) == []
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.run("autodiff upgrade head")
    assert "No differences." in here.run("autodiff diff").out


def test_drift_tells_what_a_live_database_has_that_no_script_made(here: Folder) -> None:
    assert here.database is not None
    here.initialized(MODELS + USER)
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.run("autodiff upgrade head")
    url = here.database.url
    here.run(f"autodiff drift --url '{url}'")
    here.database.execute("CREATE TABLE by_hand (id INTEGER)")
    said = here.run(f"autodiff drift --url '{url}'", code=1)
    assert "by_hand" in said.out
    assert here.tables() == {"user", "by_hand"}
    assert here.run("autodiff drift --url 'sqlite:////nowhere/at/all.db'", code=3).out == ""


@pytest.mark.parametrize("how", ["option", "info"])
def test_a_rename_keeps_the_rows(here: Folder, how: str) -> None:
    assert here.database is not None
    here.initialized(MODELS + USER)
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.run("autodiff upgrade head")
    user = {"mysql": "`user`"}.get(here.database.dialect, '"user"')
    here.database.execute(f"INSERT INTO {user} (id, name) VALUES (1, 'Ann')")
    info = ', info={"renamed_from": "name"}' if how == "info" else ""
    renamed = USER.replace("    name:", "    full_name:").replace("sa.String(50)", f"sa.String(50){info}")
    here.write("models.py", MODELS + renamed)
    option = "--rename user.name=user.full_name" if how == "option" else ""
    here.run(f"autodiff revision --autogenerate -m rename {option}")
    here.run("autodiff upgrade head")
    assert here.database.rows(f"SELECT id, full_name FROM {user}") == [(1, "Ann")]
    here.run("autodiff check")
    here.run("autodiff downgrade -1")
    assert here.database.rows(f"SELECT id, name FROM {user}") == [(1, "Ann")]


def test_an_enum_s_values_are_added_and_removed(here: Folder) -> None:
    assert here.database is not None
    here.initialized(MODELS + USER)
    user = {"mysql": "`user`"}.get(here.database.dialect, '"user"')
    for turn, values in enumerate(('"sad", "happy"', '"sad", "ok", "happy", "glad"', '"happy", "sad"')):
        mood = f'    mood: Mapped[str] = mapped_column(sa.Enum({values}, name="mood"), server_default="sad")\n'
        here.write("models.py", MODELS + USER + mood)
        here.run(f"autodiff revision --autogenerate -m 'mood {turn}'")
        here.run("autodiff upgrade head")
        here.run("autodiff check")
        here.database.execute(f"INSERT INTO {user} (name, mood) VALUES ('Ann', 'happy')")
    here.run("autodiff downgrade -1")
    here.database.execute(f"INSERT INTO {user} (name, mood) VALUES ('Ann', 'glad')")
    assert len(here.database.rows(f"SELECT mood FROM {user} WHERE mood = 'happy'")) == 3


def test_a_column_becomes_not_null_with_rows_in_the_table(here: Folder) -> None:
    assert here.database is not None
    loose = USER.replace("Mapped[str]", "Mapped[str | None]")
    here.initialized(MODELS + loose)
    here.run("autodiff revision --autogenerate -m 'User model'")
    here.run("autodiff upgrade head")
    user = {"mysql": "`user`"}.get(here.database.dialect, '"user"')
    here.database.execute(f"INSERT INTO {user} (id, name) VALUES (1, 'Ann'), (2, NULL)")
    here.write("models.py", MODELS + USER.replace("sa.String(50)", 'sa.String(50), server_default="?"'))
    here.run("autodiff revision --autogenerate -m 'names are required'")
    here.run("autodiff upgrade head")
    assert here.database.rows(f"SELECT id, name FROM {user} ORDER BY id") == [(1, "Ann"), (2, "?")]
    here.run("autodiff check")


def test_two_replicas_that_start_at_the_same_time_migrate_once(here: Folder) -> None:
    here.initialized()
    here.revision("1975ea83b712", "create account table", "import time\ntime.sleep(1)\n" + ACCOUNT)
    replicas = [here.start("autodiff upgrade head") for _ in range(2)]
    said = [replica.communicate(timeout=120)[1] for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0, 0], said
    assert sum("Running upgrade" in text for text in said) == 1
    assert here.version() == ["1975ea83b712"]


def test_an_upgrade_that_fails_in_the_second_of_three_is_mended_and_run_again(here: Folder) -> None:
    here.initialized()
    several_revisions(here)
    script = here.script("ae1027a6acf0")
    right = script.read_text()
    script.write_text(right.replace('op.add_column("account"', 'op.add_column("acount"'))
    said = here.run("autodiff upgrade head", code=3)
    assert "FAILED: ae1027a6acf0 (Add a column)" in said.all
    assert "acount" in said.all
    assert script.name in said.all
    assert "Traceback" not in said.all
    assert here.version() in ([], ["1975ea83b712"])
    script.write_text(right)
    here.run("autodiff upgrade head")
    assert here.version() == ["27c6a30d7c24"]
    assert here.columns("account") == ["id", "name", "last_transaction_date", "note"]
