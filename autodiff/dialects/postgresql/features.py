"""Facts about PostgreSQL."""

from __future__ import annotations

from autodiff.dialects.features import Features


class PostgresqlFeatures(Features):
    # https://www.postgresql.org/docs/current/sql-createtype.html
    named_enums = True
    # An index lives in its table's schema and shares the relations' name space (pg_class_relname_nsp_index).
    index_names_per_schema = True
    # "Indexes and table constraints involving the column will be automatically dropped as well."
    # https://www.postgresql.org/docs/current/sql-altertable.html
    drop_column_takes_parts = True
