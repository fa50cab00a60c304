"""The statements that make and alter a domain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autodiff.ddl.base import instance_of
from autodiff.dialects.postgresql.enums import Words
from autodiff.operations.signature import NOT_GIVEN


def creation(
    words: Words,
    name: str,
    type_: Any,
    schema: str | None,
    *,
    collation: str | None = None,
    default: str | None = None,
    not_null: bool = False,
    not_null_name: str | None = None,
    checks: Mapping[str, str] | None = None,
    comment: str | None = None,
) -> Iterator[str]:
    """https://www.postgresql.org/docs/current/sql-createdomain.html"""
    domain = words.name(name, schema)
    parts = [f"CREATE DOMAIN {domain} AS {type_text(words, type_)}"]
    if collation is not None:
        parts.append(f"COLLATE {collation if '.' in collation else words.column(collation)}")
    if default is not None:
        parts.append(f"DEFAULT {default}")
    if not_null:
        parts.append(not_null_clause(words, not_null_name))
    parts += [check_clause(words, check, condition) for check, condition in (checks or {}).items()]
    yield " ".join(parts)
    if comment is not None:
        yield f"COMMENT ON DOMAIN {domain} IS {words.literal(comment)}"


def alterations(
    words: Words,
    name: str,
    schema: str | None,
    *,
    default: Any = NOT_GIVEN,
    not_null: bool | None = None,
    not_null_name: str | None = None,
    drop_checks: Sequence[str] = (),
    add_checks: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """https://www.postgresql.org/docs/current/sql-alterdomain.html"""
    start = f"ALTER DOMAIN {words.name(name, schema)}"
    yield from (f"{start} DROP CONSTRAINT {words.column(check)}" for check in drop_checks)
    if default is None:
        yield f"{start} DROP DEFAULT"
    elif default is not NOT_GIVEN:
        yield f"{start} SET DEFAULT {default}"
    if not_null and not_null_name is not None:
        yield f"{start} ADD {not_null_clause(words, not_null_name)}"
    elif not_null is not None:
        yield f"{start} {'SET' if not_null else 'DROP'} NOT NULL"
    yield from (f"{start} ADD {check_clause(words, check, text)}" for check, text in (add_checks or {}).items())


def not_null_clause(words: Words, name: str | None) -> str:
    return "NOT NULL" if name is None else f"CONSTRAINT {words.column(name)} NOT NULL"


def check_clause(words: Words, name: str, condition: str) -> str:
    return f"CONSTRAINT {words.column(name)} CHECK ({condition})"


def type_text(words: Words, type_: Any) -> str:
    made = instance_of(type_)
    return made if isinstance(made, str) else str(made.compile(dialect=words.dialect))
