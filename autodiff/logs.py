"""Our loggers: they obey a logging configuration that was written for Alembic, and one can be silent for a while."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

OURS, THEIRS = "autodiff", "alembic"
#: The logger on which a run says what it is.
RUNS = "autodiff.runtime.migration"


def obey_alembic_loggers() -> None:
    """Hang each of our loggers below the one of the same name under `alembic`, if only that one is configured.

    The ini files of existing projects say `[logger_alembic] level = INFO` with a root at WARNING, so without this
    nothing would be said; `fileConfig` besides disables each logger that it does not know.
    """
    if configured(OURS) or not configured(THEIRS):
        return
    logging.getLogger(OURS)
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and is_below(name, OURS):
            logger.parent = logging.getLogger(THEIRS + name[len(OURS) :])
            logger.disabled = False


def configured(top: str) -> bool:
    """Has anybody given this logger, or one below it, a level or a handler?"""
    return any(
        isinstance(logger, logging.Logger) and is_below(name, top) and (logger.level or logger.handlers)
        for name, logger in list(logging.Logger.manager.loggerDict.items())
    )


def is_below(name: str, top: str) -> bool:
    return name == top or name.startswith(top + ".")


@contextmanager
def unheard(name: str) -> Iterator[None]:
    """A logger is silent, whatever env.py sets up meanwhile."""
    logger = logging.getLogger(name)
    nothing = _Nothing()
    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)


class _Nothing(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return False
