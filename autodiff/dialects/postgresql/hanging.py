"""What stands in the way of a change beside views: triggers, policies, rules, functions, statistics over expressions.

They are not compared; where a column that they name changes its type, or the type itself is made anew, the server says
"cannot alter type of a column used in a trigger definition", so that each is dropped for a moment and made again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.belongings import ROOT, rights
from autodiff.dialects.postgresql.words import for_roles_that_are_there, where_role_is_there
from autodiff.kinds import ViewState
from autodiff.state import Key

_TABLE = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"


# What a row `x` of pg_depend refers to: a type, or a relation and a column of it; of a partition, the table's. The type
# of a relation's rows is the relation.
USED = """jsonb_build_array(
                           COALESCE(part.root, typed.relation, x.refobjid)::bigint,
                           CASE WHEN x.refclassid = 'pg_class'::regclass THEN COALESCE(part.number, x.refobjsubid)
                                WHEN typed.relation IS NOT NULL THEN 0 END)"""
OF_PARTITIONED = """
                LEFT JOIN LATERAL (
                    SELECT pg_partition_root(pc.oid)::oid AS root,
                           (SELECT ra.attnum FROM pg_attribute pa JOIN pg_attribute ra ON ra.attname = pa.attname
                            WHERE pa.attrelid = pc.oid AND pa.attnum = x.refobjsubid
                              AND ra.attrelid = pg_partition_root(pc.oid)) AS number
                    FROM pg_class pc
                    WHERE x.refclassid = 'pg_class'::regclass AND pc.oid = x.refobjid AND pc.relispartition
                ) part ON TRUE
                LEFT JOIN LATERAL (
                    SELECT t.typrelid AS relation FROM pg_type t JOIN pg_type of ON t.oid IN (of.oid, of.typelem)
                    WHERE x.refclassid = 'pg_type'::regclass AND of.oid = x.refobjid AND t.typrelid <> 0
                ) typed ON TRUE"""


def _uses(catalog: str, oid: str) -> str:
    """Columns as ``[relation, number]``, and types as ``[type, null]``, that an object depends on."""
    return f"""(SELECT json_agg(DISTINCT {USED})
                FROM pg_depend x {OF_PARTITIONED} WHERE x.classid = '{catalog}'::regclass AND x.objid = {oid}
                  AND (x.refclassid = 'pg_class'::regclass AND (x.refobjsubid > 0 OR x.refobjid <> c.oid OR c.relkind = 'v')
                       OR x.refclassid = 'pg_type'::regclass))"""


def _comment(word: str, name: str, catalog: str, oid: str, on_table: bool = True) -> str:
    on = f" || ' ON ' || {_TABLE}" if on_table else ""
    text = f"quote_literal(obj_description({oid}, '{catalog}'))"
    return f"'COMMENT ON {word} ' || {name}{on} || ' IS ' || {text}"


def _switched(word: str, name: str, column: str) -> str:
    """The statement that switches a trigger or rule off, as it was; NULL where it is on."""
    how = f"CASE {column} WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END"
    return f"'ALTER TABLE ' || {_TABLE} || ' ' || {how} || ' {word} ' || {name}"


# A partition has its table's triggers besides its own: until PostgreSQL 12 as internal ones, then under their parent's.
_OWN = "(NOT c.relispartition OR COALESCE(to_jsonb(t) ->> 'tgparentid', '0') = '0')"

# Each with the statement that drops it, those that make it again (NULL ones left out), and what it uses.
HANGING = f"""
SELECT 'hanging', json_build_object(
           'schema', n.nspname, 'name', 'trigger ' || t.tgname || ' on ' || c.relname, 'relation', {ROOT},
           'drop', 'DROP TRIGGER ' || quote_ident(t.tgname) || ' ON ' || {_TABLE},
           'make', json_build_array(pg_get_triggerdef(t.oid), {_switched('TRIGGER', 'quote_ident(t.tgname)', 't.tgenabled')},
                                    {_comment('TRIGGER', 'quote_ident(t.tgname)', 'pg_trigger', 't.oid')}),
           'uses', {_uses('pg_trigger', 't.oid')})::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {{of}} AND NOT t.tgisinternal AND {_OWN}
