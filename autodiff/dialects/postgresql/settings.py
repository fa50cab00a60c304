"""What columns, keys and indexes have besides what is compared: storage, statistics targets, grants, marks, comments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.names import object_name
from autodiff.dialects.postgresql.words import identifier, literal

# Each with the relation, and of a column or an index what is not as it would be by itself.
SETTINGS = """
SELECT 'setting', json_build_object(
           'relation', a.attrelid::bigint, 'kind', 'column', 'name', a.attname,
           'storage', CASE WHEN a.attstorage <> t.typstorage THEN
               CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
           'compression', CASE {compression} WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
           'statistics', a.attstattarget, 'options', array_to_string(a.attoptions, ', '),
           'grants', (SELECT json_agg(json_build_array(
                          x.privilege_type, CASE WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END, x.is_grantable)
                          ORDER BY x.privilege_type, x.grantee)
                      FROM aclexplode(a.attacl) x WHERE x.grantee <> c.relowner),
           'not_null', k.conname, 'table', c.relname)::text
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.contype = 'n' AND k.conrelid = c.oid AND k.conkey[1] = a.attnum
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attstorage <> t.typstorage OR {compression} <> '' OR COALESCE(a.attstattarget, -1) >= 0
       OR a.attoptions IS NOT NULL OR a.attacl IS NOT NULL OR k.conname <> c.relname || '_' || a.attname || '_not_null')
UNION ALL
SELECT 'setting', json_build_object(
           'relation', i.indrelid::bigint,
           'kind', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude' ELSE 'index' END,
           'name', ic.relname, 'comment', d.description, 'clustered', i.indisclustered, 'identity', i.indisreplident,
           'columns', s.targets)::text
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_description d ON d.objoid = i.indexrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum) AS targets
    FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND COALESCE(a.attstattarget, -1) >= 0) s ON TRUE
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND (i.indisclustered OR i.indisreplident OR d.description IS NOT NULL OR s.targets IS NOT NULL)
"""


def templates(entry: dict[str, Any]) -> Iterator[str]:
    """The statements that set it, with ``{table}`` and ``{name}`` in them.

    ``{relation}`` is an index's name with its schema, ``{not_null}`` the name that the server gives to NOT NULL.
    """
    if entry["kind"] == "column":
        yield from _of_column(entry)
        return
    if entry["comment"] is not None:
        yield f"COMMENT ON INDEX {{relation}} IS {escaped(literal(entry['comment']))}"
    for number, target in entry["columns"] or ():
        yield f"ALTER INDEX {{relation}} ALTER COLUMN {number} SET STATISTICS {target}"
    if entry["clustered"]:
        yield "ALTER TABLE {table} CLUSTER ON {name}"
    if entry["identity"]:
        yield "ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"


def _of_column(entry: dict[str, Any]) -> Iterator[str]:
    start = "ALTER TABLE {table} ALTER COLUMN {name} SET"
    if entry["storage"] is not None:
        yield f"{start} STORAGE {entry['storage']}"
    if entry["compression"] is not None:
        yield f"{start} COMPRESSION {entry['compression']}"
    if (entry["statistics"] or -1) >= 0:
        yield f"{start} STATISTICS {entry['statistics']}"
    if entry["options"] is not None:
        yield f"{start} ({escaped(entry['options'])})"
    name = entry["not_null"]
    if name is not None and name != object_name(entry["table"], entry["name"], "not_null"):
        yield f"ALTER TABLE {{table}} RENAME CONSTRAINT {{not_null}} TO {escaped(identifier(name))}"
    for privilege, role, grantable in entry["grants"] or ():
        to = "PUBLIC" if role is None else escaped(identifier(role))
        yield f"GRANT {privilege} ({{name}}) ON {{table}} TO {to}{' WITH GRANT OPTION' if grantable else ''}"


def escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
