"""What goes with a table that is dropped, and comes back with it: partitions, switches, publications, its owner and grants.

(Triggers, policies, rules and statistics do so too: see `hanging`. What belongs to a column or an index: see `settings`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autodiff.dialects.postgresql.words import grant, identifier, where_role_is_there
from autodiff.kinds import ViewState
from autodiff.kinds.step import Sides, Step
from autodiff.operations.data_ops import SqlOp
from autodiff.state import Change, Key
from autodiff.state.key import sort_key

_TABLE = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
# The table of the models: of a partition, the one that it is a part of in the end.
ROOT = "COALESCE(CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END, c.oid)::bigint"


def _role(oid: str) -> str:
    return f"CASE WHEN {oid} <> 0 THEN pg_get_userbyid({oid}) END"


_FROM_PARENTS = " from its parents"


_WORD = "CASE c.relkind WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END"


def _options(options: str) -> str:
    """Those of a foreign table or of one of its columns."""
    return f"(SELECT string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', ') FROM pg_options_to_table({options}))"


# What a partition has and its table does not: indexes, constraints, defaults, options of a foreign table's columns, comments.
_OWN = f"""
               SELECT pg_get_indexdef(x.indexrelid) AS sql FROM pg_index x
               WHERE x.indrelid = c.oid AND x.indexrelid NOT IN (SELECT inhrelid FROM pg_inherits)
                 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.conrelid = x.indrelid)
               UNION ALL
               SELECT 'ALTER TABLE ' || {_TABLE} || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' ' || pg_get_constraintdef(k.oid)
               FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x') AND k.coninhcount = 0
               UNION ALL
               SELECT 'ALTER TABLE ' || {_TABLE} || ' ALTER COLUMN ' || quote_ident(a.attname) || ' '
                          || COALESCE('SET DEFAULT ' || pg_get_expr(own.adbin, own.adrelid), 'DROP DEFAULT')
               FROM pg_attribute a JOIN pg_attribute above ON above.attrelid = i.inhparent AND above.attname = a.attname
               LEFT JOIN pg_attrdef own ON own.adrelid = c.oid AND own.adnum = a.attnum
               LEFT JOIN pg_attrdef of ON of.adrelid = above.attrelid AND of.adnum = above.attnum
               WHERE a.attrelid = c.oid AND a.attgenerated = '' AND a.attidentity = ''
                 AND pg_get_expr(own.adbin, own.adrelid) IS DISTINCT FROM pg_get_expr(of.adbin, of.adrelid)
               UNION ALL
               SELECT 'ALTER FOREIGN TABLE ' || {_TABLE} || ' ALTER COLUMN ' || quote_ident(a.attname)
                          || ' OPTIONS (' || {_options('a.attfdwoptions')} || ')'
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attfdwoptions IS NOT NULL
               UNION ALL
               SELECT 'COMMENT ON COLUMN ' || {_TABLE} || '.' || quote_ident(a.attname) || ' IS ' || quote_literal(d.description)
               FROM pg_attribute a JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = a.attnum
                AND d.classoid = 'pg_class'::regclass WHERE a.attrelid = c.oid AND a.attnum > 0"""

# What a child's columns have that it has from its parents alone, and these do not: they are nobody's states.
_INHERITED = f"""
               SELECT 'ALTER TABLE ' || {_TABLE} || ' ALTER COLUMN ' || quote_ident(a.attname) || ' ' || s.sql AS sql
               FROM pg_attribute a CROSS JOIN LATERAL (
                   SELECT pa.* FROM pg_inherits i JOIN pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
                   WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1) above
               LEFT JOIN pg_attrdef own ON own.adrelid = c.oid AND own.adnum = a.attnum
               LEFT JOIN pg_attrdef of ON of.adrelid = above.attrelid AND of.adnum = above.attnum
               CROSS JOIN LATERAL (VALUES
                   (CASE WHEN a.attgenerated = '' AND a.attidentity = ''
                          AND pg_get_expr(own.adbin, own.adrelid) IS DISTINCT FROM pg_get_expr(of.adbin, of.adrelid)
                         THEN COALESCE('SET DEFAULT ' || pg_get_expr(own.adbin, own.adrelid), 'DROP DEFAULT') END),
                   (CASE WHEN a.attstorage <> above.attstorage THEN
                       'SET STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                                           WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END),
                   (CASE WHEN {{compression}} <> '' THEN
                       'SET COMPRESSION ' || CASE {{compression}} WHEN 'p' THEN 'pglz' ELSE 'lz4' END END),
                   (CASE WHEN a.attstattarget >= 0 OR above.attstattarget >= 0 THEN
                       'SET STATISTICS ' || COALESCE(a.attstattarget, -1) END),
                   ('SET (' || array_to_string(a.attoptions, ', ') || ')')) s (sql)
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attislocal AND NOT a.attisdropped
               UNION ALL
               SELECT 'COMMENT ON COLUMN ' || {_TABLE} || '.' || quote_ident(a.attname) || ' IS ' || quote_literal(d.description)
               FROM pg_attribute a JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = a.attnum
                AND d.classoid = 'pg_class'::regclass WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attislocal"""

# Each with the table, and the statements that make it again (NULL ones left out).
BELONGINGS = f"""
SELECT 'partition', json_build_object(
           'schema', n.nspname, 'name', c.relname, 'relation', {ROOT},
           'depth', (SELECT count(*) FROM pg_partition_ancestors(c.oid)),
           'make', json_build_array(
               'CREATE' || CASE c.relpersistence WHEN 'u' THEN ' UNLOGGED' ELSE '' END || ' ' || {_WORD} || ' ' || {_TABLE}
                   || ' PARTITION OF ' || quote_ident(pn.nspname) || '.' || quote_ident(pc.relname)
                   || ' ' || pg_get_expr(c.relpartbound, c.oid)
                   || CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END
                   || COALESCE(' WITH (' || array_to_string(c.reloptions, ', ') || ')', '')
                   || COALESCE(' TABLESPACE ' || quote_ident(ts.spcname), '')
                   || COALESCE(' SERVER ' || quote_ident(fs.srvname), '')
                   || COALESCE(' OPTIONS (' || {_options('ft.ftoptions')} || ')', ''),
               'COMMENT ON ' || {_WORD} || ' ' || {_TABLE} || ' IS ' || quote_literal(obj_description(c.oid, 'pg_class'))),
           'further', (SELECT json_agg(own.sql ORDER BY own.sql) FROM ({_OWN}) own))::text
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition AND c.relkind IN ('r', 'p', 'f')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid LEFT JOIN pg_foreign_server fs ON fs.oid = ft.ftserver
WHERE {{of}}
UNION ALL
SELECT 'belonging', json_build_object(
           'schema', n.nspname, 'name', c.relname, 'relation', {ROOT}, 'table', {_TABLE},
           'of_type', CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
           'make', json_build_array(
               CASE WHEN c.relrowsecurity THEN 'ALTER TABLE ' || {_TABLE} || ' ENABLE ROW LEVEL SECURITY' END,
               CASE WHEN c.relforcerowsecurity THEN 'ALTER TABLE ' || {_TABLE} || ' FORCE ROW LEVEL SECURITY' END,
               CASE CASE WHEN c.relkind <> 'f' THEN c.relreplident END
                   WHEN 'f' THEN 'ALTER TABLE ' || {_TABLE} || ' REPLICA IDENTITY FULL'
                                   WHEN 'n' THEN 'ALTER TABLE ' || {_TABLE} || ' REPLICA IDENTITY NOTHING' END,
               CASE WHEN c.reloftype <> 0 THEN
                   'ALTER TABLE ' || {_TABLE} || ' OF ' || format_type(c.reloftype, NULL) END),
           'grants', (SELECT json_agg(json_build_array(a.privilege_type, {_role('a.grantee')}, a.is_grantable)
                             ORDER BY a.turn)
                      FROM aclexplode(c.relacl) WITH ORDINALITY a (grantor, grantee, privilege_type, is_grantable, turn)
                      WHERE a.grantee <> c.relowner),
           'owner', CASE WHEN pg_get_userbyid(c.relowner) <> current_user THEN pg_get_userbyid(c.relowner) END)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {{of}} AND c.relkind IN ('r', 'p', 'f')
  AND (c.relrowsecurity OR c.relforcerowsecurity OR c.relkind <> 'f' AND c.relreplident IN ('f', 'n') OR c.reloftype <> 0
       OR c.relacl IS NOT NULL OR pg_get_userbyid(c.relowner) <> current_user)
UNION ALL
SELECT 'belonging', json_build_object(
           'schema', n.nspname, 'name', c.relname || '{_FROM_PARENTS}', 'relation', c.oid::bigint, 'table', {_TABLE},
           'make', own.made, 'above', (SELECT json_agg(json_build_array(pn.nspname, pc.relname))
                                       FROM pg_inherits h JOIN pg_class pc ON pc.oid = h.inhparent
                                       JOIN pg_namespace pn ON pn.oid = pc.relnamespace WHERE h.inhrelid = c.oid),
           'grants', (SELECT json_agg(json_build_array(
                          g.privilege_type || ' (' || quote_ident(a.attname) || ')', {_role('g.grantee')}, g.is_grantable)
                          ORDER BY a.attnum, g.turn)
                      FROM pg_attribute a,
                           aclexplode(a.attacl) WITH ORDINALITY g (grantor, grantee, privilege_type, is_grantable, turn)
                      WHERE a.attrelid = c.oid AND NOT a.attislocal AND g.grantee <> c.relowner))::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT COALESCE(json_agg(x.sql ORDER BY x.sql), '[]'::json) AS made FROM ({_INHERITED}) x
                    WHERE x.sql IS NOT NULL) own
