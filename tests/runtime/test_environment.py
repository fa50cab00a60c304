"""What env.py may ask and say, and what happens when it does not do its part."""

from __future__ import annotations

import threading
import warnings
from argparse import Namespace
from collections.abc import Callable

import pytest

from autodiff import context as context_face
from autodiff.environment import EnvironmentContext
from autodiff.errors import CommandError
from autodiff.script import ScriptDirectory
from tests.databases.database import Database
from tests.runtime.project import Project


@pytest.fixture
def here(make_project: Callable[..., Project], sqlite: Database) -> Project:
    project = make_project(sqlite.url)
    project.chain("a1", "b2")
    return project


def environment(project: Project, **options: object) -> EnvironmentContext:
    config = project.config()
    return EnvironmentContext(config, ScriptDirectory.from_config(config), **options)


def test_outside_of_a_run_the_functions_say_where_they_work() -> None:
    with pytest.raises(NameError, match="Can't invoke function 'configure', as the proxy object has not yet been"):
        context_face.configure(url="sqlite://")


def test_outside_of_a_run_there_is_no_config() -> None:
    with pytest.raises(AttributeError, match=r"'config'.*inside of env.py"):
        context_face.config  # noqa: B018


def test_the_functions_have_the_signatures_of_the_environment() -> None:
    import inspect

    assert list(inspect.signature(context_face.configure).parameters)[:3] == ["connection", "url", "dialect_name"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("get_head_revision", "b2"),
        ("get_head_revisions", ("b2",)),
        ("get_revision_argument", "a1"),
        ("get_tag_argument", "v1"),
        ("get_starting_revision_argument", "a1"),
        ("is_offline_mode", True),
        ("requires_connection", False),
    ],
)
def test_the_arguments_of_the_command_can_be_asked_for(here: Project, asked: str, answer: object) -> None:
    env = environment(here, destination_rev="a1", starting_rev="a1", tag="v1", as_sql=True)
    assert getattr(env, asked)() == answer


def test_x_arguments_come_as_a_list_or_a_dictionary(here: Project) -> None:
    env = environment(here)
    assert env.get_x_argument() == []
    env.config.cmd_opts = Namespace(x=["a=1", "flag", "b=x=y"])
    assert env.get_x_argument() == ["a=1", "flag", "b=x=y"]
    assert env.get_x_argument(as_dictionary=True) == {"a": "1", "flag": "", "b": "x=y"}
    env.config.cmd_opts = Namespace(x="a=1")  # a program that sets one option as it is
    assert env.get_x_argument() == "a=1"


def test_no_starting_revision_is_an_error(here: Project) -> None:
    with pytest.raises(CommandError, match="No starting revision argument is available"):
        environment(here).get_starting_revision_argument()


def test_nothing_is_there_before_configure(here: Project) -> None:
    with pytest.raises(CommandError, match="No context has been configured yet"):
        environment(here).get_context()


@pytest.mark.parametrize("online", ["pass", "with engine.connect() as c:\n    context.configure(connection=c)"])
def test_an_env_that_never_runs_the_migrations_is_an_error(here: Project, online: str) -> None:
    here.env(online)
    with (
        pytest.raises(CommandError, match=r"env\.py never called context\.run_migrations\(\)"),
        environment(here, fn=lambda heads, context: [], run_required=True) as context,
    ):
        context.script.run_env()
    # A program that executes env.py itself sees what has come of it.
    with environment(here, fn=lambda heads, context: []) as context:
        context.script.run_env()


def test_an_env_that_exits_is_an_error(here: Project) -> None:
    here.env("raise SystemExit")
    with pytest.raises(CommandError, match=r"env\.py .*sys\.exit|env\.py called sys\.exit"):
        here.upgrade()


def test_an_engine_in_the_place_of_a_connection_is_an_error(here: Project) -> None:
    here.env("context.configure(connection=engine)")
    with pytest.raises(CommandError, match=r"'connection' argument to configure.*engine.connect"):
        here.upgrade()


def test_a_misspelt_option_is_named(here: Project) -> None:
    here.env(options="compare_types=True")
    with pytest.warns(UserWarning, match="no option 'compare_types': did you mean 'compare_type'"):
        here.upgrade()


def test_an_option_of_a_plugin_is_kept_without_a_word(here: Project) -> None:
    here.env("""
        with engine.connect() as connection:
            context.configure(connection=connection, my_plugin_setting=5)
            assert context.get_context().opts["my_plugin_setting"] == 5
            context.run_migrations()
        """)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        here.upgrade()


def test_each_database_has_its_own_lock_timeout(here: Project) -> None:
    here.env("""
        with engine.connect() as connection:
            for seconds in (5, 7):
                context.configure(connection=connection, lock_timeout=seconds)
                assert context.get_context().opts["lock_timeout"] == seconds
                context.run_migrations()
        """)
    here.upgrade()


def test_several_databases_in_one_run(make_project: Callable[..., Project], database: Database) -> None:
    other = database.another()
    project = make_project(database.url)
    project.attributes["urls"] = [database.url, other.url]
    project.env("""
        for url in config.attributes["urls"]:
            with create_engine(url, poolclass=pool.NullPool).connect() as connection:
                context.configure(connection=connection)
                with context.begin_transaction():
                    context.run_migrations()
        """)
    project.chain("a1")
    project.upgrade()
    for each in (database, other):
        assert each.rows("SELECT version_num FROM alembic_version") == [("a1",)]


def test_environments_run_in_threads_side_by_side(make_project: Callable[..., Project], sqlite: Database) -> None:
    projects = [make_project(sqlite.another(f"n{n}").url, f"p{n}") for n in range(4)]
    for project in projects:
        project.chain("a1", "b2", "c3")
    errors: list[BaseException] = []

    def run(project: Project) -> None:
        try:
            project.upgrade()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(project,)) for project in projects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    for n in range(4):
        assert sqlite.another(f"n{n}").rows("SELECT version_num FROM alembic_version") == [("c3",)]


def test_a_thread_that_env_py_starts_finds_the_environment(here: Project, sqlite: Database) -> None:
    here.env("""
        import threading
        def run():
            with engine.connect() as connection:
                context.configure(connection=connection)
                with context.begin_transaction():
                    context.run_migrations()
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        """)
    here.upgrade()
    assert sqlite.rows("SELECT version_num FROM alembic_version") == [("b2",)]


def test_env_py_may_ask_whether_a_command_runs_it(here: Project) -> None:
    assert context_face._proxy is None
    with environment(here) as running:
        assert context_face._proxy is running
    assert context_face._proxy is None
