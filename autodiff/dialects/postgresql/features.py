"""What PostgreSQL can and cannot do."""

from __future__ import annotations

from autodiff.dialects.features import Features


class PostgresqlFeatures(Features):
    # https://www.postgresql.org/docs/current/sql-altertable.html: RENAME CONSTRAINT also renames the index behind it.
    renamed = frozenset({"primary_key", "unique", "foreign_key", "check", "exclude", "index"})
