"""Foreign keys while a schema changes: enforcement is off from before BEGIN to after COMMIT, and checked before COMMIT.

With enforcement on, DROP TABLE deletes the rows of the children (ON DELETE CASCADE), and inside of a transaction the
switch does nothing (https://sqlite.org/pragma.html#pragma_foreign_keys). So whoever begins the transaction calls
`suspend` before it, `check` before its COMMIT and `resume` after its end.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from autodiff.dialects.sqlite.lexer import literal, quoted
from autodiff.errors import CommandError

log = logging.getLogger("autodiff.runtime.migration")

_HELD = "autodiff_foreign_keys"

# Rows by child table and parent table that point to nothing.
Violations = Counter[tuple[str, str]]


@dataclass
class Suspended:
    """Enforcement as it was, and the rows that pointed to nothing already."""

    was_on: bool
    known: Violations = field(default_factory=Counter)


def ask(connection: Connection, sql: str) -> list[Any]:
    """The rows of a statement that is run beneath SQLAlchemy, which would begin a transaction."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []
    finally:
        cursor.close()


def in_transaction(connection: Connection) -> bool:
    """Is the driver in a transaction, whatever SQLAlchemy thinks?"""
    driver: Any = connection.connection.driver_connection
    return bool(driver.in_transaction)


def enforced(connection: Connection) -> bool:
    return ask(connection, "PRAGMA foreign_keys") == [(1,)]


def suspended(connection: Connection) -> Suspended | None:
    """What `suspend` keeps on this connection, until `resume`."""
    held: Suspended | None = connection.info.get(_HELD)
    return held


def suspend(connection: Connection) -> None:
    """Switch enforcement off, outside of any transaction, and note what is violated already.

    Does nothing where it is suspended already, or inside of a transaction, where the switch has no effect.
    """
    if suspended(connection) is not None or in_transaction(connection):
        return
    was_on = enforced(connection)
    if was_on:
        ask(connection, "PRAGMA foreign_keys=OFF")
        if enforced(connection):
            raise CommandError(
                "SQLite does not switch foreign_keys off, and a changed table would take its children's rows along",
                help="look for a listener that begins a transaction when SQLAlchemy connects",
            )
    connection.info[_HELD] = Suspended(was_on, violations(connection))


def check(connection: Connection) -> None:
    """Before COMMIT: refuse rows that point to nothing and did not before; where nobody enforces foreign keys, tell.

    :raises CommandError: it names the tables.
    """
    held = suspended(connection)
    if held is None:
        return
    found = violations(connection)
    tell_new(found - held.known, refuse=held.was_on)
    held.known = found


def resume(connection: Connection) -> None:
    """After the transaction's end: enforcement as it was."""
    held = suspended(connection)
    if held is None or in_transaction(connection):
        return
    del connection.info[_HELD]
    if held.was_on:
        ask(connection, "PRAGMA foreign_keys=ON")


def tell_new(new: Violations, *, refuse: bool) -> None:
    """:raises CommandError: there are such rows, and the connection enforces foreign keys."""
    if not new:
        return
    said = ", ".join(
        f"{count} {'row' if count == 1 else 'rows'} of {child!r} {'points' if count == 1 else 'point'} to no row of {parent!r}"
        for (child, parent), count in sorted(new.items())
    )
    if refuse:
        raise CommandError(
            f"foreign keys are violated: {said}", help="correct these rows in the script, before its end"
        )
    log.warning("foreign keys are violated, and foreign_keys is OFF: %s", said)


def violations(connection: Connection) -> Violations:
    """The rows that point to nothing, by table and parent; one more where a foreign key fits no key of its parent."""
    try:
        return counted(ask(connection, "PRAGMA foreign_key_check"))
    except _errors(connection):
        return _one_by_one(connection)


def _one_by_one(connection: Connection) -> Violations:
    """A single mismatched foreign key makes the whole check fail; then each table is asked by itself."""
    found: Violations = Counter()
    for _, schema, _ in ask(connection, "PRAGMA database_list"):
        names = ask(connection, f"SELECT name FROM {quoted(schema)}.sqlite_master WHERE type = 'table'")
        for (name,) in names:
            try:
                found += counted(ask(connection, f"PRAGMA {quoted(schema)}.foreign_key_check({literal(name)})"))
            except _errors(connection):
                found[(name, "a table without such a key")] += 1
    return found


def counted(rows: list[Any]) -> Violations:
    """The rows of `PRAGMA foreign_key_check`, counted."""
    return Counter((str(child), str(parent)) for child, _, parent, _ in rows)


def _errors(connection: Connection) -> type[Exception]:
    error: type[Exception] = connection.dialect.loaded_dbapi.Error
    return error
