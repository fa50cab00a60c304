"""The program `autodiff`: its arguments, its commands, its exit codes."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import autodiff
from autodiff import commands, progress
from autodiff.cli.arguments import Command
from autodiff.errors import CommandError, UsageError
from autodiff.settings import Config

JOURNEY = """\
autodiff {version}: schema migrations for SQLAlchemy.

  autodiff init migrations                        once: env.py, the template, and autodiff.ini
  autodiff revision --autogenerate -m "add user"  write what the models have and the database has not
  autodiff upgrade head                           apply it            (downgrade -1 takes it back)
  autodiff current                                where the database is   (history: where it can go)
  autodiff diff                                   what differs now        (check: the exit code alone)
  autodiff COMMAND --help                         every command, with an example
"""

CONFIG_FILES = ("autodiff.ini", "alembic.ini")
ALEMBIC = "alembic"  # the program that the shim distribution installs: its users' scripts know its files and exit codes
# Commands that read scripts' headers and print.
LISTINGS = ("heads", "branches", "history", "show")
# Options that hold for all commands, and stand before them.
_GLOBAL = ("-c", "--config", "-n", "--name", "-x", "-q", "--quiet", "--raiseerr", "--version")
CONFIG_VARIABLES = ("AUTODIFF_CONFIG", "ALEMBIC_CONFIG")


class Parser(ArgumentParser):
    """An argument parser that names the nearest word when one is mistyped."""

    _argv: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        self._argv = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        hint = self._hint(message)
        if self.prog.split()[0] == ALEMBIC:
            self.print_usage(sys.stderr)
            self.exit(2, f"{self.prog}: error: {message}{hint}\n")
        example = (self.epilog or "").partition("\n")[2].strip()
        if not hint and "\n" not in example:
            hint = f"; for example: {example}"
        self.exit(2, f"FAILED: {self._told(message)}{hint or f'; `{self.prog} --help` shows how'}\n")

    def _told(self, message: str) -> str:
        """argparse's message in our words."""
        begins, _, rest = message.partition(": ")
        if begins == "argument COMMAND":
            return f"there is no command {rest.split(' (')[0].removeprefix('invalid choice: ')}"
        if begins == "the following arguments are required":
            return f"{self.prog}: {rest} is missing"
        if begins == "unrecognized arguments":
            return f"{self.prog}: unknown: {rest}"
        return f"{self.prog}: {message}"

    def _hint(self, message: str) -> str:
        """`; did you mean …?` for the first word that is nearly one of ours."""
        if "invalid choice" not in message and "unrecognized" not in message:
            return ""
        if message.startswith("unrecognized"):
            misplaced = next((word for word in message.split()[2:] if word.partition("=")[0] in _GLOBAL), None)
            if misplaced is not None:
                return f"; {misplaced} stands before the command: autodiff {misplaced} {self.prog.split()[-1]} …"
        from difflib import get_close_matches

        flags = [flag for action in self._actions for flag in action.option_strings]
        options = [word.partition("=")[0] for word in self._argv if word.startswith("--")]
        mistyped = [word for word in options if not any(flag.startswith(word) for flag in flags)]
        wrong = [word.strip("'\",()") for word in message.replace("=", " ").split()]
        for typed, known in [*((word, flags) for word in mistyped), *((word, self._command_names()) for word in wrong)]:
            near = get_close_matches(typed, known, 1, 0.6)
            if near and near[0] != typed:
                return f"; did you mean {near[0]!r}?"
        return ""

    def _command_names(self) -> list[str]:
        return [name for action in self._actions if isinstance(action, _SubParsersAction) for name in action.choices]


class Formatter(RawDescriptionHelpFormatter):
    """Help texts as wide as they need, examples as they are written."""

    def __init__(self, prog: str, **options: Any) -> None:
        # argparse would import shutil for the width, which costs more than building the parser
        super().__init__(prog, max_help_position=32, **{"width": _terminal_width() - 2, **options})


