"""Facts about MySQL and MariaDB."""

from __future__ import annotations

from autodiff.dialects.features import Features


class MysqlFeatures(Features):
    # https://dev.mysql.com/doc/refman/9.4/en/create-database.html: "CREATE SCHEMA is a synonym for CREATE DATABASE."
    schemas_are_databases = True
    # https://dev.mysql.com/doc/refman/9.4/en/identifier-case-sensitivity.html: "Column names are not case-sensitive"
    any_case = frozenset({"column"})
    # https://dev.mysql.com/doc/refman/9.4/en/data-type-defaults.html: "A default value expression can refer to columns"
    # https://mariadb.com/kb/en/create-table/#default-column-option
    defaults_use_columns = True
    # https://dev.mysql.com/doc/refman/9.4/en/alter-table.html: "RENAME INDEX"; https://mariadb.com/kb/en/alter-table/: "From
    # MariaDB 10.5.2". A unique constraint is an index. (Foreign keys and checks are not renamed.)
    renamed = frozenset({"index", "unique"})
