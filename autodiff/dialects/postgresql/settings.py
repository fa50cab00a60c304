"""What columns, keys and indexes have besides what is compared: storage, statistics targets, grants, marks, comments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from autodiff.dialects.postgresql.names import object_name
from autodiff.dialects.postgresql.words import grant, identifier, literal

# Each with the relation, and of a column or an index what is not as it would be by itself: SET STORAGE and SET STATISTICS of
# a table are for those that inherit from it too. Those of a partition's columns go with its table's, which is retyped for all
# of them.
SETTINGS = """
SELECT 'setting', json_build_object(
           'relation', {root}, 'kind', 'column', 'name', a.attname,
           'partition', CASE WHEN c.relispartition THEN quote_ident(n.nspname) || '.' || quote_ident(c.relname) END,
           'depth', CASE WHEN c.relispartition THEN (SELECT count(*) FROM pg_partition_ancestors(c.oid)) ELSE 0 END,
           'storage', CASE WHEN a.attstorage <> t.typstorage OR above.stores_otherwise THEN
               CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
           'compression', CASE {compression} WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END,
           'statistics', CASE WHEN a.attstattarget >= 0 OR above.counts_otherwise THEN COALESCE(a.attstattarget, -1) END,
           'options', array_to_string(a.attoptions, ', '),
           'grants', (SELECT json_agg(json_build_array(
                          x.privilege_type, CASE WHEN x.grantee <> 0 THEN pg_get_userbyid(x.grantee) END, x.is_grantable)
                          ORDER BY x.privilege_type, x.grantee)
                      FROM aclexplode(a.attacl) x WHERE x.grantee <> c.relowner),
           'not_null', CASE WHEN NOT c.relispartition THEN k.conname END, 'table', c.relname,
           'not_valid', NOT k.convalidated, 'no_inherit', k.connoinherit, 'remark', obj_description(k.oid, 'pg_constraint'))::text
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.contype = 'n' AND k.conrelid = c.oid AND k.conkey[1] = a.attnum AND k.coninhcount = 0
LEFT JOIN LATERAL (
    SELECT bool_or(pa.attstorage <> a.attstorage) AS stores_otherwise,
           bool_or(COALESCE(pa.attstattarget, -1) <> COALESCE(a.attstattarget, -1)) AS counts_otherwise
    FROM pg_inherits h JOIN pg_attribute pa ON pa.attrelid = h.inhparent AND pa.attname = a.attname
    WHERE a.attinhcount > 0 AND h.inhrelid = a.attrelid) above ON TRUE
WHERE {of} AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attstorage <> t.typstorage OR above.stores_otherwise OR {compression} <> ''
       OR COALESCE(a.attstattarget, -1) >= 0 OR above.counts_otherwise
       OR a.attoptions IS NOT NULL OR a.attacl IS NOT NULL OR k.conname <> c.relname || '_' || a.attname || '_not_null'
       OR NOT k.convalidated OR k.connoinherit OR obj_description(k.oid, 'pg_constraint') IS NOT NULL)
UNION ALL
SELECT 'setting', json_build_object(
           'relation', i.indrelid::bigint,
           'kind', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude' ELSE 'index' END,
           'name', ic.relname, 'comment', d.description, 'clustered', i.indisclustered, 'identity', i.indisreplident,
           'targets', s.targets, 'definition', CASE WHEN k.contype <> 'x' AND {period} THEN pg_get_constraintdef(k.oid) END,
           'remark', obj_description(k.oid, 'pg_constraint'),
           'options', CASE WHEN k.oid IS NOT NULL THEN array_to_string(ic.reloptions, ', ') END,
           'tablespace', CASE WHEN k.oid IS NOT NULL THEN ts.spcname END)::text
FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_description d ON d.objoid = i.indexrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum) AS targets
    FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND COALESCE(a.attstattarget, -1) >= 0) s ON TRUE
WHERE {of} AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND (i.indisclustered OR i.indisreplident OR d.description IS NOT NULL OR s.targets IS NOT NULL
       OR k.contype <> 'x' AND {period} OR k.oid IS NOT NULL AND (ic.reloptions IS NOT NULL OR ts.spcname IS NOT NULL))
