"""Random tables of SQLite: a plan, its many spellings, and plans that differ from it in one point."""

from __future__ import annotations

import copy
import random
from typing import Any

from tests.dialects.sqlite.spelling import Writer

NAMES = ("a", "b", "Order", "check", 'q"uote', "two words", "größe", "x.y", "it's", "a`b", "col1")
TYPES = ("INTEGER", "TEXT", "VARCHAR(20)", "NUMERIC(8, 2)", "", "REAL", "BLOB", "BIG INT", "INT")
DEFAULTS = ("5", "-1", "'x'", "'it''s'", "NULL", "CURRENT_TIMESTAMP", "('a' || 'b')", "x'00'", "1.5", "TRUE")
ACTIONS = (None, "CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT")
CONFLICTS = (None, None, "FAIL", "IGNORE", "REPLACE")


def random_table(rng: random.Random) -> dict[str, Any]:
    names = rng.sample(NAMES, rng.randint(2, 6))
    columns = [random_column(rng, name) for name in names]
    strict = rng.random() < 0.15
    if strict:
        for column in columns:
            column["type"] = rng.choice(("INTEGER", "TEXT", "REAL", "BLOB", "ANY", "INT"))
    table = {"name": "t", "columns": columns, "checks": [], "uniques": [], "keys": [], "pk": None, "strict": strict}
    if rng.random() < 0.8:
        table["pk"] = {"name": None, "columns": [rng.choice(names)], "inline": rng.random() < 0.5, "auto": False}
        if rng.random() < 0.3:
            table["pk"] = {"name": "pk_t", "columns": rng.sample(names, 2), "inline": False, "auto": False}
    first = next((c for c in columns if table["pk"] and c["name"] == table["pk"]["columns"][0]), None)
    if first and first["type"] == "INTEGER" and table["pk"]["inline"] and rng.random() < 0.4:
        table["pk"]["auto"] = True
    table["rowid"] = table["pk"] is None or table["pk"]["auto"] or rng.random() < 0.8
    for kind in ("checks", "uniques", "keys"):
        table[kind] = [random_constraint(rng, kind, names, number) for number in range(rng.randint(0, 2))]
    return table


def random_column(rng: random.Random, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": rng.choice(TYPES),
        "not null": rng.random() < 0.3,
        "conflict": rng.choice(CONFLICTS),
        "default": rng.choice(DEFAULTS) if rng.random() < 0.4 else None,
        "collate": rng.choice(("NOCASE", "RTRIM")) if rng.random() < 0.2 else None,
    }


def random_constraint(rng: random.Random, kind: str, names: list[str], number: int) -> dict[str, Any]:
    made = {"name": rng.choice((None, f"{kind} {number}")), "column": rng.choice(names), "kind": kind}
    made["operator"] = rng.choice(("<", ">=", "="))
    made["value"] = rng.randint(0, 9)
    made["ondelete"] = rng.choice(ACTIONS)
    made["conflict"] = rng.choice(CONFLICTS)
    made["inline"] = rng.random() < 0.5
    made["deferred"] = rng.random() < 0.3
    return made


def mutated(rng: random.Random, table: dict[str, Any]) -> dict[str, Any]:
    """The table changed in one point that counts."""
    other = copy.deepcopy(table)
    column = rng.choice(other["columns"])
    changes = ["type", "collate", "default", "add column"] + [k for k in ("checks", "uniques", "keys") if other[k]] * 2
    change = rng.choice(changes)
    if change == "type":
        column["type"] = rng.choice([t for t in ("INT", "TEXT", "BLOB") if t != column["type"]])
    elif change == "collate":
        column["collate"] = None if column["collate"] else "NOCASE"
    elif change == "default":
        column["default"] = "'other'" if column["default"] != "'other'" else "'another'"
    elif change == "add column":
        other["columns"].append(random_column(rng, "one more"))
    else:
        constraint = rng.choice(other[change])
        dropped = rng.random() < 0.3
        other[change] = [c for c in other[change] if not (dropped and c is constraint)]
        constraint["name"] = (constraint["name"] or "n") + "2"
    return other


