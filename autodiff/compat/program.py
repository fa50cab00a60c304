"""The program `alembic`, as the shim distribution installs it: autodiff's commands under the other name."""

from __future__ import annotations

from autodiff.cli.main import main as run
from autodiff.runtime.alias import install


def main() -> None:
    install()
    run(prog="alembic")


if __name__ == "__main__":  # as `python -m alembic`
    main()