WHERE {{of}} AND c.relkind = 'r' AND NOT c.relispartition AND EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
UNION ALL
SELECT 'belonging', json_build_object(
           'schema', n.nspname, 'name', c.relname || ' in ' || p.pubname, 'relation', {ROOT},
           'make', json_build_array(
               'ALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLE ' || {_TABLE} || {{published}}))::text
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {{of}}
"""

_NAMED = "quote_ident(n.nspname) || '.' || quote_ident(o.name)"
# What types and sequences have, each with its kind, the word for it in ALTER, and the statements that give it again.
OUTSIDE_TABLES = f"""
SELECT 'outside', json_build_object(
           'schema', n.nspname, 'kind', o.kind, 'name', o.name, 'word', o.word, 'table', {_NAMED},
           'make', json_build_array(
               CASE WHEN o.kind <> 'domain' THEN
                   'COMMENT ON ' || o.word || ' ' || {_NAMED} || ' IS ' || quote_literal(obj_description(o.oid, o.catalog)) END,
               CASE WHEN o.kind <> 'sequence' AND NOT EXISTS (SELECT FROM aclexplode(o.acl) a WHERE a.grantee = 0) THEN
                   'REVOKE ALL ON TYPE ' || {_NAMED} || ' FROM PUBLIC' END),
           'further', (SELECT json_agg(f.sql ORDER BY f.name, f.turn) FROM (
               SELECT k.conname AS name, 1 AS turn,
                      'ALTER DOMAIN ' || {_NAMED} || ' DROP CONSTRAINT ' || quote_ident(k.conname) AS sql
               FROM pg_constraint k WHERE k.contypid = o.oid AND NOT k.convalidated
               UNION ALL
               SELECT k.conname, 2, 'ALTER DOMAIN ' || {_NAMED} || ' ADD CONSTRAINT ' || quote_ident(k.conname) || ' '
                          || pg_get_constraintdef(k.oid)
               FROM pg_constraint k WHERE k.contypid = o.oid AND NOT k.convalidated
               UNION ALL
               SELECT k.conname, 3, 'COMMENT ON CONSTRAINT ' || quote_ident(k.conname) || ' ON DOMAIN ' || {_NAMED} || ' IS '
                          || quote_literal(obj_description(k.oid, 'pg_constraint'))
               FROM pg_constraint k WHERE k.contypid = o.oid) f WHERE o.kind = 'domain' AND f.sql IS NOT NULL),
           'grants', (SELECT json_agg(json_build_array(a.privilege_type, {_role('a.grantee')}, a.is_grantable)
                             ORDER BY a.turn)
                      FROM aclexplode(o.acl) WITH ORDINALITY a (grantor, grantee, privilege_type, is_grantable, turn)
                      WHERE a.grantee <> o.owner AND (a.grantee <> 0 OR o.kind = 'sequence')),
           'owner', CASE WHEN pg_get_userbyid(o.owner) <> current_user THEN pg_get_userbyid(o.owner) END)::text
