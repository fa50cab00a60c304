"""PostgreSQL's words: literals, identifiers, and the pieces of what the server prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.engine import Dialect

# A quoted identifier, a string, a dollar-quoted string, a word, or one other character.
TOKEN = re.compile(r"""[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d][\w$]*|\s+|.""", re.DOTALL)

LONGEST = 63  # bytes


def literal(text: str) -> str:
    """A string literal that means the same whatever `standard_conforming_strings` is."""
    quoted = text.replace("'", "''")
    return " E'" + quoted.replace("\\", "\\\\") + "'" if "\\" in text else f"'{quoted}'"


def literals(texts: Iterable[str]) -> str:
    return ", ".join(literal(text) for text in texts)


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def grant(privilege: str, on: str, role: str | None, is_grantable: bool) -> str:
    """The statement that gives a right on something.

    :param role: None for everybody.
    """
    to = "PUBLIC" if role is None else identifier(role)
    statement = f"GRANT {privilege} ON {on} TO {to}{' WITH GRANT OPTION' if is_grantable else ''}"
    return statement if role is None else where_role_is_there(statement)


def where_role_is_there(statement: str) -> str:
    """A statement that names a role: roles are the server's, and another server to which the script comes may lack it."""
    tag = "$if_the_role_is_there$"
    missing = "EXCEPTION WHEN undefined_object THEN RAISE NOTICE '%', SQLERRM"
    return f"DO {tag}BEGIN {statement}; {missing}; END{tag}"


def for_roles_that_are_there(start: str, roles: Sequence[str], rest: str) -> str:
    """A statement with a list of roles in it, made for those of them that the server has; nothing where it has none."""
    there = (
        f"(SELECT string_agg(quote_ident(rolname), ', ') FROM pg_catalog.pg_roles WHERE rolname IN ({literals(roles)}))"
    )
    nobody = f"RAISE NOTICE '%', {literal('no such role: ' + ', '.join(roles))}"
    made = f"EXECUTE {literal(start)} || there || {literal(rest)}"
    body = f"DECLARE there text := {there}; BEGIN IF there IS NULL THEN {nobody}; ELSE {made}; END IF; END"
    return f"DO $for_roles_that_are_there${body}$for_roles_that_are_there$"


def qualified(schema: str, name: str) -> str:
    """A name as the server prints it where its schema is not on the search path."""
    return f"{as_printed(schema)}.{as_printed(name)}"


def as_printed(name: str) -> str:
    """An identifier as `quote_ident` writes it (keywords aside: these come quoted from the server)."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_$]*", name) else identifier(name)


def split_dots(name: str) -> list[str]:
    """The parts of a dotted name, those in quotes kept whole."""
    return re.findall(r'"(?:[^"]|"")*"|[^."]+', name)


def unquoted(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def stored_by_default(dialect: Dialect) -> bool:
    """Does SQLAlchemy write STORED for a generated column of which the model does not say it?

    2.0 always does, 2.1 before PostgreSQL 18, with a warning that is for those who make the table.
    """
    return not getattr(dialect, "supports_virtual_generated_columns", False)


def tokens(text: str) -> Iterator[str]:
    return (match.group() for match in TOKEN.finditer(text))


def names_in(text: str) -> set[str]:
    """Every identifier that the text may mean: quoted ones as they are, others in lower case, each cut as the server does."""
    found = set()
    for token in tokens(text):
        if token[0] == '"':
            found.add(kept(unquoted(token)))
        elif token[0].isalpha() or token[0] == "_":
            found.add(kept(token.lower()))
    return found


def kept(name: str) -> str:
    """What the server keeps of a name (https://www.postgresql.org/docs/current/limits.html)."""
    return name if len(name) < 16 else name.encode()[:LONGEST].decode(errors="ignore")


def split_list(text: str) -> list[str]:
    """The parts of a list, split at commas outside of brackets and quotes."""
    parts, depth, part = [], 0, ""
    for token in tokens(text):
        if token == "," and depth == 0:
            parts.append(part.strip())
            part = ""
            continue
        depth += (token in "([") - (token in ")]") if len(token) == 1 else 0
        part += token
    return [*parts, part.strip()] if part.strip() else parts


def bracketed(text: str) -> tuple[str, str]:
    """What stands in the brackets that the text begins with, and what follows them."""
    depth, length = 0, 0
    for token in tokens(text):
        length += len(token)
        depth += (token == "(") - (token == ")")
        if depth == 0:
            return text[1 : length - 1], text[length:]
    raise ValueError(f"no closing bracket in {text!r}")
