"""What changing a table that is in use costs, per database: what is locked and read meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from autodiff.dialects import in_place


def _nowhere(old: TypeEngine[Any], new: TypeEngine[Any]) -> bool:
    return False


@dataclass(frozen=True)
class Hazards:
    """Phrases that tell what a statement does to a table with rows; empty where it does nothing worth a word.

    :param type_rewrite: a type changes, and what is stored with it.
    :param grows_in_place: does a type that only grows, from the first to the second, need no rewrite?
    :param joined: do changes of several columns, said in one statement, write the table again once?
    :param not_null: a column becomes NOT NULL.
    :param check: a CHECK is added.
    :param foreign_key: a foreign key is added.
    :param key: a unique constraint or a primary key is added.
    :param index: an index is built.
    :param computed_column: a column is added whose value must be stored in each row.
    :param in_use: something goes that others use.
    :param checked_types: values are checked against their column's type.
    """

    type_rewrite: str = ""
    grows_in_place: Callable[[TypeEngine[Any], TypeEngine[Any]], bool] = _nowhere
    joined: bool = False
    not_null: str = ""
    check: str = ""
    foreign_key: str = ""
    key: str = ""
    index: str = ""
    computed_column: str = ""
    in_use: str = "fails while others use it"
    checked_types: bool = True


_READS = "reads the whole table under ACCESS EXCLUSIVE"
_COPIES = "copies the table, and writes wait until it is done"

# PostgreSQL 15.18, MariaDB 10.11 and MySQL 9.7 as measured (pg_locks, relfilenode, ALGORITHM and LOCK probes). MariaDB
# 11.8 copies beside writes, where 10.11 makes them wait: which of them a script will meet is not known here.
HAZARDS = {
    "postgresql": Hazards(
        type_rewrite="rewrites the table under ACCESS EXCLUSIVE",
        grows_in_place=in_place.on_postgresql,
        not_null=_READS,
        check=_READS,
        foreign_key="reads the table, and writes to both tables wait until it is done",
        key="builds its index under ACCESS EXCLUSIVE",
        index="writes wait until it is built (postgresql_concurrently=True builds it beside them)",
        computed_column="rewrites the table under ACCESS EXCLUSIVE",
    ),
    "mysql": Hazards(
        type_rewrite=_COPIES,
        grows_in_place=in_place.on_mysql,
        joined=True,
        check=_COPIES,
        foreign_key=_COPIES,
        computed_column=_COPIES,
        in_use="breaks what uses it, in silence",
    ),
    # https://sqlite.org/datatype3.html: a column takes values of any type; one process writes at a time anyway.
    "sqlite": Hazards(checked_types=False),
}
HAZARDS["mariadb"] = HAZARDS["mysql"]


def hazards_of(dialect: Dialect) -> Hazards:
    """The hazards of a database; of one that was not measured, only what may fail is known."""
    return HAZARDS.get(dialect.name, Hazards())
