"""Facts about SQLite."""

from __future__ import annotations

from autodiff.dialects.features import Features


class SqliteFeatures(Features):
    # ALTER TABLE adds and drops columns, and renames; all else means that the table is made anew
    # (https://sqlite.org/lang_altertable.html). 3.54 has ADD CHECK and SET NOT NULL (measured), which is not used.
    alter_constraint = False
    alter_column = False
    add_foreign_key = False
    # No COMMENT, and no comment in SQLAlchemy's DDL.
    comments = False
    # A schema is an attached database: https://sqlite.org/lang_attach.html
    schemas = False
    # "there is already an index named …", whatever the table.
    index_names_per_schema = True
    # "table user already exists" beside "User", "duplicate column name: x" beside "X"; the spelling is kept.
    any_case = frozenset({"table", "column"})
    # SQLite keeps its authors' text, which is parsed.
    canonical_is_sql = False
    # every INTEGER PRIMARY KEY is filled in: https://sqlite.org/autoinc.html
    plain_integer_keys = False
