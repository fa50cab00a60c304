"""`python -m autodiff`."""

from __future__ import annotations

from autodiff.cli.main import main

if __name__ == "__main__":
    main(prog="autodiff")
