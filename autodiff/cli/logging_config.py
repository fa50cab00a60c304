"""env.py's `fileConfig(config.config_file_name)`, for an ini file that begins with a byte order mark."""

from __future__ import annotations

from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from typing import Any

_BOM = b"\xef\xbb\xbf"


@contextmanager
def reading_byte_order_mark(config_file: str | None) -> Iterator[None]:
    """While env.py runs, let `logging.config.fileConfig` read this one file as UTF-8 with a byte order mark.

    Editors on Windows put one there; `fileConfig` of the standard library takes it for a part of the first line.
    """
    if not config_file or not _has_mark(config_file):
        yield
        return
    import logging.config

    plain = logging.config.fileConfig

    def file_config(fname: Any, *args: Any, **options: Any) -> None:
        if fname == config_file:
            fname = ConfigParser(args[0] if args else options.get("defaults"))
            fname.read(config_file, encoding="utf-8-sig")
        plain(fname, *args, **options)

    logging.config.fileConfig = file_config
    try:
        yield
    finally:
        logging.config.fileConfig = plain


def _has_mark(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            return stream.read(3) == _BOM
    except OSError:
        return False
