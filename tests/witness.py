"""A second witness: what a database says of itself, read from its catalogs without autodiff and without reflection.

`lines(connection, schemas)` gives one line per object, with everything that the database stores about it but the order
of columns, which a changed table cannot have as a new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

VERSION_TABLE = "alembic_version"


def lines(connection: Connection, schemas: Sequence[str] = ()) -> list[str]:
    read = {"postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql, "sqlite": _sqlite}[connection.dialect.name]
    return sorted(line for line in read(connection, schemas) if VERSION_TABLE not in line)


def difference(found: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """What is missing (-) and what is too much (+)."""
    missing = [f"- {line}" for line in wanted if line not in found]
    return missing + [f"+ {line}" for line in found if line not in wanted]


_POSTGRESQL = """
SELECT 'table ' || c.oid::regclass || ' ' || c.relkind::text || coalesce(array_to_string(c.reloptions, ','), '')
       || coalesce(' -- ' || obj_description(c.oid, 'pg_class'), '')
  FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relkind IN ('r', 'p', 'v', 'm')
UNION ALL
SELECT 'column ' || c.oid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || ' ' || a.attidentity::text || a.attgenerated::text
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
       || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation ELSE '' END
       || coalesce(' -- ' || col_description(c.oid, a.attnum), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (c.oid, a.attnum)
 WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relkind IN ('r', 'p', 'v', 'm')
   AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint ' || k.conrelid::regclass || ' ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
       || coalesce(' -- ' || obj_description(k.oid, 'pg_constraint'), '')
  FROM pg_constraint k WHERE k.connamespace IN (SELECT oid FROM ours) AND k.conrelid <> 0 AND k.contype NOT IN ('n', 't')
UNION ALL
SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT 'enum ' || t.oid::regtype || ' ' || (SELECT string_agg(e.enumlabel, '|' ORDER BY e.enumsortorder)
                                              FROM pg_enum e WHERE e.enumtypid = t.oid)
  FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM ours) AND t.typtype = 'e'
UNION ALL
SELECT concat_ws(' ', 'domain', t.oid::regtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typcollation,
                 pg_get_expr(t.typdefaultbin, 0),
                 (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname)
                    FROM pg_constraint k WHERE k.contypid = t.oid))
  FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM ours) AND t.typtype = 'd'
UNION ALL
SELECT concat_ws(' ', 'sequence', s.seqrelid::regclass, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement,
                 s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
  FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT 'view ' || c.oid::regclass || ' ' || pg_get_viewdef(c.oid)
  FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relkind IN ('v', 'm')
UNION ALL
SELECT 'grant ' || c.oid::regclass || ' ' || array_to_string(c.relacl, ' ')
  FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM ours) AND c.relacl IS NOT NULL
UNION ALL
SELECT pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text || coalesce(' -- ' || obj_description(t.oid, 'pg_trigger'), '')
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace IN (SELECT oid FROM ours) AND NOT t.tgisinternal
UNION ALL
SELECT concat_ws(' ', 'policy', p.polname, p.polrelid::regclass, p.polcmd, p.polpermissive, p.polroles::regrole[],
                 pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::text
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
 WHERE c.relnamespace IN (SELECT oid FROM ours) AND r.rulename <> '_RETURN'
UNION ALL
SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s WHERE s.stxnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT pg_get_functiondef(p.oid) || coalesce(array_to_string(p.proacl, ' '), '')
       || coalesce(' -- ' || obj_description(p.oid, 'pg_proc'), '')
  FROM pg_proc p WHERE p.pronamespace IN (SELECT oid FROM ours) AND p.prokind IN ('f', 'p')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE (e.classid, e.objid, e.deptype) = ('pg_proc'::regclass, p.oid, 'e'))
"""


def _postgresql(connection: Connection, schemas: Sequence[str]) -> Iterator[str]:
    names = ", ".join(f"'{name}'" for name in ("public", *schemas))
    ours = f"WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname IN ({names}))"
    yield from connection.exec_driver_sql((ours + _POSTGRESQL).replace("%", "%%")).scalars()


def _mysql(connection: Connection, schemas: Sequence[str]) -> Iterator[str]:
    current = str(connection.exec_driver_sql("SELECT database()").scalar())
    for schema in (current, *schemas):
        query = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = %s"
        for table, kind in connection.exec_driver_sql(query, (schema,)).fetchall():
            what = {"SEQUENCE": "SEQUENCE", "VIEW": "VIEW"}.get(kind, "TABLE")
            name = table if schema == current else f"{schema}.{table}"
            query = f"SHOW CREATE {what} `{schema}`.`{table.replace('`', '``')}`".replace("%", "%%")
            text = str(connection.exec_driver_sql(query).fetchone()[1])  # type: ignore[index]
            for line in text.splitlines() if what == "TABLE" else [text]:
                line = re.sub(r" AUTO_INCREMENT=\d+", "", line).strip().rstrip(",")
                if "CHECK (" in line:  # MySQL folds `-(4)` when a later statement reads the table again
                    line = re.sub(r"-\((\d+)\)", r"-\1", line)
                if not line.startswith("CREATE TABLE"):
                    yield f"{name}: {line}"


def _sqlite(connection: Connection, schemas: Sequence[str]) -> Iterator[str]:
    query = "SELECT name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    for name, type_, sql in connection.exec_driver_sql(query).fetchall():
        if type_ != "table":
            yield f"{type_} {' '.join(_tokens(sql))}"
            continue
        for row in connection.exec_driver_sql(f"PRAGMA table_xinfo({_quoted(name)})").fetchall():
            yield f"column {name}.{' '.join(str(value) for value in row[1:])}"
        for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({_quoted(name)})").fetchall():
            yield f"foreign key {name} {' '.join(str(value) for value in row[1:])}"
        for row in connection.exec_driver_sql(f"PRAGMA index_list({_quoted(name)})").fetchall():
            columns = connection.exec_driver_sql(f"PRAGMA index_info({_quoted(row[1])})").fetchall()
            if row[3] != "c":
                yield f"key of {name} {row[2:]} {[column[2] for column in columns]}"
        for clause in _clauses(_tokens(sql)):
            yield f"{name}: {clause}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _tokens(sql: str) -> list[str]:
    """The words of a statement, without quotes around names, and without a difference that case alone makes."""
    found = re.findall(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^]]*\]|\w+|[<>=!|]+|\S""", sql)
    return [token if token[0] == "'" else token.strip('"`[]').lower() or token for token in found]


def _clauses(tokens: Sequence[str]) -> Iterator[str]:
    """Named constraints, checks and generated columns of a CREATE TABLE: what the PRAGMAs do not tell."""
    for position, token in enumerate(tokens):
        if token in ("check", "as"):
            named = tokens[position - 2] == "constraint"
            name = tokens[position - 1] if named else ""
            yield f"{token} {name} {' '.join(_parenthesis(tokens[position + 1 :]))}"
        elif token == "constraint":
            yield f"constraint {' '.join(tokens[position + 1 : position + 3])}"


def _parenthesis(tokens: Sequence[str]) -> Iterator[str]:
    depth = 0
    for token in tokens:
        yield token
        depth += (token == "(") - (token == ")")
        if depth == 0:
            return
