"""The settings of a project: the ini file, the pyproject table, and what a program sets itself."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, TypedDict, overload

from autodiff.errors import CommandError
from autodiff.messages import write

if TYPE_CHECKING:
    from argparse import Namespace
    from configparser import ConfigParser
    from pathlib import Path

_STDOUT = sys.stdout
SECTIONS = ("autodiff", "alembic")
_TRUE, _FALSE = ("1", "true", "t", "yes", "y", "on"), ("0", "false", "f", "no", "n", "off", "")


class MessagingOptions(TypedDict, total=False):
    """How status lines are told."""

    quiet: bool


class ConfigError(CommandError, ValueError):
    """A setting that cannot be read; the message names the file and the key."""


class Config:
    """The settings that every command takes first.

    :param file_: path of the ini file; it need not exist.
    :param toml_file: path of a pyproject.toml whose table `[tool.autodiff]`, else `[tool.alembic]`, is read.
    :param ini_section: the main section. The default means `[autodiff]` where the file has it, else `[alembic]`.
    :param output_buffer: where offline SQL goes; `stdout` when it is None.
    :param stdout: where commands print.
    :param cmd_opts: the parsed command line, for env.py.
    :param config_args: values for `%(name)s` in the files.
    :param attributes: live objects (a connection, for example) for env.py.
    """

    def __init__(
        self,
        file_: str | os.PathLike[str] | None = None,
        toml_file: str | os.PathLike[str] | None = None,
        ini_section: str = "alembic",
        output_buffer: TextIO | None = None,
        stdout: TextIO = sys.stdout,
        cmd_opts: Namespace | None = None,
        config_args: Mapping[str, Any] = {},  # the documented default; it is copied
        attributes: dict[str, Any] | None = None,
    ) -> None:
        self.config_file_name = None if file_ is None else os.fspath(file_)
        self.toml_file_name = None if toml_file is None else os.fspath(toml_file)
        self._section = ini_section
        self.output_buffer = output_buffer
        # the default is bound when this module is loaded; what is meant is standard output as it is now
        self.stdout = sys.stdout if stdout is _STDOUT else stdout
        self.cmd_opts = cmd_opts
        self.config_args = dict(config_args)
        self.attributes: dict[str, Any] = {} if attributes is None else dict(attributes)

    def __repr__(self) -> str:
        return f"Config({self.config_file_name!r}, toml_file={self.toml_file_name!r}, ini_section={self._section!r})"

    # --- the files

    @property
    def config_ini_section(self) -> str:
        """The name of the main section of the ini file."""
        if self._section == "alembic" and "autodiff" in self.file_config:
            return "autodiff"
        return self._section

    @config_ini_section.setter
    def config_ini_section(self, name: str) -> None:
        self._section = name

    @cached_property
    def file_config(self) -> ConfigParser:
        """The parsed ini file; without a file, a parser with the one empty main section."""
        from configparser import ConfigParser

        if self.config_file_name:
            self.config_args.setdefault("here", _directory(self.config_file_name))
        elif not self.toml_file_name:
            self.config_args.setdefault("here", ".")
        defaults = {name: str(value) for name, value in self.config_args.items()}
        parser = ConfigParser({name: value.replace("%", "%%") for name, value in defaults.items()})
        if self.config_file_name:
            _log(f"Loading config from file: {os.path.abspath(self.config_file_name)}")
            _read_ini(parser, self.config_file_name)
        elif not parser.has_section(self._section):
            _log("No config file provided; using in-memory default config")
            parser.add_section(self._section)
        return parser

    @cached_property
    def toml_alembic_config(self) -> Mapping[str, Any]:
        """The table `[tool.autodiff]`, else `[tool.alembic]`, of the toml file; empty without one."""
        if not self.toml_file_name or not os.path.exists(self.toml_file_name):
            return {}
        tools = _read_toml(self.toml_file_name).get("tool", {})
        table: Any = next((tools[name] for name in SECTIONS if name in tools), {})
        if not isinstance(table, Mapping):
            raise ConfigError(f"{self.toml_file_name}: [tool.autodiff] is not a table")
        return table

    @property
    def _toml_file_path(self) -> Path | None:
        from pathlib import Path

        return Path(self.toml_file_name) if self.toml_file_name else None

    @property
    def messaging_opts(self) -> MessagingOptions:
        """How to tell status lines: `{"quiet": ...}`."""
        return MessagingOptions(quiet=bool(getattr(self.cmd_opts, "quiet", False)))

    # --- the ini file, section by section

    @overload
    def get_section(self, name: str, default: None = ...) -> dict[str, str] | None: ...
    @overload
    def get_section(self, name: str, default: dict[str, str]) -> dict[str, str]: ...
    def get_section(self, name: str, default: Mapping[str, str] | None = None) -> Mapping[str, str] | None:
        """All options of a section, interpolated; `default` when there is no such section."""
        if not self.file_config.has_section(name):
            return default
        return {option: self._value(name, option) for option in self.file_config.options(name)}

    def get_section_option(self, section: str, name: str, default: str | None = None) -> str | None:
        """One option of a section, interpolated."""
        self._require_section()
        if self.file_config.has_option(section, name):
            return self._value(section, name)
        return default

    def set_section_option(self, section: str, name: str, value: str) -> None:
        """Set an option in memory; a percent sign in the value must be doubled."""
        if not self.file_config.has_section(section):
            self.file_config.add_section(section)
        try:
            self.file_config.set(section, name, value)
        except ValueError:  # its text would repeat the value, which may hold a password
            raise ConfigError(
                f"the value for '{name}' has a '%' that is not doubled", help="write '%%' for each '%' of the value"
            ) from None

    @overload
    def get_main_option(self, name: str, default: str) -> str: ...
    @overload
    def get_main_option(self, name: str, default: str | None = None) -> str | None: ...
    def get_main_option(self, name: str, default: str | None = None) -> str | None:
        """One option of the main section of the ini file."""
        return self.get_section_option(self.config_ini_section, name, default)

    def set_main_option(self, name: str, value: str) -> None:
        """Set an option of the main section in memory; a percent sign in the value must be doubled."""
        self.set_section_option(self.config_ini_section, name, value)

    def remove_main_option(self, name: str) -> None:
        """Take an option out of the main section, in memory."""
        self.file_config.remove_option(self.config_ini_section, name)

    def _require_section(self) -> None:
        missing = not self.file_config.has_section(self.config_ini_section)
        if self.config_file_name and missing and not self.toml_alembic_config:
            raise self._no_section()

    def _no_section(self) -> ConfigError:
        section, file = self.config_ini_section, str(self.config_file_name)
        if not os.path.exists(file):
            section = SECTIONS[0] if file == "autodiff.ini" else section
            return ConfigError(
                f"No config file {file!r} found, or file has no '[{section}]' section",
                help=f"{_nearest_file(file)}name the file with -c, or begin with `autodiff init migrations`",
            )
        there = ", ".join(f"[{name}]" for name in self.file_config.sections()) or "none"
        return ConfigError(
            f"{file} has no section [{section}] (its sections: {there})",
            help="-n names the section" if section not in SECTIONS else None,
        )

    def _value(self, section: str, option: str) -> str:
        from configparser import InterpolationError

        try:
            return self.file_config.get(section, option)
        except InterpolationError as error:
            raise self._not_interpolated(
                f"{self.config_file_name or 'the configuration'} [{section}]", option, error
            ) from None

    @staticmethod
    def _not_interpolated(where: str, option: str, error: Exception) -> ConfigError:
        missing = getattr(error, "reference", None)
        if missing:
            return ConfigError(f"{where}: '{option}' refers to %({missing})s, which is not defined")
        return ConfigError(f"{where}: '{option}' has a '%' that is not doubled", help="write '%%' for one '%'")

    # --- the options of autodiff, from either file

    @overload
    def get_alembic_option(self, name: str, default: str) -> str: ...
    @overload
    def get_alembic_option(self, name: str, default: str | None = None) -> str | None: ...
    def get_alembic_option(self, name: str, default: str | None = None) -> Any:
        """An option from the ini file's main section, else from the toml table, interpolated."""
        if self.file_config.has_option(self.config_ini_section, name):
            return self._value(self.config_ini_section, name)
        if name in self.toml_alembic_config:
            return self._toml_value(name, self.toml_alembic_config[name])
        return default

    def get_alembic_boolean_option(self, name: str, default: bool = False) -> bool:
        """An option that is yes or no."""
        value: Any = self.get_alembic_option(name)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        text = str(value).strip().lower()
        if text not in _TRUE + _FALSE:
            raise ConfigError(f"{name} = {value!r} is neither true nor false")
        return text in _TRUE

    def get_version_locations_list(self) -> list[str] | None:
        """The directories that hold revision files; None when the option is not set."""
        return self._path_list("version_locations", legacy=r"[, ]+|\s+")

    def get_prepend_sys_paths_list(self) -> list[str] | None:
        """What goes in front of `sys.path`; None when the option is not set."""
        return self._path_list("prepend_sys_path", legacy=r"[, :]+|\s+")

    def get_hooks_list(self) -> list[dict[str, str]]:
        """The post-write hooks in their order: each a dict with `_hook_name`, `type` and the hook's options."""
        if self.file_config.has_section("post_write_hooks"):
            return _ini_hooks(self.get_section("post_write_hooks", {}))
        hooks = self.toml_alembic_config.get("post_write_hooks", ())
        return [self._toml_hook(hook) for hook in hooks]

    def get_template_directory(self) -> str:
        """The directory that holds the templates of `init`."""
        import autodiff

        return os.path.join(os.path.dirname(os.path.abspath(autodiff.__file__)), "templates")

    def print_stdout(self, text: str, *arg: Any) -> None:
        """Print one line of a result; `text % arg` when there are arguments."""
        if not self.messaging_opts.get("quiet", False):
            write(self.stdout, str(text) % arg if arg else str(text), "\n")

    def _toml_value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            names = {"here": _directory(self.toml_file_name), **self.config_args}
            try:
                return value % names
            except (KeyError, ValueError, TypeError) as error:
                error.reference = error.args[0] if isinstance(error, KeyError) else None  # type: ignore[union-attr]
                raise self._not_interpolated(f"{self.toml_file_name} [tool.autodiff]", name, error) from None
        if isinstance(value, list):
            return [self._toml_value(name, each) for each in value]
        return value if isinstance(value, (bool, Mapping)) else str(value)

    def _toml_hook(self, hook: Any) -> dict[str, str]:
        if not isinstance(hook, Mapping) or "name" not in hook:
            raise ConfigError(f"{self.toml_file_name}: each [[tool.autodiff.post_write_hooks]] needs a name")
        options = {key: self._toml_value(key, value) for key, value in hook.items() if key != "name"}
        return {"_hook_name": hook["name"], **options}

    def _path_list(self, name: str, legacy: str) -> list[str] | None:
        if self.file_config.has_option(self.config_ini_section, name):
            text = self._value(self.config_ini_section, name)
            if not text.strip():
                return None
            return [part for part in (each.strip() for each in self._split(name, text, legacy)) if part]
        value = self.toml_alembic_config.get(name)
        if value is None:
            return None
        return [self._toml_value(name, each) for each in ([value] if isinstance(value, str) else value)]

    def _get_file_separator_char(self, *names: str) -> str | None:
        """The separator that the first of these options names, if one of them is given; applications ask it."""
        chosen = next((value for value in map(self.get_main_option, names) if value is not None), None)
        if chosen is None:
            return None
        if chosen not in _SEPARATORS:
            raise ConfigError(
                f"'{chosen}' is not a valid value for path_separator; expected 'space', 'newline', 'os', ':', ';'"
            )
        return _SEPARATORS[chosen]

    def _split(self, name: str, text: str, legacy: str) -> Sequence[str]:
        separator = self._get_file_separator_char("path_separator")
        if separator is None and name == "version_locations":
            separator = self._get_file_separator_char("version_path_separator")
            if separator is not None:
                _deprecated(
                    "The version_path_separator configuration parameter is deprecated; please use path_separator"
                )
        if separator is None:
            _deprecated(
                "No path_separator found in configuration; falling back to legacy splitting on "
                f"{'spaces, commas, and colons' if ':' in legacy else 'spaces/commas'} for {name}.  "
                "Consider adding path_separator=os to the ini file"
            )
            return re.split(legacy, text)
        return text.split() if separator == " " else text.split(separator)


