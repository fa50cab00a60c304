"""Programs written for Alembic run on autodiff: `install()` makes the name `alembic` mean autodiff in this process."""

from autodiff.runtime.alias import IMITATED_VERSION, install, uninstall

__all__ = ["IMITATED_VERSION", "install", "uninstall"]