class CommandLine:
    """The command line. Subclass it, or register functions with it, to add commands of your own.

    :param prog: the program's name in help texts.
    :param only: the one command that is needed; the others are then not loaded.
    """

    def __init__(self, prog: str | None = None, *, only: str | None = None) -> None:
        self.prog = prog
        self.parser: ArgumentParser = Parser(
            prog=prog, description="Schema migrations for SQLAlchemy.", formatter_class=Formatter, epilog=_epilog()
        )
        self._add_options(self.parser)
        self.subparsers = self.parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
        for command in commands.all_commands() if only is None else [commands.command(only)]:
            self._add_command(command)

    def _add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--version", action="version", version=_version_line(self.prog))
        parser.add_argument(
            "-c",
            "--config",
            action="append",
            metavar="FILE",
            help="the ini file, or a pyproject.toml, or one of each; $AUTODIFF_CONFIG, else autodiff.ini, else alembic.ini",
        )
        parser.add_argument("-n", "--name", metavar="SECTION", help="the ini file's main section")
        parser.add_argument("-x", action="append", metavar="VALUE", help="a value for env.py: context.get_x_argument()")
        parser.add_argument("-q", "--quiet", action="store_true", help="print no results, only what fails")
        parser.add_argument("--raiseerr", action="store_true", help="show the traceback of a failure")

    def _add_command(self, command: Command) -> None:
        parser = self.subparsers.add_parser(
            command.name,
            help=command.summary,
            description=_sentence(command.summary),
            epilog=f"example:\n  {command.example}",
            formatter_class=Formatter,
        )
        for argument in command.arguments:
            action = parser.add_argument(*argument.flags, **argument.settings)
            _no_metavar_noise(action)
        positional = [each.parameter for each in command.arguments if each.is_positional]
        options = [each.parameter for each in command.arguments if not each.is_positional]
        parser.set_defaults(cmd=(command.run, positional, options), parser_of_command=parser)

    def register_command(self, fn: Callable[..., Any]) -> None:
        """Make a function a command: its name, its parameters after the Config, and its docstring say how it is called.

        A parameter without a default is positional, one with False is a flag, any other an option.
        """
        from autodiff.cli.register import command_of

        self._add_command(command_of(fn))

    def run_cmd(self, config: Config, options: Namespace) -> None:
        """Run the command that was chosen; the process ends when it fails, or when it has an exit code of its own."""
        function, positional, named = options.cmd
        arguments = [getattr(options, name, None) for name in positional]
        try:
            code = function(config, *arguments, **{name: getattr(options, name, None) for name in named})
        except BaseException as error:
            self._fail(error, options)
        if isinstance(code, int) and code:
            raise SystemExit(code)

    def _fail(self, error: BaseException, options: Namespace) -> NoReturn:
        """End the process with the failure told; with --raiseerr, let it through."""
        from autodiff.cli.output import exit_code, tell

        if isinstance(error, SystemExit):
            raise error
        if isinstance(error, BrokenPipeError):
            _silence_stdout()
            raise SystemExit(141)  # as the shell says of a program that SIGPIPE ended
        if getattr(options, "raiseerr", False):
            raise error
        tell(error, traceback=bool(getattr(options, "verbose", False)) and not isinstance(error, CommandError))
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit(130)
        raise SystemExit(exit_code(error) if self.prog != ALEMBIC else 255)

    def main(self, argv: Sequence[str] | None = None) -> None:
        """Parse the arguments and run the command. Ends with SystemExit unless all went well.

        UsageError when they name several configurations of one kind.

        :param argv: the arguments; those of the process when None.
        """
        if (options := self.options_of(argv)) is not None:
            self.run_cmd(self.config_of(options), options)

    def options_of(self, argv: Sequence[str] | None) -> Namespace | None:
        """The arguments taken apart; None when they name no command, which is answered here."""
        options, unknown = self.parser.parse_known_args(argv)
        if unknown:
            parser = getattr(options, "parser_of_command", self.parser)
            parser.error(f"unrecognized arguments: {' '.join(unknown)}")
        if hasattr(options, "cmd"):
            return options
        if self.prog == ALEMBIC:
            self.parser.error("too few arguments")
        print(JOURNEY.format(version=_version()), end="")
        return None

    def config_of(self, options: Namespace) -> Config:
        """The configuration that the arguments, the environment and the current directory name."""
        ini, toml = config_files(
            options.config or (), unless_there="alembic.ini" if self.prog == ALEMBIC else "autodiff.ini"
        )
        if options.name is not None:
            return Config(ini, toml, ini_section=options.name, cmd_opts=options)
        return Config(ini, toml, cmd_opts=options)


def config_files(given: Sequence[str], *, unless_there: str = "autodiff.ini") -> tuple[str | None, str | None]:
    """The paths of the ini file and of the toml file.

    :param given: what `-c` named, at most one of each kind.
    :param unless_there: the ini file that is meant where nobody named one and none is there.
    """
    if not given:
        given = [value for value in (os.environ.get(name) for name in CONFIG_VARIABLES) if value][:1]
    inis = [name for name in given if not name.endswith(".toml")]
    tomls = [name for name in given if name.endswith(".toml")]
    for names, error in (
        (inis, "only one ini file may be indicated"),
        (tomls, "pyproject.toml indicated more than once"),
    ):
        if len(names) > 1:
            raise UsageError(
                f"{error}: {', '.join(names)}", help="-c may name an ini file and a pyproject.toml, one of each"
            )
    here = os.path.join(os.getcwd(), "pyproject.toml")
    toml = tomls[0] if tomls else (here if not given and os.path.exists(here) else None)
    present = [name for name in CONFIG_FILES if os.path.exists(name)]
    return (inis or present or [unless_there])[0], toml


def _terminal_width() -> int:
    """The columns of the terminal; 80 where there is none."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return 80


def _epilog() -> str:
    return 'example:\n  autodiff revision --autogenerate -m "add user"\n  autodiff upgrade head'


def _sentence(summary: str) -> str:
    text = f"{summary[0].upper()}{summary[1:]}"
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _no_metavar_noise(action: Action) -> None:
    if action.option_strings and action.nargs is None and action.metavar is None and not action.choices:
        action.metavar = action.dest.upper()


def _version() -> str:
    return autodiff.__version__


def _version_line(prog: str | None) -> str:
    if prog != ALEMBIC:
        return f"%(prog)s {_version()}"
    from autodiff.runtime.alias import IMITATED_VERSION

    return f"alembic {IMITATED_VERSION} (autodiff {_version()})"


def _silence_stdout() -> None:
    """Keep the interpreter from complaining about the broken pipe once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None, prog: str | None = None, **kwargs: Any) -> None:
    """Run the program. Ends with SystemExit unless all went well.

    :param argv: the arguments; those of the process when None.
    :param prog: the program's name in help texts.
    """
    words = sys.argv[1:2] if argv is None else argv[:1]
    only = words[0] if words and words[0] in commands.names() else None
    with _without_collection() if only in LISTINGS else contextlib.nullcontext():
        line = CommandLine(prog=prog, only=only)
        if (options := line.options_of(argv)) is None:
            return
        with contextlib.nullcontext() if only in LISTINGS or options.quiet else progress.shown():
            try:
                config = line.config_of(options)
            except Exception as error:
                line._fail(error, options)
            line.run_cmd(config, options)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection meanwhile: a listing ends before there is garbage worth a look (a tenth of its time)."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


__all__ = ["CommandLine", "config_files", "main"]