_SEPARATORS = {"space": " ", "newline": "\n", "os": os.pathsep, ":": ":", ";": ";"}


def _nearest_file(wanted: str) -> str:
    """`did you mean 'x'? ` for a file beside it whose name is nearly the same."""
    from difflib import get_close_matches

    folder, name = os.path.split(wanted)
    try:
        there = os.listdir(folder or ".")
    except OSError:
        return ""
    near = get_close_matches(name, there, 1, 0.8)
    return f"did you mean {os.path.join(folder, near[0])!r}? " if near else ""


def _directory(file_name: str | None) -> str:
    return os.path.abspath(os.path.dirname(file_name)) if file_name else os.getcwd()


def _log(text: str) -> None:
    """A line for the log. Where nobody has loaded `logging` nobody reads one, and loading it would cost more than a listing."""
    if (logging := sys.modules.get("logging")) is None:
        return
    from autodiff.logs import obey_alembic_loggers

    logger = logging.getLogger("autodiff.config")
    obey_alembic_loggers()
    logger.info(text)


def _deprecated(text: str) -> None:
    import warnings

    warnings.warn(text, DeprecationWarning, stacklevel=4)


def _read_ini(parser: ConfigParser, path: str) -> None:
    from configparser import DuplicateOptionError, DuplicateSectionError, Error

    from autodiff.redact import redact

    if not os.path.exists(path):
        return
    try:
        parser.read_string(_text(path), source=str(path))
    except DuplicateSectionError as error:
        raise ConfigError(f"{path} line {error.lineno}: section [{error.section}] is there twice") from None
    except DuplicateOptionError as error:
        raise ConfigError(f"{path} line {error.lineno}: '{error.option}' is there twice in [{error.section}]") from None
    except Error as error:
        number: Any = getattr(error, "lineno", None) or next((each[0] for each in getattr(error, "errors", ())), None)
        where = f" line {number}" if number else ""
        raise ConfigError(f"{path}{where}: not an ini file: {redact(_first_line(error))}") from None


def _text(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return decoded(stream.read())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path} line {line}: not UTF-8", help="save the file as UTF-8") from None


def decoded(text: bytes) -> str:
    """UTF-8, with or without a byte order mark. UnicodeDecodeError otherwise."""
    return text.decode().removeprefix("\ufeff")


def _read_toml(path: str) -> Mapping[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _ini_hooks(section: Mapping[str, str]) -> list[dict[str, str]]:
    names = [name for name in re.split(r"[,\s]+", section.get("hooks", "")) if name]
    return [
        {
            "_hook_name": name,
            **{key[len(name) + 1 :]: value for key, value in section.items() if key.startswith(f"{name}.")},
        }
        for name in names
    ]


__all__ = ["Config", "ConfigError", "MessagingOptions"]
