"""PostgreSQL's turns: a savepoint to step back to, and a lock_timeout of its transaction."""

from __future__ import annotations

import re

from autodiff.errors import sqlstate_of
from autodiff.runtime.backends.turns import Run, Turns

LOCK_NOT_AVAILABLE = "55P03"
LOCKS = re.compile(
    r"""\s*(?: ALTER\s+(?:FOREIGN\s+)?(?:TABLE|INDEX|VIEW|MATERIALIZED|SEQUENCE|TRIGGER|POLICY|RULE)\b
             | DROP\s+(?:TABLE|INDEX|VIEW|MATERIALIZED|SEQUENCE|TRIGGER|POLICY|RULE)\b
             | CREATE\s+(?:UNIQUE\s+)?INDEX\b | CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b
             | CREATE\s+(?:OR\s+REPLACE\s+)?(?:POLICY|RULE|VIEW)\b | CREATE\s+TABLE\b.*\bREFERENCES\b
             | TRUNCATE\b | LOCK\b | REINDEX\b | CLUSTER\b )
        (?!.*\b(?:NOWAIT|CONCURRENTLY)\b)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
NAME = r'(?:"(?:[^"]|"")+"|\w+)(?:\.(?:"(?:[^"]|"")+"|\w+))?'
TABLE = re.compile(rf"(?:\bTABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?|\bON\s+(?:ONLY\s+)?)({NAME})", re.IGNORECASE)
# (IF NOT EXISTS may find a table that others read.)
MADE = re.compile(rf"\s*CREATE\s+TABLE\s+(?!IF\s)({NAME})", re.IGNORECASE)

# What somebody else has chosen (env.py, the script, the role) stays.
START = "SELECT CASE WHEN current_setting('lock_timeout') = '0' THEN set_config('lock_timeout', '{}ms', true) END"
END = "SELECT set_config('lock_timeout', '0', true)"
HOLDERS = """
SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename), a.state, to_char(a.xact_start, 'HH24:MI:SS')
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.relation = to_regclass('{}') AND l.granted AND a.pid <> pg_backend_pid() ORDER BY a.xact_start LIMIT 1
"""


class PostgresqlTurns(Turns):
    locks, table, made = LOCKS, TABLE, MADE

    def begin(self, statement: str, run: Run) -> bool:
        if run(START.format(max(1, round(self.seconds * 1000)))) is None:
            return False
        run("SAVEPOINT autodiff_turn", rows=False)
        return True

    def is_refused(self, error: Exception) -> bool:
        return sqlstate_of(error) == LOCK_NOT_AVAILABLE

    def step_back(self, run: Run) -> None:
        run("ROLLBACK TO SAVEPOINT autodiff_turn", rows=False)

    def end(self, run: Run, *, failed: bool) -> None:
        if failed:  # what was set ends with the transaction
            return
        run("RELEASE SAVEPOINT autodiff_turn", rows=False)
        run(END)

    def holder(self, table: str, run: Run) -> str:
        found = run(HOLDERS.format(table.replace("'", "''")), whole=True)
        return f"pid {found[0]} ({found[1]}), {found[2]} since {found[3]}" if found else ""