UNION ALL
SELECT 'hanging', json_build_object(
           'schema', n.nspname, 'name', 'policy ' || p.polname || ' on ' || c.relname, 'relation', {ROOT},
           'drop', 'DROP POLICY ' || quote_ident(p.polname) || ' ON ' || {_TABLE},
           'start', 'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || {_TABLE}
               || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
               || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'
                                WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END || ' TO ',
           'roles', (SELECT json_agg(pg_get_userbyid(r.oid) ORDER BY r.turn)
                     FROM unnest(p.polroles) WITH ORDINALITY AS r (oid, turn) WHERE r.oid <> 0),
           'rest', COALESCE(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
               || COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
           'make', json_build_array({_comment('POLICY', 'quote_ident(p.polname)', 'pg_policy', 'p.oid')}),
           'uses', {_uses('pg_policy', 'p.oid')})::text
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {{of}}
UNION ALL
SELECT 'hanging', json_build_object(
           'schema', n.nspname, 'name', 'rule ' || w.rulename || ' on ' || c.relname, 'relation', {ROOT},
           'drop', 'DROP RULE ' || quote_ident(w.rulename) || ' ON ' || {_TABLE},
           'make', json_build_array(rtrim(pg_get_ruledef(w.oid), ';'), {_switched('RULE', 'quote_ident(w.rulename)', 'w.ev_enabled')},
                                    {_comment('RULE', 'quote_ident(w.rulename)', 'pg_rewrite', 'w.oid')}),
           'uses', {_uses('pg_rewrite', 'w.oid')})::text
FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {{of}} AND w.rulename <> '_RETURN'
UNION ALL
SELECT 'hanging', json_build_object(
           'schema', n.nspname, 'name', 'statistics ' || s.stxname, 'relation', {ROOT}, 'goes_along', TRUE,
           'drop', 'DROP STATISTICS ' || quote_ident(sn.nspname) || '.' || quote_ident(s.stxname),
           'make', json_build_array(
               pg_get_statisticsobjdef(s.oid),
               {_comment('STATISTICS', "quote_ident(sn.nspname) || '.' || quote_ident(s.stxname)",
                         'pg_statistic_ext', 's.oid', on_table=False)},
               CASE WHEN s.stxstattarget >= 0 THEN 'ALTER STATISTICS ' || quote_ident(sn.nspname) || '.'
                    || quote_ident(s.stxname) || ' SET STATISTICS ' || s.stxstattarget END),
           'is_in_the_way', to_jsonb(s) ->> 'stxexprs' IS NOT NULL OR COALESCE(s.stxstattarget, -1) >= 0,
           'uses', {_uses('pg_statistic_ext', 's.oid')})::text
FROM pg_statistic_ext s JOIN pg_namespace sn ON sn.oid = s.stxnamespace
JOIN pg_class c ON c.oid = s.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {{of}}
UNION ALL
SELECT 'hanging', json_build_object(
           'schema', n.nspname, 'name', 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           'is_used', TRUE,
           'drop', 'DROP ' || k.word || ' ' || p.oid::regprocedure,
           'make', json_build_array(
               pg_get_functiondef(p.oid),
               'COMMENT ON ' || k.word || ' ' || p.oid::regprocedure || ' IS '
                   || quote_literal(obj_description(p.oid, 'pg_proc')),
               CASE WHEN p.proacl IS NOT NULL THEN
                   'REVOKE ALL ON ' || k.word || ' ' || p.oid::regprocedure || ' FROM PUBLIC' END),
           'word', k.word, 'table', p.oid::regprocedure,
           'owner', CASE WHEN pg_get_userbyid(p.proowner) <> current_user THEN pg_get_userbyid(p.proowner) END,
           'grants', (SELECT json_agg(json_build_array('EXECUTE', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
                                                       a.is_grantable))
                      FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner),
           'uses', (SELECT json_agg(DISTINCT {USED})
                    FROM pg_depend x {OF_PARTITIONED} WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid
                      AND (x.refclassid = 'pg_class'::regclass OR x.refclassid = 'pg_type'::regclass)))::text
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN LATERAL (SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END) k (word)
WHERE {{of}} AND p.prokind <> 'a'
  AND EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid
                AND (x.refclassid = 'pg_class'::regclass AND x.refobjsubid > 0 OR x.refclassid = 'pg_type'::regclass))
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                                            AND e.deptype IN ('e', 'i'))
"""


def hanging(entry: dict[str, Any], schema: str | None, uses: frozenset[Key], on: Key | None = None) -> ViewState:
    """An entry of `HANGING` as a state; like a view it is only ever dropped and made again."""
    return ViewState(
        key=Key("view", schema, None, entry["name"]),
        drop=entry["drop"],
        definition=tuple(policy(entry) if "roles" in entry else made(entry)),
        grants=rights(entry),
        depends_on=uses,
        on=on,
        goes_along=entry.get("goes_along", False),
    )


def made(entry: dict[str, Any]) -> Iterator[str]:
    """The statements that make it again."""
    return (statement for statement in entry["make"] if statement is not None)


def policy(entry: dict[str, Any]) -> Iterator[str]:
    """Those of a policy, which may be for roles that another server lacks."""
    start, roles, rest = entry["start"], entry["roles"], entry["rest"]
    if roles is None:
        yield f"{start}PUBLIC{rest}"
        yield from made(entry)
    else:
        yield for_roles_that_are_there(start, roles, rest)
        yield from map(where_role_is_there, made(entry))
