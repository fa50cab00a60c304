"""Defaults in MySQL's and MariaDB's DDL: how they are spelled, and which statements take them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from autodiff.ddl.base import format_server_default
from autodiff.dialects.mysql.lexer import STRING, bare


def without_spelling(text: str | None) -> str | Decimal | None:
    """A default without what MySQL and SQLAlchemy write differently: parentheses, the quotes of a number, case."""
    if text is None:
        return None
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    unquoted = text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text
    try:
        return Decimal(unquoted)
    except InvalidOperation:
        return text if unquoted is not text else _TIME.sub("current_timestamp", text.lower())


_TIME = re.compile(r"\b(?:now\(\)|(?:current_timestamp|localtime|localtimestamp)\b(?:\(\))?)")


def default_text(compiler: Any, default: Any) -> str:
    """The default, in parentheses where MySQL wants them around an expression."""
    text = format_server_default(compiler, default)
    wrapped = getattr(compiler.dialect, "_support_default_function", False) and not compiler.dialect.is_mariadb
    return in_parentheses(text) if wrapped and not _NOW.match(text) else text


# What says the time stands alone, in the words of hand-written scripts: DEFAULT now().
_NOW = re.compile(r"(?:now|current_timestamp|localtime\w*)\b", re.I)


def in_parentheses(text: str) -> str:
    """A default as SQLAlchemy's own CREATE TABLE writes it for MySQL."""
    plain = re.match(r"\s*['\"(]", text) or re.search(r"\bON UPDATE\b", text, re.I) or not re.search(r"\W", text)
    if plain or re.match(r"(?:now|current_timestamp)\(\d+\)", text, re.I):
        return text
    return f"({text})"


_PLAIN = re.compile(r"""\s*(?: '(?:[^']|'')*' | [-+]?[\d.]+ | NULL | TRUE | FALSE | \(.*\) )\s*$""", re.I | re.X | re.S)
# One literal: a number, a word, strings with what introduces them.
_LITERAL = re.compile(rf"\+?[\w.]+|(?:\w+\s*)?{STRING}(?:\s*{STRING})*", re.S)


def wants_whole_definition(default: Any, existing_type: Any, *, is_mariadb: bool) -> bool:
    """Is it a default such as `now() ON UPDATE now()`, which SET DEFAULT does not take everywhere?

    MySQL 9.7 takes the literal out of `SET DEFAULT (2.50)`, so that it is no expression any more, and is refused where
    only one may stand (1101).
    """
    text = getattr(getattr(default, "arg", default), "text", None)
    if default is None or isinstance(default, str):
        return False
    if text is None or existing_type is None or updates_itself(default):
        return existing_type is not None
    written = text.strip() if is_mariadb or _NOW.match(text) else in_parentheses(text).strip()
    lost = not is_mariadb and written.startswith("(") and _LITERAL.fullmatch(bare(written))
    return bool(lost or not _PLAIN.match(written))


def updates_itself(default: Any) -> bool:
    """Does the default say ON UPDATE, which SET DEFAULT and DROP DEFAULT leave where it is?"""
    text = getattr(getattr(default, "arg", default), "text", None)
    return text is not None and re.search(r"\bON UPDATE\b", text, re.I) is not None


# https://dev.mysql.com/doc/refman/9.4/en/data-type-defaults.html: "The BLOB, TEXT, GEOMETRY, and JSON data types cannot be
# assigned a literal default value", and NULL is one to SET DEFAULT (1101).
_SPATIAL = r"\w*(?:geometry|point|linestring|polygon|collection)\b"
_WITHOUT_LITERALS = re.compile(rf"{_SPATIAL}|\w*(?:text|blob)\b|json\b", re.I)


def takes_no_literal(type_: str) -> bool:
    """Is it a type that MySQL gives defaults by expression only?"""
    return _WITHOUT_LITERALS.match(type_) is not None


# https://dev.mysql.com/doc/refman/9.4/en/replication-rbr-safe-unsafe.html: ADD COLUMN refuses a default that says one (1674).
_VARYING = re.compile(
    r"\b(?:uuid|uuid_short|rand|random_bytes|sysdate|user|session_user|system_user)\s*\(|\bcurrent_user\b", re.I
)


def comes_without_default(type_: str, default: str, nullable: bool) -> bool:
    """Does ADD COLUMN refuse the default on MySQL where the table has rows, though CREATE TABLE and MODIFY take it?

    One that would be another on each server of a replication, and any of a spatial column that is NOT NULL (1138).
    """
    is_spatial = re.match(_SPATIAL, type_, re.I) is not None
    return _VARYING.search(default) is not None or (is_spatial and not nullable)
