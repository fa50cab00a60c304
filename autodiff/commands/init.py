"""`autodiff init`: make the environment of a project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from autodiff.cli.arguments import Command, argument, flag
from autodiff.errors import CommandError
from autodiff.messages import short_path, status
from autodiff.settings import SECTIONS, Config


def init(config: Config, directory: str, template: str = "generic", package: bool = False) -> None:
    """Make a script directory and its configuration file.

    :param directory: where; it must not exist, or be empty.
    :param template: which template; `list_templates` names them.
    :param package: add `__init__.py` files.
    """
    _refuse_taken(directory)
    source = os.path.join(config.get_template_directory(), template)
    if not os.path.isdir(source):
        raise CommandError(
            f"No such template '{template}' in {config.get_template_directory()}",
            help="`autodiff list_templates` shows those that there are",
        )
    quiet = config.messaging_opts.get("quiet", False)
    with _whole_or_not_at_all(directory):
        configs = [name for name in _make(config, source, directory, package, quiet) if name is not None]
    if not quiet:
        _tell_next(config, directory, configs)


def _make(config: Config, source: str, directory: str, package: bool, quiet: bool) -> Iterator[str | None]:
    ini = config.config_file_name or "autodiff.ini"
    directories = (directory, os.path.join(directory, "versions"))
    for made in directories:
        if not os.path.isdir(made):
            with status(f"Creating directory {short_path(made)}", quiet=quiet):
                os.makedirs(made)
    yield from (_copy(config, source, name, directory, ini, quiet) for name in _files(source))
    if package:
        for made in directories:
            _write(os.path.join(made, "__init__.py"), b"")


@contextmanager
def _whole_or_not_at_all(directory: str) -> Iterator[None]:
    """After a failure the directory, which was empty or not there, is gone, so that `init` can be tried again."""
    there = os.path.isdir(directory)
    try:
        yield
    except BaseException:
        from shutil import rmtree

        rmtree(directory, ignore_errors=True)
        if there:
            os.makedirs(directory, exist_ok=True)
        raise


def _refuse_taken(directory: str) -> None:
    if os.path.isdir(directory):
        if os.listdir(directory):
            raise CommandError(f"Directory {directory} already exists and is not empty", help="name another one")
    elif os.path.lexists(directory):
        raise CommandError(f"{directory} is a file, not a directory", help="name another one")


def _files(source: str) -> Iterator[str]:
    return (
        name for name in sorted(os.listdir(source)) if os.path.isfile(os.path.join(source, name)) and name[0] != "."
    )


def _copy(config: Config, source: str, name: str, directory: str, ini: str, quiet: bool) -> str | None:
    """Make one file of a template; returns the path of a configuration file."""
    path = os.path.join(source, name)
    section = "alembic" if os.path.basename(ini) == "alembic.ini" else "autodiff"
    if name.endswith(".ini.mako"):
        return _write_config(path, os.path.abspath(ini), directory, section, quiet)
    if name == "pyproject.toml.mako":
        toml = os.path.abspath(config.toml_file_name or "pyproject.toml")
        return _write_toml(path, toml, directory, section, quiet)
    with open(path, "rb") as stream:
        _write(os.path.join(directory, name), stream.read())
    return None


def _write_config(template: str, path: str, directory: str, section: str, quiet: bool) -> str:
    if not os.path.exists(path):
        _write(path, _rendered(template, path, directory, section))
    elif not quiet:
        print(f"File {short_path(path)} already exists, skipping")
    return path


def _write_toml(template: str, path: str, directory: str, section: str, quiet: bool) -> str | None:
    if not os.path.exists(path):
        _write(path, _rendered(template, path, directory, section))
        return path
    with open(path, encoding="utf-8") as stream:
        present = stream.read()
    table = next((name for name in SECTIONS if f"[tool.{name}]" in present), None)
    if table is None:
        with status(f"Appending to {short_path(path)}"), open(path, "ab") as out:
            out.write(b"\n\n" + _rendered(template, path, directory, section))
        return path
    if not quiet:
        print(f"File {short_path(path)} already has a [tool.{table}] section, skipping")
    return None


def _rendered(template: str, path: str, directory: str, section: str) -> bytes:
    from autodiff.script.compose import render_template

    names = {"script_location": script_location(path, directory), "section": section}
    return render_template(template, names).encode()


def script_location(config_file: str, directory: str) -> str:
    """The script directory as its configuration file names it, percent signs doubled."""
    relative = os.path.relpath(os.path.abspath(directory), os.path.dirname(config_file))
    written = relative.replace(os.sep, "/").replace("%", "%%")
    return written if os.path.isabs(relative) else f"%(here)s/{written}"


def _write(path: str, text: bytes) -> None:
    from autodiff.script.file import write_new

    with status(f"Generating {short_path(path)}"):
        write_new(os.path.abspath(path), text)


def _tell_next(config: Config, directory: str, configs: list[str]) -> None:
    from autodiff.commands._init_guess import guess_metadata, guess_url

    inis, tomls = ([short_path(path) for path in configs if path.endswith(".toml") is toml] for toml in (False, True))
    ini = inis[0] if inis else "the configuration file"
    env = short_path(os.path.join(directory, "env.py"))
    metadata, url = guess_metadata(os.getcwd(), directory), guess_url(os.getcwd())
    databases = _databases(ini) if inis else []
    settings = "".join(f"configuration settings in {toml} and " for toml in tomls)
    lines = [
        f"Please edit {settings}configuration/connection/logging settings in {ini} before proceeding:",
        *(
            f"  {ini}: {place}sqlalchemy.url = {url or 'dialect+driver://user:password@host/database'}"
            for place in [f"[{name}] " for name in databases] or [""]
        ),
        f"  {env}: {metadata or _METADATA[bool(databases)]}",
        *(["These lines are not written yet; they are guessed from the code that is here."] if metadata or url else []),
    ]
    config.print_stdout("\n".join(lines))


# What env.py wants, for one database and for several.
_METADATA = (
    "target_metadata = yourmodels.Base.metadata",
    'target_metadata = {"engine1": yourmodels.Base1.metadata, …}',
)


def _databases(ini: str) -> list[str]:
    """The sections that have a database each, where there are several."""
    from configparser import ConfigParser

    parser = ConfigParser(interpolation=None)
    parser.read(ini, encoding="utf-8")
    named = next((parser[name]["databases"] for name in SECTIONS if parser.has_option(name, "databases")), "")
    return [name.strip() for name in named.split(",") if name.strip()]


COMMAND = Command(
    init,
    "make the environment of a project: env.py, the template of scripts, the configuration",
    "autodiff init migrations",
    (
        argument("directory", help="where to make it, for example migrations"),
        argument("-t", "--template", default="generic", help="which template: see list_templates"),
        flag("--package", help="add __init__.py files, so that it can be imported"),
    ),
)
