"""Options of tables: those of MySQL that temporary tables refuse in one form of many, and the clauses that change options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from autodiff.dialects.mysql.lexer import STRING, literal, quoted

# https://dev.mysql.com/doc/refman/9.4/en/create-table.html#create-table-options: what a table has that names none.
OWN_TABLESPACE = "innodb_file_per_table"
_LITERAL = re.compile(STRING, re.S)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def compression(value: str) -> str | None:
    # With its quotes: SQLAlchemy writes the value as it stands.
    return None if value.lower() in ("", "none") else literal(value.lower())


def encryption(value: str) -> str | None:
    return None if value.upper() == "N" else literal(value.upper())


def tablespace(value: str) -> str | None:
    plain = re.fullmatch(r"\w+", value)
    return None if value == OWN_TABLESPACE else value if plain else quoted(value)


def autoextend_size(value: str) -> str | None:
    match = re.fullmatch(r"(\d+)([KMGT]?)", value, re.I)
    size = value if match is None else str(int(match[1]) << _UNITS[match[2].upper()])
    return None if size == "0" else size


#: Options that temporary tables of MySQL refuse: the one form of what may be written in many, None for what goes without saying.
REFUSED = {
    "COMPRESSION": compression,
    "ENCRYPTION": encryption,
    "TABLESPACE": tablespace,
    "AUTOEXTEND_SIZE": autoextend_size,
}


def in_one_form(name: str, written: str) -> str | None:
    """:param name: one of `REFUSED`. :param written: its value, in quotes or without."""
    return REFUSED[name](written[1:-1] if written[:1] in ("'", '"', "`") else written)


#: Options whose value is a text.
_TEXTS = frozenset(
    {"COMMENT", "CONNECTION", "DATA DIRECTORY", "INDEX DIRECTORY", "ENCRYPTION", "PASSWORD", "COMPRESSION"}
)
#: Options of more than one word; the names of all others have underscores in SQL, too.
_SPACED = frozenset(
    {
        "DATA_DIRECTORY",
        "INDEX_DIRECTORY",
        "CHARACTER_SET",
        "DEFAULT_CHARSET",
        "DEFAULT_CHARACTER_SET",
        "DEFAULT_COLLATE",
    }
)
#: What takes an option away that has no DEFAULT: https://mariadb.com/kb/en/create-table/#table-options
_UNSET = {
    **dict.fromkeys(("KEY_BLOCK_SIZE", "AVG_ROW_LENGTH", "MAX_ROWS", "MIN_ROWS", "CHECKSUM", "DELAY_KEY_WRITE"), "0"),
    **dict.fromkeys(("CONNECTION", "COMPRESSION", "PASSWORD"), "''"),
    "INSERT_METHOD": "NO",
    "ENCRYPTION": "'N'",
    "AUTOEXTEND_SIZE": "0",
    "TABLESPACE": OWN_TABLESPACE,
}
#: What every table has, said or not, and what ALTER TABLE cannot change.
_ALWAYS_THERE = frozenset(
    {"ENGINE", "DEFAULT CHARACTER SET", "DEFAULT COLLATE", "DATA DIRECTORY", "INDEX DIRECTORY", "UNION"}
)
_CHARSETS = ("CHARSET", "CHARACTER SET", "DEFAULT CHARSET", "DEFAULT CHARACTER SET")


def table_clauses(options: Mapping[str, Any], *, is_mariadb: bool) -> Iterator[str]:
    """The clauses of ALTER TABLE that change the options: ``ENGINE=InnoDB``, ``ROW_FORMAT=DYNAMIC`` …

    The character set is the default for columns to come; those that are there keep theirs.
    """
    for name, value in options.items():
        room, _, option = name.partition("_")
        if room not in ("mysql", "mariadb") or (room == "mariadb" and not is_mariadb):
            continue
        word = option.upper()
        word = word.replace("_", " ") if word in _SPACED else word
        if word in _CHARSETS:
            word = "DEFAULT CHARACTER SET"
        elif word in ("COLLATE", "DEFAULT COLLATE"):
            word = "DEFAULT COLLATE"
        if word == "PARTITION_BY":
            yield "REMOVE PARTITIONING" if value is None else f"PARTITION BY {value}"
            continue
        if value is None:
            if word not in _ALWAYS_THERE:
                yield f"{word}={_UNSET.get(word, 'DEFAULT')}"
            continue
        is_text = word in _TEXTS and not _LITERAL.fullmatch(str(value))
        yield f"{word}={literal(str(value)) if is_text else value}"
