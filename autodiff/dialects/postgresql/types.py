"""Printed types as SQLAlchemy types that compile to exactly the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.types import TypeEngine

from autodiff.dialects.postgresql.words import qualified
from autodiff.kinds import ColumnState, DomainState, EnumState, PrimaryKeyState
from autodiff.operations.literal import DatabaseType
from autodiff.state import Key, Snapshot

# A printed type without its array brackets: words, then arguments, then more words (``timestamp(3) with time zone``).
PRINTED = re.compile(r"(?P<name>[a-z][a-z0-9 ]*?)(?: ?\((?P<arguments>[-\d, ]+)\))?(?P<rest> [a-z ]+)?")

PLAIN: Mapping[str, Callable[[], TypeEngine[Any]]] = {
    "integer": sa.Integer,
    "bigint": sa.BigInteger,
    "smallint": sa.SmallInteger,
    "boolean": sa.Boolean,
    "text": sa.Text,
    "date": sa.Date,
    "real": sa.REAL,
    "double precision": sa.Double,
    "numeric": sa.Numeric,
    "character varying": sa.String,
    "interval": sa.Interval,
    "uuid": sa.Uuid,
    "json": sa.JSON,
    "bytea": sa.LargeBinary,
    "timestamp without time zone": sa.DateTime,
    "timestamp with time zone": lambda: sa.DateTime(timezone=True),
    "time without time zone": sa.Time,
    "time with time zone": lambda: sa.Time(timezone=True),
    "bit varying": lambda: pg.BIT(varying=True),
    "jsonb": pg.JSONB,
    "inet": pg.INET,
    "cidr": pg.CIDR,
    "macaddr": pg.MACADDR,
    "macaddr8": pg.MACADDR8,
    "money": pg.MONEY,
    "oid": pg.OID,
    "regclass": pg.REGCLASS,
    "regconfig": pg.REGCONFIG,
    "tsvector": pg.TSVECTOR,
    "tsquery": pg.TSQUERY,
    "jsonpath": pg.JSONPATH,
    "int4range": pg.INT4RANGE,
    "int8range": pg.INT8RANGE,
    "numrange": pg.NUMRANGE,
    "daterange": pg.DATERANGE,
    "tsrange": pg.TSRANGE,
    "tstzrange": pg.TSTZRANGE,
    "int4multirange": pg.INT4MULTIRANGE,
    "int8multirange": pg.INT8MULTIRANGE,
    "nummultirange": pg.NUMMULTIRANGE,
    "datemultirange": pg.DATEMULTIRANGE,
    "tsmultirange": pg.TSMULTIRANGE,
    "tstzmultirange": pg.TSTZMULTIRANGE,
}
WITH_ARGUMENTS: Mapping[str, Callable[..., TypeEngine[Any]]] = {
    "character varying": sa.String,
    "character": sa.CHAR,
    "numeric": sa.Numeric,
    "bit": pg.BIT,
    "bit varying": lambda length: pg.BIT(length, varying=True),
    "timestamp without time zone": lambda precision: pg.TIMESTAMP(precision=precision),
    "timestamp with time zone": lambda precision: pg.TIMESTAMP(timezone=True, precision=precision),
    "time without time zone": lambda precision: pg.TIME(precision=precision),
    "time with time zone": lambda precision: pg.TIME(timezone=True, precision=precision),
    "interval": lambda precision: pg.INTERVAL(precision=precision),
}
EXTENSIONS: Mapping[str, Callable[[], TypeEngine[Any]]] = {"hstore": pg.HSTORE, "citext": pg.CITEXT}
SERIALS = {"integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}
COLLATED = (sa.String, sa.Text)


def type_from(column: ColumnState, snapshot: Snapshot) -> TypeEngine[Any]:
    """The type of a column that was read from the database."""
    printed = str(column.type.canonical)
    if column.autoincrement and not in_primary_key(column, snapshot):
        # SQLAlchemy writes SERIAL for a primary key only.
        return DatabaseType(SERIALS[printed], affinity=PLAIN[printed]())
    found = known_type(printed, snapshot)
    if column.collation is None:
        return found if found is not None else DatabaseType(column.type.text)
    if isinstance(found, COLLATED) and "." not in column.collation:
        found.collation = column.collation
        return found
    schema, _, name = column.collation.rpartition(".")
    collation = f"{schema}.{name}" if schema else f'"{column.collation}"'
    return DatabaseType(f"{column.type.text} COLLATE {collation}")


def in_primary_key(column: ColumnState, snapshot: Snapshot) -> bool:
    key = snapshot.get(Key("primary_key", column.key.schema, column.key.table))
    return isinstance(key, PrimaryKeyState) and column.key.name in key.columns


def known_type(printed: str, snapshot: Snapshot) -> TypeEngine[Any] | None:
    """The SQLAlchemy type of a printed one; None where there is none that says exactly this."""
    if printed.endswith("[]"):
        item = known_type(printed[:-2], snapshot)
        return None if item is None or isinstance(item, sa.ARRAY) else sa.ARRAY(item)
    return builtin_type(printed) or extension_type(printed, snapshot) or named_type(printed, snapshot)


def builtin_type(printed: str) -> TypeEngine[Any] | None:
    if printed.startswith("interval "):
        return interval(printed)
    match = PRINTED.fullmatch(printed)
    if match is None:
        return None
    name = match["name"] + (match["rest"] or "")
    if match["arguments"] is None:
        return PLAIN[name]() if name in PLAIN else None
    arguments = [int(argument) for argument in match["arguments"].split(",")]
    return WITH_ARGUMENTS[name](*arguments) if name in WITH_ARGUMENTS else None


def interval(printed: str) -> TypeEngine[Any] | None:
    """``interval day to second(3)``"""
    match = re.fullmatch(r"interval ([a-z ]+)(?:\((\d+)\))?", printed)
    return match and pg.INTERVAL(fields=match[1], precision=int(match[2]) if match[2] else None)


def extension_type(printed: str, snapshot: Snapshot) -> TypeEngine[Any] | None:
    """A type of an extension that SQLAlchemy knows, if its bare name means it here."""
    schema, _, name = printed.rpartition(".")
    made = EXTENSIONS.get(name)
    return made() if made is not None and schema == (snapshot.server.default_schema or "public") else None


def named_type(printed: str, snapshot: Snapshot) -> TypeEngine[Any] | None:
    """An enum or a domain."""
    return (enum_type(printed, snapshot) or domain_type(printed, snapshot)) if "." in printed else None


def domain_type(printed: str, snapshot: Snapshot) -> TypeEngine[Any] | None:
    default_schema = snapshot.server.default_schema or "public"
    for domain in snapshot.of_class(DomainState):
        if printed == qualified(domain.key.schema or default_schema, str(domain.key.name)):
            base = known_type(str(domain.type.canonical), snapshot)
            return base and pg.DOMAIN(str(domain.key.name), base, schema=domain.key.schema, create_type=False)
    return None


def enum_type(printed: str, snapshot: Snapshot) -> TypeEngine[Any] | None:
    default_schema = snapshot.server.default_schema or "public"
    for enum in snapshot.of_class(EnumState):
        if printed == qualified(enum.key.schema or default_schema, str(enum.key.name)):
            if not enum.labels:
                return None
            return pg.ENUM(*enum.labels, name=str(enum.key.name), schema=enum.key.schema, create_type=False)
    return None
