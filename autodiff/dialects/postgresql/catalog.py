"""The catalog queries, one per catalog whatever the number of tables, and their rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from autodiff.dialects.postgresql.belongings import BELONGINGS, OUTSIDE_TABLES, PUBLISHED, ROOT
from autodiff.dialects.postgresql.hanging import HANGING, OF_PARTITIONED, USED
from autodiff.dialects.postgresql.partition_indexes import INDEXES_OF_PARTITIONS
from autodiff.dialects.postgresql.sending import ask
from autodiff.dialects.postgresql.settings import CHECKS, SETTINGS
from autodiff.dialects.postgresql.uncovered import OF_SCHEMAS, UNCOVERED
from autodiff.dialects.postgresql.words import literals

# pg_catalog first and pg_temp last: every user's name prints qualified, and no temporary table hides a catalog.
PRINTING_PATH = "pg_catalog, pg_temp"
TEMPORARY = "n.oid = pg_my_temp_schema()"
OF_NO_EXTENSION = """NOT EXISTS (SELECT FROM pg_depend e
                  WHERE e.classid = '{catalog}'::regclass AND e.objid = {oid} AND e.deptype = 'e')"""


class Relation(NamedTuple):
    oid: int
    schema: str
    name: str
    kind: str  # r table, p partitioned, v view, m materialized view, f foreign table
    persistence: str
    options: list[str] | None
    toast_options: list[str] | None
    method: str | None
    tablespace: str | None
    comment: str | None
    partition_key: str | None
    parents: list[str] | None
    toasted: bool


RELATIONS = """
SELECT c.oid::bigint AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       c.relpersistence::text AS persistence, c.reloptions AS options, tc.reloptions AS toast_options,
       am.amname::text AS method, ts.spcname::text AS tablespace, d.description AS comment,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN h.inhrelid IS NOT NULL THEN ARRAY(
           SELECT quote_ident(pn.nspname) || '.' || quote_ident(pc.relname)
           FROM pg_inherits i JOIN pg_class pc ON pc.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = pc.relnamespace
           WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) END AS parents,
       c.reltoastrelid <> 0 AS toasted
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN pg_inherits h ON h.inhrelid = c.oid AND h.inhseqno = 1
WHERE {of} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND {relation_of_no_extension}
ORDER BY n.nspname, c.relname
"""


class Column(NamedTuple):
    relation: int
    number: int
    name: str
    type: str
    not_null: bool
    identity: str
    generated: str
    default: str | None
    default_needs: list[str] | None  # "oid.attnum" of what the default or expression uses in pg_class
    collation: str | None
    comment: str | None
    type_oid: int  # of an array: the item's
    local: bool
    inherited: bool


COLUMNS = """
SELECT a.attrelid::bigint AS relation, a.attnum::int AS number, a.attname::text AS name,
       format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       pg_get_expr(f.adbin, f.adrelid) AS default, x.needs AS default_needs,
       CASE WHEN a.attcollation <> t.typcollation THEN
           CASE WHEN co.collnamespace = 'pg_catalog'::regnamespace THEN co.collname::text
                ELSE co.collnamespace::regnamespace::text || '.' || co.collname END END AS collation,
       d.description AS comment, (CASE WHEN t.typtype <> 'd' AND t.typcategory = 'A' THEN t.typelem ELSE t.oid END)::bigint AS type_oid,
       a.attislocal AS local, a.attinhcount > 0 AS inherited
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation co ON co.oid = a.attcollation AND a.attcollation <> t.typcollation
LEFT JOIN pg_attrdef f ON a.atthasdef AND f.adrelid = a.attrelid AND f.adnum = a.attnum
LEFT JOIN (SELECT objid, array_agg(refobjid::text || '.' || refobjsubid ORDER BY refobjid, refobjsubid) AS needs
           FROM pg_depend WHERE classid = 'pg_attrdef'::regclass AND refclassid = 'pg_class'::regclass
           GROUP BY objid) x ON x.objid = f.oid
