"""What SHOW CREATE TABLE prints, taken apart: columns, keys, checks, foreign keys, options.

MariaDB and MySQL print with sql_mode '' and sql_quote_show_create 1 (see `session`). A definition that stands in many
tables is taken apart once: `Definitions` remembers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from autodiff.dialects.mysql.lexer import (
    NAME,
    STRING,
    bare,
    end_of_group,
    end_of_value,
    lines,
    name_of,
    split_list,
    string_of,
)
from autodiff.dialects.mysql.table_options import REFUSED, in_one_form

TEXTUAL = frozenset(["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"])


@dataclass(frozen=True)
class Definition:
    """A column without its name.

    :param type: the type as printed, without charset and collation, with the words that belong to nothing else
        (``INVISIBLE``, ``COMPRESSED``, ``WITHOUT SYSTEM VERSIONING``).
    :param default: the text after DEFAULT, with ``ON UPDATE …``; None for none and for ``DEFAULT NULL``.
    :param check: the condition of a check that stands in the column (MariaDB).
    """

    type: str
    charset: str | None = None
    collation: str | None = None
    nullable: bool = True
    default: str | None = None
    computed: str | None = None
    stored: bool = False
    autoincrement: bool = False
    comment: str | None = None
    check: str | None = None

    @cached_property
    def base(self) -> str:
        """The type's first word."""
        return re.split(r"[ (]", self.type, maxsplit=1)[0]

    @cached_property
    def names_nothing(self) -> bool:
        """No other column, and no sequence, stands in it."""
        return self.computed is None and (self.default is None or "`" not in self.default)


class Column(NamedTuple):
    name: str
    definition: Definition


@dataclass(frozen=True)
class Part:
    """One part of a key: a column (with its length and direction), or an expression (MySQL)."""

    column: str | None
    text: str

    @property
    def plain(self) -> bool:
        return self.column is not None and self.text.endswith("`")


@dataclass(frozen=True)
class Index:
    """:param family: ``""``, ``"UNIQUE"``, ``"FULLTEXT"``, ``"SPATIAL"`` or ``"VECTOR"``."""

    name: str
    family: str
    parts: tuple[Part, ...]
    comment: str | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> bool:
        """Nothing but columns."""
        return not self.options and self.comment is None and all(part.plain for part in self.parts)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(part.column or "" for part in self.parts)


@dataclass(frozen=True)
class Check:
    """:param column: the column that the check stands in; such a check has no name."""

    name: str | None
    condition: str
    enforced: bool = True
    column: str | None = None


@dataclass(frozen=True)
class ForeignKey:
    name: str
    columns: tuple[str, ...]
    schema: str | None
    table: str
    referred: tuple[str, ...]
    ondelete: str | None = None
    onupdate: str | None = None