FROM pg_namespace n JOIN LATERAL (
    SELECT CASE t.typtype WHEN 'e' THEN 'enum' ELSE 'domain' END AS kind, t.typname AS name, t.oid, t.typowner AS owner,
           COALESCE(t.typacl, acldefault('T', t.typowner)) AS acl, 'pg_type' AS catalog,
           CASE t.typtype WHEN 'e' THEN 'TYPE' ELSE 'DOMAIN' END AS word
    FROM pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('e', 'd')
    UNION ALL
    SELECT 'sequence', c.relname, c.oid, c.relowner, COALESCE(c.relacl, acldefault('s', c.relowner)), 'pg_class', 'SEQUENCE'
    FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind = 'S'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                                                AND d.deptype IN ('a', 'i'))) o ON TRUE
WHERE {{of}}
"""

# The columns and rows that are published; PostgreSQL 15 has them first.
PUBLISHED = """COALESCE(' (' || (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
                            WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')
                   || COALESCE(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')"""


def belonging(entry: dict[str, Any], schema: str | None, uses: frozenset[Key]) -> ViewState:
    """An entry of `BELONGINGS` as a state, which only ever comes back with its table."""
    statements = [statement for statement in entry["make"] if statement is not None]
    return ViewState(
        key=_key(schema, entry["name"]),
        drop="",
        definition=(*statements, *(entry.get("further") or ())),
        grants=rights(entry),
        depends_on=uses,
    )


def above(entry: dict[str, Any], schema_of: Callable[[str], str | None]) -> frozenset[Key]:
    """What comes first: parents set storage and statistics targets for their children too."""
    return frozenset(_key(schema_of(schema), f"{name}{_FROM_PARENTS}") for schema, name in entry.get("above") or ())


def _key(schema: str | None, name: str) -> Key:
    return Key("view", schema, None, f"what {name} has")


def of_its_own(entry: dict[str, Any]) -> tuple[str, ...]:
    """An entry of `OUTSIDE_TABLES` as the statements that give it back what it had."""
    statements = [statement for statement in entry["make"] if statement is not None]
    return (*statements, *(entry["further"] or ()), *rights(entry))


def along_with(change: Change[Any], sides: Sides, of_table: Callable[[Key], Iterable[ViewState]]) -> Iterator[Step]:
    """The statistics that have gone with a column which comes back; over several such, they come back with the first."""
    column, before = change.key, sides.before.snapshot
    if change.before is not None or column.kind != "column" or column.of_table not in before.objects:
        return
    for each in of_table(column.of_table):
        came = [key for key in each.depends_on if key.kind == "column" and key not in before.objects]
        if each.goes_along and column == min(came, key=sort_key, default=None):
            yield from (Step(SqlOp(sql), "create", each) for sql in each.definition)


def rights(entry: dict[str, Any]) -> tuple[str, ...]:
    """The grants, and at last the owner: who gives a table away may no more say who else has rights on it."""
    what, word = entry.get("table"), entry.get("word", "TABLE")
    on = what if word == "TABLE" else f"{'TYPE' if word == 'DOMAIN' else word} {what}"
    found = [grant(privilege, str(on), role, grantable) for privilege, role, grantable in entry.get("grants") or ()]
    owner = entry.get("owner")
    return (*found, where_role_is_there(f"ALTER {word} {what} OWNER TO {identifier(owner)}")) if owner else tuple(found)