LEFT JOIN pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY a.attrelid, a.attnum
"""


class Constraint(NamedTuple):
    relation: int
    name: str
    kind: str  # p primary key, u unique, c check, x exclude, f foreign key
    deferrable: bool
    deferred: bool
    validated: bool
    enforced: bool
    columns: list[int] | None
    included: list[int] | None
    nulls_not_distinct: bool
    referred: int
    referred_schema: str | None
    referred_table: str | None
    referred_columns: list[str] | None
    onupdate: str
    ondelete: str
    match: str
    ondelete_columns: list[int] | None
    definition: str | None
    comment: str | None
    local: bool
    inherited: bool


CONSTRAINTS = """
SELECT k.conrelid::bigint AS relation, k.conname::text AS name, k.contype::text AS kind,
       k.condeferrable AS deferrable, k.condeferred AS deferred, k.convalidated AS validated, {enforced} AS enforced,
       k.conkey::int[] AS columns,
       CASE WHEN i.indnatts > i.indnkeyatts THEN (i.indkey::int2[]::int[])[i.indnkeyatts : i.indnatts] END AS included,
       {nulls_not_distinct} AS nulls_not_distinct,
       k.confrelid::bigint AS referred, rn.nspname::text AS referred_schema, rc.relname::text AS referred_table,
       CASE WHEN k.contype = 'f' THEN ARRAY(
           SELECT ra.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
           JOIN pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = u.number
           ORDER BY u.place) END AS referred_columns,
       k.confupdtype::text AS onupdate, k.confdeltype::text AS ondelete, k.confmatchtype::text AS match,
       {ondelete_columns} AS ondelete_columns,
       CASE k.contype WHEN 'c' THEN pg_get_expr(k.conbin, k.conrelid)
                      WHEN 'x' THEN pg_get_constraintdef(k.oid) END AS definition,
       d.description AS comment, k.conislocal AS local, k.coninhcount > 0 AS inherited
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_constraint k ON k.conrelid = c.oid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
LEFT JOIN pg_class rc ON rc.oid = k.confrelid AND k.contype = 'f'
LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
LEFT JOIN pg_description d ON d.objoid = k.oid AND d.classoid = 'pg_constraint'::regclass AND d.objsubid = 0
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND k.contype IN ('p', 'u', 'c', 'x', 'f') AND k.conparentid = 0 AND {own}
ORDER BY k.conrelid, k.contype, k.conname
"""


class Index(NamedTuple):
    relation: int
    name: str
    unique: bool
    valid: bool
    columns: list[int]  # 0 for an expression
    needs: list[int] | None  # columns that the expressions and the predicate use
    definition: str
    options: list[str] | None
    tablespace: str | None
    comment: str | None


INDEXES = """
SELECT i.indrelid::bigint AS relation, ic.relname::text AS name, i.indisunique AS unique,
       i.indisvalid OR ic.relkind = 'I' AS valid,
       i.indkey::int2[]::int[] AS columns,
       CASE WHEN i.indexprs IS NOT NULL OR i.indpred IS NOT NULL THEN ARRAY(
           SELECT x.refobjsubid FROM pg_depend x
           WHERE x.classid = 'pg_class'::regclass AND x.objid = i.indexrelid AND x.refobjid = i.indrelid
             AND x.refclassid = 'pg_class'::regclass AND x.refobjsubid > 0) END AS needs,
       pg_get_indexdef(i.indexrelid) AS definition, ic.reloptions AS options, ts.spcname::text AS tablespace,
       d.description AS comment
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_class ic ON ic.oid = i.indexrelid
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_description d ON d.objoid = ic.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid
                                                AND k.contype IN ('p', 'u', 'x'))
