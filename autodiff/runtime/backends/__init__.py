"""What a run of migrations needs of one database, a file per database; `backend_of` finds the one of a dialect."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy.engine import Dialect

from autodiff.runtime.backends.backend import Backend

_BY_DIALECT = {
    "postgresql": "postgresql",
    "cockroachdb": "backend",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
}


def backend_of(dialect: Dialect) -> Backend:
    module = import_module(f"{__name__}.{_BY_DIALECT.get(dialect.name, 'backend')}")
    backend: Backend = module.BACKEND
    return backend


__all__ = ["Backend", "backend_of"]