UNION ALL
SELECT 'setting', json_build_object(
           'relation', c.oid::bigint, 'kind', CASE k.contype WHEN 'c' THEN 'check' ELSE 'foreign_key' END,
           'name', k.conname, 'definition', pg_get_constraintdef(k.oid))::text
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND NOT c.relispartition AND k.contype IN ('c', 'f') AND k.conparentid = 0 AND k.conislocal
  AND (k.contype = 'c' AND k.connoinherit OR NOT k.convalidated OR NOT {enforced} OR {period})
UNION ALL
SELECT 'setting', json_build_object(
           'relation', c.oid::bigint,
           'kind', CASE k.contype WHEN 'f' THEN 'foreign_key' WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' ELSE 'exclude' END,
           'name', k.conname, 'triggers', json_agg(json_build_array(
               {checks}, t.tgtype,
               CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END)
               ORDER BY {checks}, t.tgtype))::text
FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {of} AND t.tgisinternal AND t.tgenabled <> 'O' AND NOT c.relispartition AND k.conparentid = 0
GROUP BY c.oid, k.oid
"""
# Is a trigger of a constraint one that looks at its own table's rows? (The others of a foreign key follow those it refers to.)
CHECKS = "(p.proname LIKE 'RI_FKey_check%')"
# What makes a CHECK or a foreign key for which SQLAlchemy has no words: see `unsaid`.
ADDED = "ALTER TABLE {table} ADD CONSTRAINT {name} "
# What makes a key anew, of a kind for which SQLAlchemy has no words (WITHOUT OVERLAPS).
SAID_AGAIN = "ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} "

NOT_NULL_NOT_VALID = "ALTER TABLE {table} ADD CONSTRAINT {not_null} NOT NULL {name} NOT VALID"


def templates(entry: dict[str, Any]) -> Iterator[str]:
    """The statements that set it, with ``{table}`` and ``{name}`` in them.

    ``{relation}`` is an index's name with its schema, ``{not_null}`` the name that the server gives to NOT NULL,
    ``{sequence}`` the one that it gives to a column's sequence, ``{schema}`` the schema with a dot behind it.
    """
    if entry["kind"] == "column":
        yield from _of_column(entry)
        return
    if "triggers" in entry:
        yield _of_triggers(entry["triggers"])
        return
    if entry["kind"] in ("check", "foreign_key"):
        yield ADDED + escaped(entry["definition"])
        return
    if entry["definition"] is not None:
        yield SAID_AGAIN + escaped(entry["definition"])
        if entry["remark"] is not None:
            yield f"COMMENT ON CONSTRAINT {{name}} ON {{table}} IS {escaped(literal(entry['remark']))}"
    if entry["options"] is not None:  # those of plain indexes are compared
        yield f"ALTER INDEX {{relation}} SET ({escaped(entry['options'])})"
    yield from of_index(entry, "{relation}", "{name}", "{table}", escaped)


def of_index(
    entry: Mapping[str, Any], relation: str, name: str, table: str, written: Callable[[str], str]
) -> Iterator[str]:
    """The statements that give an index its place, targets, marks and comment.

    :param relation: what stands for its name with its schema.
    :param name: what stands for its bare name.
    :param table: what stands for its table.
    :param written: a text as it stands in a statement that is yet to be filled in.
    """
    if entry["tablespace"] is not None:
        yield f"ALTER INDEX {relation} SET TABLESPACE {written(identifier(entry['tablespace']))}"
    for number, target in entry["targets"] or ():
        yield f"ALTER INDEX {relation} ALTER COLUMN {number} SET STATISTICS {target}"
    if entry["clustered"]:
        yield f"ALTER TABLE {table} CLUSTER ON {name}"
    if entry["identity"]:
        yield f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}"
    if entry["comment"] is not None:
        yield f"COMMENT ON INDEX {relation} IS {written(literal(entry['comment']))}"


def _of_column(entry: dict[str, Any]) -> Iterator[str]:
    table = "{table}" if entry["partition"] is None else escaped(entry["partition"])
    start = f"ALTER TABLE {table} ALTER COLUMN {{name}} SET"
    if entry["storage"] is not None:
        yield f"{start} STORAGE {entry['storage']}"
    if entry["compression"] is not None:
        yield f"{start} COMPRESSION {entry['compression']}"
    if entry["statistics"] is not None:
        yield f"{start} STATISTICS {entry['statistics']}"
    if entry["options"] is not None:
        yield f"{start} ({escaped(entry['options'])})"
    if entry["not_null"] is not None:
        yield from _of_not_null(entry)
    for privilege, role, grantable in entry["grants"] or ():
        yield grant(f"{privilege} ({{name}})", table, role and escaped(role), grantable)


def _of_not_null(entry: dict[str, Any]) -> Iterator[str]:
    """What a NOT NULL has besides (PostgreSQL 18), said of the name that the server gives to it; its own name comes last."""
    if entry["not_valid"]:
        yield NOT_NULL_NOT_VALID.replace(" NOT VALID", " NO INHERIT NOT VALID" if entry["no_inherit"] else " NOT VALID")
    elif entry["no_inherit"]:
        yield "ALTER TABLE {table} ALTER CONSTRAINT {not_null} NO INHERIT"
    if entry["remark"] is not None:
        yield f"COMMENT ON CONSTRAINT {{not_null}} ON {{table}} IS {escaped(literal(entry['remark']))}"
    if entry["not_null"] != object_name(entry["table"], entry["name"], "not_null"):
        yield f"ALTER TABLE {{table}} RENAME CONSTRAINT {{not_null}} TO {escaped(identifier(entry['not_null']))}"


def _of_triggers(triggers: Iterable[tuple[bool, int, str]]) -> str:
    """The statement that switches triggers of a constraint as they were: the server makes their names up, of numbers.

    Only a superuser may (https://www.postgresql.org/docs/current/sql-altertable.html), so that others are told.
    """
    tag = "$triggers_of_a_constraint$"
    rows = ", ".join(f"({str(checks).upper()}, {type_}, {literal(how)})" for checks, type_, how in triggers)
    found = (
        f"SELECT t.tgrelid::regclass AS relation, t.tgname, how FROM (VALUES {rows}) s (checks, type, how)"
        f" JOIN pg_catalog.pg_trigger t ON t.tgtype = s.type JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid"
        f" AND {CHECKS} = s.checks JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint"
        " WHERE k.conrelid = {table_text}::regclass AND k.conname = {name_text}"
    )
    switched = "EXECUTE format('ALTER TABLE %s %s TRIGGER %I', one.relation, one.how, one.tgname)"
    told = "EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM"
    return f"DO {tag}DECLARE one record; BEGIN FOR one IN {found} LOOP {switched}; END LOOP; {told}; END{tag}"


def may_hold_null(settings: Iterable[str]) -> bool:
    """Is a column's NOT NULL one that old rows need not stand?"""
    return any(setting.startswith(NOT_NULL_NOT_VALID.removesuffix(" NOT VALID")) for setting in settings)


def of_sequence(entry: dict[str, Any], options: Mapping[str, Any], *, own_name: str, is_used: bool) -> Iterator[str]:
    """The statements that give a column its sequence again, with ``{schema}`` and ``{sequence}`` in them.

    :param entry: the sequence that the column owns.
    :param options: its options, those at their default None.
    :param own_name: the name that the server gives to it.
    :param is_used: it comes with the column, as SERIAL or IDENTITY.
    """
    name = escaped(identifier(entry["name"]))
    if not is_used:
        yield f"CREATE SEQUENCE {{schema}}{name} AS {entry['type']} OWNED BY {{table}}.{{name}}"
    elif entry["name"] != own_name:
        yield f"ALTER SEQUENCE {{sequence}} RENAME TO {name}"
    said = "" if entry["identity"] else " ".join(clauses(options))
    if said:
        yield f"ALTER SEQUENCE {{schema}}{name} {said}"
    if entry["comment"] is not None:
        yield f"COMMENT ON SEQUENCE {{schema}}{name} IS {escaped(literal(entry['comment']))}"
    for privilege, role, grantable in entry["grants"] or ():
        yield grant(privilege, f"SEQUENCE {{schema}}{name}", role and escaped(role), grantable)


def clauses(options: Mapping[str, Any]) -> Iterator[str]:
    words = {"increment": "INCREMENT BY", "minvalue": "MINVALUE", "maxvalue": "MAXVALUE", "cache": "CACHE"}
    yield from (f"{word} {options[name]}" for name, word in words.items() if options[name] is not None)
    if options["start"] is not None:
        yield f"START WITH {options['start']} RESTART WITH {options['start']}"
    if options["cycle"]:
        yield "CYCLE"


def escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