ORDER BY i.indrelid, ic.relname
"""

# What stands outside of tables is little and of many shapes: one query, a JSON object per row.
TYPES = """
SELECT 'enum' AS kind, json_build_object(
           'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname, 'array', t.typarray::bigint,
           'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
           'comment', obj_description(t.oid, 'pg_type'))::text AS entry
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE {of} AND t.typtype = 'e' AND {type_of_no_extension}
UNION ALL
SELECT 'domain', json_build_object(
           'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname, 'array', t.typarray::bigint,
           'base', format_type(t.typbasetype, t.typtypmod), 'base_oid', t.typbasetype::bigint,
           'not_null', t.typnotnull, 'default', pg_get_expr(t.typdefaultbin, 0),
           'not_null_name', (SELECT k.conname FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n'),
           'collation', CASE WHEN t.typcollation <> b.typcollation THEN
               CASE WHEN co.collnamespace = 'pg_catalog'::regnamespace THEN co.collname::text
                    ELSE co.collnamespace::regnamespace::text || '.' || co.collname END END,
           'checks', (SELECT json_agg(json_build_array(k.conname, pg_get_expr(k.conbin, 0)) ORDER BY k.conname)
                      FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
           'comment', obj_description(t.oid, 'pg_type'))::text
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type b ON b.oid = t.typbasetype LEFT JOIN pg_collation co ON co.oid = t.typcollation
WHERE {of} AND t.typtype = 'd' AND {type_of_no_extension}
"""
OUTSIDE = (
    TYPES
    + """
UNION ALL
SELECT 'sequence', json_build_object(
           'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'type', format_type(s.seqtypid, NULL),
           'start', s.seqstart, 'increment', s.seqincrement, 'minvalue', s.seqmin, 'maxvalue', s.seqmax,
           'cache', s.seqcache, 'cycle', s.seqcycle,
           'owner', o.refobjid::bigint, 'owner_column', o.refobjsubid, 'identity', o.deptype = 'i',
           'comment', CASE WHEN o.refobjid IS NOT NULL THEN obj_description(c.oid, 'pg_class') END,
           'grants', CASE WHEN o.refobjid IS NOT NULL AND c.relacl IS NOT NULL THEN
               (SELECT json_agg(json_build_array(a.privilege_type, CASE WHEN a.grantee <> 0 THEN
                                pg_get_userbyid(a.grantee) END, a.is_grantable) ORDER BY a.grantee, a.privilege_type)
                FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner) END)::text
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend o ON o.classid = 'pg_class'::regclass AND o.objid = c.oid AND o.refclassid = 'pg_class'::regclass
                     AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
WHERE {of} AND {relation_of_no_extension}
UNION ALL
SELECT 'schema', json_build_object('name', n.nspname)::text FROM pg_namespace n WHERE {of}
UNION ALL
SELECT 'view', json_build_object(
           'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'materialized', c.relkind = 'm',
           'definition', pg_get_viewdef(c.oid), 'options', array_to_string(c.reloptions, ', '),
           'comment', obj_description(c.oid, 'pg_class'),
           'comments', (SELECT json_agg(json_build_array(a.attname, d.description) ORDER BY a.attnum)
                        FROM pg_description d JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
                        WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0),
           'indexes', (SELECT json_agg(pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid)
                       FROM pg_index i WHERE i.indrelid = c.oid),
           'grants', (SELECT json_agg(json_build_array(a.privilege_type, CASE WHEN a.grantee <> 0 THEN
                                      pg_get_userbyid(a.grantee) END, a.is_grantable))
                      FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner),
           'column_grants', (SELECT json_agg(json_build_array(g.privilege_type || ' (' || quote_ident(a.attname) || ')',
                                             CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee) END, g.is_grantable)
                                             ORDER BY a.attnum)
                             FROM pg_attribute a, aclexplode(a.attacl) g
                             WHERE a.attrelid = c.oid AND g.grantee <> c.relowner),
           'defaults', (SELECT json_agg(json_build_array(a.attname, pg_get_expr(f.adbin, f.adrelid)) ORDER BY a.attnum)
                        FROM pg_attrdef f JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                        WHERE f.adrelid = c.oid),
           'populated', c.relispopulated,
           'owner', CASE WHEN pg_get_userbyid(c.relowner) <> current_user THEN pg_get_userbyid(c.relowner) END,
           'uses', (SELECT json_agg(DISTINCT """
    + USED
    + """)
                    FROM pg_rewrite w JOIN pg_depend x ON x.objid = w.oid AND x.classid = 'pg_rewrite'::regclass
                    """
    + OF_PARTITIONED
    + """
                    WHERE w.ev_class = c.oid AND w.rulename = '_RETURN'
                      AND (x.refclassid = 'pg_class'::regclass AND x.refobjid <> c.oid
                           OR x.refclassid = 'pg_type'::regclass)))::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND c.relkind IN ('v', 'm') AND {relation_of_no_extension}
"""
)


BESIDE = (OUTSIDE, HANGING, BELONGINGS, OUTSIDE_TABLES, SETTINGS, INDEXES_OF_PARTITIONS, UNCOVERED)


@dataclass
class Catalog:
    """The rows of one reading."""

    relations: list[Relation] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)
    outside: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def query(text: str, of: str, version: tuple[int, ...], own: str = "TRUE") -> str:
    """A query of this file for one condition on ``n`` (pg_namespace) and one server version."""
    return text.format(
        of=of,
        own=own,
        relation_of_no_extension=OF_NO_EXTENSION.format(catalog="pg_class", oid="c.oid"),
        type_of_no_extension=OF_NO_EXTENSION.format(catalog="pg_type", oid="t.oid"),
        root=ROOT,
        checks=CHECKS,
        enforced="k.conenforced" if version >= (18,) else "TRUE",
        nulls_not_distinct="COALESCE(i.indnullsnotdistinct, FALSE)" if version >= (15,) else "FALSE",
        ondelete_columns="k.confdelsetcols::int[]" if version >= (15,) else "NULL::int[]",
        of_schemas=OF_SCHEMAS.format(of=of) if version >= (15,) else "",
        published=PUBLISHED if version >= (15,) else "''",
        period="k.conperiod" if version >= (18,) else "FALSE",
        compression="a.attcompression" if version >= (14,) else "''::\"char\"",
    )


def in_schemas(names: Sequence[str]) -> str:
    return f"n.nspname IN ({literals(names)})" if names else "FALSE"


def read_catalog(connection: Connection, schemas: Sequence[str], version: tuple[int, ...]) -> Catalog:
    """The rows of the schemas, in five statements. The search path must be `PRINTING_PATH`."""
    of = in_schemas(schemas)
    return Catalog(
        relations=[Relation._make(row) for row in ask(connection, query(RELATIONS, of, version))],
        columns=[Column._make(row) for row in ask(connection, query(COLUMNS, of, version))],
        constraints=[Constraint._make(row) for row in ask(connection, query(CONSTRAINTS, of, version))],
        indexes=[Index._make(row) for row in ask(connection, query(INDEXES, of, version))],
        outside=[
            (row[0], json.loads(row[1]))
            for row in ask(
                connection,
                query(" UNION ALL ".join(BESIDE), of, version),
            )
        ],
    )


def read_temporary(connection: Connection, version: tuple[int, ...]) -> Catalog:
    """What the session's temporary tables hold, by the same queries, in one statement."""
    catalog = Catalog()
    parts: tuple[tuple[str, str, Any, list[Any]], ...] = (
        ("relations", RELATIONS, Relation, catalog.relations),
        ("columns", COLUMNS, Column, catalog.columns),
        ("constraints", CONSTRAINTS, Constraint, catalog.constraints),
        ("indexes", INDEXES, Index, catalog.indexes),
    )
    rows = "\nUNION ALL\n".join(
        f"(SELECT '{name}' AS part, row_to_json(q)::text AS entry FROM ({query(sql, TEMPORARY, version)}) q)"
        for name, sql, _, _ in parts
    )
    targets = {name: (row_class, target) for name, _, row_class, target in parts}
    for part, entry in ask(connection, rows):
        row_class, target = targets[part]
        target.append(row_class(**json.loads(entry)))
    return catalog
