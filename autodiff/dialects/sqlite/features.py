"""Facts about SQLite."""

from __future__ import annotations

from autodiff.dialects.features import Features


class SqliteFeatures(Features):
    # ALTER TABLE adds and drops columns, and renames; all else means that the table is made anew
    # (https://sqlite.org/lang_altertable.html). 3.54 has ADD CHECK and SET NOT NULL (measured), which is not used.
    alter_constraint = False
    add_foreign_key = False
    # "table user already exists" beside "User", "duplicate column name: x" beside "X"; the spelling is kept.
    any_case = frozenset({"table", "column"})
    # SQLite keeps its authors' text, which is parsed.
    canonical_is_sql = False
    # every INTEGER PRIMARY KEY is filled in: https://sqlite.org/autoinc.html
    plain_integer_keys = False
