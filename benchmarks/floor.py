"""The floor of `upgrade`: the same statements through the driver alone, in a process that imports nothing else."""

from __future__ import annotations

import sqlite3
import sys


def main(revisions: int) -> None:
    connection = sqlite3.connect("history.db", isolation_level=None)
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO alembic_version VALUES ('')")
    for number in range(revisions):
        connection.execute(f"CREATE TABLE t{number} (id INTEGER NOT NULL, PRIMARY KEY (id))")
        connection.execute("UPDATE alembic_version SET version_num = ?", (str(number),))
    connection.execute("COMMIT")
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]))
