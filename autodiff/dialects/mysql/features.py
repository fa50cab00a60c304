"""Facts about MySQL and MariaDB."""

from __future__ import annotations

from autodiff.dialects.features import Features


class MysqlFeatures(Features):
    # Every DDL statement commits, even one that fails: https://dev.mysql.com/doc/refman/9.4/en/implicit-commit.html,
    # https://mariadb.com/kb/en/sql-statements-that-cause-an-implicit-commit/
    transactional_ddl = False
    # https://dev.mysql.com/doc/refman/9.4/en/create-database.html: "CREATE SCHEMA is a synonym for CREATE DATABASE."
    schemas_are_databases = True
    # CHECK constraints of one column, indexes and index parts go with their column; the rest stands in the way
    # (errors 1072, 1553, 1828, 3959), measured on MariaDB 10.11 and MySQL 9.7.
    drop_column_takes_parts = False
    # https://dev.mysql.com/doc/refman/9.4/en/identifier-case-sensitivity.html: "Column names are not case-sensitive"
    any_case = frozenset({"column"})


class MariadbFeatures(MysqlFeatures):
    """MariaDB is a feature set of MySQL."""
