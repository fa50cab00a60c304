"""MariaDB's sequences: how they are made and altered, and which of them have to begin anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.ext.compiler import compiles

from autodiff.ddl.base import format_table_name
from autodiff.ddl.objects import AlterSequence, CreateSequence, SequenceElement, sequence_options

_PRESENT = "SELECT next_not_cached_value, minimum_value, maximum_value, increment FROM {}"


def has_its_bounds_before_it(connection: Connection, name: str, options: Mapping[str, Any]) -> bool:
    """Would a sequence go on from a value before its new bounds? The server refuses that (4085) without a RESTART.

    It skips no value then that it has given, and gives none twice. (One that is past its new end is taken as it is.)

    :param name: the sequence, as SQL writes it.
    :param options: what is changed; None brings an option back to its default.
    """
    found = connection.exec_driver_sql(_PRESENT.format(name)).one_or_none() if options else None
    if found is None:
        return False
    at, low, high, increment = found
    if (options.get("increment", increment) or 1) > 0:
        return bool(at < (options.get("minvalue", low) or 1))
    return bool(at > (options.get("maxvalue", high) or -1))


# MariaDB's sequences belong to no column; other types than bigint are new in 11.5, so that nothing is said of them where
# the version is not known: https://mariadb.com/kb/en/create-sequence/
_SEQUENCE = ("data_type", "increment", "minvalue", "maxvalue", "start", "cache", "cycle")
_TYPED_SEQUENCES = (11, 5)


@compiles(CreateSequence, "mysql", "mariadb")
def _create_sequence(element: CreateSequence, compiler: Any, **kw: Any) -> str:
    start = "CREATE SEQUENCE IF NOT EXISTS" if element.if_not_exists else "CREATE SEQUENCE"
    return f"{start} {_words(element, compiler)}".rstrip()


@compiles(AlterSequence, "mysql", "mariadb")
def _alter_sequence(element: AlterSequence, compiler: Any, **kw: Any) -> str:
    return f"ALTER SEQUENCE {_words(element, compiler)}".rstrip()


def _words(element: SequenceElement, compiler: Any) -> str:
    is_old = (compiler.dialect.server_version_info or ()) < _TYPED_SEQUENCES
    options = sequence_options(element, compiler, _SEQUENCE[1:] if is_old else _SEQUENCE)
    words = [format_table_name(compiler, element.name, element.schema), *options]
    if element.said.get("cache", 0) is None:
        words[words.index("CACHE 1")] = "CACHE 1000"  # MariaDB's default
    return " ".join(words).replace("NO CYCLE", "NOCYCLE")
