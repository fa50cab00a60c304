"""What is known about the server that a snapshot was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Server:
    """:param dialect: SQLAlchemy's name of the dialect (``"postgresql"``, ``"mysql"``, ``"mariadb"``, ``"sqlite"`` …).
    :param version: the server's version numbers, most significant first.
    :param default_schema: the name of the schema that unqualified names mean; None where there is none to name.
    :param name_bytes: how many bytes of a name the server keeps, where it cuts longer ones without a word.
    :param settings: other facts that a room read (``"lower_case_table_names"`` …).
    :param lowers_table_names: does it know tables and schemas by their names in lower case?
    :param has_named_types: are enums and domains types of their own?
    :param takes_empty_names: is ``""`` a name like any other?
    """

    dialect: str
    version: tuple[int, ...] = ()
    default_schema: str | None = None
    name_bytes: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    lowers_table_names: bool = False
    has_named_types: bool = False
    takes_empty_names: bool = False
