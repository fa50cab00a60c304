"""What the indexes of partitions have of their own: they are made with their table's, and get it again then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from autodiff.dialects.postgresql.names import object_name
from autodiff.dialects.postgresql.settings import escaped, of_index
from autodiff.dialects.postgresql.words import identifier, literal

# Each with the table of the models, and the index or key of it that it belongs to.
INDEXES_OF_PARTITIONS = """
SELECT 'index of a partition', json_build_object(
           'relation', i.indrelid::bigint,
           'kind', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclude' ELSE 'index' END,
           'name', ic.relname, 'partition', quote_ident(pn.nspname) || '.' || quote_ident(pc.relname), 'table', pc.relname,
           'depth', (SELECT count(*) FROM pg_partition_ancestors(pc.oid)), 'index', pic.relname, 'columns', s.columns,
           'comment', d.description, 'clustered', pi.indisclustered, 'identity', pi.indisreplident, 'targets', s.targets,
           'options', array_to_string(pic.reloptions, ', '),
           'not_options', (SELECT string_agg(split_part(o, '=', 1), ', ') FROM unnest(ic.reloptions) o
                           WHERE split_part(o, '=', 1) NOT IN (SELECT split_part(u, '=', 1) FROM unnest(pic.reloptions) u)),
           'options_of_all', array_to_string(ic.reloptions, ', '), 'tablespace', ts.spcname)::text
FROM pg_class pic JOIN pg_index pi ON pi.indexrelid = pic.oid
JOIN pg_index i ON i.indexrelid = pg_partition_root(pic.oid) JOIN pg_class ic ON ic.oid = i.indexrelid
JOIN pg_class pc ON pc.oid = pi.indrelid JOIN pg_namespace pn ON pn.oid = pc.relnamespace
JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_tablespace ts ON ts.oid = pic.reltablespace AND pic.reltablespace <> ic.reltablespace
LEFT JOIN pg_description d ON d.objoid = pic.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
LEFT JOIN LATERAL (
    SELECT string_agg(a.attname, '_' ORDER BY a.attnum) AS columns,
           json_agg(json_build_array(a.attnum, a.attstattarget) ORDER BY a.attnum)
               FILTER (WHERE COALESCE(a.attstattarget, -1) >= 0) AS targets
    FROM pg_attribute a WHERE a.attrelid = pic.oid) s ON TRUE
WHERE {of} AND pic.relkind IN ('i', 'I') AND pic.relispartition
"""

# The word in the name that the server gives to an index.
WORDS = {"primary_key": "pkey", "unique": "key", "exclude": "excl", "index": "idx"}


def of_partition(entry: dict[str, Any]) -> Iterator[str]:
    """The statement that gives the index its own again, if it has anything; see `settings.templates`.

    Its name is looked up: the server makes one up when the index of the table is made.
    """
    statements = list(own(entry))
    if statements:
        tag = "$index_of_a_partition$"
        index = (
            "SELECT i.indexrelid::regclass AS index, c.relname AS name FROM pg_catalog.pg_index i"
            " JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
            f" WHERE i.indrelid = {literal(entry['partition'])}::regclass"
        )
        run = "; ".join(f"EXECUTE format({literal(statement)}, made.index, made.name)" for statement in statements)
        made = f"FOR made IN {escaped(index)} AND pg_partition_root(i.indexrelid) = {{relation_text}}::regclass"
        yield f"DO {tag}DECLARE made record; BEGIN {made} LOOP {escaped(run)}; END LOOP; END{tag}"


def own(entry: dict[str, Any]) -> Iterator[str]:
    """Statements with %1$s for the index, %2$I for its bare name; what its table's index has too it gets from there."""
    if entry["options"] not in (None, entry["options_of_all"]):
        yield f"ALTER INDEX %1$s SET ({entry['options']})"
    if entry["not_options"] is not None:
        yield f"ALTER INDEX %1$s RESET ({entry['not_options']})"
    yield from of_index(entry, "%1$s", "%2$I", for_format(entry["partition"]), for_format)
    if not named_by_server(entry):
        yield f"ALTER INDEX %1$s RENAME TO {for_format(identifier(entry['index']))}"


def for_format(text: str) -> str:
    return text.replace("%", "%%")


def named_by_server(entry: dict[str, Any]) -> bool:
    columns = None if entry["kind"] == "primary_key" else entry["columns"]
    name = object_name(entry["table"], columns, WORDS[entry["kind"]])
    return re.fullmatch(re.escape(name) + r"\d*", entry["index"]) is not None