@dataclass(frozen=True)
class TableText:
    """A table as printed."""

    columns: tuple[Column, ...]
    primary_key: Index | None = None
    indexes: tuple[Index, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    other: tuple[str, ...] = field(default=())

    @cached_property
    def row_times(self) -> tuple[str, ...]:
        """The columns in which the server keeps from when to when a row was so, if they have names."""
        match = next((match for line in self.other if (match := _SYSTEM_TIME.fullmatch(line))), None)
        return () if match is None else (name_of(match[1]), name_of(match[2]))

    def option(self, name: str) -> str | None:
        return dict(self.options).get(name)

    @property
    def collation(self) -> str | None:
        return self.option("mysql_collate")


_COLUMN = re.compile(rf"({NAME}) (.*)", re.S)
_TYPE = re.compile(rf"\w+(?: precision| varying)?(?:\((?:[^()'`]|{STRING})*\))?(?: unsigned| zerofill| signed)*", re.S)
_ATTRIBUTE = re.compile(
    rf"""\ *(?:
      CHARACTER\ SET\ (?P<charset>\w+) | COLLATE\ (?P<collation>\w+)
    | (?P<computed>(?:GENERATED\ ALWAYS\ )?AS)\ (?=\()
    | (?P<kept>VIRTUAL|STORED|PERSISTENT)
    | (?P<not_null>NOT\ NULL) | (?P<null>NULL)
    | (?P<default>DEFAULT)\  | (?P<on_update>ON\ UPDATE)\ | (?P<autoincrement>AUTO_INCREMENT)
    | COMMENT\ (?P<comment>{STRING})
    | (?P<check>CHECK)\ (?=\()
    | (?P<word>WITHOUT\ SYSTEM\ VERSIONING|/\*M?!\d+\ .*?\*/|(?:COLUMN_FORMAT|STORAGE)\ \w+|\S+)
    )""",
    re.S | re.X,
)
_INDEX = re.compile(rf"(?:(UNIQUE|FULLTEXT|SPATIAL|VECTOR) )?KEY ({NAME}) (?=\()", re.S)
# Keys that stand in a class of their own: they serve neither equality nor foreign keys, and temporary tables refuse them.
SPECIAL = frozenset({"FULLTEXT", "SPATIAL", "VECTOR"})
# https://mariadb.com/kb/en/application-time-periods/#without-overlaps: the last part of a key, which is no column.
_WITHOUT_OVERLAPS = re.compile(rf"{NAME} WITHOUT OVERLAPS", re.S)
OF_PERIOD = "mysql_index_period"


def key_parts(parts: Iterable[str], options: Iterable[tuple[str, str]]) -> str:
    """The parts of a key in DDL, in brackets: the period of a key over time stands behind its columns."""
    return f"({', '.join([*parts, *(value for name, value in options if name == OF_PERIOD)])})"


# https://mariadb.com/kb/en/system-versioned-tables/#creating-a-system-versioned-table
_SYSTEM_TIME = re.compile(rf"PERIOD FOR SYSTEM_TIME \(({NAME}), ({NAME})\)", re.S)
_PART = re.compile(rf"({NAME})(\(\d+\))?( ASC| DESC)?", re.S)
_INDEX_OPTION = re.compile(
    rf"""\ *(?:USING\ (?P<using>\w+) | COMMENT\ (?P<comment>{STRING}) | KEY_BLOCK_SIZE=(?P<key_block_size>\d+)
    | (?:/\*M?!\d+\ )?WITH\ PARSER\ (?P<with_parser>{NAME}|\w+)(?:\ \*/)?
    | (?P<ignored>IGNORED) | (?:/\*M?!\d+\ )?(?P<invisible>INVISIBLE)(?:\ \*/)? | (?P<other>{NAME}=\S+|\S+))""",
    re.S | re.X,
)
_CONSTRAINT = re.compile(rf"CONSTRAINT ({NAME}) (.*)", re.S)
_FOREIGN_KEY = re.compile(
    rf"FOREIGN KEY (\((?:{NAME}|[^`)])*\)) REFERENCES (?:({NAME})\.)?({NAME}) (\((?:{NAME}|[^`)])*\))"
    r"(?: ON DELETE (CASCADE|SET NULL|RESTRICT|NO ACTION|SET DEFAULT))?"
    r"(?: ON UPDATE (CASCADE|SET NULL|RESTRICT|NO ACTION|SET DEFAULT))?",
    re.S,
)
_NOT_ENFORCED = re.compile(r" (?:/\*!80016 )?NOT ENFORCED(?: \*/)?$")
_OPTION = re.compile(rf" *({NAME}|[A-Z_]+(?: [A-Z_]+)*)=({STRING}|{NAME}|\([^)]*\)|[^ ]+)|\ *(\S+)", re.S)


def _items(text: str) -> tuple[list[str], str]:
    """The lines between the parentheses, and what stands behind these."""
    items: list[str] = []
    printed = iter(lines(text))
    next(printed)
    for line in printed:
        if line.startswith(")"):
            return items, "\n".join((line[1:], *printed))
        items.append(line[2:-1] if line.endswith(",") else line[2:])
    return items, ""


class Definitions:
    """Takes printed tables apart; remembers the definitions of columns, of keys and of options that it has seen."""

    def __init__(self) -> None:
        self._columns: dict[str, Definition] = {}
        self._keys: dict[str, Index] = {}
        self._tails: dict[str, tuple[str | None, tuple[tuple[str, str], ...]]] = {}

    def table(self, text: str) -> TableText:
        """:param text: what SHOW CREATE TABLE printed, for a temporary table or a permanent one."""
        items, tail = _items(text)
        found: defaultdict[type, list[Any]] = defaultdict(list)
        for item in items:
            part = self._item(item)
            found[type(part)].append(part)
        columns, indexes = found[Column], found[Index]
        primary_key = indexes.pop(0) if indexes and indexes[0].name == "PRIMARY" else None
        if primary_key is not None and primary_key.columns == ("my_row_id",) and columns[0] == _GENERATED_KEY:
            del columns[0]
            primary_key = None
        in_columns = [Check(None, c.definition.check, column=c.name) for c in columns if c.definition.check is not None]
        if tail not in self._tails:
            self._tails[tail] = _options(tail)
        comment, options = self._tails[tail]
        return without_row_end(
            TableText(
                columns=tuple(columns),
                primary_key=primary_key,
                indexes=tuple(indexes),
                checks=(*in_columns, *found[Check]),
                foreign_keys=tuple(found[ForeignKey]),
                comment=comment,
                options=options,
                other=tuple(found[str]),
            )
        )

    def _item(self, text: str) -> Column | Index | Check | ForeignKey | str:
        """One line between the parentheses; as it stands if it is nothing that we know."""
        if text.startswith("`"):
            return self._column(text)
        if text.startswith("PRIMARY KEY"):
            return self._index("PRIMARY", "", text[len("PRIMARY KEY ") :])
        if match := _INDEX.match(text):
            return self._index(name_of(match[2]), match[1] or "", text[match.end() :])
        if match := _CONSTRAINT.fullmatch(text):
            return _constraint(match[1], match[2]) or text
        return text

    def _index(self, name: str, family: str, text: str) -> Index:
        key = self._keys.get(text)
        if key is None:
            key = self._keys[text] = _key(text)
        return Index(name, family, key.parts, key.comment, key.options)

    def _column(self, item: str) -> Column:
        match = _COLUMN.fullmatch(item)
        assert match is not None, item
        name, words = name_of(match[1]), match[2]
        seen = item if "json_valid(" in words else words  # whether it is JSON depends on its name
        definition = self._columns.get(seen)
        if definition is None:
            definition = _definition(words)
            if _is_json(name, definition):
                definition = replace(definition, type="json", check=None, collation=None)
            self._columns[seen] = definition
        return Column(name, definition)


def without_row_end(text: TableText) -> TableText:
    """A table without the end of a row's time in its keys, which the server puts behind each that is unique."""
    if not text.row_times:
        return text
    end = text.row_times[1]
    key = text.primary_key
    return replace(
        text,
        primary_key=None if key is None else _without_part(key, end),
        indexes=tuple(_without_part(index, end) if index.family == "UNIQUE" else index for index in text.indexes),
    )


def _without_part(key: Index, column: str) -> Index:
    return replace(key, parts=key.parts[:-1]) if len(key.parts) > 1 and key.columns[-1] == column else key


# What MySQL adds to a table without a primary key, if it is told to (sql_generate_invisible_primary_key):
# https://dev.mysql.com/doc/refman/9.4/en/create-table-gipks.html
_GENERATED_KEY = Column("my_row_id", Definition("bigint unsigned INVISIBLE", nullable=False, autoincrement=True))


def _is_json(name: str, definition: Definition) -> bool:
    """MariaDB's JSON is a longtext with a check: https://mariadb.com/kb/en/json-data-type/."""
    return (
        definition.type == "longtext"
        and definition.collation == "utf8mb4_bin"
        and definition.check == f"json_valid(`{name.replace('`', '``')}`)"
    )


def _definition(text: str) -> Definition:
    match = _TYPE.match(text)
    assert match is not None, text
    words, place = [match[0]], match.end()
    found: dict[str, str] = {}
    while place < len(text) and (match := _ATTRIBUTE.match(text, place)) and match.lastgroup:
        attribute, place = match.lastgroup, match.end()
        if attribute in ("computed", "check"):
            end = end_of_group(text, place)
            found[attribute], place = bare(text[place:end]), end
        elif attribute in ("default", "on_update"):
            end = end_of_value(text, place)
            found[attribute], place = text[place:end], end
        elif attribute == "word":
            words.append(re.sub(r"^/\*M?!\d+ (.*?) ?\*/$", r"\1", match[attribute], flags=re.S))
        else:
            found[attribute] = match[attribute]
    return Definition(
        type=" ".join(words),
        charset=found.get("charset"),
        collation=found.get("collation"),
        nullable="not_null" not in found,
        default=_default(found.get("default"), found.get("on_update")),
        computed=found.get("computed"),
        stored=found.get("kept") in ("STORED", "PERSISTENT"),
        autoincrement="autoincrement" in found,
        comment=string_of(found["comment"]) if "comment" in found else None,
        check=found.get("check"),
    )


def _default(value: str | None, on_update: str | None) -> str | None:
    if on_update is not None:
        return f"{value or 'NULL'} ON UPDATE {on_update}"
    if value is not None and value.startswith("'"):
        return bytes_as_number(value)
    return None if value == "NULL" else value


def bytes_as_number(literal: str) -> str:
    """A literal of bytes that are no UTF-8 (they were read as surrogates) as a hexadecimal one; others as they are."""
    if literal.isascii() or not any("\udc80" <= character <= "\udcff" for character in literal):
        return literal
    return f"0x{string_of(literal).encode('utf-8', 'surrogateescape').hex()}"


def _key(text: str) -> Index:
    """What follows the name of a key: ``(`a`,`b`) USING HASH``."""
    end = end_of_group(text, 0)
    comment = None
    options: dict[str, str] = {}
    place = end
    while place < len(text) and (match := _INDEX_OPTION.match(text, place)) and match.lastgroup:
        place = match.end()
        if match.lastgroup == "comment":
            comment = string_of(match["comment"])
        elif match.lastgroup == "using":
            options["mysql_using"] = match["using"].lower()  # SQLAlchemy would quote capitals
        elif match.lastgroup == "with_parser":
            options["mysql_with_parser"] = match["with_parser"].strip("`")
        else:
            option = f"mysql_index_{match.lastgroup}"
            options[option] = f"{options.get(option, '')} {match[match.lastgroup]}".lstrip()
    members = split_list(text[:end])
    if _WITHOUT_OVERLAPS.fullmatch(members[-1]):
        options[OF_PERIOD] = members.pop()
    return Index("", "", tuple(map(_part, members)), comment or None, tuple(sorted(options.items())))


def _part(text: str) -> Part:
    match = _PART.fullmatch(text)
    if match is None:
        return Part(None, text)
    direction = "" if match[3] in (None, " ASC") else match[3]
    return Part(name_of(match[1]), f"{match[1]}{match[2] or ''}{direction}")


def _constraint(name: str, rest: str) -> ForeignKey | Check | None:
    match = _FOREIGN_KEY.fullmatch(rest)
    if match is not None:
        return ForeignKey(
            name_of(name),
            tuple(name_of(column) for column in split_list(match[1])),
            name_of(match[2]) if match[2] else None,
            name_of(match[3]),
            tuple(name_of(column) for column in split_list(match[4])),
            match[5],
            match[6],
        )
    if rest.startswith("CHECK ("):
        end = end_of_group(rest, len("CHECK "))
        enforced = _NOT_ENFORCED.search(rest, end) is None
        return Check(name_of(name), bare(rest[len("CHECK ") : end]), enforced)
    return None


_PARTITIONS = re.compile(r"\s*(?:/\*!\d+ )?\s*PARTITION BY (.*?)(?:\s*\*/)?\s*$", re.S)
_NOT_DEFINITION = ("AUTO_INCREMENT",)
# What MySQL prints for servers from a version on; InnoDB knows no STORAGE.
_VERSIONED = re.compile(
    rf"({STRING})|/\*!\d+ (?:TABLESPACE ({NAME})(?: STORAGE \w+)?|(\w+=(?:{STRING}|\w+))) \*/", re.S
)


def _unversioned(match: re.Match[str]) -> str:
    text, tablespace, option = match.groups()
    return f"TABLESPACE={tablespace}" if tablespace else str(text or option)


def _options(tail: str) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    options: dict[str, str] = {}
    comment = None
    end = len(tail)
    for place in (m.start() for m in re.finditer(r"\n", tail)):
        if match := _PARTITIONS.match(tail, place):
            options["mysql_partition_by"] = " ".join(match[1].split())
            end = place
            break
    tail, place, words = _VERSIONED.sub(_unversioned, tail[:end]), 0, []
    while place < len(tail) and (match := _OPTION.match(tail, place)):
        place = match.end()
        name, value, word = match.groups()
        if word is not None:
            words.append(word)
        elif name == "COMMENT":
            comment = string_of(value) or None
        elif name in REFUSED:
            if (said := in_one_form(name, value)) is not None:
                options[f"mysql_{name.lower()}"] = said
        elif name not in _NOT_DEFINITION:
            key = "mysql_" + name.strip("`").lower().replace(" ", "_")
            options[key] = string_of(value) if value.startswith("'") else value
    if words:
        options["mysql_with"] = " ".join(words)
    if "mysql_default_charset" not in options and "mysql_charset" in options:
        options["mysql_default_charset"] = options.pop("mysql_charset")
    return comment, tuple(sorted(options.items()))
