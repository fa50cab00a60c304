"""MariaDB's and MySQL's turns: DDL waits for the table's metadata lock no longer than lock_wait_timeout.

The session's own is a day (MySQL: a year), in which every query that comes after the DDL waits behind it.
"""

from __future__ import annotations

import math
import re

from autodiff.runtime.backends.turns import Run, Turns

LOCK_WAIT_TIMEOUT = 1205
LEFT_ALONE = 86400  # seconds; who waits for less has chosen that

NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|[\w$]+))?"
LOCKS = re.compile(
    r"""\s*(?: ALTER\s+(?:ONLINE\s+)?(?:IGNORE\s+)?TABLE\b | DROP\s+(?:TABLE|INDEX|TRIGGER)\b | RENAME\s+TABLE\b
             | CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:UNIQUE|FULLTEXT|SPATIAL|VECTOR)\s+)?INDEX\b | TRUNCATE\b
             | CREATE\s+(?:OR\s+REPLACE\s+)?TRIGGER\b | CREATE\s+TABLE\b.*\bREFERENCES\b )
        (?!.*\b(?:NOWAIT|WAIT\s+\d))""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
TABLE = re.compile(rf"(?:\bTABLE\s+(?:IF\s+EXISTS\s+)?|\bON\s+|\bTRUNCATE\s+)({NAME})", re.IGNORECASE)
# (IF NOT EXISTS may find a table that others read.)
MADE = re.compile(rf"\s*CREATE\s+TABLE\s+(?!IF\s)({NAME})", re.IGNORECASE)

# A copy of a large table that is refused its last step would have to be made once more, from the start.
LARGE = 100_000_000  # bytes
WAITS_AND_SIZE = """
SELECT @@SESSION.lock_wait_timeout, COALESCE(MAX(data_length), 0) FROM information_schema.tables
WHERE table_schema = {} AND table_name = {}
"""


class MysqlTurns(Turns):
    locks, table, made = LOCKS, TABLE, MADE
    _before = LEFT_ALONE

    def begin(self, statement: str, run: Run) -> bool:
        found = TABLE.search(statement)
        if found is None:
            return False
        schema, name = parts_of(found[1])
        question = WAITS_AND_SIZE.format(schema or "DATABASE()", name)
        self._before, size = map(int, run(question, whole=True))
        if self._before < LEFT_ALONE or size > LARGE:
            return False
        run(f"SET SESSION lock_wait_timeout = {max(1, math.ceil(self.seconds))}", rows=False)
        return True

    def is_refused(self, error: Exception) -> bool:
        return LOCK_WAIT_TIMEOUT in (getattr(error, "errno", None), *error.args[:1])

    def end(self, run: Run, *, failed: bool) -> None:
        try:
            run(f"SET SESSION lock_wait_timeout = {self._before}", rows=False)
        except Exception:
            if not failed:  # else the connection may be what has failed
                raise


def parts_of(name: str) -> tuple[str | None, str]:
    """Schema and name of a table as SQL literals."""
    words = [literal(word.strip("`").replace("``", "`")) for word in re.findall(r"`(?:[^`]|``)+`|[\w$]+", name)]
    return (words[0], words[1]) if len(words) == 2 else (None, words[0])


def literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
