"""An enum type with other labels: the type made anew beside the old one, and all columns moved to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.types import String

from autodiff.dialects.postgresql.sending import ask
from autodiff.dialects.postgresql.words import LONGEST
from autodiff.dialects.postgresql.wrapping import Wrapper, around, comments, holders, listed, wrappers
from autodiff.errors import CommandError, RowsInTheWay


@dataclass(frozen=True)
class Use:
    """A column of the type.

    :param default: the SQL of its default; None if it has none.
    :param array: is it an array of the type?
    :param wrapped: the type, as SQL writes it, of a column that has the enum inside of another type.
    :param is_inherited: is it moved with a parent's column, so that nothing but its default is its own?
    """

    table: str
    column: str
    schema: str | None = None
    default: str | None = None
    array: bool = False
    wrapped: str | None = None
    is_inherited: bool = False


@dataclass(frozen=True)
class Kept:
    """What a type loses by being made anew."""

    comment: str | None = None
    owner: str | None = None
    public: bool = True
    grants: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Replacement:
    """The old type, and what it shall be.

    :param wrappers: types that have it inside, in the order in which they can be made.
    :param types: the object ids of the type, of its array, and of all types that have them inside.
    """

    name: str
    schema: str | None
    values: tuple[str, ...]
    mapping: Mapping[str, str]
    aside: str
    uses: tuple[Use, ...]
    kept: Kept = Kept()
    wrappers: tuple[tuple[Wrapper, Kept], ...] = ()
    types: tuple[int, ...] = ()


def replace_enum(
    impl: Any,
    name: str,
    values: Sequence[str],
    *,
    schema: str | None = None,
    columns: Sequence[Any] = (),
    mapping: Mapping[str, str] | None = None,
) -> None:
    """Do it, or write it.

    :raises CommandError: if rows or a default have a label that the new type does not have; nothing is changed then.
    """
    mapping = dict(mapping or {})
    unknown = [label for label in mapping.values() if label not in values]
    if unknown:
        raise CommandError(f"enum {name!r}: the mapping leads to {unknown[0]!r}, which is not among its values")
    words = Words(impl)
    if impl.as_sql:
        uses = tuple(described(column) for column in columns)
        replacement = Replacement(name, schema, tuple(values), mapping, aside(name, ()), uses)
    else:
        replacement = looked_up(impl.connection, words, name, schema, tuple(values), mapping)
        refuse_held(impl.connection, words, replacement)
        refuse_lost_labels(impl.connection, words, replacement)
    for statement in statements(words, replacement):
        impl.verbatim(statement)


class Words:
    """Names and literals as PostgreSQL writes them, for text that no driver reads parameters in."""

    def __init__(self, impl: Any) -> None:
        self.dialect = impl._script_dialect
        self.preparer = self.dialect.identifier_preparer

    def name(self, name: str, schema: str | None = None) -> str:
        return str(self.preparer.format_table(sa.table(name, schema=schema)))

    def column(self, name: str) -> str:
        return str(self.preparer.quote(name))

    def literal(self, value: str) -> str:
        return str(
            sa.literal(str(value), String()).compile(dialect=self.dialect, compile_kwargs={"literal_binds": True})
        )


def described(column: Any) -> Use:
    """A column as the script describes it."""
    if isinstance(column, str):
        *before, table, name = column.split(".")
        return Use(table, name, ".".join(before) or None)
    if isinstance(column, Mapping):
        given = dict(column)
        return Use(**{**given, "default": _default(given.get("default"))})
    table, name, *rest = column
    return Use(table, name, None, _default(rest[0] if rest else None))


def _default(default: Any) -> str | None:
    if default is None:
        return None
    return "'" + default.replace("'", "''") + "'" if isinstance(default, str) else str(default)


def aside(name: str, taken: Sequence[str]) -> str:
    """A name for the old type."""
    for number in range(len(taken) + 1):
        ending = "_old" if number == 0 else f"_old{number}"
        found = name.encode()[: LONGEST - len(ending)].decode(errors="ignore") + ending
        if found not in taken:
            return found
    raise AssertionError("more names than there are")


def statements(words: Words, r: Replacement) -> Iterator[str]:
    """All statements, in order (https://www.postgresql.org/docs/current/sql-altertype.html has none for it)."""
    type_ = words.name(r.name, r.schema)
    for use in r.uses:
        if use.default is not None:
            yield f"{_altered(words, r, use)} DROP DEFAULT"
    yield f"ALTER TYPE {type_} RENAME TO {words.column(r.aside)}"
    yield f"CREATE TYPE {type_} AS ENUM ({', '.join(words.literal(value) for value in r.values)})"
    for wrapper, _ in r.wrappers:
        yield from _set_aside(words, wrapper)
        yield wrapper.create
    own = [use for use in r.uses if not use.is_inherited]
    for schema, table in dict.fromkeys((use.schema, use.table) for use in own):
        clauses = [_moved(words, r, use) for use in own if (use.schema, use.table) == (schema, table)]
        yield f"ALTER TABLE {words.name(table, schema)} {', '.join(clauses)}"
    for use in r.uses:
        if use.default is not None:
            yield f"{_altered(words, r, use)} SET DEFAULT {_mapped_default(words, r, use)}"
    for wrapper, _ in reversed(r.wrappers):
        yield f"DROP TYPE {words.name(aside(wrapper.name, ()), wrapper.schema)}"
    yield f"DROP TYPE {words.name(r.aside, r.schema)}"
    yield from _restored(words, r.kept, type_)
    for wrapper, kept in r.wrappers:
        yield from comments(wrapper)
        yield from _restored(words, kept, wrapper.sql)


def _set_aside(words: Words, wrapper: Wrapper) -> Iterator[str]:
    yield f"ALTER TYPE {wrapper.sql} RENAME TO {words.column(aside(wrapper.name, ()))}"
    if wrapper.multirange is not None:
        multirange, other = words.name(wrapper.multirange, wrapper.schema), words.column(aside(wrapper.multirange, ()))
        yield f"ALTER TYPE {multirange} RENAME TO {other}"
        # Of the functions that come with it, the one that does not have the type for an argument.
        yield f"ALTER FUNCTION {multirange}() RENAME TO {other}"


def _altered(words: Words, r: Replacement, use: Use) -> str:
    """ALTER COLUMN of a column alone where others inherit from it and have defaults of their own."""
    only = "ONLY " if any(other.is_inherited for other in r.uses) else ""
    return f"ALTER TABLE {only}{words.name(use.table, use.schema)} ALTER COLUMN {words.column(use.column)}"


def _moved(words: Words, r: Replacement, use: Use) -> str:
    column, type_ = words.column(use.column), words.name(r.name, r.schema)
    if use.wrapped is not None:
        return f"ALTER COLUMN {column} TYPE {use.wrapped} USING {column}::text::{use.wrapped}"
    if use.array:
        value = f"{column}::text[]"
        for old, new in r.mapping.items():
            value = f"array_replace({value}, {words.literal(old)}, {words.literal(new)})"
        return f"ALTER COLUMN {column} TYPE {type_}[] USING {value}::{type_}[]"
    value = f"{column}::text"
    if r.mapping:
        whens = " ".join(f"WHEN {words.literal(a)} THEN {words.literal(b)}" for a, b in r.mapping.items())
        value = f"(CASE {value} {whens} ELSE {value} END)"
    return f"ALTER COLUMN {column} TYPE {type_} USING {value}::{type_}"


_LABEL = re.compile(r"'((?:[^']|'')*)'")


def label_of(default: str) -> str | None:
    """The label of a default such as ``'new'::status``; None if it is something else."""
    match = _LABEL.match(default)
    return (
        match[1].replace("''", "'") if match and (default[match.end() :].strip() in ("",) or "::" in default) else None
    )


def _mapped_default(words: Words, r: Replacement, use: Use) -> str:
    default = use.default or ""
    label = label_of(default)
    if label is None or use.array or use.wrapped or label not in r.mapping:
        return default
    return words.literal(r.mapping[label]) + default[_LABEL.match(default).end() :]  # type: ignore[union-attr]


def _restored(words: Words, kept: Kept, type_: str) -> Iterator[str]:
    if kept.comment is not None:
        yield f"COMMENT ON TYPE {type_} IS {words.literal(kept.comment)}"
    if kept.owner is not None:
        yield f"ALTER TYPE {type_} OWNER TO {words.column(kept.owner)}"
    if not kept.public:
        yield f"REVOKE ALL ON TYPE {type_} FROM PUBLIC"
    for role, grantable in kept.grants:
        option = " WITH GRANT OPTION" if grantable else ""
        yield f"GRANT USAGE ON TYPE {type_} TO {words.column(role)}{option}"


_USES = """
SELECT n.nspname, c.relname, a.attname, t.typelem = {type_}, pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN {type_} NOT IN (t.oid, t.typelem) THEN format_type(t.oid, NULL) END, a.attinhcount > 0
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
WHERE NOT a.attisdropped AND a.attnum > 0 AND t.oid IN ({types})
  AND (a.attinhcount = 0 OR d.oid IS NOT NULL)
ORDER BY 1, 2, a.attnum
"""

_TYPE = (
    "SELECT t.oid::bigint, t.typarray::bigint FROM pg_type t WHERE t.oid = CAST(:name AS regtype) AND t.typtype = 'e'"
)

_KEPT = """
SELECT obj_description(t.oid, 'pg_type'),
  t.typowner::regrole::text <> quote_ident(current_user), pg_get_userbyid(t.typowner), t.typacl IS NULL
FROM pg_type t WHERE t.oid = CAST(:type AS oid)
"""

_GRANTS = """
SELECT a.grantee = 0, pg_get_userbyid(a.grantee), bool_or(a.is_grantable)
FROM pg_type t, aclexplode(t.typacl) a
WHERE t.oid = CAST(:type AS oid) AND a.grantee <> t.typowner GROUP BY 1, 2 ORDER BY 2
"""

_NAMES = """
SELECT o.typname FROM pg_type t JOIN pg_type o ON o.typnamespace = t.typnamespace WHERE t.oid = CAST(:type AS oid)
"""


def looked_up(
    connection: Connection,
    words: Words,
    name: str,
    schema: str | None,
    values: tuple[str, ...],
    mapping: Mapping[str, str],
) -> Replacement:
    """The type as it is in the database, with all columns that have it."""
    row = connection.execute(sa.text(_TYPE), {"name": words.name(name, schema)}).first()
    if row is None:
        raise CommandError(f"there is no enum type {words.name(name, schema)}")
    oid, array = row
    types = [oid, array, *(type_ for type_ in around(connection, oid) if type_ not in (oid, array))]
    found = ask(connection, _USES.format(type_=oid, types=listed(types)))
    uses = [
        _array_default_mapped(connection, words, Use(t, c, s, d, bool(a), wrapped, inherited), mapping)
        for s, t, c, a, d, wrapped, inherited in found
    ]
    taken = list(connection.scalars(sa.text(_NAMES), {"type": oid}))
    return Replacement(
        name,
        schema,
        values,
        mapping,
        aside(name, taken),
        tuple(uses),
        kept_of(connection, oid),
        tuple((wrapper, kept_of(connection, wrapper.oid)) for wrapper in wrappers(connection, types)),
        tuple(types),
    )


def kept_of(connection: Connection, type_: int) -> Kept:
    comment, foreign, owner, default_rights = connection.execute(sa.text(_KEPT), {"type": type_}).one()
    grants = list(connection.execute(sa.text(_GRANTS), {"type": type_}))
    return Kept(
        comment,
        owner if foreign else None,
        default_rights or any(public for public, _, _ in grants),
        tuple((role, bool(grantable)) for public, role, grantable in grants if not public),
    )


def _array_default_mapped(connection: Connection, words: Words, use: Use, mapping: Mapping[str, str]) -> Use:
    """The use, with the labels in an array's default exchanged; the server knows how an array is written."""
    if not (use.array and use.default and mapping and label_of(use.default) is not None):
        return use
    labels = f"({use.default})::text[]"
    for old, new in mapping.items():
        labels = f"array_replace({labels}, {words.literal(old)}, {words.literal(new)})"
    ((mapped,),) = ask(connection, f"SELECT {labels}::text")
    ending = use.default[_LABEL.match(use.default).end() :]  # type: ignore[union-attr]
    return replace(use, default=words.literal(str(mapped)) + ending)


# https://www.postgresql.org/docs/current/catalog-pg-depend.html. The columns and their defaults are moved along.
_HOLDERS = """
SELECT 'the partition key of ' || c.oid::regclass
FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attnum = ANY (p.partattrs) AND t.oid IN ({types})
UNION
SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
FROM pg_depend d LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN ({types}) AND d.deptype = 'n'
  AND d.classid <> 'pg_attrdef'::regclass AND NOT COALESCE(c.relkind IN ('r', 'p', 'c'), FALSE)
  AND NOT (d.classid = 'pg_type'::regclass AND d.objid IN ({types}))
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = d.classid AND i.objid = d.objid AND i.deptype = 'i'
                    AND i.refclassid = 'pg_type'::regclass AND i.refobjid IN ({types}))
ORDER BY 1
"""


def refuse_held(connection: Connection, words: Words, r: Replacement) -> None:
    """Refuse what keeps the old type where it is: a partition key, a function, a type that has it inside."""
    found = [holder for (holder,) in ask(connection, _HOLDERS.format(types=listed(r.types)))]
    found += holders(connection, r.types[2:])
    if found:
        raise CommandError(
            f"enum {r.name!r} cannot be made anew with other labels: {', '.join(found)} depends on it",
            help="drop that before in the script, and make it again after",
        )
    inside = next((use for use in r.uses if use.wrapped), None)
    if r.mapping and inside is not None:
        raise CommandError(
            f"{inside.table}.{inside.column} is {inside.wrapped}, inside of which no label of enum {r.name!r} can be mapped",
            help="change those rows first",
        )


def refuse_lost_labels(connection: Connection, words: Words, r: Replacement) -> None:
    """Refuse labels, in rows and defaults, that the new type does not have."""
    known = [*r.values, *r.mapping]
    for use in (use for use in r.uses if not use.wrapped):
        label = None if use.default is None or use.array else label_of(use.default)
        if label is not None and label not in known:
            raise CommandError(
                f"{use.table}.{use.column} has the default {label!r}, which enum {r.name!r} loses",
                help="change the default first, or map the label to another one",
            )
        if not use.is_inherited and (lost := _lost_labels(connection, words, use, known)):
            raise RowsInTheWay(
                f"{use.table}.{use.column} has rows with {', '.join(map(repr, lost))}, which enum {r.name!r} loses",
                help="change those rows first, or map the labels to others",
            )


def _lost_labels(connection: Connection, words: Words, use: Use, known: Sequence[str]) -> list[str]:
    column = words.column(use.column)
    value = f"unnest({column})::text" if use.array else f"{column}::text"
    labels = ", ".join(words.literal(label) for label in known)
    sql = (
        f"SELECT DISTINCT v FROM (SELECT {value} AS v FROM {words.name(use.table, use.schema)}) AS found "
        f"WHERE v <> ALL (ARRAY[{labels}]::text[]) ORDER BY v"
    )
    return [str(label) for (label,) in ask(connection, sql)]
