"""What a database has and no state covers: it is said, never taken as equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from autodiff.state import Key, NotCompared

# Relation (None outside of tables), what it is, and its name; each line is one catalog.
_ROWS = """
SELECT n.nspname AS schema, c.relname AS relation, 'trigger' AS what,
       t.tgname || CASE t.tgenabled WHEN 'D' THEN ' (disabled)' ELSE '' END AS name
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND NOT t.tgisinternal AND NOT c.relispartition
UNION ALL
SELECT n.nspname, c.relname, 'policy', p.polname
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {of}
UNION ALL
SELECT n.nspname, c.relname, 'rule', w.rulename
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND w.rulename <> '_RETURN'
UNION ALL
SELECT n.nspname, c.relname, 'statistics object', s.stxname
FROM pg_statistic_ext s JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {of}
UNION ALL
SELECT n.nspname, c.relname, 'publication', p.pubname
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {of}
UNION ALL
SELECT n.nspname, c.relname, 'partition', pc.relname
FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhrelid AND pc.relispartition
JOIN pg_class c ON c.oid = i.inhparent AND c.relkind = 'p' AND NOT c.relispartition
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {of}
UNION ALL
SELECT n.nspname, c.relname, 'setting', s.name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
    (CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END),
    (CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END),
    (CASE WHEN c.relreplident <> 'd' THEN 'REPLICA IDENTITY' END),
    (CASE WHEN c.reloftype <> 0 THEN 'OF ' || format_type(c.reloftype, NULL) END)) s (name)
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, c.relname, 'setting', s.name || ' of ' || a.attname
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
    (CASE WHEN a.attstorage <> t.typstorage THEN 'STORAGE' END),
    (CASE WHEN {compression} <> '' THEN 'COMPRESSION' END),
    (CASE WHEN COALESCE(a.attstattarget, -1) >= 0 THEN 'STATISTICS' END),
    (CASE WHEN a.attoptions IS NOT NULL THEN array_to_string(a.attoptions, ', ') END)) s (name)
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attstorage <> t.typstorage OR {compression} <> '' OR COALESCE(a.attstattarget, -1) >= 0
       OR a.attoptions IS NOT NULL) AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, c.relname, 'setting', s.name || ' of ' || k.conname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (VALUES
    (CASE WHEN NOT k.convalidated THEN 'NOT VALID' END),
    (CASE WHEN k.contype = 'c' AND k.connoinherit THEN 'NO INHERIT' END)) s (name)
WHERE {of} AND k.contype IN ('c', 'f') AND (NOT k.convalidated OR k.connoinherit) AND NOT c.relispartition AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, c.relname, 'setting', s.name || ' of ' || ic.relname
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_description d ON d.objoid = i.indexrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
CROSS JOIN LATERAL (VALUES
    (CASE WHEN i.indisclustered THEN 'CLUSTER' END),
    (CASE WHEN d.objoid IS NOT NULL THEN 'COMMENT' END)) s (name)
WHERE {of} AND (i.indisclustered OR d.objoid IS NOT NULL) AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, CASE WHEN c.relkind IN ('r', 'p') THEN c.relname END, 'grant',
       a.privilege_type || CASE WHEN c.relkind IN ('r', 'p') THEN '' ELSE ' on ' || c.relname END
           || ' to ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE {of} AND c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition
  AND a.grantee <> c.relowner
UNION ALL
SELECT n.nspname, c.relname, 'grant', x.privilege_type || ' (' || a.attname || ') to '
           || CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(a.attacl) x
WHERE {of} AND a.attacl IS NOT NULL AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND x.grantee <> c.relowner
UNION ALL
SELECT n.nspname, NULL, 'grant', a.privilege_type || ' on ' || t.typname || ' to '
           || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace CROSS JOIN LATERAL aclexplode(t.typacl) a
WHERE {of} AND t.typacl IS NOT NULL AND t.typtype IN ('e', 'd') AND a.grantee NOT IN (0, t.typowner)
UNION ALL
SELECT n.nspname, NULL,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                      ELSE 'composite type' END, c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND c.relkind IN ('v', 'm', 'f', 'c')
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
UNION ALL
SELECT n.nspname, NULL, CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, p.proname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {of}
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                                            AND e.deptype IN ('e', 'i'))
UNION ALL
SELECT n.nspname, NULL, 'range type', t.typname
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE {of} AND t.typtype = 'r'
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
UNION ALL
SELECT n.nspname, NULL, 'collation', co.collname
FROM pg_collation co JOIN pg_namespace n ON n.oid = co.collnamespace
WHERE {of}
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_collation'::regclass AND e.objid = co.oid AND e.deptype = 'e')
UNION ALL
SELECT n.nspname, NULL, 'comment', 'on ' || t.typname
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_description d ON d.objoid = t.oid AND d.classoid = 'pg_type'::regclass WHERE {of} AND t.typtype IN ('e', 'd')
UNION ALL
SELECT n.nspname, NULL, 'comment', 'on ' || c.relname
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass WHERE {of} AND c.relkind = 'S'
"""

UNCOVERED = f"""
SELECT 'uncovered', json_build_object(
           'schema', u.schema, 'table', u.relation, 'what', u.what, 'names', array_agg(u.name ORDER BY u.name))::text
FROM ({_ROWS}) u GROUP BY u.schema, u.relation, u.what
"""

# What no state can hold, and what models cannot say.
WHY = "autodiff does not compare these"
NAMED = 5
PLURALS = {"policy": "policies", "statistics object": "statistics objects"}


def uncovered(entries: Iterable[dict[str, Any]], default_schema: str | None) -> Iterator[NotCompared]:
    """The entries of `UNCOVERED` in people's words."""
    found = sorted(entries, key=lambda entry: (entry["schema"], entry["table"] or "", entry["what"]))
    for entry in found:
        schema = None if entry["schema"] == default_schema else entry["schema"]
        names = entry["names"]
        listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
        what = entry["what"] if len(names) == 1 else PLURALS.get(entry["what"], f"{entry['what']}s")
        place = ".".join(part for part in (schema, entry["table"]) if part)
        where = f" {'on' if entry['table'] else 'in'} {place}" if place else ""
        key = Key("table", schema, entry["table"]) if entry["table"] else Key(entry["what"], schema, None, names[0])
        yield NotCompared(f"{len(names)} {what}{where} ({listed})", WHY, key)
