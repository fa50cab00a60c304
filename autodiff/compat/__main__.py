"""`python -m autodiff.compat -- pytest tests/`: run a Python program, and what it starts, with the alias in force."""

from __future__ import annotations

import os
import runpy
import sys
from importlib.metadata import entry_points

from autodiff.compat.program import main as alembic
from autodiff.runtime.alias import install

USAGE = "usage: python -m autodiff.compat -- PROGRAM [ARGUMENT …]\n       PROGRAM: a script.py, -m MODULE, or a command such as pytest, flask, alembic"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        raise SystemExit(0 if arguments else 2)
    install()
    for_children()
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    run(arguments)


def for_children() -> None:
    """Let the name mean autodiff in the Python processes that the program starts.

    pytest-xdist's workers take over sys.path, most others read PYTHONPATH.
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "path")
    sys.path.insert(0, path)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")]))


def run(arguments: list[str]) -> None:
    program = arguments[0]
    if program == "-m":
        run_module(arguments[1:])
    elif program.endswith(".py"):
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
        runpy.run_path(program, run_name="__main__")
    elif program == "alembic":
        sys.argv = arguments
        alembic()
    else:
        run_command(program, arguments)


def run_module(arguments: list[str]) -> None:
    if not arguments:
        print(USAGE, file=sys.stderr)
        raise SystemExit(2)
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


def run_command(program: str, arguments: list[str]) -> None:
    found = [entry for entry in entry_points(group="console_scripts") if entry.name == program]
    if not found:
        print(
            f"FAILED: no installed package has a command {program!r}; give a script.py, or -m MODULE", file=sys.stderr
        )
        raise SystemExit(2)
    sys.argv = arguments
    raise SystemExit(found[0].load()())


if __name__ == "__main__":
    main(sys.argv[1:])