class TableWriter(Writer):
    def exactly(self, name: str) -> str:
        """The name where it is defined: its case is kept."""
        mark = self.rng.choice('"`')
        return mark + name.replace(mark, mark * 2) + mark

    def table(self, table: dict[str, Any]) -> str:
        pk = table["pk"]
        inline = [c for kind in ("checks", "uniques", "keys") for c in table[kind] if self.rng.random() < 0.5]
        parts = [self.column(column, pk, inline) for column in table["columns"]]
        rest = [c for kind in ("checks", "uniques", "keys") for c in table[kind] if c not in inline]
        constraints = [self.constraint(c, False) for c in rest]
        if pk and not pk["inline"]:
            columns = ", ".join(self.name(name) for name in pk["columns"])
            constraints.append(self.named(pk["name"], f"{self.words('primary', 'key')} ({columns})"))
        self.rng.shuffle(constraints)
        options = ([] if table["rowid"] else [self.words("without", "rowid")]) + (["strict"] * table["strict"])
        self.rng.shuffle(options)
        glue = self.rng.choice((", ", " ,\n\t", " "))
        body = ",".join(parts) + ("," + self.blank() + glue.join(constraints) if constraints else "")
        return f"CREATE TABLE {self.exactly(table['name'])}{self.blank()}({body}){self.blank()}{', '.join(options)}"

    def column(self, column: dict[str, Any], pk: dict[str, Any] | None, inline: list[dict[str, Any]]) -> str:
        parts = [self.constraint(c, True) for c in inline if c["column"] == column["name"]]
        if column["not null"]:
            parts.append(self.words("not", "null") + self.conflict(column))
        if column["default"] is not None:
            default = column["default"]
            while self.rng.random() < 0.3:
                default = f"({default})"
            parts.append(f"{self.word('default')} {default}")
        if column["collate"]:
            parts.append(f"{self.word('collate')} {self.name(column['collate'])}")
        if pk and pk["inline"] and pk["columns"] == [column["name"]]:
            auto = " " + self.word("autoincrement") if pk["auto"] else ""
            parts.append(self.words("primary", "key") + auto)
        self.rng.shuffle(parts)
        return self.blank().join([self.exactly(column["name"]), self.type(column["type"]), *parts])

    def type(self, type_: str) -> str:
        words = self.word(type_)
        return words.replace("(", self.rng.choice(("(", " ( ", "("))).replace(" ", self.rng.choice((" ", "\n")))

    def conflict(self, thing: dict[str, Any]) -> str:
        if thing["conflict"] is None:
            return self.rng.choice(("", "", " ON CONFLICT ABORT"))
        return f" {self.words('on', 'conflict', thing['conflict'])}"

    def named(self, name: str | None, rest: str) -> str:
        return rest if name is None else f"{self.word('constraint')} {self.exactly(name)} {rest}"

    def constraint(self, c: dict[str, Any], inline: bool) -> str:
        column = self.name(c["column"])
        at = "" if inline else f" ({column})"
        if c["kind"] == "checks":
            node = ("binary", c["operator"], ("column", c["column"]), ("value", str(c["value"])))
            return self.named(c["name"], f"{self.word('check')} ({self.write(node)})")
        if c["kind"] == "uniques":
            return self.named(c["name"], f"{self.word('unique')}{at}{self.conflict(c)}")
        key = "" if inline else f"{self.words('foreign', 'key')}{at} "
        deferred = " DEFERRABLE INITIALLY DEFERRED" if c["deferred"] else self.rng.choice(("", " NOT DEFERRABLE"))
        return self.named(
            c["name"], f"{key}{self.word('references')} p ({self.name('id')}){self.ondelete(c)}{deferred}"
        )

    def ondelete(self, c: dict[str, Any]) -> str:
        if c["ondelete"] is None:
            return self.rng.choice(("", " ON DELETE NO ACTION", " MATCH SIMPLE"))
        return f" {self.words('on', 'delete', *c['ondelete'].split())}"
