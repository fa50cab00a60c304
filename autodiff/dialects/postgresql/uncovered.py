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
SELECT n.nspname, NULL, 'publication', p.pubname || ' for all tables'
FROM pg_publication p JOIN pg_namespace n ON {of} WHERE p.puballtables
{of_schemas}
UNION ALL
SELECT n.nspname, NULL, 'event trigger', e.evtname
FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {of} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid
                                                     AND d.deptype = 'e')
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
    (CASE WHEN k.contype IN ('c', 'n') AND k.connoinherit THEN 'NO INHERIT' END)) s (name)
WHERE {of} AND k.contype IN ('c', 'f', 'n') AND (NOT k.convalidated OR k.connoinherit) AND NOT c.relispartition AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, c.relname, 'setting', s.name || ' of ' || k.conname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class ic ON ic.oid = k.conindid LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
CROSS JOIN LATERAL (VALUES
    ('WITH (' || array_to_string(ic.reloptions, ', ') || ')'),
    ('TABLESPACE ' || ts.spcname),
    (CASE WHEN k.contype <> 'x' AND {period} THEN 'WITHOUT OVERLAPS' END)) s (name)
WHERE {of} AND k.contype IN ('p', 'u', 'x') AND NOT c.relispartition AND s.name IS NOT NULL
UNION ALL
SELECT n.nspname, c.relname, 'setting', 'PERIOD of ' || k.conname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND k.contype = 'f' AND {period} AND NOT c.relispartition
UNION ALL
SELECT DISTINCT n.nspname, c.relname, 'setting', 'DISABLE TRIGGER of ' || k.conname
FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND t.tgisinternal AND t.tgenabled = 'D' AND NOT c.relispartition
UNION ALL
SELECT DISTINCT n.nspname, c.relname, 'setting', 'STATISTICS of ' || ic.relname
FROM pg_attribute a JOIN pg_class ic ON ic.oid = a.attrelid JOIN pg_index i ON i.indexrelid = ic.oid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND COALESCE(a.attstattarget, -1) >= 0 AND NOT c.relispartition
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
WHERE {of} AND c.relkind IN ('v', 'm', 'f', 'c') AND {relation_of_no_extension}
UNION ALL
SELECT n.nspname, NULL, CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END, p.proname
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {of}
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                                            AND e.deptype IN ('e', 'i'))
UNION ALL
SELECT n.nspname, NULL, 'range type', t.typname
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE {of} AND t.typtype = 'r' AND {type_of_no_extension}
UNION ALL
SELECT n.nspname, NULL, 'collation', co.collname
FROM pg_collation co JOIN pg_namespace n ON n.oid = co.collnamespace
WHERE {of}
  AND NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = 'pg_collation'::regclass AND e.objid = co.oid AND e.deptype = 'e')
UNION ALL
SELECT n.nspname, NULL, k.word, k.name
FROM pg_namespace n JOIN LATERAL (
    SELECT 'operator' AS word, o.oprname AS name, 'pg_operator'::regclass AS catalog, o.oid
    FROM pg_operator o WHERE o.oprnamespace = n.oid
    UNION ALL SELECT 'operator class', o.opcname, 'pg_opclass'::regclass, o.oid FROM pg_opclass o WHERE o.opcnamespace = n.oid
    UNION ALL SELECT 'text search configuration', t.cfgname, 'pg_ts_config'::regclass, t.oid
    FROM pg_ts_config t WHERE t.cfgnamespace = n.oid
    UNION ALL SELECT 'text search dictionary', t.dictname, 'pg_ts_dict'::regclass, t.oid
    FROM pg_ts_dict t WHERE t.dictnamespace = n.oid
    UNION ALL SELECT 'conversion', v.conname, 'pg_conversion'::regclass, v.oid
    FROM pg_conversion v WHERE v.connamespace = n.oid) k ON TRUE
WHERE {of} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = k.catalog AND e.objid = k.oid AND e.deptype = 'e')
UNION ALL
SELECT n.nspname, NULL, 'grant', a.privilege_type || ' on schema ' || n.nspname || ' to '
           || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
WHERE {of} AND a.grantee <> n.nspowner AND NOT (n.nspname = 'public' AND (
    a.grantee = 0 OR pg_get_userbyid(a.grantee) = 'pg_database_owner'))
UNION ALL
SELECT n.nspname, NULL, 'default privilege', a.privilege_type || ' to '
           || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END
FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace CROSS JOIN LATERAL aclexplode(d.defaclacl) a
WHERE {of}
UNION ALL
SELECT n.nspname, NULL, 'comment', 'on schema ' || n.nspname
FROM pg_namespace n JOIN pg_description d ON d.objoid = n.oid AND d.classoid = 'pg_namespace'::regclass
WHERE {of} AND n.nspname <> 'public'
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
PLURALS = {
    "policy": "policies",
    "statistics object": "statistics objects",
    "operator class": "operator classes",
    "text search dictionary": "text search dictionaries",
}
# Publications FOR TABLES IN SCHEMA came with PostgreSQL 15.
OF_SCHEMAS = """
UNION ALL
SELECT n.nspname, NULL, 'publication', p.pubname || ' for its tables'
FROM pg_publication_namespace s JOIN pg_publication p ON p.oid = s.pnpubid JOIN pg_namespace n ON n.oid = s.pnnspid
WHERE {of}
"""


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
