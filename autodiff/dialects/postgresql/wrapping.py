"""Composite and range types that have an enum inside: they are made anew with it, and their columns moved as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from autodiff.dialects.postgresql.sending import ask
from autodiff.dialects.postgresql.words import literal


@dataclass(frozen=True)
class Wrapper:
    """A type with the enum inside.

    :param name, schema: its name.
    :param sql: the name as SQL writes it.
    :param create: the statement that makes it, of the types that its parts have by then.
    :param multirange: of a range type, the name of its multirange.
    :param comments: by attribute of a composite type, as SQL writes its name.
    """

    oid: int
    name: str
    schema: str
    sql: str
    create: str
    multirange: str | None = None
    comments: tuple[tuple[str, str], ...] = ()


# All types that contain it, at whatever depth: arrays, composite types, ranges, multiranges.
_AROUND = """
WITH RECURSIVE around (oid, depth) AS (
    SELECT {type_}::oid, 0
    UNION ALL
    SELECT w.outer_, a.depth + 1 FROM around a JOIN (
        SELECT k.atttypid AS inner_, c.reltype AS outer_
        FROM pg_attribute k JOIN pg_class c ON c.oid = k.attrelid AND c.relkind = 'c' WHERE NOT k.attisdropped
        UNION ALL SELECT rngsubtype, rngtypid FROM pg_range
        UNION ALL SELECT rngtypid, rngmultitypid FROM pg_range
        UNION ALL SELECT typelem, oid FROM pg_type WHERE typcategory = 'A') w ON w.inner_ = a.oid)
SELECT oid::bigint FROM around GROUP BY oid ORDER BY max(depth), oid
"""

_WRAPPERS = """
SELECT t.oid::bigint, t.typname::text, n.nspname::text, t.oid::regtype::text, m.typname::text,
       CASE t.typtype WHEN 'c' THEN
           'CREATE TYPE ' || t.oid::regtype || ' AS (' || (
               SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                                 || CASE WHEN a.attcollation <> at.typcollation
                                         THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END, ', ' ORDER BY a.attnum)
               FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) || ')'
       ELSE
           'CREATE TYPE ' || t.oid::regtype || ' AS RANGE (subtype = ' || format_type(r.rngsubtype, NULL)
           || ', subtype_opclass = ' || quote_ident(opn.nspname) || '.' || quote_ident(op.opcname)
           || CASE WHEN m.oid IS NULL THEN '' ELSE ', multirange_type_name = ' || m.oid::regtype END || ')' END,
       (SELECT json_agg(json_build_array(quote_ident(a.attname), d.description) ORDER BY a.attnum)
        FROM pg_description d JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid
        WHERE d.objoid = t.typrelid AND d.classoid = 'pg_class'::regclass AND d.objsubid > 0)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_range r ON r.rngtypid = t.oid LEFT JOIN pg_type m ON m.oid = r.rngmultitypid
LEFT JOIN pg_opclass op ON op.oid = r.rngsubopc LEFT JOIN pg_namespace opn ON opn.oid = op.opcnamespace
WHERE t.oid IN ({types}) AND t.typtype IN ('c', 'r')
"""

# What of a column that is moved as text would not follow: all that has its type in a parsed expression, and foreign keys.
_HOLDERS = """
SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
LEFT JOIN pg_index i ON d.classid = 'pg_class'::regclass AND i.indexrelid = d.objid
WHERE a.atttypid IN ({types}) AND NOT a.attisdropped AND NOT COALESCE(k.contype IN ('p', 'u', 'n'), FALSE)
  AND NOT COALESCE(i.indexprs IS NULL AND i.indpred IS NULL, FALSE)
  AND NOT (d.classid = 'pg_attrdef'::regclass AND a.attgenerated = '')
ORDER BY 1
"""


def around(connection: Connection, type_: int) -> list[int]:
    """The object ids of all types that contain a type, which is the first of them; an inner one comes before an outer."""
    return [oid for (oid,) in ask(connection, _AROUND.format(type_=type_))]


def wrappers(connection: Connection, types: Sequence[int]) -> tuple[Wrapper, ...]:
    """Those of the types that have to be made anew, in the order in which they can be made."""
    found = [_wrapper(*row) for row in ask(connection, _WRAPPERS.format(types=listed(types)))]
    return tuple(sorted(found, key=lambda wrapper: types.index(wrapper.oid)))


def _wrapper(oid: int, name: str, schema: str, sql: str, multirange: str | None, create: str, comments: Any) -> Wrapper:
    pairs = tuple((attribute, comment) for attribute, comment in comments or ())
    return Wrapper(oid, name, schema, sql, create, multirange, pairs)


def holders(connection: Connection, types: Sequence[int]) -> list[str]:
    """What stands in the way of moving the columns of these types, in the server's words."""
    return [name for (name,) in ask(connection, _HOLDERS.format(types=listed(types)))] if types else []


def comments(wrapper: Wrapper) -> Iterator[str]:
    for attribute, comment in wrapper.comments:
        yield f"COMMENT ON COLUMN {wrapper.sql}.{attribute} IS {literal(comment)}"


def listed(types: Sequence[int]) -> str:
    return ", ".join(map(str, types))
